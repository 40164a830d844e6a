// What a convolution of images and its gradients have to know about the shapes they work on.
#pragma once

#include "bridge/layer.h"
#include "bridge/unfold.h"

namespace fbl {

struct Image {
  int64_t batch;
  int64_t planes;
  int64_t height;
  int64_t width;

  explicit Image(const at::Tensor& tensor) {
    const auto sizes = tensor.sizes();
    TORCH_CHECK(tensor.numel() > 0 && (sizes.size() == 3 || sizes.size() == 4),
                "3D or 4D (batch mode) tensor expected, got size ", sizes);
    const auto at = sizes.size() - 3;
    batch = at == 0 ? 1 : sizes[0];
    planes = sizes[at];
    height = sizes[at + 1];
    width = sizes[at + 2];
  }
};

inline int64_t places(int64_t extent, int kernel, int stride, int padding, int dilation) {
  const int64_t reach =
      extent + 2 * static_cast<int64_t>(padding) - (static_cast<int64_t>(dilation) * (kernel - 1) + 1);
  return reach < 0 ? 0 : reach / stride + 1;
}

inline int64_t spread(int64_t extent, int kernel, int stride, int padding, int dilation, int adjustment) {
  return (extent - 1) * stride - 2 * static_cast<int64_t>(padding) + static_cast<int64_t>(dilation) * (kernel - 1) + 1 +
         adjustment;
}

inline void check_window(const fbl_window& w) {
  TORCH_CHECK(w.kernel_w > 0 && w.kernel_h > 0, "kernel size should be greater than zero, but got kH: ", w.kernel_h,
              " kW: ", w.kernel_w);
  TORCH_CHECK(w.stride_w > 0 && w.stride_h > 0, "stride should be greater than zero, but got dH: ", w.stride_h,
              " dW: ", w.stride_w);
  TORCH_CHECK(w.dilation_w > 0 && w.dilation_h > 0,
              "dilation should be greater than zero, but got dilationH: ", w.dilation_h, ", dilationW: ", w.dilation_w);
  TORCH_CHECK(w.padding_w >= 0 && w.padding_h >= 0, "padding should not be negative, but got padH: ", w.padding_h,
              " padW: ", w.padding_w);
}

// Everything the three products need to know about the shapes of input, output and weight.
struct Plan {
  bool transposed;
  int64_t batch;
  int64_t dense_planes;
  int64_t wide_planes;
  Sliding sliding;
  c10::SmallVector<int64_t, 4> output;

  Plan(const at::Tensor& input, const at::Tensor& weight, const fbl_window& window) {
    check_window(window);
    const Image image(input);
    transposed = window.transposed != 0;
    batch = image.batch;
    dense_planes = weight.size(0);
    const int64_t taps = static_cast<int64_t>(window.kernel_h) * window.kernel_w;
    TORCH_CHECK(weight.dim() >= 2 && weight.numel() % (dense_planes * taps) == 0, "weight of size ", weight.sizes(),
                " does not hold kernels of ", window.kernel_h, "x", window.kernel_w);
    wide_planes = weight.numel() / (dense_planes * taps);
    const int64_t expected = transposed ? dense_planes : wide_planes;
    const int64_t made = transposed ? wide_planes : dense_planes;
    TORCH_CHECK(image.planes == expected, "Need input of dimension ", input.dim(), " and ", expected,
                " input planes, but got input of size ", input.sizes());
    int64_t height, width;
    if (transposed) {
      height = spread(image.height, window.kernel_h, window.stride_h, window.padding_h, window.dilation_h,
                      window.adjustment_h);
      width = spread(image.width, window.kernel_w, window.stride_w, window.padding_w, window.dilation_w,
                     window.adjustment_w);
      sliding = {height, width, image.height, image.width, window};
    } else {
      height = places(image.height, window.kernel_h, window.stride_h, window.padding_h, window.dilation_h);
      width = places(image.width, window.kernel_w, window.stride_w, window.padding_w, window.dilation_w);
      sliding = {image.height, image.width, height, width, window};
    }
    TORCH_CHECK(height > 0 && width > 0, "Given input size: (", image.planes, "x", image.height, "x", image.width,
                "). Calculated output size: (", made, "x", height, "x", width, "). Output size is too small");
    if (input.dim() == 4) output.push_back(batch);
    output.append({made, height, width});
  }

  int64_t lines() const { return wide_planes * sliding.taps(); }
};

}  // namespace fbl
