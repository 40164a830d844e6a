// Few long sums of products: a block makes each, in double precision.
//
// A product of two floats is the sum of two floats exactly: what it rounds to, and what that leaves. The first parts
// are summed in double, the second, 2^-24 of them, in float: half of the conversions, which are what takes time.
#include "cuda/row_products.cuh"

namespace fbcunn::cuda {
namespace {

constexpr int kThreads = 512;

struct Sum {
  double high = 0;
  float low = 0;

  __device__ void add(float a, float b) {
    const float product = __fmul_rn(a, b);
    high += static_cast<double>(product);
    low += __fmaf_rn(a, b, -product);
  }
  __device__ void add(float4 a, float4 b) {
    add(a.x, b.x);
    add(a.y, b.y);
    add(a.z, b.z);
    add(a.w, b.w);
  }
};

__global__ void __launch_bounds__(kThreads)
    row_products_kernel(const float* __restrict__ first, const float* __restrict__ second, float* __restrict__ results,
                        int64_t rows_second, int64_t length, bool aligned) {
  const float* a = first + blockIdx.x / rows_second * length;
  const float* b = second + blockIdx.x % rows_second * length;
  Sum sum;
  const int64_t vectors = aligned ? length / 4 : 0;
#pragma unroll 4
  for (int64_t i = threadIdx.x; i < vectors; i += kThreads) {
    sum.add(reinterpret_cast<const float4*>(a)[i], reinterpret_cast<const float4*>(b)[i]);
  }
  for (int64_t i = 4 * vectors + threadIdx.x; i < length; i += kThreads) sum.add(a[i], b[i]);

  double total = sum.high + sum.low;
  __shared__ double warps[kThreads / 32];
#pragma unroll
  for (int lane = 16; lane > 0; lane /= 2) total += __shfl_xor_sync(0xffffffffu, total, lane);
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = total;
  __syncthreads();
  if (threadIdx.x >= 32) return;
  total = threadIdx.x < kThreads / 32 ? warps[threadIdx.x] : 0;
#pragma unroll
  for (int lane = 16; lane > 0; lane /= 2) total += __shfl_xor_sync(0xffffffffu, total, lane);
  if (threadIdx.x == 0) results[blockIdx.x] = static_cast<float>(total);
}

}  // namespace

cudaError_t row_products(const float* first, const float* second, float* results, int64_t rows_first,
                         int64_t rows_second, int64_t length, cudaStream_t stream) {
  if (rows_first * rows_second == 0) return cudaSuccess;
  const bool aligned =
      reinterpret_cast<uintptr_t>(first) % 16 == 0 && reinterpret_cast<uintptr_t>(second) % 16 == 0 && length % 4 == 0;
  row_products_kernel<<<static_cast<unsigned>(rows_first * rows_second), kThreads, 0, stream>>>(
      first, second, results, rows_second, length, aligned);
  return cudaGetLastError();
}

}  // namespace fbcunn::cuda
