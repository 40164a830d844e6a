// Entry checks shared by every implementation of the Fourier convolution operators.
#pragma once

#include <optional>
#include <tuple>

#include "ops/conv_geometry.h"

namespace fbcunn {

// float and double are computed as they are; half and bfloat16 in float.
inline ScalarType compute_type(const Tensor& tensor) {
  return tensor.scalar_type() == ScalarType::Double ? ScalarType::Double : ScalarType::Float;
}

inline Tensor as_type(const Tensor& tensor, ScalarType type) {
  if (tensor.scalar_type() == type) return torch::stable::contiguous(tensor);
  Tensor result = empty_with_type(tensor, sizes_of(tensor), type);
  torch::stable::copy_(result, tensor);
  return result;
}

// Fills in unset transform sizes (0) and refuses sizes that cannot compute this convolution.
inline ConvPlan conv_plan(const char* what, const ConvGeometry& g, int64_t path, const Sizes& size, int64_t precision,
                          int64_t memory_limit) {
  STD_TORCH_CHECK(path >= kAtenPath && path <= kTileAddPath, what,
                  ": path must be 0 (ATen), 1 (tiles), 2 (cuFFT) or 3 (tiles, overlap-add), got ", path);
  STD_TORCH_CHECK(precision == kSinglePrecision || precision == kTf32Precision, what,
                  ": precision must be 0 (single) or 1 (tf32), got ", precision);
  STD_TORCH_CHECK(size.empty() || size.size() == 2, what, ": expected no or two transform sizes, got ", size.size());
  ConvPlan plan{path, size.empty() ? 0 : size[0], size.empty() ? 0 : size[1], precision, memory_limit};
  if (plan.size_y == 0) {
    plan.size_y = smooth_size(std::max(g.height + g.pad_y, g.out_height()));
  }
  if (plan.size_x == 0) plan.size_x = smooth_size(std::max(g.width + g.pad_x, g.out_width()));
  const auto y = y_axis(g, plan), x = x_axis(g, plan);
  STD_TORCH_CHECK(y.size >= y.kernel && x.size >= x.kernel, what, ": transform ", y.size, "x", x.size,
                  " is smaller than the kernel ", y.kernel, "x", x.kernel);
  STD_TORCH_CHECK(path == kTilePath || path == kTileAddPath || (y.is_whole() && x.is_whole()), what, ": transform ",
                  y.size, "x", x.size, " does not hold the padded image; only paths 1 and 3 (tiles) can cut it");
  STD_TORCH_CHECK(path != kTileAddPath || (y.can_add() && x.can_add()), what, ": overlap-add with tiles of ", y.size,
                  " needs a kernel of at most ", y.size / 2 + 1, ", got ", y.kernel, "x", x.kernel);
  return plan;
}

inline void check_conv_tensors(const char* what, const Tensor& a, const Tensor& b, const std::optional<Tensor>& bias,
                               int64_t bias_size) {
  STD_TORCH_CHECK(is_floating(a.scalar_type()), what, ": expected a floating-point tensor, got ", a.scalar_type());
  STD_TORCH_CHECK(a.scalar_type() == b.scalar_type(), what, ": got dtypes ", a.scalar_type(), " and ", b.scalar_type(),
                  "; convert one of them");
  STD_TORCH_CHECK(a.device() == b.device(), what, ": tensors are on different devices");
  if (bias.has_value()) {
    STD_TORCH_CHECK(bias->dim() == 1 && bias->size(0) == bias_size, what, ": expected ", bias_size, " biases");
    STD_TORCH_CHECK(bias->scalar_type() == a.scalar_type() && bias->device() == a.device(), what,
                    ": bias must have the dtype and device of the input");
  }
}

}  // namespace fbcunn
