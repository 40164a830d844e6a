#include "bridge/provider.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/version.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>

namespace {

// Enough that on a busy machine each candidate has a round to itself.
constexpr int kRounds = 12;
// Candidates come in the order of what they cost around the product (oneDNN: a copy).
constexpr double kWorthChanging = 0.95;

std::string choice_folder;

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("model name") || line.starts_with("CPU part")) return line;
  }
  return "unknown processor";
}

// All that decides which library is the fastest, as the first lines of the file.
std::string head_of(const std::string& kind, const std::string& libraries) {
  std::ostringstream head;
  head << "fbcunn product 2\n"
       << processor() << "\ntorch " TORCH_VERSION "\n"
       << libraries << "\nthreads " << at::get_num_threads() << "\n"
       << kind << "\n";
  return head.str();
}

std::filesystem::path file_of(const std::string& head) {
  uint64_t hash = 14695981039346656037ull;  // FNV-1a
  for (const unsigned char byte : head) hash = (hash ^ byte) * 1099511628211ull;
  char name[40];
  std::snprintf(name, sizeof name, "product-%016llx.txt", static_cast<unsigned long long>(hash));
  return std::filesystem::path(choice_folder) / name;
}

bool read(const std::string& head, fbl::Choice& choice) {
  std::ifstream file(file_of(head), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!text.starts_with(head)) return false;
  std::istringstream rest(text.substr(head.size()));
  fbl::Choice found;
  rest >> found.provider;
  for (double& time : found.milliseconds) rest >> time;
  std::string end;
  rest >> end;
  const bool whole = rest && end == "end" && found.provider >= 0 && found.provider < FBL_BLAS_PROVIDERS;
  if (!whole || found.milliseconds[found.provider] < 0) return false;
  choice = found;
  choice.from_file = true;
  return true;
}

// Beside its place and then moved there, so that no other process reads half of it. A folder that cannot be written
// costs the next process the timing, nothing else.
void write(const std::string& head, const fbl::Choice& choice) {
  std::error_code ignored;
  std::filesystem::create_directories(choice_folder, ignored);
  const auto path = file_of(head);
  const auto beside = path.string() + "." + std::to_string(getpid());
  std::ofstream file(beside, std::ios::binary);
  file << head << choice.provider;
  for (const double time : choice.milliseconds) file << ' ' << time;
  file << " end\n";
  file.close();
  if (file) std::filesystem::rename(beside, path, ignored);
  if (!file || ignored) std::filesystem::remove(beside, ignored);
}

}  // namespace

namespace fbl {

void* load_without_threads(const char* path) {
  constexpr const char* kVariable = "OPENBLAS_NUM_THREADS";
  const char* present = std::getenv(kVariable);
  const std::optional<std::string> before = present == nullptr ? std::nullopt : std::optional<std::string>(present);
  setenv(kVariable, "1", /*overwrite=*/1);
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (before) {
    setenv(kVariable, before->c_str(), /*overwrite=*/1);
  } else {
    unsetenv(kVariable);
  }
  return library;
}

void set_choice_folder(const std::string& folder) { choice_folder = folder; }

Choice choose(const std::string& kind, const std::string& libraries, const Candidates& candidates) {
  const std::string head = head_of(kind, libraries);
  Choice choice;
  if (!choice_folder.empty() && read(head, choice) && candidates[choice.provider]) return choice;
  choice.milliseconds.fill(-1);
  choice.from_file = false;
  for (const auto& candidate : candidates) {
    if (candidate) candidate();
  }
  // Taken in turns: what else the machine does hits all of them.
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < FBL_BLAS_PROVIDERS; ++i) {
      if (!candidates[i]) continue;
      const auto start = std::chrono::steady_clock::now();
      candidates[i]();
      const std::chrono::duration<double, std::milli> passed = std::chrono::steady_clock::now() - start;
      double& best = choice.milliseconds[i];
      best = best < 0 ? passed.count() : std::min(best, passed.count());
    }
  }
  for (int i = 0; i < FBL_BLAS_PROVIDERS; ++i) {
    const double time = choice.milliseconds[i];
    if (time >= 0 && time < kWorthChanging * choice.milliseconds[choice.provider]) choice.provider = i;
  }
  if (!choice_folder.empty()) write(head, choice);
  return choice;
}

}  // namespace fbl
