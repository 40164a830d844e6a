// Functions of each element. Small tensors go through libm, as Torch7's did; large ones through ATen's vector code.
#include <ATen/Parallel.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/acos.h>
#include <ATen/ops/add.h>
#include <ATen/ops/asin.h>
#include <ATen/ops/atan.h>
#include <ATen/ops/ceil.h>
#include <ATen/ops/copysign.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/cosh.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/floor.h>
#include <ATen/ops/frac.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/reciprocal.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/sinh.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/tan.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/trunc.h>

#include <cmath>
#include <iterator>
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

#include "bridge/layer.h"
#include "bridge/wide.h"

namespace {

using fbl::tensor_of;

// libm needs some ten times longer an element than ATen's vector code, but its last bits are Torch7's. Single precision
// shows them in the logs of small nets, double does not.
constexpr int64_t kDirectFloats = 65536;
constexpr int64_t kDirectDoubles = 4096;

using AtenFunction = at::Tensor& (*)(at::Tensor&, const at::Tensor&);
template <typename Element>
using ElementFunction = Element (*)(Element);

// Half away from zero, where at::round goes to the even neighbour: trunc(x + copysign(largest number below 0.5, x)).
at::Tensor& round_out(at::Tensor& out, const at::Tensor& source) {
  const double half = source.scalar_type() == c10::kFloat ? std::nextafter(0.5F, 0.0F) : std::nextafter(0.5, 0.0);
  return at::trunc_out(out, at::add(source, at::copysign(at::full_like(source, half), source)));
}

// The vector library that ATen takes rounds square roots wrongly in one of six cases; the processor's instruction does
// not.
#if defined(__x86_64__) && defined(__GNUC__)
FBL_WIDE int64_t vector_roots(float* result, const float* source, int64_t n) {
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) _mm256_storeu_ps(result + i, _mm256_sqrt_ps(_mm256_loadu_ps(source + i)));
  return i;
}

FBL_WIDE int64_t vector_roots(double* result, const double* source, int64_t n) {
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) _mm256_storeu_pd(result + i, _mm256_sqrt_pd(_mm256_loadu_pd(source + i)));
  return i;
}
#else
template <typename Element>
int64_t vector_roots(Element*, const Element*, int64_t) {
  return 0;
}
#endif

template <typename Element>
void roots(Element* result, const Element* source, int64_t n) {
  for (int64_t i = fbl::wide() ? vector_roots(result, source, n) : 0; i < n; ++i) result[i] = std::sqrt(source[i]);
}

at::Tensor& sqrt_out(at::Tensor& out, const at::Tensor& source) {
  const auto type = source.scalar_type();
  if (!source.is_cpu() || source.requires_grad() || (type != c10::kFloat && type != c10::kDouble)) {
    return at::sqrt_out(out, source);
  }
  const at::Tensor from = source.contiguous();
  const at::Tensor to = out.is_contiguous() ? out : fbl::empty(out.sizes(), out.options());
  fbl::with_real_type(from, [&](auto sample) {
    using Element = decltype(sample);
    auto* result = to.mutable_data_ptr<Element>();
    const auto* values = from.const_data_ptr<Element>();
    constexpr int64_t kGrain = 32768;
    at::parallel_for(0, from.numel(), kGrain,
                     [&](int64_t begin, int64_t end) { roots(result + begin, values + begin, end - begin); });
  });
  if (!to.is_same(out)) out.copy_(to);
  fbl::bump(out.unsafeGetTensorImpl());
  return out;
}

struct Row {
  AtenFunction aten;
  ElementFunction<double> of_double;
  ElementFunction<float> of_float;
};

#define FBL_LIBM(name)                                                                          \
  Row {                                                                                         \
    at::name##_out, [](double x) { return std::name(x); }, [](float x) { return std::name(x); } \
  }
#define FBL_FORMULA(name, formula)                                                                       \
  Row {                                                                                                  \
    at::name##_out, [](double x) -> double { return formula; }, [](float x) -> float { return formula; } \
  }

// In the order of bridge.h.
const Row rows[] = {
    FBL_LIBM(abs),
    FBL_FORMULA(neg, -x),
    Row{sqrt_out, [](double x) { return std::sqrt(x); }, [](float x) { return std::sqrt(x); }},
    FBL_FORMULA(rsqrt, 1 / std::sqrt(x)),
    FBL_FORMULA(reciprocal, 1 / x),
    FBL_LIBM(exp),
    FBL_LIBM(log),
    FBL_LIBM(log1p),
    FBL_LIBM(sin),
    FBL_LIBM(cos),
    FBL_LIBM(tan),
    FBL_LIBM(asin),
    FBL_LIBM(acos),
    FBL_LIBM(atan),
    FBL_LIBM(sinh),
    FBL_LIBM(cosh),
    FBL_LIBM(tanh),
    FBL_FORMULA(sigmoid, 1 / (1 + std::exp(-x))),
    FBL_LIBM(floor),
    FBL_LIBM(ceil),
    Row{round_out, [](double x) { return std::round(x); }, [](float x) { return std::round(x); }},
    FBL_LIBM(trunc),
    FBL_FORMULA(frac, x - std::trunc(x)),
};

template <typename Element>
void apply(ElementFunction<Element> function, Element* result, const Element* source, int64_t n) {
  const auto part = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) result[i] = function(source[i]);
  };
  // Most functions take 5 to 20 ns an element.
  constexpr int64_t kGrain = 2048;
  n < 2 * kGrain ? part(0, n) : at::parallel_for(0, n, kGrain, part);
}

}  // namespace

extern "C" {

int fbl_unary(int op, void* result, const void* source_handle) {
  FBL_TRY {
    TORCH_CHECK(op >= 0 && op < static_cast<int>(std::size(rows)), "unknown function number ", op);
    const at::Tensor& source = tensor_of(source_handle);
    fbl::match_result(result, source);
    auto* impl = fbl::impl_of(result);
    TORCH_CHECK(impl->dtype() == source.dtype(), "the result must have the type of the source");
    const auto type = source.scalar_type();
    const int64_t limit = type == c10::kFloat ? kDirectFloats : type == c10::kDouble ? kDirectDoubles : 0;
    if (limit > 0 && source.numel() <= limit && source.is_cpu() && !source.requires_grad() && !impl->requires_grad()) {
      const at::Tensor from = source.contiguous();
      const at::Tensor to = impl->is_contiguous() ? tensor_of(result) : fbl::empty(from.sizes(), from.options());
      if (type == c10::kDouble) {
        apply(rows[op].of_double, to.mutable_data_ptr<double>(), from.const_data_ptr<double>(), from.numel());
      } else {
        apply(rows[op].of_float, to.mutable_data_ptr<float>(), from.const_data_ptr<float>(), from.numel());
      }
      fbl::finish_result(result, to);
      return fbl::kOk;
    }
    at::Tensor target = tensor_of(result);
    rows[op].aten(target, source);
  }
  FBL_CATCH;
}

int fbl_unary_input(int op, void* grad_input, const void* grad_output_handle, const void* output_handle) {
  FBL_TRY {
    TORCH_CHECK(op == FBL_SIGMOID || op == FBL_TANH, "function number ", op, " has no gradient from its result");
    const at::Tensor grad_output = tensor_of(grad_output_handle).contiguous();
    const at::Tensor output = tensor_of(output_handle).contiguous();
    TORCH_CHECK(output.numel() == grad_output.numel(), "size mismatch: gradOutput has ", grad_output.numel(),
                " elements, output ", output.numel());
    fbl::check_like(output, grad_output, "output");
    const at::Tensor result = fbl::sized_result(grad_input, grad_output.sizes());
    fbl::check_like(result, grad_output, "gradInput");
    fbl::with_real_type(result, [&](auto sample) {
      using Element = decltype(sample);
      auto* to = result.mutable_data_ptr<Element>();
      const auto* g = grad_output.const_data_ptr<Element>();
      const auto* z = output.const_data_ptr<Element>();
      constexpr int64_t kGrain = 32768;
      at::parallel_for(0, result.numel(), kGrain, [&](int64_t begin, int64_t end) {
        // The constant made a double of everything but z * z.
        if (op == FBL_SIGMOID) {
          for (int64_t i = begin; i < end; ++i) to[i] = static_cast<Element>(g[i] * (1.0 - z[i]) * z[i]);
        } else {
          for (int64_t i = begin; i < end; ++i) to[i] = static_cast<Element>(g[i] * (1.0 - z[i] * z[i]));
        }
      });
    });
    fbl::finish_result(grad_input, result);
  }
  FBL_CATCH;
}
}
