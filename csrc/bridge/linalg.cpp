// Linear algebra that no operator gives in Torch7's form: eigenvectors of general matrices as reals, and the Cholesky
// factorization with pivoting.
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/linalg_eig.h>
#include <ATen/ops/linalg_eigvals.h>
#include <ATen/ops/real.h>
#include <ATen/ops/view_as_real.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "bridge/direct.h"

namespace {

using fbl::put_fresh;
using fbl::tensor_of;

void check_square(const at::Tensor& matrix) {
  TORCH_CHECK(matrix.dim() == 2 && matrix.size(0) == matrix.size(1), "A should be square");
  const auto type = matrix.scalar_type();
  TORCH_CHECK(type == c10::kFloat || type == c10::kDouble, "a float or double matrix expected");
}

// A complex pair of eigenvectors u +- iv fills two columns, u and v, as LAPACK gives them.
at::Tensor real_vectors(const at::Tensor& values, const at::Tensor& vectors) {
  const at::Tensor parts = at::view_as_real(vectors);
  at::Tensor result = parts.select(2, 0).clone();
  const at::Tensor imaginary = at::view_as_real(values).select(1, 1).to(c10::kDouble).contiguous();
  const double* sign = imaginary.const_data_ptr<double>();
  for (int64_t j = 0; j + 1 < result.size(1); ++j) {
    if (sign[j] == 0) continue;
    result.select(1, j + 1).copy_(parts.select(2, 1).select(1, j));
    ++j;
  }
  return result;
}

struct PivotedCholesky {
  std::vector<double> lower;  // n x n, row by row
  std::vector<int64_t> order;
  int64_t rank = 0;
};

// Symmetric pivoting on the largest remaining diagonal element; entry(i, j) reads the matrix.
template <typename Entry>
PivotedCholesky pivoted_cholesky(int64_t n, double tolerance, double epsilon, Entry&& entry) {
  PivotedCholesky result{std::vector<double>(n * n, 0.0), std::vector<int64_t>(n), 0};
  auto& [lower, order, rank] = result;
  std::iota(order.begin(), order.end(), 0);
  std::vector<double> diagonal(n);
  double largest = 0;
  for (int64_t i = 0; i < n; ++i) {
    diagonal[i] = entry(i, i);
    largest = std::max(largest, diagonal[i]);
  }
  const double limit = tolerance < 0 ? static_cast<double>(n) * epsilon * largest : tolerance;
  for (int64_t j = 0; j < n; ++j) {
    int64_t pivot = j;
    for (int64_t i = j + 1; i < n; ++i) {
      if (diagonal[i] > diagonal[pivot]) pivot = i;
    }
    if (!(diagonal[pivot] > limit)) break;
    std::swap(diagonal[j], diagonal[pivot]);
    std::swap(order[j], order[pivot]);
    for (int64_t k = 0; k < j; ++k) std::swap(lower[j * n + k], lower[pivot * n + k]);
    const double root = std::sqrt(diagonal[j]);
    lower[j * n + j] = root;
    for (int64_t i = j + 1; i < n; ++i) {
      double value = entry(order[i], order[j]);
      for (int64_t k = 0; k < j; ++k) value -= lower[i * n + k] * lower[j * n + k];
      lower[i * n + j] = value / root;
      diagonal[i] -= lower[i * n + j] * lower[i * n + j];
    }
    ++rank;
  }
  return result;
}

}  // namespace

extern "C" {

int fbl_eig(void* values, void* vectors, const void* handle) {
  FBL_TRY {
    const at::Tensor& matrix = tensor_of(handle);
    check_square(matrix);
    // LAPACK's balancing may write outside of the matrix when it meets one.
    TORCH_CHECK(at::isfinite(matrix).all().item<bool>(), "eig: the matrix contains NaN or infinity");
    if (vectors == nullptr) {
      put_fresh(values, at::view_as_real(at::linalg_eigvals(matrix)).clone());
    } else {
      const auto [complex_values, complex_vectors] = at::linalg_eig(matrix);
      put_fresh(vectors, real_vectors(complex_values, complex_vectors));
      put_fresh(values, at::view_as_real(complex_values).clone());
    }
  }
  FBL_CATCH;
}

int fbl_pstrf(void* factor, void* pivots, const void* handle, int upper, double tolerance) {
  FBL_TRY {
    const at::Tensor& matrix = tensor_of(handle);
    check_square(matrix);
    const int64_t n = matrix.size(0);
    const at::Tensor source = matrix.to(c10::kDouble).contiguous();
    const double* data = source.const_data_ptr<double>();
    // Rounding unit, as LAPACK's: half the distance of 1 to its neighbour.
    const double epsilon = matrix.scalar_type() == c10::kFloat ? std::numeric_limits<float>::epsilon() / 2.0
                                                               : std::numeric_limits<double>::epsilon() / 2.0;
    const auto result = pivoted_cholesky(n, tolerance, epsilon, [&](int64_t i, int64_t j) {
      const bool stored = (i <= j) == (upper != 0) || i == j;
      return stored ? data[i * n + j] : data[j * n + i];
    });
    TORCH_CHECK(result.rank == n, "Lapack Error pstrf : matrix is rank deficient or not positive semidefinite (rank ",
                result.rank, ")");
    at::Tensor order = at::empty({n}, at::TensorOptions().dtype(c10::kInt));
    for (int64_t i = 0; i < n; ++i) order.mutable_data_ptr<int32_t>()[i] = static_cast<int32_t>(result.order[i] + 1);
    at::Tensor filled = at::empty({n, n}, source.options());
    std::copy(result.lower.begin(), result.lower.end(), filled.mutable_data_ptr<double>());
    put_fresh(factor, (upper != 0 ? filled.t() : filled).to(matrix.scalar_type()).contiguous());
    put_fresh(pivots, std::move(order));
  }
  FBL_CATCH;
}
}
