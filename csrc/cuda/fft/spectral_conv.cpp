#include "cuda/fft/spectral_conv.h"

#include <algorithm>

namespace fbcunn::cuda::fft {
namespace {

// Columns of an operand come in fours: the products copy 16 bytes at a time.
int pitch(int64_t planes) { return static_cast<int>((planes + 3) / 4 * 4); }

constexpr int64_t kSampledElements = int64_t{4} << 20;

constexpr int64_t kOverlapBytes = int64_t{6} << 20;  // of a half of a spectrum

constexpr int64_t kMostFrequencies = int64_t{65535} * 32;  // grid of the transposes in spectrum_transpose.cu

// Overlapping launches need compute capability 9; in a captured graph nothing is gained, since its launches are ready.
bool can_overlap(cudaStream_t stream) {
  cudaStreamCaptureStatus capture;
  int device = 0, major = 0;
  return cudaStreamIsCapturing(stream, &capture) == cudaSuccess && capture == cudaStreamCaptureStatusNone &&
         cudaGetDevice(&device) == cudaSuccess &&
         cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess && major >= 9;
}

int ceil_log2(int64_t value) {
  int log2 = 0;
  while ((int64_t{1} << log2) < value) ++log2;
  return log2;
}

}  // namespace

SpectralConv::SpectralConv(const ConvGeometry& geometry, const ConvPlan& plan, const Tensor& like)
    : g_(geometry),
      plan_(plan),
      y_(y_axis(geometry, plan)),
      x_(x_axis(geometry, plan)),
      like_(like),
      queue_{current_stream(like), false} {
  STD_TORCH_CHECK(plan.size_y * (plan.size_x / 2 + 1) <= kMostFrequencies, "conv_fft2d: a transform of ", plan.size_y,
                  "x", plan.size_x, " has more than ", kMostFrequencies, " frequencies; use path 0 (ATen)");
  if (is_tiled()) {
    const auto known = std::find(std::begin(kTileSizes), std::end(kTileSizes), plan.size_x);
    const int64_t rows = geometry.samples * y_.input_source().tiles * x_.input_source().tiles;
    const int64_t bytes = 4 * int64_t{frequencies()} * rows * geometry.groups * geometry.in_planes;
    queue_.overlaps = plan.size_x < 64 && bytes >= kOverlapBytes && can_overlap(queue_.stream);
    const bool fits =
        is_line() ? geometry.height == 1 && geometry.kernel_y == 1 && geometry.pad_y == 0 : plan.size_x == plan.size_y;
    STD_TORCH_CHECK(known != std::end(kTileSizes) && fits, "conv_fft2d: no tile kernel of size ", plan.size_y, "x",
                    plan.size_x, "; there are n x n, and 1 x n for images of one row, n from 8 to 80 (see kTileSizes)");
  }
}

int SpectralConv::frequencies() const { return static_cast<int>(plan_.size_y * (plan_.size_x / 2 + 1)); }

TileGrid SpectralConv::image_grid(Side side, int64_t samples, const TransformAxis& y, const TransformAxis& x) const {
  const bool input = side == Side::kInput;
  const int64_t planes = input ? g_.in_planes : g_.out_planes;
  TileGrid grid;
  grid.samples = static_cast<int>(samples);
  grid.groups = static_cast<int>(g_.groups);
  grid.group_planes = static_cast<int>(planes);
  grid.group_pitch = pitch(planes);
  grid.height = static_cast<int>(input ? g_.height : g_.out_height());
  grid.width = static_cast<int>(input ? g_.width : g_.out_width());
  grid.tiles_y = static_cast<int>(y.tiles);
  grid.tiles_x = static_cast<int>(x.tiles);
  grid.step_y = static_cast<int>(y.step);
  grid.step_x = static_cast<int>(x.step);
  grid.origin_y = static_cast<int>(y.origin);
  grid.origin_x = static_cast<int>(x.origin);
  grid.extent_y = static_cast<int>(y.extent);
  grid.extent_x = static_cast<int>(x.extent);
  return grid;
}

TileGrid SpectralConv::weight_grid() const {
  TileGrid grid{};
  grid.samples = static_cast<int>(g_.groups * g_.out_planes);
  grid.groups = 1;
  grid.group_planes = static_cast<int>(g_.in_planes);
  grid.group_pitch = pitch(g_.in_planes);
  grid.height = grid.extent_y = static_cast<int>(g_.kernel_y);
  grid.width = grid.extent_x = static_cast<int>(g_.kernel_x);
  grid.tiles_y = grid.tiles_x = 1;
  return grid;
}

// Reading a large image only for its largest magnitude takes a tenth of a convolution.
bool SpectralConv::samples(const Tensor& image) const { return is_tiled() && image.numel() >= kSampledElements; }

Tensor SpectralConv::largest_words(const Tensor& first, const Tensor& second) const {
  const Tensor words = empty_with_type(like_, {4}, ScalarType::Int);
  check(find_largest({first.const_data_ptr<float>(), first.numel(), samples(first)},
                     {second.const_data_ptr<float>(), second.numel(), samples(second)},
                     static_cast<uint32_t*>(words.mutable_data_ptr()), queue_),
        "conv_fft2d");
  return words;
}

std::pair<Largest, Largest> SpectralConv::largest_in(const Tensor& words, const Tensor& first,
                                                     const Tensor& second) const {
  return {{slice_of(words, 0, 0, 2), samples(first)}, {slice_of(words, 0, 2, 2), samples(second)}};
}

std::pair<Largest, Largest> SpectralConv::largest_of(const Tensor& first, const Tensor& second) const {
  return largest_in(largest_words(first, second), first, second);
}

Largest SpectralConv::largest_of(const Tensor& tensor) const {
  return largest_of(tensor, slice_of(tensor, 0, 0, 0)).first;
}

Spectrum SpectralConv::transform(const Tensor& image, const Largest& largest, const TileGrid& grid) const {
  Spectrum spectrum{Tensor(), largest, grid, 0};
  spectrum.elements = frequencies() * spectrum_rows(grid) * spectrum_columns(grid);
  spectrum.halves = empty_with_type(like_, {single() ? 2 : 1, 2 * spectrum.elements}, ScalarType::Half);
  auto* high = static_cast<__half2*>(spectrum.halves.mutable_data_ptr());
  __half2* low = single() ? high + spectrum.elements : nullptr;
  if (is_tiled()) {
    const int n = static_cast<int>(plan_.size_x);
    const auto forward = is_line() ? forward_lines : forward_tiles;
    const float* data = image.const_data_ptr<float>();
    const Magnitude magnitude = largest.magnitude();
    check(forward(n, data, grid, magnitude, false, high, low, queue_), "conv_fft2d: forward transform");
    if (largest.sampled) {
      // Where the sample missed what matters, the device finds out and does it again, without asking the host.
      check(find_largest_again(data, image.numel(), magnitude, queue_), "conv_fft2d");
      check(forward(n, data, grid, magnitude, true, high, low, queue_), "conv_fft2d: forward transform");
    }
    return spectrum;
  }
  const int64_t planes = image.size(0) * image.size(1);
  Tensor padded = torch::stable::new_zeros(image, Sizes{planes, plan_.size_y, plan_.size_x});
  // Source tiles of a whole transform start at the image or before it, and never cut it.
  Tensor window = slice_of(padded, 1, -grid.origin_y, grid.height);
  window = slice_of(window, 2, -grid.origin_x, grid.width);
  torch::stable::copy_(window, torch::stable::view(image, Sizes{planes, grid.height, grid.width}));
  const Tensor complex =
      torch::stable::contiguous(call_aten<Tensor>("aten::_fft_r2c", "", padded, Sizes{1, 2}, int64_t{0}, true));
  check(pack_spectra(static_cast<const float2*>(complex.const_data_ptr()), frequencies(), grid, spectrum.largest_bits(),
                     high, low, queue_.stream),
        "conv_fft2d: packing of spectra");
  return spectrum;
}

void SpectralConv::multiply(GemmProblem problem, const Spectrum& a, const Spectrum& b, const TileGrid& target,
                            const Epilogue& epilogue, Tensor& image) const {
  problem.frequencies = frequencies();
  problem.groups = static_cast<int>(g_.groups);
  const auto fill = [](Operand& operand, const Spectrum& spectrum) {
    operand.high = spectrum.high();
    operand.low = spectrum.low();
    operand.row_stride = static_cast<int>(spectrum_columns(spectrum.grid));
    operand.frequency_stride = spectrum_rows(spectrum.grid) * operand.row_stride;
  };
  fill(problem.a, a);
  fill(problem.b, b);
  const int64_t rows = spectrum_rows(target), columns = spectrum_columns(target);
  problem.product_row_stride = static_cast<int>(columns);
  problem.product_frequency_stride = rows * columns;
  problem.single = single() || problem.pass == Pass::kGradWeight;
  problem.stored_exponent = problem.single ? 0 : -(15 + ceil_log2(problem.k));
  problem.splits = problem.pass == Pass::kGradWeight ? gemm_splits(problem) : 1;
  problem.slab_stride = frequencies() * problem.product_frequency_stride;
  Tensor product =
      empty_with_type(like_, {problem.splits * problem.slab_stride * (problem.single ? 2 : 1)}, ScalarType::Float);
  problem.product = product.mutable_data_ptr();
  check(frequency_gemm(problem, queue_), "conv_fft2d: frequency product");
  invert(problem, product, a, b, target, epilogue, image);
}

void SpectralConv::invert(const GemmProblem& problem, const Tensor& product, const Spectrum& a, const Spectrum& b,
                          const TileGrid& grid, const Epilogue& epilogue, Tensor& image) const {
  const ProductScale scale{a.largest_bits(), b.largest_bits(), log2_tile_elements(a.grid), log2_tile_elements(b.grid),
                           problem.stored_exponent};
  float* target = image.mutable_data_ptr<float>();
  if (is_tiled()) {
    // Tiles that overlap are made in up to four rounds; a grid of one row or column of tiles needs fewer.
    const bool overlaps_y = grid.extent_y > grid.step_y && grid.tiles_y > 1;
    const bool overlaps_x = grid.extent_x > grid.step_x && grid.tiles_x > 1;
    for (int colour = overlaps_y || overlaps_x ? 0 : -1; colour < 4; ++colour) {
      if (colour >= 2 && grid.tiles_y == 1) break;
      if (colour >= 0 && colour % 2 == 1 && grid.tiles_x == 1) continue;
      Epilogue round = epilogue;
      round.colour = colour;
      const auto inverse = is_line() ? inverse_lines : inverse_tiles;
      check(inverse(static_cast<int>(plan_.size_x), product.const_data_ptr(), problem.single, problem.splits,
                    problem.slab_stride, grid, scale, round, target, queue_),
            "conv_fft2d: inverse transform");
      if (colour < 0) break;
    }
    return;
  }
  const int64_t planes = int64_t{grid.samples} * grid.groups * grid.group_planes;
  Tensor complex = empty_with_type(like_, {planes, plan_.size_y, plan_.size_x / 2 + 1}, ScalarType::ComplexFloat);
  check(unpack_products(product.const_data_ptr(), problem.single, problem.splits, problem.slab_stride, frequencies(),
                        static_cast<int>(plan_.size_y * plan_.size_x), grid, scale,
                        static_cast<float2*>(complex.mutable_data_ptr()), queue_.stream),
        "conv_fft2d: unpacking of products");
  const Tensor tiles = torch::stable::contiguous(
      call_aten<Tensor>("aten::_fft_c2r", "", complex, Sizes{1, 2}, int64_t{0}, plan_.size_x));
  check(crop_tiles(tiles.const_data_ptr<float>(), static_cast<int>(plan_.size_y), static_cast<int>(plan_.size_x), grid,
                   epilogue, target, queue_.stream),
        "conv_fft2d: crop");
}

Spectrum SpectralConv::input_spectrum(const Tensor& input, const Largest& largest) const {
  return transform(input, largest, image_grid(Side::kInput, input.size(0), y_.input_source(), x_.input_source()));
}

Spectrum SpectralConv::kept(const Tensor& halves, const Largest& largest, const TileGrid& grid) const {
  const int64_t elements = frequencies() * spectrum_rows(grid) * spectrum_columns(grid);
  STD_TORCH_CHECK(halves.dim() == 2 && halves.size(0) == (single() ? 2 : 1) && halves.size(1) == 2 * elements,
                  "conv_fft2d_backward: the kept spectrum belongs to another plan");
  return {halves, largest, grid, elements};
}

Spectrum SpectralConv::kept_input_spectrum(const Tensor& halves, const Largest& largest) const {
  return kept(halves, largest, image_grid(Side::kInput, g_.samples, y_.input_source(), x_.input_source()));
}

Spectrum SpectralConv::kept_weight_spectrum(const Tensor& halves, const Largest& largest) const {
  return kept(halves, largest, weight_grid());
}

Spectrum SpectralConv::weight_spectrum(const Tensor& weight, const Largest& largest) const {
  return transform(weight, largest, weight_grid());
}

bool SpectralConv::shares_grad_spectrum() const { return adds() || (y_.is_whole() && x_.is_whole()); }

Spectrum SpectralConv::grad_spectrum_for_input(const Tensor& grad_output, const Largest& largest) const {
  return transform(grad_output, largest,
                   image_grid(Side::kOutput, grad_output.size(0), y_.output_source(adds()), x_.output_source(adds())));
}

Spectrum SpectralConv::grad_spectrum_for_weight(const Tensor& grad_output, const Largest& largest) const {
  return transform(grad_output, largest,
                   image_grid(Side::kOutput, grad_output.size(0), y_.output_blocks(), x_.output_blocks()));
}

void SpectralConv::output_from(const Spectrum& input, const Spectrum& weight, const float* bias, bool relu,
                               Tensor& output) const {
  const auto y = y_.output_target(), x = x_.output_target();
  GemmProblem problem{};
  problem.pass = Pass::kForward;
  problem.m = static_cast<int>(spectrum_rows(input.grid));
  problem.n = static_cast<int>(g_.out_planes);
  problem.k = static_cast<int>(g_.in_planes);
  problem.a.group_stride = pitch(g_.in_planes);
  problem.b.group_stride = g_.out_planes * pitch(g_.in_planes);
  problem.product_group_stride = pitch(g_.out_planes);
  const Epilogue epilogue{bias, relu, false, static_cast<int>(y.crop), static_cast<int>(x.crop), -1};
  multiply(problem, input, weight, image_grid(Side::kOutput, output.size(0), y, x), epilogue, output);
}

void SpectralConv::grad_input_from(const Spectrum& grad, const Spectrum& weight, Tensor& grad_input) const {
  const auto y = y_.input_target(adds()), x = x_.input_target(adds());
  GemmProblem problem{};
  problem.pass = Pass::kGradInput;
  problem.m = static_cast<int>(spectrum_rows(grad.grid));
  problem.n = static_cast<int>(g_.in_planes);
  problem.k = static_cast<int>(g_.out_planes);
  problem.a.group_stride = pitch(g_.out_planes);
  problem.b.group_stride = g_.out_planes * pitch(g_.in_planes);
  problem.product_group_stride = pitch(g_.in_planes);
  const Epilogue epilogue{nullptr, false, false, static_cast<int>(y.crop), static_cast<int>(x.crop), -1};
  multiply(problem, grad, weight, image_grid(Side::kInput, grad_input.size(0), y, x), epilogue, grad_input);
}

void SpectralConv::grad_weight_from(const Spectrum& grad, const Spectrum& input, bool accumulate,
                                    Tensor& grad_weight) const {
  GemmProblem problem{};
  problem.pass = Pass::kGradWeight;
  problem.m = static_cast<int>(g_.out_planes);
  problem.n = static_cast<int>(g_.in_planes);
  problem.k = static_cast<int>(spectrum_rows(grad.grid));
  problem.a.group_stride = pitch(g_.out_planes);
  problem.b.group_stride = pitch(g_.in_planes);
  problem.product_group_stride = g_.out_planes * pitch(g_.in_planes);
  multiply(problem, grad, input, weight_grid(), Epilogue{nullptr, false, accumulate, 0, 0, -1}, grad_weight);
}

int64_t SpectralConv::chunk() const {
  const int64_t operand = single() ? 8 : 4, product = single() ? 8 : 4;
  const int64_t tiles = std::max(y_.input_source().tiles * x_.input_source().tiles,
                                 y_.output_source(adds()).tiles * x_.output_source(adds()).tiles);
  const int64_t points = int64_t{frequencies()} * g_.groups;
  const int64_t columns = pitch(g_.in_planes) + pitch(g_.out_planes);
  // Either both are operands, or one is a product. cuFFT adds its padded images and spectra.
  const int64_t outside = plan_.path == kCufftPath ? 16 : 0;
  const int64_t per_sample = points * tiles * columns * (std::max(operand, product) + outside);
  const int64_t fixed = points * g_.out_planes * pitch(g_.in_planes) * (std::max<int64_t>(operand, 8) + outside);
  return samples_within(plan_.memory_limit, fixed, per_sample, g_.samples);
}

}  // namespace fbcunn::cuda::fft
