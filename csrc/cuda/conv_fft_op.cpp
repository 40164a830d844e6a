// fbcunn::conv_fft2d* on CUDA, paths "tiles" and "cuFFT": passes over chunks of the batch.
#include "cuda/fft/spectral_conv.h"

namespace fbcunn::cuda {
namespace {

using fft::Largest;
using fft::SpectralConv;
using fft::Spectrum;
using torch::stable::accelerator::DeviceGuard;

Tensor samples_of(const Tensor& tensor, int64_t first, int64_t count) { return slice_of(tensor, 0, first, count); }

// Arguments of the `_device` operators, checked by the operators that call them.
struct DeviceCall {
  ConvGeometry g;
  ConvPlan plan;
};

DeviceCall device_call(const Sizes& input, const Sizes& weight, const Sizes& padding, int64_t groups, int64_t path,
                       const Sizes& size, int64_t precision, int64_t memory_limit) {
  const auto g = conv_geometry("conv_fft2d", input, weight, padding, groups);
  return {g, conv_plan("conv_fft2d", g, path, size, precision, memory_limit)};
}

const float* bias_data(const std::optional<Tensor>& bias) {
  return bias.has_value() ? bias->const_data_ptr<float>() : nullptr;
}

std::optional<Tensor> float_bias(const std::optional<Tensor>& bias) {
  if (!bias.has_value()) return std::nullopt;
  return as_type(*bias, ScalarType::Float);
}

Tensor conv_fft2d_device(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias, const Sizes&,
                         const Sizes&, const Sizes& padding, int64_t groups, int64_t path, const Sizes& size,
                         int64_t precision, bool relu, int64_t memory_limit) {
  const auto call =
      device_call(sizes_of(input), sizes_of(weight), padding, groups, path, size, precision, memory_limit);
  const DeviceGuard guard(input.get_device_index());
  const SpectralConv conv(call.g, call.plan, input);
  const Tensor x = as_type(input, ScalarType::Float), w = as_type(weight, ScalarType::Float);
  const auto b = float_bias(bias);
  Tensor output = empty_with_type(input, call.g.output_sizes(), ScalarType::Float);
  const auto [largest, largest_weight] = conv.largest_of(x, w);
  const Spectrum weights = conv.weight_spectrum(w, largest_weight);
  const int64_t chunk = conv.chunk();
  for (int64_t first = 0; first < call.g.samples; first += chunk) {
    const int64_t count = std::min(chunk, call.g.samples - first);
    Tensor target = samples_of(output, first, count);
    conv.output_from(conv.input_spectrum(samples_of(x, first, count), largest), weights, bias_data(b), relu, target);
  }
  return as_type(output, input.scalar_type());
}

Tensor conv_fft2d_grad_input_device(const Tensor& grad_output, const Tensor& weight, const std::optional<Tensor>&,
                                    const Sizes&, const Sizes& image, const Sizes& padding, int64_t groups,
                                    int64_t path, const Sizes& size, int64_t precision, bool, int64_t memory_limit) {
  const auto call = device_call({grad_output.size(0), groups * weight.size(1), image[0], image[1]}, sizes_of(weight),
                                padding, groups, path, size, precision, memory_limit);
  const DeviceGuard guard(grad_output.get_device_index());
  const SpectralConv conv(call.g, call.plan, grad_output);
  const Tensor grad = as_type(grad_output, ScalarType::Float);
  Tensor grad_input = empty_with_type(grad_output, call.g.input_sizes(), ScalarType::Float);
  const Tensor w = as_type(weight, ScalarType::Float);
  const auto [largest, largest_weight] = conv.largest_of(grad, w);
  const Spectrum weights = conv.weight_spectrum(w, largest_weight);
  const int64_t chunk = conv.chunk();
  for (int64_t first = 0; first < call.g.samples; first += chunk) {
    const int64_t count = std::min(chunk, call.g.samples - first);
    Tensor target = samples_of(grad_input, first, count);
    conv.grad_input_from(conv.grad_spectrum_for_input(samples_of(grad, first, count), largest), weights, target);
  }
  return as_type(grad_input, grad_output.scalar_type());
}

Tensor conv_fft2d_grad_weight_device(const Tensor& grad_output, const Tensor& input, const std::optional<Tensor>&,
                                     const Sizes& kernel, const Sizes&, const Sizes& padding, int64_t groups,
                                     int64_t path, const Sizes& size, int64_t precision, bool, int64_t memory_limit) {
  const auto call = device_call(sizes_of(input), {grad_output.size(1), input.size(1) / groups, kernel[0], kernel[1]},
                                padding, groups, path, size, precision, memory_limit);
  const DeviceGuard guard(grad_output.get_device_index());
  const SpectralConv conv(call.g, call.plan, grad_output);
  const Tensor grad = as_type(grad_output, ScalarType::Float);
  const Tensor x = as_type(input, ScalarType::Float);
  Tensor grad_weight = empty_with_type(grad_output, call.g.weight_sizes(), ScalarType::Float);
  const auto [largest_grad, largest_input] = conv.largest_of(grad, x);
  const int64_t chunk = conv.chunk();
  for (int64_t first = 0; first < call.g.samples; first += chunk) {
    const int64_t count = std::min(chunk, call.g.samples - first);
    conv.grad_weight_from(conv.grad_spectrum_for_weight(samples_of(grad, first, count), largest_grad),
                          conv.input_spectrum(samples_of(x, first, count), largest_input), first > 0, grad_weight);
  }
  return as_type(grad_weight, grad_output.scalar_type());
}

std::tuple<Tensor, Tensor, Tensor, Tensor> conv_fft2d_keep(const Tensor& input, const Tensor& weight,
                                                           const std::optional<Tensor>& bias, const Sizes& padding,
                                                           int64_t groups, int64_t path, const Sizes& size,
                                                           int64_t precision, bool relu) {
  check_conv_tensors("conv_fft2d_keep", input, weight, bias, weight.size(0));
  const auto call = device_call(sizes_of(input), sizes_of(weight), padding, groups, path, size, precision, 0);
  STD_TORCH_CHECK(path != kAtenPath && compute_type(input) == ScalarType::Float && !call.g.is_empty(),
                  "conv_fft2d_keep: only paths 1 and 2 in float keep spectra");
  const DeviceGuard guard(input.get_device_index());
  const SpectralConv conv(call.g, call.plan, input);
  const Tensor x = as_type(input, ScalarType::Float), w = as_type(weight, ScalarType::Float);
  const auto b = float_bias(bias);
  Tensor output = empty_with_type(input, call.g.output_sizes(), ScalarType::Float);
  const Tensor words = conv.largest_words(x, w);
  const auto [largest, largest_weight] = conv.largest_in(words, x, w);
  const Spectrum spectrum = conv.input_spectrum(x, largest);
  const Spectrum weights = conv.weight_spectrum(w, largest_weight);
  conv.output_from(spectrum, weights, bias_data(b), relu, output);
  return {as_type(output, input.scalar_type()), spectrum.halves, weights.halves, words};
}

std::tuple<Tensor, Tensor> conv_fft2d_backward(const Tensor& grad_output, const Tensor& input, const Tensor& weight,
                                               const std::optional<Tensor>& kept,
                                               const std::optional<Tensor>& kept_weight,
                                               const std::optional<Tensor>& largest, const Sizes& padding,
                                               int64_t groups, int64_t path, const Sizes& size, int64_t precision,
                                               int64_t memory_limit) {
  check_conv_tensors("conv_fft2d_backward", grad_output, input, std::nullopt, 0);
  check_conv_tensors("conv_fft2d_backward", grad_output, weight, std::nullopt, 0);
  const auto call =
      device_call(sizes_of(input), sizes_of(weight), padding, groups, path, size, precision, memory_limit);
  STD_TORCH_CHECK(sizes_of(grad_output) == call.g.output_sizes(),
                  "conv_fft2d_backward: the gradient does not have the shape of the output");
  STD_TORCH_CHECK(path != kAtenPath && compute_type(input) == ScalarType::Float && !call.g.is_empty(),
                  "conv_fft2d_backward: only paths 1 and 2 in float share spectra");
  const DeviceGuard guard(input.get_device_index());
  const SpectralConv conv(call.g, call.plan, input);
  const Tensor grad = as_type(grad_output, ScalarType::Float);
  const Tensor x = as_type(input, ScalarType::Float);
  Tensor grad_input = empty_with_type(input, call.g.input_sizes(), ScalarType::Float);
  Tensor grad_weight = empty_with_type(input, call.g.weight_sizes(), ScalarType::Float);
  const bool reuses = kept.has_value();
  STD_TORCH_CHECK(kept_weight.has_value() == reuses && largest.has_value() == reuses,
                  "conv_fft2d_backward: kept, kept_weight and largest come together");
  const Tensor w = as_type(weight, ScalarType::Float);
  const Largest largest_grad = conv.largest_of(grad);
  const auto [largest_input, largest_weight] = conv.largest_in(reuses ? *largest : conv.largest_words(x, w), x, w);
  const Spectrum weights =
      reuses ? conv.kept_weight_spectrum(*kept_weight, largest_weight) : conv.weight_spectrum(w, largest_weight);
  const int64_t chunk = reuses ? call.g.samples : conv.chunk();
  for (int64_t first = 0; first < call.g.samples; first += chunk) {
    const int64_t count = std::min(chunk, call.g.samples - first);
    const Tensor part = samples_of(grad, first, count);
    std::optional<Spectrum> gradients = conv.grad_spectrum_for_input(part, largest_grad);
    Tensor target = samples_of(grad_input, first, count);
    conv.grad_input_from(*gradients, weights, target);
    if (!conv.shares_grad_spectrum()) {
      gradients.reset();  // its memory serves the next one
      gradients = conv.grad_spectrum_for_weight(part, largest_grad);
    }
    const Spectrum images = reuses ? conv.kept_input_spectrum(*kept, largest_input)
                                   : conv.input_spectrum(samples_of(x, first, count), largest_input);
    conv.grad_weight_from(*gradients, images, first > 0, grad_weight);
  }
  return {as_type(grad_input, input.scalar_type()), as_type(grad_weight, input.scalar_type())};
}

}  // namespace

STABLE_TORCH_LIBRARY_IMPL(fbcunn, CUDA, m) {
  m.impl("conv_fft2d_device", TORCH_BOX(&conv_fft2d_device));
  m.impl("conv_fft2d_grad_input_device", TORCH_BOX(&conv_fft2d_grad_input_device));
  m.impl("conv_fft2d_grad_weight_device", TORCH_BOX(&conv_fft2d_grad_weight_device));
  m.impl("conv_fft2d_keep", TORCH_BOX(&conv_fft2d_keep));
  m.impl("conv_fft2d_backward", TORCH_BOX(&conv_fft2d_backward));
}

}  // namespace fbcunn::cuda
