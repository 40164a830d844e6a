// How spectra are stored between the transforms and the frequency products.
//
// A spectrum is frequency-major: element (q, row, plane) of a matrix of `rows` x `planes` complex
// numbers for each of the n (n/2 + 1) frequencies q = u (n/2 + 1) + v of the Hermitian half. That
// is the operand of a batched matrix product, so no transpose exists anywhere.
//
// Operands of products are kept as one or two half-precision pairs (re, im): x * 2^e = high + low.
// `high` has TF32's eleven significant bits at half its size and twice its tensor-core rate;
// `high + low` has 22. The power of two e is chosen from the largest magnitude in the image, so
// that no spectrum can overflow and everything down to 2^-24 of the largest keeps its precision.
#pragma once

#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>

namespace fbcunn::cuda::fft {

// Exponent e such that |X| 2^e < 2^15 for every spectrum X of tiles with at most 2^log2_count
// elements of magnitude at most `largest` (given as float bits).
__device__ __forceinline__ int operand_exponent(uint32_t largest_bits, int log2_count) {
  const int biased = static_cast<int>(largest_bits >> 23);
  if (biased == 0 || biased >= 255) return 0;  // zeros need no scale; infinities and NaN spread anyway
  const int exponent = 15 - (biased - 127 + 1) - log2_count;
  return max(-100, min(100, exponent));
}

__device__ __forceinline__ float power_of_two(int exponent) { return __int_as_float((exponent + 127) << 23); }

__device__ __forceinline__ __half2 high_part(float2 x) { return __floats2half2_rn(x.x, x.y); }

__device__ __forceinline__ __half2 low_part(float2 x, __half2 high) {
  const float2 rounded = __half22float2(high);
  return __floats2half2_rn(x.x - rounded.x, x.y - rounded.y);
}

}  // namespace fbcunn::cuda::fft
