// Normalised exponentials over classes, and the likelihood of class numbers, with Torch7's double exponentials and
// sums: libm for the few classes of script-sized models, ATen's vector code for many.
#include <ATen/Parallel.h>
#include <ATen/ops/_log_softmax.h>
#include <ATen/ops/_log_softmax_backward_data.h>
#include <ATen/ops/exp.h>

#include <cmath>
#include <limits>

#include "bridge/layer.h"

namespace {

using fbl::check_like;
using fbl::finish_result;
using fbl::sized_result;
using fbl::tensor_of;
using fbl::with_real_type;

// Classes from which vectors of exponentials are worth a call.
constexpr int64_t kVectorClasses = 64;
// Elements beyond which ATen's single precision logarithms are worth their last bits.
constexpr int64_t kDoubleElements = 65536;

// classes, N x classes, classes x H x W or N x classes x H x W.
struct Classes {
  int dim;
  int64_t frames;
  int64_t classes;
  int64_t pixels;

  explicit Classes(const at::Tensor& tensor) {
    const int64_t n = tensor.numel() == 0 ? 0 : tensor.dim();
    TORCH_CHECK(n >= 1 && n <= 4, "1D, 2D, 3D or 4D tensor expected, got ", n, "D tensor");
    dim = n == 2 || n == 4 ? 1 : 0;
    frames = dim == 1 ? tensor.size(0) : 1;
    classes = tensor.size(dim);
    pixels = n > 2 ? tensor.size(dim + 1) * tensor.size(dim + 2) : 1;
  }

  // Runs function(position of the first class, exponentials) for each distribution; the classes are `pixels` apart.
  template <typename Function>
  void each(Function&& function) const;
};

// Double exponentials of one distribution at a time.
class Exponentials {
 public:
  explicit Exponentials(int64_t classes) {
    if (classes < kVectorClasses) return;
    tensor_ = fbl::empty({classes}, at::TensorOptions().dtype(c10::kDouble));
    data_ = tensor_.mutable_data_ptr<double>();
  }

  // visit(k, exp(argument(k))) for each class in turn.
  template <typename Argument, typename Visit>
  void operator()(int64_t classes, Argument&& argument, Visit&& visit) {
    if (data_ == nullptr) {
      for (int64_t k = 0; k < classes; ++k) visit(k, std::exp(static_cast<double>(argument(k))));
      return;
    }
    for (int64_t k = 0; k < classes; ++k) data_[k] = argument(k);
    at::exp_(tensor_);
    for (int64_t k = 0; k < classes; ++k) visit(k, data_[k]);
  }

 private:
  at::Tensor tensor_;
  double* data_ = nullptr;
};

template <typename Function>
void Classes::each(Function&& function) const {
  constexpr int64_t kGrain = 8192;
  at::parallel_for(0, frames * pixels, std::max<int64_t>(1, kGrain / classes), [&](int64_t begin, int64_t end) {
    Exponentials exponentials(classes);
    for (int64_t i = begin; i < end; ++i) function(i / pixels * classes * pixels + i % pixels, exponentials);
  });
}

template <typename Element>
void normalise(Element* output, const Element* input, const Classes& c, bool logarithm) {
  c.each([&](int64_t first, Exponentials& exponentials) {
    const Element* x = input + first;
    Element* y = output + first;
    Element largest = -std::numeric_limits<Element>::infinity();
    for (int64_t k = 0; k < c.classes; ++k) largest = std::max(largest, x[k * c.pixels]);
    const auto below = [&](int64_t k) { return static_cast<Element>(x[k * c.pixels] - largest); };
    double sum = 0;
    if (logarithm) {
      exponentials(c.classes, below, [&](int64_t, double z) { sum += z; });
      const double offset = largest + std::log(sum);
      for (int64_t k = 0; k < c.classes; ++k) y[k * c.pixels] = static_cast<Element>(x[k * c.pixels] - offset);
      return;
    }
    exponentials(c.classes, below, [&](int64_t k, double z) {
      y[k * c.pixels] = static_cast<Element>(z);
      sum += y[k * c.pixels];
    });
    for (int64_t k = 0; k < c.classes; ++k) y[k * c.pixels] = static_cast<Element>(y[k * c.pixels] * (1 / sum));
  });
}

template <typename Element>
void differentiate(Element* grad_input, const Element* grad_output, const Element* output, const Classes& c,
                   bool logarithm) {
  c.each([&](int64_t first, Exponentials& exponentials) {
    const Element* g = grad_output + first;
    const Element* y = output + first;
    Element* to = grad_input + first;
    double sum = 0;
    if (logarithm) {
      for (int64_t k = 0; k < c.classes; ++k) sum += g[k * c.pixels];
      exponentials(
          c.classes, [&](int64_t k) { return y[k * c.pixels]; },
          [&](int64_t k, double z) { to[k * c.pixels] = static_cast<Element>(g[k * c.pixels] - z * sum); });
      return;
    }
    for (int64_t k = 0; k < c.classes; ++k) sum += static_cast<double>(g[k * c.pixels]) * y[k * c.pixels];
    for (int64_t k = 0; k < c.classes; ++k) {
      to[k * c.pixels] = static_cast<Element>(y[k * c.pixels] * (g[k * c.pixels] - sum));
    }
  });
}

// Log-probabilities, class numbers from 1 and weights, checked and in row-major order.
struct Likelihood {
  at::Tensor input;
  at::Tensor target;
  at::Tensor weights;
  int64_t rows;
  int64_t classes;
  int64_t ignored;

  Likelihood(const void* input_handle, const void* target_handle, const void* weights_handle, int64_t ignored)
      : input(tensor_of(input_handle).contiguous()), target(tensor_of(target_handle).contiguous()), ignored(ignored) {
    TORCH_CHECK(input.numel() > 0 && (input.dim() == 1 || input.dim() == 2), "input tensor should be 1D or 2D, got ",
                input.dim(), "D");
    TORCH_CHECK(target.dim() <= 1, "multi-target not supported");
    TORCH_CHECK(target.is_cpu() && target.scalar_type() == c10::kLong, "class numbers in a LongTensor expected");
    rows = input.dim() == 1 ? 1 : input.size(0);
    classes = input.size(-1);
    TORCH_CHECK(input.dim() == 1 ? target.numel() >= 1 : target.numel() == rows,
                "mismatch between the batch size of input (", rows, ") and that of target (", target.numel(), ")");
    if (weights_handle == nullptr) return;
    weights = tensor_of(weights_handle).contiguous();
    check_like(weights, input, "weights");
    TORCH_CHECK(weights.numel() == classes, "weight tensor should be defined either for all ", classes,
                " classes or no classes, got ", weights.numel());
  }

  // Runs function(row, class from 0, weight) for each row that counts.
  template <typename Element, typename Function>
  void each(Function&& function) const {
    const auto* label = target.const_data_ptr<int64_t>();
    const auto* weight = weights.defined() ? weights.const_data_ptr<Element>() : nullptr;
    for (int64_t i = 0; i < rows; ++i) {
      if (label[i] == ignored) continue;
      TORCH_CHECK(label[i] >= 1 && label[i] <= classes, "Target ", label[i], " is out of bounds: classes are 1 to ",
                  classes);
      function(i, label[i] - 1, weight == nullptr ? Element(1) : weight[label[i] - 1]);
    }
  }
};

}  // namespace

extern "C" {

int fbl_softmax(void* output, const void* input_handle, int logarithm) {
  FBL_TRY {
    const at::Tensor input = tensor_of(input_handle).contiguous();
    const Classes classes(input);
    at::Tensor result = sized_result(output, input.sizes());
    check_like(result, input, "output");
    if (logarithm != 0 && input.numel() > kDoubleElements) {
      at::_log_softmax_out(result, input, classes.dim, false);
      finish_result(output, result);
      return fbl::kOk;
    }
    with_real_type(input, [&](auto sample) {
      using Element = decltype(sample);
      normalise(result.mutable_data_ptr<Element>(), input.const_data_ptr<Element>(), classes, logarithm != 0);
    });
    finish_result(output, result);
  }
  FBL_CATCH;
}

int fbl_softmax_input(void* grad_input, const void* grad_output_handle, const void* output_handle, int logarithm) {
  FBL_TRY {
    const at::Tensor output = tensor_of(output_handle).contiguous();
    const at::Tensor grad_output = tensor_of(grad_output_handle).contiguous();
    const Classes classes(output);
    check_like(grad_output, output, "gradOutput");
    TORCH_CHECK(grad_output.numel() == output.numel(), "size mismatch: gradOutput has ", grad_output.numel(),
                " elements, output ", output.numel());
    at::Tensor result = sized_result(grad_input, output.sizes());
    check_like(result, output, "gradInput");
    if (logarithm != 0 && output.numel() > kDoubleElements) {
      at::_log_softmax_backward_data_out(result, grad_output.view(output.sizes()), output, classes.dim,
                                         output.scalar_type());
      finish_result(grad_input, result);
      return fbl::kOk;
    }
    with_real_type(output, [&](auto sample) {
      using Element = decltype(sample);
      differentiate(result.mutable_data_ptr<Element>(), grad_output.const_data_ptr<Element>(),
                    output.const_data_ptr<Element>(), classes, logarithm != 0);
    });
    finish_result(grad_input, result);
  }
  FBL_CATCH;
}

int fbl_likelihood(void* output, void* total_weight, const void* input, const void* target, const void* weights,
                   int average, int64_t ignored) {
  FBL_TRY {
    const Likelihood job(input, target, weights, ignored);
    const at::Tensor loss = sized_result(output, {1});
    const at::Tensor total = sized_result(total_weight, {1});
    check_like(loss, job.input, "output");
    check_like(total, job.input, "total_weight");
    with_real_type(job.input, [&](auto sample) {
      using Element = decltype(sample);
      const auto* x = job.input.const_data_ptr<Element>();
      Element sum = 0, weight_sum = 0;
      job.each<Element>([&](int64_t row, int64_t label, Element weight) {
        weight_sum += weight;
        sum -= x[row * job.classes + label] * weight;
      });
      if (average != 0 && weight_sum != 0) sum /= weight_sum;
      *loss.mutable_data_ptr<Element>() = sum;
      *total.mutable_data_ptr<Element>() = weight_sum;
    });
    finish_result(output, loss);
    finish_result(total_weight, total);
  }
  FBL_CATCH;
}

int fbl_likelihood_input(void* grad_input, const void* total_weight, const void* input, const void* target,
                         const void* weights, int average, int64_t ignored) {
  FBL_TRY {
    const Likelihood job(input, target, weights, ignored);
    const at::Tensor result = sized_result(grad_input, job.input.sizes());
    check_like(result, job.input, "gradInput");
    check_like(tensor_of(total_weight), job.input, "total_weight");
    with_real_type(job.input, [&](auto sample) {
      using Element = decltype(sample);
      auto* to = result.mutable_data_ptr<Element>();
      std::fill_n(to, result.numel(), Element(0));
      const Element total = *tensor_of(total_weight).const_data_ptr<Element>();
      if (!(total > 0)) return;
      job.each<Element>([&](int64_t row, int64_t label, Element weight) {
        to[row * job.classes + label] = average != 0 ? -weight / total : -weight;
      });
    });
    finish_result(grad_input, result);
  }
  FBL_CATCH;
}
}
