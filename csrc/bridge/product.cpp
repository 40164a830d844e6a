// Products of vectors and matrices: by BLAS, which decides on the order of additions. Where there is no OpenBLAS a loop
// multiplies the tiny ones that element-wise scripts make.
#include <ATen/ops/addmm.h>
#include <ATen/ops/addmv.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>

#include "bridge/blas.h"
#include "bridge/direct.h"

namespace {

using fbl::impl_of;
using fbl::tensor_of;

// Multiplications up to which the loop beats a BLAS call through the dispatcher.
constexpr int64_t kDirectProducts = 2048;

template <typename Element>
void multiply(Element* result, double beta, const Element* m, int64_t m_row, int64_t m_column, double alpha,
              const at::Tensor& a, const at::Tensor& b, int64_t columns, int64_t b_column) {
  const auto* left = a.const_data_ptr<Element>();
  const auto* right = b.const_data_ptr<Element>();
  const int64_t rows = a.size(0);
  const int64_t inner = a.size(1);
  const int64_t a_row = a.stride(0);
  const int64_t a_column = a.stride(1);
  const int64_t b_row = b.stride(0);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      double total = 0;
      for (int64_t k = 0; k < inner; ++k) {
        total += static_cast<double>(left[i * a_row + k * a_column]) * right[k * b_row + j * b_column];
      }
      total *= alpha;
      if (beta != 0) total += beta * m[i * m_row + j * m_column];
      result[i * columns + j] = static_cast<Element>(total);
    }
  }
}

bool tiny(const at::Tensor& a, const at::Tensor& b, const c10::TensorImpl* result) {
  const int64_t columns = b.dim() == 1 ? 1 : b.size(1);
  return !fbl::has_openblas() && a.numel() * columns <= kDirectProducts && fbl::direct(result) && a.is_cpu() &&
         b.is_cpu() && a.scalar_type() == b.scalar_type() && result->dtype() == a.dtype() &&
         (a.scalar_type() == c10::kDouble || a.scalar_type() == c10::kFloat);
}

bool shares_memory(const c10::TensorImpl* result, const at::Tensor& operand) {
  return result->storage().unsafeGetStorageImpl() == operand.storage().unsafeGetStorageImpl();
}

}  // namespace

extern "C" {

int fbl_product(void* result, double beta, const void* m_handle, double alpha, const void* a_handle,
                const void* b_handle) {
  FBL_TRY {
    at::Tensor a = tensor_of(a_handle);
    at::Tensor b = tensor_of(b_handle);
    TORCH_CHECK(a.dim() == 2 && (b.dim() == 1 || b.dim() == 2), "matrix and vector or matrix expected");
    TORCH_CHECK(a.size(1) == b.size(0), "size mismatch: ", a.sizes(), " and ", b.sizes());
    c10::SmallVector<int64_t, 2> shape{a.size(0)};
    if (b.dim() == 2) shape.push_back(b.size(1));
    if (impl_of(result) == nullptr) {
      fbl::put_fresh(result, fbl::empty(shape, a.options()));
    }
    at::Tensor target = tensor_of(result);
    TORCH_CHECK(target.sizes() == c10::IntArrayRef(shape), "the destination must have size ", c10::IntArrayRef(shape),
                ", got ", target.sizes());
    auto* impl = target.unsafeGetTensorImpl();
    // The result is written while the operands are read.
    if (shares_memory(impl, a)) a = a.clone();
    if (shares_memory(impl, b)) b = b.clone();
    const bool accumulate = m_handle != nullptr && beta != 0;
    at::Tensor m = accumulate ? tensor_of(m_handle) : at::Tensor();
    TORCH_CHECK(!accumulate || m.sizes() == target.sizes(), "size mismatch: ", m.sizes(), " and ", target.sizes());
    if (tiny(a, b, impl) && (!accumulate || m.dtype() == a.dtype())) {
      const int64_t columns = b.dim() == 1 ? 1 : b.size(1);
      const int64_t b_column = b.dim() == 1 ? 1 : b.stride(1);
      const int64_t m_row = accumulate ? m.stride(0) : 0;
      const int64_t m_column = accumulate && m.dim() == 2 ? m.stride(1) : 0;
      if (a.scalar_type() == c10::kDouble) {
        multiply<double>(fbl::data_of<double>(result), accumulate ? beta : 0,
                         accumulate ? m.const_data_ptr<double>() : nullptr, m_row, m_column, alpha, a, b, columns,
                         b_column);
      } else {
        multiply<float>(fbl::data_of<float>(result), accumulate ? beta : 0,
                        accumulate ? m.const_data_ptr<float>() : nullptr, m_row, m_column, alpha, a, b, columns,
                        b_column);
      }
      fbl::bump(impl);
      return fbl::kOk;
    }
    if (accumulate && !m.is_same(target) && c10::isFloatingType(a.scalar_type())) {
      target.copy_(m);
      m = target;
    }
    const double keep = accumulate ? beta : 0;
    if (b.dim() == 1 ? fbl::fast_gemv(target, keep, alpha, a, b) : fbl::fast_gemm(target, keep, alpha, a, b))
      return fbl::kOk;
    const c10::Scalar scale = fbl::scalar_like(a, alpha);
    if (!accumulate) {
      b.dim() == 1 ? at::mv_out(target, a, b) : at::mm_out(target, a, b);
      if (alpha != 1) target.mul_(scale);
    } else if (b.dim() == 1) {
      at::addmv_out(target, m, a, b, fbl::scalar_like(a, beta), scale);
    } else {
      at::addmm_out(target, m, a, b, fbl::scalar_like(a, beta), scale);
    }
  }
  FBL_CATCH;
}

int fbl_batch_product(void* result, const void* a_handle, const void* b_handle) {
  FBL_TRY {
    at::Tensor a = tensor_of(a_handle);
    at::Tensor b = tensor_of(b_handle);
    at::Tensor target = tensor_of(result);
    TORCH_CHECK(a.dim() == 3 && b.dim() == 3 && target.dim() == 3, "batches of matrices expected");
    TORCH_CHECK(a.size(0) == b.size(0) && a.size(2) == b.size(1), "size mismatch: ", a.sizes(), " and ", b.sizes());
    TORCH_CHECK(target.size(0) == a.size(0) && target.size(1) == a.size(1) && target.size(2) == b.size(2),
                "the destination has size ", target.sizes());
    if (shares_memory(target.unsafeGetTensorImpl(), a)) a = a.clone();
    if (shares_memory(target.unsafeGetTensorImpl(), b)) b = b.clone();
    if (!fbl::fast_batch_gemm(target, a, b)) at::bmm_out(target, a, b);
  }
  FBL_CATCH;
}
}
