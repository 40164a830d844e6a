// Tiles of images to frequency-major spectra and back: launchers, no torch.
#pragma once

#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/fft/launch.h"

namespace fbcunn::cuda::fft {

// Transform sizes that have kernels. All are multiples of four, which keeps shared memory free of
// bank conflicts; between them some size fits every image up to 80 closely.
inline constexpr int kTileSizes[] = {8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 64, 72, 76, 80};

inline constexpr int frequency_count(int n) { return n * (n / 2 + 1); }

// The planes of a batch of images cut into n x n tiles.
// Row of the spectrum = (sample, tile row, tile column); column = group * group_pitch + plane.
struct TileGrid {
  int samples, groups, group_planes, group_pitch;  // group_pitch >= group_planes, multiple of 4
  int height, width;                               // of an image
  int tiles_y, tiles_x;
  int step_y, step_x;      // distance of tiles
  int origin_y, origin_x;  // image coordinate of tile 0's first element; negative = implicit zeros
  int extent_y,
      extent_x;  // elements of a tile taken from (forward) or written to (inverse) the image
};

inline int64_t spectrum_rows(const TileGrid& grid) { return int64_t{grid.samples} * grid.tiles_y * grid.tiles_x; }
inline int64_t spectrum_columns(const TileGrid& grid) { return int64_t{grid.groups} * grid.group_pitch; }

// Tiles along an axis whose number has the given parity.
constexpr int tiles_of_colour(int tiles, int parity) { return (tiles + 1 - parity) / 2; }

// Largest magnitude of an image, as float bits. Where `overflow` is not null it is that of a sample of the image, and a
// transform that finds an element of its spectrum too large for its scale sets *overflow.
struct Magnitude {
  uint32_t* largest;
  uint32_t* overflow;
};

struct ImageSpan {
  const float* data;
  int64_t count;
  bool sampled;  // look at every sixteenth piece only
};

// words[0], words[2] <- bits of max |image| for one or two images in one launch; words[1], words[3] <- 0 (overflow).
cudaError_t find_largest(ImageSpan first, ImageSpan second, uint32_t* words, const Queue& queue);
// If *overflow is set: *largest <- the larger of itself and all of the image.
cudaError_t find_largest_again(const float* image, int64_t count, const Magnitude& magnitude, const Queue& queue);

// high (and low, unless null) receive the scaled spectra of the tiles. `again`: only if *overflow is set.
cudaError_t forward_tiles(int n, const float* image, const TileGrid& grid, const Magnitude& magnitude, bool again,
                          __half2* high, __half2* low, const Queue& queue);

// What the inverse must undo: the operands' scales, and how products were stored.
struct ProductScale {
  const uint32_t* largest_a;
  const uint32_t* largest_b;
  int log2_count_a, log2_count_b;
  int stored_exponent;  // products were multiplied by 2^stored_exponent before storage
};

struct Epilogue {
  const float* bias;  // one value a plane, or null
  bool relu;
  bool accumulate;  // add to the image instead of overwriting it
  int crop_y, crop_x;
  // Overlap-add: only tiles of this colour, 2 (tile_y mod 2) + tile_x mod 2, are made, and what a lower colour has
  // written already is added to. Tiles of one colour never overlap. Negative: all tiles, no overlap.
  int colour;
};

// Inverse transform of products (float2 if `single`, else half2; `slabs` partial sums of
// `slab_stride` elements are added); elements [crop, crop + extent) of each tile go to the image.
cudaError_t inverse_tiles(int n, const void* product, bool single, int slabs, int64_t slab_stride, const TileGrid& grid,
                          const ProductScale& scale, const Epilogue& epilogue, float* image, const Queue& queue);

// The same for images of one row, cut into tiles of n elements; n of kTileSizes.
cudaError_t forward_lines(int n, const float* image, const TileGrid& grid, const Magnitude& magnitude, bool again,
                          __half2* high, __half2* low, const Queue& queue);
cudaError_t inverse_lines(int n, const void* product, bool single, int slabs, int64_t slab_stride, const TileGrid& grid,
                          const ProductScale& scale, const Epilogue& epilogue, float* image, const Queue& queue);

// log2, rounded up, of the elements a tile takes from an image: see operand_exponent.
int log2_tile_elements(const TileGrid& grid);

// The same two ends for transforms made elsewhere (cuFFT), one tile an image of `frequencies` bins:
// complex spectra [plane][frequency] to scaled frequency-major ones, and products back.
cudaError_t pack_spectra(const float2* spectra, int frequencies, const TileGrid& grid, const uint32_t* largest,
                         __half2* high, __half2* low, cudaStream_t stream);
cudaError_t unpack_products(const void* product, bool single, int slabs, int64_t slab_stride, int frequencies,
                            int transform_points, const TileGrid& grid, const ProductScale& scale, float2* spectra,
                            cudaStream_t stream);
// image <- crop of tiles [plane][tile_height][tile_width], with the epilogue.
cudaError_t crop_tiles(const float* tiles, int tile_height, int tile_width, const TileGrid& grid,
                       const Epilogue& epilogue, float* image, cudaStream_t stream);

}  // namespace fbcunn::cuda::fft
