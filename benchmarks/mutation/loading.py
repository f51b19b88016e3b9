"""Puts a mutant's source in the place of a module or of a function that is already loaded."""

import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import sys
import types
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mutation.generating import Mutant


def compiled(source: str, path: Path) -> types.CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(source, str(path), "exec")


def code_named(code: types.CodeType, qualname: str) -> types.CodeType | None:
    """The code object of a function or method inside a module's code."""
    for part in qualname.split("."):
        inner = [each for each in code.co_consts if isinstance(each, types.CodeType) and each.co_name == part]
        if len(inner) != 1:
            return None
        code = inner[0]
    return code


def function_named(module: types.ModuleType, qualname: str) -> types.FunctionType | None:
    """The live function under its decorators: a method, a property, a cached or context-managed function."""
    found: Any = module
    for part in qualname.split("."):
        found = vars(found).get(part)
        if found is None:
            return None
    for name in ("__func__", "fget", "func"):
        found = getattr(found, name, None) or found
    found = inspect.unwrap(found)
    return found if isinstance(found, types.FunctionType) else None


def module_of(path: Path, service: str) -> str:
    parts = path.with_suffix("").parts
    names = parts[len(parts) - 1 - parts[::-1].index("src") + 1 :]
    assert names[0] == service
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


class Replacing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a mutant's source."""

    def __init__(self, mutant: Mutant, service: str) -> None:
        self._mutant, self._module = mutant, module_of(mutant.path, service)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._module:
            return None
        return importlib.util.spec_from_file_location(fullname, self._mutant.path, loader=self)

    def exec_module(self, module: types.ModuleType) -> None:
        exec(compiled(self._mutant.source(), self._mutant.path), module.__dict__)


def forget(service: str, folder: Path) -> None:
    """Let the service, its tests and the commands be imported anew; a conftest is a plugin and stays."""
    for name, module in list(sys.modules.items()):
        file = str(getattr(module, "__file__", None) or "")
        mine = file.startswith(f"{folder}/") and not file.endswith("/conftest.py")
        if mine or name.split(".")[0] == service or name.startswith("plumbline.cli"):
            del sys.modules[name]
