// Pointwise arithmetic of large contiguous tensors, as fast as memory allows.
#pragma once

#include <cstdint>

namespace fbl {

enum class Stream { kAdd, kMul, kDiv };

// result[i] = a[i] op value, for float and double; result may be a.
template <typename Element>
void stream(Stream op, Element* result, const Element* a, Element value, int64_t n);

// result[i] = a[i] op b[i]; result may be a or b.
template <typename Element>
void stream(Stream op, Element* result, const Element* a, const Element* b, int64_t n);

// result[i] = a[i] + scale * b[i], rounded once where the processor can; result may be a or b.
template <typename Element>
void stream_add_scaled(Element* result, const Element* a, Element scale, const Element* b, int64_t n);

// result[i] = a[i].
template <typename Element>
void stream_copy(Element* result, const Element* a, int64_t n);

}  // namespace fbl
