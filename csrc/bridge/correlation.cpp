// Correlations and convolutions of planes and volumes with kernels, for every element type (ATen convolves
// floating-point tensors only).
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include "bridge/direct.h"

namespace {

using fbl::tensor_of;

struct Extent {
  int64_t depth, rows, columns;
  int64_t count() const { return depth * rows * columns; }
};

Extent extent_of(const at::Tensor& tensor) {
  const auto sizes = tensor.sizes();
  const size_t n = sizes.size();
  return {sizes[n - 3], sizes[n - 2], sizes[n - 1]};
}

// result[c] += weight * source[c]
template <typename Element>
void add_scaled(Element* result, const Element* source, Element weight, int64_t n) {
  for (int64_t c = 0; c < n; ++c) result[c] = static_cast<Element>(result[c] + weight * source[c]);
}

// Adds to one output volume the correlation of one input volume with one kernel. A full correlation is a valid one
// whose input is padded with zeros, without the padding: each input row is added where the kernel puts it.
template <typename Element>
void correlate(Element* out, Extent to, const Element* in, Extent from, const Element* kernel, Extent by, bool full,
               bool flip) {
  for (int64_t kd = 0; kd < by.depth; ++kd) {
    for (int64_t kr = 0; kr < by.rows; ++kr) {
      for (int64_t kc = 0; kc < by.columns; ++kc) {
        const int64_t position = (kd * by.rows + kr) * by.columns + kc;
        const Element weight = kernel[flip ? by.count() - 1 - position : position];
        if (full) {
          const int64_t d0 = by.depth - 1 - kd, r0 = by.rows - 1 - kr, c0 = by.columns - 1 - kc;
          for (int64_t d = 0; d < from.depth; ++d) {
            for (int64_t r = 0; r < from.rows; ++r) {
              add_scaled(out + ((d + d0) * to.rows + r + r0) * to.columns + c0, in + (d * from.rows + r) * from.columns,
                         weight, from.columns);
            }
          }
        } else {
          for (int64_t d = 0; d < to.depth; ++d) {
            for (int64_t r = 0; r < to.rows; ++r) {
              add_scaled(out + (d * to.rows + r) * to.columns, in + ((d + kd) * from.rows + r + kr) * from.columns + kc,
                         weight, to.columns);
            }
          }
        }
      }
    }
  }
}

template <typename Element>
void correlate_planes(const at::Tensor& result, const at::Tensor& input, const at::Tensor& kernel, bool full,
                      bool flip) {
  const Extent to = extent_of(result), from = extent_of(input), by = extent_of(kernel);
  auto* out = result.mutable_data_ptr<Element>();
  const auto* in = input.const_data_ptr<Element>();
  const auto* weights = kernel.const_data_ptr<Element>();
  const bool paired = kernel.dim() == 4;
  const int64_t planes = input.size(0);
  at::parallel_for(0, result.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o) {
      Element* target = out + o * to.count();
      std::fill_n(target, to.count(), Element(0));
      for (int64_t p = paired ? o : 0; p < (paired ? o + 1 : planes); ++p) {
        const int64_t k = paired ? o : o * planes + p;
        correlate(target, to, in + p * from.count(), from, weights + k * by.count(), by, full, flip);
      }
    }
  });
}

}  // namespace

extern "C" {

int fbl_correlate(void* result_handle, const void* input_handle, const void* kernel_handle, int full, int flip) {
  FBL_TRY {
    const at::Tensor input = tensor_of(input_handle).contiguous();
    const at::Tensor kernel = tensor_of(kernel_handle).contiguous();
    TORCH_CHECK(input.dim() == 4 && (kernel.dim() == 4 || kernel.dim() == 5),
                "input of 4 and kernel of 4 or 5 dimensions expected");
    TORCH_CHECK(input.scalar_type() == kernel.scalar_type(), "tensors of one type expected");
    TORCH_CHECK(kernel.size(kernel.dim() - 4) == input.size(0), "invalid number of input planes: the kernel is for ",
                kernel.size(kernel.dim() - 4), ", the input has ", input.size(0));
    const Extent from = extent_of(input);
    const Extent by = extent_of(kernel);
    TORCH_CHECK(full != 0 || (from.depth >= by.depth && from.rows >= by.rows && from.columns >= by.columns),
                "Input image is smaller than kernel");
    const auto extent = [full](int64_t size, int64_t window) {
      return full != 0 ? size + window - 1 : size - window + 1;
    };
    at::Tensor result = at::empty(
        {kernel.size(0), extent(from.depth, by.depth), extent(from.rows, by.rows), extent(from.columns, by.columns)},
        input.options());
    fbl::with_number_type(
        input, [&](auto sample) { correlate_planes<decltype(sample)>(result, input, kernel, full != 0, flip != 0); });
    const auto bytes = static_cast<int64_t>(result.storage().nbytes());
    fbl::put_tensor(result_handle, std::move(result), bytes);
  }
  FBL_CATCH;
}
}
