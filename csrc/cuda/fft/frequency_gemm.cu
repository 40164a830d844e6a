// Choice of tile, pass and precision for frequency_gemm.
#include "cuda/fft/frequency_gemm.cuh"

namespace fbcunn::cuda::fft {
namespace {

template <Pass kPass, int kPlanes, typename Product>
cudaError_t with_tile(const GemmProblem& p, cudaStream_t stream) {
  if (p.m <= 32 || p.n <= 32) return launch_gemm<SmallTile, kPass, kPlanes, Product>(p, stream);
  // The split's extra registers leave room for three medium blocks but for only one large one.
  if constexpr (kPlanes == 2) {
    return launch_gemm<MediumTile, kPass, kPlanes, Product>(p, stream);
  } else {
    if (p.m <= 64) return launch_gemm<MediumTile, kPass, kPlanes, Product>(p, stream);
    return launch_gemm<LargeTile, kPass, kPlanes, Product>(p, stream);
  }
}

template <Pass kPass>
cudaError_t with_precision(const GemmProblem& p, cudaStream_t stream) {
  if (p.a.low != nullptr) return with_tile<kPass, 2, float2>(p, stream);
  if constexpr (kPass == Pass::kGradWeight) {
    return with_tile<kPass, 1, float2>(p, stream);
  } else {
    return with_tile<kPass, 1, __half2>(p, stream);
  }
}

}  // namespace

int gemm_splits(const GemmProblem& p) {
  const int64_t blocks = int64_t{(p.m + 63) / 64} * ((p.n + 63) / 64) * p.groups * p.frequencies;
  int splits = 1;
  while (splits < 16 && blocks * splits < 264 && p.k / (2 * splits) >= 128) splits *= 2;
  return splits;
}

cudaError_t frequency_gemm(const GemmProblem& p, cudaStream_t stream) {
  const bool single = p.a.low != nullptr || p.pass == Pass::kGradWeight;
  if (single != p.single || (p.splits > 1 && !single)) return cudaErrorInvalidValue;
  switch (p.pass) {
    case Pass::kForward:
      return with_precision<Pass::kForward>(p, stream);
    case Pass::kGradInput:
      return with_precision<Pass::kGradInput>(p, stream);
    case Pass::kGradWeight:
      return with_precision<Pass::kGradWeight>(p, stream);
  }
  return cudaErrorInvalidValue;
}

}  // namespace fbcunn::cuda::fft
