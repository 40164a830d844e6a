// Sorting the runs of a last dimension by the digits of their keys, far fewer steps than comparing them. Where elements
// are equal (or NaN), their order is that of Torch7's quicksort, which is then run as it was.
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "bridge/direct.h"
#include "bridge/ranking.h"

namespace {

using fbl::tensor_of;

template <typename Element>
using KeyOf = std::conditional_t<sizeof(Element) == 8, uint64_t, uint32_t>;

// Unsigned keys in the order of the elements; NaN of either sign comes last.
template <typename Element>
KeyOf<Element> key_of(Element value) {
  using Key = KeyOf<Element>;
  constexpr Key kSign = Key{1} << (8 * sizeof(Key) - 1);
  if constexpr (std::is_floating_point_v<Element>) {
    if (value != value) return ~Key{0};
    Key bits;
    std::memcpy(&bits, &value, sizeof bits);
    return (bits & kSign) != 0 ? ~bits : bits | kSign;
  } else {
    return static_cast<Key>(value) ^ (std::is_signed_v<Element> ? kSign : 0);
  }
}

constexpr int kDigitBits = 11;
constexpr int kDigits = 1 << kDigitBits;

template <typename Element>
class RunSorter {
 public:
  explicit RunSorter(int64_t n) : n_(n), items_(n), other_(n) {}

  // Stable; descending inverts the keys, so that NaN comes first.
  void sort(const Element* run, bool descending) {
    for (auto& row : counts_) row.fill(0);
    for (int64_t i = 0; i < n_; ++i) {
      const Key key = descending ? ~key_of(run[i]) : key_of(run[i]);
      items_[i] = {key, static_cast<int32_t>(i)};
      for (int p = 0; p < kPasses; ++p) ++counts_[p][digit(key, p)];
    }
    for (int p = 0; p < kPasses; ++p) {
      auto& count = counts_[p];
      // All elements share this digit: nothing moves.
      if (count[digit(items_[0].key, p)] == n_) continue;
      int64_t start = 0;
      for (auto& c : count) start += std::exchange(c, static_cast<int32_t>(start));
      for (const Item& item : items_) other_[count[digit(item.key, p)]++] = item;
      items_.swap(other_);
    }
  }

  int64_t place(int64_t rank) const { return items_[rank].place; }

 private:
  using Key = KeyOf<Element>;
  static constexpr int kPasses = (8 * sizeof(Key) + kDigitBits - 1) / kDigitBits;

  struct Item {
    Key key;
    int32_t place;
  };

  static size_t digit(Key key, int pass) { return (key >> (pass * kDigitBits)) & (kDigits - 1); }

  int64_t n_;
  std::vector<Item> items_;
  std::vector<Item> other_;
  std::array<std::array<int32_t, kDigits>, kPasses> counts_;
};

// Runs up to which clearing the counters costs more than comparing.
constexpr int64_t kFewElements = 512;

// false where equal elements or NaN leave the order open.
template <typename Element>
bool sort_distinct(RunSorter<Element>& sorter, const Element* from, int64_t n, Element* to, int64_t* place,
                   bool descending) {
  sorter.sort(from, descending);
  bool distinct = true;
  for (int64_t i = 0; i < n; ++i) {
    to[i] = from[sorter.place(i)];
    place[i] = sorter.place(i) + 1;
    distinct &= to[i] == to[i] && (i == 0 || to[i] != to[i - 1]);
  }
  return distinct;
}

}  // namespace

extern "C" {

int fbl_sort(void* values_handle, void* indices_handle, const void* handle, int dim, int descending) {
  FBL_TRY {
    const at::Tensor& source = tensor_of(handle);
    TORCH_CHECK(dim >= 0 && dim < source.dim() && source.numel() > 0, "dimension ", dim + 1, " out of range");
    const at::Tensor runs = source.transpose(dim, -1).contiguous();
    const int64_t n = runs.size(-1);
    TORCH_CHECK(n <= std::numeric_limits<int32_t>::max(), "runs of at most 2^31 - 1 elements can be sorted, got ", n);
    at::Tensor values = fbl::empty(runs.sizes(), runs.options());
    at::Tensor indices = fbl::empty(runs.sizes(), runs.options().dtype(c10::kLong));
    fbl::with_number_type(runs, [&](auto sample) {
      using Element = decltype(sample);
      std::optional<RunSorter<Element>> sorter;
      if (n > kFewElements) sorter.emplace(n);
      std::vector<fbl::Ranked<Element>> items;
      const auto* from = runs.const_data_ptr<Element>();
      auto* to = values.mutable_data_ptr<Element>();
      auto* place = indices.mutable_data_ptr<int64_t>();
      for (int64_t run = 0; run < runs.numel() / n; ++run, from += n, to += n, place += n) {
        if (n > kFewElements && sort_distinct(*sorter, from, n, to, place, descending != 0)) continue;
        fbl::take_run(items, from, n);
        descending != 0 ? fbl::Ranking<Element, true>(items.data()).sort(n)
                        : fbl::Ranking<Element, false>(items.data()).sort(n);
        for (int64_t i = 0; i < n; ++i) {
          to[i] = items[i].value;
          place[i] = items[i].place + 1;
        }
      }
    });
    const auto give = [dim](void* result, at::Tensor tensor) {
      tensor = tensor.transpose(dim, -1).contiguous();
      fbl_tensor like{tensor.unsafeGetTensorImpl(), 0};
      if (fbl::impl_of(result) == nullptr) return fbl::put_fresh(result, std::move(tensor));
      TORCH_CHECK(fbl_tensor_resize_as(result, &like) == fbl::kOk, fbl_last_error());
      tensor_of(result).copy_(tensor);
    };
    give(values_handle, std::move(values));
    give(indices_handle, std::move(indices));
  }
  FBL_CATCH;
}
}
