// Images laid out as matrices of the windows that slide over them, and back.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "bridge/layers.h"
#include "bridge/wide.h"

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

  // As many places as pixels, one step apart: each line of the matrix is the plane, moved.
  bool moves() const { return window.stride_h == 1 && window.stride_w == 1 && rows == height && columns == width; }

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

// Rows are short: a call of the library's copy takes as long as the copy.
template <typename Element>
inline void copy_row(Element* to, const Element* from, int64_t n) {
  constexpr int64_t kStep = 32 / static_cast<int64_t>(sizeof(Element));
  int64_t i = 0;
  for (; i + kStep <= n; i += kStep) __builtin_memcpy(to + i, from + i, 32);
  for (; i < n; ++i) to[i] = from[i];
}

// Every second pixel.
template <typename Element>
FBL_WIDE void copy_alternate_wide(Element* __restrict to, const Element* __restrict from, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] = from[2 * i];
}

template <typename Element>
void copy_strided(Element* to, const Element* from, int64_t stride, int64_t n) {
  if (stride == 2 && wide()) return copy_alternate_wide(to, from, n);
  for (int64_t i = 0; i < n; ++i) to[i] = from[i * stride];
}

// unfold_tap where s.moves(): a copy over the ends of rows, and then zeros where a tap lies beside its row.
template <typename Element>
void unfold_moved(Element* line, const Element* plane, const Sliding& s, int64_t y, int64_t x, int64_t first,
                  int64_t last) {
  const int64_t down = y * s.window.dilation_h - s.window.padding_h;
  const int64_t right = x * s.window.dilation_w - s.window.padding_w, shift = down * s.width + right;
  const int64_t inside = std::clamp(-down * s.width, first, last);
  const int64_t outside = std::clamp((s.height - down) * s.width, inside, last);
  std::fill(line, line + (inside - first), Element(0));
  const int64_t begin = std::clamp(-shift, inside, outside), end = std::clamp(s.area() - shift, begin, outside);
  std::memcpy(line + (begin - first), plane + begin + shift, (end - begin) * sizeof(Element));
  std::fill(line + (outside - first), line + (last - first), Element(0));
  if (right == 0) return;
  const int64_t width = std::min(std::abs(right), s.width), start = right < 0 ? 0 : s.width - width;
  for (int64_t row = inside / s.width * s.width + start; row < outside; row += s.width) {
    for (int64_t p = std::max(row, inside); p < std::min(row + width, outside); ++p) line[p - first] = 0;
  }
}

// What tap (y, x) of the window sees of a plane from the window's place `first` to before `last`.
template <typename Element>
void unfold_tap(Element* line, const Element* plane, const Sliding& s, int64_t y, int64_t x, int64_t first,
                int64_t last) {
  if (s.moves()) return unfold_moved(line, plane, s, y, x, first, last);
  const Inside across(x * s.window.dilation_w - s.window.padding_w, s.window.stride_w, s.width, s.columns);
  for (int64_t place = first, next; place < last; place = next) {
    const int64_t r = place / s.columns, begin = place - r * s.columns;
    const int64_t end = std::min(s.columns, begin + last - place);
    next = place + end - begin;
    const int64_t at = r * s.window.stride_h - s.window.padding_h + y * s.window.dilation_h;
    Element* to = line + (place - first) - begin;
    if (at < 0 || at >= s.height) {
      std::fill_n(to + begin, end - begin, Element(0));
      continue;
    }
    const Element* row = plane + at * s.width + across.shift;
    const int64_t inside = std::clamp(across.first, begin, end), outside = std::clamp(across.last, inside, end);
    for (int64_t c = begin; c < inside; ++c) to[c] = 0;
    if (s.window.stride_w == 1) {
      copy_row(to + inside, row + inside, outside - inside);
    } else {
      copy_strided(to + inside, row + inside * s.window.stride_w, s.window.stride_w, outside - inside);
    }
    for (int64_t c = outside; c < end; ++c) to[c] = 0;
  }
}

// Lines first_line <= l < last_line of the matrix, and of each the places first <= p < last.
template <typename Element>
void unfold_part(Element* matrix, const Element* image, const Sliding& s, int64_t first_line, int64_t last_line,
                 int64_t first, int64_t last) {
  for (int64_t l = first_line; l < last_line; ++l, matrix += last - first) {
    const int64_t tap = l % s.taps();
    unfold_tap(matrix, image + l / s.taps() * s.area(), s, tap / s.window.kernel_w, tap % s.window.kernel_w, first,
               last);
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
  const int64_t lines = s.taps(), places = s.places();
  at::parallel_for(0, planes, planes_a_thread(s), [&](int64_t begin, int64_t end) {
    unfold_part(matrix + begin * lines * places, image, s, begin * lines, end * lines, 0, places);
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
