// Variance and standard deviation of CPU tensors, rounded as Torch7 rounded them: along a dimension from the sums of x
// and of x^2, of all elements from the differences to the mean.
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "bridge/direct.h"

namespace {

using fbl::tensor_of;

// Columns whose sums are kept at a time.
constexpr int64_t kColumns = 64;

// Sums are double, squares and the factor n / (n - 1) have the element type. One element gives NaN unless biased.
template <typename Element>
double variance_of(double sum, double squares, int64_t n, bool biased) {
  const double mean = sum / static_cast<double>(n);
  double variance;
  if (biased) {
    variance = squares / static_cast<double>(n) - mean * mean;
  } else {
    const Element factor = static_cast<Element>(n) / static_cast<Element>(n - 1);
    variance = squares / static_cast<double>(n - 1) - factor * mean * mean;
  }
  return variance < 0 ? 0 : variance;
}

template <typename Element>
void variance_along(Element* result, const Element* source, int64_t outer, int64_t n, int64_t inner, bool biased,
                    bool root) {
  const int64_t blocks = (inner + kColumns - 1) / kColumns;
  const int64_t grain = std::max<int64_t>(1, 32768 / (n * std::min(inner, kColumns)));
  at::parallel_for(0, outer * blocks, grain, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t row = task / blocks;
      const int64_t first = task % blocks * kColumns;
      const int64_t columns = std::min(kColumns, inner - first);
      double sums[kColumns] = {}, squares[kColumns] = {};
      for (int64_t k = 0; k < n; ++k) {
        const Element* run = source + (row * n + k) * inner + first;
        for (int64_t c = 0; c < columns; ++c) {
          sums[c] += run[c];
          squares[c] += static_cast<Element>(run[c] * run[c]);
        }
      }
      for (int64_t c = 0; c < columns; ++c) {
        const double variance = variance_of<Element>(sums[c], squares[c], n, biased);
        const auto rounded = static_cast<Element>(variance);
        result[row * inner + first + c] = root ? std::sqrt(rounded) : rounded;
      }
    }
  });
}

template <typename Visit>
void with_real_type(const at::Tensor& tensor, Visit&& visit) {
  TORCH_CHECK(tensor.is_cpu(), "a CPU tensor expected");
  if (tensor.scalar_type() == c10::kFloat) return visit(float());
  TORCH_CHECK(tensor.scalar_type() == c10::kDouble, "not defined for tensors of ", tensor.scalar_type());
  visit(double());
}

}  // namespace

extern "C" {

int fbl_variance(const void* handle, int biased, double* out) {
  FBL_TRY {
    const at::Tensor source = tensor_of(handle).contiguous();
    const int64_t n = source.numel();
    with_real_type(source, [&](auto sample) {
      using Element = decltype(sample);
      const auto* data = source.const_data_ptr<Element>();
      double sum = 0, differences = 0;
      for (int64_t i = 0; i < n; ++i) sum += data[i];
      const double mean = sum / static_cast<double>(n);
      for (int64_t i = 0; i < n; ++i) differences += (data[i] - mean) * (data[i] - mean);
      *out = fbl::lua_number(differences / static_cast<double>(n - (biased != 0 ? 0 : 1)));
    });
  }
  FBL_CATCH;
}

int fbl_variance_along(void* result, const void* handle, int dim, int biased, int root) {
  FBL_TRY {
    const at::Tensor source = tensor_of(handle).contiguous();
    TORCH_CHECK(dim >= 0 && dim < fbl_dim(handle), "dimension ", dim + 1, " out of range of ", fbl_dim(handle),
                "D tensor");
    c10::SmallVector<int64_t, 8> sizes(source.sizes().begin(), source.sizes().end());
    int64_t outer = 1, inner = 1;
    for (int d = 0; d < dim; ++d) outer *= sizes[d];
    for (size_t d = dim + 1; d < sizes.size(); ++d) inner *= sizes[d];
    const int64_t n = sizes[dim];
    sizes[dim] = 1;
    at::Tensor computed = fbl::empty(sizes, source.options());
    with_real_type(source, [&](auto sample) {
      using Element = decltype(sample);
      variance_along(computed.mutable_data_ptr<Element>(), source.const_data_ptr<Element>(), outer, n, inner,
                     biased != 0, root != 0);
    });
    if (fbl::impl_of(result) == nullptr) {
      fbl::put_fresh(result, std::move(computed));
    } else {
      TORCH_CHECK(fbl_tensor_resize(result, static_cast<int>(sizes.size()), sizes.data()) == fbl::kOk,
                  fbl_last_error());
      tensor_of(result).copy_(computed);
    }
  }
  FBL_CATCH;
}
}
