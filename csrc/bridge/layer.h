// What the kernels of layers share: their results, their element types, checks of what they are given.
#pragma once

#include "bridge/direct.h"
#include "bridge/layers.h"

namespace fbl {

// The result resized, or memory of that size where its strides are not those of a row-major tensor.
inline at::Tensor sized_result(void* handle, c10::IntArrayRef sizes) {
  TORCH_CHECK(fbl_tensor_resize(handle, static_cast<int>(sizes.size()), sizes.data()) == kOk, fbl_last_error());
  const at::Tensor& result = tensor_of(handle);
  return result.is_contiguous() ? result : empty(sizes, result.options());
}

// Brings what was written into the tensor of the handle.
inline void finish_result(const void* handle, const at::Tensor& written) {
  const at::Tensor& result = tensor_of(handle);
  if (!written.is_same(result)) result.copy_(written);
  bump(result.unsafeGetTensorImpl());
}

inline void check_like(const at::Tensor& tensor, const at::Tensor& input, const char* name) {
  TORCH_CHECK(tensor.scalar_type() == input.scalar_type() && tensor.is_cpu(), name, " is a tensor of ",
              tensor.scalar_type(), ", input one of ", input.scalar_type());
}

// Runs function(Element()) for float and double.
template <typename Function>
void with_real_type(const at::Tensor& tensor, Function&& function) {
  TORCH_CHECK(tensor.is_cpu(), "a CPU tensor expected");
  if (tensor.scalar_type() == c10::kFloat) return function(float());
  TORCH_CHECK(tensor.scalar_type() == c10::kDouble, "not defined for tensors of ", tensor.scalar_type());
  function(double());
}

}  // namespace fbl
