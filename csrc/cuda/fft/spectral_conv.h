// A convolution in the frequency domain on CUDA: owns geometry and plan, makes spectra, products
// and images. One object serves the passes of one call.
#pragma once

#include "cuda/fft/frequency_gemm.h"
#include "cuda/fft/tile_transform.h"
#include "cuda/torch_cuda.h"
#include "ops/conv_fft.h"

namespace fbcunn::cuda::fft {

// Bits of the largest magnitude of a tensor, or of a sample of it, and whether that proved too small: two words on the
// device.
struct Largest {
  Tensor words;
  bool sampled;

  Magnitude magnitude() const {
    auto* data = static_cast<uint32_t*>(const_cast<void*>(words.const_data_ptr()));
    return {data, sampled ? data + 1 : nullptr};
  }
};

// A frequency-major spectrum with its halves in one tensor, [halves][frequency][row][column].
struct Spectrum {
  Tensor halves;
  Largest largest;  // magnitude in the image it came from
  TileGrid grid;
  int64_t elements;  // of one half

  const __half2* high() const { return static_cast<const __half2*>(halves.const_data_ptr()); }
  const __half2* low() const { return halves.size(0) == 2 ? high() + elements : nullptr; }
  const uint32_t* largest_bits() const { return largest.magnitude().largest; }
};

class SpectralConv {
 public:
  // `like` gives device and stream.
  SpectralConv(const ConvGeometry& geometry, const ConvPlan& plan, const Tensor& like);

  // max |tensor| of one or two tensors.
  Largest largest_of(const Tensor& tensor) const;
  std::pair<Largest, Largest> largest_of(const Tensor& first, const Tensor& second) const;
  // The words of both in one tensor, and the pair in such a tensor that an earlier pass kept.
  Tensor largest_words(const Tensor& first, const Tensor& second) const;
  std::pair<Largest, Largest> largest_in(const Tensor& words, const Tensor& first, const Tensor& second) const;

  // Spectra of float tensors; `samples` of images are those of the tensor itself.
  Spectrum input_spectrum(const Tensor& input, const Largest& largest) const;
  Spectrum weight_spectrum(const Tensor& weight, const Largest& largest) const;
  Spectrum grad_spectrum_for_input(const Tensor& grad_output, const Largest& largest) const;
  Spectrum grad_spectrum_for_weight(const Tensor& grad_output, const Largest& largest) const;
  // The two spectra of gradOutput are one and the same when a transform holds a whole image.
  bool shares_grad_spectrum() const;

  void output_from(const Spectrum& input, const Spectrum& weight, const float* bias, bool relu, Tensor& output) const;
  void grad_input_from(const Spectrum& grad, const Spectrum& weight, Tensor& grad_input) const;
  void grad_weight_from(const Spectrum& grad, const Spectrum& input, bool accumulate, Tensor& grad_weight) const;

  // Samples to process at once under the memory limit.
  int64_t chunk() const;
  // Spectra that an earlier pass kept.
  Spectrum kept_input_spectrum(const Tensor& halves, const Largest& largest) const;
  Spectrum kept_weight_spectrum(const Tensor& halves, const Largest& largest) const;

 private:
  enum class Side { kInput, kOutput };
  TileGrid image_grid(Side side, int64_t samples, const TransformAxis& y, const TransformAxis& x) const;
  TileGrid weight_grid() const;
  Spectrum kept(const Tensor& halves, const Largest& largest, const TileGrid& grid) const;
  Spectrum transform(const Tensor& image, const Largest& largest, const TileGrid& grid) const;
  void invert(const GemmProblem& problem, const Tensor& product, const Spectrum& a, const Spectrum& b,
              const TileGrid& grid, const Epilogue& epilogue, Tensor& image) const;
  void multiply(GemmProblem problem, const Spectrum& a, const Spectrum& b, const TileGrid& target,
                const Epilogue& epilogue, Tensor& image) const;
  bool samples(const Tensor& image) const;
  int frequencies() const;
  bool is_tiled() const { return plan_.path == kTilePath || plan_.path == kTileAddPath; }
  bool is_line() const { return plan_.size_y == 1; }
  bool adds() const { return plan_.path == kTileAddPath; }
  bool single() const { return plan_.precision == kSinglePrecision; }

  ConvGeometry g_;
  ConvPlan plan_;
  AxisGeometry y_, x_;
  Tensor like_;
  Queue queue_;
};

}  // namespace fbcunn::cuda::fft
