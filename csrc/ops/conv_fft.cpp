// Fourier convolution: schemas, checks, and the path through ATen's FFT that every device has.
#include "ops/conv_fft.h"

namespace fbcunn {

namespace {

Tensor permuted(const Tensor& tensor, const Sizes& order) {
  return call_aten<Tensor>("aten::permute", "", tensor, order);
}

// Half spectra of images placed at (offset_y, offset_x) in zeros, as [frequency *
// group][row][plane]. The images are [outer][planes][height][width]; `group_first` says whether the
// group index is the slow part of `outer` (weights) or of `planes` (images).
Tensor grouped_spectra(const Tensor& images, int64_t offset_y, int64_t offset_x, const ConvGeometry& g,
                       const ConvPlan& plan, bool is_weight) {
  const int64_t outer = images.size(0), planes = images.size(1);
  Tensor padded = torch::stable::new_zeros(images, Sizes{outer, planes, plan.size_y, plan.size_x});
  Tensor window = slice_of(padded, 2, offset_y, images.size(2));
  window = slice_of(window, 3, offset_x, images.size(3));
  torch::stable::copy_(window, images);
  const Tensor spectra = call_aten<Tensor>("aten::_fft_r2c", "", padded, Sizes{2, 3}, int64_t{0}, true);
  const int64_t frequencies = plan.size_y * (plan.size_x / 2 + 1);
  if (is_weight) {
    const Tensor split = torch::stable::reshape(spectra, Sizes{g.groups, outer / g.groups, planes, frequencies});
    return torch::stable::reshape(permuted(split, {3, 0, 1, 2}),
                                  Sizes{frequencies * g.groups, outer / g.groups, planes});
  }
  const Tensor split = torch::stable::reshape(spectra, Sizes{outer, g.groups, planes / g.groups, frequencies});
  return torch::stable::reshape(permuted(split, {3, 1, 0, 2}), Sizes{frequencies * g.groups, outer, planes / g.groups});
}

// The inverse: products [frequency * group][row][plane] to real images cut at (crop_y, crop_x).
Tensor images_of(const Tensor& product, int64_t crop_y, int64_t crop_x, int64_t height, int64_t width,
                 const ConvGeometry& g, const ConvPlan& plan, bool is_weight) {
  const int64_t rows = product.size(1), planes = product.size(2);
  const int64_t bins = plan.size_x / 2 + 1;
  const Tensor split = torch::stable::reshape(product, Sizes{plan.size_y * bins, g.groups, rows, planes});
  const Tensor spectra =
      is_weight
          ? torch::stable::reshape(permuted(split, {1, 2, 3, 0}), Sizes{g.groups * rows, planes, plan.size_y, bins})
          : torch::stable::reshape(permuted(split, {2, 1, 3, 0}), Sizes{rows, g.groups * planes, plan.size_y, bins});
  constexpr int64_t kByCount = 2;  // ATen's name for "divide by the number of points"
  const Tensor images = call_aten<Tensor>("aten::_fft_c2r", "", spectra, Sizes{2, 3}, kByCount, plan.size_x);
  const Tensor cut = slice_of(images, 2, crop_y, height);
  return slice_of(cut, 3, crop_x, width);
}

Tensor multiply(const Tensor& a, const Tensor& b) { return call_aten<Tensor>("aten::bmm", "", a, b); }
Tensor conjugate(const Tensor& a) { return call_aten<Tensor>("aten::conj_physical", "", a); }

// Samples that fit the limit, with their padded images, spectra, transposed spectra and products.
int64_t chunk_samples(const ConvGeometry& g, const ConvPlan& plan, ScalarType type) {
  const int64_t complex_bytes = type == ScalarType::Double ? 16 : 8;
  const int64_t points = plan.size_y * (plan.size_x / 2 + 1) * complex_bytes * g.groups;
  return samples_within(plan.memory_limit, 2 * points * g.in_planes * g.out_planes,
                        3 * points * (g.in_planes + g.out_planes), g.samples);
}

Tensor zeros_like_sizes(const Tensor& like, const Sizes& sizes, ScalarType type) {
  Tensor result = empty_with_type(like, sizes, type);
  torch::stable::zero_(result);
  return result;
}

Tensor run_on_device(const char* name, const Tensor& a, const Tensor& b, const std::optional<Tensor>& bias,
                     const ConvGeometry& g, const ConvPlan& plan, bool relu) {
  STD_TORCH_CHECK(a.is_cuda() && compute_type(a) == ScalarType::Float, name, ": path ", plan.path,
                  " computes in float on CUDA; use path 0 (ATen) for this tensor");
  return call_aten<Tensor>(name, "", a, b, bias, Sizes{g.kernel_y, g.kernel_x}, Sizes{g.height, g.width},
                           Sizes{g.pad_y, g.pad_x}, g.groups, plan.path, Sizes{plan.size_y, plan.size_x},
                           plan.precision, relu, plan.memory_limit);
}

Tensor conv_fft2d(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias, const Sizes& padding,
                  int64_t groups, int64_t path, const Sizes& size, int64_t precision, bool relu, int64_t memory_limit) {
  const auto g = conv_geometry("conv_fft2d", sizes_of(input), sizes_of(weight), padding, groups);
  check_conv_tensors("conv_fft2d", input, weight, bias, g.groups * g.out_planes);
  const auto plan = conv_plan("conv_fft2d", g, path, size, precision, memory_limit);
  const ScalarType type = compute_type(input);
  Tensor output;
  if (g.is_empty()) {
    output = zeros_like_sizes(input, g.output_sizes(), type);
    if (bias.has_value() && g.samples > 0) {
      torch::stable::copy_(output, torch::stable::reshape(*bias, Sizes{1, -1, 1, 1}));
    }
  } else if (plan.path != kAtenPath) {
    return run_on_device("fbcunn::conv_fft2d_device", input, weight, bias, g, plan, relu);
  } else {
    const Tensor x = as_type(input, type);
    const Tensor w =
        torch::stable::transpose(conjugate(grouped_spectra(as_type(weight, type), 0, 0, g, plan, true)), 1, 2);
    output = empty_with_type(input, g.output_sizes(), type);
    const int64_t chunk = chunk_samples(g, plan, type);
    for (int64_t first = 0; first < g.samples; first += chunk) {
      const int64_t count = std::min(chunk, g.samples - first);
      const Tensor spectra = grouped_spectra(slice_of(x, 0, first, count), g.pad_y, g.pad_x, g, plan, false);
      Tensor target = slice_of(output, 0, first, count);
      torch::stable::copy_(target,
                           images_of(multiply(spectra, w), 0, 0, g.out_height(), g.out_width(), g, plan, false));
    }
    if (bias.has_value()) {
      const Tensor column = torch::stable::reshape(as_type(*bias, type), Sizes{1, -1, 1, 1});
      output = torch::stable::subtract(output, column, -1.0);
    }
  }
  if (relu) output = call_aten<Tensor>("aten::relu", "", output);
  return as_type(output, input.scalar_type());
}

Tensor conv_fft2d_grad_input(const Tensor& grad_output, const Tensor& weight, const Sizes& input_size,
                             const Sizes& padding, int64_t groups, int64_t path, const Sizes& size, int64_t precision,
                             int64_t memory_limit) {
  constexpr const char* kName = "conv_fft2d_grad_input";
  STD_TORCH_CHECK(input_size.size() == 2, kName, ": expected [height, width] of the input");
  const Sizes input_sizes = {grad_output.size(0), groups * weight.size(1), input_size[0], input_size[1]};
  const auto g = conv_geometry(kName, input_sizes, sizes_of(weight), padding, groups);
  STD_TORCH_CHECK(sizes_of(grad_output) == g.output_sizes(), kName,
                  ": the gradient does not have the shape of the output");
  check_conv_tensors(kName, grad_output, weight, std::nullopt, 0);
  const auto plan = conv_plan(kName, g, path, size, precision, memory_limit);
  const ScalarType type = compute_type(grad_output);
  if (g.is_empty()) {
    return zeros_like_sizes(grad_output, g.input_sizes(), grad_output.scalar_type());
  }
  if (plan.path != kAtenPath) {
    return run_on_device("fbcunn::conv_fft2d_grad_input_device", grad_output, weight, std::nullopt, g, plan, false);
  }
  const Tensor grad = as_type(grad_output, type);
  const Tensor w = grouped_spectra(as_type(weight, type), 0, 0, g, plan, true);
  Tensor grad_input = empty_with_type(grad_output, g.input_sizes(), type);
  const int64_t chunk = chunk_samples(g, plan, type);
  for (int64_t first = 0; first < g.samples; first += chunk) {
    const int64_t count = std::min(chunk, g.samples - first);
    const Tensor spectra = grouped_spectra(slice_of(grad, 0, first, count), 0, 0, g, plan, false);
    Tensor target = slice_of(grad_input, 0, first, count);
    torch::stable::copy_(target, images_of(multiply(spectra, w), g.pad_y, g.pad_x, g.height, g.width, g, plan, false));
  }
  return as_type(grad_input, grad_output.scalar_type());
}

Tensor conv_fft2d_grad_weight(const Tensor& grad_output, const Tensor& input, const Sizes& kernel_size,
                              const Sizes& padding, int64_t groups, int64_t path, const Sizes& size, int64_t precision,
                              int64_t memory_limit) {
  constexpr const char* kName = "conv_fft2d_grad_weight";
  STD_TORCH_CHECK(kernel_size.size() == 2, kName, ": expected [height, width] of the kernel");
  const Sizes weight_sizes = {grad_output.size(1), input.size(1) / groups, kernel_size[0], kernel_size[1]};
  const auto g = conv_geometry(kName, sizes_of(input), weight_sizes, padding, groups);
  STD_TORCH_CHECK(sizes_of(grad_output) == g.output_sizes(), kName,
                  ": the gradient does not have the shape of the output");
  check_conv_tensors(kName, grad_output, input, std::nullopt, 0);
  const auto plan = conv_plan(kName, g, path, size, precision, memory_limit);
  const ScalarType type = compute_type(grad_output);
  if (g.is_empty()) {
    return zeros_like_sizes(grad_output, g.weight_sizes(), grad_output.scalar_type());
  }
  if (plan.path != kAtenPath) {
    return run_on_device("fbcunn::conv_fft2d_grad_weight_device", grad_output, input, std::nullopt, g, plan, false);
  }
  const Tensor grad = as_type(grad_output, type), x = as_type(input, type);
  const int64_t chunk = chunk_samples(g, plan, type);
  std::optional<Tensor> sum;
  for (int64_t first = 0; first < g.samples; first += chunk) {
    const int64_t count = std::min(chunk, g.samples - first);
    const Tensor gradients = conjugate(grouped_spectra(slice_of(grad, 0, first, count), 0, 0, g, plan, false));
    const Tensor spectra = grouped_spectra(slice_of(x, 0, first, count), g.pad_y, g.pad_x, g, plan, false);
    const Tensor part = multiply(torch::stable::transpose(gradients, 1, 2), spectra);
    sum = sum.has_value() ? torch::stable::subtract(*sum, part, -1.0) : part;
  }
  const Tensor grad_weight = images_of(*sum, 0, 0, g.kernel_y, g.kernel_x, g, plan, true);
  return as_type(grad_weight, grad_output.scalar_type());
}

}  // namespace

STABLE_TORCH_LIBRARY_FRAGMENT(fbcunn, m) {
  // path, size, precision, memory_limit: see ConvPath, ConvPlan and ConvPrecision.
  m.def(
      "conv_fft2d(Tensor input, Tensor weight, Tensor? bias, int[] padding, int groups, int path, "
      "int[] size, int precision, bool relu, int memory_limit) -> Tensor");
  m.def(
      "conv_fft2d_grad_input(Tensor grad_output, Tensor weight, int[] input_size, int[] padding, "
      "int groups, int path, int[] size, int precision, int memory_limit) -> Tensor");
  m.def(
      "conv_fft2d_grad_weight(Tensor grad_output, Tensor input, int[] kernel_size, int[] padding, "
      "int groups, int path, int[] size, int precision, int memory_limit) -> Tensor");
  // What libfbcunn_cuda.so adds for paths 1 and 2, called with checked arguments. The first two
  // tensors are those of the operator without `_device`.
  for (const char* schema : {"conv_fft2d_device", "conv_fft2d_grad_input_device", "conv_fft2d_grad_weight_device"}) {
    m.def((std::string(schema) +
           "(Tensor first, Tensor second, Tensor? bias, int[] kernel, int[] image, int[] padding, "
           "int groups, int path, int[] size, int precision, bool relu, int memory_limit) -> Tensor")
              .c_str());
  }
  // The same with spectra that outlive a pass: `kept` and `kept_weight` are [high and low halves] of the input's and
  // the weight's, `largest` the bits of their largest magnitudes. They are given to the backward pass together or not
  // at all.
  m.def(
      "conv_fft2d_keep(Tensor input, Tensor weight, Tensor? bias, int[] padding, int groups, int path, int[] size, "
      "int precision, bool relu) -> (Tensor output, Tensor kept, Tensor kept_weight, Tensor largest)");
  m.def(
      "conv_fft2d_backward(Tensor grad_output, Tensor input, Tensor weight, Tensor? kept, Tensor? kept_weight, "
      "Tensor? largest, int[] padding, int groups, int path, int[] size, int precision, int memory_limit) -> (Tensor, "
      "Tensor)");
}

STABLE_TORCH_LIBRARY_IMPL(fbcunn, CompositeExplicitAutograd, m) {
  m.impl("conv_fft2d", TORCH_BOX(&conv_fft2d));
  m.impl("conv_fft2d_grad_input", TORCH_BOX(&conv_fft2d_grad_input));
  m.impl("conv_fft2d_grad_weight", TORCH_BOX(&conv_fft2d_grad_weight));
}

}  // namespace fbcunn
