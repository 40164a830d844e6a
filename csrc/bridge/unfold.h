// Images laid out as matrices of the windows that slide over them, and back.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>

#include "bridge/bridge.h"

namespace fbl {

// A plane's extents and how windows slide over it; rows x columns places of the window.
struct Sliding {
  int64_t height;
  int64_t width;
  int64_t rows;
  int64_t columns;
  fbl_window window;

  int64_t area() const { return height * width; }
  int64_t places() const { return rows * columns; }
  int64_t taps() const { return static_cast<int64_t>(window.kernel_h) * window.kernel_w; }

  // Windows of one pixel that leave nothing out: the image is its own matrix.
  bool trivial() const {
    return taps() == 1 && window.stride_h == 1 && window.stride_w == 1 && window.padding_h == 0 &&
           window.padding_w == 0 && rows == height && columns == width;
  }
};

// The columns whose tap lies inside a row of the image: first <= c < last, tap at c * stride + shift.
struct Inside {
  int64_t shift;
  int64_t first;
  int64_t last;

  Inside(int64_t shift, int64_t stride, int64_t extent, int64_t places) : shift(shift) {
    first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
    first = std::min(first, places);
    last = shift >= extent ? first : std::min(places, (extent - 1 - shift) / stride + 1);
    last = std::max(first, last);
  }
};

// One line of the matrix: what tap (y, x) of the window sees of a plane.
template <typename Element>
void unfold_tap(Element* line, const Element* plane, const Sliding& s, int64_t y, int64_t x) {
  const Inside across(x * s.window.dilation_w - s.window.padding_w, s.window.stride_w, s.width, s.columns);
  for (int64_t r = 0; r < s.rows; ++r, line += s.columns) {
    const int64_t at = r * s.window.stride_h - s.window.padding_h + y * s.window.dilation_h;
    if (at < 0 || at >= s.height) {
      std::fill_n(line, s.columns, Element(0));
      continue;
    }
    const Element* row = plane + at * s.width;
    std::fill_n(line, across.first, Element(0));
    if (s.window.stride_w == 1) {
      std::copy_n(row + across.first + across.shift, across.last - across.first, line + across.first);
    } else {
      for (int64_t c = across.first; c < across.last; ++c) line[c] = row[c * s.window.stride_w + across.shift];
    }
    std::fill_n(line + across.last, s.columns - across.last, Element(0));
  }
}

// Adds a line back to where it came from.
template <typename Element>
void fold_tap(Element* plane, const Element* line, const Sliding& s, int64_t y, int64_t x) {
  const Inside across(x * s.window.dilation_w - s.window.padding_w, s.window.stride_w, s.width, s.columns);
  for (int64_t r = 0; r < s.rows; ++r, line += s.columns) {
    const int64_t at = r * s.window.stride_h - s.window.padding_h + y * s.window.dilation_h;
    if (at < 0 || at >= s.height) continue;
    Element* row = plane + at * s.width;
    if (s.window.stride_w == 1) {
      for (int64_t c = across.first; c < across.last; ++c) row[c + across.shift] += line[c];
    } else {
      for (int64_t c = across.first; c < across.last; ++c) row[c * s.window.stride_w + across.shift] += line[c];
    }
  }
}

// Planes a thread should have at least, so that starting it pays.
inline int64_t planes_a_thread(const Sliding& s) { return std::max<int64_t>(1, 32768 / (s.taps() * s.places() + 1)); }

template <typename Element>
void unfold(Element* matrix, const Element* image, int64_t planes, const Sliding& s) {
  at::parallel_for(0, planes, planes_a_thread(s), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      Element* line = matrix + p * s.taps() * s.places();
      for (int64_t y = 0; y < s.window.kernel_h; ++y) {
        for (int64_t x = 0; x < s.window.kernel_w; ++x, line += s.places()) {
          unfold_tap(line, image + p * s.area(), s, y, x);
        }
      }
    }
  });
}

// The image is overwritten by the sum of the matrix's windows.
template <typename Element>
void fold(Element* image, const Element* matrix, int64_t planes, const Sliding& s) {
  at::parallel_for(0, planes, planes_a_thread(s), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      Element* plane = image + p * s.area();
      std::fill_n(plane, s.area(), Element(0));
      const Element* line = matrix + p * s.taps() * s.places();
      for (int64_t y = 0; y < s.window.kernel_h; ++y) {
        for (int64_t x = 0; x < s.window.kernel_w; ++x, line += s.places()) fold_tap(plane, line, s, y, x);
      }
    }
  });
}

}  // namespace fbl
