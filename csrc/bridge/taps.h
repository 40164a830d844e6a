// The gradient of a convolution's weight without unfolded images, for processors with AVX-512: what a tap of the window
// sees of a padded plane is read where it lies.
#pragma once

#include "bridge/unfold.h"

namespace fbl {

template <typename Element>
struct Taps {
  // Rows of the dense side and taps that are multiplied with each other at a time.
  static constexpr int64_t kRows = 256 / static_cast<int64_t>(sizeof(Element));
  static constexpr int64_t kLines = 6;

  static bool supported();

  // Elements of a sample's padded planes and of its packed dense side.
  static int64_t padded_size(const Sliding& s, int64_t planes);
  static int64_t packed_size(int64_t rows, int64_t places);

  // Copies planes into the middle of zeros.
  static void pad(Element* padded, const Element* image, const Sliding& s, int64_t planes);

  // Packs the places first <= p < last of dense (rows x places): groups of kRows rows, of which each place's lie side
  // by side; zeros in the place of rows that are missing.
  static void pack(Element* packed, const Element* dense, int64_t rows, int64_t places, int64_t first, int64_t last);

  // sums (groups x lines x kRows, lines a multiple of kLines) += scale * products of packed rows and the taps
  // first <= l < last of the padded planes; first is a multiple of kLines. All but `padded` lie at multiples of 64
  // bytes.
  static void add(Element* sums, int64_t lines, const Element* packed, int64_t rows, const Element* padded,
                  const Sliding& s, int64_t first, int64_t last, Element scale);
};

}  // namespace fbl
