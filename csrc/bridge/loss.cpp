// Losses between tensors of equal element counts. Torch7 computed each term in the mix of single and double precision
// that C's rules give, and added the terms one by one to a sum of the element type: line searches see the difference.
#include <cmath>

#include "bridge/layer.h"

namespace {

using fbl::check_like;
using fbl::sized_result;
using fbl::tensor_of;
using fbl::with_real_type;

// Keeps the logarithms and quotients of binary cross entropy finite at 0 and 1.
constexpr double kTiny = 1e-12;

template <typename Element>
class Sum {
 public:
  template <typename Term>
  void add(Term term) {
    value_ = static_cast<Element>(value_ + term);
  }
  Element value() const { return value_; }

 private:
  Element value_ = 0;
};

template <typename Element>
double cross_entropy(Element x, Element t) {
  return std::log(x + kTiny) * t + std::log(1. - x + kTiny) * (1. - t);
}

template <typename Element>
Element total(int kind, const Element* x, const Element* t, const Element* weights, Element margin, int64_t n) {
  Sum<Element> sum;
  switch (kind) {
    case FBL_LOSS_SQUARE:
      for (int64_t i = 0; i < n; ++i) {
        const Element z = x[i] - t[i];
        sum.add(static_cast<Element>(z * z));
      }
      break;
    case FBL_LOSS_ABSOLUTE:
      for (int64_t i = 0; i < n; ++i) sum.add(std::fabs(static_cast<double>(static_cast<Element>(x[i] - t[i]))));
      break;
    case FBL_LOSS_SMOOTH:
      for (int64_t i = 0; i < n; ++i) {
        const Element z = std::fabs(x[i] - t[i]);
        sum.add(z < 1 ? 0.5 * z * z : z - 0.5);
      }
      break;
    case FBL_LOSS_HINGE:
      for (int64_t i = 0; i < n; ++i) {
        const Element z = margin - static_cast<Element>(x[i] * t[i]);
        if (z > 0) sum.add(z);
      }
      break;
    case FBL_LOSS_SOFT_HINGE:
      for (int64_t i = 0; i < n; ++i) {
        const Element product = -x[i] * t[i];
        sum.add(static_cast<Element>(std::log(1. + std::exp(static_cast<double>(product)))));
      }
      break;
    case FBL_LOSS_DIVERGENCE:
      for (int64_t i = 0; i < n; ++i) {
        if (t[i] > 0) sum.add(t[i] * (std::log(static_cast<double>(t[i])) - x[i]));
      }
      break;
    default:
      for (int64_t i = 0; i < n; ++i) {
        TORCH_CHECK(x[i] >= 0 && x[i] <= 1, "input value should be between 0~1, but got ", static_cast<double>(x[i]));
        const double term = cross_entropy(x[i], t[i]);
        sum.add(-(weights == nullptr ? term : term * weights[i]));
      }
  }
  return sum.value();
}

at::Tensor matched(const void* handle, const at::Tensor& input, const char* name) {
  const at::Tensor tensor = tensor_of(handle).contiguous();
  check_like(tensor, input, name);
  TORCH_CHECK(tensor.numel() == input.numel(), "input and ", name,
              " should have the same number of elements: input has ", input.numel(), ", ", name, " ", tensor.numel());
  return tensor;
}

}  // namespace

extern "C" {

int fbl_loss(int kind, void* output, const void* input_handle, const void* target_handle, const void* weights_handle,
             double margin, int average) {
  FBL_TRY {
    TORCH_CHECK(kind >= 0 && kind <= FBL_LOSS_CROSS_ENTROPY, "unknown loss number ", kind);
    const at::Tensor input = tensor_of(input_handle).contiguous();
    const at::Tensor target = matched(target_handle, input, "target");
    const at::Tensor weights = weights_handle == nullptr ? at::Tensor() : matched(weights_handle, input, "weights");
    const at::Tensor result = sized_result(output, {1});
    check_like(result, input, "output");
    with_real_type(input, [&](auto sample) {
      using Element = decltype(sample);
      Element sum = total<Element>(kind, input.const_data_ptr<Element>(), target.const_data_ptr<Element>(),
                                   weights.defined() ? weights.const_data_ptr<Element>() : nullptr,
                                   static_cast<Element>(margin), input.numel());
      if (average != 0) sum /= static_cast<Element>(input.numel());
      *result.mutable_data_ptr<Element>() = sum;
    });
    fbl::finish_result(output, result);
  }
  FBL_CATCH;
}

int fbl_cross_entropy_input(void* grad_input, const void* input_handle, const void* target_handle, int average) {
  FBL_TRY {
    const at::Tensor input = tensor_of(input_handle).contiguous();
    const at::Tensor target = matched(target_handle, input, "target");
    const at::Tensor result = sized_result(grad_input, tensor_of(input_handle).sizes());
    check_like(result, input, "gradInput");
    with_real_type(input, [&](auto sample) {
      using Element = decltype(sample);
      const auto* x = input.const_data_ptr<Element>();
      const auto* t = target.const_data_ptr<Element>();
      auto* to = result.mutable_data_ptr<Element>();
      const auto norm = static_cast<Element>(average != 0 ? 1. / static_cast<Element>(input.numel()) : 1.);
      for (int64_t i = 0; i < input.numel(); ++i) {
        const Element numerator = -norm * (t[i] - x[i]);
        to[i] = static_cast<Element>(numerator / ((1. - x[i] + kTiny) * (x[i] + kTiny)));
      }
    });
    fbl::finish_result(grad_input, result);
  }
  FBL_CATCH;
}
}
