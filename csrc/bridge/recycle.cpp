// A tensor is three blocks of memory (tensor, storage, elements). Lua's collector frees thousands of small ones at a
// time, and the C library spends more on merging and splitting those blocks than a small operation takes. Tensors
// whose handles are collected are therefore kept, per thread, element type and exact size, up to some 15 MB.
#include "bridge/recycle.h"

#include <ATen/EmptyTensor.h>
#include <c10/core/CPUAllocator.h>

#include <array>
#include <memory>
#include <vector>

#include "bridge/entry.h"

namespace {

constexpr int64_t kUnit = 4;             // bytes; what is not a multiple is not kept
constexpr int64_t kLargest = 512;        // bytes of elements
constexpr size_t kMostOfThread = 32768;  // tensors
constexpr int kTypes = 8;

struct Shelf {
  std::array<std::array<std::vector<c10::TensorImpl*>, kLargest / kUnit + 1>, kTypes> kept;
  size_t count = 0;

  ~Shelf() {
    for (auto& sizes : kept) {
      for (auto& tensors : sizes) {
        for (auto* impl : tensors) fbl::TensorPtr::reclaim(impl);
      }
    }
  }
};

thread_local std::unique_ptr<Shelf> shelf;

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
  if (shelf == nullptr) return {};
  const int code = type_code(type);
  int64_t bytes = static_cast<int64_t>(c10::elementSize(type));
  for (const int64_t size : sizes) bytes *= size;
  if (code < 0 || bytes <= 0 || bytes > kLargest || bytes % kUnit != 0) return {};
  auto& tensors = shelf->kept[code][bytes / kUnit];
  if (tensors.empty()) return {};
  auto* impl = tensors.back();
  tensors.pop_back();
  --shelf->count;
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
  if (bytes <= 0 || bytes > kLargest || bytes % kUnit != 0 || storage.use_count() != 1) return false;
  const int code = type_code(impl->dtype().toScalarType());
  if (code < 0) return false;
  if (tensor.use_count() != 1 || tensor.weak_use_count() != 1) return false;
  if (!plain(impl) || !plain(storage.unsafeGetStorageImpl())) return false;
  if (shelf == nullptr) shelf = std::make_unique<Shelf>();
  auto& tensors = shelf->kept[code][bytes / kUnit];
  if (shelf->count >= kMostOfThread) return false;
  tensors.push_back(impl);
  ++shelf->count;
  return true;
}

}  // namespace fbl

extern "C" void fbl_memory_trim(void) { shelf.reset(); }
