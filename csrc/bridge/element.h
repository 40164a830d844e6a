// Conversion of a Lua number to an element, as a C cast did it on x86-64: integers wrap, where plain C++ leaves
// out-of-range conversions undefined.
#pragma once

#include <c10/util/Half.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace fbl {

inline int64_t to_int64(double value) {
  // cvttsd2si answers the smallest integer for NaN and for anything out of range.
  if (!(value >= -9223372036854775808.0 && value < 9223372036854775808.0)) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

template <typename Element>
inline Element to_element(double value) {
  if constexpr (std::is_same_v<Element, c10::Half>) {
    return c10::Half(static_cast<float>(value));
  } else if constexpr (std::is_floating_point_v<Element>) {
    return static_cast<Element>(value);
  } else {
    return static_cast<Element>(to_int64(value));
  }
}

}  // namespace fbl
