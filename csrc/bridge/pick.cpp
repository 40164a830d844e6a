// Comparisons, rows picked by index, and t[{...}]: what scripts use to choose elements.
#include <ATen/Parallel.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/ge.h>
#include <ATen/ops/gt.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/le.h>
#include <ATen/ops/lt.h>
#include <ATen/ops/ne.h>

#include <algorithm>
#include <cstring>

#include "bridge/direct.h"

namespace {

using fbl::tensor_of;

constexpr int64_t kBytesAThread = 256 * 1024;

using Compare = at::Tensor& (*)(at::Tensor&, const at::Tensor&, const at::Scalar&);

// In the order of bridge.h.
const Compare comparisons[] = {at::lt_out, at::gt_out, at::le_out, at::ge_out, at::eq_out, at::ne_out};

template <typename Element>
void compare_direct(int op, uint8_t* result, const Element* a, Element value, int64_t n) {
  const auto each = [&](auto&& test) {
    for (int64_t i = 0; i < n; ++i) result[i] = static_cast<uint8_t>(test(a[i]));
  };
  switch (op) {
    case FBL_LT:
      return each([value](Element x) { return x < value; });
    case FBL_GT:
      return each([value](Element x) { return x > value; });
    case FBL_LE:
      return each([value](Element x) { return x <= value; });
    case FBL_GE:
      return each([value](Element x) { return x >= value; });
    case FBL_EQ:
      return each([value](Element x) { return x == value; });
    default:
      return each([value](Element x) { return x != value; });
  }
}

// The view that selectors name; kinds: a whole dimension, one index of it, or first to last. Indices count from 1, or
// from the end when negative.
int slice(const at::Tensor& tensor, int n, const fbl_selector* selectors, at::Tensor* view) {
  if (n > fbl::torch7_dim(tensor.unsafeGetTensorImpl())) return FBL_TOO_MANY;
  c10::SmallVector<int64_t, 8> sizes;
  c10::SmallVector<int64_t, 8> strides;
  int64_t offset = tensor.storage_offset();
  for (int d = 0; d < tensor.dim(); ++d) {
    const int64_t size = tensor.size(d);
    const int kind = d < n ? selectors[d].kind : FBL_ALL;
    if (kind == FBL_ALL) {
      sizes.push_back(size);
      strides.push_back(tensor.stride(d));
      continue;
    }
    const auto resolved = [size](int64_t index) { return index < 0 ? size + index : index - 1; };
    const int64_t first = resolved(selectors[d].first);
    const int64_t last = kind == FBL_INDEX ? first : resolved(selectors[d].last);
    if (first < 0 || first >= size || last < 0 || last >= size) return FBL_OUT_OF_RANGE;
    if (last < first) return FBL_END_BEFORE_START;
    offset += first * tensor.stride(d);
    if (kind == FBL_INDEX) continue;
    sizes.push_back(last - first + 1);
    strides.push_back(tensor.stride(d));
  }
  *view = fbl::strided_view(tensor, sizes, strides, offset);
  return fbl::kOk;
}

}  // namespace

extern "C" {

int fbl_compare(int op, void* result, const void* handle, double value) {
  FBL_TRY {
    TORCH_CHECK(op >= 0 && op <= FBL_NE, "unknown comparison ", op);
    const at::Tensor& a = tensor_of(handle);
    if (fbl::impl_of(result) == nullptr) {
      fbl::put_fresh(result, fbl::empty(a.sizes(), a.options().dtype(c10::kByte)));
    } else if (fbl_same_size(result, handle) == 0) {
      TORCH_CHECK(fbl_tensor_resize_as(result, handle) == fbl::kOk, fbl_last_error());
    }
    at::Tensor target = tensor_of(result);
    auto* impl = target.unsafeGetTensorImpl();
    const bool bytes = target.scalar_type() == c10::kByte;
    if (bytes && fbl::direct(impl) && fbl::direct(a.unsafeGetTensorImpl()) &&
        fbl::with_direct_type(a.unsafeGetTensorImpl(), [&](auto* tag) {
          using Element = std::remove_pointer_t<decltype(tag)>;
          compare_direct<Element>(op, target.mutable_data_ptr<uint8_t>(), a.const_data_ptr<Element>(),
                                  fbl::to_element<Element>(value), a.numel());
        })) {
      fbl::bump(impl);
      return fbl::kOk;
    }
    // ATen's vector code writes bools, which are the same bytes.
    if (bytes) target = target.view(c10::kBool);
    comparisons[op](target, a, fbl::scalar_like(a, value));
  }
  FBL_CATCH;
}

int fbl_index(void* result, const void* handle, int dim, const void* indices_handle) {
  FBL_TRY {
    at::Tensor source = tensor_of(handle);
    const at::Tensor indices = tensor_of(indices_handle).contiguous();
    TORCH_CHECK(dim >= 0 && dim < fbl::torch7_dim(source.unsafeGetTensorImpl()), "dimension ", dim + 1,
                " out of range");
    TORCH_CHECK(indices.scalar_type() == c10::kLong, "torch.LongTensor of indices expected");
    const int64_t count = indices.numel();
    const int64_t size = source.size(dim);
    if (fbl::impl_of(result) != nullptr && fbl_same_storage(result, handle) != 0) source = source.clone();
    c10::SmallVector<int64_t, 8> sizes(source.sizes().begin(), source.sizes().end());
    sizes[dim] = count;
    const bool fresh = fbl::impl_of(result) == nullptr;
    if (fresh) {
      fbl::put_fresh(result, fbl::empty(sizes, source.options()));
    } else {
      TORCH_CHECK(fbl_tensor_resize(result, static_cast<int>(sizes.size()), sizes.data()) == fbl::kOk,
                  fbl_last_error());
    }
    at::Tensor target = tensor_of(result);
    TORCH_CHECK(target.scalar_type() == source.scalar_type(), "a result of the source's type expected");
    if (!source.is_cpu() || !target.is_contiguous()) {
      at::index_select_out(target, source, dim, indices.sub(1));
      return fbl::kOk;
    }
    source = source.contiguous();
    int64_t outer = 1;
    int64_t inner = static_cast<int64_t>(source.itemsize());
    for (int d = 0; d < source.dim(); ++d) (d < dim ? outer : inner) *= d == dim ? 1 : source.size(d);
    const int64_t* rows = indices.const_data_ptr<int64_t>();
    for (int64_t i = 0; i < count; ++i) {
      TORCH_CHECK(rows[i] >= 1 && rows[i] <= size, "index out of range: ", rows[i], " of dimension ", dim + 1,
                  " with size ", size);
    }
    auto* to = static_cast<char*>(target.mutable_data_ptr());
    const auto* from = static_cast<const char*>(source.const_data_ptr());
    // The system hands out new memory to one thread after the other.
    const int64_t grain = fresh ? outer * count : std::max<int64_t>(1, kBytesAThread / inner);
    at::parallel_for(0, outer * count, grain, [&](int64_t begin, int64_t end) {
      int64_t o = begin / count, i = begin % count;
      for (int64_t k = begin; k < end; ++k) {
        std::memcpy(to + k * inner, from + (o * size + rows[i] - 1) * inner, inner);
        if (++i == count) ++o, i = 0;
      }
    });
    fbl::bump(target.unsafeGetTensorImpl());
  }
  FBL_CATCH;
}

int fbl_slice(void* out, const void* handle, int n, const fbl_selector* selectors) {
  FBL_TRY {
    at::Tensor view;
    if (const int status = slice(tensor_of(handle), n, selectors, &view); status != fbl::kOk) return status;
    fbl::put_tensor(out, std::move(view), 0);
  }
  FBL_CATCH;
}

int fbl_slice_fill(void* handle, int n, const fbl_selector* selectors, double value) {
  FBL_TRY {
    at::Tensor view;
    if (const int status = slice(tensor_of(handle), n, selectors, &view); status != fbl::kOk) return status;
    fbl_tensor borrowed{view.unsafeGetTensorImpl(), 0};
    return fbl_fill(&borrowed, value);
  }
  FBL_CATCH;
}

int fbl_slice_copy(void* handle, int n, const fbl_selector* selectors, const void* source) {
  FBL_TRY {
    at::Tensor view;
    if (const int status = slice(tensor_of(handle), n, selectors, &view); status != fbl::kOk) return status;
    fbl_tensor borrowed{view.unsafeGetTensorImpl(), 0};
    return fbl_copy(&borrowed, source);
  }
  FBL_CATCH;
}
}
