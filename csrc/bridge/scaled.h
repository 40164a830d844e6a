// result = a + scale * b, rounded once where the processor can, as BLAS and Torch7's vector loops did.
#pragma once

#include <cstdint>

#if defined(__x86_64__) && defined(__GNUC__)
#define FBL_FUSED __attribute__((target("avx2,fma")))
#else
#define FBL_FUSED
#endif

namespace fbl {

inline bool fuses() {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool supported = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return supported;
#else
  return false;
#endif
}

FBL_FUSED inline float fused(float scale, float b, float a) { return __builtin_fmaf(scale, b, a); }
FBL_FUSED inline double fused(double scale, double b, double a) { return __builtin_fma(scale, b, a); }

template <typename Element>
FBL_FUSED void add_scaled_fused(Element* result, const Element* a, Element scale, const Element* b, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) result[i] = fused(scale, b[i], a[i]);
}

template <typename Element>
inline void add_scaled(Element* result, const Element* a, Element scale, const Element* b, int64_t n) {
  if (fuses()) return add_scaled_fused(result, a, scale, b, n);
  for (int64_t i = 0; i < n; ++i) result[i] = a[i] + scale * b[i];
}

}  // namespace fbl
