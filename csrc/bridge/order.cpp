// Sequences and order statistics that have no operator of Torch7's rules.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "bridge/direct.h"

namespace {

using fbl::tensor_of;
using fbl::with_number_type;

// Position in a run of values that occurs most often; of equals the smallest value, of its positions the last.
template <typename Element>
int64_t mode_of(const Element* values, int64_t n, std::vector<int64_t>& order) {
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return values[a] < values[b]; });
  int64_t best = order[0];
  int64_t longest = 0;
  int64_t length = 0;
  for (int64_t i = 0; i < n; ++i) {
    ++length;
    const bool ends = i + 1 == n || values[order[i + 1]] != values[order[i]];
    if (!ends) continue;
    if (length > longest) {
      longest = length;
      best = order[i];
    }
    length = 0;
  }
  return best;
}

}  // namespace

extern "C" {

int fbl_sequence(void* handle, int spacing, double first, double step) {
  FBL_TRY {
    const at::Tensor& tensor = tensor_of(handle);
    const at::Tensor target = tensor.contiguous();
    with_number_type(target, [&](auto sample) {
      using Element = decltype(sample);
      auto* data = target.mutable_data_ptr<Element>();
      const int64_t n = target.numel();
      // Ranges were computed in double (or whole numbers), spaced points in the element type.
      const auto a = static_cast<Element>(first);
      const auto by = static_cast<Element>(step);
      for (int64_t i = 0; i < n; ++i) {
        const auto at = static_cast<Element>(i);
        switch (spacing) {
          case FBL_RANGE:
            data[i] = fbl::to_element<Element>(first + static_cast<double>(i) * step);
            break;
          case FBL_LINEAR:
            data[i] = static_cast<Element>(a + at * by);
            break;
          default:
            data[i] = fbl::to_element<Element>(std::pow(10.0, static_cast<double>(static_cast<Element>(a + at * by))));
        }
      }
    });
    if (!target.is_same(tensor)) tensor.copy_(target);
    fbl::bump(tensor.unsafeGetTensorImpl());
  }
  FBL_CATCH;
}

int fbl_mode(void* values_handle, void* indices_handle, const void* handle, int dim) {
  FBL_TRY {
    const at::Tensor& source = tensor_of(handle);
    TORCH_CHECK(dim >= 0 && dim < source.dim() && source.numel() > 0, "dimension ", dim + 1, " out of range");
    // The dimension last, so that each run lies in one piece.
    const at::Tensor runs = source.transpose(dim, -1).contiguous();
    const int64_t n = runs.size(-1);
    const int64_t count = runs.numel() / n;
    auto sizes = runs.sizes().vec();
    sizes.back() = 1;
    const at::Tensor values = runs.new_empty(sizes);
    const at::Tensor indices = runs.new_empty(sizes, at::TensorOptions().dtype(c10::kLong));
    with_number_type(runs, [&](auto sample) {
      using Element = decltype(sample);
      std::vector<int64_t> order(n);
      for (int64_t i = 0; i < count; ++i) {
        const auto* run = runs.const_data_ptr<Element>() + i * n;
        const int64_t best = mode_of(run, n, order);
        values.mutable_data_ptr<Element>()[i] = run[best];
        indices.mutable_data_ptr<int64_t>()[i] = best;
      }
    });
    tensor_of(values_handle).copy_(values.transpose(dim, -1));
    tensor_of(indices_handle).copy_(indices.transpose(dim, -1));
  }
  FBL_CATCH;
}
}
