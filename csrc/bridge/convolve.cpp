// Convolutions of images as products of the weight with unfolded images, sample by sample, the way Torch7 computed
// them: the same order of additions, and no dispatcher between the steps. A transposed ("full") convolution is the same
// three products with input and output changing places, so each is written once, between a "dense" side (its planes are
// the rows of the weight) and a "wide" side (windows slide over it).
#include "bridge/layer.h"
#include "bridge/multiply.h"
#include "bridge/unfold.h"

namespace {

using fbl::check_like;
using fbl::finish_result;
using fbl::multiply;
using fbl::sized_result;
using fbl::tensor_of;
using fbl::with_real_type;

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

int64_t places(int64_t extent, int kernel, int stride, int padding, int dilation) {
  const int64_t reach =
      extent + 2 * static_cast<int64_t>(padding) - (static_cast<int64_t>(dilation) * (kernel - 1) + 1);
  return reach < 0 ? 0 : reach / stride + 1;
}

int64_t spread(int64_t extent, int kernel, int stride, int padding, int dilation, int adjustment) {
  return (extent - 1) * stride - 2 * static_cast<int64_t>(padding) + static_cast<int64_t>(dilation) * (kernel - 1) + 1 +
         adjustment;
}

void check_window(const fbl_window& w) {
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
  fbl::Sliding sliding;
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

// One sample's unfolded image; the image itself where windows are single pixels.
class Unfolded {
 public:
  Unfolded(const at::Tensor& like, const Plan& plan) : plan_(plan), trivial_(plan.sliding.trivial()) {
    if (!trivial_) work_ = fbl::empty({plan.lines(), plan.sliding.places()}, like.options());
  }

  at::Tensor space(const at::Tensor& wide, int64_t sample) const {
    if (!trivial_) return work_;
    return fbl::matrix_over(wide, sample * plan_.wide_planes * plan_.sliding.area(), plan_.lines(),
                            plan_.sliding.places());
  }

  template <typename Element>
  at::Tensor of(const at::Tensor& wide, int64_t sample) const {
    if (!trivial_) {
      fbl::unfold(work_.mutable_data_ptr<Element>(),
                  wide.const_data_ptr<Element>() + sample * plan_.wide_planes * plan_.sliding.area(), plan_.wide_planes,
                  plan_.sliding);
    }
    return space(wide, sample);
  }

  template <typename Element>
  void put_back(const at::Tensor& wide, int64_t sample) const {
    if (trivial_) return;
    fbl::fold(wide.mutable_data_ptr<Element>() + sample * plan_.wide_planes * plan_.sliding.area(),
              work_.const_data_ptr<Element>(), plan_.wide_planes, plan_.sliding);
  }

 private:
  const Plan& plan_;
  bool trivial_;
  at::Tensor work_;
};

// dense = weight x unfolded wide (+ bias)
void gather(const at::Tensor& dense, const at::Tensor& weight, const at::Tensor& wide, const at::Tensor& bias,
            const Plan& plan) {
  const int64_t rows = plan.dense_planes, places = plan.sliding.places();
  const at::Tensor kernels = fbl::matrix_over(weight, 0, rows, plan.lines());
  const Unfolded unfolded(wide, plan);
  with_real_type(dense, [&](auto sample_type) {
    using Element = decltype(sample_type);
    for (int64_t t = 0; t < plan.batch; ++t) {
      if (bias.defined()) {
        auto* row = dense.mutable_data_ptr<Element>() + t * rows * places;
        for (int64_t p = 0; p < rows; ++p, row += places) std::fill_n(row, places, bias.const_data_ptr<Element>()[p]);
      }
      multiply(fbl::matrix_over(dense, t * rows * places, rows, places), bias.defined() ? 1 : 0, 1, kernels,
               unfolded.of<Element>(wide, t));
    }
  });
}

// wide = folded (transposed weight x dense) (+ bias)
void scatter(const at::Tensor& wide, const at::Tensor& weight, const at::Tensor& dense, const at::Tensor& bias,
             const Plan& plan) {
  const int64_t rows = plan.dense_planes, places = plan.sliding.places(), area = plan.sliding.area();
  const at::Tensor kernels = fbl::matrix_over(weight, 0, rows, plan.lines()).t();
  const Unfolded unfolded(wide, plan);
  with_real_type(dense, [&](auto sample_type) {
    using Element = decltype(sample_type);
    for (int64_t t = 0; t < plan.batch; ++t) {
      multiply(unfolded.space(wide, t), 0, 1, kernels, fbl::matrix_over(dense, t * rows * places, rows, places));
      unfolded.put_back<Element>(wide, t);
      if (!bias.defined()) continue;
      auto* pixel = wide.mutable_data_ptr<Element>() + t * plan.wide_planes * area;
      for (int64_t p = 0; p < plan.wide_planes; ++p) {
        const Element add = bias.const_data_ptr<Element>()[p];
        for (int64_t i = 0; i < area; ++i) *pixel++ += add;
      }
    }
  });
}

// Sums of planes, each from its first element to its last; several planes at a time hide the latency of the additions.
template <typename Element>
void add_plane_sums(Element* totals, const Element* planes, int64_t count, int64_t area, double scale) {
  constexpr int64_t kAtOnce = 8;
  int64_t p = 0;
  for (; p + kAtOnce <= count; p += kAtOnce) {
    Element sums[kAtOnce] = {};
    for (int64_t i = 0; i < area; ++i) {
      for (int64_t j = 0; j < kAtOnce; ++j) sums[j] += planes[(p + j) * area + i];
    }
    for (int64_t j = 0; j < kAtOnce; ++j) totals[p + j] += static_cast<Element>(scale) * sums[j];
  }
  for (; p < count; ++p) {
    Element sum = 0;
    for (int64_t i = 0; i < area; ++i) sum += planes[p * area + i];
    totals[p] += static_cast<Element>(scale) * sum;
  }
}

}  // namespace

extern "C" {

int fbl_convolve(void* output, const void* input_handle, const void* weight_handle, const void* bias_handle,
                 const fbl_window* window) {
  FBL_TRY {
    const at::Tensor input = tensor_of(input_handle).contiguous();
    const at::Tensor weight = tensor_of(weight_handle).contiguous();
    const at::Tensor bias = bias_handle != nullptr ? tensor_of(bias_handle).contiguous() : at::Tensor();
    check_like(weight, input, "weight");
    const Plan plan(input, weight, *window);
    if (bias.defined()) {
      check_like(bias, input, "bias");
      TORCH_CHECK(bias.numel() == plan.output[plan.output.size() - 3], "bias has ", bias.numel(), " elements, ",
                  plan.output[plan.output.size() - 3], " expected");
    }
    const at::Tensor result = sized_result(output, plan.output);
    check_like(result, input, "output");
    plan.transposed ? scatter(result, weight, input, bias, plan) : gather(result, weight, input, bias, plan);
    finish_result(output, result);
  }
  FBL_CATCH;
}

int fbl_convolve_input(void* grad_input, const void* input_handle, const void* grad_output_handle,
                       const void* weight_handle, const fbl_window* window) {
  FBL_TRY {
    const at::Tensor& input = tensor_of(input_handle);
    const at::Tensor grad_output = tensor_of(grad_output_handle).contiguous();
    const at::Tensor weight = tensor_of(weight_handle).contiguous();
    check_like(weight, input, "weight");
    check_like(grad_output, input, "gradOutput");
    const Plan plan(input, weight, *window);
    TORCH_CHECK(grad_output.sizes() == c10::IntArrayRef(plan.output), "Need gradOutput of size ",
                c10::IntArrayRef(plan.output), ", but got gradOutput of size ", grad_output.sizes());
    const at::Tensor result = sized_result(grad_input, input.sizes());
    check_like(result, input, "gradInput");
    plan.transposed ? gather(result, weight, grad_output, at::Tensor(), plan)
                    : scatter(result, weight, grad_output, at::Tensor(), plan);
    finish_result(grad_input, result);
  }
  FBL_CATCH;
}

int fbl_convolve_weight(void* grad_weight, void* grad_bias, const void* input_handle, const void* grad_output_handle,
                        double scale, const fbl_window* window) {
  FBL_TRY {
    const at::Tensor input = tensor_of(input_handle).contiguous();
    const at::Tensor grad_output = tensor_of(grad_output_handle).contiguous();
    const at::Tensor weight = tensor_of(grad_weight).contiguous();
    check_like(weight, input, "gradWeight");
    check_like(grad_output, input, "gradOutput");
    const Plan plan(input, weight, *window);
    TORCH_CHECK(grad_output.sizes() == c10::IntArrayRef(plan.output), "Need gradOutput of size ",
                c10::IntArrayRef(plan.output), ", but got gradOutput of size ", grad_output.sizes());
    const at::Tensor& dense = plan.transposed ? input : grad_output;
    const at::Tensor& wide = plan.transposed ? grad_output : input;
    const int64_t rows = plan.dense_planes, places = plan.sliding.places();
    const at::Tensor total = fbl::matrix_over(weight, 0, rows, plan.lines());
    const Unfolded unfolded(wide, plan);
    const at::Tensor bias = grad_bias != nullptr ? tensor_of(grad_bias).contiguous() : at::Tensor();
    const int64_t planes = plan.output[plan.output.size() - 3];
    if (bias.defined()) {
      check_like(bias, input, "gradBias");
      TORCH_CHECK(bias.numel() == planes, "gradBias has ", bias.numel(), " elements, ", planes, " expected");
    }
    with_real_type(input, [&](auto sample_type) {
      using Element = decltype(sample_type);
      const int64_t area = grad_output.numel() / (plan.batch * planes);
      for (int64_t t = 0; t < plan.batch; ++t) {
        multiply(total, 1, scale, fbl::matrix_over(dense, t * rows * places, rows, places),
                 unfolded.of<Element>(wide, t).t());
        if (!bias.defined()) continue;
        add_plane_sums(bias.mutable_data_ptr<Element>(), grad_output.const_data_ptr<Element>() + t * planes * area,
                       planes, area, scale);
      }
    });
    finish_result(grad_weight, weight);
    if (bias.defined()) finish_result(grad_bias, bias);
  }
  FBL_CATCH;
}
}
