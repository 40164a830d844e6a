// fbcunn::feature_lp_pool: Lp pooling over windows of adjacent feature maps. Schema and CPU.
#include "ops/feature_lp_pool.h"

#include <torch/headeronly/core/Dispatch_v2.h>

#include <cmath>

namespace fbcunn {
namespace {

// Half and BFloat16 are accumulated in float.
template <typename T>
using accumulator_t = std::conditional_t<std::is_same_v<T, double>, double, float>;

template <typename T>
void pool(const T* input, T* output, const FeaturePoolShape& shape, int64_t width, int64_t stride, double power) {
  using Acc = accumulator_t<T>;
  const Acc p = static_cast<Acc>(power);
  torch::stable::parallel_for(0, shape.outer * shape.pooled, 16, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t first = row / shape.pooled * shape.features + row % shape.pooled * stride;
      for (int64_t i = 0; i < shape.inner; ++i) {
        Acc sum = 0;
        for (int64_t k = 0; k < width; ++k) {
          const Acc x = static_cast<Acc>(input[(first + k) * shape.inner + i]);
          sum += power == 2 ? x * x : std::pow(x, p);
        }
        output[row * shape.inner + i] = static_cast<T>(power == 2 ? std::sqrt(sum) : std::pow(sum, 1 / p));
      }
    }
  });
}

template <typename T>
void pool_backward(const T* grad, const T* input, const T* output, T* grad_input, const FeaturePoolShape& shape,
                   int64_t width, int64_t stride, double power) {
  using Acc = accumulator_t<T>;
  const Acc exponent = static_cast<Acc>(power - 1);
  torch::stable::parallel_for(0, shape.outer * shape.features, 16, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t outer = row / shape.features, feature = row % shape.features;
      const int64_t first = feature < width ? 0 : (feature - width) / stride + 1;
      const int64_t last = std::min(feature / stride, shape.pooled - 1);
      for (int64_t i = 0; i < shape.inner; ++i) {
        const Acc x = static_cast<Acc>(input[row * shape.inner + i]);
        Acc sum = 0;
        for (int64_t window = first; window <= last; ++window) {
          const int64_t at = (outer * shape.pooled + window) * shape.inner + i;
          const Acc y = static_cast<Acc>(output[at]);
          // A window whose norm is zero has no direction: its gradient is defined as zero.
          if (y != 0) sum += static_cast<Acc>(grad[at]) * std::pow(x / y, exponent);
        }
        grad_input[row * shape.inner + i] = static_cast<T>(sum);
      }
    }
  });
}

Tensor feature_lp_pool(const Tensor& self, int64_t dim, int64_t width, int64_t stride, double power) {
  const auto shape = feature_pool_shape(self, dim, width, stride);
  const Tensor input = torch::stable::contiguous(self);
  Sizes sizes = sizes_of(self);
  sizes[dim] = shape.pooled;
  Tensor output = empty_with_type(self, sizes, self.scalar_type());
  THO_DISPATCH_V2(self.scalar_type(), "feature_lp_pool", AT_WRAP([&] {
                    pool(input.const_data_ptr<scalar_t>(), output.mutable_data_ptr<scalar_t>(), shape, width, stride,
                         power);
                  }),
                  AT_EXPAND(AT_FLOATING_TYPES), ScalarType::Half, ScalarType::BFloat16);
  return output;
}

Tensor feature_lp_pool_backward(const Tensor& grad_output, const Tensor& self, const Tensor& result, int64_t dim,
                                int64_t width, int64_t stride, double power) {
  const auto shape = feature_pool_shape(self, dim, width, stride);
  check_feature_pool_grad(grad_output, self, result);
  const Tensor grad = torch::stable::contiguous(grad_output);
  const Tensor input = torch::stable::contiguous(self);
  const Tensor output = torch::stable::contiguous(result);
  Tensor grad_input = empty_with_type(self, sizes_of(self), self.scalar_type());
  THO_DISPATCH_V2(self.scalar_type(), "feature_lp_pool_backward", AT_WRAP([&] {
                    pool_backward(grad.const_data_ptr<scalar_t>(), input.const_data_ptr<scalar_t>(),
                                  output.const_data_ptr<scalar_t>(), grad_input.mutable_data_ptr<scalar_t>(), shape,
                                  width, stride, power);
                  }),
                  AT_EXPAND(AT_FLOATING_TYPES), ScalarType::Half, ScalarType::BFloat16);
  return grad_input;
}

}  // namespace

STABLE_TORCH_LIBRARY_FRAGMENT(fbcunn, m) {
  m.def("feature_lp_pool(Tensor self, int dim, int width, int stride, float power) -> Tensor");
  m.def(
      "feature_lp_pool_backward(Tensor grad_output, Tensor self, Tensor result, int dim, int "
      "width, "
      "int stride, float power) -> Tensor");
}

STABLE_TORCH_LIBRARY_IMPL(fbcunn, CPU, m) {
  m.impl("feature_lp_pool", TORCH_BOX(&feature_lp_pool));
  m.impl("feature_lp_pool_backward", TORCH_BOX(&feature_lp_pool_backward));
}

}  // namespace fbcunn
