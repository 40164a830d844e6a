// The pointwise operations that scripts call on tiny tensors. Where everything is a small contiguous CPU tensor of one
// type a direct loop costs some ten nanoseconds; everything else goes to ATen. Torch7 matches operands by their number
// of elements only and gives the result the first source's shape, where ATen would broadcast.
#include <ATen/Parallel.h>
#include <ATen/ops/add.h>
#include <ATen/ops/div.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "bridge/direct.h"
#include "bridge/scaled.h"
#include "bridge/stream.h"

namespace {

using fbl::bump;
using fbl::checked_impl;
using fbl::data_of;
using fbl::direct;
using fbl::match_result;
using fbl::scalar_like;
using fbl::shaped_like;
using fbl::tensor_of;
using fbl::with_direct_type;

// Views that are not contiguous: element by element up to here.
constexpr int64_t kStridedLimit = 256;

// An expanded tensor: several places of it are one element. Torch7 wrote to that element once for each of them, where
// ATen refuses.
bool repeats(const at::Tensor& tensor) {
  if (!tensor.is_cpu()) return false;
  for (int64_t d = 0; d < tensor.dim(); ++d) {
    if (tensor.stride(d) == 0 && tensor.size(d) > 1) return true;
  }
  return false;
}

// The processor traps where the quotient of the smallest number and -1 does not fit; it wraps here.
template <typename Element>
Element quotient(Element a, Element b) {
  if constexpr (std::is_signed_v<Element> && std::is_integral_v<Element>) {
    if (b == -1) return static_cast<Element>(-a);
  }
  return static_cast<Element>(a / b);
}

template <typename Element>
void loop_scalar(int op, Element* result, const Element* source, Element value, int64_t n) {
  switch (op) {
    case FBL_ADD:
      for (int64_t i = 0; i < n; ++i) result[i] = static_cast<Element>(source[i] + value);
      break;
    case FBL_SUB:
      for (int64_t i = 0; i < n; ++i) result[i] = static_cast<Element>(source[i] - value);
      break;
    case FBL_MUL:
      for (int64_t i = 0; i < n; ++i) result[i] = static_cast<Element>(source[i] * value);
      break;
    default:
      for (int64_t i = 0; i < n; ++i) result[i] = quotient(source[i], value);
  }
}

template <typename Element>
void loop_tensor(int op, Element* result, const Element* a, Element scale, const Element* b, int64_t n) {
  switch (op) {
    case FBL_ADD:
      if (scale == Element(1)) {
        for (int64_t i = 0; i < n; ++i) result[i] = static_cast<Element>(a[i] + b[i]);
      } else if constexpr (std::is_floating_point_v<Element>) {
        fbl::add_scaled(result, a, scale, b, n);
      } else {
        for (int64_t i = 0; i < n; ++i) result[i] = static_cast<Element>(a[i] + scale * b[i]);
      }
      break;
    case FBL_MUL:
      for (int64_t i = 0; i < n; ++i) result[i] = static_cast<Element>(a[i] * b[i]);
      break;
    default:
      for (int64_t i = 0; i < n; ++i) result[i] = quotient(a[i], b[i]);
  }
}

// Between two of the types that direct loops exist for.
bool copy_converted(const c10::TensorImpl* to, void* result, const c10::TensorImpl* from, const void* source) {
  bool known = false;
  fbl::with_direct_type(to, [&](auto* to_tag) {
    known = fbl::with_direct_type(from, [&](auto* from_tag) {
      using To = std::remove_pointer_t<decltype(to_tag)>;
      using From = std::remove_pointer_t<decltype(from_tag)>;
      To* target = data_of<To>(result);
      const From* values = data_of<From>(source);
      for (int64_t i = 0; i < to->numel(); ++i) {
        if constexpr (std::is_floating_point_v<From>) {
          target[i] = fbl::to_element<To>(values[i]);
        } else {
          target[i] = static_cast<To>(values[i]);
        }
      }
    });
  });
  return known;
}

// Large contiguous CPU tensors of one floating-point type.
bool streams(const c10::TensorImpl* impl) {
  return impl->is_cpu() && impl->is_contiguous() && !impl->requires_grad() &&
         (impl->dtype() == caffe2::TypeMeta::Make<float>() || impl->dtype() == caffe2::TypeMeta::Make<double>());
}

bool streams(const c10::TensorImpl* a, const c10::TensorImpl* b) {
  return streams(a) && streams(b) && a->numel() == b->numel() && a->dtype() == b->dtype();
}

fbl::Stream stream_of(int op) {
  return op == FBL_MUL ? fbl::Stream::kMul : op == FBL_DIV ? fbl::Stream::kDiv : fbl::Stream::kAdd;
}

// Runs function(Element*) for a tensor that streams.
template <typename Function>
void with_stream_type(c10::TensorImpl* impl, Function&& function) {
  if (impl->dtype() == caffe2::TypeMeta::Make<float>()) {
    function(static_cast<float*>(nullptr));
  } else {
    function(static_cast<double*>(nullptr));
  }
  fbl::bump(impl);
}

// Writes to the places of an expanded tensor one after the other: the last one stays.
void copy_in_turn(const at::Tensor& target, const at::Tensor& source) {
  TORCH_CHECK(fbl::with_direct_type(target.unsafeGetTensorImpl(),
                                    [&](auto* tag) {
                                      using Element = std::remove_pointer_t<decltype(tag)>;
                                      const at::Tensor values = source.to(target.scalar_type()).contiguous();
                                      const auto* value = values.const_data_ptr<Element>();
                                      fbl::for_each<Element>(target, [&](Element& x) { x = *value++; });
                                    }),
              "an expanded tensor of ", target.scalar_type(), " cannot be written to");
  bump(target.unsafeGetTensorImpl());
}

template <typename Element>
bool has_zero(const Element* data, int64_t n) {
  return std::find(data, data + n, Element(0)) != data + n;
}

// The C library's function does not read what it overwrites, which halves the time of large tensors.
void zero(c10::TensorImpl* impl) {
  constexpr int64_t kGrain = 1 << 20;  // bytes
  auto* bytes = static_cast<char*>(impl->mutable_data());
  at::parallel_for(0, impl->numel() * static_cast<int64_t>(impl->itemsize()), kGrain,
                   [&](int64_t begin, int64_t end) { std::memset(bytes + begin, 0, end - begin); });
  bump(impl);
}

}  // namespace

namespace fbl {

void match_result(void* result, const at::Tensor& source) {
  auto* handle = static_cast<fbl_tensor*>(result);
  if (handle->impl == source.unsafeGetTensorImpl()) return;
  if (handle->impl == nullptr) {
    return put_fresh(result, empty(source.sizes(), source.options()));
  }
  fbl_tensor like{source.unsafeGetTensorImpl(), 0};
  if (fbl_same_size(result, &like) != 0) return;
  TORCH_CHECK(fbl_tensor_resize_as(result, &like) == kOk, fbl_last_error());
}

at::Tensor shaped_like(const at::Tensor& b, const at::Tensor& a) {
  if (b.sizes() == a.sizes()) return b;
  TORCH_CHECK(a.numel() == b.numel(), "inconsistent tensor size, expected ", a.sizes(), " and ", b.sizes(),
              " to have the same number of elements, but got ", a.numel(), " and ", b.numel(),
              " elements respectively");
  return b.reshape(a.sizes());
}

}  // namespace fbl

extern "C" {

int fbl_fill(void* handle, double value) {
  FBL_TRY {
    auto* impl = checked_impl(handle);
    if (direct(impl) && with_direct_type(impl, [&](auto* tag) {
          using Element = std::remove_pointer_t<decltype(tag)>;
          std::fill_n(data_of<Element>(handle), impl->numel(), fbl::to_element<Element>(value));
        })) {
      bump(impl);
      return fbl::kOk;
    }
    const at::Tensor& tensor = tensor_of(handle);
    if (value == 0 && !std::signbit(value) && tensor.is_cpu() && impl->is_contiguous() && !tensor.requires_grad()) {
      zero(impl);
      return fbl::kOk;
    }
    if (tensor.is_cpu() && (tensor.numel() <= kStridedLimit || repeats(tensor)) && !tensor.requires_grad() &&
        with_direct_type(impl, [&](auto* tag) {
          using Element = std::remove_pointer_t<decltype(tag)>;
          const auto element = fbl::to_element<Element>(value);
          fbl::for_each<Element>(tensor, [element](Element& x) { x = element; });
        })) {
      bump(impl);
      return fbl::kOk;
    }
    if (c10::isFloatingType(tensor.scalar_type())) {
      tensor.fill_(value);
    } else {
      // Wraps to the element type first: ATen refuses what does not fit.
      const int64_t whole = fbl::to_int64(value);
      switch (tensor.scalar_type()) {
        case c10::kByte:
          tensor.fill_(static_cast<uint8_t>(whole));
          break;
        case c10::kChar:
          tensor.fill_(static_cast<int8_t>(whole));
          break;
        case c10::kShort:
          tensor.fill_(static_cast<int16_t>(whole));
          break;
        case c10::kInt:
          tensor.fill_(static_cast<int32_t>(whole));
          break;
        default:
          tensor.fill_(whole);
      }
    }
  }
  FBL_CATCH;
}

int fbl_with_scalar(int op, void* result, const void* source_handle, double value) {
  FBL_TRY {
    const at::Tensor& source = tensor_of(source_handle);
    match_result(result, source);
    const bool integer = !c10::isFloatingType(source.scalar_type());
    TORCH_CHECK(!(integer && op == FBL_DIV && fbl::to_int64(value) == 0), "division by zero of an integer tensor");
    auto* impl = checked_impl(result);
    if (direct(impl, checked_impl(source_handle)) && with_direct_type(impl, [&](auto* tag) {
          using Element = std::remove_pointer_t<decltype(tag)>;
          const auto number = fbl::to_element<Element>(value);
          if (std::is_integral_v<Element> && op == FBL_DIV && number == Element(0)) {
            TORCH_CHECK(false, "division by zero of an integer tensor");
          }
          loop_scalar<Element>(op, data_of<Element>(result), data_of<Element>(source_handle), number, impl->numel());
        })) {
      bump(impl);
      return fbl::kOk;
    }
    if (streams(impl, checked_impl(source_handle))) {
      with_stream_type(impl, [&](auto* tag) {
        using Element = std::remove_pointer_t<decltype(tag)>;
        const auto number = static_cast<Element>(op == FBL_SUB ? -value : value);
        fbl::stream(stream_of(op), data_of<Element>(result), data_of<Element>(source_handle), number, impl->numel());
      });
      return fbl::kOk;
    }
    if (impl == source.unsafeGetTensorImpl() && repeats(source) && with_direct_type(impl, [&](auto* tag) {
          using Element = std::remove_pointer_t<decltype(tag)>;
          const auto number = fbl::to_element<Element>(value);
          TORCH_CHECK(!std::is_integral_v<Element> || op != FBL_DIV || number != 0,
                      "division by zero of an integer tensor");
          fbl::for_each<Element>(source, [op, number](Element& x) { loop_scalar<Element>(op, &x, &x, number, 1); });
        })) {
      bump(impl);
      return fbl::kOk;
    }
    at::Tensor target = tensor_of(result);
    // Converted to the element type first, wrapping: ATen refuses numbers that do not fit.
    const at::Tensor number =
        at::scalar_tensor(scalar_like(source, value), integer ? c10::kLong : c10::kDouble).to(source.scalar_type());
    switch (op) {
      case FBL_ADD:
        at::add_out(target, source, number);
        break;
      case FBL_SUB:
        at::sub_out(target, source, number);
        break;
      case FBL_MUL:
        at::mul_out(target, source, number);
        break;
      default:
        // By -1 as a product, which wraps.
        if (!integer) {
          at::div_out(target, source, number);
        } else if (fbl::to_int64(value) == -1) {
          at::mul_out(target, source, number);
        } else {
          at::div_out(target, source, number, "trunc");
        }
    }
  }
  FBL_CATCH;
}

int fbl_with_tensor(int op, void* result, const void* a_handle, double scale, const void* b_handle) {
  FBL_TRY {
    const at::Tensor& a = tensor_of(a_handle);
    match_result(result, a);
    auto* impl = checked_impl(result);
    if (direct(impl, checked_impl(a_handle)) && direct(impl, checked_impl(b_handle)) &&
        with_direct_type(impl, [&](auto* tag) {
          using Element = std::remove_pointer_t<decltype(tag)>;
          const Element* b = data_of<Element>(b_handle);
          if (std::is_integral_v<Element> && op == FBL_DIV) {
            TORCH_CHECK(!has_zero(b, impl->numel()), "division by zero of an integer tensor");
          }
          const auto factor = fbl::to_element<Element>(op == FBL_SUB ? -scale : scale);
          loop_tensor<Element>(op == FBL_SUB ? FBL_ADD : op, data_of<Element>(result), data_of<Element>(a_handle),
                               factor, b, impl->numel());
        })) {
      bump(impl);
      return fbl::kOk;
    }
    if (streams(impl, checked_impl(a_handle)) && streams(impl, checked_impl(b_handle))) {
      with_stream_type(impl, [&](auto* tag) {
        using Element = std::remove_pointer_t<decltype(tag)>;
        auto* to = data_of<Element>(result);
        const auto *from = data_of<Element>(a_handle), *operand = data_of<Element>(b_handle);
        const auto factor = static_cast<Element>(op == FBL_SUB ? -scale : scale);
        if (op == FBL_MUL || op == FBL_DIV || factor == 1) {
          fbl::stream(stream_of(op), to, from, operand, impl->numel());
        } else {
          fbl::stream_add_scaled(to, from, factor, operand, impl->numel());
        }
      });
      return fbl::kOk;
    }
    const at::Tensor b = shaped_like(tensor_of(b_handle), a);
    TORCH_CHECK(a.scalar_type() == b.scalar_type(), "tensors of one type expected, got ", a.scalar_type(), " and ",
                b.scalar_type());
    at::Tensor target = tensor_of(result);
    // Each place of an expanded tensor takes its turn with the element they share.
    if (target.is_same(a) && repeats(a) && with_direct_type(impl, [&](auto* tag) {
          using Element = std::remove_pointer_t<decltype(tag)>;
          const at::Tensor operand = b.contiguous();
          const auto* value = operand.const_data_ptr<Element>();
          TORCH_CHECK(!std::is_integral_v<Element> || op != FBL_DIV || !has_zero(value, operand.numel()),
                      "division by zero of an integer tensor");
          const auto factor = fbl::to_element<Element>(op == FBL_SUB ? -scale : scale);
          fbl::for_each<Element>(
              a, [&](Element& x) { loop_tensor<Element>(op == FBL_SUB ? FBL_ADD : op, &x, &x, factor, value++, 1); });
        })) {
      bump(impl);
      return fbl::kOk;
    }
    switch (op) {
      case FBL_ADD:
        at::add_out(target, a, b, scalar_like(a, scale));
        break;
      case FBL_SUB:
        at::sub_out(target, a, b, scalar_like(a, scale));
        break;
      case FBL_MUL:
        at::mul_out(target, a, b);
        break;
      default:
        if (c10::isFloatingType(a.scalar_type())) {
          at::div_out(target, a, b);
        } else {
          TORCH_CHECK(b.all().item().toBool(), "division by zero of an integer tensor");
          const at::Tensor negating = b.eq(-1);
          target.copy_(at::where(negating, a.neg(), at::div(a, b.masked_fill(negating, 1), "trunc")));
        }
    }
  }
  FBL_CATCH;
}

int fbl_copy(void* result, const void* source_handle) {
  FBL_TRY {
    auto* impl = checked_impl(result);
    const auto* from = checked_impl(source_handle);
    if (direct(impl, from) && with_direct_type(impl, [&](auto* tag) {
          using Element = std::remove_pointer_t<decltype(tag)>;
          std::copy_n(data_of<Element>(source_handle), impl->numel(), data_of<Element>(result));
        })) {
      bump(impl);
      return fbl::kOk;
    }
    if (direct(impl) && direct(from) && impl->numel() == from->numel() &&
        copy_converted(impl, result, from, source_handle)) {
      bump(impl);
      return fbl::kOk;
    }
    if (streams(impl, from)) {
      with_stream_type(impl, [&](auto* tag) {
        using Element = std::remove_pointer_t<decltype(tag)>;
        fbl::stream_copy(data_of<Element>(result), data_of<Element>(source_handle), impl->numel());
      });
      return fbl::kOk;
    }
    const at::Tensor& target = tensor_of(result);
    const at::Tensor& source = tensor_of(source_handle);
    TORCH_CHECK(target.numel() == source.numel(), "inconsistent tensor size, expected ", target.sizes(), " and ",
                source.sizes(), " to have the same number of elements, but got ", target.numel(), " and ",
                source.numel(), " elements respectively");
    if (target.numel() == 0) return fbl::kOk;
    if (repeats(target)) {
      copy_in_turn(target, source);
    } else {
      target.copy_(shaped_like(source, target));
    }
  }
  FBL_CATCH;
}
}
