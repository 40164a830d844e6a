// Storage handles: 1-D runs of bytes with identity, resizable both ways, mappable from files.
#include <ATen/MapAllocator.h>
#include <ATen/native/Resize.h>
#include <ATen/ops/empty.h>
#include <c10/core/CPUAllocator.h>
#include <algorithm>

#include "bridge/element.h"
#include "bridge/entry.h"

namespace {

using fbl::storage_impl_of;

// Elements of Torch7 storages are plain C values; Half is read through its bits.
template <typename Function>
int with_element_type(int type, Function&& function) {
  switch (type) {
    case FBL_BYTE:
      return function(static_cast<uint8_t*>(nullptr));
    case FBL_CHAR:
      return function(static_cast<int8_t*>(nullptr));
    case FBL_SHORT:
      return function(static_cast<int16_t*>(nullptr));
    case FBL_INT:
      return function(static_cast<int32_t*>(nullptr));
    case FBL_LONG:
      return function(static_cast<int64_t*>(nullptr));
    case FBL_FLOAT:
      return function(static_cast<float*>(nullptr));
    case FBL_DOUBLE:
      return function(static_cast<double*>(nullptr));
    case FBL_HALF:
      return function(static_cast<c10::Half*>(nullptr));
    default:
      return FBL_OUT_OF_RANGE;
  }
}

}  // namespace

extern "C" {

void fbl_storage_release(void* handle) {
  auto* storage = static_cast<fbl_storage*>(handle);
  if (storage->impl == nullptr) return;
  fbl::StoragePtr::reclaim(storage_impl_of(handle));
  storage->impl = nullptr;
  fbl::charge_to(storage, -storage->bytes);
}

void fbl_storage_retain(void* out, const void* handle) {
  fbl::put_storage(out, c10::Storage(fbl::StoragePtr::reclaim_copy(storage_impl_of(handle))), 0);
}

int fbl_storage_new(void* out, int64_t nbytes, int device) {
  FBL_TRY {
    TORCH_CHECK(nbytes >= 0, "storage size must not be negative");
    // An empty storage still owns memory, which tells it from the storage that an empty tensor never had.
    c10::Storage storage =
        at::empty({std::max<int64_t>(nbytes, 1)}, at::TensorOptions().dtype(c10::kByte).device(fbl::device_of(device)))
            .storage();
    if (nbytes == 0) storage.unsafeGetStorageImpl()->set_nbytes(0);
    fbl::put_storage(out, std::move(storage), nbytes);
  }
  FBL_CATCH;
}

int fbl_storage_resize(void* handle, int64_t nbytes) {
  FBL_TRY {
    TORCH_CHECK(nbytes >= 0, "storage size must not be negative");
    auto* impl = storage_impl_of(handle);
    TORCH_CHECK(impl->device().is_cpu(), "a CUDA storage cannot be resized here; resize the tensor over it");
    TORCH_CHECK(impl->resizable(), "this storage cannot be resized: its memory belongs to Python or to a mapped file");
    const auto before = static_cast<int64_t>(impl->nbytes());
    at::native::resize_bytes_cpu(impl, static_cast<size_t>(nbytes));
    fbl::charge_to(static_cast<fbl_storage*>(handle), static_cast<double>(nbytes - before));
  }
  FBL_CATCH;
}

int fbl_storage_view(void* out, const void* handle, int64_t offset, int64_t nbytes) {
  FBL_TRY {
    c10::Storage base = fbl::storage_of(handle);
    const auto total = static_cast<int64_t>(base.nbytes());
    TORCH_CHECK(offset >= 0 && nbytes >= 0 && offset <= total && nbytes <= total - offset, nbytes,
                " bytes behind byte ", offset, " of a storage of ", total);
    auto* memory = static_cast<char*>(base.mutable_data()) + offset;
    const c10::Device device = base.device();
    auto* owner = new c10::Storage(std::move(base));
    c10::DataPtr data(memory, owner, [](void* kept) { delete static_cast<c10::Storage*>(kept); }, device);
    auto impl = c10::make_intrusive<c10::StorageImpl>(c10::StorageImpl::use_byte_size_t(), nbytes, std::move(data),
                                                      /*allocator=*/nullptr, /*resizable=*/false);
    fbl::put_storage(out, c10::Storage(std::move(impl)), 0);
  }
  FBL_CATCH;
}

int fbl_storage_map(void* out, const char* path, int64_t nbytes, int mapping) {
  FBL_TRY {
    size_t mapped = 0;
    const int flags = mapping == 2 ? at::ALLOCATOR_MAPPED_SHAREDMEM : mapping == 1 ? at::ALLOCATOR_MAPPED_SHARED : 0;
    at::DataPtr data = at::MapAllocator::makeDataPtr(path, flags, static_cast<size_t>(nbytes), &mapped);
    auto impl = c10::make_intrusive<c10::StorageImpl>(c10::StorageImpl::use_byte_size_t(), mapped, std::move(data),
                                                      /*allocator=*/nullptr, /*resizable=*/false);
    fbl::put_storage(out, c10::Storage(std::move(impl)), 0);
  }
  FBL_CATCH;
}

int64_t fbl_storage_nbytes(const void* handle) { return static_cast<int64_t>(storage_impl_of(handle)->nbytes()); }

void* fbl_storage_data(const void* handle) { return storage_impl_of(handle)->mutable_data(); }

int fbl_storage_device(const void* handle) {
  const auto device = storage_impl_of(handle)->device();
  return device.is_cpu() ? -1 : static_cast<int>(device.index());
}

int fbl_storage_get(const void* handle, int type, int64_t index, double* out) {
  auto* impl = storage_impl_of(handle);
  return with_element_type(type, [&](auto* tag) -> int {
    using Element = std::remove_pointer_t<decltype(tag)>;
    if (index < 0 || index >= static_cast<int64_t>(impl->nbytes() / sizeof(Element))) return FBL_OUT_OF_RANGE;
    *out = fbl::lua_number(static_cast<double>(static_cast<const Element*>(impl->data())[index]));
    return fbl::kOk;
  });
}

int fbl_storage_set(void* handle, int type, int64_t index, double value) {
  auto* impl = storage_impl_of(handle);
  return with_element_type(type, [&](auto* tag) -> int {
    using Element = std::remove_pointer_t<decltype(tag)>;
    if (index < 0 || index >= static_cast<int64_t>(impl->nbytes() / sizeof(Element))) return FBL_OUT_OF_RANGE;
    static_cast<Element*>(impl->mutable_data())[index] = fbl::to_element<Element>(value);
    return fbl::kOk;
  });
}
}
