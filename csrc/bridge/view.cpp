// Views: each has its own TensorImpl over the base's storage. Arguments arrive checked by the Lua side for Torch7's
// messages; they are checked again here so that no handle can reach past its storage.
#include "bridge/entry.h"

namespace {

using fbl::tensor_of;
using Shape = c10::SmallVector<int64_t, 8>;

Shape sizes_of(const at::Tensor& tensor) { return Shape(tensor.sizes().begin(), tensor.sizes().end()); }

Shape strides_of(const at::Tensor& tensor) { return Shape(tensor.strides().begin(), tensor.strides().end()); }

void check_dim(const at::Tensor& tensor, int dim) {
  TORCH_CHECK(tensor.numel() > 0 && dim >= 0 && dim < tensor.dim(), "out of range: dimension ", dim + 1, " of a ",
              fbl::torch7_dim(tensor.unsafeGetTensorImpl()), "D tensor");
}

}  // namespace

extern "C" {

int fbl_select(void* out, const void* handle, int dim, int64_t index) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(handle);
    TORCH_CHECK(tensor.dim() > 1, "cannot select on a vector");
    check_dim(tensor, dim);
    TORCH_CHECK(index >= 0 && index < tensor.size(dim), "out of range: index ", index + 1, " of dimension ", dim + 1,
                " with size ", tensor.size(dim));
    Shape sizes = sizes_of(tensor);
    Shape strides = strides_of(tensor);
    const int64_t offset = tensor.storage_offset() + index * strides[dim];
    sizes.erase(sizes.begin() + dim);
    strides.erase(strides.begin() + dim);
    fbl::put_tensor(out, fbl::strided_view(tensor, sizes, strides, offset), 0);
  }
  FBL_CATCH;
}

int fbl_narrow(void* out, const void* handle, int dim, int64_t start, int64_t length) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(handle);
    check_dim(tensor, dim);
    TORCH_CHECK(start >= 0 && start < tensor.size(dim), "out of range: start ", start + 1, " of dimension ", dim + 1,
                " with size ", tensor.size(dim));
    TORCH_CHECK(length > 0 && start + length <= tensor.size(dim), "out of range: ", length, " elements from ",
                start + 1, " of dimension ", dim + 1, " with size ", tensor.size(dim));
    Shape sizes = sizes_of(tensor);
    sizes[dim] = length;
    const int64_t offset = tensor.storage_offset() + start * tensor.stride(dim);
    fbl::put_tensor(out, fbl::strided_view(tensor, sizes, tensor.strides(), offset), 0);
  }
  FBL_CATCH;
}

int fbl_transpose(void* out, const void* handle, int dim0, int dim1) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(handle);
    check_dim(tensor, dim0);
    check_dim(tensor, dim1);
    Shape sizes = sizes_of(tensor);
    Shape strides = strides_of(tensor);
    std::swap(sizes[dim0], sizes[dim1]);
    std::swap(strides[dim0], strides[dim1]);
    fbl::put_tensor(out, fbl::strided_view(tensor, sizes, strides, tensor.storage_offset()), 0);
  }
  FBL_CATCH;
}

int fbl_unfold(void* out, const void* handle, int dim, int64_t size, int64_t step) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(handle);
    check_dim(tensor, dim);
    TORCH_CHECK(size > 0 && size <= tensor.size(dim), "out of range: window of ", size, " over dimension ", dim + 1,
                " with size ", tensor.size(dim));
    TORCH_CHECK(step > 0, "invalid step ", step);
    Shape sizes = sizes_of(tensor);
    Shape strides = strides_of(tensor);
    sizes[dim] = (sizes[dim] - size) / step + 1;
    sizes.push_back(size);
    strides.push_back(strides[dim]);
    strides[dim] *= step;
    fbl::put_tensor(out, fbl::strided_view(tensor, sizes, strides, tensor.storage_offset()), 0);
  }
  FBL_CATCH;
}

int fbl_as_strided(void* out, const void* handle, int ndim, const int64_t* sizes, const int64_t* strides,
                   int64_t offset) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(handle);
    int64_t last = offset;
    int64_t count = 1;
    for (int d = 0; d < ndim; ++d) {
      TORCH_CHECK(sizes[d] >= 0 && strides[d] >= 0, "sizes and strides must not be negative");
      last += (sizes[d] - 1) * strides[d];
      count *= sizes[d];
    }
    const int64_t held = static_cast<int64_t>(tensor.storage().nbytes() / tensor.itemsize());
    TORCH_CHECK(offset >= 0 && (count == 0 || last < held), "the view reaches element ", last + 1, " of a storage of ",
                held);
    const c10::IntArrayRef shape(sizes, ndim);
    fbl::put_tensor(out, fbl::strided_view(tensor, shape, c10::IntArrayRef(strides, ndim), offset), 0);
  }
  FBL_CATCH;
}
}
