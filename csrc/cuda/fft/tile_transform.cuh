// Forward and inverse tile transforms of one size.
//
// A block owns `planes` adjacent columns of the spectrum. Shared memory holds, for each plane, one
// float4 for each (pair of tile rows j, frequency v): the row transforms of rows 2j and 2j+1, which
// are computed together as the real and imaginary part of one complex transform. Rows that are zero
// (forward) or not wanted (inverse) have no place there and are not transformed. Threads own whole
// rows, then whole columns, so the only exchange is through that array, once. Threads are numbered
// plane first: in the column pass neighbours read and write neighbouring elements of the
// frequency-major spectrum in global memory.
#pragma once

#include "cuda/fft/launch.h"
#include "cuda/fft/register_dft.cuh"
#include "cuda/fft/spectrum.cuh"
#include "cuda/fft/tile_place.cuh"

namespace fbcunn::cuda::fft {

// N: transform size. Most: rows and columns of a tile that can be other than zero (forward) or wanted (inverse);
// known to the compiler, so that small kernels cost little more than their column pass.
// Threads, MinBlocks: register budget.
template <int N, int Most, int Threads, int MinBlocks>
struct TileShape {
  static constexpr int kN = N, kMost = Most, kThreads = Threads, kMinBlocks = MinBlocks;
  static constexpr int kBins = N / 2 + 1;  // frequencies along a row; odd, for conflict-free access
  static constexpr int kMostPairs = Most / 2;
  static constexpr int kMaxPlanes = 32;
  // Rows that one thread copies: addresses are computed once for all of them.
  static constexpr int kCopyRows = Most % 8 == 0 && N < 64 ? 8 : 4;
  static_assert(N % 4 == 0 && Most % 4 == 0 && Most <= N);
};

// How a launch uses a shape.
struct TileLaunch {
  int64_t total;   // planes of all tiles
  int64_t blocks;  // of 2^log2_planes planes each
  int log2_planes;
  int first_pair, pairs;  // pairs of tile rows that have a place in shared memory
  int plane_pitch;        // float4 from plane to plane; odd
  // Blocks to a row of the spectrum where those of one colour of tiles are launched alone; 0: all are launched.
  int row_blocks;
};

// The spectrum's element, first of a block's planes, that this block makes.
__device__ __forceinline__ int64_t first_of_block(const TileGrid& grid, const TileLaunch& launch, int colour) {
  if (launch.row_blocks == 0) return int64_t{blockIdx.x} << launch.log2_planes;
  const uint32_t row = blockIdx.x / launch.row_blocks, block = blockIdx.x - row * launch.row_blocks;
  const uint32_t across = tiles_of_colour(grid.tiles_x, colour % 2), down = tiles_of_colour(grid.tiles_y, colour / 2);
  const uint32_t line = row / across, sample = line / down;
  const int tile_x = 2 * (row - line * across) + colour % 2, tile_y = 2 * (line - sample * down) + colour / 2;
  const int64_t spectrum_row = (int64_t{sample} * grid.tiles_y + tile_y) * grid.tiles_x + tile_x;
  return spectrum_row * (grid.groups * grid.group_pitch) + (block << launch.log2_planes);
}

template <typename Shape>
__global__ void __launch_bounds__(Shape::kThreads, Shape::kMinBlocks)
    forward_kernel(const float* __restrict__ image, TileGrid grid, Magnitude magnitude, int log2_count, bool again,
                   TileLaunch launch, int row_groups, uint32_t inverse_groups, __half2* __restrict__ high,
                   __half2* __restrict__ low) {
  constexpr int N = Shape::kN, kBins = Shape::kBins, kRows = Shape::kCopyRows;
  extern __shared__ float4 shared[];
  __shared__ TilePlace places[Shape::kMaxPlanes];
  wait_for_earlier_kernels();
  if (again && *magnitude.overflow == 0) return;
  const int planes = 1 << launch.log2_planes;
  const uint32_t base = static_cast<uint32_t>(__cvta_generic_to_shared(shared));
  const float scale = power_of_two(operand_exponent(*magnitude.largest, log2_count));
  __half2 peak = {};

  for (int64_t block = blockIdx.x; block < launch.blocks; block += gridDim.x) {
    const int64_t first = block << launch.log2_planes;
    if (threadIdx.x < planes) places[threadIdx.x] = place_of(grid, first + threadIdx.x);
    __syncthreads();

    // Image to shared memory, two rows interleaved, zeros outside the image. Asynchronous copies keep
    // every load of the block in flight at once.
    for (int i = threadIdx.x; i < (Shape::kMost * row_groups) << launch.log2_planes; i += blockDim.x) {
      const int line = i / Shape::kMost, x = i - line * Shape::kMost;
      const int plane = inverse_groups == 0 ? line : __umulhi(line, inverse_groups);
      const int y0 = (line - plane * row_groups) * kRows;
      const TilePlace& place = places[plane];
      const int in_x = x - place.first_x;
      const int first_y = place.first_y, end_y = first_y + place.count_y;
      const bool valid_x = in_x >= 0 && in_x < place.count_x;
      const float* source = image + place.offset + int64_t{y0} * grid.width + x;
      uint32_t to = base + 16 * (plane * launch.plane_pitch + y0 / 2 * kBins) + 8 * x;
#pragma unroll
      for (int r = 0; r < kRows; ++r, source += grid.width) {
        const bool valid = valid_x && y0 + r >= first_y && y0 + r < end_y;
        if (y0 + r < 2 * launch.pairs) {
          asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;\n" ::"r"(to + r % 2 * 4),
                       "l"(valid ? source : image), "r"(valid ? 4 : 0));
        }
        if (r % 2 == 1) to += 16 * kBins;
      }
    }
    asm volatile("cp.async.wait_all;\n");
    __syncthreads();

    for (int i = threadIdx.x; i < launch.pairs << launch.log2_planes; i += blockDim.x) {
      float4* row = shared + (i & (planes - 1)) * launch.plane_pitch + (i >> launch.log2_planes) * kBins;
      float2 z[N];
#pragma unroll
      for (int x = 0; x < Shape::kMost; x += 2) {
        const float4 two = row[x / 2];
        z[x] = make_float2(two.x, two.y);
        z[x + 1] = make_float2(two.z, two.w);
      }
      dft<N, -1, Shape::kMost>(z);
#pragma unroll
      for (int v = 0; v < kBins; ++v) {
        const float2 a = z[v], b = z[(N - v) % N];
        row[v] = {0.5f * (a.x + b.x), 0.5f * (a.y - b.y), 0.5f * (a.y + b.y), 0.5f * (b.x - a.x)};
      }
    }
    __syncthreads();

    for (int i = threadIdx.x; i < kBins << launch.log2_planes; i += blockDim.x) {
      const int plane = i & (planes - 1), v = i >> launch.log2_planes;
      if (first + plane >= launch.total) continue;
      const float4* column = shared + plane * launch.plane_pitch + v;
      float2 z[N];
#pragma unroll
      for (int pair = 0; pair < Shape::kMostPairs; ++pair) {
        const float4 two = pair < launch.pairs ? column[pair * kBins] : float4{0.f, 0.f, 0.f, 0.f};
        z[2 * pair] = {two.x * scale, two.y * scale};
        z[2 * pair + 1] = {two.z * scale, two.w * scale};
      }
      dft<N, -1, Shape::kMost>(z);
      int64_t at = v * launch.total + first + plane;
#pragma unroll
      for (int u = 0; u < N; ++u, at += kBins * launch.total) {
        const __half2 rounded = high_part(z[u]);
        peak = __hmax2(peak, __habs2(rounded));
        high[at] = rounded;
        if (low != nullptr) low[at] = low_part(z[u], rounded);
      }
    }
    if (gridDim.x < launch.blocks) __syncthreads();
  }
  if (magnitude.overflow != nullptr && !again && (__hisinf(peak.x) || __hisinf(peak.y))) *magnitude.overflow = 1;
}

// Whether an element of a tile of odd number is covered by a neighbour too, whose colour is then lower.
__device__ __forceinline__ bool is_shared(int element, int tile, int tiles, int step, int size) {
  return tile % 2 == 1 && (element < size - step || (element >= step && tile + 1 < tiles));
}

template <typename Shape, typename Product>
__global__ void __launch_bounds__(Shape::kThreads, Shape::kMinBlocks)
    inverse_kernel(const Product* __restrict__ product, int slabs, int64_t slab_stride, TileGrid grid,
                   ProductScale scale, Epilogue epilogue, TileLaunch launch, uint32_t inverse_x,
                   uint32_t inverse_groups, float* __restrict__ image) {
  constexpr int N = Shape::kN, kBins = Shape::kBins, kRows = Shape::kCopyRows;
  extern __shared__ float4 shared[];
  __shared__ TilePlace places[Shape::kMaxPlanes];
  wait_for_earlier_kernels();
  const int planes = 1 << launch.log2_planes;
  const int64_t first = first_of_block(grid, launch, epilogue.colour);
  bool any = true;
  if (threadIdx.x < planes) {
    TilePlace place = place_of(grid, first + threadIdx.x);
    const bool wanted = epilogue.colour < 0 || 2 * (place.tile_y % 2) + place.tile_x % 2 == epilogue.colour;
    if (!wanted || first + threadIdx.x >= launch.total) place.count_y = place.count_x = 0;
    any = place.count_y > 0;
    places[threadIdx.x] = place;
  }
  if (__syncthreads_or(threadIdx.x < planes && any) == 0) return;

  const float2 unscale = product_unscale(scale, N * N);

  for (int i = threadIdx.x; i < kBins << launch.log2_planes; i += blockDim.x) {
    const int plane = i & (planes - 1), v = i >> launch.log2_planes;
    float2 z[N];
    if (places[plane].count_y > 0) {
      const int64_t at = v * launch.total + first + plane;
#pragma unroll
      for (int u = 0; u < N; ++u) {
        z[u] = load_product(product, at + u * (kBins * launch.total), slabs, slab_stride);
      }
    } else {
#pragma unroll
      for (int u = 0; u < N; ++u) z[u] = {0.f, 0.f};
    }
    dft<N, 1>(z);
    float4* column = shared + plane * launch.plane_pitch + v;
#pragma unroll
    for (int pair = 0; pair < Shape::kMostPairs; ++pair) {
      const unsigned row = pair - launch.first_pair;
      if (row < launch.pairs) {
        column[row * kBins] = {z[2 * pair].x, z[2 * pair].y, z[2 * pair + 1].x, z[2 * pair + 1].y};
      }
    }
  }
  __syncthreads();

  for (int i = threadIdx.x; i < launch.pairs << launch.log2_planes; i += blockDim.x) {
    float4* row = shared + (i & (planes - 1)) * launch.plane_pitch + (i >> launch.log2_planes) * kBins;
    float2 z[N];
    // Spectrum of row 2j plus i times that of row 2j+1. The imaginary parts at frequencies 0 and
    // n/2 are rounding: a real row has none.
#pragma unroll
    for (int v = 0; v < kBins; ++v) {
      const float4 two = row[v];
      if (v == 0 || 2 * v == N) {
        z[v] = {two.x, two.z};
      } else {
        z[v] = {two.x - two.w, two.y + two.z};
        z[N - v] = {two.x + two.w, two.z - two.y};
      }
    }
    dft<N, 1>(z);
#pragma unroll
    for (int x = 0; x < Shape::kMost; x += 2) row[x / 2] = {z[x].x, z[x].y, z[x + 1].x, z[x + 1].y};
  }
  __syncthreads();

  // Each thread stores a column of up to kCopyRows rows, so that divisions and bounds are shared.
  // Divisions by run-time numbers are multiplications: exact because i * divisor < 2^32.
  const int row_groups = (grid.extent_y + kRows - 1) / kRows;
  const bool adds = epilogue.accumulate || epilogue.colour > 0;  // nothing lies below the first colour
  for (int i = threadIdx.x; i < (row_groups * grid.extent_x) << launch.log2_planes; i += blockDim.x) {
    const int line = inverse_x == 0 ? i : __umulhi(i, inverse_x), x = i - line * grid.extent_x;
    const int plane = inverse_groups == 0 ? line : __umulhi(line, inverse_groups);
    const int y0 = (line - plane * row_groups) * kRows;
    const TilePlace& place = places[plane];
    if (x < place.first_x || x - place.first_x >= place.count_x) continue;
    const float bias = epilogue.bias != nullptr ? epilogue.bias[place.channel] : 0.f;
    const float* from = reinterpret_cast<const float*>(shared + plane * launch.plane_pitch) + 2 * (x + epilogue.crop_x);
    float* to = image + place.offset + int64_t{y0} * grid.width + x;
    const int begin = max(0, place.first_y - y0);
    const int end = min(kRows, place.first_y + place.count_y - y0);
    // Elements that neighbours have written already are added to; all old values are read before the first is
    // written, or each would wait for the one before it.
    float old[kRows];
    if (adds) {
      const bool added_x = epilogue.accumulate || is_shared(x, place.tile_x, grid.tiles_x, grid.step_x, N);
#pragma unroll
      for (int r = 0; r < kRows; ++r) {
        const bool added = added_x || is_shared(y0 + r, place.tile_y, grid.tiles_y, grid.step_y, N);
        old[r] = added && r >= begin && r < end ? to[r * grid.width] : 0.f;
      }
    }
#pragma unroll
    for (int r = 0; r < kRows; ++r, to += grid.width) {
      if (r < begin || r >= end) continue;
      const int row = y0 + r + epilogue.crop_y - 2 * launch.first_pair;
      float value = from[row / 2 * (4 * kBins) + row % 2] * unscale.x * unscale.y + bias;
      if (adds) value += old[r];
      if (epilogue.relu) value = value < 0.f ? 0.f : value;
      *to = value;
    }
  }
}

}  // namespace fbcunn::cuda::fft
