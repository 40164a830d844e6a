// Instances of the tile transforms; split over files so that they compile in parallel.
#include "cuda/fft/tile_launch.cuh"

namespace fbcunn::cuda::fft {

FBCUNN_TILE_TRANSFORM(24, )
FBCUNN_TILE_TRANSFORM(28, )

}  // namespace fbcunn::cuda::fft
