// The gradient of rows picked by their numbers.
#include <ATen/Parallel.h>

#include <algorithm>

#include "bridge/layer.h"
#include "bridge/scaled.h"

namespace {

using fbl::check_like;
using fbl::tensor_of;

constexpr int64_t kElementsAThread = 32768;
// Rows are far apart: while one is added to, the memory of the one so many places on is fetched.
constexpr int64_t kAhead = 2;
constexpr int64_t kLine = 64;     // bytes
constexpr int64_t kStep = 256;    // bytes: fewer elements would be unrolled before they are made vectors
constexpr int64_t kPiece = 1024;  // row numbers looked through at a time

// row += scale * gradient, rounded once; meanwhile a row and its gradient that come later are fetched.
template <typename Element>
FBL_FUSED void add_fetching(Element* row, Element scale, const Element* gradient, int64_t width,
                            const Element* later_row, const Element* later_gradient) {
  constexpr int64_t step = kStep / sizeof(Element), line = kLine / sizeof(Element);
  int64_t i = 0;
  for (; i + step <= width; i += step) {
    for (int64_t at = i; at < i + step; at += line) {
      __builtin_prefetch(later_row + at, 1);
      __builtin_prefetch(later_gradient + at);
    }
#pragma GCC ivdep
    for (int64_t k = i; k < i + step; ++k) row[k] = fbl::fused(scale, gradient[k], row[k]);
  }
  for (; i < width; ++i) row[i] = fbl::fused(scale, gradient[i], row[i]);
}

template <typename Element>
struct Rows {
  Element* total;
  const Element* gradients;
  const int64_t* numbers;
  int64_t count;
  int64_t width;
  int64_t ignored;
  Element scale;

  // The rows of one of `owners` threads, so that each row's gradients are added in the order they come. (With a part of
  // each row for a thread, one's prefetcher fetches what the other writes.)
  void add(uint64_t owner, uint64_t owners) const {
    int32_t owned[kPiece];
    for (int64_t first = 0; first < count; first += kPiece) {
      const int64_t* piece = numbers + first;
      const int64_t length = std::min(kPiece, count - first);
      // Without a branch, which would be mispredicted for every other number.
      int64_t found = 0;
      for (int64_t i = 0; i < length; ++i) {
        owned[found] = static_cast<int32_t>(i);
        found += (owner_of(piece[i], owners) == owner) & (piece[i] != ignored);
      }
      for (int64_t k = 0; k < found; ++k) {
        const int64_t here = owned[k], later = owned[std::min(k + kAhead, found - 1)];
        Element* row = row_of(piece[here]);
        const Element* gradient = gradients + (first + here) * width;
        if (fbl::fuses()) {
          add_fetching(row, scale, gradient, width, row_of(piece[later]), gradients + (first + later) * width);
        } else {
          fbl::add_scaled(row, row, scale, gradient, width);
        }
      }
    }
  }

  Element* row_of(int64_t number) const { return total + (number - 1) * width; }

  // Scattered, so that owners get as much of any numbers; without a division, which costs as much as a short row.
  static uint64_t owner_of(int64_t number, uint64_t owners) {
    return (static_cast<uint64_t>(static_cast<uint32_t>(number) * 2654435761u) * owners) >> 32;
  }
};

// Whether all numbers are those of rows; without a branch for each.
bool all_within(const int64_t* numbers, int64_t count, int64_t rows) {
  bool outside = false;
  for (int64_t i = 0; i < count; ++i) outside |= static_cast<uint64_t>(numbers[i] - 1) >= static_cast<uint64_t>(rows);
  return !outside;
}

}  // namespace

extern "C" {

int fbl_lookup_weight(void* grad_weight, const void* numbers_handle, const void* gradients_handle, double scale,
                      int64_t ignored) {
  FBL_TRY {
    const at::Tensor numbers = tensor_of(numbers_handle).contiguous();
    const at::Tensor gradients = tensor_of(gradients_handle).contiguous();
    const at::Tensor total = tensor_of(grad_weight).contiguous();
    TORCH_CHECK(total.dim() == 2, "gradWeight must be a matrix, got size ", total.sizes());
    TORCH_CHECK(numbers.is_cpu() && numbers.scalar_type() == c10::kLong, "row numbers in a LongTensor expected");
    check_like(gradients, total, "gradOutput");
    const int64_t count = numbers.numel(), width = total.size(1);
    TORCH_CHECK(gradients.numel() == count * width, "gradients of ", count, " rows of ", width,
                " elements expected, got ", gradients.numel(), " elements");
    const auto* number = numbers.const_data_ptr<int64_t>();
    const bool within = all_within(number, count, total.size(0));
    for (int64_t i = 0; i < count && !within; ++i) {
      TORCH_CHECK(number[i] >= 1 && number[i] <= total.size(0),
                  "inputs need to be in the range 1 <= input <= ", total.size(0),
                  ", but got input of value: ", number[i]);
    }
    fbl::with_real_type(total, [&](auto sample) {
      using Element = decltype(sample);
      const Rows<Element> rows{
          total.mutable_data_ptr<Element>(), gradients.const_data_ptr<Element>(), number, count, width, ignored,
          static_cast<Element>(scale)};
      const int64_t owners =
          std::min<int64_t>(at::get_num_threads(), std::max<int64_t>(1, count * width / kElementsAThread));
      at::parallel_for(0, owners, 1, [&](int64_t begin, int64_t end) {
        for (int64_t owner = begin; owner < end; ++owner) rows.add(owner, owners);
      });
    });
    fbl::finish_result(grad_weight, total);
  }
  FBL_CATCH;
}
}
