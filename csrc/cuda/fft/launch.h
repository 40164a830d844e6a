// Launches that overlap: a kernel's blocks may take their places while the last blocks of the kernel before it run.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace fbcunn::cuda::fft {

// First statement of every kernel that launch() starts: lets the next one be set up, then waits until all
// earlier work of the stream is done and visible.
__device__ __forceinline__ void wait_for_earlier_kernels() {
#if __CUDA_ARCH__ >= 900
  cudaTriggerProgrammaticLaunchCompletion();
  cudaGridDependencySynchronize();
#endif
}

// Where kernels go. `overlaps`: worth it for kernels of some waves of blocks: it hides their ragged ends, but costs a
// microsecond a launch, and where one block fills a multiprocessor the next kernel's only stands in the way.
struct Queue {
  cudaStream_t stream;
  bool overlaps;
};

// kernel<<<blocks, threads, shared_bytes, stream>>>(arguments...)
template <typename... Parameters, typename... Arguments>
cudaError_t launch(void (*kernel)(Parameters...), int64_t blocks, int threads, size_t shared_bytes, const Queue& queue,
                   Arguments... arguments) {
  cudaLaunchAttribute overlap;
  overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  overlap.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(blocks));
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.dynamicSmemBytes = shared_bytes;
  config.stream = queue.stream;
  config.attrs = &overlap;
  config.numAttrs = queue.overlaps ? 1 : 0;
  return cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...);
}

}  // namespace fbcunn::cuda::fft
