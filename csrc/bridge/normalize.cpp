// Batch normalisation of every dimension but the second. Sums are kept in double and the rest in the element type, step
// for step as Torch7 did it: generators and discriminators that train against each other show every other rounding.
#include <ATen/Parallel.h>

#include <cmath>

#include "bridge/layer.h"

namespace {

using fbl::check_like;
using fbl::finish_result;
using fbl::sized_result;
using fbl::tensor_of;
using fbl::with_real_type;

struct Features {
  int64_t samples;
  int64_t count;
  int64_t area;

  explicit Features(const at::Tensor& input) {
    TORCH_CHECK(input.numel() > 0 && input.dim() >= 2, "a batch of at least two dimensions expected, got size ",
                input.sizes());
    samples = input.size(0);
    count = input.size(1);
    area = input.numel() / (samples * count);
  }

  int64_t elements() const { return samples * area; }

  // Runs function(offset of a run of `area` elements) for each sample of a feature.
  template <typename Function>
  void each_run(int64_t feature, Function&& function) const {
    for (int64_t n = 0; n < samples; ++n) function((n * count + feature) * area);
  }

  template <typename Function>
  void each(Function&& function) const {
    const int64_t grain = std::max<int64_t>(1, 16384 / elements());
    at::parallel_for(0, count, grain, [&](int64_t begin, int64_t end) {
      for (int64_t f = begin; f < end; ++f) function(f);
    });
  }
};

// The sum in double of term(i) over a run; lanes let the additions overlap.
template <typename Term>
double sum_run(int64_t n, Term&& term) {
  constexpr int64_t kLanes = 8;
  double lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int64_t j = 0; j < kLanes; ++j) lanes[j] += term(i + j);
  }
  double total = 0;
  for (; i < n; ++i) total += term(i);
  for (const double lane : lanes) total += lane;
  return total;
}

void check_vector(const at::Tensor& vector, const at::Tensor& input, const char* name) {
  check_like(vector, input, name);
  TORCH_CHECK(vector.numel() == input.size(1) && vector.is_contiguous(), name, " must be contiguous with ",
              input.size(1), " elements, got size ", vector.sizes());
}

// A vector with an element for each feature; undefined where the handle is NULL.
at::Tensor vector_of(const void* handle, const at::Tensor& input, const char* name) {
  if (handle == nullptr) return at::Tensor();
  check_vector(tensor_of(handle), input, name);
  return tensor_of(handle);
}

template <typename Element>
Element* data_or_null(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.mutable_data_ptr<Element>() : nullptr;
}

template <typename Element>
Element inverse_deviation(Element variance, double eps) {
  return static_cast<Element>(1 / std::sqrt(variance + eps));
}

}  // namespace

extern "C" {

int fbl_batch_norm(void* output, const void* input_handle, const fbl_batch_statistics* statistics, int train,
                   double momentum, double eps) {
  FBL_TRY {
    const at::Tensor input = tensor_of(input_handle).contiguous();
    const Features features(input);
    const at::Tensor weight = vector_of(statistics->weight, input, "weight");
    const at::Tensor bias = vector_of(statistics->bias, input, "bias");
    const at::Tensor running_mean = vector_of(statistics->running_mean, input, "running_mean");
    const at::Tensor running_var = vector_of(statistics->running_var, input, "running_var");
    const at::Tensor save_mean = vector_of(statistics->save_mean, input, "save_mean");
    const at::Tensor save_std = vector_of(statistics->save_std, input, "save_std");
    TORCH_CHECK(
        running_mean.defined() && running_var.defined() && (train == 0 || (save_mean.defined() && save_std.defined())),
        "running and saved statistics expected");
    const at::Tensor result = sized_result(output, input.sizes());
    check_like(result, input, "output");
    with_real_type(input, [&](auto sample) {
      using Element = decltype(sample);
      const auto* in = input.const_data_ptr<Element>();
      auto* out = result.mutable_data_ptr<Element>();
      auto* means = running_mean.mutable_data_ptr<Element>();
      auto* variances = running_var.mutable_data_ptr<Element>();
      const auto* scales = data_or_null<Element>(weight);
      const auto* shifts = data_or_null<Element>(bias);
      const auto n = features.elements();
      features.each([&](int64_t f) {
        Element mean = means[f], inverse;
        if (train != 0) {
          double sum = 0;
          features.each_run(f, [&](int64_t at) {
            sum += sum_run(features.area, [x = in + at](int64_t i) { return static_cast<double>(x[i]); });
          });
          mean = static_cast<Element>(sum) / static_cast<Element>(n);
          double squares = 0;
          features.each_run(f, [&](int64_t at) {
            squares += sum_run(features.area, [x = in + at, mean](int64_t i) {
              return static_cast<double>((x[i] - mean) * (x[i] - mean));
            });
          });
          inverse = squares == 0 && eps == 0 ? Element(0) : static_cast<Element>(1 / std::sqrt(squares / n + eps));
          save_mean.mutable_data_ptr<Element>()[f] = mean;
          save_std.mutable_data_ptr<Element>()[f] = inverse;
          means[f] = static_cast<Element>(momentum * mean + (1 - momentum) * means[f]);
          variances[f] = static_cast<Element>(momentum * (squares / (n - 1)) + (1 - momentum) * variances[f]);
        } else {
          inverse = inverse_deviation(variances[f], eps);
        }
        const Element scale = scales == nullptr ? Element(1) : scales[f];
        const Element shift = shifts == nullptr ? Element(0) : shifts[f];
        features.each_run(f, [&](int64_t at) {
          for (int64_t i = at; i < at + features.area; ++i) out[i] = ((in[i] - mean) * inverse) * scale + shift;
        });
      });
    });
    finish_result(output, result);
  }
  FBL_CATCH;
}

int fbl_batch_norm_backward(void* grad_input, void* grad_weight_handle, void* grad_bias_handle,
                            const void* input_handle, const void* grad_output_handle,
                            const fbl_batch_statistics* statistics, int train, double scale, double eps) {
  FBL_TRY {
    const at::Tensor input = tensor_of(input_handle).contiguous();
    const at::Tensor grad_output = tensor_of(grad_output_handle).contiguous();
    const Features features(input);
    check_like(grad_output, input, "gradOutput");
    TORCH_CHECK(grad_output.sizes() == input.sizes(), "Need gradOutput of size ", input.sizes(), ", but got size ",
                grad_output.sizes());
    const at::Tensor weight = vector_of(statistics->weight, input, "weight");
    const at::Tensor mean_of = train != 0 ? vector_of(statistics->save_mean, input, "save_mean")
                                          : vector_of(statistics->running_mean, input, "running_mean");
    const at::Tensor spread_of = train != 0 ? vector_of(statistics->save_std, input, "save_std")
                                            : vector_of(statistics->running_var, input, "running_var");
    TORCH_CHECK(mean_of.defined() && spread_of.defined(), "the statistics of the forward pass expected");
    const at::Tensor grad_weight = vector_of(grad_weight_handle, input, "gradWeight");
    const at::Tensor grad_bias = vector_of(grad_bias_handle, input, "gradBias");
    const at::Tensor result = grad_input != nullptr ? sized_result(grad_input, input.sizes()) : at::Tensor();
    if (result.defined()) check_like(result, input, "gradInput");
    with_real_type(input, [&](auto sample) {
      using Element = decltype(sample);
      const auto* in = input.const_data_ptr<Element>();
      const auto* go = grad_output.const_data_ptr<Element>();
      auto* to = data_or_null<Element>(result);
      const auto* scales = data_or_null<Element>(weight);
      auto* for_weight = data_or_null<Element>(grad_weight);
      auto* for_bias = data_or_null<Element>(grad_bias);
      const auto n = features.elements();
      features.each([&](int64_t f) {
        const Element mean = mean_of.const_data_ptr<Element>()[f];
        const Element spread = spread_of.const_data_ptr<Element>()[f];
        const Element inverse = train != 0 ? spread : inverse_deviation(spread, eps);
        const Element w = scales == nullptr ? Element(1) : scales[f];
        double sum = 0, product = 0;
        features.each_run(f, [&](int64_t at) {
          sum += sum_run(features.area, [g = go + at](int64_t i) { return static_cast<double>(g[i]); });
          product += sum_run(features.area, [x = in + at, g = go + at, mean](int64_t i) {
            return static_cast<double>((x[i] - mean) * g[i]);
          });
        });
        if (to != nullptr && train != 0) {
          const Element along = static_cast<Element>(product) * inverse * inverse / static_cast<Element>(n);
          const double average = sum / static_cast<double>(n);
          features.each_run(f, [&](int64_t at) {
            for (int64_t i = at; i < at + features.area; ++i) {
              const Element projected = (in[i] - mean) * along;
              to[i] = static_cast<Element>((go[i] - average - projected) * inverse * w);
            }
          });
        } else if (to != nullptr) {
          features.each_run(f, [&](int64_t at) {
            for (int64_t i = at; i < at + features.area; ++i) to[i] = go[i] * inverse * w;
          });
        }
        if (for_weight != nullptr) {
          for_weight[f] = static_cast<Element>(for_weight[f] + scale * product * inverse);
        }
        if (for_bias != nullptr) for_bias[f] = static_cast<Element>(for_bias[f] + scale * sum);
      });
    });
    if (result.defined()) finish_result(grad_input, result);
  }
  FBL_CATCH;
}
}
