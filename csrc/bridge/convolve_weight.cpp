// The gradient of a convolution with respect to its weight: products of the output's gradient with unfolded images, one
// sample after the other, as Torch7 added them. Threads share the weight's columns, not the samples, so each element is
// the same sum in the same order whatever their number.
#include "bridge/convolution.h"
#include "bridge/multiply.h"
#include "bridge/taps.h"

namespace {

using fbl::check_like;
using fbl::finish_result;
using fbl::multiply;
using fbl::Plan;
using fbl::tensor_of;
using fbl::with_real_type;

// Multiplications worth a thread, and elements where there is but an addition for each.
constexpr int64_t kWorthThread = 64 * 64 * 64;
constexpr int64_t kSumsWorthThread = 32768;

// Unfolded images of more elements do not stay in a processor's cache: they are made and used in pieces.
constexpr int64_t kLargeImage = 1 << 20;
constexpr int64_t kPieceBytes = 512 * 1024;
// Columns of a piece: the depth at which OpenBLAS itself cuts products on processors with AVX-512, so that the
// additions are those of the whole product.
template <typename Element>
constexpr int64_t kPieceDepth = std::is_same_v<Element, float> ? 448 : 384;
// The least lines of the unfolded image that a thread takes.
constexpr int64_t kLines = 32;
constexpr int64_t kLargeLines = 4;

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

// total (rows x lines) += scale * sum over samples of dense (rows x places) x transposed unfolded wide (lines x places)
template <typename Element>
class WeightGradient {
 public:
  WeightGradient(const at::Tensor& weight, const at::Tensor& dense, const at::Tensor& wide, const Plan& plan,
                 double scale)
      : weight_(weight), dense_(dense), wide_(wide), plan_(plan), scale_(scale) {}

  void add() const {
    const int64_t lines = plan_.lines(), rows = plan_.dense_planes, places = plan_.sliding.places();
    const bool large = !plan_.sliding.trivial() && lines * places > kLargeImage;
    if (large && fbl::Taps<Element>::supported() && 5 * rows >= 4 * padded_rows()) return add_taps();
    const int64_t unit = large ? kLargeLines : kLines;
    const int64_t units = std::max<int64_t>(1, lines / unit);
    const int64_t grain = std::max<int64_t>(1, kWorthThread / (unit * rows * places * plan_.batch));
    at::parallel_for(0, units, grain, [&](int64_t begin, int64_t end) {
      const c10::AutoGradMode no_grad(false);  // each thread has a mode of its own
      const int64_t first = begin * unit, last = end == units ? lines : end * unit;
      large ? add_in_pieces(first, last) : add_lines(first, last);
    });
  }

 private:
  at::Tensor dense_part(int64_t sample, int64_t first_place, int64_t count) const {
    const int64_t rows = plan_.dense_planes, places = plan_.sliding.places();
    const int64_t offset = dense_.storage_offset() + sample * rows * places + first_place;
    return fbl::strided_view(dense_, {rows, count}, {places, 1}, offset);
  }

  at::Tensor unfolded(const at::Tensor& work, int64_t sample, int64_t first, int64_t last, int64_t first_place,
                      int64_t last_place) const {
    const int64_t image = sample * plan_.wide_planes * plan_.sliding.area();
    if (plan_.sliding.trivial()) {
      return fbl::matrix_over(wide_, image + first * plan_.sliding.area(), last - first, plan_.sliding.area());
    }
    const at::Tensor matrix = fbl::matrix_over(work, 0, last - first, last_place - first_place);
    fbl::unfold_part(matrix.mutable_data_ptr<Element>(), wide_.const_data_ptr<Element>() + image, plan_.sliding, first,
                     last, first_place, last_place);
    return matrix;
  }

  void add_lines(int64_t first, int64_t last) const {
    const int64_t rows = plan_.dense_planes, places = plan_.sliding.places(), count = last - first;
    const at::Tensor total =
        fbl::strided_view(weight_, {rows, count}, {plan_.lines(), 1}, weight_.storage_offset() + first);
    at::Tensor work;
    if (!plan_.sliding.trivial()) work = fbl::empty({count, places}, weight_.options());
    for (int64_t t = 0; t < plan_.batch; ++t) {
      multiply(total, 1, scale_, dense_part(t, 0, places), unfolded(work, t, first, last, 0, places).t());
    }
  }

  static constexpr int64_t kTapRows = fbl::Taps<Element>::kRows;
  static constexpr int64_t kTapLines = fbl::Taps<Element>::kLines;

  int64_t padded_rows() const { return (plan_.dense_planes + kTapRows - 1) / kTapRows * kTapRows; }

  // Calls function(element of the weight, of the sums that Taps adds to) for each element.
  template <typename Function>
  void each_tap_sum(Element* sums, int64_t tiles, Function&& function) const {
    auto* row = weight_.mutable_data_ptr<Element>();
    for (int64_t r = 0; r < plan_.dense_planes; ++r, row += plan_.lines()) {
      auto* sum = sums + r / kTapRows * tiles * kTapLines * kTapRows + r % kTapRows;
      for (int64_t l = 0; l < plan_.lines(); ++l) function(row[l], sum[l * kTapRows]);
    }
  }

  // add without an unfolded image.
  void add_taps() const {
    using Taps = fbl::Taps<Element>;
    const auto& s = plan_.sliding;
    const int64_t lines = plan_.lines(), rows = plan_.dense_planes, places = s.places(), planes = plan_.wide_planes;
    const int64_t tiles = (lines + kTapLines - 1) / kTapLines;
    const auto options = weight_.options();
    const at::Tensor padded = fbl::empty({Taps::padded_size(s, planes)}, options);
    const at::Tensor packed = fbl::empty({Taps::packed_size(rows, places)}, options);
    const at::Tensor sums = fbl::empty({padded_rows() * tiles * kTapLines}, options);
    auto* image = padded.mutable_data_ptr<Element>();
    auto* dense = packed.mutable_data_ptr<Element>();
    auto* totals = sums.mutable_data_ptr<Element>();
    std::fill_n(totals, sums.numel(), Element(0));
    each_tap_sum(totals, tiles, [](Element& weight, Element& sum) { sum = weight; });
    const int64_t plane_grain = std::max<int64_t>(1, kSumsWorthThread / s.area());
    const int64_t place_grain = std::max<int64_t>(1, kSumsWorthThread / rows);
    const int64_t tile_grain = std::max<int64_t>(1, kWorthThread / (kTapLines * rows * places));
    for (int64_t t = 0; t < plan_.batch; ++t) {
      const auto* from = wide_.const_data_ptr<Element>() + t * planes * s.area();
      at::parallel_for(0, planes, plane_grain, [&](int64_t begin, int64_t end) {
        Taps::pad(image + Taps::padded_size(s, begin), from + begin * s.area(), s, end - begin);
      });
      const auto* gradients = dense_.const_data_ptr<Element>() + t * rows * places;
      at::parallel_for(0, places, place_grain,
                       [&](int64_t begin, int64_t end) { Taps::pack(dense, gradients, rows, places, begin, end); });
      at::parallel_for(0, tiles, tile_grain, [&](int64_t begin, int64_t end) {
        Taps::add(totals, tiles * kTapLines, dense, rows, image, s, begin * kTapLines, std::min(end * kTapLines, lines),
                  static_cast<Element>(scale_));
      });
    }
    each_tap_sum(totals, tiles, [](Element& weight, Element& sum) { weight = sum; });
  }

  // add_lines with pieces of the unfolded image that fit into the cache, and the transposed product, which libraries
  // compute faster where the weight has few rows.
  void add_in_pieces(int64_t first, int64_t last) const {
    constexpr int64_t depth = kPieceDepth<Element>;
    const int64_t rows = plan_.dense_planes, places = plan_.sliding.places();
    const int64_t fitting = kPieceBytes / (depth * static_cast<int64_t>(sizeof(Element)));
    const int64_t groups = (last - first + fitting - 1) / fitting;
    const int64_t most = (last - first + groups - 1) / groups;
    const at::Tensor work = fbl::empty({most, 2 * depth}, weight_.options());
    const at::Tensor space = fbl::empty({most, rows}, weight_.options());
    for (int64_t at = first; at < last; at += most) {
      const int64_t until = std::min(at + most, last);
      const at::Tensor total =
          fbl::strided_view(weight_, {rows, until - at}, {plan_.lines(), 1}, weight_.storage_offset() + at).t();
      const at::Tensor sums = fbl::matrix_over(space, 0, until - at, rows);
      sums.copy_(total);
      for (int64_t t = 0; t < plan_.batch; ++t) {
        for (int64_t place = 0, next; place < places; place = next) {
          next = places - place < 2 * depth ? places : place + depth;
          multiply(sums, 1, scale_, unfolded(work, t, at, until, place, next), dense_part(t, place, next - place).t());
        }
      }
      total.copy_(sums);
    }
  }

  const at::Tensor& weight_;
  const at::Tensor& dense_;
  const at::Tensor& wide_;
  const Plan& plan_;
  double scale_;
};

template <typename Element>
void add_bias_gradient(const at::Tensor& bias, const at::Tensor& grad_output, int64_t batch, double scale) {
  const int64_t planes = bias.numel(), area = grad_output.numel() / (batch * planes);
  auto* totals = bias.mutable_data_ptr<Element>();
  const auto* gradients = grad_output.const_data_ptr<Element>();
  const int64_t grain = std::max<int64_t>(1, kSumsWorthThread / (batch * area));
  at::parallel_for(0, planes, grain, [&](int64_t begin, int64_t end) {
    for (int64_t t = 0; t < batch; ++t) {
      add_plane_sums(totals + begin, gradients + (t * planes + begin) * area, end - begin, area, scale);
    }
  });
}

}  // namespace

extern "C" {

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
    const at::Tensor bias = grad_bias != nullptr ? tensor_of(grad_bias).contiguous() : at::Tensor();
    const int64_t planes = plan.output[plan.output.size() - 3];
    if (bias.defined()) {
      check_like(bias, input, "gradBias");
      TORCH_CHECK(bias.numel() == planes, "gradBias has ", bias.numel(), " elements, ", planes, " expected");
    }
    with_real_type(input, [&](auto sample_type) {
      using Element = decltype(sample_type);
      WeightGradient<Element>(weight, dense, wide, plan, scale).add();
      if (bias.defined()) add_bias_gradient<Element>(bias, grad_output, plan.batch, scale);
    });
    finish_result(grad_weight, weight);
    if (bias.defined()) finish_result(grad_bias, bias);
  }
  FBL_CATCH;
}
}
