// Order statistics along a dimension: the k-th smallest element, the k smallest or largest ones, the most frequent one.
#include <vector>

#include "bridge/direct.h"
#include "bridge/ranking.h"

namespace {

using fbl::tensor_of;

// Runs function(items of a run, values out, places out) for each run along dim; the results have `kept` elements a run.
template <typename Function>
void along_runs(void* values_handle, void* indices_handle, const void* handle, int dim, int64_t kept,
                Function&& function) {
  const at::Tensor& source = tensor_of(handle);
  TORCH_CHECK(dim >= 0 && dim < source.dim() && source.numel() > 0, "dimension ", dim + 1, " out of range");
  // The dimension last, so that each run lies in one piece.
  const at::Tensor runs = source.transpose(dim, -1).contiguous();
  const int64_t n = runs.size(-1);
  auto sizes = runs.sizes().vec();
  sizes.back() = kept;
  const at::Tensor values = fbl::empty(sizes, runs.options());
  const at::Tensor indices = fbl::empty(sizes, runs.options().dtype(c10::kLong));
  fbl::with_number_type(runs, [&](auto sample) {
    using Element = decltype(sample);
    std::vector<fbl::Ranked<Element>> items;
    const auto* run = runs.const_data_ptr<Element>();
    auto* value = values.mutable_data_ptr<Element>();
    auto* index = indices.mutable_data_ptr<int64_t>();
    for (int64_t i = 0; i < runs.numel() / n; ++i, run += n, value += kept, index += kept) {
      fbl::take_run(items, run, n);
      const fbl::Ranked<Element>* chosen = function(items.data(), n);
      for (int64_t k = 0; k < kept; ++k) {
        value[k] = chosen[k].value;
        index[k] = chosen[k].place + 1;
      }
    }
  });
  const auto give = [dim](void* result, const at::Tensor& tensor) {
    const at::Tensor placed = tensor.transpose(dim, -1);
    TORCH_CHECK(fbl_tensor_resize(result, static_cast<int>(placed.dim()), placed.sizes().data()) == fbl::kOk,
                fbl_last_error());
    tensor_of(result).copy_(placed);
  };
  give(values_handle, values);
  give(indices_handle, indices);
}

template <typename Element>
using Ascending = fbl::Ranking<Element, false>;

template <typename Element>
using Descending = fbl::Ranking<Element, true>;

// The most frequent of ordered items: of equals the smallest value, and the item that the order has last.
template <typename Element>
const fbl::Ranked<Element>* most_frequent(const fbl::Ranked<Element>* items, int64_t n) {
  const fbl::Ranked<Element>* best = items;
  int64_t longest = 0;
  int64_t length = 0;
  for (int64_t i = 0; i < n; ++i) {
    ++length;
    if (i + 1 < n && items[i + 1].value == items[i].value) continue;
    if (length > longest) {
      longest = length;
      best = items + i;
    }
    length = 0;
  }
  return best;
}

}  // namespace

extern "C" {

int fbl_kth(void* values, void* indices, const void* tensor, int dim, int64_t k) {
  FBL_TRY {
    TORCH_CHECK(dim >= 0 && dim < tensor_of(tensor).dim() && k >= 1 && k <= tensor_of(tensor).size(dim), "rank ", k,
                " is out of range");
    along_runs(values, indices, tensor, dim, 1, [k]<typename Element>(fbl::Ranked<Element>* items, int64_t n) {
      Ascending<Element>(items).select(k - 1, n);
      return items + k - 1;
    });
  }
  FBL_CATCH;
}

int fbl_topk(void* values, void* indices, const void* tensor, int dim, int64_t k, int largest, int sorted) {
  FBL_TRY {
    TORCH_CHECK(dim >= 0 && dim < tensor_of(tensor).dim() && k >= 1 && k <= tensor_of(tensor).size(dim), "count ", k,
                " is out of range");
    along_runs(values, indices, tensor, dim, k, [=]<typename Element>(fbl::Ranked<Element>* items, int64_t n) {
      if (largest == 0) {
        Ascending<Element>(items).select(k - 1, n);
        // the last of them is already in its place
        if (sorted != 0) Ascending<Element>(items).sort(k - 1);
        return items;
      }
      fbl::Ranked<Element>* chosen = items + (n - k);
      if (n > k) Ascending<Element>(items).select(n - k - 1, n);
      if (sorted != 0) Descending<Element>(chosen).sort(k);
      return chosen;
    });
  }
  FBL_CATCH;
}

int fbl_mode(void* values, void* indices, const void* tensor, int dim) {
  FBL_TRY {
    along_runs(values, indices, tensor, dim, 1, []<typename Element>(fbl::Ranked<Element>* items, int64_t n) {
      Ascending<Element>(items).sort(n);
      return most_frequent(static_cast<const fbl::Ranked<Element>*>(items), n);
    });
  }
  FBL_CATCH;
}
}
