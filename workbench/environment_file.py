"""Reads a file of variables, such as .env, in whatever encoding an editor wrote it.
Knows nothing about what the variables mean. No message holds a value of the file."""

from __future__ import annotations

import codecs
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from workbench.errors import InputError, reason_of
from workbench.files.reading import read_bytes

MOST_BYTES = 1_000_000
# A mark at the file's beginning → its encoding. That of UTF-32 begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def read_variables(path: Path) -> dict[str, str]:
    """The variables of a file, none when there is no such file. Raises InputError when it cannot be read."""
    if not (path.is_file() or path.is_fifo()):  # managers of secrets offer it as a pipe
        return {}
    try:
        data = read_bytes(path, MOST_BYTES)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {reason_of(error)}.") from None
    values = dotenv_values(stream=StringIO(_decode(data, path)))
    return {name: value for name, value in values.items() if value is not None}


def _decode(data: bytes, path: Path) -> str:
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    if encoding is None:
        encoding = _of_wide_characters(data) or _narrow(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: this is not text.", hint="Save the file as UTF-8.") from None
    nul = text.find("\0")
    if nul >= 0:
        line = text.count("\n", 0, nul) + 1
        raise InputError(f"{path}:{line}: this is not text.", hint="Save the file as UTF-8.")
    return text


def _of_wide_characters(data: bytes) -> str | None:
    """UTF-16 without its mark: every second byte of plain letters is zero."""
    if len(data) >= 4 and len(data) % 2 == 0:
        if not any(data[1::2]):
            return "utf-16-le"
        if not any(data[0::2]):
            return "utf-16-be"
    return None


def _narrow(data: bytes) -> str:
    """UTF-8, else what Windows writes in Western Europe and America: keys and names are ASCII in both."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"
