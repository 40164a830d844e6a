// The host side of a CUDA operator: device guard, stream, element type, error check.
#pragma once

#include <cuda_runtime.h>

#include "ops/aten.h"

// The shim declares its CUDA entries only when USE_CUDA is set, which a CPU build of torch does not
// do; declaring the one we call keeps this compiling there.
extern "C" AOTITorchError aoti_torch_get_current_cuda_stream(int32_t device_index, void** stream);

namespace fbcunn::cuda {

inline cudaStream_t current_stream(const Tensor& tensor) {
  void* stream = nullptr;
  TORCH_ERROR_CODE_CHECK(aoti_torch_get_current_cuda_stream(tensor.get_device_index(), &stream));
  return static_cast<cudaStream_t>(stream);
}

inline void check(cudaError_t status, const char* what) {
  // A refused launch stays behind as the last error and would be taken for that of the next launch.
  if (status != cudaSuccess) cudaGetLastError();
  STD_TORCH_CHECK(status == cudaSuccess, what, ": CUDA error ", cudaGetErrorName(status), ": ",
                  cudaGetErrorString(status));
}

}  // namespace fbcunn::cuda
