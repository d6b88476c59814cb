"""Finds the files behind a module's name without running any, and tells installed ones from a user's own.
Knows nothing about permission."""

from __future__ import annotations

import hashlib
import importlib.util
import site
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class FoundModule:
    """Where a module is."""

    file: Path | None
    """Its file; None for one that has none, such as a package without __init__.py."""
    own: tuple[Path, ...]
    """The files that importing it runs and that nobody installed, its packages' first; () when all of it is
    installed."""


def find_module(module: str, folders: Sequence[Path]) -> FoundModule | None:
    """The files of a module, which is looked for in these folders and then where Python looks.

    A file is a user's own when it is in one of the folders or in the working folder, and neither in a folder
    of installed packages nor a part of the workbench. Nothing is run. None when there is no such module.
    """
    where: Sequence[str] = [*map(str, folders), *sys.path]
    files: list[Path] = []
    spec: ModuleSpec | None = None
    names = module.split(".")
    for number, name in enumerate(names):
        spec = _find(name, where, is_top=number == 0)
        if spec is None:
            return None
        if spec.origin and spec.has_location:
            files.append(Path(spec.origin).resolve())
        where = list(spec.submodule_search_locations or ())
    file = Path(spec.origin).resolve() if spec and spec.origin and spec.has_location else None
    return FoundModule(file, tuple(f for f in files if is_own(f, folders)))


def _find(name: str, where: Sequence[str], *, is_top: bool) -> ModuleSpec | None:
    """Under its last name alone: a finder imports what stands before a dot."""
    try:
        found = PathFinder.find_spec(name, where)
        if found is None and is_top:  # a package that is installed to be edited may have a finder of its own
            found = importlib.util.find_spec(name)
    except (ImportError, ValueError, OSError):
        return None
    return found


def is_own(file: Path, folders: Iterable[Path]) -> bool:
    """Whether a file is a user's own: see find_module."""
    if any(file.is_relative_to(folder) for folder in _installed_folders()):
        return False
    return any(file.is_relative_to(folder.resolve()) for folder in (Path.cwd(), *folders))


@lru_cache(maxsize=1)
def _installed_folders() -> tuple[Path, ...]:
    paths = [sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")]
    paths += [*site.getsitepackages(), site.getusersitepackages()]
    return (PACKAGE, *(Path(path).resolve() for path in paths))


def hash_file(file: Path) -> str:
    """The SHA-256 of a file's bytes. Raises OSError."""
    status = file.stat()
    return _hash(file, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=256)
def _hash(file: Path, _modified: int, _size: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
