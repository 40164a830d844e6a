"""Takes a model from a Lua script: runs the script, evaluates an expression, and keeps the module as a .t7 file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import tree_sitter
import tree_sitter_lua

from .spec import PortError

# Arguments: a function that gives the value of the expression, the expression, the file to write.
_SAVE = r"""
local value, expression, path = ...
if type(value) == 'table' and not torch.typename(value) then
   for _, entry in pairs(value) do
      if torch.isTypeOf(entry, 'nn.Module') then torch.save(path, value) return end
   end
end
if not (torch.isTypeOf(value, 'nn.Module') or torch.isTypeOf(value, 'nn.Criterion')) then
   local kind = torch.type(value)
   error(expression .. ' is no nn.Module but ' .. (kind == 'nil' and 'nil' or 'a ' .. kind), 0)
end
torch.save(path, value)
"""


@contextmanager
def saved_model(script: str, expression: str, arguments: Sequence[str] = ()) -> Iterator[str]:
    """A path to a temporary .t7 file with the value of a Lua expression at the end of a script.

    Args:
        script: the Lua file; it runs as ``th script`` would, to its end.
        expression: Lua; it sees the script's globals and the local variables of its main chunk.
        arguments: words after the script's name on the command line.

    Raises:
        PortError: the script fails, or the expression gives no module (or table with modules in it).
        OSError: the script cannot be read.
    """
    from ..lua import LuaError, LuaRuntime

    source = ending_with(Path(script).read_bytes(), expression)
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.t7")
        lua = LuaRuntime()
        try:
            lua.set_arguments(script, arguments)
            lua.require("trepl")
            value = lua.execute(source, name=f"@{script}")
            lua.require("nn")
            lua.execute(_SAVE, value, expression, path)
        except LuaError as error:
            raise PortError(f"{script}: {' '.join(str(error).split('stack traceback')[0].split())}") from error
        except SystemExit as error:
            raise PortError(f"{script}: the script ended the program before {expression} could be evaluated") from error
        yield path


def ending_with(source: bytes, expression: str) -> bytes:
    """The chunk that returns the value of an expression where the main chunk ends, local variables in sight."""
    source = re.sub(rb"\A#", b"--", source)
    tree = tree_sitter.Parser(tree_sitter.Language(tree_sitter_lua.language())).parse(source)
    statements = [node for node in tree.root_node.named_children if node.type != "comment"]
    line = f"return ({expression})".encode()
    if statements and statements[-1].type == "return_statement":
        start = statements[-1].start_byte
        return source[:start] + b"do " + line + b" end " + source[start:]
    return source.rstrip() + b"\n" + line + b"\n"
