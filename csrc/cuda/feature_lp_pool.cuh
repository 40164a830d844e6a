// Launchers of the feature Lp-pooling kernels; they know sizes, pointers and a stream, not torch.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace fbcunn::cuda {

enum class Element { kFloat, kDouble, kHalf, kBFloat16 };

struct FeaturePoolArguments {
  int64_t outer, features, inner, pooled;
  int width, stride;
  double power;
};

// output[outer][pooled][inner] from input[outer][features][inner], both contiguous.
cudaError_t feature_lp_pool(Element element, const void* input, void* output, const FeaturePoolArguments& arguments,
                            cudaStream_t stream);

// grad_input[outer][features][inner]; grad and output are [outer][pooled][inner].
cudaError_t feature_lp_pool_backward(Element element, const void* grad, const void* input, const void* output,
                                     void* grad_input, const FeaturePoolArguments& arguments, cudaStream_t stream);

}  // namespace fbcunn::cuda
