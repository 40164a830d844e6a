// y = W x + b for a vector or a batch of vectors, and its gradients, by the calls of BLAS that Torch7 made: a vector is
// multiplied as a vector, a batch as a matrix. Where there is no OpenBLAS, small layers have loops of their own.
#include <ATen/Parallel.h>

#include "bridge/layer.h"
#include "bridge/multiply.h"
#include "bridge/scaled.h"
#include "bridge/wide.h"

namespace {

using fbl::check_like;
using fbl::finish_result;
using fbl::multiply;
using fbl::multiply_vector;
using fbl::sized_result;
using fbl::tensor_of;
using fbl::with_real_type;

// Multiplications up to which the loops beat a call through ATen, and up to which a batch of one vector is worth a
// matrix product for its order of additions.
constexpr int64_t kDirectProducts = 32768;

struct Sizes {
  int64_t rows;
  int64_t inputs;
  int64_t outputs;

  bool small() const { return rows * inputs * outputs <= kDirectProducts; }
  bool direct() const { return small() && !fbl::has_openblas(); }
  bool vector(const at::Tensor& input) const { return input.dim() == 1 || (rows == 1 && !small()); }
};

template <typename Element>
FBL_INLINE Element dot(const Element* a, const Element* b, int64_t n) {
  constexpr int64_t kLanes = 64 / static_cast<int64_t>(sizeof(Element));
  Element lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int64_t j = 0; j < kLanes; ++j) lanes[j] += a[i + j] * b[i + j];
  }
  Element total = 0;
  for (; i < n; ++i) total += a[i] * b[i];
  for (int64_t step = kLanes / 2; step > 0; step /= 2) {
    for (int64_t j = 0; j < step; ++j) lanes[j] += lanes[j + step];
  }
  return total + lanes[0];
}

template <typename Element>
FBL_INLINE void add_scaled(Element* to, Element scale, const Element* from, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] += scale * from[i];
}

template <typename Element>
struct Forward {
  Element* output;
  const Element* input;
  const Element* weight;
  const Element* bias;

  FBL_INLINE void operator()(const Sizes& s) const {
    for (int64_t n = 0; n < s.rows; ++n) {
      for (int64_t o = 0; o < s.outputs; ++o) {
        const Element sum = dot(input + n * s.inputs, weight + o * s.inputs, s.inputs);
        output[n * s.outputs + o] = bias == nullptr ? sum : sum + bias[o];
      }
    }
  }
};

template <typename Element>
struct ForInput {
  Element* grad_input;
  const Element* grad_output;
  const Element* weight;

  FBL_INLINE void operator()(const Sizes& s) const {
    for (int64_t n = 0; n < s.rows; ++n) {
      Element* row = grad_input + n * s.inputs;
      std::fill_n(row, s.inputs, Element(0));
      for (int64_t o = 0; o < s.outputs; ++o) {
        add_scaled(row, grad_output[n * s.outputs + o], weight + o * s.inputs, s.inputs);
      }
    }
  }
};

template <typename Element>
struct ForWeight {
  Element* grad_weight;
  const Element* input;
  const Element* grad_output;
  Element scale;

  FBL_INLINE void operator()(const Sizes& s) const {
    for (int64_t o = 0; o < s.outputs; ++o) {
      for (int64_t n = 0; n < s.rows; ++n) {
        add_scaled(grad_weight + o * s.inputs, scale * grad_output[n * s.outputs + o], input + n * s.inputs, s.inputs);
      }
    }
  }
};

// Each row gets an outer product's row: what BLAS's ger does, in its steps.
template <typename Element>
void add_outer(Element* grad_weight, const Element* input, const Element* grad_output, Element scale, const Sizes& s) {
  for (int64_t o = 0; o < s.outputs; ++o) {
    Element* row = grad_weight + o * s.inputs;
    fbl::add_scaled(row, row, scale * grad_output[o], input, s.inputs);
  }
}

template <typename Job>
FBL_WIDE void run_wide(const Job& job, const Sizes& sizes) {
  job(sizes);
}

template <typename Job>
void run(const Job& job, const Sizes& sizes) {
  fbl::wide() ? run_wide(job, sizes) : job(sizes);
}

Sizes check(const at::Tensor& input, const at::Tensor& weight) {
  TORCH_CHECK(input.numel() > 0 && (input.dim() == 1 || input.dim() == 2), "input must be vector or matrix");
  TORCH_CHECK(weight.dim() == 2, "weight must be a matrix, got size ", weight.sizes());
  check_like(weight, input, "weight");
  const Sizes s{input.dim() == 1 ? 1 : input.size(0), weight.size(1), weight.size(0)};
  if (input.dim() == 1) {
    TORCH_CHECK(input.size(0) == s.inputs, "size mismatch, m1: [", input.size(0), "], m2: [", s.inputs, " x ",
                s.outputs, "]");
  } else {
    TORCH_CHECK(input.size(1) == s.inputs, "size mismatch, m1: [", input.size(0), " x ", input.size(1), "], m2: [",
                s.inputs, " x ", s.outputs, "]");
  }
  return s;
}

void check_gradient(const at::Tensor& grad_output, const at::Tensor& input, const Sizes& s) {
  check_like(grad_output, input, "gradOutput");
  TORCH_CHECK(grad_output.dim() == input.dim() && grad_output.numel() == s.rows * s.outputs &&
                  grad_output.size(-1) == s.outputs,
              "size mismatch, gradOutput: ", grad_output.sizes(), ", input: ", input.sizes(), ", weight: [", s.outputs,
              " x ", s.inputs, "]");
}

template <typename Element>
void add_bias(Element* output, const Element* bias, const Sizes& s) {
  constexpr int64_t kGrain = 32768;
  at::parallel_for(0, s.rows, std::max<int64_t>(1, kGrain / s.outputs), [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      Element* row = output + n * s.outputs;
      for (int64_t o = 0; o < s.outputs; ++o) row[o] += bias[o];
    }
  });
}

template <typename Element>
void fill_rows(Element* output, const Element* bias, const Sizes& s) {
  for (int64_t n = 0; n < s.rows; ++n, output += s.outputs) std::copy_n(bias, s.outputs, output);
}

// Sums over the batch: a product with a vector of ones, or from the first row to the last.
template <typename Element>
void add_row_sums(const at::Tensor& totals, const at::Tensor& grad_output, Element scale, const Sizes& s) {
  auto* total = totals.mutable_data_ptr<Element>();
  const auto* row = grad_output.const_data_ptr<Element>();
  if (s.rows == 1 || !fbl::has_openblas()) {
    for (int64_t n = 0; n < s.rows; ++n, row += s.outputs) fbl::add_scaled(total, total, scale, row, s.outputs);
    return;
  }
  const at::Tensor ones = fbl::empty({s.rows}, grad_output.options());
  std::fill_n(ones.mutable_data_ptr<Element>(), s.rows, Element(1));
  fbl::add_product_vector(totals, scale, grad_output.t(), ones);
}

}  // namespace

extern "C" {

int fbl_linear(void* output, const void* input_handle, const void* weight_handle, const void* bias_handle) {
  FBL_TRY {
    const at::Tensor input = tensor_of(input_handle).contiguous();
    const at::Tensor weight = tensor_of(weight_handle).contiguous();
    const at::Tensor bias = bias_handle != nullptr ? tensor_of(bias_handle).contiguous() : at::Tensor();
    const Sizes s = check(input, weight);
    if (bias.defined()) {
      check_like(bias, input, "bias");
      TORCH_CHECK(bias.numel() == s.outputs, "bias has ", bias.numel(), " elements, ", s.outputs, " expected");
    }
    c10::SmallVector<int64_t, 2> sizes;
    if (input.dim() == 2) sizes.push_back(s.rows);
    sizes.push_back(s.outputs);
    const at::Tensor result = sized_result(output, sizes);
    check_like(result, input, "output");
    with_real_type(input, [&](auto sample) {
      using Element = decltype(sample);
      auto* to = result.mutable_data_ptr<Element>();
      const auto* added = bias.defined() ? bias.const_data_ptr<Element>() : nullptr;
      if (s.direct()) {
        return run(Forward<Element>{to, input.const_data_ptr<Element>(), weight.const_data_ptr<Element>(), added}, s);
      }
      if (s.vector(input)) {
        // The product is added to the bias.
        const at::Tensor sums = result.view({s.outputs});
        if (added != nullptr) {
          fill_rows(to, added, s);
          return fbl::add_product_vector(sums, 1, weight, input.view({s.inputs}));
        }
        return multiply_vector(sums, weight, input.view({s.inputs}));
      }
      multiply(result, 0, 1, input, weight.t());
      if (added != nullptr) add_bias(to, added, s);
    });
    finish_result(output, result);
  }
  FBL_CATCH;
}

int fbl_linear_input(void* grad_input, const void* input_handle, const void* grad_output_handle,
                     const void* weight_handle) {
  FBL_TRY {
    const at::Tensor& input = tensor_of(input_handle);
    const at::Tensor grad_output = tensor_of(grad_output_handle).contiguous();
    const at::Tensor weight = tensor_of(weight_handle).contiguous();
    const Sizes s = check(input, weight);
    check_gradient(grad_output, input, s);
    const at::Tensor result = sized_result(grad_input, input.sizes());
    check_like(result, input, "gradInput");
    with_real_type(input, [&](auto sample) {
      using Element = decltype(sample);
      if (s.direct()) {
        return run(ForInput<Element>{result.mutable_data_ptr<Element>(), grad_output.const_data_ptr<Element>(),
                                     weight.const_data_ptr<Element>()},
                   s);
      }
      if (s.vector(input)) {
        multiply_vector(result.view({s.inputs}), weight.t(), grad_output.view({s.outputs}));
      } else {
        multiply(result, 0, 1, grad_output, weight);
      }
    });
    finish_result(grad_input, result);
  }
  FBL_CATCH;
}

int fbl_linear_weight(void* grad_weight, void* grad_bias, const void* input_handle, const void* grad_output_handle,
                      double scale) {
  FBL_TRY {
    const at::Tensor input = tensor_of(input_handle).contiguous();
    const at::Tensor grad_output = tensor_of(grad_output_handle).contiguous();
    const at::Tensor weight = tensor_of(grad_weight).contiguous();
    const at::Tensor bias = grad_bias != nullptr ? tensor_of(grad_bias).contiguous() : at::Tensor();
    const Sizes s = check(input, weight);
    check_gradient(grad_output, input, s);
    if (bias.defined()) {
      check_like(bias, input, "gradBias");
      TORCH_CHECK(bias.numel() == s.outputs, "gradBias has ", bias.numel(), " elements, ", s.outputs, " expected");
    }
    with_real_type(input, [&](auto sample) {
      using Element = decltype(sample);
      const auto factor = static_cast<Element>(scale);
      const auto* gradient = grad_output.const_data_ptr<Element>();
      if (bias.defined()) add_row_sums(bias, grad_output, factor, s);
      // An outer product is one addition an element; a library gains nothing there.
      if (s.vector(input)) {
        return add_outer(weight.mutable_data_ptr<Element>(), input.const_data_ptr<Element>(), gradient, factor, s);
      }
      if (s.direct()) {
        return run(
            ForWeight<Element>{weight.mutable_data_ptr<Element>(), input.const_data_ptr<Element>(), gradient, factor},
            s);
      }
      multiply(weight, 1, scale, grad_output.t(), input);
    });
    finish_result(grad_weight, weight);
    if (bias.defined()) finish_result(grad_bias, bias);
  }
  FBL_CATCH;
}
}
