// Loops whose time is that of memory. Each step of four cache lines asks for the lines that come 2 kB later: the
// processor's own prefetcher stops at the end of a page, which costs a tenth to a fifth of the time.
#include "bridge/stream.h"

#include <ATen/Parallel.h>

#include <algorithm>
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

#include "bridge/scaled.h"
#include "bridge/wide.h"

namespace {

constexpr int64_t kAhead = 2048;   // bytes
constexpr int64_t kLine = 64;      // bytes
constexpr int64_t kStep = 256;     // bytes: fewer elements would be unrolled before they are made vectors
constexpr int64_t kGrain = 32768;  // elements worth a thread
constexpr int64_t kAroundCache = 12 * 1024 * 1024;  // bytes of sources

// The body of a sweep over n elements; Op makes the result from the index.
template <typename Element, typename Op, typename... Sources>
FBL_INLINE void sweep(Op op, int64_t n, Element* result, const Sources*... sources) {
  constexpr int64_t step = kStep / sizeof(Element), ahead = kAhead / sizeof(Element);
  int64_t i = 0;
  for (; i + step <= n; i += step) {
    for (int64_t line = 0; line < kStep / kLine; ++line) {
      (__builtin_prefetch(sources + i + ahead + line * kLine / sizeof(Element)), ...);
    }
#pragma GCC ivdep
    for (int64_t k = i; k < i + step; ++k) result[k] = op(sources[k]...);
  }
  for (; i < n; ++i) result[i] = op(sources[i]...);
}

template <typename Element, typename Op, typename... Sources>
FBL_WIDE void sweep_wide(Op op, int64_t n, Element* result, const Sources*... sources) {
  sweep(op, n, result, sources...);
}

template <typename Element, typename Op, typename... Sources>
FBL_FUSED void sweep_fused(Op op, int64_t n, Element* result, const Sources*... sources) {
  sweep(op, n, result, sources...);
}

#if defined(__x86_64__) && defined(__GNUC__)
// The same, written around the cache.
template <typename Element, typename Op, typename... Sources>
FBL_WIDE void sweep_around(Op op, int64_t n, Element* result, const Sources*... sources) {
  constexpr int64_t step = kStep / sizeof(Element), vector = sizeof(__m256i) / sizeof(Element);
  alignas(64) Element made[step];
  int64_t i = 0;
  while (i < n && reinterpret_cast<uintptr_t>(result + i) % sizeof(__m256i) != 0) {
    result[i] = op(sources[i]...);
    ++i;
  }
  for (; i + step <= n; i += step) {
#pragma GCC ivdep
    for (int64_t k = 0; k < step; ++k) made[k] = op(sources[i + k]...);
    for (int64_t k = 0; k < step; k += vector) {
      _mm256_stream_si256(reinterpret_cast<__m256i*>(result + i + k),
                          _mm256_load_si256(reinterpret_cast<const __m256i*>(made + k)));
    }
  }
  _mm_sfence();
  for (; i < n; ++i) result[i] = op(sources[i]...);
}
#else
template <typename Element, typename Op, typename... Sources>
void sweep_around(Op op, int64_t n, Element* result, const Sources*... sources) {
  sweep(op, n, result, sources...);
}
#endif

// Whether a result had better not take the place of other things in the cache, where it would hardly stay itself. Then
// it is not read before it is written either, a fifth to a third of the time. Several threads together are no faster.
template <typename Element, typename... Sources>
bool goes_around(int64_t n, const Element* result, const Sources*... sources) {
  constexpr int64_t read = sizeof...(Sources) * sizeof(Element);
  if (n * read < kAroundCache || at::get_num_threads() > 1 || !fbl::wide()) return false;
  return ((sources != result) && ...);
}

template <typename Element, typename Op, typename... Sources>
void run(Op op, int64_t n, Element* result, const Sources*... sources) {
  const bool around = !Op::kFused && goes_around(n, result, sources...);
  at::parallel_for(0, n, kGrain, [&](int64_t first, int64_t last) {
    if constexpr (Op::kFused) {
      sweep_fused(op, last - first, result + first, (sources + first)...);
    } else if (around) {
      sweep_around(op, last - first, result + first, (sources + first)...);
    } else if (fbl::wide()) {
      sweep_wide(op, last - first, result + first, (sources + first)...);
    } else {
      sweep(op, last - first, result + first, (sources + first)...);
    }
  });
}

struct Rounded {
  static constexpr bool kFused = false;
};
template <typename Element>
struct WithScalar : Rounded {
  explicit WithScalar(Element value) : value(value) {}
  Element value;
};
template <typename Element>
struct AddScalar : WithScalar<Element> {
  using WithScalar<Element>::WithScalar;
  FBL_INLINE Element operator()(Element a) const { return a + this->value; }
};
template <typename Element>
struct MulScalar : WithScalar<Element> {
  using WithScalar<Element>::WithScalar;
  FBL_INLINE Element operator()(Element a) const { return a * this->value; }
};
template <typename Element>
struct DivScalar : WithScalar<Element> {
  using WithScalar<Element>::WithScalar;
  FBL_INLINE Element operator()(Element a) const { return a / this->value; }
};
template <typename Element>
struct Add : Rounded {
  FBL_INLINE Element operator()(Element a, Element b) const { return a + b; }
};
template <typename Element>
struct Mul : Rounded {
  FBL_INLINE Element operator()(Element a, Element b) const { return a * b; }
};
template <typename Element>
struct Div : Rounded {
  FBL_INLINE Element operator()(Element a, Element b) const { return a / b; }
};
// The first operand plus the scaled second one.
template <typename Element>
struct AddScaled : WithScalar<Element> {
  using WithScalar<Element>::WithScalar;
  FBL_INLINE Element operator()(Element a, Element b) const { return a + this->value * b; }
};
// The same, rounded once.
template <typename Element>
struct AddScaledFused : WithScalar<Element> {
  using WithScalar<Element>::WithScalar;
  static constexpr bool kFused = true;
  FBL_INLINE Element operator()(Element a, Element b) const {
    if constexpr (std::is_same_v<Element, float>) {
      return __builtin_fmaf(this->value, b, a);
    } else {
      return __builtin_fma(this->value, b, a);
    }
  }
};
template <typename Element>
struct Copy : Rounded {
  FBL_INLINE Element operator()(Element a) const { return a; }
};

}  // namespace

namespace fbl {

template <typename Element>
void stream(Stream op, Element* result, const Element* a, Element value, int64_t n) {
  switch (op) {
    case Stream::kAdd:
      return run(AddScalar<Element>(value), n, result, a);
    case Stream::kMul:
      return run(MulScalar<Element>(value), n, result, a);
    case Stream::kDiv:
      return run(DivScalar<Element>(value), n, result, a);
  }
}

template <typename Element>
void stream(Stream op, Element* result, const Element* a, const Element* b, int64_t n) {
  switch (op) {
    case Stream::kAdd:
      return run(Add<Element>{}, n, result, a, b);
    case Stream::kMul:
      return run(Mul<Element>{}, n, result, a, b);
    case Stream::kDiv:
      return run(Div<Element>{}, n, result, a, b);
  }
}

template <typename Element>
void stream_add_scaled(Element* result, const Element* a, Element scale, const Element* b, int64_t n) {
  fuses() ? run(AddScaledFused<Element>(scale), n, result, a, b) : run(AddScaled<Element>(scale), n, result, a, b);
}

template <typename Element>
void stream_copy(Element* result, const Element* a, int64_t n) {
  run(Copy<Element>{}, n, result, a);
}

#define FBL_INSTANTIATE(Element)                                                               \
  template void stream_add_scaled(Element*, const Element*, Element, const Element*, int64_t); \
  template void stream(Stream, Element*, const Element*, Element, int64_t);                    \
  template void stream(Stream, Element*, const Element*, const Element*, int64_t);             \
  template void stream_copy(Element*, const Element*, int64_t);

FBL_INSTANTIATE(float)
FBL_INSTANTIATE(double)

}  // namespace fbl
