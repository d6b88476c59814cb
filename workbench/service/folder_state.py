"""Tells cheaply whether files may have changed: by their names, sizes and times, without reading them.
Knows nothing about what is in them."""

from __future__ import annotations

from pathlib import Path

from workbench.corpus.document_files import find_files
from workbench.fingerprint import fingerprint


def state_of_corpus(path: Path) -> str:
    """Equal as long as no file of a corpus was added, removed or written. "" when it cannot be looked at."""
    try:
        return fingerprint(*(_state(name, file) for name, file in find_files(path)))
    except OSError:  # a file went away while it was looked at: it is looked at again soon
        return ""


def state_of_file(path: Path) -> str:
    """Equal as long as the file was not written. "" when it cannot be looked at, as while it is replaced."""
    try:
        return fingerprint(_state(path.name, path))
    except OSError:
        return ""


def _state(name: str, file: Path) -> list[object]:
    found = file.stat()
    return [name, found.st_size, found.st_mtime_ns, found.st_ino]
