// Instances of the tile transforms; split over files so that they compile in parallel.
#include "cuda/fft/tile_launch.cuh"

namespace fbcunn::cuda::fft {

FBCUNN_TILE_TRANSFORM(8, )
FBCUNN_TILE_TRANSFORM(12, )
FBCUNN_TILE_TRANSFORM(16, )
FBCUNN_TILE_TRANSFORM(20, )

}  // namespace fbcunn::cuda::fft
