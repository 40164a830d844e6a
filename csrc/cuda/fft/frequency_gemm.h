// Complex matrix products of spectra, one for each frequency and group: launcher, no torch.
#pragma once

#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/fft/launch.h"

namespace fbcunn::cuda::fft {

// The three products of a convolution; `^` marks the operand that is conjugated.
enum class Pass {
  kForward,     // output[t][f] = sum_c input[t][c] weight^[f][c]
  kGradInput,   // input [t][c] = sum_f output[t][f] weight[f][c]
  kGradWeight,  // weight[f][c] = sum_t output^[t][f] input[t][c]
};

// A spectrum (see spectrum.cuh): element (q, group, row, column) at
// q * frequency_stride + group * group_stride + row * row_stride + column.
struct Operand {
  const __half2* high;
  const __half2* low;  // null in the one-pass precision
  int64_t frequency_stride, group_stride;
  int row_stride;
};

struct GemmProblem {
  Pass pass;
  int m, n,
      k;  // columns are stored in multiples of four, zero-filled; m, n, k of the product itself
  int frequencies, groups;
  Operand a, b;
  // Output, with the strides of an operand; `single`: float2, else half2 scaled by
  // 2^stored_exponent.
  void* product;
  bool single;
  int64_t product_frequency_stride, product_group_stride;
  int product_row_stride;
  int stored_exponent;
  int splits;  // of k; slab s of the result starts at s * slab_stride
  int64_t slab_stride;
};

// Partial sums worth making so that a product with a long k and few results fills the device.
int gemm_splits(const GemmProblem& problem);

cudaError_t frequency_gemm(const GemmProblem& problem, const Queue& queue);

}  // namespace fbcunn::cuda::fft
