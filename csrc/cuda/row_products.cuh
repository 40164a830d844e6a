// Launcher of the kernel behind fbcunn::row_products; it knows sizes, pointers and a stream, not torch.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace fbcunn::cuda {

// results[rows_first][rows_second] <- first[rows_first][length] times second[rows_second][length], all contiguous.
cudaError_t row_products(const float* first, const float* second, float* results, int64_t rows_first,
                         int64_t rows_second, int64_t length, cudaStream_t stream);

}  // namespace fbcunn::cuda
