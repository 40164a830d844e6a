// Run-time choice of the tile size, and the largest magnitude of an image.
#include <algorithm>

#include "cuda/fft/tile_launch.cuh"

namespace fbcunn::cuda::fft {

#define FBCUNN_DECLARE(N) FBCUNN_TILE_TRANSFORM(N, extern)
FBCUNN_DECLARE(8)
FBCUNN_DECLARE(12)
FBCUNN_DECLARE(16)
FBCUNN_DECLARE(20)
FBCUNN_DECLARE(24)
FBCUNN_DECLARE(28)
FBCUNN_DECLARE(32)
FBCUNN_DECLARE(36)
FBCUNN_DECLARE(40)
FBCUNN_DECLARE(44)
FBCUNN_DECLARE(48)
FBCUNN_DECLARE(64)
FBCUNN_DECLARE(72)
FBCUNN_DECLARE(76)
FBCUNN_DECLARE(80)
#undef FBCUNN_DECLARE

namespace {

// Calls launch(integral_constant<n>) for a size that has kernels.
template <typename Launch>
cudaError_t with_size(int n, Launch launch) {
  switch (n) {
#define FBCUNN_CASE(N) \
  case N:              \
    return launch(std::integral_constant<int, N>{});
    FBCUNN_CASE(8)
    FBCUNN_CASE(12)
    FBCUNN_CASE(16)
    FBCUNN_CASE(20)
    FBCUNN_CASE(24)
    FBCUNN_CASE(28)
    FBCUNN_CASE(32)
    FBCUNN_CASE(36)
    FBCUNN_CASE(40)
    FBCUNN_CASE(44)
    FBCUNN_CASE(48)
    FBCUNN_CASE(64)
    FBCUNN_CASE(72)
    FBCUNN_CASE(76)
    FBCUNN_CASE(80)
#undef FBCUNN_CASE
    default:
      return cudaErrorInvalidValue;
  }
}

constexpr int kThreads = 256;
constexpr int kSampling = 16;  // one warp's load of this many

// Magnitudes compare like their bits, so an integer maximum serves, and NaN counts as largest.
__device__ __forceinline__ uint32_t larger(uint32_t found, float4 v) {
  found = max(max(found, __float_as_uint(v.x) & 0x7fffffffu), __float_as_uint(v.y) & 0x7fffffffu);
  return max(max(found, __float_as_uint(v.z) & 0x7fffffffu), __float_as_uint(v.w) & 0x7fffffffu);
}

// Blocks from `first_blocks` on read the second image. only_if: a flag without which nothing is to do, or null.
__global__ void largest_kernel(ImageSpan first, ImageSpan second, int first_blocks, const uint32_t* only_if,
                               uint32_t* words) {
  wait_for_earlier_kernels();
  if (only_if != nullptr && *only_if == 0) return;
  const bool is_second = blockIdx.x >= first_blocks;
  const ImageSpan span = is_second ? second : first;
  const float* __restrict__ image = span.data;
  const int blocks = is_second ? gridDim.x - first_blocks : first_blocks;
  uint32_t found = 0;
  const int64_t stride = int64_t{blocks} * kThreads;
  const int64_t start = (blockIdx.x - (is_second ? first_blocks : 0)) * int64_t{kThreads} + threadIdx.x;
  const bool aligned = reinterpret_cast<uintptr_t>(image) % 16 == 0;
  const int64_t vectors = aligned ? span.count / 4 : 0;
  if (span.sampled && aligned) {
#pragma unroll 4
    for (int64_t i = start; i < vectors / kSampling / 32 * 32; i += stride) {
      found = larger(found, reinterpret_cast<const float4*>(image)[i / 32 * (32 * kSampling) + i % 32]);
    }
  } else {
#pragma unroll 4
    for (int64_t i = start; i < vectors; i += stride) found = larger(found, reinterpret_cast<const float4*>(image)[i]);
    for (int64_t i = 4 * vectors + start; i < span.count; i += stride) {
      found = max(found, __float_as_uint(image[i]) & 0x7fffffffu);
    }
  }
  found = __reduce_max_sync(0xffffffffu, found);
  __shared__ uint32_t warps[kThreads / 32];
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = found;
  __syncthreads();
  if (threadIdx.x < 32) {
    found = __reduce_max_sync(0xffffffffu, threadIdx.x < kThreads / 32 ? warps[threadIdx.x] : 0);
    if (threadIdx.x == 0) atomicMax(words + 2 * is_second, found);
  }
}

int blocks_for(const ImageSpan& span) {
  const int64_t read = span.sampled ? span.count / kSampling : span.count;
  return static_cast<int>(std::min<int64_t>((read + 8 * kThreads - 1) / (8 * kThreads), 528));
}

}  // namespace

int log2_tile_elements(const TileGrid& grid) {
  return ceil_log2(int64_t{std::min(grid.extent_y, grid.height)} * std::min(grid.extent_x, grid.width));
}

cudaError_t find_largest(ImageSpan first, ImageSpan second, uint32_t* words, const Queue& queue) {
  const auto status = cudaMemsetAsync(words, 0, 4 * sizeof(uint32_t), queue.stream);
  if (status != cudaSuccess) return status;
  const int first_blocks = blocks_for(first);
  // Only kernels can be overlapped, not the memset before this one.
  return launch(largest_kernel, first_blocks + blocks_for(second), kThreads, 0, Queue{queue.stream, false}, first,
                second, first_blocks, nullptr, words);
}

cudaError_t find_largest_again(const float* image, int64_t count, const Magnitude& magnitude, const Queue& queue) {
  const ImageSpan span{image, count, false};
  return launch(largest_kernel, blocks_for(span), kThreads, 0, queue, span, ImageSpan{}, blocks_for(span),
                magnitude.overflow, magnitude.largest);
}

cudaError_t forward_tiles(int n, const float* image, const TileGrid& grid, const Magnitude& magnitude, bool again,
                          __half2* high, __half2* low, const Queue& queue) {
  return with_size(n,
                   [&](auto size) { return forward_of_size<size>(image, grid, magnitude, again, high, low, queue); });
}

cudaError_t inverse_tiles(int n, const void* product, bool single, int slabs, int64_t slab_stride, const TileGrid& grid,
                          const ProductScale& scale, const Epilogue& epilogue, float* image, const Queue& queue) {
  return with_size(n, [&](auto size) {
    if (single) {
      return inverse_of_size<size>(static_cast<const float2*>(product), slabs, slab_stride, grid, scale, epilogue,
                                   image, queue);
    }
    return inverse_of_size<size>(static_cast<const __half2*>(product), slabs, slab_stride, grid, scale, epilogue, image,
                                 queue);
  });
}

}  // namespace fbcunn::cuda::fft
