// Launches of the tile transforms of one size: which shape, how many planes a block, how much shared memory.
#pragma once

#include <algorithm>
#include <type_traits>

#include "cuda/fft/launch.h"
#include "cuda/fft/tile_transform.cuh"

namespace fbcunn::cuda::fft {

// Registers (threads x blocks a multiprocessor) and planes a block, as measured: docs/fft_kernels.md.
struct TileBudget {
  int threads, min_blocks, log2_planes;
};

constexpr TileBudget forward_budget(int n) {
  if (n <= 8) return {96, 10, 5};
  if (n <= 12) return {128, 7, 5};
  if (n <= 16) return {160, 5, 4};
  if (n <= 20) return {192, 4, 4};
  if (n <= 24) return {224, 3, 4};
  if (n <= 28) return {256, 3, 4};
  if (n <= 36) return {160, 3, 3};
  if (n <= 44) return {192, 2, 3};
  if (n <= 48) return {128, 3, 3};
  return {256, 1, 3};
}

// `single`: of products in single precision, whose runs are twice as long.
constexpr TileBudget inverse_budget(int n, bool single) {
  if (n <= 8) return {96, 10, 5};
  if (n <= 12) return {224, 4, 5};
  if (n <= 16) return {160, 5, 4};
  if (n <= 20) return {352, 2, 5};
  if (n <= 24) return single ? TileBudget{128, 6, 5} : TileBudget{128, 5, 3};
  if (n <= 28) return {256, 3, 4};
  if (n <= 32) return single ? TileBudget{160, 4, 3} : TileBudget{288, 2, 5};
  if (n <= 36) return {320, 2, 4};
  if (n <= 40) return {192, 2, 3};
  if (n <= 44) return {256, 2, 4};
  if (n <= 48) return {224, 2, 3};
  if (n <= 76) return {320, 1, 3};
  return {256, 1, 3};
}

// Tiles with few rows and columns: all time goes to the column pass, whose long runs are what counts.
constexpr TileBudget short_budget(int n) {
  if (n <= 16) return {128, 8, 5};
  if (n <= 24) return {128, 6, 5};
  if (n <= 36) return {96, 6, 5};
  if (n <= 48) return {128, 3, 5};
  return {128, 2, 4};
}

template <int N, int Most, TileBudget Budget>
using BudgetedShape = TileShape<N, Most, Budget.threads, Budget.min_blocks>;

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

inline size_t shared_bytes(const TileLaunch& launch) {
  return sizeof(float4) * launch.plane_pitch << launch.log2_planes;
}

// At most 2^log2_most planes a block; fewer when they do not fit or the grid would not fill the device.
template <typename Shape>
TileLaunch tile_launch(const TileGrid& grid, int first_row, int end_row, int log2_most) {
  TileLaunch launch;
  launch.total = spectrum_rows(grid) * spectrum_columns(grid);
  launch.first_pair = first_row / 2;
  launch.pairs = std::max(1, (end_row + 1) / 2 - launch.first_pair);
  launch.plane_pitch = launch.pairs * Shape::kBins | 1;
  launch.log2_planes = log2_most;
  const size_t limit = shared_memory_limit() - sizeof(TilePlace) * Shape::kMaxPlanes;
  while (launch.log2_planes > 0 && shared_bytes(launch) > limit) --launch.log2_planes;
  while (launch.log2_planes > 2 && (launch.total >> launch.log2_planes) < 264) --launch.log2_planes;
  launch.blocks = (launch.total + (int64_t{1} << launch.log2_planes) - 1) >> launch.log2_planes;
  launch.row_blocks = 0;
  return launch;
}

// Leaves out the blocks of other colours, where no block has tiles of two.
inline void launch_colour(TileLaunch& launch, const TileGrid& grid, int colour) {
  const int64_t columns = spectrum_columns(grid);
  if (colour < 0 || columns % (int64_t{1} << launch.log2_planes) != 0) return;
  launch.row_blocks = static_cast<int>(columns >> launch.log2_planes);
  launch.blocks = int64_t{grid.samples} * tiles_of_colour(grid.tiles_y, colour / 2) *
                  tiles_of_colour(grid.tiles_x, colour % 2) * launch.row_blocks;
}

template <typename Shape>
int tile_threads(const TileLaunch& launch) {
  return std::min(((Shape::kBins << launch.log2_planes) + 31) / 32 * 32, Shape::kThreads);
}

// Rows and columns of a tile, counted from its first, that some image has.
inline int tile_rows(const TileGrid& grid) { return std::min(grid.extent_y, grid.height - grid.origin_y); }
inline int tile_columns(const TileGrid& grid) { return std::min(grid.extent_x, grid.width - grid.origin_x); }

template <typename Shape>
cudaError_t launch_forward(const float* image, const TileGrid& grid, const Magnitude& magnitude, bool again,
                           int log2_most, __half2* high, __half2* low, const Queue& queue) {
  const TileLaunch tiles = tile_launch<Shape>(grid, 0, tile_rows(grid), log2_most);
  const auto status = cudaFuncSetAttribute(forward_kernel<Shape>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                           static_cast<int>(shared_bytes(tiles)));
  if (status != cudaSuccess) return status;
  const int row_groups = (2 * tiles.pairs + Shape::kCopyRows - 1) / Shape::kCopyRows;
  // A second try seldom has work: few blocks find that out fastest.
  const int64_t blocks = again ? std::min<int64_t>(tiles.blocks, 528) : tiles.blocks;
  return launch(forward_kernel<Shape>, blocks, tile_threads<Shape>(tiles), shared_bytes(tiles), queue, image, grid,
                magnitude, log2_tile_elements(grid), again, tiles, row_groups, reciprocal(row_groups), high, low);
}

template <typename Shape, typename Product>
cudaError_t launch_inverse(const Product* product, int slabs, int64_t slab_stride, const TileGrid& grid,
                           const ProductScale& scale, const Epilogue& epilogue, int log2_most, float* image,
                           const Queue& queue) {
  TileLaunch tiles = tile_launch<Shape>(grid, epilogue.crop_y, epilogue.crop_y + tile_rows(grid), log2_most);
  launch_colour(tiles, grid, epilogue.colour);
  const auto kernel = inverse_kernel<Shape, Product>;
  const auto status =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared_bytes(tiles)));
  if (status != cudaSuccess) return status;
  return launch(kernel, tiles.blocks, tile_threads<Shape>(tiles), shared_bytes(tiles), queue, product, slabs,
                slab_stride, grid, scale, epilogue, tiles, reciprocal(grid.extent_x),
                reciprocal((grid.extent_y + Shape::kCopyRows - 1) / Shape::kCopyRows), image);
}

// Calls launch(integral_constant<most>) with the smallest bound on a tile's rows and columns that has kernels.
template <int N, typename Launch>
cudaError_t with_most(int rows, Launch launch) {
  if constexpr (N > 4 && N <= 40) {
    if (rows <= 4) return launch(std::integral_constant<int, 4>{});
  }
  if constexpr (N > 8) {
    if (rows <= 8) return launch(std::integral_constant<int, 8>{});
  }
  if constexpr (N >= 24) {
    if (rows <= 16) return launch(std::integral_constant<int, 16>{});
  }
  return launch(std::integral_constant<int, N>{});
}

template <int N>
cudaError_t forward_of_size(const float* image, const TileGrid& grid, const Magnitude& magnitude, bool again,
                            __half2* high, __half2* low, const Queue& queue) {
  return with_most<N>(std::max(tile_rows(grid), tile_columns(grid)), [&](auto most) {
    constexpr TileBudget kBudget = most == N ? forward_budget(N) : short_budget(N);
    return launch_forward<BudgetedShape<N, most, kBudget>>(image, grid, magnitude, again, kBudget.log2_planes, high,
                                                           low, queue);
  });
}

template <int N>
cudaError_t inverse_of_size(const float2* product, int slabs, int64_t slab_stride, const TileGrid& grid,
                            const ProductScale& scale, const Epilogue& epilogue, float* image, const Queue& queue) {
  const int rows = std::max(epilogue.crop_y + tile_rows(grid), epilogue.crop_x + tile_columns(grid));
  return with_most<N>(rows, [&](auto most) {
    constexpr TileBudget kBudget = most == N ? inverse_budget(N, true) : short_budget(N);
    return launch_inverse<BudgetedShape<N, most, kBudget>>(product, slabs, slab_stride, grid, scale, epilogue,
                                                           kBudget.log2_planes, image, queue);
  });
}

// Products in half precision become images, whose tiles are seldom short.
template <int N>
cudaError_t inverse_of_size(const __half2* product, int slabs, int64_t slab_stride, const TileGrid& grid,
                            const ProductScale& scale, const Epilogue& epilogue, float* image, const Queue& queue) {
  constexpr TileBudget kBudget = inverse_budget(N, false);
  return launch_inverse<BudgetedShape<N, N, kBudget>>(product, slabs, slab_stride, grid, scale, epilogue,
                                                      kBudget.log2_planes, image, queue);
}

// One translation unit for a few sizes keeps compilation parallel: tile_sizes_*.cu instantiate these.
#define FBCUNN_TILE_TRANSFORM(N, PREFIX)                                                                             \
  PREFIX template cudaError_t forward_of_size<N>(const float*, const TileGrid&, const Magnitude&, bool, __half2*,    \
                                                 __half2*, const Queue&);                                            \
  PREFIX template cudaError_t inverse_of_size<N>(const float2*, int, int64_t, const TileGrid&, const ProductScale&,  \
                                                 const Epilogue&, float*, const Queue&);                             \
  PREFIX template cudaError_t inverse_of_size<N>(const __half2*, int, int64_t, const TileGrid&, const ProductScale&, \
                                                 const Epilogue&, float*, const Queue&);

}  // namespace fbcunn::cuda::fft
