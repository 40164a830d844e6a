// Sequences by Torch7's rules.
#include <cmath>

#include "bridge/direct.h"

namespace {

using fbl::tensor_of;
using fbl::with_number_type;

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
}
