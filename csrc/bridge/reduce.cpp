// Reductions of all elements to one number.
#include <ATen/ops/dot.h>
#include <ATen/ops/max.h>
#include <ATen/ops/min.h>
#include <ATen/ops/sum.h>

#include <cmath>

#include "bridge/blas.h"
#include "bridge/direct.h"

namespace {

using fbl::checked_impl;
using fbl::data_of;
using fbl::direct;
using fbl::lua_number;
using fbl::tensor_of;
using fbl::with_direct_type;

// The first NaN wins.
template <typename Element>
double extreme(int sign, const Element* data, int64_t n) {
  Element best = data[0];
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_floating_point_v<Element>) {
      if (std::isnan(data[i])) return data[i];
    }
    if (sign > 0 ? data[i] > best : data[i] < best) best = data[i];
  }
  return static_cast<double>(best);
}

// Elements side by side, for a library that reads them.
bool dense(const c10::TensorImpl* impl) { return impl->is_cpu() && impl->is_contiguous() && !impl->requires_grad(); }

}  // namespace

extern "C" {

int fbl_sum(const void* handle, double* out) {
  FBL_TRY {
    const auto* impl = checked_impl(handle);
    if (direct(impl) && with_direct_type(impl, [&](auto* tag) {
          using Element = std::remove_pointer_t<decltype(tag)>;
          using Total = std::conditional_t<std::is_floating_point_v<Element>, double, int64_t>;
          const Element* data = data_of<Element>(handle);
          Total total = 0;
          for (int64_t i = 0; i < impl->numel(); ++i) total += data[i];
          *out = lua_number(static_cast<double>(total));
        })) {
      return fbl::kOk;
    }
    const at::Tensor& tensor = tensor_of(handle);
    if (tensor.scalar_type() == c10::kFloat && tensor.is_cpu()) {
      *out = lua_number(at::sum(tensor, c10::kDouble).item().toDouble());
    } else {
      *out = lua_number(at::sum(tensor).item().toDouble());
    }
  }
  FBL_CATCH;
}

int fbl_dot(const void* a_handle, const void* b_handle, double* out) {
  FBL_TRY {
    const auto* a = checked_impl(a_handle);
    const auto* b = checked_impl(b_handle);
    if (fbl::has_openblas() && dense(a) && dense(b) && a->numel() == b->numel() && a->dtype() == b->dtype()) {
      if (a->dtype() == caffe2::TypeMeta::Make<float>()) {
        *out = lua_number(fbl::openblas_dot(data_of<float>(a_handle), data_of<float>(b_handle), a->numel()));
        return fbl::kOk;
      }
      if (a->dtype() == caffe2::TypeMeta::Make<double>()) {
        *out = lua_number(fbl::openblas_dot(data_of<double>(a_handle), data_of<double>(b_handle), a->numel()));
        return fbl::kOk;
      }
    }
    if (direct(a, b) && with_direct_type(a, [&](auto* tag) {
          using Element = std::remove_pointer_t<decltype(tag)>;
          using Total = std::conditional_t<std::is_floating_point_v<Element>, double, int64_t>;
          const Element* left = data_of<Element>(a_handle);
          const Element* right = data_of<Element>(b_handle);
          Total total = 0;
          for (int64_t i = 0; i < a->numel(); ++i) total += static_cast<Total>(left[i]) * static_cast<Total>(right[i]);
          *out = lua_number(static_cast<double>(total));
        })) {
      return fbl::kOk;
    }
    const at::Tensor& left = tensor_of(a_handle);
    const at::Tensor& right = tensor_of(b_handle);
    TORCH_CHECK(left.numel() == right.numel(), "inconsistent tensor size, expected ", left.sizes(), " and ",
                right.sizes(), " to have the same number of elements, but got ", left.numel(), " and ", right.numel(),
                " elements respectively");
    *out = lua_number(at::dot(left.reshape({-1}), right.reshape({-1})).item().toDouble());
  }
  FBL_CATCH;
}

int fbl_extreme(int sign, const void* handle, double* out) {
  FBL_TRY {
    const auto* impl = checked_impl(handle);
    TORCH_CHECK(impl->numel() > 0, "tensor must have one dimension");
    if (direct(impl) && with_direct_type(impl, [&](auto* tag) {
          using Element = std::remove_pointer_t<decltype(tag)>;
          *out = lua_number(extreme<Element>(sign, data_of<Element>(handle), impl->numel()));
        })) {
      return fbl::kOk;
    }
    const at::Tensor& tensor = tensor_of(handle);
    *out = lua_number((sign > 0 ? at::max(tensor) : at::min(tensor)).item().toDouble());
  }
  FBL_CATCH;
}
}
