// The few of LuaJIT's functions that the host calls. They arrive as pointers, because Python loads lupa's LuaJIT with
// local symbols.
#pragma once

extern "C" {

typedef struct lua_State lua_State;
typedef struct lua_Debug lua_Debug;
typedef void (*lua_Hook)(lua_State* L, lua_Debug* ar);
typedef void (*profile_callback)(void* data, lua_State* L, int samples, int vmstate);

typedef struct fbcunn_lua_api {
  int (*sethook)(lua_State* L, lua_Hook hook, int mask, int count);
  int (*error)(lua_State* L, const char* format, ...);
  void (*profile_start)(lua_State* L, const char* mode, profile_callback callback, void* data);
  void (*profile_stop)(lua_State* L);
} fbcunn_lua_api;

}  // extern "C"

// Finds out where the letter of the recording mode lies; `first` and `second` are two modes to try in an idle state.
void fbcunn_host_find_letter(const fbcunn_lua_api& lua, lua_State* idle, const char* first, const char* second,
                             profile_callback callback);
