// Matrix products by the fastest library of this machine: ATen's own (MKL on x86, which takes a slow path on AMD
// processors), its oneDNN, or an OpenBLAS given at run time. The choice is timed at the first product that is worth it
// and kept for later processes (provider.h).
#pragma once

#include "bridge/entry.h"

namespace fbl {

// result = beta * result + alpha * a x b for CPU matrices of float or double; false where ATen should do it.
bool fast_gemm(const at::Tensor& result, double beta, double alpha, const at::Tensor& a, const at::Tensor& b);

// result = a x b for each pair of matrices of two batches.
bool fast_batch_gemm(const at::Tensor& result, const at::Tensor& a, const at::Tensor& b);

// fast_gemm with a vector b.
bool fast_gemv(const at::Tensor& result, double beta, double alpha, const at::Tensor& a, const at::Tensor& b);

// Whether there is an OpenBLAS. It was Torch7's library: with it products too small to choose for have Torch7's bits.
bool has_openblas();

// The dot product of n elements that lie side by side, by OpenBLAS.
float openblas_dot(const float* a, const float* b, int64_t n);
double openblas_dot(const double* a, const double* b, int64_t n);

}  // namespace fbl
