// Convolutions of images as products of the weight with unfolded images, sample by sample, the way Torch7 computed
// them: the same order of additions, and no dispatcher between the steps. A transposed ("full") convolution is the same
// three products with input and output changing places, so each is written once, between a "dense" side (its planes are
// the rows of the weight) and a "wide" side (windows slide over it). The third product is in convolve_weight.cpp.
#include "bridge/convolution.h"
#include "bridge/multiply.h"

namespace {

using fbl::check_like;
using fbl::finish_result;
using fbl::multiply;
using fbl::Plan;
using fbl::sized_result;
using fbl::tensor_of;
using fbl::with_real_type;

// Multiplications worth a thread.
constexpr int64_t kWorthThread = 64 * 64 * 64;

// How samples are given to threads: whole ones while there is one for each thread, the rest each to all of them.
class Sharing {
 public:
  explicit Sharing(const Plan& plan) : batch_(plan.batch) {
    const int64_t sample = plan.dense_planes * plan.lines() * plan.sliding.places();
    grain_ = std::max<int64_t>(1, kWorthThread / sample);
    threads_ = at::get_num_threads();
    if (batch_ <= grain_ || batch_ < threads_) threads_ = 1;
  }

  // Threads that have a sample of their own.
  int64_t threads() const { return threads_; }

  template <typename Function>
  void each_sample(Function&& function) const {
    const int64_t together = threads_ == 1 ? 0 : batch_ - batch_ % threads_;
    at::parallel_for(0, together, grain_, [&](int64_t begin, int64_t end) {
      const c10::AutoGradMode no_grad(false);  // each thread has a mode of its own
      for (int64_t t = begin; t < end; ++t) function(t);
    });
    for (int64_t t = together; t < batch_; ++t) function(t);
  }

 private:
  int64_t batch_;
  int64_t grain_;
  int64_t threads_;
};

// The unfolded image of each thread's sample; the image itself where windows are single pixels.
class Unfolded {
 public:
  Unfolded(const at::Tensor& like, const Plan& plan, int64_t threads) : plan_(plan), trivial_(plan.sliding.trivial()) {
    if (!trivial_) work_ = fbl::empty({threads, plan.lines(), plan.sliding.places()}, like.options());
  }

  at::Tensor space(const at::Tensor& wide, int64_t sample) const {
    const int64_t lines = plan_.lines(), places = plan_.sliding.places();
    if (!trivial_) return fbl::matrix_over(work_, at::get_thread_num() * lines * places, lines, places);
    return fbl::matrix_over(wide, sample * plan_.wide_planes * plan_.sliding.area(), lines, places);
  }

  template <typename Element>
  at::Tensor of(const at::Tensor& wide, int64_t sample) const {
    const at::Tensor matrix = space(wide, sample);
    if (!trivial_) {
      fbl::unfold(matrix.mutable_data_ptr<Element>(),
                  wide.const_data_ptr<Element>() + sample * plan_.wide_planes * plan_.sliding.area(), plan_.wide_planes,
                  plan_.sliding);
    }
    return matrix;
  }

  template <typename Element>
  void put_back(const at::Tensor& wide, int64_t sample) const {
    if (trivial_) return;
    fbl::fold(wide.mutable_data_ptr<Element>() + sample * plan_.wide_planes * plan_.sliding.area(),
              space(wide, sample).template const_data_ptr<Element>(), plan_.wide_planes, plan_.sliding);
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
  const Sharing sharing(plan);
  const Unfolded unfolded(wide, plan, sharing.threads());
  with_real_type(dense, [&](auto sample_type) {
    using Element = decltype(sample_type);
    auto* data = dense.mutable_data_ptr<Element>();
    sharing.each_sample([&](int64_t t) {
      if (bias.defined()) {
        auto* row = data + t * rows * places;
        for (int64_t p = 0; p < rows; ++p, row += places) std::fill_n(row, places, bias.const_data_ptr<Element>()[p]);
      }
      multiply(fbl::matrix_over(dense, t * rows * places, rows, places), bias.defined() ? 1 : 0, 1, kernels,
               unfolded.of<Element>(wide, t));
    });
  });
}

// wide = folded (transposed weight x dense) (+ bias)
void scatter(const at::Tensor& wide, const at::Tensor& weight, const at::Tensor& dense, const at::Tensor& bias,
             const Plan& plan) {
  const int64_t rows = plan.dense_planes, places = plan.sliding.places(), area = plan.sliding.area();
  const at::Tensor kernels = fbl::matrix_over(weight, 0, rows, plan.lines()).t();
  const Sharing sharing(plan);
  const Unfolded unfolded(wide, plan, sharing.threads());
  with_real_type(dense, [&](auto sample_type) {
    using Element = decltype(sample_type);
    auto* data = wide.mutable_data_ptr<Element>();
    sharing.each_sample([&](int64_t t) {
      multiply(unfolded.space(wide, t), 0, 1, kernels, fbl::matrix_over(dense, t * rows * places, rows, places));
      unfolded.put_back<Element>(wide, t);
      if (!bias.defined()) return;
      auto* pixel = data + t * plan.wide_planes * area;
      for (int64_t p = 0; p < plan.wide_planes; ++p) {
        const Element add = bias.const_data_ptr<Element>()[p];
        for (int64_t i = 0; i < area; ++i) *pixel++ += add;
      }
    });
  });
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
}
