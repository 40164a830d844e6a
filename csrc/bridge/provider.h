// Which of several libraries multiplies fastest on this machine: timed once, kept in a file for later processes.
#pragma once

#include <array>
#include <functional>
#include <string>

#include "bridge/bridge.h"

namespace fbl {

struct Choice {
  int provider = FBL_BLAS_ATEN;
  std::array<double, FBL_BLAS_PROVIDERS> milliseconds;  // -1 where there is no such candidate
  bool from_file = false;
};

// By provider; an empty function is no candidate.
using Candidates = std::array<std::function<void()>, FBL_BLAS_PROVIDERS>;

// Opens OpenBLAS's library. As it is loaded it would start a thread for every core, which look for work for a tenth of
// a second before they sleep and take the cores from the program's own threads meanwhile; told before that there is one
// thread, it starts none.
void* load_without_threads(const char* path);

// Folder of the files; empty: choices are not kept.
void set_choice_folder(const std::string& folder);

// The fastest candidate for a kind of product ("float matrix"). `libraries` says which versions compete: a file written
// for others, for another processor or another number of threads is not used.
Choice choose(const std::string& kind, const std::string& libraries, const Candidates& candidates);

}  // namespace fbl
