"""The ``package.path`` of a runtime."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
_CURRENT = "./?.lua;./?/init.lua"


def lua_root() -> Path:
    """The folder of the Lua packages: beside the Python package in a checkout, inside it in an installed wheel."""
    for candidate in (PACKAGE.parent / "lua", PACKAGE / "_lua"):
        if (candidate / "compat" / "init.lua").is_file():
            return candidate
    folders = f"{PACKAGE.parent / 'lua'} nor in {PACKAGE / '_lua'}"
    raise FileNotFoundError(f"the Lua packages are neither in {folders}; reinstall")


def _is_torch_install(template: str) -> bool:
    # LUA_PATH often still points to an old Torch, whose packages need C libraries that this LuaJIT cannot load.
    folder = template.partition("?")[0] or "."
    return os.path.isfile(os.path.join(folder, "torch", "init.lua"))


def _user_tree() -> list[str]:
    """Where ``luarocks install --local`` puts packages."""
    folder = os.path.expanduser("~/.luarocks/share/lua/5.1")
    templates = [f"{folder}/?.lua", f"{folder}/?/init.lua"] if os.path.isdir(folder) else []
    return [template for template in templates if not _is_torch_install(template)]


def search_path(initial: str, environment: str | None) -> str:
    """``package.path`` made of LuaJIT's initial one, which holds ``$LUA_PATH`` already, and of our packages.

    What the user put into ``$LUA_PATH`` comes first, then the packages of this project, then the current folder and
    LuaJIT's defaults and the user's LuaRocks tree. Folders of an installed Lua Torch are left out.
    """
    root = lua_root()
    own = f"{root}/?.lua;{root}/?/init.lua"
    if environment is None:
        return ";".join([own, _CURRENT, initial, *_user_tree()])
    templates = [template for template in environment.split(";;")[0].split(";") if template]
    user = [template for template in templates if not _is_torch_install(template)]
    rest = initial.split(";")[len(templates) :]
    kept = [template for template in rest if not _is_torch_install(template)]
    return ";".join([*user, own, *([_CURRENT] if ";;" in environment else []), *kept, *_user_tree()])
