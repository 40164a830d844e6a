// Spectra made by cuFFT, plane by plane, to frequency-major operands, and products back: transposes
// fused with the scaling and splitting that the tensor-core products need.
#include <algorithm>

#include "cuda/fft/tile_place.cuh"

namespace fbcunn::cuda::fft {
namespace {

constexpr int kTile = 32, kRows = 8;

__global__ void pack_kernel(const float2* __restrict__ spectra, int frequencies, TileGrid grid, const uint32_t* largest,
                            int log2_count, int64_t total, __half2* __restrict__ high, __half2* __restrict__ low) {
  __shared__ float2 tile[kTile][kTile + 1];
  const int q0 = blockIdx.y * kTile;
  const int64_t first = int64_t{blockIdx.x} * kTile;
  const float scale = power_of_two(operand_exponent(*largest, log2_count));
  for (int i = threadIdx.y; i < kTile; i += kRows) {
    const int q = q0 + threadIdx.x;
    float2 value = {0.f, 0.f};
    if (first + i < total && q < frequencies) {
      const TilePlace place = place_of(grid, first + i);
      if (place.count_y > 0) value = spectra[place.plane * frequencies + q];
    }
    tile[i][threadIdx.x] = value;
  }
  __syncthreads();
  for (int i = threadIdx.y; i < kTile; i += kRows) {
    if (q0 + i >= frequencies || first + threadIdx.x >= total) continue;
    const float2 value = tile[threadIdx.x][i];
    const float2 scaled = {value.x * scale, value.y * scale};
    const int64_t at = (q0 + i) * total + first + threadIdx.x;
    const __half2 rounded = high_part(scaled);
    high[at] = rounded;
    if (low != nullptr) low[at] = low_part(scaled, rounded);
  }
}

template <typename Product>
__global__ void unpack_kernel(const Product* __restrict__ product, int slabs, int64_t slab_stride, int frequencies,
                              int transform_points, TileGrid grid, ProductScale scale, int64_t total,
                              float2* __restrict__ spectra) {
  __shared__ float2 tile[kTile][kTile + 1];
  const int q0 = blockIdx.y * kTile;
  const int64_t first = int64_t{blockIdx.x} * kTile;
  for (int i = threadIdx.y; i < kTile; i += kRows) {
    if (q0 + i < frequencies && first + threadIdx.x < total) {
      tile[i][threadIdx.x] = load_product(product, (q0 + i) * total + first + threadIdx.x, slabs, slab_stride);
    }
  }
  __syncthreads();
  const float2 unscale = product_unscale(scale, transform_points);
  for (int i = threadIdx.y; i < kTile; i += kRows) {
    if (q0 + threadIdx.x >= frequencies || first + i >= total) continue;
    const TilePlace place = place_of(grid, first + i);
    if (place.count_y <= 0) continue;
    const float2 value = tile[threadIdx.x][i];
    spectra[place.plane * frequencies + q0 + threadIdx.x] = {value.x * unscale.x * unscale.y,
                                                             value.y * unscale.x * unscale.y};
  }
}

__global__ void crop_kernel(const float* __restrict__ tiles, int tile_height, int tile_width, TileGrid grid,
                            Epilogue epilogue, int64_t count, float* __restrict__ image) {
  const int channels = grid.groups * grid.group_planes;
  for (int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x; i < count; i += int64_t{gridDim.x} * blockDim.x) {
    const int64_t line = i / grid.width, plane = line / grid.height;
    const int x = static_cast<int>(i - line * grid.width);
    const int y = static_cast<int>(line - plane * grid.height);
    float value = tiles[(plane * tile_height + y + epilogue.crop_y) * tile_width + x + epilogue.crop_x];
    if (epilogue.bias != nullptr) value += epilogue.bias[plane % channels];
    if (epilogue.relu) value = value < 0.f ? 0.f : value;
    image[i] = epilogue.accumulate ? image[i] + value : value;
  }
}

dim3 transpose_grid(int64_t total, int frequencies) {
  return {static_cast<unsigned>((total + kTile - 1) / kTile), static_cast<unsigned>((frequencies + kTile - 1) / kTile)};
}

}  // namespace

cudaError_t pack_spectra(const float2* spectra, int frequencies, const TileGrid& grid, const uint32_t* largest,
                         __half2* high, __half2* low, cudaStream_t stream) {
  const int64_t total = spectrum_rows(grid) * spectrum_columns(grid);
  pack_kernel<<<transpose_grid(total, frequencies), dim3(kTile, kRows), 0, stream>>>(
      spectra, frequencies, grid, largest, log2_tile_elements(grid), total, high, low);
  return cudaGetLastError();
}

cudaError_t unpack_products(const void* product, bool single, int slabs, int64_t slab_stride, int frequencies,
                            int transform_points, const TileGrid& grid, const ProductScale& scale, float2* spectra,
                            cudaStream_t stream) {
  const int64_t total = spectrum_rows(grid) * spectrum_columns(grid);
  const dim3 blocks = transpose_grid(total, frequencies), threads(kTile, kRows);
  if (single) {
    unpack_kernel<<<blocks, threads, 0, stream>>>(static_cast<const float2*>(product), slabs, slab_stride, frequencies,
                                                  transform_points, grid, scale, total, spectra);
  } else {
    unpack_kernel<<<blocks, threads, 0, stream>>>(static_cast<const __half2*>(product), slabs, slab_stride, frequencies,
                                                  transform_points, grid, scale, total, spectra);
  }
  return cudaGetLastError();
}

cudaError_t crop_tiles(const float* tiles, int tile_height, int tile_width, const TileGrid& grid,
                       const Epilogue& epilogue, float* image, cudaStream_t stream) {
  const int64_t count = int64_t{grid.samples} * grid.groups * grid.group_planes * grid.height * grid.width;
  const int64_t blocks = std::min<int64_t>((count + 255) / 256, 65536);
  crop_kernel<<<static_cast<unsigned>(blocks), 256, 0, stream>>>(tiles, tile_height, tile_width, grid, epilogue, count,
                                                                 image);
  return cudaGetLastError();
}

}  // namespace fbcunn::cuda::fft
