// Version stamp, last error, threads, and the conversions that all entries share.
#include <ATen/Parallel.h>
#include <torch/version.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <string>

#include "bridge/entry.h"

namespace {

thread_local std::string last_error;

// A collection walks the heap, so a larger heap waits for more handles.
constexpr double kHeapPerHandle = 250;
constexpr int32_t kFewestHandles = 8192;

fbl_memory_state memory{0, 256.0 * 1024 * 1024, 0, 0, kFewestHandles};

// States in several threads share the counts. Counting every tensor there would have the threads wait for each other,
// so each thread adds what has come together.
constexpr double kUncountedBytes = 256 * 1024;
constexpr int32_t kUncountedHandles = 256;

// Plain data: counting happens for every tensor, and a thread_local with a destructor would be looked up by a call that
// first asks whether it was made.
struct Uncounted {
  double bytes = 0;
  int32_t handles = 0;
  bool settled_at_end = false;
};

FBL_THREAD_LOCAL Uncounted uncounted;

void count_uncounted() {
  const double bytes = uncounted.bytes;
  const int32_t handles = uncounted.handles;
  uncounted.bytes = 0;
  uncounted.handles = 0;
  const double live = std::atomic_ref(memory.live).fetch_add(bytes, std::memory_order_relaxed) + bytes;
  const int32_t made = std::atomic_ref(memory.handles).fetch_add(handles, std::memory_order_relaxed) + handles;
  if (live > memory.limit || made > memory.handle_limit) memory.pressure = 1;
}

// A thread that ends adds what it has not.
struct LastCount {
  ~LastCount() { count_uncounted(); }
};

void count_now() {
  if (!uncounted.settled_at_end) {
    static thread_local LastCount last_count;
    uncounted.settled_at_end = true;
  }
  count_uncounted();
}

// Read from the file without loading it, before a bridge built for another torch could misdispatch.
__attribute__((used)) const char torch_version_stamp[] = "FBCUNN_BRIDGE_TORCH=" TORCH_VERSION;

}  // namespace

namespace fbl {

int store_current_exception() noexcept {
  try {
    throw;
  } catch (const c10::OutOfMemoryError& error) {
    last_error = error.what_without_backtrace();
    return kOutOfMemory;
  } catch (const c10::Error& error) {
    last_error = error.what_without_backtrace();
    // The CPU allocator reports exhaustion as a plain error; scripts know Torch7's words for it.
    if (last_error.find("can't allocate memory") == std::string::npos) return kError;
    const size_t wanted = last_error.find("tried to allocate ");
    const double bytes = wanted == std::string::npos ? 0 : std::strtod(last_error.c_str() + wanted + 18, nullptr);
    last_error = "$ Torch: not enough memory: you tried to allocate " +
                 std::to_string(static_cast<int64_t>(bytes / (1024.0 * 1024 * 1024))) + "GB. Buy new RAM!";
    return kOutOfMemory;
  } catch (const std::bad_alloc&) {
    last_error = "not enough memory";
    return kOutOfMemory;
  } catch (const std::exception& error) {
    last_error = error.what();
    return kError;
  } catch (...) {
    last_error = "unknown C++ exception";
    return kError;
  }
}

void charge(double bytes) {
  uncounted.bytes += bytes;
  if (std::abs(uncounted.bytes) > kUncountedBytes) count_now();
}

namespace {

void count_handle() {
  if (++uncounted.handles >= kUncountedHandles) count_now();
}

}  // namespace

void put_tensor(void* out, at::Tensor tensor, int64_t bytes) {
  auto* handle = static_cast<fbl_tensor*>(out);
  auto* previous = static_cast<c10::TensorImpl*>(handle->impl);
  handle->impl = tensor.unsafeReleaseTensorImpl();
  count_handle();
  charge_to(handle, static_cast<double>(bytes) - handle->bytes);
  if (previous != nullptr) TensorPtr::reclaim(previous);
}

void put_storage(void* out, c10::Storage storage, int64_t bytes) {
  auto* handle = static_cast<fbl_storage*>(out);
  auto* previous = static_cast<c10::StorageImpl*>(handle->impl);
  handle->impl = storage.unsafeReleaseStorageImpl();
  count_handle();
  charge_to(handle, static_cast<double>(bytes) - handle->bytes);
  if (previous != nullptr) StoragePtr::reclaim(previous);
}

c10::ScalarType scalar_type_of(int type) {
  switch (type) {
    case FBL_BYTE:
      return c10::kByte;
    case FBL_CHAR:
      return c10::kChar;
    case FBL_SHORT:
      return c10::kShort;
    case FBL_INT:
      return c10::kInt;
    case FBL_LONG:
      return c10::kLong;
    case FBL_FLOAT:
      return c10::kFloat;
    case FBL_DOUBLE:
      return c10::kDouble;
    case FBL_HALF:
      return c10::kHalf;
    default:
      TORCH_CHECK(false, "unknown element type ", type);
  }
}

int type_code(c10::ScalarType scalar_type) noexcept {
  switch (scalar_type) {
    case c10::kByte:
      return FBL_BYTE;
    case c10::kChar:
      return FBL_CHAR;
    case c10::kShort:
      return FBL_SHORT;
    case c10::kInt:
      return FBL_INT;
    case c10::kLong:
      return FBL_LONG;
    case c10::kFloat:
      return FBL_FLOAT;
    case c10::kDouble:
      return FBL_DOUBLE;
    case c10::kHalf:
      return FBL_HALF;
    default:
      return -1;
  }
}

c10::Device device_of(int device) {
  return device < 0 ? c10::Device(c10::kCPU) : c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(device));
}

c10::SmallVector<int64_t, 8> torch7_sizes(int ndim, const int64_t* sizes) {
  c10::SmallVector<int64_t, 8> kept;
  for (int d = 0; d < ndim && sizes[d] > 0; ++d) kept.push_back(sizes[d]);
  if (kept.empty()) kept.push_back(0);
  return kept;
}

}  // namespace fbl

extern "C" {

const char* fbl_torch_version(void) { return torch_version_stamp + sizeof("FBCUNN_BRIDGE_TORCH=") - 1; }

const char* fbl_last_error(void) { return last_error.c_str(); }

fbl_memory_state* fbl_memory(void) {
  count_now();
  return &memory;
}

void fbl_memory_settle(double headroom, double heap) {
  count_now();
  memory.limit = std::max(memory.live * 1.5, memory.live + headroom);
  memory.handle_limit = static_cast<int32_t>(std::clamp(heap / kHeapPerHandle, double{kFewestHandles}, 1e9));
  memory.handles = 0;
  memory.pressure = 0;
}

void fbl_set_num_threads(int count) { at::set_num_threads(count); }

int fbl_get_num_threads(void) { return at::get_num_threads(); }
}
