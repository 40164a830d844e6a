// fbcunn::row_products: rows of one matrix times rows of another, summed in double precision and rounded once.
#include "ops/row_products.h"

#include "ops/conv_fft.h"

namespace fbcunn {
namespace {

Tensor row_products(const Tensor& first, const Tensor& second) {
  check_row_products(first, second);
  const Tensor a = as_type(first, ScalarType::Double), b = as_type(second, ScalarType::Double);
  return as_type(call_aten<Tensor>("aten::mm", "", a, torch::stable::transpose(b, 0, 1)), ScalarType::Float);
}

}  // namespace

STABLE_TORCH_LIBRARY_FRAGMENT(fbcunn, m) {
  // [m, k], [n, k] -> [m, n], for few long sums: as accurate as a float can be.
  m.def("row_products(Tensor first, Tensor second) -> Tensor");
}

STABLE_TORCH_LIBRARY_IMPL(fbcunn, CPU, m) { m.impl("row_products", TORCH_BOX(&row_products)); }

}  // namespace fbcunn
