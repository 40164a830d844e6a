// Max pooling of images. A window's first maximum wins and NaN never does, as in Torch7 (ATen lets NaN win).
#include <ATen/Parallel.h>

#include <limits>

#include "bridge/layer.h"

namespace {

using fbl::check_like;
using fbl::finish_result;
using fbl::sized_result;
using fbl::tensor_of;
using fbl::with_real_type;

// One dimension of the window and of the images it slides over.
struct Axis {
  int64_t size, kernel, stride, padding, dilation, count;

  Axis(int64_t size, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation, bool ceil)
      : size(size), kernel(kernel), stride(stride), padding(padding), dilation(dilation) {
    TORCH_CHECK(kernel > 0 && stride > 0 && dilation > 0 && padding >= 0,
                "kernel, stride and dilation must be positive");
    const int64_t free = size + 2 * padding - dilation * (kernel - 1) - 1;
    if (free < 0) {
      count = 0;
      return;
    }
    count = (free + (ceil ? stride - 1 : 0)) / stride + 1;
    // No window starts behind the image and its padding in front.
    if ((count - 1) * stride >= size + padding) --count;
  }

  int64_t first(int64_t window) const {
    const int64_t start = window * stride - padding;
    return start >= 0 ? start : start + (-start + dilation - 1) / dilation * dilation;
  }
  int64_t end(int64_t window) const { return std::min(window * stride - padding + dilation * (kernel - 1) + 1, size); }

  // Windows of two neighbours side by side, all of them within the image.
  bool pairs() const { return kernel == 2 && stride == 2 && padding == 0 && dilation == 1 && 2 * count <= size; }
};

template <typename Element>
inline void consider(Element value, int64_t place, Element* best, int64_t* where) {
  const bool wins = value > *best;
  *best = wins ? value : *best;
  *where = wins ? place : *where;
}

template <typename Element>
void pool_pairs(const Element* plane, Element* values, int64_t* places, const Axis& rows, const Axis& columns) {
  for (int64_t y = 0; y < rows.count; ++y) {
    const int64_t start = 2 * y * columns.size;
    const Element* upper = plane + start;
    const Element* lower = upper + columns.size;
    for (int64_t x = 0; x < columns.count; ++x) {
      Element best = -std::numeric_limits<Element>::infinity();
      int64_t where = 0;
      const int64_t place = start + 2 * x + 1;
      consider(upper[2 * x], place, &best, &where);
      consider(upper[2 * x + 1], place + 1, &best, &where);
      consider(lower[2 * x], place + columns.size, &best, &where);
      consider(lower[2 * x + 1], place + columns.size + 1, &best, &where);
      *values++ = best;
      *places++ = where;
    }
  }
}

template <typename Element>
void pool_plane(const Element* plane, Element* values, int64_t* places, const Axis& rows, const Axis& columns) {
  for (int64_t y = 0; y < rows.count; ++y) {
    const int64_t top = rows.first(y), bottom = rows.end(y);
    for (int64_t x = 0; x < columns.count; ++x) {
      const int64_t left = columns.first(x), right = columns.end(x);
      Element best = -std::numeric_limits<Element>::infinity();
      int64_t where = 0;
      for (int64_t i = top; i < bottom; i += rows.dilation) {
        for (int64_t j = left; j < right; j += columns.dilation) {
          consider(plane[i * columns.size + j], i * columns.size + j + 1, &best, &where);
        }
      }
      *values++ = best;
      *places++ = where;
    }
  }
}

// Adds the gradients of windows to their places in a plane. Windows of nothing but NaN have none.
template <typename Element>
void spread_checked(Element* plane, int64_t area, const Element* gradients, const int64_t* places, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    if (places[i] == 0) continue;
    TORCH_CHECK(places[i] > 0 && places[i] <= area, "indices holds ", places[i], ", a plane has ", area, " elements");
    plane[places[i] - 1] += gradients[i];
  }
}

// The same in a plane that is made zeros first; meanwhile what the next plane needs is fetched.
template <typename Element>
void spread_plane(Element* plane, int64_t area, const Element* gradients, const int64_t* places, int64_t count) {
  constexpr int64_t step = 8, ahead = 2048 / sizeof(int64_t), line = 64 / sizeof(Element);
  std::fill_n(plane, area, Element(0));
  const int64_t share = step * area / std::max<int64_t>(1, count);  // elements of the plane for so many windows
  const Element* next = plane + area;
  int64_t i = 0;
  for (; i + step <= count; i += step, next += share) {
    __builtin_prefetch(places + i + ahead);
    __builtin_prefetch(gradients + i + ahead);
    for (int64_t at = 0; at < share; at += line) __builtin_prefetch(next + at, 1);
    bool outside = false;
    for (int64_t k = i; k < i + step; ++k) {
      outside |= static_cast<uint64_t>(places[k] - 1) >= static_cast<uint64_t>(area);
    }
    if (outside) {
      spread_checked(plane, area, gradients + i, places + i, step);
    } else {
      for (int64_t k = i; k < i + step; ++k) plane[places[k] - 1] += gradients[k];
    }
  }
  spread_checked(plane, area, gradients + i, places + i, count - i);
}

template <typename Function>
void each_plane(int64_t planes, int64_t elements, Function&& function) {
  at::parallel_for(0, planes, std::max<int64_t>(1, 16384 / std::max<int64_t>(1, elements)),
                   [&](int64_t begin, int64_t end) {
                     for (int64_t p = begin; p < end; ++p) function(p);
                   });
}

}  // namespace

extern "C" {

int fbl_max_pool(void* output, void* places, const void* input_handle, const fbl_window* window, int ceil) {
  FBL_TRY {
    const at::Tensor input = tensor_of(input_handle).contiguous();
    const auto dims = input.dim();
    TORCH_CHECK(dims == 3 || dims == 4, "3D or 4D tensor expected, got one of size ", input.sizes());
    const Axis rows(input.size(-2), window->kernel_h, window->stride_h, window->padding_h, window->dilation_h,
                    ceil != 0);
    const Axis columns(input.size(-1), window->kernel_w, window->stride_w, window->padding_w, window->dilation_w,
                       ceil != 0);
    TORCH_CHECK(rows.count > 0 && columns.count > 0, "Given input size: (", input.size(-3), "x", rows.size, "x",
                columns.size, "). Calculated output size: (", input.size(-3), "x", rows.count, "x", columns.count,
                "). Output size is too small");
    check_like(tensor_of(output), input, "output");
    TORCH_CHECK(tensor_of(places).scalar_type() == c10::kLong, "indices is no LongTensor");
    c10::SmallVector<int64_t, 4> sizes(input.sizes().begin(), input.sizes().end());
    sizes[dims - 2] = rows.count;
    sizes[dims - 1] = columns.count;
    const at::Tensor values = sized_result(output, sizes), where = sized_result(places, sizes);
    const int64_t area = rows.size * columns.size, results = rows.count * columns.count;
    with_real_type(input, [&](auto sample) {
      using Element = decltype(sample);
      const auto* from = input.const_data_ptr<Element>();
      auto* to = values.mutable_data_ptr<Element>();
      auto* at = where.mutable_data_ptr<int64_t>();
      const bool pairs = rows.pairs() && columns.pairs();
      each_plane(input.numel() / area, area, [&](int64_t p) {
        pairs ? pool_pairs(from + p * area, to + p * results, at + p * results, rows, columns)
              : pool_plane(from + p * area, to + p * results, at + p * results, rows, columns);
      });
    });
    finish_result(output, values);
    finish_result(places, where);
  }
  FBL_CATCH;
}

int fbl_max_pool_input(void* grad_input, const void* input_handle, const void* grad_output, const void* places) {
  FBL_TRY {
    const at::Tensor& input = tensor_of(input_handle);
    const at::Tensor gradient = tensor_of(grad_output).contiguous();
    const at::Tensor where = tensor_of(places).contiguous();
    TORCH_CHECK(input.dim() == 3 || input.dim() == 4, "3D or 4D tensor expected, got one of size ", input.sizes());
    TORCH_CHECK(where.scalar_type() == c10::kLong && where.numel() == gradient.numel(), "indices has size ",
                where.sizes(), ", gradOutput ", gradient.sizes(), ": they must be those of one forward pass");
    check_like(gradient, input, "gradOutput");
    check_like(tensor_of(grad_input), input, "gradInput");
    const int64_t area = input.size(-1) * input.size(-2);
    const int64_t planes = input.numel() / std::max<int64_t>(1, area);
    TORCH_CHECK(planes > 0 && gradient.numel() % planes == 0, "gradOutput has size ", gradient.sizes(), ", input ",
                input.sizes());
    const int64_t results = gradient.numel() / planes;
    const at::Tensor result = sized_result(grad_input, input.sizes());
    with_real_type(input, [&](auto sample) {
      using Element = decltype(sample);
      const auto* from = gradient.const_data_ptr<Element>();
      const auto* at = where.const_data_ptr<int64_t>();
      auto* to = result.mutable_data_ptr<Element>();
      each_plane(planes, area,
                 [&](int64_t p) { spread_plane(to + p * area, area, from + p * results, at + p * results, results); });
    });
    finish_result(grad_input, result);
  }
  FBL_CATCH;
}
}
