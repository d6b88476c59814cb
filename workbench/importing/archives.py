"""Lists the files of a folder or a zip file and unpacks gzip, all within limits.
Knows nothing about what is in the files."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath

from workbench.errors import QuestionError, reason_of
from workbench.files.reading import read_bytes

MOST_BYTES = 200_000_000
"""The most bytes of a file, also of one that was unpacked."""
MOST_FILES = 1_000
"""The most files of a folder or a zip file."""

Files = dict[str, Callable[[], bytes]]
"""Path with forward slashes → a function that reads the file."""


def unpack_gzip(name: str, data: bytes) -> bytes:
    """What a gzip file holds. Raises QuestionError when it is damaged or unpacks to too much."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return _within_limit(name, file.read(MOST_BYTES + 1))
    except (OSError, EOFError, zlib.error) as error:
        raise QuestionError(f"{name} is damaged: {reason_of(error)}.") from None


def list_zip(name: str, data: bytes) -> Files:
    """The files of a zip file. Raises QuestionError when it is damaged or has too many files."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise QuestionError(f"{name} is damaged: {error}.") from None
    inner = [info.filename for info in archive.infolist() if not info.is_dir()]
    return _bounded(name, {path: partial(_read_member, name, archive, path) for path in inner})


def list_folder(folder: Path) -> Files:
    """The files below a folder. Raises QuestionError when there are too many."""
    files: Files = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        files[file.relative_to(folder).as_posix()] = partial(read_bytes, file, MOST_BYTES)
    return _bounded(f"The folder {folder}", files)


def _bounded(name: str, files: Files) -> Files:
    """The files that are not hidden."""
    visible = {
        path: read
        for path, read in files.items()
        if not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(path).parts)
    }
    if len(visible) > MOST_FILES:
        raise QuestionError(f"{name} holds more than {MOST_FILES:,} files.", hint="Name the one to import.")
    return visible


def _read_member(name: str, archive: zipfile.ZipFile, path: str) -> bytes:
    try:
        with archive.open(path) as file:
            return _within_limit(f"{path} in {name}", file.read(MOST_BYTES + 1))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise QuestionError(f"{path} in {name} cannot be unpacked: {error}.") from None


def _within_limit(name: str, data: bytes) -> bytes:
    if len(data) > MOST_BYTES:
        raise QuestionError(f"{name} unpacks to more than {MOST_BYTES / 1e6:,.0f} MB.", hint="Split it.")
    return data
