// Forward and inverse tile transforms of one size.
//
// A block owns `planes` adjacent columns of the spectrum. Shared memory holds, for each plane, one
// float4 for each (pair of tile rows j, frequency v): the row transforms of rows 2j and 2j+1, which
// are computed together as the real and imaginary part of one complex transform. Threads own whole
// rows, then whole columns, so the only exchange is through that array, once. Threads of the column
// pass are numbered plane first: neighbours read and write neighbouring elements of the
// frequency-major spectrum in global memory.
#pragma once

#include "cuda/fft/register_dft.cuh"
#include "cuda/fft/spectrum.cuh"
#include "cuda/fft/tile_place.cuh"

namespace fbcunn::cuda::fft {

template <int N>
struct TileTraits {
  static constexpr int kBins = N / 2 + 1;  // frequencies along a row
  static constexpr int kPairs = N / 2;     // pairs of rows
  static constexpr int kRowPitch = kBins;  // float4 a pair of rows; odd, for conflict-free access
  static constexpr int kPlanePitch = kPairs * kRowPitch + (kPairs * kRowPitch % 2 == 0);
  // Adjacent planes make long runs in global memory; registers (two a point) limit them.
  static constexpr int kMaxPlanes = N <= 16 ? 32 : N <= 32 ? 16 : 8;
  // Up to 64 points every thread has one column; above, registers allow half as many threads, which take two.
  static constexpr int kMaxThreads = N <= 64 ? kMaxPlanes * kBins : (kMaxPlanes * kBins / 2 + 31) / 32 * 32;
  // Blocks a multiprocessor that the register allocator must leave room for: as many as shared memory
  // admits without spilling.
  static constexpr int kMinBlocks = N == 8               ? 6
                                    : N == 12 || N == 20 ? 4
                                    : N <= 24            ? 3
                                    : N <= 32            ? 2
                                    : N == 36            ? 3
                                    : N == 40            ? 2
                                                         : 1;
  // Rows that one thread copies: addresses are computed once for all of them.
  static constexpr int kCopyRows = N % 8 == 0 ? 8 : 4;
  static_assert(N % 4 == 0 && kRowPitch % 2 == 1);
};

template <int N>
__global__ void __launch_bounds__(TileTraits<N>::kMaxThreads, TileTraits<N>::kMinBlocks)
    forward_kernel(const float* __restrict__ image, TileGrid grid, const uint32_t* largest, int log2_count,
                   int64_t total, int log2_planes, __half2* __restrict__ high, __half2* __restrict__ low) {
  using Traits = TileTraits<N>;
  extern __shared__ float4 shared[];
  __shared__ TilePlace places[Traits::kMaxPlanes];
  const int planes = 1 << log2_planes;
  const int64_t first = int64_t{blockIdx.x} << log2_planes;
  if (threadIdx.x < planes) places[threadIdx.x] = place_of(grid, first + threadIdx.x);
  __syncthreads();

  // Image to shared memory, two rows interleaved, zeros outside the image. Asynchronous copies keep
  // every load of the block in flight at once.
  const uint32_t base = static_cast<uint32_t>(__cvta_generic_to_shared(shared));
  constexpr int kRows = Traits::kCopyRows;
  for (int i = threadIdx.x; i < (N * N / kRows) << log2_planes; i += blockDim.x) {
    const int x = i % N, y0 = i / N % (N / kRows) * kRows, plane = i / (N * N / kRows);
    const TilePlace& place = places[plane];
    const int in_x = x - place.first_x;
    const int first_y = place.first_y, end_y = first_y + place.count_y;
    const bool valid_x = in_x >= 0 && in_x < place.count_x;
    const float* source = image + place.offset + int64_t{y0} * grid.width + x;
    uint32_t to = base + 16 * (plane * Traits::kPlanePitch + y0 / 2 * Traits::kRowPitch) + 8 * x;
#pragma unroll
    for (int r = 0; r < kRows; ++r, source += grid.width) {
      const bool valid = valid_x && y0 + r >= first_y && y0 + r < end_y;
      asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;\n" ::"r"(to + r % 2 * 4), "l"(valid ? source : image),
                   "r"(valid ? 4 : 0));
      if (r % 2 == 1) to += 16 * Traits::kRowPitch;
    }
  }
  asm volatile("cp.async.wait_all;\n");
  __syncthreads();

  for (int i = threadIdx.x; i < Traits::kPairs << log2_planes; i += blockDim.x) {
    const int pair = i % Traits::kPairs, plane = i / Traits::kPairs;
    float4* row = shared + plane * Traits::kPlanePitch + pair * Traits::kRowPitch;
    float2 z[N];
#pragma unroll
    for (int x = 0; x < N; x += 2) {
      const float4 two = row[x / 2];
      z[x] = make_float2(two.x, two.y);
      z[x + 1] = make_float2(two.z, two.w);
    }
    dft<N, -1>(z);
#pragma unroll
    for (int v = 0; v < Traits::kBins; ++v) {
      const float2 a = z[v], b = z[(N - v) % N];
      row[v] = {0.5f * (a.x + b.x), 0.5f * (a.y - b.y), 0.5f * (a.y + b.y), 0.5f * (b.x - a.x)};
    }
  }
  __syncthreads();

  const float scale = power_of_two(operand_exponent(*largest, log2_count));
  for (int i = threadIdx.x; i < Traits::kBins << log2_planes; i += blockDim.x) {
    const int plane = i & (planes - 1), v = i >> log2_planes;
    if (first + plane >= total) continue;
    const float4* column = shared + plane * Traits::kPlanePitch + v;
    float2 z[N];
#pragma unroll
    for (int pair = 0; pair < Traits::kPairs; ++pair) {
      const float4 two = column[pair * Traits::kRowPitch];
      z[2 * pair] = {two.x * scale, two.y * scale};
      z[2 * pair + 1] = {two.z * scale, two.w * scale};
    }
    dft<N, -1>(z);
    int64_t at = v * total + first + plane;
#pragma unroll
    for (int u = 0; u < N; ++u, at += Traits::kBins * total) {
      const __half2 rounded = high_part(z[u]);
      high[at] = rounded;
      if (low != nullptr) low[at] = low_part(z[u], rounded);
    }
  }
}

// Whether an element of a tile of odd number is covered by a neighbour too, whose colour is then lower.
__device__ __forceinline__ bool is_shared(int element, int tile, int tiles, int step, int size) {
  return tile % 2 == 1 && (element < size - step || (element >= step && tile + 1 < tiles));
}

template <int N, typename Product>
__global__ void __launch_bounds__(TileTraits<N>::kMaxThreads, TileTraits<N>::kMinBlocks)
    inverse_kernel(const Product* __restrict__ product, int slabs, int64_t slab_stride, TileGrid grid,
                   ProductScale scale, Epilogue epilogue, int64_t total, int log2_planes, uint32_t inverse_x,
                   uint32_t inverse_groups, float* __restrict__ image) {
  using Traits = TileTraits<N>;
  extern __shared__ float4 shared[];
  __shared__ TilePlace places[Traits::kMaxPlanes];
  const int planes = 1 << log2_planes;
  const int64_t first = int64_t{blockIdx.x} << log2_planes;
  bool any = true;
  if (threadIdx.x < planes) {
    TilePlace place = place_of(grid, first + threadIdx.x);
    const bool wanted = epilogue.colour < 0 || 2 * (place.tile_y % 2) + place.tile_x % 2 == epilogue.colour;
    if (!wanted || first + threadIdx.x >= total) place.count_y = place.count_x = 0;
    any = place.count_y > 0;
    places[threadIdx.x] = place;
  }
  if (__syncthreads_or(threadIdx.x < planes && any) == 0) return;

  const float2 unscale = product_unscale(scale, N * N);

  for (int i = threadIdx.x; i < Traits::kBins << log2_planes; i += blockDim.x) {
    const int plane = i & (planes - 1), v = i >> log2_planes;
    float2 z[N];
    if (places[plane].count_y > 0) {
      const int64_t at = v * total + first + plane;
#pragma unroll
      for (int u = 0; u < N; ++u) {
        z[u] = load_product(product, at + u * (Traits::kBins * total), slabs, slab_stride);
      }
    } else {
#pragma unroll
      for (int u = 0; u < N; ++u) z[u] = {0.f, 0.f};
    }
    dft<N, 1>(z);
    float4* column = shared + plane * Traits::kPlanePitch + v;
#pragma unroll
    for (int pair = 0; pair < Traits::kPairs; ++pair) {
      column[pair * Traits::kRowPitch] = {z[2 * pair].x, z[2 * pair].y, z[2 * pair + 1].x, z[2 * pair + 1].y};
    }
  }
  __syncthreads();

  for (int i = threadIdx.x; i < Traits::kPairs << log2_planes; i += blockDim.x) {
    const int pair = i % Traits::kPairs, plane = i / Traits::kPairs;
    float4* row = shared + plane * Traits::kPlanePitch + pair * Traits::kRowPitch;
    float2 z[N];
    // Spectrum of row 2j plus i times that of row 2j+1. The imaginary parts at frequencies 0 and
    // n/2 are rounding: a real row has none.
#pragma unroll
    for (int v = 0; v < Traits::kBins; ++v) {
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
    for (int x = 0; x < N; x += 2) row[x / 2] = {z[x].x, z[x].y, z[x + 1].x, z[x + 1].y};
  }
  __syncthreads();

  // Each thread stores a column of up to kCopyRows rows, so that divisions and bounds are shared.
  // Divisions by run-time numbers are multiplications: exact because i * divisor < 2^32.
  constexpr int kRows = Traits::kCopyRows;
  const int row_groups = (grid.extent_y + kRows - 1) / kRows;
  const bool adds = epilogue.accumulate || epilogue.colour > 0;  // nothing lies below the first colour
  for (int i = threadIdx.x; i < (row_groups * grid.extent_x) << log2_planes; i += blockDim.x) {
    const int line = inverse_x == 0 ? i : __umulhi(i, inverse_x), x = i - line * grid.extent_x;
    const int plane = inverse_groups == 0 ? line : __umulhi(line, inverse_groups);
    const int y0 = (line - plane * row_groups) * kRows;
    const TilePlace& place = places[plane];
    if (x < place.first_x || x - place.first_x >= place.count_x) continue;
    const float bias = epilogue.bias != nullptr ? epilogue.bias[place.channel] : 0.f;
    const float* from =
        reinterpret_cast<const float*>(shared + plane * Traits::kPlanePitch) + 2 * (x + epilogue.crop_x);
    float* to = image + place.offset + int64_t{y0} * grid.width + x;
    const int first = max(0, place.first_y - y0);
    const int end = min(kRows, place.first_y + place.count_y - y0);
    // Elements that neighbours have written already are added to; all old values are read before the first is
    // written, or each would wait for the one before it.
    float old[kRows];
    if (adds) {
      const bool added_x = epilogue.accumulate || is_shared(x, place.tile_x, grid.tiles_x, grid.step_x, N);
#pragma unroll
      for (int r = 0; r < kRows; ++r) {
        const bool added = added_x || is_shared(y0 + r, place.tile_y, grid.tiles_y, grid.step_y, N);
        old[r] = added && r >= first && r < end ? to[r * grid.width] : 0.f;
      }
    }
#pragma unroll
    for (int r = 0; r < kRows; ++r, to += grid.width) {
      if (r < first || r >= end) continue;
      const int tile_y = y0 + r + epilogue.crop_y;
      float value = from[tile_y / 2 * (4 * Traits::kRowPitch) + tile_y % 2] * unscale.x * unscale.y + bias;
      if (adds) value += old[r];
      if (epilogue.relu) value = value < 0.f ? 0.f : value;
      *to = value;
    }
  }
}

// ceil(2^32 / value) for division by __umulhi; 0 stands for a division by one.
inline uint32_t reciprocal(int value) { return static_cast<uint32_t>(((uint64_t{1} << 32) + value - 1) / value); }

// Shared memory that a block of the current device can ask for.
inline size_t shared_memory_limit() {
  int device = 0, bytes = 0;
  if (cudaGetDevice(&device) != cudaSuccess ||
      cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device) != cudaSuccess) {
    return 48 << 10;
  }
  return bytes;
}

// Planes a block: as many as fit, fewer when the grid would not fill the device.
template <int N>
int choose_log2_planes(int64_t total) {
  using Traits = TileTraits<N>;
  const size_t plane_bytes = sizeof(float4) * Traits::kPlanePitch;
  const size_t limit = shared_memory_limit() - sizeof(TilePlace) * Traits::kMaxPlanes;
  int log2 = ceil_log2(Traits::kMaxPlanes);
  while (log2 > 0 && plane_bytes << log2 > limit) --log2;
  while (log2 > 2 && (total >> log2) < 264) --log2;
  return log2;
}

template <int N>
cudaError_t launch_forward(const float* image, const TileGrid& grid, const uint32_t* largest, __half2* high,
                           __half2* low, cudaStream_t stream) {
  using Traits = TileTraits<N>;
  const int64_t total = spectrum_rows(grid) * spectrum_columns(grid);
  const int log2_planes = choose_log2_planes<N>(total);
  const size_t bytes = sizeof(float4) * Traits::kPlanePitch << log2_planes;
  const auto status =
      cudaFuncSetAttribute(forward_kernel<N>, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes));
  if (status != cudaSuccess) return status;
  const int64_t blocks = (total + (int64_t{1} << log2_planes) - 1) >> log2_planes;
  forward_kernel<N>
      <<<static_cast<unsigned>(blocks), min(Traits::kBins << log2_planes, Traits::kMaxThreads), bytes, stream>>>(
          image, grid, largest, log2_tile_elements(grid), total, log2_planes, high, low);
  return cudaGetLastError();
}

template <int N, typename Product>
cudaError_t launch_inverse(const Product* product, int slabs, int64_t slab_stride, const TileGrid& grid,
                           const ProductScale& scale, const Epilogue& epilogue, float* image, cudaStream_t stream) {
  using Traits = TileTraits<N>;
  const int64_t total = spectrum_rows(grid) * spectrum_columns(grid);
  const int log2_planes = choose_log2_planes<N>(total);
  const size_t bytes = sizeof(float4) * Traits::kPlanePitch << log2_planes;
  const auto status = cudaFuncSetAttribute(inverse_kernel<N, Product>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                           static_cast<int>(bytes));
  if (status != cudaSuccess) return status;
  const int64_t blocks = (total + (int64_t{1} << log2_planes) - 1) >> log2_planes;
  inverse_kernel<N, Product>
      <<<static_cast<unsigned>(blocks), min(Traits::kBins << log2_planes, Traits::kMaxThreads), bytes, stream>>>(
          product, slabs, slab_stride, grid, scale, epilogue, total, log2_planes, reciprocal(grid.extent_x),
          reciprocal((grid.extent_y + Traits::kCopyRows - 1) / Traits::kCopyRows), image);
  return cudaGetLastError();
}

// One translation unit a size keeps compilation parallel: tile_transform_<n>.cu instantiates these.
#define FBCUNN_TILE_TRANSFORM(N, PREFIX)                                                                             \
  PREFIX template cudaError_t launch_forward<N>(const float*, const TileGrid&, const uint32_t*, __half2*, __half2*,  \
                                                cudaStream_t);                                                       \
  PREFIX template cudaError_t launch_inverse<N, float2>(const float2*, int, int64_t, const TileGrid&,                \
                                                        const ProductScale&, const Epilogue&, float*, cudaStream_t); \
  PREFIX template cudaError_t launch_inverse<N, __half2>(const __half2*, int, int64_t, const TileGrid&,              \
                                                         const ProductScale&, const Epilogue&, float*, cudaStream_t);

}  // namespace fbcunn::cuda::fft
