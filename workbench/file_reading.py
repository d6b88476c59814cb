"""Reads a text file whole, up to a limit on its size.
Knows nothing about what the file holds."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import InputError

MOST_BYTES = 50_000_000
"""The most bytes of a file that is read whole."""


class TooLarge(OSError):
    """A file has more than the bytes that are read."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(None, f"it has more than {most_bytes / 1e6:,.0f} MB")


def read_bytes(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """A file's bytes. Raises OSError when it cannot be read, TooLarge when it has more than `most_bytes`."""
    with path.open("rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise TooLarge(most_bytes)
    return data


def read_text(path: Path) -> str:
    """Read a UTF-8 file. Raises InputError when it does not exist, cannot be read or is too large."""
    try:
        return read_bytes(path).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        raise InputError(f"There is no file {str(path)!r}.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: this is not UTF-8 text.", hint="Save the file as UTF-8.") from None
    except (OSError, ValueError) as error:
        raise InputError(
            f"{str(path)!r} cannot be read: {getattr(error, 'strerror', None) or error}."
        ) from None
