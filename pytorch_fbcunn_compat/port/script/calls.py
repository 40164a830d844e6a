"""Lua calls as Python calls: functions of torch and of the packages around it, methods of tensors and modules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tree_sitter import Node

from .constructors import WEIGHTED, construct
from .source import Untranslated, arguments, callee, field, method, string, text, unwrap
from .values import ADD, MULTIPLY, Code, counted_from_1, minus_one

if TYPE_CHECKING:
    from .translator import Translator

TYPES = {
    "torch.FloatTensor": "torch.float32", "torch.DoubleTensor": "torch.float64", "torch.LongTensor": "torch.int64",
    "torch.IntTensor": "torch.int32", "torch.ShortTensor": "torch.int16", "torch.CharTensor": "torch.int8",
    "torch.ByteTensor": "torch.uint8", "torch.HalfTensor": "torch.float16",
}  # fmt: skip

# functions of numbers and strings, by pattern; {0} is the first argument
_PLAIN: dict[str, tuple[str, str]] = {
    "math.floor": ("math.floor({0})", "int"), "math.ceil": ("math.ceil({0})", "int"), "math.abs": ("abs({0})", "same"),
    "math.max": ("max({*})", "same"), "math.min": ("min({*})", "same"), "math.sqrt": ("math.sqrt({0})", "number"),
    "math.exp": ("math.exp({0})", "number"), "math.log": ("math.log({0})", "number"),
    "math.pow": ("{0} ** {1}", "number"), "math.cos": ("math.cos({0})", "number"),
    "math.sin": ("math.sin({0})", "number"), "tonumber": ("float({0})", "number"), "tostring": ("str({0})", "str"),
    "paths.concat": ("os.path.join({*})", "str"), "paths.dirname": ("os.path.dirname({0})", "str"),
    "paths.basename": ("os.path.basename({0})", "str"), "paths.filep": ("os.path.isfile({0})", "bool"),
    "paths.dirp": ("os.path.isdir({0})", "bool"), "paths.mkdir": ("os.makedirs({0}, exist_ok=True)", ""),
    "path.join": ("os.path.join({*})", "str"), "path.exists": ("os.path.exists({0})", "bool"),
    "path.mkdir": ("os.makedirs({0}, exist_ok=True)", ""), "lfs.mkdir": ("os.makedirs({0}, exist_ok=True)", ""),
    "sys.clock": ("time.perf_counter()", "number"), "os.time": ("int(time.time())", "int"),
    "os.clock": ("time.process_time()", "number"), "os.exit": ("sys.exit({*})", ""),
    "os.getenv": ("os.environ.get({0})", ""), "error": ("sys.exit({0})", ""), "collectgarbage": ("", ""),
    "table.concat": ("{1}.join({0})", "str"), "string.rep": ("{0} * {1}", "str"),
    "cutorch.manualSeed": ("torch.cuda.manual_seed({0})", ""),
    "torch.setnumthreads": ("torch.set_num_threads({0})", ""),
    "torch.getnumthreads": ("torch.get_num_threads()", "int"),
    "cutorch.synchronize": ("torch.cuda.synchronize()", ""),
    "cutorch.getDeviceCount": ("torch.cuda.device_count()", "int"),
    "torch.getdefaulttensortype": ("torch.get_default_dtype()", "dtype"),
    "torch.isTensor": ("torch.is_tensor({0})", "bool"),
    "torch.seed": ("torch.seed()", "int"), "torch.initialSeed": ("torch.initial_seed()", "int"),
}  # fmt: skip
# functions that take and give tensors
_TENSORS = {
    "zeros", "ones", "rand", "randn", "eye", "cat", "abs", "exp", "log", "sqrt", "pow", "cos", "sin", "tanh", "sigmoid",
    "floor", "ceil", "round", "sign", "cross", "diag", "tril", "triu", "mm", "mv", "ger", "dist", "clamp", "add", "mul",
    "div", "eq", "ne", "lt", "gt", "le", "ge", "bmm", "cmul", "cdiv",
}  # fmt: skip
_RENAMED = {"cmul": "mul", "cdiv": "div", "ger": "outer", "csub": "sub"}


def call(t: Translator, node: Node) -> Code:
    """The value of a call."""
    try:
        return _call(t, node)
    except (IndexError, ValueError):  # a rule that names its arguments met others
        raise Untranslated(f"{text(field(node, 'name'))[-40:]} with these arguments") from None


def _call(t: Translator, node: Node) -> Code:
    found = method(node)
    if found is not None:
        from .methods import call_method

        return call_method(t, node, *found)
    name = callee(node)
    if name and t.scopes.find(name.split(".")[0]) is None:
        return call_global(t, node, name)
    function = t.raw(field(node, "name"))
    if function.kind == "model":
        return make_node(t, function, [t.expression(argument) for argument in arguments(node)])
    if function.kind == "optim":
        raise Untranslated("the state of an optimizer is kept in a form that is not recognised")
    values = [t.expression(argument).text for argument in arguments(node)]
    return Code(f"{function.called}({', '.join(values)})", function.info if isinstance(function.info, str) else "")


def make_node(t: Translator, module: Code, parents: list[Code]) -> Code:
    """``module(parents)`` of nngraph: a node of a graph."""
    t.helper("Node")
    layer = f"{t.random()}.reset({module.text})" if t.seeded and module.text.startswith(WEIGHTED) else module.text
    return Code(f"{t.helper('node')}({', '.join([layer, *(parent.text for parent in parents)])})", "node")


def _graph_module(t: Translator, node: Node) -> Code:
    t.helper("Node")
    inputs, outputs = (t.expression(argument).text for argument in arguments(node)[:2])
    return Code(f"{t.helper('Graph')}({inputs}, {outputs})", "model")


def call_global(t: Translator, node: Node, name: str) -> Code:
    """A call of a function that the script does not define itself."""
    package, _, short = name.rpartition(".")
    if name == "nn.gModule" and len(arguments(node)) == 2:
        return _graph_module(t, node)
    if name == "nngraph.annotateNodes":
        return Code("", "nothing")
    if package in ("nn", "cudnn"):
        return construct(t, node, name)
    special = _SPECIAL.get(name)
    if special is not None:
        return special(t, node)
    if name in TYPES or name in ("torch.Tensor", "torch.CudaTensor"):
        return new_tensor(t, node, name)
    values = [t.expression(argument) for argument in arguments(node)]
    if name in _PLAIN:
        pattern, kind = _PLAIN[name]
        for module in re.findall(r"\b(math|os|time|sys)\.", pattern):
            t.use(f"import {module}")
        if kind == "same":
            kinds = {value.kind for value in values}
            kind = kinds.pop() if len(kinds) == 1 else "int" if kinds <= {"int"} else ""
        filled = pattern.replace("{*}", ", ".join(value.text for value in values))
        for place, value in enumerate(values):
            filled = filled.replace(f"{{{place}}}", value.text if "(" in pattern else value.within(MULTIPLY + 1))
        return Code(filled, kind, 9 if "(" in pattern else MULTIPLY)
    if name in ("torch.randn", "torch.rand") and t.seeded and all(value.kind != "tensor" for value in values):
        size = ", ".join(value.text for value in values)
        made = f"size={size}" if values[0].kind == "size" else f"size=({size}{',' if len(values) == 1 else ''})"
        return Code(f"{t.random()}.{'normal' if short == 'randn' else 'uniform'}({made})", "tensor")
    if package == "torch" and short in _TENSORS:
        if short in ("cat",):
            dim = minus_one(values[1]).text if len(values) > 1 else "-1"
            inside = values[0].text if values[0].kind == "list" else values[0].text
            return Code(f"torch.cat({inside}, {dim})", "tensor")
        if short in ("cmul", "cdiv") and len(values) == 2:
            sign = "*" if short == "cmul" else "/"
            return Code(f"{values[0].within(MULTIPLY)} {sign} {values[1].within(MULTIPLY + 1)}", "tensor", MULTIPLY)
        return Code(f"torch.{_RENAMED.get(short, short)}({', '.join(value.text for value in values)})", "tensor")
    raise Untranslated(f"{name} has no known counterpart" if package else f"{name} is defined nowhere in the script")


def new_tensor(t: Translator, node: Node, name: str) -> Code:
    """torch.Tensor(…) and its typed forms."""
    dtype = f"dtype={TYPES[name]}" if name in TYPES else 'device="cuda"' if name == "torch.CudaTensor" else ""
    values = [t.expression(argument) for argument in arguments(node)]
    if len(values) == 1 and values[0].kind == "list":
        keyword = f", {dtype}" if dtype else ", dtype=torch.get_default_dtype()"
        return Code(f"torch.tensor({values[0].text}{keyword})", "tensor")
    if len(values) == 1 and values[0].kind in ("tensor", "indices"):
        raise Untranslated("a tensor over the storage of another one")
    inside = [value.text for value in values] or ["0"]
    return Code(f"torch.empty({', '.join([*inside, dtype] if dtype else inside)})", "tensor")


def _require(t: Translator, node: Node) -> Code:
    name = string(unwrap(arguments(node)[0])) if arguments(node) and arguments(node)[0].type == "string" else "?"
    if name in t.packages:
        return Code("", "package")
    raise Untranslated(f"the script requires {name}, which is translated on its own or not at all")


def _print(t: Translator, node: Node) -> Code:
    values = []
    for argument in arguments(node):
        value = t.raw(argument)
        values.append(t.confusion.printed(value) if value.kind == "confusion" else counted_from_1(value).text)
    return Code(f"print({', '.join(values)})")


def _format(t: Translator, node: Node) -> Code:
    """string.format as an f-string."""
    pattern, *values = arguments(node)
    if unwrap(pattern).type != "string":
        raise Untranslated("a format that is not written in place")
    return formatted(t, string(unwrap(pattern)), values)


def formatted(t: Translator, pattern: str, values: list[Node]) -> Code:
    """A printf format with its values."""
    from .expressions import f_string

    pieces: list[str | tuple[Code, str]] = []
    waiting = [t.expression(value) for value in values]
    for piece in re.split(r"(%[-+ 0#]*\d*(?:\.\d+)?[a-zA-Z%])", pattern):
        if not piece.startswith("%") or len(piece) == 1:
            pieces.append(piece)
            continue
        if piece == "%%":
            pieces.append("%")
            continue
        if not waiting:
            raise Untranslated("a format with more places than values")
        value, style, kind = waiting.pop(0), piece[1:-1], piece[-1]
        if kind in "di":
            style = style if value.kind == "int" else f"{style}.0f"
        elif kind in "feEgGxX":
            style += kind
        elif kind != "s":
            raise Untranslated(f"the format {piece}")
        elif style.startswith("-"):
            style = f"<{style[1:]}"
        elif style:
            style = f">{style}"
        pieces.append((value, style))
    return f_string(t, pieces)


def _default_type(t: Translator, node: Node) -> Code:
    value = t.expression(arguments(node)[0])
    name = json.loads(value.text) if value.text.startswith('"') else ""
    if name not in TYPES:
        raise Untranslated("a default tensor type that is known only when the script runs")
    t.default_type_known = True
    return Code(f"torch.set_default_dtype({TYPES[name]})")


def _random(t: Translator, node: Node) -> Code:
    values = [t.expression(argument).text for argument in arguments(node)]
    own = callee(node) == "math.random"
    if own or not t.seeded:
        t.use("import random")
    if not values and own:
        return Code("random.random()", "number")
    if not values or len(values) > 2:
        raise Untranslated("torch.random without bounds")
    if t.seeded and not own:
        return Code(f"{t.random()}.integer({', '.join(values if len(values) == 2 else ['1', *values])})", "int")
    return Code(f"random.randint({', '.join(values if len(values) == 2 else ['1', *values])})", "int")


def _seed(t: Translator, node: Node) -> Code:
    """Lua Torch draws all numbers from one generator."""
    return Code(f"{t.random()}.seed({t.expression(arguments(node)[0]).text})")


def _plus_one(value: Code) -> str:
    if re.fullmatch(r"-?\d+", value.text):
        return str(int(value.text) + 1)
    return value.text[:-4] if value.text.endswith(" - 1") and value.strength == ADD else f"{value.within(ADD)} + 1"


def _uniform(t: Translator, node: Node) -> Code:
    values = [t.expression(argument).text for argument in arguments(node)]
    bounds = {0: "", 1: f"0, {values[0]}" if values else "", 2: ", ".join(values)}[len(values)]
    if t.seeded:
        return Code(f"{t.random()}.uniform({bounds}).item()", "number")
    return Code(f"torch.empty(()).uniform_({bounds}).item()", "number")


def _randperm(t: Translator, node: Node) -> Code:
    if len(arguments(node)) != 1:
        raise Untranslated("torch.randperm with another argument than the count")
    count = t.expression(arguments(node)[0])
    return Code(f"{t.random()}.permutation({count.text})" if t.seeded else f"torch.randperm({count.text})", "indices")


def _load(t: Translator, node: Node) -> Code:
    t.use("from pytorch_fbcunn_compat import load")
    return Code(f"load({t.expression(arguments(node)[0]).text})", "stored")


def _save(t: Translator, node: Node) -> Code:
    file, value = (t.raw(argument) for argument in arguments(node)[:2])
    path = re.sub(r'\.t7"', '.pt"', file.text)
    if value.kind == "nothing" and value.info:  # model:clearState() gives the model
        value = Code(value.info, "model")
    if value.kind in ("model", "criterion"):
        return Code(f"torch.save({value.called}.state_dict(), {path})")
    if value.kind == "object":
        value = Code(re.sub(r"\ASimpleNamespace\((.*)\)\Z", r"dict(\1)", value.text, flags=re.DOTALL))
        if not value.text.startswith("dict("):
            value = Code(f"vars({value.text})")
    return Code(f"torch.save({counted_from_1(value).text}, {path})")


def _thisfile(t: Translator, node: Node) -> Code:
    return Code(t.origin(), "str")


def _timer(t: Translator, node: Node) -> Code:
    t.use("import time")
    return Code("time.perf_counter()", "timer")


def _progress(t: Translator, node: Node) -> Code:
    current, goal = (t.expression(argument).text for argument in arguments(node)[:2])
    return Code(f"{t.helper('show_progress')}({current}, {goal})")


def _confusion(t: Translator, node: Node) -> Code:
    classes = t.expression(arguments(node)[0])
    count = classes.text if classes.kind in ("int", "number") else f"len({classes.text})"
    return Code(f"torch.zeros({count}, {count}, dtype=torch.int64)", "confusion")


def _logger(t: Translator, node: Node) -> Code:
    return Code(f"{t.helper('Logger')}({t.expression(arguments(node)[0]).text})", "logger")


def _assert(t: Translator, node: Node) -> Code:
    values = [t.expression(argument).text for argument in arguments(node)]
    return Code(f"assert {', '.join(values[:2])}", "lines")


def _insert(t: Translator, node: Node) -> Code:
    values = [t.expression(argument) for argument in arguments(node)]
    if len(values) == 3:
        return Code(f"{values[0].called}.insert({minus_one(values[1]).text}, {values[2].text})")
    return Code(f"{values[0].called}.append({values[1].text})")


def _device(t: Translator, node: Node) -> Code:
    return Code(f"torch.cuda.set_device({minus_one(t.raw(arguments(node)[0])).text})")


def _write(t: Translator, node: Node) -> Code:
    values = [t.expression(argument) for argument in arguments(node)]
    from .expressions import f_string

    pieces: list[str | tuple[Code, str]] = [(value, "") for value in values]
    return Code(f'print({f_string(t, pieces).text}, end="")')


def _range(t: Translator, node: Node) -> Code:
    low, high, *step = (t.expression(argument) for argument in arguments(node))
    return Code(f"torch.arange({', '.join([low.text, _plus_one(high), *(s.text for s in step)])})", "tensor")


_SPECIAL: dict[str, Callable[[Translator, Node], Code]] = {
    "require": _require, "print": _print, "string.format": _format, "torch.setdefaulttensortype": _default_type,
    "torch.manualSeed": _seed,
    "torch.random": _random, "math.random": _random, "torch.uniform": _uniform, "torch.randperm": _randperm,
    "torch.load": _load, "torch.save": _save, "paths.thisfile": _thisfile, "torch.Timer": _timer,
    "xlua.progress": _progress, "optim.ConfusionMatrix": _confusion, "optim.Logger": _logger, "assert": _assert,
    "table.insert": _insert, "cutorch.setDevice": _device, "io.write": _write, "torch.range": _range,
}  # fmt: skip


def known(name: str) -> str | None:
    """The Python counterpart of a function as a reader would name it, or None."""
    if name in _PLAIN:
        return re.sub(r"\(.*\)|\{.*", "", _PLAIN[name][0]) or "(not needed)"
    if name in _NAMED:
        return _NAMED[name]
    package, _, short = name.rpartition(".")
    if package == "torch" and short in _TENSORS:
        return f"torch.{_RENAMED.get(short, short)}"
    if name in TYPES or name == "torch.Tensor":
        return "torch.empty, torch.tensor"
    return None


_NAMED = {
    "require": "import", "print": "print", "string.format": "an f-string", "torch.setdefaulttensortype":
    "torch.set_default_dtype", "torch.manualSeed": "torch.manual_seed", "torch.random": "random.randint",
    "math.random": "random.randint", "torch.uniform":
    "Tensor.uniform_", "torch.randperm": "torch.randperm (from 0)", "torch.load": "pytorch_fbcunn_compat.load",
    "torch.save": "torch.save of the state_dict", "paths.thisfile": "__file__", "torch.Timer": "time.perf_counter",
    "xlua.progress": "print, or tqdm", "optim.ConfusionMatrix": "torch.bincount, a tensor of counts",
    "optim.Logger": "a text file, or TensorBoard", "assert": "assert", "table.insert": "list.append",
    "cutorch.setDevice": "torch.cuda.set_device", "io.write": "print(…, end='')", "torch.range": "torch.arange",
    "torch.CmdLine": "argparse.ArgumentParser", "pairs": "dict.items()", "ipairs": "enumerate", "unpack": "*list",
    "torch.class": "class", "nn.gModule": "forward of an nn.Module", "dofile": "import", "pcall": "try",
    "type": "isinstance", "torch.type": "isinstance", "torch.typename": "type", "torch.CudaTensor":
    "torch.empty(device='cuda')", "setmetatable": "class", "select": "*args", "next": "iter", "image.load":
    "torchvision.io.read_image", "image.save": "torchvision.utils.save_image", "image.scale":
    "torch.nn.functional.interpolate", "image.display": "matplotlib.pyplot.imshow", "image.crop": "indexing",
    "image.hflip": "Tensor.flip(-1)", "image.vflip": "Tensor.flip(-2)", "image.toDisplayTensor":
    "torchvision.utils.make_grid", "optim.sgd": "torch.optim.SGD", "optim.adam": "torch.optim.Adam",
    "optim.adagrad": "torch.optim.Adagrad", "optim.adadelta": "torch.optim.Adadelta", "optim.adamax":
    "torch.optim.Adamax", "optim.rmsprop": "torch.optim.RMSprop", "optim.rprop": "torch.optim.Rprop", "optim.lbfgs":
    "torch.optim.LBFGS", "optim.asgd": "torch.optim.ASGD", "optim.nag": "a class NAG",
    "torch.max": "torch.max (positions from 0)", "torch.min": "torch.min (positions from 0)", "torch.sort":
    "torch.sort (positions from 0)", "torch.topk": "torch.topk", "torch.sum": "torch.sum", "torch.mean": "torch.mean",
    "nn.utils": "torch.nn.utils", "cutorch.manualSeedAll": "torch.cuda.manual_seed_all",
    "cutorch.getMemoryUsage": "torch.cuda.mem_get_info", "string.sub": "slicing", "string.gsub": "re.sub",
}  # fmt: skip
