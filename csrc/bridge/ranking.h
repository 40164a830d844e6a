// Torch7's quicksort and quickselect as orders of places: neither is stable, and scripts depend on where they leave
// equal elements. A pivot is the median of a range's first, middle and last element; ranges of up to kSmall elements
// are left to one insertion pass at the end. Comparisons with NaN are false, as in C.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace fbl {

template <typename Element>
struct Ranked {
  Element value;
  int64_t place;
};

template <typename Element, bool kDescending>
class Ranking {
 public:
  using Item = Ranked<Element>;

  explicit Ranking(Item* items) : items_(items) {}

  // Orders items[0, n).
  void sort(int64_t n) {
    if (n - 1 > kSmall) partition_all(0, n - 1);
    insert_all(n);
  }

  // Brings the item of rank k (from 0) of [0, n) to its place, those before it in front of it.
  void select(int64_t k, int64_t n) {
    int64_t first = 0, last = n - 1;
    while (last - first > 1) {
      const auto [left_end, right_begin] = partition(first, last);
      if (left_end < k) {
        first = right_begin;
      } else if (left_end > k) {
        last = left_end - 1;
      } else {
        return;
      }
    }
    if (last - first == 1 && before(items_[last], items_[first])) std::swap(items_[first], items_[last]);
  }

 private:
  static constexpr int64_t kSmall = 10;

  static bool before(const Item& a, const Item& b) { return kDescending ? a.value > b.value : a.value < b.value; }

  void order(int64_t a, int64_t b) {
    if (before(items_[b], items_[a])) std::swap(items_[a], items_[b]);
  }

  // Splits [first, last], of three items at least, around the median of three. Returns the place of the pivot and the
  // first item of the right part; between them lie equals that need no more work.
  std::pair<int64_t, int64_t> partition(int64_t first, int64_t last) {
    std::swap(items_[first + (last - first) / 2], items_[first + 1]);
    order(first + 1, last);
    order(first, last);
    order(first + 1, first);
    const Item pivot = items_[first];
    int64_t up = first + 1, down = last;
    while (true) {
      // The ends stop both scans, but a NaN may stand where an end was expected.
      do {
        ++up;
      } while (up < last && before(items_[up], pivot));
      do {
        --down;
      } while (before(pivot, items_[down]));
      if (down < up) break;
      std::swap(items_[up], items_[down]);
    }
    std::swap(items_[first], items_[down]);
    return {down, up};
  }

  void partition_all(int64_t first, int64_t last) {
    std::vector<std::pair<int64_t, int64_t>> waiting{{first, last}};
    while (!waiting.empty()) {
      const auto [begin, end] = waiting.back();
      waiting.pop_back();
      const auto [middle, right] = partition(begin, end);
      if (middle - begin > kSmall) waiting.emplace_back(begin, middle - 1);
      if (end - right + 1 > kSmall) waiting.emplace_back(right, end);
    }
  }

  // From the last item backwards, each moved behind those that belong before it.
  void insert_all(int64_t n) {
    for (int64_t i = n - 2; i >= 0; --i) {
      if (!before(items_[i + 1], items_[i])) continue;
      const Item moving = items_[i];
      int64_t j = i + 1;
      do {
        items_[j - 1] = items_[j];
        ++j;
      } while (j < n && before(items_[j], moving));
      items_[j - 1] = moving;
    }
  }

  Item* items_;
};

template <typename Element>
void take_run(std::vector<Ranked<Element>>& items, const Element* run, int64_t n) {
  items.resize(n);
  for (int64_t i = 0; i < n; ++i) items[i] = {run[i], i};
}

}  // namespace fbl
