// A tensor is three blocks of memory (tensor, storage, elements). Lua's collector frees thousands of small ones at a
// time, and the C library spends more on merging and splitting those blocks than a small operation takes. Tensors
// whose handles are collected are therefore kept, per thread, element type and exact size, up to some 12 MB.
//
// Large ones go back to the system, and fetching their pages anew takes longer than filling them. They are kept too,
// for all threads together, as long as the same sizes are asked for: another size frees as much as it needs.
#include "bridge/recycle.h"

#include <ATen/EmptyTensor.h>
#include <c10/core/CPUAllocator.h>

#include <array>
#include <mutex>
#include <vector>

#include "bridge/entry.h"

namespace {

constexpr int64_t kUnit = 4;                              // bytes; what is not a multiple is not kept
constexpr int64_t kLargest = 4096;                        // bytes of elements
constexpr int64_t kMostBytesOfThread = 12 * 1024 * 1024;  // with kBytesOfTensor each
constexpr int64_t kBytesOfTensor = 384;                   // TensorImpl, StorageImpl and what malloc adds
constexpr int kTypes = 8;
// A tensor that was put back long ago has left the cache. While one is taken the one so many behind it is fetched.
constexpr size_t kAhead = 2;

constexpr int64_t kLarge = 256 * 1024;                 // bytes of elements
constexpr int64_t kMostLargeBytes = 96 * 1024 * 1024;  // operators called by name do not draw on them

class LargeShelf {
 public:
  bool put(c10::TensorImpl* impl, int64_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (bytes_ + bytes > kMostLargeBytes) return false;
    kept_.push_back({impl, bytes});
    bytes_ += bytes;
    return true;
  }

  c10::TensorImpl* take(c10::ScalarType type, int64_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (size_t i = kept_.size(); i-- > 0;) {
      if (kept_[i].bytes != bytes || kept_[i].impl->dtype().toScalarType() != type) continue;
      auto* impl = kept_[i].impl;
      kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i));
      bytes_ -= bytes;
      return impl;
    }
    for (int64_t freed = 0; freed < bytes && !kept_.empty(); freed += kept_.back().bytes, kept_.pop_back()) {
      bytes_ -= kept_.back().bytes;
      fbl::TensorPtr::reclaim(kept_.back().impl);
    }
    return nullptr;
  }

  void clear() {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const Entry& entry : kept_) fbl::TensorPtr::reclaim(entry.impl);
    kept_.clear();
    bytes_ = 0;
  }

 private:
  struct Entry {
    c10::TensorImpl* impl;
    int64_t bytes;
  };
  std::mutex mutex_;
  std::vector<Entry> kept_;
  int64_t bytes_ = 0;
};

// Never destroyed: threads may end after the static objects do.
LargeShelf& large_shelf() {
  static auto* shelf = new LargeShelf;
  return *shelf;
}

// The blocks of a tensor, to be fetched before it is taken.
struct Kept {
  c10::TensorImpl* impl;
  const c10::StorageImpl* storage;
  const void* elements;
};

void fetch(const Kept& kept) {
  constexpr size_t kLine = 64;
  for (size_t at = 0; at < sizeof(c10::TensorImpl); at += kLine) {
    __builtin_prefetch(reinterpret_cast<const char*>(kept.impl) + at, 1);
  }
  for (size_t at = 0; at < sizeof(c10::StorageImpl); at += kLine) {
    __builtin_prefetch(reinterpret_cast<const char*>(kept.storage) + at, 1);
  }
  __builtin_prefetch(kept.elements, 1);
}

class Shelf {
 public:
  bool put(c10::TensorImpl* impl, int code, int64_t bytes) {
    if (bytes_ + bytes + kBytesOfTensor > kMostBytesOfThread) return false;
    auto& sizes = kept_[code];
    if (sizes.empty()) sizes.resize(kLargest / kUnit + 1);
    const c10::StorageImpl* storage = impl->storage().unsafeGetStorageImpl();
    sizes[bytes / kUnit].push_back({impl, storage, storage->data()});
    bytes_ += bytes + kBytesOfTensor;
    return true;
  }

  c10::TensorImpl* take(int code, int64_t bytes) {
    auto& sizes = kept_[code];
    if (sizes.empty()) return nullptr;
    auto& tensors = sizes[bytes / kUnit];
    if (tensors.empty()) return nullptr;
    auto* impl = tensors.back().impl;
    tensors.pop_back();
    if (tensors.size() >= kAhead) fetch(tensors[tensors.size() - kAhead]);
    bytes_ -= bytes + kBytesOfTensor;
    return impl;
  }

  ~Shelf() {
    for (auto& sizes : kept_) {
      for (auto& tensors : sizes) {
        for (const Kept& kept : tensors) fbl::TensorPtr::reclaim(kept.impl);
      }
    }
  }

 private:
  std::array<std::vector<std::vector<Kept>>, kTypes> kept_;
  int64_t bytes_ = 0;
};

FBL_THREAD_LOCAL Shelf* shelf = nullptr;

void drop_shelf() {
  delete shelf;
  shelf = nullptr;
}

struct ShelfOfThread {
  ~ShelfOfThread() { drop_shelf(); }
};

Shelf& shelf_of_thread() {
  if (shelf == nullptr) {
    static thread_local ShelfOfThread dropped_at_end;
    shelf = new Shelf;
  }
  return *shelf;
}

const c10::DispatchKeySet& plain_keys() {
  static const c10::DispatchKeySet keys = [] {
    const at::Tensor plain(at::detail::empty_cpu({1}, c10::kFloat));
    return plain.key_set();
  }();
  return keys;
}

// Whether Python has an object for a tensor or storage; older releases of torch name the question otherwise.
template <typename Slot>
bool known_to_python(Slot* slot) {
  if constexpr (requires { slot->load_pyobj(); }) {
    return slot->load_pyobj() != nullptr;
  } else {
    return slot->_unchecked_untagged_pyobj() != nullptr;
  }
}

bool plain(c10::TensorImpl* impl) {
  return impl->key_set() == plain_keys() && impl->autograd_meta() == nullptr && !known_to_python(impl->pyobj_slot());
}

bool plain(c10::StorageImpl* storage) {
  const c10::DataPtr& data = storage->data_ptr();
  return storage->resizable() && storage->allocator() == c10::GetCPUAllocator() && data.get() == data.get_context() &&
         data.get_deleter() == storage->allocator()->raw_deleter() && !known_to_python(storage->pyobj_slot());
}

}  // namespace

namespace fbl {

at::Tensor take_recycled(c10::IntArrayRef sizes, c10::ScalarType type) {
  const int code = type_code(type);
  if (code < 0) return {};
  double count = static_cast<double>(c10::elementSize(type));  // which the product of wild sizes does not overflow
  for (const int64_t size : sizes) count *= static_cast<double>(size);
  c10::TensorImpl* impl = nullptr;
  if (count > kLargest) {
    if (count < kLarge || count > kMostLargeBytes) return {};
    impl = large_shelf().take(type, static_cast<int64_t>(count));
  } else {
    const auto bytes = static_cast<int64_t>(count);
    if (shelf == nullptr || bytes <= 0 || bytes % kUnit != 0) return {};
    impl = shelf->take(code, bytes);
  }
  if (impl == nullptr) return {};
  at::Tensor tensor(TensorPtr::reclaim(impl));
  impl->set_storage_offset(0);
  impl->set_sizes_contiguous(sizes);
  return tensor;
}

bool recycle(const at::Tensor& tensor) {
#ifdef __SANITIZE_ADDRESS__
  return false;  // every use after the end of a tensor's life shall be seen
#endif
  c10::TensorImpl* impl = tensor.unsafeGetTensorImpl();
  if (!impl->has_storage() || !impl->is_cpu()) return false;
  const c10::Storage& storage = impl->storage();
  const auto bytes = static_cast<int64_t>(storage.nbytes());
  const bool large = bytes >= kLarge;
  if (bytes <= 0 || (!large && (bytes > kLargest || bytes % kUnit != 0)) || storage.use_count() != 1) return false;
  const int code = type_code(impl->dtype().toScalarType());
  if (code < 0) return false;
  if (tensor.use_count() != 1 || tensor.weak_use_count() != 1) return false;
  if (!plain(impl) || !plain(storage.unsafeGetStorageImpl())) return false;
  if (large) return large_shelf().put(impl, bytes);
  return shelf_of_thread().put(impl, code, bytes);
}

}  // namespace fbl

extern "C" void fbl_memory_trim(void) {
  drop_shelf();
  large_shelf().clear();
}
