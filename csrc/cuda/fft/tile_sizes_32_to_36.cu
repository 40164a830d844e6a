// Instances of the tile transforms; split over files so that they compile in parallel.
#include "cuda/fft/tile_launch.cuh"

namespace fbcunn::cuda::fft {

FBCUNN_TILE_TRANSFORM(32, )
FBCUNN_TILE_TRANSFORM(36, )

}  // namespace fbcunn::cuda::fft
