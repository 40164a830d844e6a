// Ctrl-C for Lua code that runs as machine code.
//
// A debug hook is the documented way to stop a Lua program, but LuaJIT's compiled traces do not look at hooks. They do
// look at the profiler's flag when they were recorded with the profiler in line mode ('l'): one `test byte, imm` and a
// never-taken jump a source line. So every runtime is switched to that recording mode once (fbcunn_host_prepare)
// without the profiler's timer running, and the handler of SIGINT both sets the hook and raises that flag: the trace
// leaves to the interpreter at its next line, the interpreter sees the hook, the hook raises the error "interrupted!".
//
// Only functions that LuaJIT documents for use from signal handlers run in ours: lua_sethook, and luaJIT_profile_start,
// which here assigns fields and calls setitimer and sigaction.

#include <pthread.h>
#include <signal.h>

#include <cstddef>

#include "luajit.h"

extern "C" {

enum { MASK_CALL = 1, MASK_RETURN = 2, MASK_COUNT = 8 };

// About 23 days of processor time: the profiler's own timer must never fire.
static const char kNoTimer[] = "i2000000000";

static fbcunn_lua_api lua;
static lua_State* anchor;          // an idle state that owns the profiler while another one changes its recording mode
static pthread_t main_thread;      // the thread Python delivers signals to
static struct sigaction previous;  // Python's handler
static lua_State* volatile running;       // the state that executes Lua in the main thread now
static volatile sig_atomic_t preparing;   // the profiler's fields are being changed outside the handler
static volatile sig_atomic_t interrupts;  // since fbcunn_host_enter
static volatile sig_atomic_t pending;     // how many of them have come since the last one became an error
static volatile sig_atomic_t deadly;      // so many pending ones end the process; 0: never

typedef void (*signal_handler)(int number);
static signal_handler profiler_handler;  // LuaJIT's handler of SIGPROF

static signal_handler current_profiler_handler(void) {
  struct sigaction action;
  sigaction(SIGPROF, nullptr, &action);
  return action.sa_flags & SA_SIGINFO ? nullptr : action.sa_handler;
}

static void ignore_sample(void*, lua_State*, int, int) {}

static void raise_error(lua_State* L, lua_Debug*) {
  pending = 0;
  // The first interrupt is an error that a script can catch. From the second on the hook stays and raises the error
  // after every pcall again, until the outermost call is left.
  if (interrupts < 2) lua.sethook(L, nullptr, 0, 0);
  lua.error(L, "interrupted!");
}

static void on_interrupt(int number, siginfo_t* info, void* context) {
  if (!pthread_equal(pthread_self(), main_thread)) {
    pthread_kill(main_thread, number);  // the hook must be set by the thread that runs the state
    return;
  }
  lua_State* L = running;
  if (L == nullptr) {  // Python code is running, for example a callback: the usual KeyboardInterrupt
    if (previous.sa_flags & SA_SIGINFO) {
      previous.sa_sigaction(number, info, context);
    } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
      previous.sa_handler(number);
    }
    return;
  }
  interrupts = interrupts + 1;
  pending = pending + 1;
  if (deadly && pending >= deadly) {  // Lua waits in a library function that does not return
    signal(number, SIG_DFL);
    raise(number);
    return;
  }
  lua.sethook(L, raise_error, MASK_CALL | MASK_RETURN | MASK_COUNT, 1);
  if (preparing) return;
  // A second start would drop the traces, perhaps under the feet of the one that runs. The handler is also there when
  // the script profiles itself.
  if (current_profiler_handler() != profiler_handler) lua.profile_start(L, kNoTimer, ignore_sample, nullptr);
  raise(SIGPROF);  // LuaJIT's handler sets the flag that compiled code tests
}

// Called once, from the main thread. `idle` is a Lua state that never runs anything.
void fbcunn_host_setup(const fbcunn_lua_api* api, lua_State* idle) {
  lua = *api;
  anchor = idle;
  main_thread = pthread_self();
  lua.profile_start(anchor, kNoTimer, ignore_sample, nullptr);
  profiler_handler = current_profiler_handler();
  lua.profile_stop(anchor);
  fbcunn_host_find_letter(lua, anchor, "fi2000000000", "li2000000000", ignore_sample);
}

// Makes LuaJIT record traces of L with the profiler's check at every line; drops the traces recorded so far.
void fbcunn_host_prepare(lua_State* L) {
  preparing = 1;
  // A state that asks for line mode while another one owns the profiler gets the mode and no timer.
  lua.profile_start(anchor, kNoTimer, ignore_sample, nullptr);
  lua.profile_start(L, "l", ignore_sample, nullptr);
  lua.profile_stop(anchor);
  preparing = 0;
}

// Marks L as the state that the main thread executes; nullptr while it executes Python. Returns the previous mark.
lua_State* fbcunn_host_running(lua_State* L) {
  lua_State* before = running;
  running = L;
  return before;
}

// Replaces Python's SIGINT handler for as long as Lua runs in the main thread.
void fbcunn_host_enter(lua_State* L) {
  struct sigaction action;
  action.sa_sigaction = on_interrupt;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&action.sa_mask);
  interrupts = 0;
  pending = 0;
  running = L;
  sigaction(SIGINT, &action, &previous);
}

// Puts L back to its normal state after an interrupt; called while L is idle.
void fbcunn_host_settle(lua_State* L) {
  lua.profile_stop(L);
  fbcunn_host_prepare(L);
}

// So many interrupts in a row without an effect end the process; 0: they never do.
void fbcunn_host_set_deadly(int count) { deadly = count; }

// Undoes fbcunn_host_enter. Returns 0 when Lua was not interrupted; 1 when it was and the error was one to catch; 2
// when it ended before it could notice or was made to end.
int fbcunn_host_leave(lua_State* L) {
  sigaction(SIGINT, &previous, nullptr);
  running = nullptr;
  if (!interrupts) return 0;
  lua.sethook(L, nullptr, 0, 0);
  fbcunn_host_settle(L);
  return pending || interrupts >= 2 ? 2 : 1;
}

}  // extern "C"
