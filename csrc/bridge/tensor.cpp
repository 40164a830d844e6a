// Tensor handles: life, shape queries, resize and set with Torch7's rules.
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_strided.h>
#include <c10/core/Storage.h>

#include "bridge/direct.h"

namespace {

using fbl::impl_of;
using fbl::tensor_of;

// total + a * b, for sizes that a script may make as large as it likes.
int64_t plus_product(int64_t total, int64_t a, int64_t b) {
  int64_t product;
  TORCH_CHECK(!__builtin_mul_overflow(a, b, &product) && !__builtin_add_overflow(total, product, &total),
              "a tensor of these sizes and strides is larger than any memory");
  return total;
}

c10::SmallVector<int64_t, 8> contiguous_strides(c10::IntArrayRef sizes) {
  c10::SmallVector<int64_t, 8> strides(sizes.size());
  int64_t step = 1;
  for (size_t d = sizes.size(); d-- > 0;) {
    strides[d] = step;
    step = plus_product(0, step, sizes[d]);
  }
  return strides;
}

int64_t storage_bytes(const at::Tensor& tensor) {
  return tensor.has_storage() ? static_cast<int64_t>(tensor.storage().nbytes()) : 0;
}

// Whether a tensor's memory is large enough for other sizes: then no operator has to be asked.
bool fits(const at::Tensor& tensor, c10::IntArrayRef sizes) {
  if (!tensor.is_cpu() || !tensor.has_storage() || tensor.requires_grad()) return false;
  // As many as there are now, which cannot overflow; more are worth the operator's checks.
  int64_t count = 1;
  for (const int64_t size : sizes) {
    if (size <= 0 || __builtin_mul_overflow(count, size, &count)) return false;
  }
  const auto capacity = storage_bytes(tensor) / static_cast<int64_t>(tensor.itemsize());
  return count <= capacity - tensor.storage_offset();
}

// Resizing never shrinks a storage; what it grew by is charged to the handle that asked.
void resize_charged(void* handle, c10::IntArrayRef sizes) {
  const at::Tensor& tensor = tensor_of(handle);
  if (tensor.sizes() == sizes) return;
  const int64_t before = storage_bytes(tensor);
  if (fits(tensor, sizes)) {
    tensor.unsafeGetTensorImpl()->set_sizes_contiguous(sizes);
    return;
  }
  const c10::SmallVector<int64_t, 8> old_sizes(tensor.sizes()), old_strides(tensor.strides());
  try {
    tensor.resize_(sizes);
  } catch (...) {
    // ATen changes the shape before it grows the storage; without memory the shape would reach beyond its end.
    tensor.unsafeGetTensorImpl()->set_sizes_and_strides(old_sizes, old_strides);
    throw;
  }
  fbl::charge_to(static_cast<fbl_tensor*>(handle), static_cast<double>(storage_bytes(tensor) - before));
}

}  // namespace

namespace fbl {

at::Tensor strided_view(const at::Tensor& base, c10::IntArrayRef sizes, c10::IntArrayRef strides, int64_t offset) {
  constexpr auto python_keys = c10::DispatchKeySet({c10::DispatchKey::Python, c10::DispatchKey::PythonTLSSnapshot});
  auto view = c10::make_intrusive<c10::TensorImpl>(c10::TensorImpl::VIEW, c10::Storage(base.storage()),
                                                   base.key_set() - python_keys, base.dtype());
  view->set_storage_offset(offset);
  view->set_sizes_and_strides(sizes, strides);
  // Writes through the view must be seen by autograd when the base came from Python.
  if (!base.is_inference()) view->set_version_counter(base.unsafeGetTensorImpl()->version_counter());
  return at::Tensor(TensorPtr(std::move(view)));
}

}  // namespace fbl

extern "C" {

void fbl_tensor_release(void* handle) {
  auto* tensor = static_cast<fbl_tensor*>(handle);
  if (tensor->impl == nullptr) return;
  if (!fbl::recycle(*static_cast<const at::Tensor*>(handle))) fbl::TensorPtr::reclaim(impl_of(handle));
  tensor->impl = nullptr;
  fbl::charge_to(tensor, -tensor->bytes);
}

void fbl_tensor_retain(void* out, const void* handle) {
  auto* impl = impl_of(handle);
  fbl::put_tensor(out, impl == nullptr ? at::Tensor() : at::Tensor(fbl::TensorPtr::reclaim_copy(impl)), 0);
}

void fbl_tensor_adopt(void* out, void* heap_handle) {
  auto* source = static_cast<fbl_tensor*>(heap_handle);
  fbl::put_tensor(out, at::Tensor(fbl::TensorPtr::reclaim(impl_of(source))), 0);
  delete source;
}

void fbl_tensor_discard(void* heap_handle) {
  fbl_tensor_release(heap_handle);
  delete static_cast<fbl_tensor*>(heap_handle);
}

int fbl_tensor_new(void* out, int type, int device, int ndim, const int64_t* sizes) {
  FBL_TRY {
    at::Tensor tensor = fbl::empty(fbl::torch7_sizes(ndim, sizes),
                                   at::TensorOptions().dtype(fbl::scalar_type_of(type)).device(fbl::device_of(device)));
    const int64_t bytes = storage_bytes(tensor);
    fbl::put_tensor(out, std::move(tensor), bytes);
  }
  FBL_CATCH;
}

int fbl_tensor_alias(void* out, const void* handle) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(handle);
    fbl::put_tensor(out, fbl::strided_view(tensor, tensor.sizes(), tensor.strides(), tensor.storage_offset()), 0);
  }
  FBL_CATCH;
}

int fbl_tensor_set(void* handle, const void* source_handle) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(handle);
    const at::Tensor& source = tensor_of(source_handle);
    if (tensor.is_same(source)) return fbl::kOk;
    TORCH_CHECK(tensor.scalar_type() == source.scalar_type(), "set: a tensor of the same type expected");
    tensor.unsafeGetTensorImpl()->set_storage_keep_dtype(source.storage());
    tensor.unsafeGetTensorImpl()->set_storage_offset(source.storage_offset());
    tensor.unsafeGetTensorImpl()->set_sizes_and_strides(source.sizes(), source.strides());
  }
  FBL_CATCH;
}

int fbl_tensor_set_storage(void* handle, const void* storage_handle, int64_t offset, int ndim, const int64_t* sizes,
                           const int64_t* strides) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(handle);
    TORCH_CHECK(offset >= 0, "storage offset must be positive, got ", offset + 1);
    const auto itemsize = static_cast<int64_t>(tensor.itemsize());
    c10::Storage storage =
        storage_handle != nullptr ? fbl::storage_of(storage_handle) : at::empty({0}, tensor.options()).storage();
    c10::SmallVector<int64_t, 8> shape;
    if (sizes != nullptr) {
      shape = fbl::torch7_sizes(ndim, sizes);
    } else {
      shape.push_back(std::max<int64_t>(0, static_cast<int64_t>(storage.nbytes()) / itemsize - offset));
    }
    c10::SmallVector<int64_t, 8> steps = contiguous_strides(shape);
    if (strides != nullptr) {
      // A negative stride asks for the contiguous one, given the strides after it.
      for (size_t d = shape.size(); d-- > 0;) {
        const bool innermost = d + 1 == shape.size();
        steps[d] = strides[d] >= 0 ? strides[d] : innermost ? 1 : plus_product(0, steps[d + 1], shape[d + 1]);
      }
    }
    int64_t last = offset;
    bool empty = false;
    for (size_t d = 0; d < shape.size(); ++d) {
      if (shape[d] == 0) empty = true;
      last = plus_product(last, shape[d] - 1, steps[d]);
    }
    const int64_t needed = empty ? 0 : plus_product(itemsize, last, itemsize);
    if (needed > static_cast<int64_t>(storage.nbytes())) {
      fbl_storage grown{storage.unsafeGetStorageImpl(), 0};
      if (const int status = fbl_storage_resize(&grown, needed); status != fbl::kOk) return status;
      static_cast<fbl_tensor*>(handle)->bytes += grown.bytes;  // charged by the resize
    }
    auto* impl = tensor.unsafeGetTensorImpl();
    impl->set_storage_keep_dtype(storage);
    impl->set_storage_offset(empty ? 0 : offset);
    impl->set_sizes_and_strides(shape, steps);
  }
  FBL_CATCH;
}

int fbl_tensor_resize(void* handle, int ndim, const int64_t* sizes) {
  FBL_TRY { resize_charged(handle, fbl::torch7_sizes(ndim, sizes)); }
  FBL_CATCH;
}

int fbl_tensor_resize_as(void* handle, const void* like) {
  FBL_TRY {
    const at::Tensor& source = tensor_of(like);
    if (source.numel() == 0) {
      resize_charged(handle, {0});
    } else {
      resize_charged(handle, source.sizes());
    }
  }
  FBL_CATCH;
}

int fbl_tensor_storage(void* out, const void* handle) {
  FBL_TRY { fbl::put_storage(out, tensor_of(handle).storage(), 0); }
  FBL_CATCH;
}

int fbl_tensor_contiguous(void* out, const void* handle) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(handle);
    at::Tensor result = tensor.contiguous();
    const int64_t bytes = result.is_same(tensor) ? 0 : storage_bytes(result);
    fbl::put_tensor(out, std::move(result), bytes);
  }
  FBL_CATCH;
}

int fbl_tensor_clone(void* out, const void* handle) {
  FBL_TRY {
    at::Tensor result = fbl::empty(tensor_of(handle).sizes(), tensor_of(handle).options());
    fbl_tensor target{result.unsafeGetTensorImpl(), 0};
    if (const int status = fbl_copy(&target, handle); status != fbl::kOk) return status;
    const int64_t bytes = storage_bytes(result);
    fbl::put_tensor(out, std::move(result), bytes);
  }
  FBL_CATCH;
}

int fbl_tensor_cast(void* out, const void* handle, int type, int device) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(handle);
    at::Tensor result =
        fbl::empty(tensor.sizes(), at::TensorOptions().dtype(fbl::scalar_type_of(type)).device(fbl::device_of(device)));
    fbl_tensor target{result.unsafeGetTensorImpl(), 0};
    if (const int status = fbl_copy(&target, handle); status != fbl::kOk) return status;
    const int64_t bytes = storage_bytes(result);
    fbl::put_tensor(out, std::move(result), bytes);
  }
  FBL_CATCH;
}

int fbl_dim(const void* handle) { return static_cast<int>(fbl::torch7_dim(impl_of(handle))); }

int64_t fbl_size(const void* handle, int dim) { return impl_of(handle)->sizes()[dim]; }

int64_t fbl_stride(const void* handle, int dim) { return impl_of(handle)->strides()[dim]; }

void fbl_sizes(const void* handle, int64_t* out) {
  const auto sizes = impl_of(handle)->sizes();
  std::copy(sizes.begin(), sizes.end(), out);
}

void fbl_strides(const void* handle, int64_t* out) {
  const auto strides = impl_of(handle)->strides();
  std::copy(strides.begin(), strides.end(), out);
}

int64_t fbl_numel(const void* handle) { return impl_of(handle)->numel(); }

int64_t fbl_offset(const void* handle) { return impl_of(handle)->storage_offset(); }

int fbl_is_contiguous(const void* handle) { return impl_of(handle)->is_contiguous(); }

int fbl_same_size(const void* a, const void* b) {
  if (impl_of(a)->numel() == 0 || impl_of(b)->numel() == 0) return impl_of(a)->numel() == impl_of(b)->numel();
  return impl_of(a)->sizes() == impl_of(b)->sizes();
}

int fbl_same_storage(const void* a, const void* b) {
  return impl_of(a)->has_storage() && impl_of(b)->has_storage() &&
         impl_of(a)->storage().unsafeGetStorageImpl() == impl_of(b)->storage().unsafeGetStorageImpl();
}

int fbl_has_storage(const void* handle) {
  const auto* impl = impl_of(handle);
  return impl->has_storage() && (impl->storage().nbytes() > 0 || impl->storage().mutable_data() != nullptr);
}

int fbl_type(const void* handle) { return fbl::type_code(impl_of(handle)->dtype().toScalarType()); }

int fbl_device(const void* handle) {
  const auto device = impl_of(handle)->device();
  return device.is_cpu() ? -1 : static_cast<int>(device.index());
}

void* fbl_data(const void* handle) {
  const auto* impl = impl_of(handle);
  if (!impl->has_storage()) return nullptr;
  auto* base = static_cast<char*>(impl->storage().mutable_data());
  return base == nullptr ? nullptr : base + impl->storage_offset() * static_cast<int64_t>(impl->itemsize());
}
}
