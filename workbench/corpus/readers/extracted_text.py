"""Defines what every reader returns, and what they do alike: clean a text, write a row, raise digits.
Knows nothing about any file format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.corpus.types import LeftOut, TableRows

LINE_BREAK = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
MOST_EXAMPLES = 3  # of each kind of thing left out
EXAMPLE_CHARACTERS = 80
SUPERSCRIPTS = str.maketrans("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ")
"""For str.translate: what is raised, so that 10 with a raised 2 is not 102."""
SURROGATE = re.compile(r"[\ud800-\udfff]")


class Unreadable(Exception):
    """Raised for a file that cannot be read; the message tells the user why."""


@dataclass(frozen=True)
class ReadText:
    """What a reader extracted from one file."""

    text: str
    """The text, cleaned by `clean`."""
    title: str | None = None
    """None when the file does not name one."""
    page_starts: tuple[int, ...] = ()
    """The offset in `text` at which each page begins; empty when the format has no pages."""
    note: str = ""
    """A warning for the user, for example about a guessed encoding; empty when there is none."""
    left_out: tuple[LeftOut, ...] = ()
    """What the reader saw and did not put into the text, one entry a kind."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """What the file says of itself, such as the front matter of Markdown; plain values."""
    record_tables: tuple[TableRows, ...] = ()
    """The rows of tables whose columns have names, in the order of `text`; for CSV files and workbooks."""


@dataclass
class LeftOutTally:
    """Counts what a reader leaves out, by kind."""

    _kinds: dict[str, LeftOut] = field(default_factory=dict)

    def add(self, kind: str, text: str = "", *, count: int = 1, characters: int | None = None) -> None:
        """Count something left out, and its text if it has any.

        count: how many of the kind these are.
        characters: how much text they are, where the text itself is not known; None counts `text`.
        """
        text = " ".join(clean(text).split())
        before = self._kinds.get(kind, LeftOut(kind, 0))
        examples, example = before.examples, text[:EXAMPLE_CHARACTERS]
        if example and example not in examples and len(examples) < MOST_EXAMPLES:
            examples = (*examples, example)
        characters = before.characters + (len(text) if characters is None else characters)
        self._kinds[kind] = LeftOut(kind, before.count + count, characters, examples)

    def entries(self) -> tuple[LeftOut, ...]:
        """One entry a kind, in the order in which they were first seen."""
        return tuple(self._kinds.values())


def clean(text: str) -> str:
    """Return the text with \\n as its only line break, without control characters and byte order marks.

    Lone surrogates become U+FFFD.
    """
    text = LINE_BREAK.sub("\n", text)
    return CONTROL.sub("", SURROGATE.sub("\ufffd", text))


def table_row(cells: Sequence[str]) -> str:
    """A row of a table as it stands in a text."""
    return f"| {' | '.join(cells)} |"
