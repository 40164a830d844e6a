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

}  // namespace fbl
