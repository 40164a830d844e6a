// Lp pooling over feature maps. One thread makes one output element; the backward pass gathers the
// windows that contain an element, so that neither pass needs atomics and both are deterministic.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "cuda/feature_lp_pool.cuh"

namespace fbcunn::cuda {
namespace {

constexpr int kThreads = 256;

template <typename T>
struct Accumulator {
  using type = float;
};
template <>
struct Accumulator<double> {
  using type = double;
};

template <typename T>
__global__ void pool_kernel(const T* __restrict__ input, T* __restrict__ output, FeaturePoolArguments a) {
  using Acc = typename Accumulator<T>::type;
  const Acc p = static_cast<Acc>(a.power);
  const int64_t count = a.outer * a.pooled * a.inner;
  for (int64_t i = blockIdx.x * int64_t{kThreads} + threadIdx.x; i < count; i += int64_t{gridDim.x} * kThreads) {
    const int64_t position = i % a.inner, row = i / a.inner;
    const int64_t first = row / a.pooled * a.features + row % a.pooled * a.stride;
    Acc sum = 0;
    for (int k = 0; k < a.width; ++k) {
      const Acc x = static_cast<Acc>(input[(first + k) * a.inner + position]);
      sum += a.power == 2 ? x * x : pow(x, p);
    }
    output[i] = static_cast<T>(a.power == 2 ? sqrt(sum) : pow(sum, 1 / p));
  }
}

template <typename T>
__global__ void pool_backward_kernel(const T* __restrict__ grad, const T* __restrict__ input,
                                     const T* __restrict__ output, T* __restrict__ grad_input, FeaturePoolArguments a) {
  using Acc = typename Accumulator<T>::type;
  const Acc exponent = static_cast<Acc>(a.power - 1);
  const int64_t count = a.outer * a.features * a.inner;
  for (int64_t i = blockIdx.x * int64_t{kThreads} + threadIdx.x; i < count; i += int64_t{gridDim.x} * kThreads) {
    const int64_t position = i % a.inner, row = i / a.inner;
    const int64_t outer = row / a.features, feature = row % a.features;
    const int64_t first = feature < a.width ? 0 : (feature - a.width) / a.stride + 1;
    const int64_t last = min(feature / a.stride, a.pooled - 1);
    const Acc x = static_cast<Acc>(input[i]);
    Acc sum = 0;
    for (int64_t window = first; window <= last; ++window) {
      const int64_t at = (outer * a.pooled + window) * a.inner + position;
      const Acc y = static_cast<Acc>(output[at]);
      if (y != 0) sum += static_cast<Acc>(grad[at]) * pow(x / y, exponent);
    }
    grad_input[i] = static_cast<T>(sum);
  }
}

unsigned blocks_for(int64_t count) {
  const int64_t blocks = (count + kThreads - 1) / kThreads;
  return static_cast<unsigned>(blocks < 65536 ? blocks : 65536);
}

template <typename Launch>
cudaError_t dispatch(Element element, Launch launch) {
  switch (element) {
    case Element::kFloat:
      launch(float{});
      break;
    case Element::kDouble:
      launch(double{});
      break;
    case Element::kHalf:
      launch(__half{});
      break;
    case Element::kBFloat16:
      launch(__nv_bfloat16{});
      break;
  }
  return cudaGetLastError();
}

}  // namespace

cudaError_t feature_lp_pool(Element element, const void* input, void* output, const FeaturePoolArguments& a,
                            cudaStream_t stream) {
  const int64_t count = a.outer * a.pooled * a.inner;
  if (count == 0) return cudaSuccess;
  return dispatch(element, [&](auto zero) {
    using T = decltype(zero);
    pool_kernel<T>
        <<<blocks_for(count), kThreads, 0, stream>>>(static_cast<const T*>(input), static_cast<T*>(output), a);
  });
}

cudaError_t feature_lp_pool_backward(Element element, const void* grad, const void* input, const void* output,
                                     void* grad_input, const FeaturePoolArguments& a, cudaStream_t stream) {
  const int64_t count = a.outer * a.features * a.inner;
  if (count == 0) return cudaSuccess;
  return dispatch(element, [&](auto zero) {
    using T = decltype(zero);
    pool_backward_kernel<T>
        <<<blocks_for(count), kThreads, 0, stream>>>(static_cast<const T*>(grad), static_cast<const T*>(input),
                                                     static_cast<const T*>(output), static_cast<T*>(grad_input), a);
  });
}

}  // namespace fbcunn::cuda
