// Matrix products for layers: the fast library where it is worth it, ATen otherwise.
#pragma once

#include <ATen/ops/addmm.h>
#include <ATen/ops/addmv.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>

#include "bridge/blas.h"

namespace fbl {

// result = beta * result + alpha * a x b
inline void multiply(const at::Tensor& result, double beta, double alpha, const at::Tensor& a, const at::Tensor& b) {
  if (fast_gemm(result, beta, alpha, a, b)) return;
  at::Tensor target = result;
  if (beta == 0 && alpha == 1) {
    at::mm_out(target, a, b);
  } else {
    at::addmm_out(target, target, a, b, beta, alpha);
  }
}

// result = a x b of a matrix and a vector: libraries read the matrix faster when they know.
inline void multiply_vector(const at::Tensor& result, const at::Tensor& a, const at::Tensor& b) {
  if (fast_gemv(result, 0, 1, a, b)) return;
  at::Tensor target = result;
  at::mv_out(target, a, b);
}

// result += alpha * a x b of a matrix and a vector.
inline void add_product_vector(const at::Tensor& result, double alpha, const at::Tensor& a, const at::Tensor& b) {
  if (fast_gemv(result, 1, alpha, a, b)) return;
  at::Tensor target = result;
  at::addmv_out(target, target, a, b, 1, alpha);
}

// A matrix over the elements of a contiguous tensor from `offset` on.
inline at::Tensor matrix_over(const at::Tensor& tensor, int64_t offset, int64_t rows, int64_t columns) {
  return strided_view(tensor, {rows, columns}, {columns, 1}, tensor.storage_offset() + offset);
}

}  // namespace fbl
