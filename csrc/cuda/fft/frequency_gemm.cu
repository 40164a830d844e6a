// Choice of tile, pass and precision for frequency_gemm.
#include "cuda/fft/frequency_gemm.cuh"

#ifdef FBCUNN_WGMMA
#include "cuda/fft/frequency_wgmma.cuh"
#endif

namespace fbcunn::cuda::fft {
namespace {

#ifdef FBCUNN_WGMMA
// Multiprocessors of the current device if it knows the instructions of frequency_wgmma.cuh, else 0.
int warpgroup_multiprocessors() {
  int device = 0, major = 0, minor = 0, count = 0;
  const bool known = cudaGetDevice(&device) == cudaSuccess &&
                     cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess &&
                     cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device) == cudaSuccess &&
                     cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device) == cudaSuccess;
  return known && major == 9 && minor == 0 ? count : 0;
}

// Large products only, as measured: a block fills a multiprocessor, and its tiles are 128 x 128 or 128 x 64.
bool suits_warpgroups(const GemmProblem& p) {
  if (p.m <= 64) return false;
  switch (p.pass) {
    case Pass::kForward:
      return p.n >= 96 && p.k >= 64;
    case Pass::kGradInput:
      return p.n >= 128 && p.k >= 64;
    case Pass::kGradWeight:
      return p.n >= 96 && p.k >= 256;
  }
  return false;
}
#endif

template <Pass kPass, int kPlanes, typename Product>
cudaError_t with_tile(const GemmProblem& p, const Queue& queue) {
#ifdef FBCUNN_WGMMA
  if constexpr (kPlanes == 1) {
    if (suits_warpgroups(p)) {
      const int multiprocessors = warpgroup_multiprocessors();
      if (warpgroup_items<kPass>(p) >= multiprocessors && multiprocessors > 0) {
        return launch_warpgroup_gemm<kPass, Product>(p, multiprocessors, queue);
      }
    }
  }
#endif
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
