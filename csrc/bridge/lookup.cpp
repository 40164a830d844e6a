// The gradient of rows picked by their numbers.
#include <ATen/Parallel.h>

#include "bridge/layer.h"
#include "bridge/scaled.h"

namespace {

using fbl::check_like;
using fbl::tensor_of;

constexpr int64_t kElementsAThread = 32768;
// Rows are far apart: while one is added to, the memory of the one so many places on is fetched.
constexpr int64_t kAhead = 2;

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
    for (int64_t i = 0; i < count; ++i) {
      if (i + kAhead < count && owner_of(numbers[i + kAhead], owners) == owner) {
        const auto* next = reinterpret_cast<const char*>(total + (numbers[i + kAhead] - 1) * width);
        for (size_t at = 0; at < width * sizeof(Element); at += 64) __builtin_prefetch(next + at, 1);
      }
      if (owner_of(numbers[i], owners) != owner || numbers[i] == ignored) continue;
      Element* row = total + (numbers[i] - 1) * width;
      fbl::add_scaled(row, row, scale, gradients + i * width, width);
    }
  }

  // Scattered, so that owners get as much of any numbers; without a division, which costs as much as a short row.
  static uint64_t owner_of(int64_t number, uint64_t owners) {
    return (static_cast<uint64_t>(static_cast<uint32_t>(number) * 2654435761u) * owners) >> 32;
  }
};

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
    for (int64_t i = 0; i < count; ++i) {
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
