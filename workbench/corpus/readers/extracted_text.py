"""Defines what every reader returns, and the cleaning that every text goes through.
Knows nothing about any file format."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.corpus.types import LeftOut

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
SURROGATE = re.compile(r"[\ud800-\udfff]")


class Unreadable(Exception):
    """Raised for a file that cannot be read; the message tells the user why."""


@dataclass(frozen=True)
class ReadText:
    """What a reader extracted from one file."""

    text: str
    title: str | None = None
    """None when the file does not name one."""
    page_starts: tuple[int, ...] = ()
    """The offset in `text` at which each page begins; empty when the format has no pages."""
    note: str = ""
    """A warning for the user, for example about a guessed encoding; empty when there is none."""
    left_out: tuple[LeftOut, ...] = ()
    """What the reader saw and did not put into the text, one entry a kind."""


def clean(text: str) -> str:
    """Return the text with \\n as its only line break, without control characters and byte order marks.

    Lone surrogates become U+FFFD.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\x0c", "\n")
    return CONTROL.sub("", SURROGATE.sub("\ufffd", text))
