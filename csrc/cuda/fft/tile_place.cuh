// Addresses and scales shared by every kernel that goes between images and spectra.
#pragma once

#include "cuda/fft/spectrum.cuh"
#include "cuda/fft/tile_transform.h"

namespace fbcunn::cuda::fft {

// Where one plane of a tile lies in the batch of images.
struct TilePlace {
  int64_t offset;  // of the tile's element (0, 0), which may lie outside the image
  int64_t plane;   // number of the image's plane in the batch
  int channel;     // number of that plane in its sample
  int tile_y, tile_x;
  // Tile elements [first, first + count) that exist in the image; none in the padding of a group.
  int first_y, count_y, first_x, count_x;
};

__device__ __forceinline__ TilePlace place_of(const TileGrid& grid, int64_t index) {
  const int columns = grid.groups * grid.group_pitch;
  const int64_t row = index / columns;
  const int column = static_cast<int>(index - row * columns);
  const int group = column / grid.group_pitch, plane = column - group * grid.group_pitch;
  const int tiles = grid.tiles_y * grid.tiles_x;
  const int sample = static_cast<int>(row / tiles);
  const int tile = static_cast<int>(row - int64_t{sample} * tiles);
  const int tile_y = tile / grid.tiles_x, tile_x = tile - tile_y * grid.tiles_x;
  const int y = tile_y * grid.step_y + grid.origin_y, x = tile_x * grid.step_x + grid.origin_x;
  TilePlace place;
  place.tile_y = tile_y;
  place.tile_x = tile_x;
  place.channel = group * grid.group_planes + plane;
  place.plane = int64_t{sample} * grid.groups * grid.group_planes + place.channel;
  place.offset = (place.plane * grid.height + y) * grid.width + x;
  const bool exists = plane < grid.group_planes && sample < grid.samples;
  place.first_y = max(0, -y);
  place.first_x = max(0, -x);
  place.count_y = exists ? min(grid.extent_y, grid.height - y) - place.first_y : 0;
  place.count_x = exists ? min(grid.extent_x, grid.width - x) - place.first_x : 0;
  return place;
}

template <typename Product>
__device__ __forceinline__ float2 load_product(const Product* product, int64_t at, int slabs, int64_t slab_stride);

template <>
__device__ __forceinline__ float2 load_product(const float2* product, int64_t at, int slabs, int64_t slab_stride) {
  float2 sum = product[at];
  for (int slab = 1; slab < slabs; ++slab) {
    const float2 part = product[at + slab * slab_stride];
    sum = {sum.x + part.x, sum.y + part.y};
  }
  return sum;
}

template <>
__device__ __forceinline__ float2 load_product(const __half2* product, int64_t at, int, int64_t) {
  return __half22float2(product[at]);
}

// Factors that take stored products back to true ones; two, since one could overflow.
__device__ __forceinline__ float2 product_unscale(const ProductScale& scale, int transform_points) {
  return {power_of_two(-operand_exponent(*scale.largest_a, scale.log2_count_a)),
          power_of_two(-operand_exponent(*scale.largest_b, scale.log2_count_b)) *
              (power_of_two(-scale.stored_exponent) / transform_points)};
}

inline int ceil_log2(int64_t value) {
  int log2 = 0;
  while ((int64_t{1} << log2) < value) ++log2;
  return log2;
}

}  // namespace fbcunn::cuda::fft
