// What both implementations of fbcunn::feature_lp_pool share: checks and the view of the tensor.
#pragma once

#include "ops/aten.h"

namespace fbcunn {

// The tensor seen as [outer][features][inner], contiguous.
struct FeaturePoolShape {
  int64_t outer = 1;
  int64_t features = 0;
  int64_t inner = 1;
  int64_t pooled = 0;  // features after pooling
};

inline FeaturePoolShape feature_pool_shape(const Tensor& input, int64_t dim, int64_t width, int64_t stride) {
  STD_TORCH_CHECK(is_floating(input.scalar_type()), "feature_lp_pool: expected a floating-point input, got ",
                  input.scalar_type());
  STD_TORCH_CHECK(dim >= 0 && dim < input.dim(), "feature_lp_pool: dim ", dim, " is outside an input of ", input.dim(),
                  " dimensions");
  STD_TORCH_CHECK(width >= 2 && width <= 16, "feature_lp_pool: width must be in [2, 16], got ", width);
  STD_TORCH_CHECK(stride >= 1 && stride <= 4, "feature_lp_pool: stride must be in [1, 4], got ", stride);
  FeaturePoolShape shape;
  for (int64_t i = 0; i < input.dim(); ++i) {
    (i < dim ? shape.outer : i > dim ? shape.inner : shape.features) *= i == dim ? 1 : input.size(i);
  }
  shape.features = input.size(dim);
  STD_TORCH_CHECK(shape.features >= width, "feature_lp_pool: width ", width, " exceeds the ", shape.features,
                  " features of the input");
  shape.pooled = (shape.features - width) / stride + 1;
  return shape;
}

inline void check_feature_pool_grad(const Tensor& grad, const Tensor& input, const Tensor& output) {
  STD_TORCH_CHECK(sizes_of(grad) == sizes_of(output),
                  "feature_lp_pool_backward: the gradient must have the shape of the output");
  STD_TORCH_CHECK(grad.scalar_type() == input.scalar_type() && output.scalar_type() == input.scalar_type(),
                  "feature_lp_pool_backward: gradient, input and output must have one dtype");
}

}  // namespace fbcunn
