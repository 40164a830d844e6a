// Transforms of one-dimensional tiles: the same two ends as tile_transform.cuh for images of one row.
//
// A thread holds a tile of two adjacent planes, as the real and imaginary part of one complex transform; their spectra
// part by symmetry. Threads of a warp own adjacent pairs of planes, so spectra are read and written in long runs;
// images go through shared memory, where each pair of planes has a row.
#include <algorithm>

#include "cuda/fft/launch.h"
#include "cuda/fft/register_dft.cuh"
#include "cuda/fft/spectrum.cuh"
#include "cuda/fft/tile_place.cuh"

namespace fbcunn::cuda::fft {
namespace {

constexpr int kPairs = 64;  // of planes a block; one thread each
constexpr int kPlanes = 2 * kPairs;

// float2 from pair to pair; odd, for conflict-free access.
template <int N>
inline constexpr int kPitch = N | 1;

template <int N>
__global__ void __launch_bounds__(kPairs)
    forward_lines_kernel(const float* __restrict__ image, TileGrid grid, Magnitude magnitude, int log2_count,
                         bool again, int64_t total, __half2* __restrict__ high, __half2* __restrict__ low) {
  extern __shared__ float2 shared[];
  __shared__ TilePlace places[kPlanes];
  wait_for_earlier_kernels();
  if (again && *magnitude.overflow == 0) return;
  const int64_t first = int64_t{blockIdx.x} * kPlanes;
  for (int i = threadIdx.x; i < kPlanes; i += kPairs) places[i] = place_of(grid, first + i);
  __syncthreads();

  float* words = reinterpret_cast<float*>(shared);
  for (int i = threadIdx.x; i < N * kPlanes; i += kPairs) {
    const int plane = i / N, x = i - plane * N;
    const TilePlace& place = places[plane];
    const int in_x = x - place.first_x;
    const bool valid = place.count_y > 0 && in_x >= 0 && in_x < place.count_x;
    words[(plane / 2 * kPitch<N> + x) * 2 + plane % 2] = valid ? image[place.offset + x] : 0.f;
  }
  __syncthreads();

  if (first + 2 * threadIdx.x >= total) return;
  const float scale = power_of_two(operand_exponent(*magnitude.largest, log2_count));
  float2 z[N];
#pragma unroll
  for (int x = 0; x < N; ++x) {
    const float2 two = shared[threadIdx.x * kPitch<N> + x];
    z[x] = {two.x * scale, two.y * scale};
  }
  dft<N, -1>(z);
  __half2 peak = {};
  int64_t at = first + 2 * threadIdx.x;
#pragma unroll
  for (int v = 0; v <= N / 2; ++v, at += total) {
    const float2 a = z[v], b = z[(N - v) % N];
    const float2 spectra[2] = {{0.5f * (a.x + b.x), 0.5f * (a.y - b.y)}, {0.5f * (a.y + b.y), 0.5f * (b.x - a.x)}};
    // Rows of a spectrum are padded to a multiple of four planes, so pairs are aligned.
    __half2 rounded[2] = {high_part(spectra[0]), high_part(spectra[1])};
    peak = __hmax2(peak, __hmax2(__habs2(rounded[0]), __habs2(rounded[1])));
    *reinterpret_cast<uint2*>(high + at) = *reinterpret_cast<uint2*>(rounded);
    if (low != nullptr) {
      __half2 rest[2] = {low_part(spectra[0], rounded[0]), low_part(spectra[1], rounded[1])};
      *reinterpret_cast<uint2*>(low + at) = *reinterpret_cast<uint2*>(rest);
    }
  }
  if (magnitude.overflow != nullptr && !again && (__hisinf(peak.x) || __hisinf(peak.y))) *magnitude.overflow = 1;
}

template <int N, typename Product>
__global__ void __launch_bounds__(kPairs)
    inverse_lines_kernel(const Product* __restrict__ product, int slabs, int64_t slab_stride, TileGrid grid,
                         ProductScale scale, Epilogue epilogue, int64_t total, float* __restrict__ image) {
  extern __shared__ float2 shared[];
  __shared__ TilePlace places[kPlanes];
  wait_for_earlier_kernels();
  const int64_t first = int64_t{blockIdx.x} * kPlanes;
  for (int i = threadIdx.x; i < kPlanes; i += kPairs) {
    TilePlace place = place_of(grid, first + i);
    const bool wanted = epilogue.colour < 0 || place.tile_x % 2 == epilogue.colour;
    if (!wanted || place.count_y <= 0 || first + i >= total) place.count_x = 0;
    places[i] = place;
  }
  const float2 unscale = product_unscale(scale, N);
  if (first + 2 * threadIdx.x < total) {
    float2 z[N];
    int64_t at = first + 2 * threadIdx.x;
#pragma unroll
    for (int v = 0; v <= N / 2; ++v, at += total) {
      const float2 a = load_product(product, at, slabs, slab_stride);
      const float2 b = load_product(product, at + 1, slabs, slab_stride);
      if (v == 0 || 2 * v == N) {
        z[v] = {a.x, b.x};
      } else {
        z[v] = {a.x - b.y, a.y + b.x};
        z[N - v] = {a.x + b.y, b.x - a.y};
      }
    }
    dft<N, 1>(z);
#pragma unroll
    for (int x = 0; x < N; ++x) shared[threadIdx.x * kPitch<N> + x] = z[x];
  }
  __syncthreads();

  const float* words = reinterpret_cast<const float*>(shared);
  for (int i = threadIdx.x; i < grid.extent_x * kPlanes; i += kPairs) {
    const int plane = i / grid.extent_x, x = i - plane * grid.extent_x;
    const TilePlace& place = places[plane];
    if (x < place.first_x || x - place.first_x >= place.count_x) continue;
    float value = words[(plane / 2 * kPitch<N> + x + epilogue.crop_x) * 2 + plane % 2] * unscale.x * unscale.y;
    if (epilogue.bias != nullptr) value += epilogue.bias[place.channel];
    float* to = image + place.offset + x;
    // Tiles of the second colour add to what the first wrote where the two overlap.
    const bool overlaps =
        epilogue.colour > 0 && (x < N - grid.step_x || (x >= grid.step_x && place.tile_x + 1 < grid.tiles_x));
    if (epilogue.accumulate || overlaps) value += *to;
    if (epilogue.relu) value = value < 0.f ? 0.f : value;
    *to = value;
  }
}

// Calls run(integral_constant<n>) for a size that has kernels.
template <typename Run>
cudaError_t with_line_size(int n, Run run) {
  switch (n) {
#define FBCUNN_CASE(N) \
  case N:              \
    return run(std::integral_constant<int, N>{});
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

int64_t blocks_of(const TileGrid& grid) {
  return (spectrum_rows(grid) * spectrum_columns(grid) + kPlanes - 1) / kPlanes;
}

template <int N, typename Product>
cudaError_t launch_inverse_lines(const Product* product, int slabs, int64_t slab_stride, const TileGrid& grid,
                                 const ProductScale& scale, const Epilogue& epilogue, float* image,
                                 const Queue& queue) {
  return launch(inverse_lines_kernel<N, Product>, blocks_of(grid), kPairs, sizeof(float2) * kPairs * kPitch<N>, queue,
                product, slabs, slab_stride, grid, scale, epilogue, spectrum_rows(grid) * spectrum_columns(grid),
                image);
}

}  // namespace

cudaError_t forward_lines(int n, const float* image, const TileGrid& grid, const Magnitude& magnitude, bool again,
                          __half2* high, __half2* low, const Queue& queue) {
  return with_line_size(n, [&](auto size) {
    return launch(forward_lines_kernel<size>, blocks_of(grid), kPairs, sizeof(float2) * kPairs * kPitch<size>, queue,
                  image, grid, magnitude, log2_tile_elements(grid), again, spectrum_rows(grid) * spectrum_columns(grid),
                  high, low);
  });
}

cudaError_t inverse_lines(int n, const void* product, bool single, int slabs, int64_t slab_stride, const TileGrid& grid,
                          const ProductScale& scale, const Epilogue& epilogue, float* image, const Queue& queue) {
  return with_line_size(n, [&](auto size) {
    if (single) {
      return launch_inverse_lines<size>(static_cast<const float2*>(product), slabs, slab_stride, grid, scale, epilogue,
                                        image, queue);
    }
    return launch_inverse_lines<size>(static_cast<const __half2*>(product), slabs, slab_stride, grid, scale, epilogue,
                                      image, queue);
  });
}

}  // namespace fbcunn::cuda::fft
