// Loops compiled twice, for any processor and for those with AVX2; the choice is made at run time.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__)
#define FBL_WIDE __attribute__((target("avx2")))
#else
#define FBL_WIDE
#endif
// What such loops call must become part of them, else it is compiled for any processor only.
#define FBL_INLINE __attribute__((always_inline)) inline

namespace fbl {

inline bool wide() {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool supported = __builtin_cpu_supports("avx2");
  return supported;
#else
  return false;
#endif
}

}  // namespace fbl
