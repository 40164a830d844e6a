// Any operator of the dispatcher by name: the schema is resolved once, arguments are converted by it.
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/ops/scalar_tensor.h>

#include <cmath>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "bridge/element.h"
#include "bridge/entry.h"

namespace {

struct Entry {
  c10::OperatorHandle handle;
  std::string schema;
};

// Entries are never removed, so an id stays valid; a deque-like vector of pointers keeps them in place.
std::mutex registry_mutex;
std::unordered_map<std::string, int> ids;
std::vector<std::unique_ptr<Entry>> entries;

const Entry& entry_at(int op) {
  const std::lock_guard<std::mutex> lock(registry_mutex);
  TORCH_CHECK(op >= 0 && op < static_cast<int>(entries.size()), "unknown operator number ", op);
  return *entries[op];
}

const char* tag_name(int tag) {
  static const char* const names[] = {"nil",    "number",           "boolean",         "string",
                                      "tensor", "table of numbers", "table of tensors"};
  return tag >= 0 && tag <= FBL_TENSORS ? names[tag] : "unknown";
}

[[noreturn]] void wrong_type(const c10::FunctionSchema& schema, const c10::Argument& argument, int tag) {
  TORCH_CHECK(false, schema.name(), ": argument '", argument.name(), "': ", argument.type()->annotation_str(),
              " expected, got ", tag_name(tag));
}

int64_t whole(const c10::FunctionSchema& schema, const c10::Argument& argument, double number) {
  TORCH_CHECK(number == std::floor(number) && std::abs(number) <= 9007199254740992.0, schema.name(), ": argument '",
              argument.name(), "': integer expected, got ", number);
  return static_cast<int64_t>(number);
}

c10::Scalar scalar(double number) {
  if (number == std::floor(number) && std::abs(number) <= 9007199254740992.0 &&
      !(number == 0 && std::signbit(number))) {
    return c10::Scalar(static_cast<int64_t>(number));
  }
  return c10::Scalar(number);
}

std::vector<at::Tensor> tensor_list(const fbl_value& value) {
  const auto* handles = static_cast<void* const*>(value.pointer);
  std::vector<at::Tensor> tensors;
  tensors.reserve(value.length);
  for (int i = 0; i < value.length; ++i) tensors.push_back(fbl::tensor_of(handles[i]));
  return tensors;
}

c10::IValue optional_tensor_list(const fbl_value& value) {
  const auto* handles = static_cast<void* const*>(value.pointer);
  c10::List<std::optional<at::Tensor>> tensors;
  for (int i = 0; i < value.length; ++i) {
    tensors.push_back(handles[i] == nullptr ? std::nullopt : std::optional<at::Tensor>(fbl::tensor_of(handles[i])));
  }
  return tensors;
}

c10::IValue list_argument(const c10::FunctionSchema& schema, const c10::Argument& argument, const c10::TypePtr& element,
                          const fbl_value& value) {
  if (element->kind() == c10::TypeKind::OptionalType) {
    // Tensor?[], and for oneDNN's operators Scalar?[].
    if (element->castRaw<c10::OptionalType>()->getElementType()->kind() == c10::TypeKind::NumberType) {
      if (value.tag != FBL_NUMBERS) wrong_type(schema, argument, value.tag);
      c10::List<std::optional<c10::Scalar>> scalars;
      const auto* numbers = static_cast<const double*>(value.pointer);
      for (int i = 0; i < value.length; ++i) scalars.push_back(scalar(numbers[i]));
      return scalars;
    }
    if (value.tag != FBL_TENSORS && !(value.tag == FBL_NUMBERS && value.length == 0))
      wrong_type(schema, argument, value.tag);
    return optional_tensor_list(value);
  }
  if (element->kind() == c10::TypeKind::TensorType) {
    if (value.tag != FBL_TENSORS && !(value.tag == FBL_NUMBERS && value.length == 0))
      wrong_type(schema, argument, value.tag);
    return tensor_list(value);
  }
  // A single number stands for a list of one where the schema allows it (int[1]) and is repeated for int[N].
  const auto* numbers = static_cast<const double*>(value.pointer);
  int length = value.length;
  if (value.tag == FBL_NUMBER) {
    numbers = &value.number;
    length = 1;
  } else if (value.tag != FBL_NUMBERS) {
    wrong_type(schema, argument, value.tag);
  }
  switch (element->kind()) {
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: {
      std::vector<int64_t> list(length);
      for (int i = 0; i < length; ++i) list[i] = whole(schema, argument, numbers[i]);
      if (value.tag == FBL_NUMBER && argument.N().has_value()) list.resize(*argument.N(), list[0]);
      return list;
    }
    case c10::TypeKind::FloatType:
      return std::vector<double>(numbers, numbers + length);
    case c10::TypeKind::BoolType: {
      c10::List<bool> list;
      for (int i = 0; i < length; ++i) list.push_back(numbers[i] != 0);
      return list;
    }
    default:
      wrong_type(schema, argument, value.tag);
  }
}

c10::IValue convert(const c10::FunctionSchema& schema, const c10::Argument& argument, const fbl_value& value) {
  c10::TypePtr type = argument.type();
  if (auto optional = type->cast<c10::OptionalType>()) {
    if (value.tag == FBL_NONE) return c10::IValue();
    type = optional->getElementType();
  }
  switch (type->kind()) {
    case c10::TypeKind::TensorType:
      if (value.tag == FBL_TENSOR) return fbl::tensor_of(value.pointer);
      if (value.tag == FBL_NUMBER) return at::scalar_tensor(scalar(value.number), c10::kDouble);
      break;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType:
      if (value.tag == FBL_NUMBER) return whole(schema, argument, value.number);
      break;
    case c10::TypeKind::FloatType:
      if (value.tag == FBL_NUMBER) return value.number;
      break;
    case c10::TypeKind::NumberType:
      if (value.tag == FBL_NUMBER) return scalar(value.number);
      break;
    case c10::TypeKind::BoolType:
      if (value.tag == FBL_BOOL) return value.number != 0;
      break;
    case c10::TypeKind::StringType:
      if (value.tag == FBL_STRING) return std::string(static_cast<const char*>(value.pointer), value.length);
      break;
    case c10::TypeKind::ListType:
      return list_argument(schema, argument, type->castRaw<c10::ListType>()->getElementType(), value);
    default:
      break;
  }
  wrong_type(schema, argument, value.tag);
}

void put_result_tensor(at::Tensor tensor, fbl_value* out) {
  out->tag = FBL_NONE;
  if (!tensor.defined()) return;
  const auto bytes = static_cast<double>(fbl::fresh_bytes(tensor));
  if (tensor.scalar_type() == c10::kBool) tensor = tensor.view(c10::kByte);
  if (tensor.dim() == 0) tensor = tensor.view({1});  // Torch7 has no tensor of dimension 0
  const int type = fbl::type_code(tensor.scalar_type());
  TORCH_CHECK(type >= 0, "Torch7 has no tensor of element type ", tensor.scalar_type(),
              "; convert it first (bfloat16 to float, complex to its real view)");
  out->tag = FBL_TENSOR;
  out->length = type;
  out->bytes = bytes;
  out->number = tensor.is_cpu() ? -1 : tensor.device().index();
  out->pointer = tensor.unsafeReleaseTensorImpl();
  fbl::charge(out->bytes);
}

// Gives up a result that Lua will not see, because a later one cannot be returned.
void drop_result(fbl_value* value) {
  if (value->tag == FBL_TENSOR) {
    fbl::charge(-value->bytes);
    fbl::TensorPtr::reclaim(static_cast<c10::TensorImpl*>(const_cast<void*>(value->pointer)));
  } else if (value->tag == FBL_TENSORS) {
    auto* list = static_cast<fbl_value*>(const_cast<void*>(value->pointer));
    for (int i = 0; i < value->length; ++i) drop_result(list + i);
    delete[] list;
  }
  *value = fbl_value{};
}

// ATen's out variants change a result's shape before they grow its storage; where that failed, no shape is left that
// the memory could hold.
void drop_shape_without_memory(const fbl_value& value) {
  if (value.tag != FBL_TENSOR || value.pointer == nullptr) return;
  auto* impl = fbl::impl_of(value.pointer);
  if (impl == nullptr || !impl->has_storage() || impl->numel() == 0) return;
  double last = static_cast<double>(impl->storage_offset());
  for (int64_t d = 0; d < impl->dim(); ++d) {
    last += (static_cast<double>(impl->size(d)) - 1) * static_cast<double>(impl->stride(d));
  }
  if ((last + 1) * static_cast<double>(impl->itemsize()) > static_cast<double>(impl->storage().nbytes())) {
    impl->set_sizes_contiguous({0});
  }
}

void put_result(const c10::FunctionSchema& schema, c10::IValue value, fbl_value* out) {
  *out = fbl_value{};
  if (value.isTensor()) {
    put_result_tensor(std::move(value).toTensor(), out);
  } else if (value.isNone()) {
    out->tag = FBL_NONE;
  } else if (value.isBool()) {
    out->tag = FBL_BOOL;
    out->number = value.toBool();
  } else if (value.isScalar()) {
    out->tag = FBL_NUMBER;
    out->number = fbl::lua_number(value.toScalar().toDouble());
  } else if (value.isTensorList()) {
    auto tensors = value.toTensorVector();
    auto* list = new fbl_value[std::max<size_t>(1, tensors.size())]();
    out->tag = FBL_TENSORS;
    out->length = static_cast<int32_t>(tensors.size());
    out->pointer = list;  // dropped with out when an element cannot be returned
    for (size_t i = 0; i < tensors.size(); ++i) put_result_tensor(std::move(tensors[i]), list + i);
  } else {
    TORCH_CHECK(false, schema.name(), ": a result of type ", value.tagKind(), " cannot be returned to Lua");
  }
}

}  // namespace

extern "C" {

int fbl_operator(const char* name, const char* overload) {
  const std::string key = std::string(name) + '.' + overload;
  {
    const std::lock_guard<std::mutex> lock(registry_mutex);
    if (const auto found = ids.find(key); found != ids.end()) return found->second;
  }
  const auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
  if (!handle.has_value()) return -1;
  auto entry = std::make_unique<Entry>(Entry{*handle, toString(handle->schema())});
  const std::lock_guard<std::mutex> lock(registry_mutex);
  const auto [place, added] = ids.emplace(key, static_cast<int>(entries.size()));
  if (added) entries.push_back(std::move(entry));
  return place->second;
}

const char* fbl_operator_schema(int op) {
  const std::lock_guard<std::mutex> lock(registry_mutex);
  return op >= 0 && op < static_cast<int>(entries.size()) ? entries[op]->schema.c_str() : "";
}

int fbl_call(int op, int nargs, const fbl_value* args, int max_results, fbl_value* results, int* nresults) {
  FBL_TRY {
    const Entry& entry = entry_at(op);
    const c10::FunctionSchema& schema = entry.handle.schema();
    const auto& arguments = schema.arguments();
    TORCH_CHECK(nargs <= static_cast<int>(arguments.size()), schema.name(), ": at most ", arguments.size(),
                " arguments expected, got ", nargs, "; ", entry.schema);
    torch::jit::Stack stack;
    stack.reserve(arguments.size());
    for (size_t i = 0; i < arguments.size(); ++i) {
      const auto& argument = arguments[i];
      const bool given = static_cast<int>(i) < nargs && args[i].tag != FBL_NONE;
      if (given) {
        stack.push_back(convert(schema, argument, args[i]));
      } else if (argument.default_value().has_value()) {
        stack.push_back(*argument.default_value());
      } else if (argument.type()->kind() == c10::TypeKind::OptionalType) {
        stack.emplace_back();
      } else {
        TORCH_CHECK(false, schema.name(), ": argument '", argument.name(), "' is missing; ", entry.schema);
      }
    }
    *nresults = 0;
    try {
      entry.handle.callBoxed(stack);
    } catch (...) {
      for (int i = 0; i < nargs; ++i) drop_shape_without_memory(args[i]);
      throw;
    }
    TORCH_CHECK(static_cast<int>(stack.size()) <= max_results, schema.name(), ": ", stack.size(), " results, room for ",
                max_results);
    try {
      for (auto& value : stack) put_result(schema, std::move(value), results + (*nresults)++);
    } catch (...) {
      for (int i = 0; i < *nresults; ++i) drop_result(results + i);
      *nresults = 0;
      throw;
    }
  }
  FBL_CATCH;
}

void fbl_values_free(void* values) { delete[] static_cast<fbl_value*>(values); }
}
