// Convolutions that join only some pairs of planes: a loop over the connections, each one small correlation.
#include <vector>

#include "bridge/layer.h"
#include "bridge/scaled.h"

namespace {

using fbl::finish_result;
using fbl::sized_result;
using fbl::tensor_of;
using fbl::with_real_type;

struct Connection {
  int64_t from;
  int64_t to;
};

// Kernels of one size that slide over the "wide" planes; the transposed form has its wide planes on the output side.
struct Shape {
  int64_t kernel_h;
  int64_t kernel_w;
  int64_t stride_h;
  int64_t stride_w;
  int64_t wide_h;
  int64_t wide_w;
  int64_t rows;
  int64_t columns;

  int64_t taps() const { return kernel_h * kernel_w; }
  int64_t wide() const { return wide_h * wide_w; }
  int64_t narrow() const { return rows * columns; }
};

// Rows shorter than this were no work for Torch7's vector loop, which rounded a product and its addition at once.
constexpr int64_t kVectorColumns = 4;

// One place of a correlation, summed before it is added.
template <typename Element>
Element weigh_place(const Element* wide, const Element* kernel, const Shape& s) {
  Element sum = 0;
  for (int64_t y = 0; y < s.kernel_h; ++y, wide += s.wide_w) {
    for (int64_t x = 0; x < s.kernel_w; ++x) sum += wide[x] * *kernel++;
  }
  return sum;
}

// Adds one place's share of every kernel element to its window.
template <typename Element>
void add_window(Element* wide, const Element* kernel, Element factor, const Shape& s) {
  for (int64_t y = 0; y < s.kernel_h; ++y, wide += s.wide_w) {
    for (int64_t x = 0; x < s.kernel_w; ++x) wide[x] += factor * *kernel++;
  }
}

template <typename Element>
void gather_plane(Element* narrow, const Element* wide, const Element* kernel, const Shape& s) {
  for (int64_t r = 0; r < s.rows; ++r, narrow += s.columns) {
    if (s.stride_w != 1 || s.columns < kVectorColumns) {
      const Element* row = wide + r * s.stride_h * s.wide_w;
      for (int64_t c = 0; c < s.columns; ++c) narrow[c] += weigh_place(row + c * s.stride_w, kernel, s);
      continue;
    }
    const Element* weight = kernel;
    for (int64_t y = 0; y < s.kernel_h; ++y) {
      const Element* row = wide + (r * s.stride_h + y) * s.wide_w;
      for (int64_t x = 0; x < s.kernel_w; ++x) fbl::add_scaled(narrow, narrow, *weight++, row + x, s.columns);
    }
  }
}

template <typename Element>
void scatter_plane(Element* wide, const Element* narrow, const Element* kernel, const Shape& s) {
  for (int64_t r = 0; r < s.rows; ++r, narrow += s.columns) {
    const Element* weight = kernel;
    Element* row = wide + r * s.stride_h * s.wide_w;
    if (s.stride_w != 1 || s.columns < kVectorColumns) {
      for (int64_t c = 0; c < s.columns; ++c) add_window(row + c * s.stride_w, kernel, narrow[c], s);
      continue;
    }
    for (int64_t y = 0; y < s.kernel_h; ++y, row += s.wide_w) {
      for (int64_t x = 0; x < s.kernel_w; ++x) fbl::add_scaled(row + x, row + x, *weight++, narrow, s.columns);
    }
  }
}

// Each place of the gradient in turn adds its window to the kernel's gradient.
template <typename Element>
void weigh_plane(Element* kernel, const Element* wide, const Element* narrow, Element scale, const Shape& s) {
  const bool vector = s.stride_w == 1 && s.columns >= kVectorColumns;
  for (int64_t r = 0; r < s.rows; ++r) {
    for (int64_t c = 0; c < s.columns; ++c) {
      const Element factor = *narrow++ * scale;
      const Element* window = wide + r * s.stride_h * s.wide_w + c * s.stride_w;
      Element* sum = kernel;
      for (int64_t y = 0; y < s.kernel_h; ++y, window += s.wide_w, sum += s.kernel_w) {
        if (vector) {
          fbl::add_scaled(sum, sum, factor, window, s.kernel_w);
        } else {
          for (int64_t x = 0; x < s.kernel_w; ++x) sum[x] += factor * window[x];
        }
      }
    }
  }
}

struct Job {
  Shape shape;
  bool transposed;
  bool batched;
  int64_t batch;
  int64_t input_planes;
  int64_t output_planes;
  int64_t input_area;
  int64_t output_area;
  std::vector<Connection> connections;

  Job(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& table, int64_t input_planes,
      int64_t output_planes, int stride_w, int stride_h, bool transposed)
      : transposed(transposed), batched(input.dim() == 4), output_planes(output_planes) {
    TORCH_CHECK(input.is_cpu() && (input.scalar_type() == c10::kFloat || input.scalar_type() == c10::kDouble),
                "not defined for tensors of ", input.scalar_type());
    TORCH_CHECK(input.scalar_type() == weight.scalar_type(), "weight is a tensor of ", weight.scalar_type(),
                ", input one of ", input.scalar_type());
    TORCH_CHECK(input.dim() == 3 || batched, "3D or 4D (batch mode) tensor expected, got size ", input.sizes());
    TORCH_CHECK(stride_w > 0 && stride_h > 0, "stride should be greater than zero, but got dH: ", stride_h,
                " dW: ", stride_w);
    TORCH_CHECK(weight.dim() == 3 && table.dim() == 2 && table.size(1) == 2 && table.size(0) == weight.size(0),
                "a kernel for each row of the connection table expected, got kernels of size ", weight.sizes(),
                " and a table of size ", table.sizes());
    const int64_t at = batched ? 1 : 0;
    batch = batched ? input.size(0) : 1;
    this->input_planes = input.size(at);
    TORCH_CHECK(this->input_planes >= input_planes, "invalid number of input planes: at least ", input_planes,
                " expected, got ", this->input_planes);
    const int64_t height = input.size(at + 1), width = input.size(at + 2);
    const int64_t kh = weight.size(1), kw = weight.size(2);
    if (transposed) {
      shape = {kh, kw, stride_h, stride_w, (height - 1) * stride_h + kh, (width - 1) * stride_w + kw, height, width};
    } else {
      TORCH_CHECK(height >= kh && width >= kw, "input image (", height, "x", width, ") smaller than kernel size (", kh,
                  "x", kw, ")");
      shape = {kh, kw, stride_h, stride_w, height, width, (height - kh) / stride_h + 1, (width - kw) / stride_w + 1};
    }
    input_area = transposed ? shape.narrow() : shape.wide();
    output_area = transposed ? shape.wide() : shape.narrow();
    read(table);
  }

  c10::SmallVector<int64_t, 4> output_sizes() const {
    c10::SmallVector<int64_t, 4> sizes;
    if (batched) sizes.push_back(batch);
    sizes.push_back(output_planes);
    sizes.push_back(transposed ? shape.wide_h : shape.rows);
    sizes.push_back(transposed ? shape.wide_w : shape.columns);
    return sizes;
  }

 private:
  void read(const at::Tensor& table) {
    const at::Tensor pairs = table.to(c10::kLong).contiguous();
    const auto* pair = pairs.const_data_ptr<int64_t>();
    connections.reserve(pairs.size(0));
    for (int64_t k = 0; k < pairs.size(0); ++k, pair += 2) {
      TORCH_CHECK(pair[0] >= 1 && pair[0] <= input_planes && pair[1] >= 1 && pair[1] <= output_planes, "connection ",
                  k + 1, " joins plane ", pair[0], " to ", pair[1], ", beyond the ", input_planes, " input and ",
                  output_planes, " output planes");
      connections.push_back({pair[0] - 1, pair[1] - 1});
    }
  }
};

void check_gradient(const at::Tensor& grad_output, const at::Tensor& input, const Job& job) {
  TORCH_CHECK(
      grad_output.sizes() == c10::IntArrayRef(job.output_sizes()) && grad_output.scalar_type() == input.scalar_type(),
      "Need gradOutput of size ", c10::IntArrayRef(job.output_sizes()), ", but got gradOutput of size ",
      grad_output.sizes());
}

}  // namespace

extern "C" {

int fbl_connect(void* output, const void* input_handle, const void* weight_handle, const void* bias_handle,
                const void* table, const fbl_connections* c) {
  FBL_TRY {
    const at::Tensor input = tensor_of(input_handle).contiguous();
    const at::Tensor weight = tensor_of(weight_handle).contiguous();
    const at::Tensor bias = tensor_of(bias_handle).contiguous();
    const Job job(input, weight, tensor_of(table), c->input_planes, c->output_planes, c->stride_w, c->stride_h,
                  c->transposed != 0);
    TORCH_CHECK(bias.scalar_type() == input.scalar_type() && bias.numel() >= job.output_planes, "bias of size ",
                bias.sizes(), ", ", job.output_planes, " elements expected");
    const at::Tensor result = sized_result(output, job.output_sizes());
    fbl::check_like(result, input, "output");
    with_real_type(input, [&](auto sample_type) {
      using Element = decltype(sample_type);
      const auto* from = input.const_data_ptr<Element>();
      const auto* kernels = weight.const_data_ptr<Element>();
      auto* to = result.mutable_data_ptr<Element>();
      for (int64_t t = 0; t < job.batch; ++t) {
        for (int64_t p = 0; p < job.output_planes; ++p) {
          std::fill_n(to + p * job.output_area, job.output_area, bias.const_data_ptr<Element>()[p]);
        }
        const Element* kernel = kernels;
        for (const Connection& k : job.connections) {
          Element* sum = to + k.to * job.output_area;
          const Element* seen = from + k.from * job.input_area;
          job.transposed ? scatter_plane(sum, seen, kernel, job.shape) : gather_plane(sum, seen, kernel, job.shape);
          kernel += job.shape.taps();
        }
        from += job.input_planes * job.input_area;
        to += job.output_planes * job.output_area;
      }
    });
    finish_result(output, result);
  }
  FBL_CATCH;
}

int fbl_connect_input(void* grad_input, const void* input_handle, const void* grad_output_handle,
                      const void* weight_handle, const void* table, const fbl_connections* c) {
  FBL_TRY {
    const at::Tensor& input = tensor_of(input_handle);
    const at::Tensor grad_output = tensor_of(grad_output_handle).contiguous();
    const at::Tensor weight = tensor_of(weight_handle).contiguous();
    const Job job(input, weight, tensor_of(table), c->input_planes, c->output_planes, c->stride_w, c->stride_h,
                  c->transposed != 0);
    check_gradient(grad_output, input, job);
    const at::Tensor result = sized_result(grad_input, input.sizes());
    fbl::check_like(result, input, "gradInput");
    with_real_type(input, [&](auto sample_type) {
      using Element = decltype(sample_type);
      const auto* from = grad_output.const_data_ptr<Element>();
      const auto* kernels = weight.const_data_ptr<Element>();
      auto* to = result.mutable_data_ptr<Element>();
      std::fill_n(to, result.numel(), Element(0));
      for (int64_t t = 0; t < job.batch; ++t) {
        const Element* kernel = kernels;
        for (const Connection& k : job.connections) {
          Element* sum = to + k.from * job.input_area;
          const Element* seen = from + k.to * job.output_area;
          job.transposed ? gather_plane(sum, seen, kernel, job.shape) : scatter_plane(sum, seen, kernel, job.shape);
          kernel += job.shape.taps();
        }
        from += job.output_planes * job.output_area;
        to += job.input_planes * job.input_area;
      }
    });
    finish_result(grad_input, result);
  }
  FBL_CATCH;
}

int fbl_connect_weight(void* grad_weight, void* grad_bias, const void* input_handle, const void* grad_output_handle,
                       const void* table, double scale, const fbl_connections* c) {
  FBL_TRY {
    const at::Tensor input = tensor_of(input_handle).contiguous();
    const at::Tensor grad_output = tensor_of(grad_output_handle).contiguous();
    const at::Tensor weight = tensor_of(grad_weight).contiguous();
    const at::Tensor bias = tensor_of(grad_bias).contiguous();
    const Job job(input, weight, tensor_of(table), c->input_planes, c->output_planes, c->stride_w, c->stride_h,
                  c->transposed != 0);
    check_gradient(grad_output, input, job);
    TORCH_CHECK(bias.scalar_type() == input.scalar_type() && bias.numel() >= job.output_planes, "gradBias of size ",
                bias.sizes(), ", ", job.output_planes, " elements expected");
    with_real_type(input, [&](auto sample_type) {
      using Element = decltype(sample_type);
      const auto factor = static_cast<Element>(scale);
      const auto* seen = input.const_data_ptr<Element>();
      const auto* gradient = grad_output.const_data_ptr<Element>();
      for (int64_t t = 0; t < job.batch; ++t) {
        for (int64_t p = 0; p < job.output_planes; ++p) {
          const Element* plane = gradient + p * job.output_area;
          auto& total = bias.mutable_data_ptr<Element>()[p];
          for (int64_t i = 0; i < job.output_area; ++i) total += factor * plane[i];
        }
        auto* kernel = weight.mutable_data_ptr<Element>();
        for (const Connection& k : job.connections) {
          const Element* in = seen + k.from * job.input_area;
          const Element* out = gradient + k.to * job.output_area;
          job.transposed ? weigh_plane(kernel, out, in, factor, job.shape)
                         : weigh_plane(kernel, in, out, factor, job.shape);
          kernel += job.shape.taps();
        }
        seen += job.input_planes * job.input_area;
        gradient += job.output_planes * job.output_area;
      }
    });
    finish_result(grad_weight, weight);
    finish_result(grad_bias, bias);
  }
  FBL_CATCH;
}
}
