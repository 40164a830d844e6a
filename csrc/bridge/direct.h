// Small contiguous CPU tensors of one type: when a direct loop is worth more than a dispatch, and how it reaches
// elements.
#pragma once

#include <ATen/EmptyTensor.h>
#include <ATen/ops/empty.h>

#include <vector>

#include "bridge/element.h"
#include "bridge/entry.h"
#include "bridge/recycle.h"

namespace fbl {

// Above this ATen's vector loops win over their dispatch.
constexpr int64_t kDirectLimit = 4096;

inline bool direct(const c10::TensorImpl* impl, int64_t limit = kDirectLimit) {
  return impl->numel() <= limit && impl->is_cpu() && impl->is_contiguous() && !impl->requires_grad();
}

inline bool direct(const c10::TensorImpl* a, const c10::TensorImpl* b) {
  return direct(a) && direct(b) && a->numel() == b->numel() && a->dtype() == b->dtype();
}

// Runs function(Element*) for the types that direct loops exist for.
template <typename Function>
bool with_direct_type(const c10::TensorImpl* impl, Function&& function) {
  switch (impl->dtype().toScalarType()) {
    case c10::kDouble:
      function(static_cast<double*>(nullptr));
      return true;
    case c10::kFloat:
      function(static_cast<float*>(nullptr));
      return true;
    case c10::kLong:
      function(static_cast<int64_t*>(nullptr));
      return true;
    case c10::kInt:
      function(static_cast<int32_t*>(nullptr));
      return true;
    case c10::kByte:
      function(static_cast<uint8_t*>(nullptr));
      return true;
    default:
      return false;
  }
}

// Runs function(Element()) for Torch7's seven types of numbers.
template <typename Function>
void with_number_type(const at::Tensor& tensor, Function&& function) {
  TORCH_CHECK(tensor.is_cpu(), "a CPU tensor expected");
  switch (tensor.scalar_type()) {
    case c10::kDouble:
      return function(double());
    case c10::kFloat:
      return function(float());
    case c10::kLong:
      return function(int64_t());
    case c10::kInt:
      return function(int32_t());
    case c10::kShort:
      return function(int16_t());
    case c10::kChar:
      return function(int8_t());
    case c10::kByte:
      return function(uint8_t());
    default:
      TORCH_CHECK(false, "not defined for tensors of ", tensor.scalar_type());
  }
}

template <typename Element>
Element* data_of(const void* handle) {
  return static_cast<Element*>(fbl_data(handle));
}

// A new contiguous tensor; on the CPU without the dispatcher, which costs more than a small tensor's memory.
inline at::Tensor empty(c10::IntArrayRef sizes, const at::TensorOptions& options) {
  if (!options.device().is_cpu()) return at::empty(sizes, options);
  if (at::Tensor kept = take_recycled(sizes, options.dtype().toScalarType()); kept.defined()) return kept;
  return at::Tensor(at::detail::empty_cpu(sizes, options.dtype().toScalarType()));
}

// Gives a handle a tensor that was made for it.
inline void put_fresh(void* out, at::Tensor tensor) {
  const auto bytes = static_cast<int64_t>(tensor.storage().nbytes());
  put_tensor(out, std::move(tensor), bytes);
}

// Calls visit(element) in row-major order, whatever the strides.
template <typename Element, typename Visit>
void for_each(const at::Tensor& tensor, Visit&& visit) {
  auto* data = tensor.mutable_data_ptr<Element>();
  const int64_t count = tensor.numel();
  if (tensor.is_contiguous()) {
    for (int64_t i = 0; i < count; ++i) visit(data[i]);
    return;
  }
  const auto sizes = tensor.sizes();
  const auto strides = tensor.strides();
  std::vector<int64_t> index(sizes.size(), 0);
  int64_t position = 0;
  for (int64_t i = 0; i < count; ++i) {
    visit(data[position]);
    for (size_t d = sizes.size(); d-- > 0;) {
      position += strides[d];
      if (++index[d] < sizes[d]) break;
      position -= index[d] * strides[d];
      index[d] = 0;
    }
  }
}

inline void bump(c10::TensorImpl* impl) {
  if (!impl->is_inference()) impl->bump_version();
}

// Gives the result the source's sizes; an empty handle gets a new tensor like it.
void match_result(void* result, const at::Tensor& source);

// b in a's shape: only the number of elements has to agree.
at::Tensor shaped_like(const at::Tensor& b, const at::Tensor& a);

// A Lua number as the operand ATen computes with: truncated for whole-number types, as Torch7 converted it.
inline c10::Scalar scalar_like(const at::Tensor& tensor, double value) {
  if (c10::isFloatingType(tensor.scalar_type())) return c10::Scalar(value);
  return c10::Scalar(to_int64(value));
}

}  // namespace fbl
