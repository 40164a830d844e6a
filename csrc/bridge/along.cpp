// Reductions along one dimension, which stays with size 1. Results are sized here: scripts call these on tiny matrices.
#include <ATen/Parallel.h>
#include <ATen/ops/max.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/min.h>
#include <ATen/ops/sum.h>

#include <algorithm>
#include <cmath>

#include "bridge/direct.h"
#include "bridge/wide.h"

namespace {

using fbl::tensor_of;

// A contiguous tensor around one of its dimensions: outer x size x inner.
struct Along {
  int64_t outer = 1;
  int64_t size = 1;
  int64_t inner = 1;

  Along(const at::Tensor& tensor, int dim) {
    for (int d = 0; d < tensor.dim(); ++d) (d < dim ? outer : d > dim ? inner : size) *= tensor.size(d);
  }
};

void check_dim(const at::Tensor& source, int dim) {
  const auto dims = fbl::torch7_dim(source.unsafeGetTensorImpl());
  TORCH_CHECK(dim >= 0 && dim < dims, "dimension ", dim + 1, " out of range of ", dims, "D tensor");
}

void size_result(void* result, const at::Tensor& source, int dim, c10::ScalarType type) {
  c10::SmallVector<int64_t, 8> sizes(source.sizes().begin(), source.sizes().end());
  sizes[dim] = 1;
  if (fbl::impl_of(result) == nullptr) {
    fbl::put_fresh(result, fbl::empty(sizes, source.options().dtype(type)));
  } else {
    TORCH_CHECK(fbl_tensor_resize(result, static_cast<int>(sizes.size()), sizes.data()) == fbl::kOk, fbl_last_error());
  }
}

template <typename Element>
void sum_along(Element* result, const Element* source, const Along& shape, bool mean) {
  for (int64_t o = 0; o < shape.outer; ++o) {
    for (int64_t i = 0; i < shape.inner; ++i) {
      const Element* run = source + o * shape.size * shape.inner + i;
      int64_t total = 0;
      for (int64_t k = 0; k < shape.size; ++k) total += run[k * shape.inner];
      if (mean) total /= shape.size;
      *result++ = static_cast<Element>(total);
    }
  }
}

// Rows that are summed at a time, to hide the latency of the additions.
constexpr int64_t kRows = 8;

// Sums of runs, in double precision from the first element to the last.
template <typename Element>
void sum_runs(Element* result, const Element* source, int64_t runs, int64_t size) {
  for (; runs >= kRows; runs -= kRows, source += kRows * size) {
    double totals[kRows] = {};
    for (int64_t k = 0; k < size; ++k) {
      for (int64_t j = 0; j < kRows; ++j) totals[j] += source[j * size + k];
    }
    for (const double total : totals) *result++ = static_cast<Element>(total);
  }
  for (; runs > 0; --runs, source += size) {
    double total = 0;
    for (int64_t k = 0; k < size; ++k) total += source[k];
    *result++ = static_cast<Element>(total);
  }
}

// Adds the rows of a block one after the other to columns of type Total.
template <typename Total, typename Element>
void sum_rows(Element* result, const Element* source, int64_t size, int64_t inner, int64_t first, int64_t last) {
  constexpr int64_t kColumns = 256;
  for (; first < last; first += kColumns) {
    const int64_t columns = std::min(kColumns, last - first);
    Total totals[kColumns] = {};
    for (int64_t k = 0; k < size; ++k) {
      const Element* row = source + k * inner + first;
      for (int64_t c = 0; c < columns; ++c) totals[c] += row[c];
    }
    for (int64_t c = 0; c < columns; ++c) result[first + c] = static_cast<Element>(totals[c]);
  }
}

// Along a dimension whose elements lie side by side Torch7 added in double precision, along others in the element's.
template <typename Element>
void sum_reals_along(Element* result, const Element* source, const Along& shape, bool side_by_side, bool mean) {
  constexpr int64_t kGrain = 32768;
  const int64_t block = shape.size * shape.inner;
  const auto sum = [&](int64_t o, int64_t first, int64_t last) {
    Element* to = result + o * shape.inner;
    const Element* from = source + o * block;
    side_by_side ? sum_rows<double>(to, from, shape.size, shape.inner, first, last)
                 : sum_rows<Element>(to, from, shape.size, shape.inner, first, last);
  };
  if (shape.inner == 1 && side_by_side) {
    at::parallel_for(0, shape.outer, std::max<int64_t>(1, kGrain / shape.size), [&](int64_t begin, int64_t end) {
      sum_runs(result + begin, source + begin * shape.size, end - begin, shape.size);
    });
  } else if (shape.outer == 1) {
    at::parallel_for(0, shape.inner, std::max<int64_t>(16, kGrain / shape.size),
                     [&](int64_t begin, int64_t end) { sum(0, begin, end); });
  } else {
    at::parallel_for(0, shape.outer, std::max<int64_t>(1, kGrain / block), [&](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o) sum(o, 0, shape.inner);
    });
  }
  if (!mean) return;
  const auto count = static_cast<Element>(shape.size);
  for (int64_t i = 0; i < shape.outer * shape.inner; ++i) result[i] /= count;
}

template <bool kLargest, typename Element>
FBL_INLINE bool better(Element a, Element b) {
  return kLargest ? a > b : a < b;
}

// The extreme of a run: lanes that the compiler turns into vectors, then the first place of the value. A NaN wins.
template <bool kLargest, typename Element>
FBL_INLINE int64_t place_of_extreme(const Element* run, int64_t n) {
  constexpr int64_t kLanes = 64 / static_cast<int64_t>(sizeof(Element));
  Element lanes[kLanes];
  std::fill_n(lanes, kLanes, run[0]);
  int unordered = 0;
  int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    for (int64_t j = 0; j < kLanes; ++j) {
      const Element x = run[k + j];
      lanes[j] = better<kLargest>(x, lanes[j]) ? x : lanes[j];
      unordered |= static_cast<int>(x != x);
    }
  }
  Element best = lanes[0];
  for (int64_t j = 1; j < kLanes; ++j) best = better<kLargest>(lanes[j], best) ? lanes[j] : best;
  for (; k < n; ++k) {
    best = better<kLargest>(run[k], best) ? run[k] : best;
    unordered |= static_cast<int>(run[k] != run[k]);
  }
  if (unordered != 0) {
    return std::find_if(run, run + n, [](Element x) { return x != x; }) - run;
  }
  // Whole blocks are compared at once until one has the value.
  constexpr int64_t kBlock = 4 * kLanes;
  int64_t first = 0;
  for (; first + kBlock <= n; first += kBlock) {
    int found = 0;
    for (int64_t j = 0; j < kBlock; ++j) found |= static_cast<int>(run[first + j] == best);
    if (found != 0) break;
  }
  return std::find(run + first, run + n, best) - run;
}

template <bool kLargest, typename Element>
FBL_INLINE void extreme_of_blocks(Element* values, int64_t* indices, const Element* source, const Along& shape,
                                  int64_t first, int64_t last) {
  for (int64_t o = first; o < last; ++o) {
    const Element* block = source + o * shape.size * shape.inner;
    Element* best = values + o * shape.inner;
    int64_t* place = indices + o * shape.inner;
    if (shape.inner == 1) {
      const int64_t found = place_of_extreme<kLargest>(block, shape.size);
      *best = block[found];
      *place = found + 1;
      continue;
    }
    std::copy_n(block, shape.inner, best);
    std::fill_n(place, shape.inner, 1);
    for (int64_t k = 1; k < shape.size; ++k) {
      const Element* row = block + k * shape.inner;
      for (int64_t i = 0; i < shape.inner; ++i) {
        const bool wins = better<kLargest>(row[i], best[i]) || (row[i] != row[i] && best[i] == best[i]);
        if (wins && best[i] == best[i]) {
          best[i] = row[i];
          place[i] = k + 1;
        }
      }
    }
  }
}

template <bool kLargest, typename Element>
FBL_WIDE void extreme_of_blocks_wide(Element* values, int64_t* indices, const Element* source, const Along& shape,
                                     int64_t first, int64_t last) {
  extreme_of_blocks<kLargest>(values, indices, source, shape, first, last);
}

template <bool kLargest, typename Element>
void extreme_along(Element* values, int64_t* indices, const Element* source, const Along& shape) {
  const int64_t grain = std::max<int64_t>(1, 32768 / std::max<int64_t>(1, shape.size * shape.inner));
  at::parallel_for(0, shape.outer, grain, [&](int64_t first, int64_t last) {
    if (fbl::wide()) {
      extreme_of_blocks_wide<kLargest>(values, indices, source, shape, first, last);
    } else {
      extreme_of_blocks<kLargest>(values, indices, source, shape, first, last);
    }
  });
}

}  // namespace

extern "C" {

int fbl_sum_along(void* result, const void* handle, int dim, int mean) {
  FBL_TRY {
    at::Tensor source = tensor_of(handle);
    check_dim(source, dim);
    if (fbl::impl_of(result) != nullptr && fbl_same_storage(result, handle) != 0) source = source.clone();
    size_result(result, source, dim, source.scalar_type());
    auto* impl = fbl::impl_of(result);
    const auto* from = source.unsafeGetTensorImpl();
    const auto type = source.scalar_type();
    if ((type == c10::kFloat || type == c10::kDouble) && source.is_cpu() && !source.requires_grad() &&
        impl->is_contiguous() && impl->dtype() == from->dtype()) {
      const bool side_by_side = source.stride(dim) == 1;
      source = source.contiguous();
      const auto sum = [&](auto sample) {
        using Element = decltype(sample);
        sum_reals_along(fbl::data_of<Element>(result), source.const_data_ptr<Element>(), Along(source, dim),
                        side_by_side, mean != 0);
      };
      type == c10::kFloat ? sum(float()) : sum(double());
      fbl::bump(impl);
      return fbl::kOk;
    }
    if (fbl::direct(impl) && fbl::direct(from) && impl->dtype() == from->dtype() &&
        fbl::with_direct_type(impl, [&](auto* tag) {
          using Element = std::remove_pointer_t<decltype(tag)>;
          sum_along(fbl::data_of<Element>(result), source.const_data_ptr<Element>(), Along(source, dim), mean != 0);
        })) {
      fbl::bump(impl);
      return fbl::kOk;
    }
    at::Tensor target = tensor_of(result);
    // The element type is kept, so sums of bytes wrap.
    if (mean != 0) {
      at::mean_out(target, source, dim, /*keepdim=*/true);
    } else {
      at::sum_out(target, source, dim, /*keepdim=*/true, source.scalar_type());
    }
  }
  FBL_CATCH;
}

int fbl_extreme_along(int sign, void* values, void* indices, const void* handle, int dim) {
  FBL_TRY {
    at::Tensor source = tensor_of(handle);
    check_dim(source, dim);
    if (fbl::impl_of(values) != nullptr && fbl_same_storage(values, handle) != 0) source = source.clone();
    size_result(values, source, dim, source.scalar_type());
    size_result(indices, source, dim, c10::kLong);
    at::Tensor best = tensor_of(values);
    at::Tensor place = tensor_of(indices);
    TORCH_CHECK(best.scalar_type() == source.scalar_type() && place.scalar_type() == c10::kLong,
                "results of the source's type and of torch.LongTensor expected");
    if (source.is_cpu() && best.is_contiguous() && place.is_contiguous()) {
      source = source.contiguous();
      fbl::with_number_type(source, [&](auto sample) {
        using Element = decltype(sample);
        auto* to = best.mutable_data_ptr<Element>();
        auto* at = place.mutable_data_ptr<int64_t>();
        const auto* from = source.const_data_ptr<Element>();
        sign > 0 ? extreme_along<true>(to, at, from, Along(source, dim))
                 : extreme_along<false>(to, at, from, Along(source, dim));
      });
      fbl::bump(best.unsafeGetTensorImpl());
      fbl::bump(place.unsafeGetTensorImpl());
      return fbl::kOk;
    }
    sign > 0 ? at::max_out(best, place, source, dim, true) : at::min_out(best, place, source, dim, true);
    place.add_(1);
  }
  FBL_CATCH;
}
}
