// Choice of tile, pass and precision for frequency_gemm.
#include "cuda/fft/frequency_gemm.cuh"

namespace fbcunn::cuda::fft {
namespace {

template <Pass kPass, int kPlanes, typename Product>
cudaError_t with_tile(const GemmProblem& p, const Queue& queue) {
  if (p.m <= 16 && p.n > 32) return launch_gemm<FlatTile<kPlanes>, kPass, kPlanes, Product>(p, queue);
  if (p.m <= 32 || p.n <= 32) return launch_gemm<SmallTile<kPlanes>, kPass, kPlanes, Product>(p, queue);
  if constexpr (kPlanes == 2) {
    return launch_gemm<MediumTile<kPlanes>, kPass, kPlanes, Product>(p, queue);
  } else {
    if (p.m <= 64) return launch_gemm<MediumTile<kPlanes>, kPass, kPlanes, Product>(p, queue);
    if (kPass == Pass::kGradWeight && p.k >= 64) return launch_gemm<DeepTile, kPass, kPlanes, Product>(p, queue);
    if (p.n >= 256 && p.k >= 256) return launch_gemm<WideTile, kPass, kPlanes, Product>(p, queue);
    return launch_gemm<LargeTile, kPass, kPlanes, Product>(p, queue);
  }
}

template <Pass kPass>
cudaError_t with_precision(const GemmProblem& p, const Queue& queue) {
  if (p.a.low != nullptr) return with_tile<kPass, 2, float2>(p, queue);
  if constexpr (kPass == Pass::kGradWeight) {
    return with_tile<kPass, 1, float2>(p, queue);
  } else {
    return with_tile<kPass, 1, __half2>(p, queue);
  }
}

}  // namespace

int gemm_splits(const GemmProblem& p) {
  const int64_t blocks = int64_t{(p.m + 63) / 64} * ((p.n + 63) / 64) * p.groups * p.frequencies;
  int splits = 1;
  while (splits < 16 && blocks * splits < 264 && p.k / (2 * splits) >= 128) splits *= 2;
  return splits;
}

cudaError_t frequency_gemm(const GemmProblem& p, const Queue& queue) {
  const bool single = p.a.low != nullptr || p.pass == Pass::kGradWeight;
  if (single != p.single || (p.splits > 1 && !single)) return cudaErrorInvalidValue;
  switch (p.pass) {
    case Pass::kForward:
      return with_precision<Pass::kForward>(p, queue);
    case Pass::kGradInput:
      return with_precision<Pass::kGradInput>(p, queue);
    case Pass::kGradWeight:
      return with_precision<Pass::kGradWeight>(p, queue);
  }
  return cudaErrorInvalidValue;
}

}  // namespace fbcunn::cuda::fft
