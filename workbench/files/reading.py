"""Reads a file whole, up to a limit on its size, as bytes or as UTF-8 text.
Knows nothing about what the file holds."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import InputError, reason_of

MOST_BYTES = 50_000_000
"""The most bytes of a file that is read whole."""


class TooLarge(OSError):
    """A file has more than the bytes that are read."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(None, f"it has more than {most_bytes / 1e6:,.0f} MB")


class NotUtf8(ValueError):
    """A file that is not UTF-8 text."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is not UTF-8 text")
        self.line = line
        """The first line, from 1, that is not."""


def read_bytes(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """A file's bytes. Raises OSError when it cannot be read, TooLarge when it has more than `most_bytes`."""
    with path.open("rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise TooLarge(most_bytes)
    return data


def read_utf8(path: Path) -> str:
    """A file's text, as `decode_utf8` gives it. Raises NotUtf8, and OSError as `read_bytes` does."""
    return decode_utf8(read_bytes(path))


def decode_utf8(data: bytes) -> str:
    """The text of bytes in UTF-8, without a byte order mark and with "\\n" as its only line break.

    Raises NotUtf8.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotUtf8(error.object.count(b"\n", 0, error.start) + 1) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_text(path: Path) -> str:
    """A file's text, as `read_utf8` gives it.

    Raises InputError when it does not exist, cannot be read, is not UTF-8 or is too large.
    """
    try:
        return read_utf8(path)
    except FileNotFoundError:
        raise InputError(f"There is no file {str(path)!r}.") from None
    except NotUtf8 as error:
        raise InputError(
            f"{path}:{error.line}: this is not UTF-8 text.", hint="Save the file as UTF-8."
        ) from None
    except (OSError, ValueError) as error:  # a path with a NUL character is a ValueError
        raise InputError(f"{str(path)!r} cannot be read: {reason_of(error)}.") from None
