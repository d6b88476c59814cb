"""Stores numpy arrays in a folder each key, whole or not at all, and opens them by memory map.
Knows nothing about what the arrays hold. All of them can be made again: what is damaged counts as missing."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import StoreError, reason_of
from workbench.files.private import make_private_file, make_private_folder

MARKER = "complete.json"
BUILDING = "building-"
"""How the name of a folder begins that is being written."""
READ_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class StoredArrays:
    """Arrays as they were stored."""

    arrays: Mapping[str, NDArray[Any]]
    """Name → the array. A map of its file, of which the system reads what is used; not to be changed."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What was stored beside them, as JSON."""


def find_arrays(folder: Path, key: str, content: str) -> StoredArrays | None:
    """The arrays under a key, or None when they are missing, unfinished, damaged, or made of something else.

    content: a hash of what they are made of, where the key does not tell all of it.

    Every byte is read once, to compare the files with their checksums: a changed byte would give a wrong
    ranking.
    """
    place = folder / key
    try:
        marker = json.loads((place / MARKER).read_text(encoding="utf-8"))
        if marker["content"] != content:
            return None
        arrays = {}
        for name, checksum in marker["checksums"].items():
            if _checksum(place / f"{name}.npy") != checksum:
                return None
            arrays[name] = _open(place / f"{name}.npy")
        return StoredArrays(arrays, marker["facts"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def find_facts(folder: Path, key: str) -> Mapping[str, Any] | None:
    """What was stored beside the arrays under a key; None when there are none. They are not looked at."""
    try:
        facts: Mapping[str, Any] = json.loads((folder / key / MARKER).read_text(encoding="utf-8"))["facts"]
        return facts
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _open(path: Path) -> NDArray[Any]:
    try:
        mapped: NDArray[Any] = np.load(path, mmap_mode="r").view(np.ndarray)  # memmap's own slices are slow
        return mapped
    except ValueError:  # an empty file cannot be mapped
        loaded: NDArray[Any] = np.load(path)
        return loaded


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(READ_AT_ONCE):
            checksum = zlib.crc32(block, checksum)
    return checksum


class RowsFile:
    """The rows of one array, written into its file in any order: the array is never in memory.

    They are written and not mapped: a page of a map that a full disk has no room for ends the process.
    Safe for threads.
    """

    def __init__(self, path: Path, rows: int, width: int) -> None:
        """rows, width: the shape of the float32 array. Raises StoreError."""
        self._folder = path.parent
        self._lock = Lock()
        self._row_bytes = 4 * width
        with _said(self._folder):
            make_private_file(path)
            self._file = path.open("wb")
            header = {"descr": "<f4", "fortran_order": False, "shape": (rows, width)}
            np.lib.format.write_array_header_1_0(self._file, header)
            self._begin = self._file.tell()
            self._file.truncate(self._begin + rows * self._row_bytes)

    def put(self, positions: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Write rows. Raises StoreError when they cannot be written."""
        ends = np.flatnonzero(np.diff(positions) != 1) + 1
        with self._lock, _said(self._folder):
            for places, part in zip(np.split(positions, ends), np.split(vectors, ends), strict=True):
                self._file.seek(self._begin + int(places[0]) * self._row_bytes)
                self._file.write(np.ascontiguousarray(part, dtype="<f4").data)
            os.utime(self._folder)  # a recent date says that the folder is in use

    def close(self) -> None:
        """Finish the file. Raises StoreError when it cannot be written."""
        with self._lock, _said(self._folder):
            self._file.close()


class NewArrays:
    """Arrays that are being written into a folder of their own. Its methods raise StoreError when they
    cannot be written."""

    def __init__(self, folder: Path, key: str, content: str) -> None:
        """content: see `find_arrays`."""
        self._place = folder / key
        self._content = content
        self._scratch = folder / f"{BUILDING}{secrets.token_hex(8)}"
        self._facts: dict[str, Any] = {}
        self._rows: list[RowsFile] = []
        with _said(folder):
            make_private_folder(self._scratch)

    def rows(self, name: str, rows: int, width: int) -> RowsFile:
        """A float32 array of this shape, to be written row by row."""
        self._rows.append(RowsFile(self._scratch / f"{name}.npy", rows, width))
        return self._rows[-1]

    def keep(self, name: str, array: NDArray[Any]) -> None:
        """Write a whole array."""
        path = self._scratch / f"{name}.npy"
        with _said(self._scratch):
            make_private_file(path)
            with path.open("wb") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)

    def note(self, **facts: Any) -> None:
        """State something beside the arrays, as JSON."""
        self._facts |= facts

    def finish(self) -> None:
        """Let the arrays count: they get a marker, and their name. All bytes are read for their checksums."""
        for rows in self._rows:
            rows.close()
        with _said(self._scratch):
            checksums = {path.stem: _checksum(path) for path in sorted(self._scratch.glob("*.npy"))}
            marker = {"content": self._content, "checksums": checksums, "facts": self._facts}
            make_private_file(self._scratch / MARKER)
            (self._scratch / MARKER).write_text(json.dumps(marker), encoding="utf-8")
            _replace(self._scratch, self._place)

    def discard(self) -> None:
        """Remove what was written, unless it is finished."""
        for rows in self._rows:
            with suppress(StoreError):
                rows.close()
        shutil.rmtree(self._scratch, ignore_errors=True)


@contextmanager
def new_arrays(folder: Path, key: str, content: str) -> Iterator[NewArrays]:
    """Write arrays under a key in this block; whatever ends it early leaves what was there before."""
    new = NewArrays(folder, key, content)
    try:
        yield new
        new.finish()
    finally:
        new.discard()


@contextmanager
def _said(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be written: {reason_of(error)}.", hint="Free some disk space and resume."
        ) from None


def _replace(scratch: Path, place: Path) -> None:
    """Give a finished folder its name. What has the name is damaged or out of date; or another process was
    faster and wrote the same: then its folder may stay."""
    if place.exists():
        old = place.with_name(f"{BUILDING}{secrets.token_hex(8)}")
        with suppress(FileNotFoundError):
            place.rename(old)
        shutil.rmtree(old, ignore_errors=True)
    try:
        scratch.rename(place)
    except OSError:
        if not (place / MARKER).exists():
            raise
