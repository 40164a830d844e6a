// fbcunn::feature_lp_pool on CUDA: checks, allocation and launch.
#include "cuda/feature_lp_pool.cuh"
#include "cuda/torch_cuda.h"
#include "ops/feature_lp_pool.h"

namespace fbcunn::cuda {
namespace {

Element element_of(const Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case ScalarType::Double:
      return Element::kDouble;
    case ScalarType::Half:
      return Element::kHalf;
    case ScalarType::BFloat16:
      return Element::kBFloat16;
    default:
      return Element::kFloat;  // feature_pool_shape has refused everything else
  }
}

FeaturePoolArguments arguments_of(const FeaturePoolShape& shape, int64_t width, int64_t stride, double power) {
  return {shape.outer, shape.features, shape.inner, shape.pooled, static_cast<int>(width), static_cast<int>(stride),
          power};
}

Tensor feature_lp_pool_cuda(const Tensor& self, int64_t dim, int64_t width, int64_t stride, double power) {
  const auto shape = feature_pool_shape(self, dim, width, stride);
  const torch::stable::accelerator::DeviceGuard guard(self.get_device_index());
  const Tensor input = torch::stable::contiguous(self);
  Sizes sizes = sizes_of(self);
  sizes[dim] = shape.pooled;
  Tensor output = empty_with_type(self, sizes, self.scalar_type());
  check(feature_lp_pool(element_of(self), input.const_data_ptr(), output.mutable_data_ptr(),
                        arguments_of(shape, width, stride, power), current_stream(self)),
        "feature_lp_pool");
  return output;
}

Tensor feature_lp_pool_backward_cuda(const Tensor& grad_output, const Tensor& self, const Tensor& result, int64_t dim,
                                     int64_t width, int64_t stride, double power) {
  const auto shape = feature_pool_shape(self, dim, width, stride);
  check_feature_pool_grad(grad_output, self, result);
  const torch::stable::accelerator::DeviceGuard guard(self.get_device_index());
  const Tensor grad = torch::stable::contiguous(grad_output);
  const Tensor input = torch::stable::contiguous(self);
  const Tensor output = torch::stable::contiguous(result);
  Tensor grad_input = empty_with_type(self, sizes_of(self), self.scalar_type());
  check(feature_lp_pool_backward(element_of(self), grad.const_data_ptr(), input.const_data_ptr(),
                                 output.const_data_ptr(), grad_input.mutable_data_ptr(),
                                 arguments_of(shape, width, stride, power), current_stream(self)),
        "feature_lp_pool_backward");
  return grad_input;
}

}  // namespace

STABLE_TORCH_LIBRARY_IMPL(fbcunn, CUDA, m) {
  m.impl("feature_lp_pool", TORCH_BOX(&feature_lp_pool_cuda));
  m.impl("feature_lp_pool_backward", TORCH_BOX(&feature_lp_pool_backward_cuda));
}

}  // namespace fbcunn::cuda
