// Single elements, the hot path of scripts with explicit loops: bounds-checked, no dispatcher, no exception.
#include "bridge/element.h"

#include <algorithm>
#include <cstdlib>

#include "bridge/entry.h"
#include "bridge/wide.h"

namespace {

using fbl::checked_impl;
using fbl::impl_of;

bool load(const c10::TensorImpl* impl, int64_t position, double* out) {
  const void* data = impl->storage().data();
  position += impl->storage_offset();
  switch (impl->dtype().toScalarType()) {
    case c10::kDouble:
      *out = fbl::lua_number(static_cast<const double*>(data)[position]);
      return true;
    case c10::kFloat:
      *out = fbl::lua_number(static_cast<const float*>(data)[position]);
      return true;
    case c10::kLong:
      *out = static_cast<double>(static_cast<const int64_t*>(data)[position]);
      return true;
    case c10::kByte:
      *out = static_cast<const uint8_t*>(data)[position];
      return true;
    case c10::kInt:
      *out = static_cast<const int32_t*>(data)[position];
      return true;
    case c10::kShort:
      *out = static_cast<const int16_t*>(data)[position];
      return true;
    case c10::kChar:
      *out = static_cast<const int8_t*>(data)[position];
      return true;
    case c10::kHalf:
      *out = fbl::lua_number(static_cast<float>(static_cast<const c10::Half*>(data)[position]));
      return true;
    default:
      return false;
  }
}

template <typename Element>
void store_as(void* data, int64_t position, double value) {
  static_cast<Element*>(data)[position] = fbl::to_element<Element>(value);
}

bool store(c10::TensorImpl* impl, int64_t position, double value) {
  void* data = impl->storage().mutable_data();
  position += impl->storage_offset();
  if (!impl->is_inference()) impl->bump_version();
  switch (impl->dtype().toScalarType()) {
    case c10::kDouble:
      store_as<double>(data, position, value);
      return true;
    case c10::kFloat:
      store_as<float>(data, position, value);
      return true;
    case c10::kLong:
      store_as<int64_t>(data, position, value);
      return true;
    case c10::kByte:
      store_as<uint8_t>(data, position, value);
      return true;
    case c10::kInt:
      store_as<int32_t>(data, position, value);
      return true;
    case c10::kShort:
      store_as<int16_t>(data, position, value);
      return true;
    case c10::kChar:
      store_as<int8_t>(data, position, value);
      return true;
    case c10::kHalf:
      store_as<c10::Half>(data, position, value);
      return true;
    default:
      return false;
  }
}

// Position of an element of a 1-D tensor, or -1 with the status to answer.
inline int64_t position_1d(const c10::TensorImpl* impl, int64_t index, int* status) {
  if (impl->dim() != 1 || impl->numel() == 0) {
    *status = FBL_NOT_1D;
    return -1;
  }
  const int64_t size = impl->sizes()[0];
  if (index < 0) index += size;
  if (index < 0 || index >= size) {
    *status = FBL_OUT_OF_RANGE;
    return -1;
  }
  *status = fbl::kOk;
  return index * impl->strides()[0];
}

int64_t position_nd(const c10::TensorImpl* impl, int n, const int64_t* index, int* status) {
  const auto sizes = impl->sizes();
  const auto strides = impl->strides();
  if (n != static_cast<int>(fbl::torch7_dim(impl))) {
    *status = FBL_TOO_MANY;
    return -1;
  }
  int64_t position = 0;
  for (int d = 0; d < n; ++d) {
    int64_t at = index[d] < 0 ? index[d] + sizes[d] : index[d];
    if (at < 0 || at >= sizes[d]) {
      *status = FBL_OUT_OF_RANGE;
      return -1;
    }
    position += at * strides[d];
  }
  *status = fbl::kOk;
  return position;
}

// Whether a run may hold a NaN. Times zero, infinities become NaNs too, and sums keep them: no comparison is needed.
template <typename Element>
FBL_INLINE bool may_hold_nan(const Element* elements, int64_t count) {
  constexpr int kLanes = 32;
  Element sums[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) sums[lane] += elements[i + lane] * 0;
  }
  Element sum = 0;
  for (const Element lane : sums) sum += lane;
  for (; i < count; ++i) sum += elements[i] * 0;
  return sum != sum;
}

template <typename Element>
FBL_WIDE bool may_hold_nan_wide(const Element* elements, int64_t count) {
  return may_hold_nan(elements, count);
}

// NaNs are rare: memory is read at full speed and written only where there may be one.
template <typename Element>
void replace_nans(void* data, int64_t count) {
  constexpr int64_t kBlock = 1024;
  auto* elements = static_cast<Element*>(data);
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t length = std::min(kBlock, count - first);
    Element* block = elements + first;
    if (fbl::wide() ? !may_hold_nan_wide(block, length) : !may_hold_nan(block, length)) continue;
    for (int64_t i = 0; i < length; ++i) block[i] = fbl::lua_number(block[i]);
  }
}

}  // namespace

extern "C" {

void fbl_replace_nans(int type, void* data, int64_t count) {
  if (type == FBL_DOUBLE) replace_nans<double>(data, count);
  if (type == FBL_FLOAT) replace_nans<float>(data, count);
}

double fbl_strtod(const char* text, char** stop) { return fbl::lua_number(std::strtod(text, stop)); }

int fbl_get1(const void* handle, int64_t index, double* out) {
  const auto* impl = impl_of(handle);
  int status;
  const int64_t position = position_1d(impl, index, &status);
  if (status != fbl::kOk) return status;
  if (!impl->is_cpu()) return fbl_get_at(handle, 1, &index, out);
  return load(impl, position, out) ? 0 : FBL_NOT_1D;
}

int fbl_set1(void* handle, int64_t index, double value) {
  auto* impl = impl_of(handle);
  int status;
  const int64_t position = position_1d(impl, index, &status);
  if (status != fbl::kOk) return status;
  if (!impl->is_cpu()) return fbl_set_at(handle, 1, &index, value);
  return store(impl, position, value) ? 0 : FBL_NOT_1D;
}

int fbl_get_at(const void* handle, int n, const int64_t* index, double* out) {
  FBL_TRY {
    const auto* impl = checked_impl(handle);
    int status;
    const int64_t position = position_nd(impl, n, index, &status);
    if (status != fbl::kOk) return status;
    if (impl->is_cpu()) {
      load(impl, position, out);
    } else {
      const at::Tensor element = fbl::strided_view(fbl::tensor_of(handle), {}, {}, impl->storage_offset() + position);
      *out = fbl::lua_number(element.item().toDouble());
    }
  }
  FBL_CATCH;
}

int fbl_set_at(void* handle, int n, const int64_t* index, double value) {
  FBL_TRY {
    auto* impl = checked_impl(handle);
    int status;
    const int64_t position = position_nd(impl, n, index, &status);
    if (status != fbl::kOk) return status;
    if (impl->is_cpu()) {
      store(impl, position, value);
    } else {
      fbl::strided_view(fbl::tensor_of(handle), {}, {}, impl->storage_offset() + position).fill_(value);
    }
  }
  FBL_CATCH;
}
}
