// What every entry of the bridge shares: the throwing frame, handles as at::Tensor, element types.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>

#include "bridge/bridge.h"

namespace fbl {

enum Status : int { kOk = 0, kError = 1, kOutOfMemory = 2 };

// Keeps the message of the exception in flight for fbl_last_error() and answers its status.
int store_current_exception() noexcept;

// c10::Error walks the stack when it is made. Above an entry that stack is LuaJIT machine code without unwind tables,
// and libgcc aborts the process there; so each throwing entry declares itself the outermost frame.
#if defined(__x86_64__)
#define FBL_OUTERMOST_FRAME() asm volatile(".cfi_undefined rip" ::: "memory")
#elif defined(__aarch64__)
#define FBL_OUTERMOST_FRAME() asm volatile(".cfi_undefined x30" ::: "memory")
#else
#error "the bridge knows how to mark its frames on x86-64 and aarch64 only"
#endif

// The body of an entry that can throw: { FBL_TRY { ... } FBL_CATCH; }
#define FBL_TRY                     \
  FBL_OUTERMOST_FRAME();            \
  c10::AutoGradMode no_grad(false); \
  try
#define FBL_CATCH                          \
  catch (...) {                            \
    return fbl::store_current_exception(); \
  }                                        \
  return fbl::kOk

// A variable of each thread that costs no call to reach, though the library is loaded late: the loader keeps some room
// for such. For a few words of plain data.
#define FBL_THREAD_LOCAL thread_local constinit __attribute__((tls_model("initial-exec")))

using TensorPtr = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;
using StoragePtr = c10::intrusive_ptr<c10::StorageImpl>;

static_assert(sizeof(at::Tensor) == sizeof(void*), "a handle's first field is read as an at::Tensor");

inline c10::TensorImpl* impl_of(const void* handle) {
  return static_cast<c10::TensorImpl*>(static_cast<const fbl_tensor*>(handle)->impl);
}

inline const at::Tensor& tensor_of(const void* handle) {
  TORCH_CHECK(handle != nullptr && impl_of(handle) != nullptr, "tensor expected, got nil");
  return *static_cast<const at::Tensor*>(handle);
}

// impl_of for entries that can throw: a handle without a tensor is refused.
inline c10::TensorImpl* checked_impl(const void* handle) { return tensor_of(handle).unsafeGetTensorImpl(); }

inline c10::StorageImpl* storage_impl_of(const void* handle) {
  return static_cast<c10::StorageImpl*>(static_cast<const fbl_storage*>(handle)->impl);
}

inline c10::Storage storage_of(const void* handle) {
  TORCH_CHECK(handle != nullptr && storage_impl_of(handle) != nullptr, "storage expected, got nil");
  return c10::Storage(StoragePtr::reclaim_copy(storage_impl_of(handle)));
}

// Bytes a tensor brought into being: nothing when others share it or its storage.
inline int64_t fresh_bytes(const at::Tensor& tensor) {
  const bool fresh = tensor.use_count() == 1 && tensor.has_storage() && tensor.storage().use_count() == 1;
  return fresh ? static_cast<int64_t>(tensor.storage().nbytes()) : 0;
}

// Counts bytes that a handle came to hold (or gave up, when negative).
void charge(double bytes);

template <typename Handle>
void charge_to(Handle* handle, double bytes) {
  if (bytes == 0) return;
  handle->bytes += bytes;
  charge(bytes);
}

void put_tensor(void* out, at::Tensor tensor, int64_t bytes);
void put_storage(void* out, c10::Storage storage, int64_t bytes);

c10::ScalarType scalar_type_of(int type);
// -1 where Torch7 has no such element type.
int type_code(c10::ScalarType scalar_type) noexcept;
c10::Device device_of(int device);

// Torch7 drops the dimensions from the first one that is not positive; no dimension left means no elements.
c10::SmallVector<int64_t, 8> torch7_sizes(int ndim, const int64_t* sizes);

// A view with its own TensorImpl over the storage of base. Skips the dispatcher: dense CPU and CUDA tensors only.
at::Tensor strided_view(const at::Tensor& base, c10::IntArrayRef sizes, c10::IntArrayRef strides, int64_t offset);

// Torch7's "no dimension" is numel == 0 here.
inline int64_t torch7_dim(const c10::TensorImpl* impl) { return impl->numel() == 0 ? 0 : impl->dim(); }

}  // namespace fbl
