// The CPython side of tensor exchange: a Lua handle and a torch.Tensor share one TensorImpl, so identity survives.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <torch/csrc/autograd/python_variable.h>

#include "bridge/bridge.h"

namespace {

PyObject* tensor_from_address(PyObject*, PyObject* address) {
  void* pointer = PyLong_AsVoidPtr(address);
  if (pointer == nullptr) {
    if (PyErr_Occurred() == nullptr) PyErr_SetString(PyExc_ValueError, "address of a tensor handle expected, got 0");
    return nullptr;
  }
  auto* impl = static_cast<c10::TensorImpl*>(static_cast<fbl_tensor*>(pointer)->impl);
  if (impl == nullptr) {
    PyErr_SetString(PyExc_ValueError, "the tensor handle is empty");
    return nullptr;
  }
  return THPVariable_Wrap(
      at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(impl)));
}

bool has_class(c10::ScalarType type) {
  switch (type) {
    case c10::kByte:
    case c10::kChar:
    case c10::kShort:
    case c10::kInt:
    case c10::kLong:
    case c10::kFloat:
    case c10::kDouble:
    case c10::kHalf:
      return true;
    default:
      return false;
  }
}

// A heap handle for the Lua side to adopt. Torch7 has no tensor of dimension 0: a scalar goes over as one element.
PyObject* address_of_new_handle(PyObject*, PyObject* object) {
  if (!THPVariable_Check(object)) {
    PyErr_Format(PyExc_TypeError, "torch.Tensor expected, got %s", Py_TYPE(object)->tp_name);
    return nullptr;
  }
  at::Tensor tensor = THPVariable_Unpack(object);
  if (tensor.layout() != c10::kStrided || !tensor.has_storage()) {
    PyErr_SetString(PyExc_TypeError, "only dense tensors can go to Lua; call .to_dense() first");
    return nullptr;
  }
  try {
    // Torch7's masks are byte tensors; the memory stays shared.
    if (tensor.scalar_type() == c10::kBool) tensor = tensor.detach().view(c10::kByte);
    if (!has_class(tensor.scalar_type())) {
      PyErr_Format(PyExc_TypeError, "Torch7 has no class for tensors of %s; convert it first, e.g. with .float()",
                   c10::toString(tensor.scalar_type()));
      return nullptr;
    }
    if (tensor.dim() == 0) tensor = tensor.detach().view({1});
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
    return nullptr;
  }
  return PyLong_FromVoidPtr(new fbl_tensor{tensor.unsafeReleaseTensorImpl(), 0});
}

PyMethodDef methods[] = {
    {"tensor_from_address", tensor_from_address, METH_O,
     "tensor_from_address(address) -> torch.Tensor: the tensor that the Lua handle at that address refers to."},
    {"address_of_new_handle", address_of_new_handle, METH_O,
     "address_of_new_handle(tensor) -> int: a new handle that refers to the tensor, for torch._wrap to adopt."},
    {nullptr, nullptr, 0, nullptr}};

PyModuleDef module = {PyModuleDef_HEAD_INIT,
                      "_fbcunn_handles",
                      "Exchange of tensors between Python and Lua.",
                      -1,
                      methods,
                      nullptr,
                      nullptr,
                      nullptr,
                      nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__fbcunn_handles(void) { return PyModule_Create(&module); }
