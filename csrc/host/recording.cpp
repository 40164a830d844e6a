// Loops of the library that are compiled without the check for Ctrl-C.
//
// interrupt.cpp has LuaJIT record a check at each change of source line or function. A loop of the library that calls
// a Lua function for each element (apply, map) would spend most of its time there, so it is recorded without: the
// letter of the recording mode is cleared while the first elements are visited. Such loops run in pieces and leave
// compiled code between them, where the hook that Ctrl-C sets is seen.
//
// luaJIT_profile_start, the documented way to change the mode, drops all compiled code at each change, so the letter is
// changed in place. Where it lies is found out by setting two modes in an idle state; when LuaJIT's layout does not
// give exactly one place, the letter is left alone and those loops keep their checks.

#include <cstddef>
#include <cstring>

#include "luajit.h"

namespace {

// A thread of LuaJIT points to its global state here (GCHeader, status, glref).
constexpr size_t kGlobalField = 16;
// The state of the compiler lies within so many bytes of the global state.
constexpr size_t kExtent = 4096;

ptrdiff_t letter = -1;  // from the global state

char* global_state(lua_State* L) {
  char* address;
  memcpy(&address, reinterpret_cast<char*>(L) + kGlobalField, sizeof address);
  return address;
}

}  // namespace

void fbcunn_host_find_letter(const fbcunn_lua_api& lua, lua_State* idle, const char* first, const char* second,
                             profile_callback callback) {
  char* global = global_state(idle);
  char* state = reinterpret_cast<char*>(idle);
  if (global <= state || global > state + kExtent) return;  // the global state follows the main thread
  static char before[kExtent], one[kExtent], two[kExtent];
  memcpy(before, global, kExtent);
  lua.profile_start(idle, first, callback, nullptr);
  memcpy(one, global, kExtent);
  lua.profile_stop(idle);
  lua.profile_start(idle, second, callback, nullptr);
  memcpy(two, global, kExtent);
  lua.profile_stop(idle);
  ptrdiff_t found = -1;
  for (size_t i = 0; i < kExtent; ++i) {
    if (before[i] != 0 || one[i] != first[0] || two[i] != second[0] || global[i] != 0) continue;
    if (found >= 0) return;
    found = static_cast<ptrdiff_t>(i);
  }
  letter = found;
}

extern "C" {

// Whether loops of L are recorded with the checks, from now on; 1 or 0. Returns the previous answer, -1 when it cannot
// be changed.
int fbcunn_host_checks(lua_State* L, int wanted) {
  if (letter < 0) return -1;
  char* place = global_state(L) + letter;
  int before = *place != 0;
  *place = wanted ? 'l' : 0;
  return before;
}

}  // extern "C"
