// Conversion of a Lua number to an element, as a C cast did it on x86-64: integers wrap, where plain C++ leaves
// out-of-range conversions undefined. And back: of the NaNs an element can hold, LuaJIT takes some for other values.
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

// LuaJIT tells its values apart by the bits of NaNs and does not look at numbers that come from C: an element whose
// bits are all set would be nil, others pointers to nothing. NaNs keep their sign alone.
template <typename Real>
inline Real lua_number(Real value) {
  return value == value ? value : std::copysign(std::numeric_limits<Real>::quiet_NaN(), value);
}

}  // namespace fbl
