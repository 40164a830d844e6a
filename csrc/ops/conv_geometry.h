// Sizes of a two-dimensional convolution of stride one, and how it is cut into transforms.
#pragma once

#include <algorithm>
#include <string>

#include "ops/aten.h"

namespace fbcunn {

// How a Fourier convolution is computed; the numbers are part of the operators' schemas.
enum ConvPath : int64_t {
  kAtenPath = 0,     // whole images through ATen's FFT and complex matrix product, any device and dtype
  kTilePath = 1,     // our tile transforms and tensor-core products, CUDA
  kCufftPath = 2,    // whole images through cuFFT, our tensor-core products, CUDA
  kTileAddPath = 3,  // as kTilePath, but the gradient of the input by overlap-add: fewer tiles, shared spectra
};

enum ConvPrecision : int64_t { kSinglePrecision = 0, kTf32Precision = 1 };

struct ConvPlan {
  int64_t path;
  int64_t size_y, size_x;  // transform
  int64_t precision;
  int64_t memory_limit;  // bytes of workspace; 0 = none
};

struct ConvGeometry {
  int64_t samples = 0, groups = 1;
  int64_t in_planes = 0, out_planes = 0;  // of one group
  int64_t height = 0, width = 0, kernel_y = 0, kernel_x = 0, pad_y = 0, pad_x = 0;

  int64_t out_height() const { return height + 2 * pad_y - kernel_y + 1; }
  int64_t out_width() const { return width + 2 * pad_x - kernel_x + 1; }
  Sizes input_sizes() const { return {samples, groups * in_planes, height, width}; }
  Sizes weight_sizes() const { return {groups * out_planes, in_planes, kernel_y, kernel_x}; }
  Sizes output_sizes() const { return {samples, groups * out_planes, out_height(), out_width()}; }
  bool is_empty() const { return samples == 0 || in_planes == 0 || out_planes == 0; }
};

inline std::string shape_text(const Sizes& sizes) {
  std::string text = "[";
  for (const int64_t size : sizes) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

// Checks sizes and returns the geometry; `what` names the operator in errors.
inline ConvGeometry conv_geometry(const char* what, const Sizes& input, const Sizes& weight, const Sizes& padding,
                                  int64_t groups) {
  STD_TORCH_CHECK(input.size() == 4, what, ": expected an input [N, C, H, W], got ", shape_text(input));
  STD_TORCH_CHECK(weight.size() == 4, what, ": expected a weight [C_out, C_in/groups, kH, kW], got ",
                  shape_text(weight));
  STD_TORCH_CHECK(padding.size() == 2 && padding[0] >= 0 && padding[1] >= 0, what,
                  ": expected two non-negative paddings, got ", shape_text(padding));
  STD_TORCH_CHECK(groups >= 1 && input[1] == groups * weight[1] && weight[0] % groups == 0, what, ": input ",
                  shape_text(input), " and weight ", shape_text(weight), " do not agree for ", groups, " group(s)");
  ConvGeometry g;
  g.samples = input[0];
  g.groups = groups;
  g.in_planes = weight[1];
  g.out_planes = weight[0] / groups;
  g.height = input[2];
  g.width = input[3];
  g.kernel_y = weight[2];
  g.kernel_x = weight[3];
  g.pad_y = padding[0];
  g.pad_x = padding[1];
  STD_TORCH_CHECK(g.kernel_y >= 1 && g.kernel_x >= 1 && g.out_height() >= 1 && g.out_width() >= 1, what, ": kernel ",
                  g.kernel_y, "x", g.kernel_x, " does not fit the input ", shape_text(input), " with padding ",
                  shape_text(padding));
  return g;
}

// One axis of a transform. Tile t takes image elements origin + t * step + [0, extent) when it is a
// source; its elements crop + [0, extent) become image elements t * step + [0, extent) when it is a
// target. A transform that holds the whole image has one tile.
struct TransformAxis {
  int64_t tiles, step, origin, extent, crop;
};

struct AxisGeometry {
  int64_t size, kernel, pad, in, out;

  // Circular wrap-around only meets zeros when the padded image fits on one side.
  bool is_whole() const { return size >= in + pad && size >= out; }
  // Overlap-add writes whole tiles in rounds that never touch a neighbour.
  bool can_add() const { return is_whole() || size <= 2 * step(); }
  int64_t step() const { return size - kernel + 1; }
  int64_t tiles(int64_t length) const { return (length + step() - 1) / step(); }

  TransformAxis input_source() const {  // forward, gradWeight: overlap-save
    if (is_whole()) return {1, 0, -pad, size, 0};
    return {tiles(out), step(), -pad, size, 0};
  }
  TransformAxis output_target() const {  // forward
    if (is_whole()) return {1, 0, 0, out, 0};
    return {tiles(out), step(), 0, step(), 0};
  }
  TransformAxis output_blocks() const {  // gradWeight: disjoint blocks beside input_source()
    return output_target();
  }
  TransformAxis output_source(bool add) const {  // gradInput: overlap-save, or the blocks of gradWeight
    if (is_whole() || add) return output_blocks();
    return {tiles(in), step(), pad - kernel + 1, size, 0};
  }
  TransformAxis input_target(bool add) const {  // gradInput
    if (is_whole()) return {1, 0, 0, in, pad};
    if (add) return {tiles(out), step(), -pad, size, 0};
    return {tiles(in), step(), 0, step(), kernel - 1};
  }
  TransformAxis weight() const { return {1, 0, 0, kernel, 0}; }
};

inline AxisGeometry y_axis(const ConvGeometry& g, const ConvPlan& plan) {
  return {plan.size_y, g.kernel_y, g.pad_y, g.height, g.out_height()};
}
inline AxisGeometry x_axis(const ConvGeometry& g, const ConvPlan& plan) {
  return {plan.size_x, g.kernel_x, g.pad_x, g.width, g.out_width()};
}

// Smallest 2^a 3^b 5^c 7^d that is at least `length`.
inline int64_t smooth_size(int64_t length) {
  for (int64_t size = std::max<int64_t>(length, 1);; ++size) {
    int64_t rest = size;
    for (const int64_t prime : {2, 3, 5, 7}) {
      while (rest % prime == 0) rest /= prime;
    }
    if (rest == 1) return size;
  }
}

// Samples to process at once so that fixed + samples * per_sample bytes stay within the limit.
inline int64_t samples_within(int64_t limit, int64_t fixed, int64_t per_sample, int64_t samples) {
  if (limit <= 0 || fixed + per_sample * samples <= limit) return samples;
  return std::max<int64_t>(1, (limit - fixed) / per_sample);
}

}  // namespace fbcunn
