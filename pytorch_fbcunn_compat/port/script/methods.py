"""Method calls: tensors, modules, criterions, and the objects of optim and torch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tree_sitter import Node

from .constructors import CLASS_TARGETS
from .source import Untranslated, arguments, string, text, unwrap
from .values import Code, counted_from_1, minus_one

if TYPE_CHECKING:
    from .translator import Translator

_IN_PLACE = {
    "zero", "fill", "copy", "uniform", "normal", "exponential", "bernoulli", "clamp", "abs", "exp", "log", "sqrt",
    "pow", "floor", "ceil", "round", "tanh", "sigmoid", "neg", "cos", "sin", "resize", "sign",
}  # fmt: skip
_RENAMED_IN_PLACE = {"resizeAs": "resize_as_", "cmul": "mul_", "cdiv": "div_", "csub": "sub_", "mul": "mul_",
                     "div": "div_", "sub": "sub_"}  # fmt: skip
_SAME = {"clone": "clone", "dim": "dim", "nDimension": "dim", "nElement": "numel", "numel": "numel", "t": "t",
         "contiguous": "contiguous", "view": "view", "reshape": "reshape", "eq": "eq", "ne": "ne", "lt": "lt",
         "gt": "gt", "le": "le", "ge": "ge", "expand": "expand", "expandAs": "expand_as", "viewAs": "view_as",
         "isContiguous": "is_contiguous", "double": "double", "float": "float", "long": "long", "int": "int",
         "byte": "byte", "short": "short", "char": "char", "half": "half", "cuda": "cuda", "repeatTensor": "repeat",
         "typeAs": "type_as", "isSameSizeAs": "is_same_size"}  # fmt: skip
_CASTS = {"double", "float", "long", "int", "byte", "short", "char", "half", "cuda"}
_COUNTS = {"dim": "int", "numel": "int", "is_contiguous": "bool", "is_same_size": "bool"}
_REDUCED = {"sum", "mean", "std", "var", "prod", "norm", "max", "min"}
_LOGGED = {"style", "plot", "display"}


def call_method(t: Translator, node: Node, owner: Node, name: str) -> Code:
    """``owner:name(…)``."""
    if name == "resizeAs" or name == "zero":
        fresh = _zeros_like(t, node, owner, name)
        if fresh is not None:
            return fresh
    receiver = t.raw(owner)
    given = arguments(node)
    handler = {"model": _model, "node": _node, "criterion": _criterion, "logger": _logger,
               "confusion": _confusion, "timer": _timer,
               "flat": _parameters, "flatgrad": _gradients, "str": _string}.get(receiver.kind)  # fmt: skip
    if handler is not None:
        return handler(t, receiver, name, given)
    if receiver.kind != "tensor" and t.user_methods.get(name) == str(len(given)):
        values = [t.expression(argument).text for argument in given]
        return Code(f"{receiver.called}.{t.attribute(name)}({', '.join(values)})")
    return _tensor(t, receiver, name, given)


def _zeros_like(t: Translator, node: Node, owner: Node, name: str) -> Code | None:
    """``torch.Tensor():resizeAs(x):zero()``."""
    inner = unwrap(owner)
    if name != "zero" or inner.type != "function_call" or not text(inner).startswith("torch.Tensor():resizeAs("):
        return None
    from .source import method

    found = method(inner)
    if found is None or found[1] != "resizeAs" or text(found[0]) != "torch.Tensor()":
        return None
    return Code(f"torch.zeros_like({t.expression(arguments(inner)[0]).text})", "tensor")


# ---- tensors ----


def _tensor(t: Translator, receiver: Code, name: str, given: list[Node]) -> Code:
    values = [t.raw(argument) for argument in given]
    own = receiver.called
    if receiver.kind == "indices":
        if name in ("narrow", "long", "int", "clone"):
            if name == "narrow":
                first = minus_one(values[1]).text
                return Code(f"{own}.narrow({minus_one(values[0]).text}, {first}, {values[2].text})", "indices")
            return Code(own, "indices") if name == "long" else Code(f"{own}.{name}()", "indices")
        own = f"({receiver.text} + 1)"
    if name in ("index", "gather"):
        return _index(own, name, values)
    values = [counted_from_1(value) for value in values]
    if name == "size":
        dim = minus_one(values[0]).text if values else ""
        return Code(f"{own}.size({dim})", "int" if values else "size")
    if name in ("narrow", "select"):
        rest = [minus_one(values[0]).text, minus_one(values[1]).text, *(value.text for value in values[2:])]
        return Code(f"{own}.{name}({', '.join(rest)})", "tensor")
    if name in ("transpose", "permute", "squeeze", "unsqueeze"):
        return Code(f"{own}.{name}({', '.join(minus_one(value).text for value in values)})", "tensor")
    if name == "sub" and len(values) == 1:  # of a string
        return Code(f"{own}[{minus_one(values[0]).text}:]", "str")
    if name == "sub":
        return Code(f"{own}[{', '.join(_slices(values))}]", "tensor")
    if name == "add" and len(values) == 2:
        return Code(f"{own}.add_({values[1].text}, alpha={values[0].text})", "tensor")
    if name == "add" and len(values) == 1:
        return Code(f"{own}.add_({values[0].text})", "tensor")
    if name in _REDUCED:
        return _reduce(own, name, values)
    inside = ", ".join(value.text for value in values)
    if name in ("uniform", "normal") and t.seeded and own.isidentifier():
        bounds = "".join(f"{value.text}, " for value in values)
        return Code(f"{own}.copy_({t.random()}.{name}({bounds}size={own}.shape))", "tensor")
    if name in _IN_PLACE or name in _RENAMED_IN_PLACE:
        return Code(f"{own}.{_RENAMED_IN_PLACE.get(name, name + '_')}({inside})", "tensor")
    if name == "type" and values:
        return Code(f"{own}.to({_dtype(values[0])})", "tensor")
    if name in _SAME:
        same = _SAME[name]
        return Code(f"{own}.{same}({inside})", _COUNTS.get(same, "tensor"))
    if name == "forward" and len(values) == 1:
        return Code(f"{own}({inside})", "tensor")
    if name in ("training", "evaluate") and not values:
        return Code(f"{own}.{'train' if name == 'training' else 'eval'}()")
    if name == "dot":
        return Code(f"{own}.dot({inside}).item()", "number")
    raise Untranslated(f"the method :{name} has no known counterpart")


def _dtype(value: Code) -> str:
    from .calls import TYPES

    if value.kind == "dtype":
        return value.text
    name = value.text.strip('"')
    if name not in TYPES:
        raise Untranslated("a tensor type that is known only when the script runs")
    return TYPES[name]


def _index(own: str, name: str, values: list[Code]) -> Code:
    method = "index_select" if name == "index" else "gather"
    place = values[1].text if values[1].kind == "indices" else f"{values[1].called}.long() - 1"
    return Code(f"{own}.{method}({minus_one(values[0]).text}, {place})", "tensor")


def _slices(values: list[Code]) -> list[str]:
    found = []
    for first, last in zip(values[::2], values[1::2], strict=True):
        end = "" if last.text == "-1" else str(int(last.text) + 1) if re.fullmatch(r"-\d+", last.text) else last.text
        found.append(f"{minus_one(first).text}:{end}")
    return found


def _reduce(own: str, name: str, values: list[Code]) -> Code:
    if not values or name == "norm":
        return Code(f"{own}.{name}({', '.join(value.text for value in values)}).item()", "number")
    if len(values) > 1:
        raise Untranslated(f":{name} with further settings")
    dim = minus_one(values[0]).text
    if name in ("max", "min"):
        return Code(f"{own}.{name}({dim}, keepdim=True)", "extremes")
    return Code(f"{own}.{name}({dim}, keepdim=True)", "tensor")


# ---- modules and criterions ----


def _model(t: Translator, receiver: Code, name: str, given: list[Node]) -> Code:
    own = receiver.called
    if name == "forward" or name == "updateOutput":
        return Code(f"{own}({', '.join(t.expression(argument).text for argument in given)})", "tensor")
    if name == "backward":
        return t.training.backward(given)
    if name in ("training", "evaluate"):
        return Code(f"{own}.{'train' if name == 'training' else 'eval'}()")
    if name in ("cuda", "float", "double", "half"):
        return Code(f"{own}.{name}()", "model")
    if name == "zeroGradParameters":
        return Code(f"{t.training.optimizer_of(own)}.zero_grad()")
    if name in ("clearState", "reset") and not given:
        if name == "reset":
            raise Untranslated("model:reset(); build the model again")
        return Code("", "nothing", info=own)
    if name == "get":
        return Code(f"{own}[{minus_one(t.raw(given[0])).text}]", "model")
    if name == "size" and not given:
        return Code(f"len({own})", "int")
    if name == "add":
        module = t.expression(given[0])
        return Code(f"{own}.append({module.text})", "model")
    if name == "clone" and not given:
        t.use("import copy")
        return Code(f"copy.deepcopy({own})", "model")
    raise Untranslated(f"the method :{name} of a module has no known counterpart")


def _node(t: Translator, receiver: Code, name: str, given: list[Node]) -> Code:
    """A node of a graph."""
    if name == "split" and len(given) == 1:
        return Code(f"{receiver.called}.split({t.expression(given[0]).text})", "nodes")
    if name == "annotate":
        return receiver
    raise Untranslated(f"the method :{name} of a node")


def _criterion(t: Translator, receiver: Code, name: str, given: list[Node]) -> Code:
    if name in ("cuda", "float", "double"):
        return Code(f"{receiver.called}.{name}()", "criterion", info=receiver.info)
    if name == "forward" or name == "updateOutput":
        output, target = (t.expression(argument) for argument in given)
        wanted = target.text
        if receiver.info in CLASS_TARGETS:
            wanted = f"torch.as_tensor({wanted}).long() - 1" if target.kind in ("int", "number") else (
                f"{target.called}.long() - 1")  # fmt: skip
        loss = t.scopes.free("loss")
        t.emit(f"{loss} = {receiver.called}({output.text}, {wanted})")
        t.training.losses[receiver.text] = loss
        return Code(loss, "loss")
    raise Untranslated(f"criterion:{name}(…) on its own; in PyTorch loss.backward() computes all gradients")


def _parameters(t: Translator, receiver: Code, name: str, given: list[Node]) -> Code:
    """Methods of the flat vector of all parameters."""
    model = receiver.info
    if name == "copy" and given and (source := t.raw(given[0])).kind == "flat" and source.info == model:
        return Code("", "nothing")
    values = [t.expression(argument).text for argument in given]
    if name in ("nElement", "numel") or name == "size" and values == ["1"]:
        return Code(f"sum(p.numel() for p in {model}.parameters())", "int")
    if name in ("uniform", "normal") and t.seeded:
        drawn = f"{t.random()}.{name}({''.join(f'{value}, ' for value in values)}size=p.shape)"
        return Code(f"for p in {model}.parameters():\n    p.data.copy_({drawn})", "lines")
    if name in ("uniform", "normal", "fill"):
        initialise = {"fill": "constant_"}.get(name, f"{name}_")
        return Code(f"for p in {model}.parameters():\n    nn.init.{initialise}(p, {', '.join(values)})", "lines")
    if name == "norm":
        return Code(f"{receiver.text}.norm({', '.join(values)}).item()", "number")
    if name == "copy" and given and t.training.is_argument(text(given[0])):
        return Code("", "nothing")
    raise Untranslated(f":{name} of the vector of all parameters")


def _gradients(t: Translator, receiver: Code, name: str, given: list[Node]) -> Code:
    """Methods of the flat vector of all gradients."""
    model = receiver.info
    values = [t.expression(argument) for argument in given]
    if name == "zero":
        return Code(f"{t.training.optimizer_of(model)}.zero_grad()")
    if name == "clamp" and len(values) == 2 and values[0].text == f"-{values[1].text}":
        return Code(f"nn.utils.clip_grad_value_({model}.parameters(), {values[1].text})")
    if name in ("div", "mul"):
        sign = "/" if name == "div" else "*"
        return Code(f"for p in {model}.parameters():\n    p.grad {sign}= {values[0].text}", "lines")
    raise Untranslated(f":{name} of the vector of all gradients")


# ---- optim's and torch's objects ----


def _confusion(t: Translator, receiver: Code, name: str, given: list[Node]) -> Code:
    if name in ("add", "batchAdd"):
        return t.confusion.add(receiver, [t.expression(argument) for argument in given])
    if name == "zero":
        return Code(f"{receiver.called}.zero_()")
    if name == "updateValids":
        return Code("", "nothing")
    raise Untranslated(f"the method :{name} of a confusion matrix")


def _logger(t: Translator, receiver: Code, name: str, given: list[Node]) -> Code:
    if name in _LOGGED:
        raise Untranslated(f"logger:{name}(…); plot the file with matplotlib")
    if name == "setNames":
        return Code(f"{receiver.called}.set_names({t.expression(given[0]).text})")
    if name == "add":
        from .expressions import table
        from .source import field, parts

        given_table = unwrap(given[0])
        entries = parts(given_table) if given_table.type == "table_constructor" else []
        if entries and all(entry.child_by_field_name("name") for entry in entries):
            names, values = [], []
            for entry in entries:
                key = field(entry, "name")
                names.append(t.expression(key) if key.type != "identifier" else Code(f'"{text(key)}"'))
                values.append(t.expression(field(entry, "value")))
            inside = ", ".join(f"{key.text}: {value.text}" for key, value in zip(names, values, strict=True))
            return Code(f"{receiver.called}.add({{{inside}}})")
        return Code(
            f"{receiver.called}.add({table(t, given_table).text if entries else t.expression(given_table).text})"
        )
    raise Untranslated(f"logger:{name}(…)")


def _timer(t: Translator, receiver: Code, name: str, given: list[Node]) -> Code:
    if name == "time":
        return Code(f"time.perf_counter() - {receiver.text}", "number", 5)
    if name == "reset":
        return Code(f"{receiver.text} = time.perf_counter()", "lines")
    raise Untranslated(f"timer:{name}()")


def _string(t: Translator, receiver: Code, name: str, given: list[Node]) -> Code:
    from .calls import formatted

    if name == "format" and receiver.text.startswith('"'):
        return formatted(t, string_value(receiver), given)
    simple = {"lower": "lower", "upper": "upper"}
    if name in simple:
        return Code(f"{receiver.called}.{simple[name]}()", "str")
    if name == "len":
        return Code(f"len({receiver.text})", "int")
    raise Untranslated(f"the string method :{name}")


def string_value(code: Code) -> str:
    """The value of a Python string literal that was made from a Lua one."""
    import json

    return str(json.loads(code.text))


def known(name: str) -> str | None:
    """The counterpart of a method as a reader would name it, or None."""
    if name in _NAMED:
        return _NAMED[name]
    if name in _SAME:
        return f"Tensor.{_SAME[name]}"
    if name in _IN_PLACE or name in _RENAMED_IN_PLACE:
        return f"Tensor.{_RENAMED_IN_PLACE.get(name, name + '_')}"
    return f"Tensor.{name}" if name in _REDUCED else None


_NAMED = {
    "forward": "model(x), criterion(output, target)", "updateOutput": "model(x)", "backward": "loss.backward()",
    "updateGradInput": "torch.autograd.grad", "accGradParameters": "loss.backward()", "training": "Module.train",
    "evaluate": "Module.eval", "zeroGradParameters": "optimizer.zero_grad", "updateParameters": "optimizer.step",
    "getParameters": "Module.parameters", "parameters": "Module.parameters", "clearState": "(not needed)",
    "add": "Sequential.append, Tensor.add_", "get": "model[i]", "size": "Tensor.size", "narrow": "Tensor.narrow",
    "select": "Tensor.select", "index": "Tensor.index_select", "sub": "slicing", "transpose": "Tensor.transpose",
    "squeeze": "Tensor.squeeze", "type": "Tensor.to", "option": "parser.add_argument", "argument":
    "parser.add_argument", "text": "description", "parse": "parser.parse_args", "batchAdd": "counts by index_put_",
    "updateValids": "(not needed)", "setNames": "a header line", "time": "time.perf_counter", "resizeAs":
    "Tensor.resize_as_", "format": "an f-string", "copy": "Tensor.copy_", "gather": "Tensor.gather", "scatter":
    "Tensor.scatter_", "indexAdd": "Tensor.index_add_", "indexCopy": "Tensor.index_copy_", "addmm": "Tensor.addmm_",
    "dot": "Tensor.dot", "sort": "Tensor.sort", "topk": "Tensor.topk", "unfold": "Tensor.unfold", "apply":
    "Module.apply, or vectorised code", "close": "file.close", "write": "file.write", "read": "file.read", "clone":
    "Tensor.clone, copy.deepcopy", "split": "Tensor.split", "chunk": "Tensor.chunk", "storage":
    "Tensor.untyped_storage", "stride": "Tensor.stride", "new": "Tensor.new_empty", "cuda": "Tensor.cuda, Module.cuda",
    "log": "Tensor.log_", "annotate": "a variable name", "listModules": "Module.modules", "findModules":
    "isinstance over Module.modules()", "share": "assigning the same Parameter", "remove": "del model[i]", "insert":
    "Sequential.insert", "reset": "Module.reset_parameters", "cmul": "Tensor.mul_", "cdiv": "Tensor.div_", "addcmul":
    "Tensor.addcmul_", "addcdiv": "Tensor.addcdiv_", "nonzero": "Tensor.nonzero", "random": "Tensor.random_",
    "string": "text of the options", "learningRate": "lr", "gsub": "re.sub", "match": "re.search", "find": "str.find",
    "set": "Tensor.set_", "storageOffset": "Tensor.storage_offset", "isTensor": "torch.is_tensor", "map":
    "vectorised code", "unsqueeze": "Tensor.unsqueeze", "permute": "Tensor.permute", "stop": "time.perf_counter",
    "resume": "time.perf_counter",
}  # fmt: skip


def literal(node: Node) -> str | None:
    """The value of a string literal, or None for anything else."""
    node = unwrap(node)
    return string(node) if node.type == "string" else None
