"""What every reader returns, and the cleaning all texts go through.
Knows nothing about any file format."""

from __future__ import annotations

import re
from dataclasses import dataclass

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
SURROGATE = re.compile(r"[\ud800-\udfff]")


class Unreadable(Exception):
    """A file that cannot be read; the message says why, for the person whose file it is."""


@dataclass(frozen=True)
class ReadText:
    """title: None when the file does not say.  note: something the person should know, e.g. its encoding."""

    text: str
    title: str | None = None
    page_starts: tuple[int, ...] = ()
    note: str = ""


def clean(text: str) -> str:
    """Newlines as \\n; no control characters, byte order marks or lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\x0c", "\n")
    return CONTROL.sub("", SURROGATE.sub("\ufffd", text))
