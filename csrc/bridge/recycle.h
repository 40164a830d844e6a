// Small and large tensors that scripts drop are kept and handed out again.
#pragma once

#include <ATen/core/Tensor.h>

namespace fbl {

// A contiguous CPU tensor that was given back in this thread, with these sizes; undefined when there is none.
at::Tensor take_recycled(c10::IntArrayRef sizes, c10::ScalarType type);

// Takes over the reference to a tensor if it is small or large, plain and referred to by nobody else; false: it is
// still the caller's.
bool recycle(const at::Tensor& tensor);

}  // namespace fbl
