// result = a + scale * b * c, each step rounded, as Torch7's loop did: ATen's vector code fuses the last two, which
// shows in the logs of optimisers with running means of squares.
#include <ATen/Parallel.h>

#include "bridge/direct.h"
#include "bridge/layer.h"

namespace {

using fbl::tensor_of;

template <typename Element>
void add_products(Element* result, const Element* a, Element scale, const Element* b, const Element* c, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) result[i] = a[i] + scale * b[i] * c[i];
}

}  // namespace

extern "C" {

int fbl_add_product(void* result, const void* a_handle, double scale, const void* b_handle, const void* c_handle) {
  FBL_TRY {
    const at::Tensor& source = tensor_of(a_handle);
    const at::Tensor b = fbl::shaped_like(tensor_of(b_handle), source).contiguous();
    const at::Tensor c = fbl::shaped_like(tensor_of(c_handle), source).contiguous();
    fbl::check_like(b, source, "the first factor");
    fbl::check_like(c, source, "the second factor");
    const at::Tensor a = source.contiguous();
    fbl::match_result(result, source);
    const at::Tensor& target = tensor_of(result);
    const at::Tensor sums = target.is_contiguous() ? target : fbl::empty(a.sizes(), a.options());
    fbl::check_like(sums, a, "the result");
    fbl::with_real_type(a, [&](auto sample) {
      using Element = decltype(sample);
      auto* to = sums.mutable_data_ptr<Element>();
      const auto* from = a.const_data_ptr<Element>();
      const auto* left = b.const_data_ptr<Element>();
      const auto* right = c.const_data_ptr<Element>();
      constexpr int64_t kGrain = 32768;
      at::parallel_for(0, a.numel(), kGrain, [&](int64_t begin, int64_t end) {
        add_products(to + begin, from + begin, static_cast<Element>(scale), left + begin, right + begin, end - begin);
      });
    });
    fbl::finish_result(result, sums);
  }
  FBL_CATCH;
}
}
