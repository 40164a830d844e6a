#include "bridge/taps.h"

#include <c10/util/Exception.h>

#include <cstring>

namespace {

using fbl::Sliding;

int64_t padded_width(const Sliding& s) { return s.width + 2 * s.window.padding_w; }
int64_t padded_area(const Sliding& s) { return padded_width(s) * (s.height + 2 * s.window.padding_h); }

// Where OpenBLAS cuts products on these processors: the additions are those of its products.
template <typename Element>
int64_t depth_of(int64_t left) {
  constexpr int64_t depth = std::is_same_v<Element, float> ? 448 : 384, unit = 16;
  if (left >= 2 * depth) return depth;
  return left > depth ? (left / 2 + unit - 1) / unit * unit : left;
}

#if defined(__x86_64__) && defined(__GNUC__)

// Six taps and four vectors of rows: the sums take 24 of the processor's 32 registers.
template <typename Element>
__attribute__((target("avx512f"))) void add_tile(Element* sums, const Element* packed, const Element* const* taps,
                                                 const Sliding& s, int64_t first, int64_t last, Element scale) {
  typedef Element Vector __attribute__((vector_size(64)));
  constexpr int64_t kVector = 64 / sizeof(Element), kVectors = 4, kLines = fbl::Taps<Element>::kLines;
  const auto* rows = reinterpret_cast<const Vector*>(packed);
  const int64_t step = s.window.stride_w;
  Vector a[kLines][kVectors] = {};
  // One tap after the other: all six at once would not fit into the registers.
  const auto multiply = [](Vector* sum, const Vector* by, Element tap) __attribute__((always_inline)) {
#pragma GCC unroll 4
    for (int64_t v = 0; v < kVectors; ++v) sum[v] += by[v] * tap;
  };
  for (int64_t place = first, next; place < last; place = next) {
    const int64_t r = place / s.columns, begin = place - r * s.columns;
    const int64_t end = std::min(s.columns, begin + last - place), row = r * s.window.stride_h * padded_width(s);
    next = place + end - begin;
    const Element *t0 = taps[0] + row, *t1 = taps[1] + row, *t2 = taps[2] + row, *t3 = taps[3] + row,
                  *t4 = taps[4] + row, *t5 = taps[5] + row;
    for (int64_t at = begin * step; at < end * step; at += step, rows += kVectors) {
      const Vector d[kVectors] = {rows[0], rows[1], rows[2], rows[3]};
      multiply(a[0], d, t0[at]);
      multiply(a[1], d, t1[at]);
      multiply(a[2], d, t2[at]);
      multiply(a[3], d, t3[at]);
      multiply(a[4], d, t4[at]);
      multiply(a[5], d, t5[at]);
    }
  }
  auto* to = reinterpret_cast<Vector*>(sums);
#pragma GCC unroll 6
  for (int64_t l = 0; l < kLines; ++l) {
#pragma GCC unroll 4
    for (int64_t v = 0; v < kVectors; ++v) to[l * kVectors + v] += scale * a[l][v];
  }
  static_assert(kVector * kVectors == fbl::Taps<Element>::kRows);
}

bool has_avx512() {
  static const bool supported = __builtin_cpu_supports("avx512f");
  return supported;
}

#else

template <typename Element>
void add_tile(Element*, const Element*, const Element* const*, const Sliding&, int64_t, int64_t, Element) {
  TORCH_CHECK(false, "this kernel is for x86-64");
}

bool has_avx512() { return false; }

#endif

}  // namespace

namespace fbl {

template <typename Element>
bool Taps<Element>::supported() {
  return has_avx512();
}

template <typename Element>
int64_t Taps<Element>::padded_size(const Sliding& s, int64_t planes) {
  return planes * padded_area(s);
}

template <typename Element>
int64_t Taps<Element>::packed_size(int64_t rows, int64_t places) {
  return (rows + kRows - 1) / kRows * kRows * places;
}

template <typename Element>
void Taps<Element>::pad(Element* padded, const Element* image, const Sliding& s, int64_t planes) {
  const int64_t width = padded_width(s), above = s.window.padding_h * width, beside = s.window.padding_w;
  for (int64_t p = 0; p < planes; ++p, padded += padded_area(s)) {
    std::fill_n(padded, above, Element(0));
    Element* row = padded + above;
    for (int64_t y = 0; y < s.height; ++y, row += width, image += s.width) {
      std::fill_n(row, beside, Element(0));
      copy_row(row + beside, image, s.width);
      std::fill_n(row + beside + s.width, beside, Element(0));
    }
    std::fill_n(row, above, Element(0));
  }
}

template <typename Element>
void Taps<Element>::pack(Element* packed, const Element* dense, int64_t rows, int64_t places, int64_t first,
                         int64_t last) {
  constexpr int64_t kTogether = 16;
  for (int64_t group = 0; group < rows; group += kRows, packed += places * kRows) {
    const int64_t there = std::min(rows - group, kRows);
    for (int64_t at = first; at < last; at += kTogether) {
      const int64_t count = std::min(kTogether, last - at);
      Element* to = packed + at * kRows;
      for (int64_t r = 0; r < there; ++r) {
        const Element* from = dense + (group + r) * places + at;
        for (int64_t p = 0; p < count; ++p) to[p * kRows + r] = from[p];
      }
      for (int64_t p = 0; p < count; ++p) std::fill_n(to + p * kRows + there, kRows - there, Element(0));
    }
  }
}

template <typename Element>
void Taps<Element>::add(Element* sums, int64_t lines, const Element* packed, int64_t rows, const Element* padded,
                        const Sliding& s, int64_t first, int64_t last, Element scale) {
  const int64_t places = s.places();
  for (int64_t group = 0; group < rows; group += kRows) {
    Element* group_sums = sums + group * lines;
    const Element* group_rows = packed + group * places;
    for (int64_t place = 0, depth; place < places; place += depth) {
      depth = depth_of<Element>(places - place);
      for (int64_t line = first; line < last; line += kLines) {
        const Element* taps[kLines];
        for (int64_t l = 0; l < kLines; ++l) {
          const int64_t at = std::min(line + l, last - 1), tap = at % s.taps();
          taps[l] = padded + at / s.taps() * padded_area(s) +
                    tap / s.window.kernel_w * s.window.dilation_h * padded_width(s) +
                    tap % s.window.kernel_w * s.window.dilation_w;
        }
        add_tile(group_sums + line * kRows, group_rows + place * kRows, taps, s, place, place + depth, scale);
      }
    }
  }
}

template struct Taps<float>;
template struct Taps<double>;

}  // namespace fbl
