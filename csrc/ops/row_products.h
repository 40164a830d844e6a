// Checks of fbcunn::row_products, shared by every implementation.
#pragma once

#include "ops/conv_geometry.h"

namespace fbcunn {

inline void check_row_products(const Tensor& first, const Tensor& second) {
  STD_TORCH_CHECK(first.dim() == 2 && second.dim() == 2 && first.size(1) == second.size(1),
                  "row_products: expected matrices [m, k] and [n, k], got ", shape_text(sizes_of(first)), " and ",
                  shape_text(sizes_of(second)));
  STD_TORCH_CHECK(first.scalar_type() == ScalarType::Float && second.scalar_type() == ScalarType::Float,
                  "row_products: expected float, got ", first.scalar_type(), " and ", second.scalar_type(),
                  "; convert them, or use matmul");
  STD_TORCH_CHECK(first.device() == second.device(), "row_products: tensors are on different devices");
}

}  // namespace fbcunn
