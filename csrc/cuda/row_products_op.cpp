// fbcunn::row_products on CUDA: checks, allocation and launch.
#include "ops/row_products.h"

#include "cuda/row_products.cuh"
#include "cuda/torch_cuda.h"
#include "ops/conv_fft.h"

namespace fbcunn::cuda {
namespace {

Tensor row_products_cuda(const Tensor& first, const Tensor& second) {
  check_row_products(first, second);
  STD_TORCH_CHECK(first.size(0) * second.size(0) <= INT32_MAX, "row_products: ", first.size(0), " times ",
                  second.size(0), " results are too many; use matmul");
  const torch::stable::accelerator::DeviceGuard guard(first.get_device_index());
  const Tensor a = torch::stable::contiguous(first), b = torch::stable::contiguous(second);
  Tensor results = empty_with_type(a, {a.size(0), b.size(0)}, ScalarType::Float);
  check(row_products(a.const_data_ptr<float>(), b.const_data_ptr<float>(), results.mutable_data_ptr<float>(), a.size(0),
                     b.size(0), a.size(1), current_stream(a)),
        "row_products");
  return results;
}

}  // namespace

STABLE_TORCH_LIBRARY_IMPL(fbcunn, CUDA, m) { m.impl("row_products", TORCH_BOX(&row_products_cuda)); }

}  // namespace fbcunn::cuda
