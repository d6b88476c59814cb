"""Loads what "module:name" names: an installed module as Python does, a user's own file only with permission.
Knows nothing about what is loaded."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from workbench.errors import CodeNotAllowed, ExperimentError, MissingPackage
from workbench.user_code.packages import NOT_INSTALLED, package_of, version_of
from workbench.user_code.permission import Code, code_folders, require
from workbench.user_code.places import FoundModule, find_module

_loaded: dict[tuple[str, str], ModuleType] = {}
"""By path and hash: a changed file that was allowed again is loaded again."""


def find(path: str) -> FoundModule | None:
    """Where the module of "module:name" is; None when there is none. Nothing is run."""
    return find_module(path.partition(":")[0], code_folders())


def own_code(path: str) -> tuple[Code, ...]:
    """The user's own files that loading "module:name" runs; () where there are none, or it is gone."""
    found = find(path)
    try:
        return tuple(Code.of_file(file) for file in found.own) if found is not None else ()
    except OSError:
        return ()


def load(path: str) -> Any:
    """The object that "module:name" names.

    Raises CodeNotAllowed before a file runs that the user has not allowed, and ExperimentError or
    MissingPackage when it cannot be loaded. The standard library is refused: some of its modules act as soon
    as they are imported.
    """
    module, _, name = path.partition(":")
    if module not in sys.modules and module.partition(".")[0] in sys.stdlib_module_names:
        raise _not_loaded(path, ImportError("the standard library has no parts"))
    codes = own_code(path)
    require(codes)
    try:
        loaded = _load_own(module, codes[-1]) if codes else import_module(module)
        return getattr(loaded, name)
    except (CodeNotAllowed, ExperimentError):
        raise
    except (Exception, SystemExit) as error:  # importing a user's module may raise anything
        raise _not_loaded(path, error) from None


def _load_own(module: str, code: Code) -> ModuleType:
    """Run the very bytes that were allowed. What else the module imports may lie in its folder, behind all
    that is installed."""
    key = (code.what, code.sha256)
    if key not in _loaded:
        source = Path(code.what).read_bytes()
        if hashlib.sha256(source).hexdigest() != code.sha256:
            raise ExperimentError(f"{code.what} has just been changed.", hint="Allow it again.")
        name = module if "." in module else f"{module}_{code.sha256[:8]}"
        spec = importlib.util.spec_from_file_location(name, code.what)
        assert spec is not None
        made = importlib.util.module_from_spec(spec)
        folder = str(_folder_of(module, Path(code.what)))
        if folder not in sys.path:
            sys.path.append(folder)
        sys.modules[name] = made  # pydantic and dataclasses look a class's module up
        try:
            exec(compile(source, code.what, "exec"), made.__dict__)
        except BaseException:
            sys.modules.pop(name, None)
            raise
        _loaded[key] = made
    return _loaded[key]


def _folder_of(module: str, file: Path) -> Path:
    """The folder in which the first of a module's names is."""
    return file.parents[module.count(".") + (file.name == "__init__.py")]


def _not_loaded(path: str, error: BaseException) -> ExperimentError | MissingPackage:
    module = path.partition(":")[0]
    top = module.partition(".")[0]
    if (
        isinstance(error, ModuleNotFoundError)
        and top == "llama_index"
        and version_of(module) == NOT_INSTALLED
    ):
        return MissingPackage(
            f"{path} needs a package that is not installed.", hint=f"pip install {package_of(module)}"
        )
    return ExperimentError(
        f"{path!r} cannot be imported: {type(error).__name__}: {error}.",
        hint="A part of your own is written module:NAME. Put the module into the folder in which you "
        "call the workbench or into a folder on PYTHONPATH, or install it.",
    )
