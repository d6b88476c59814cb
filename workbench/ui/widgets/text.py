"""Shows text that came from documents, models and people: escaped, with marked spans.
Knows nothing about what the text means, and never treats it as HTML or Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|>~$:<&@/])")
_CITATION = re.compile(r"\[\d+\]")

STYLE = (
    "<style>.wb{white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.5}"
    ".wb mark{padding:0 .15em;border-radius:.2em;color:inherit}"
    ".wb mark.evidence{background:rgba(56,161,105,.28);border-bottom:2px solid rgb(56,161,105)}"
    ".wb mark.unsupported{background:rgba(221,107,32,.22);border-bottom:2px dashed rgb(221,107,32)}"
    ".wb mark.changed{background:rgba(128,90,213,.20);border-bottom:2px dotted rgb(128,90,213)}"
    ".wb mark.citation{background:rgba(49,130,206,.20);font-weight:600}"
    ".wb-small{font-size:.875rem}</style>"
)


@dataclass(frozen=True)
class Mark:
    """A marked span of a text: characters [start, end)."""

    start: int
    end: int
    kind: str
    """A class of STYLE: "evidence", "unsupported", "changed" or "citation"."""
    title: str = ""
    """The tooltip; empty for none."""


def as_markdown(text: str) -> str:
    """Return the text escaped, so that Markdown shows it as it is."""
    return _MARKDOWN.sub(r"\\\1", text)


def as_label(text: str, limit: int = 120) -> str:
    """Return the text escaped on one line, for buttons and captions.

    limit: the most characters; a longer text is cut with an ellipsis.
    """
    line = " ".join(text.split())
    return as_markdown(line if len(line) <= limit else line[: limit - 1] + "…")


def citations_of(text: str) -> list[Mark]:
    return [Mark(m.start(), m.end(), "citation") for m in _CITATION.finditer(text)]


def marked_html(text: str, marks: Sequence[Mark] = ()) -> str:
    """Return the text as HTML, escaped, with its marks.

    Of overlapping marks the first wins; the rest are cut.
    """
    parts, at = [], 0
    for mark in sorted(marks, key=lambda m: (m.start, -m.end)):
        start, end = max(mark.start, at), min(mark.end, len(text))
        if start >= end:
            continue
        parts.append(html.escape(text[at:start]))
        title = f' title="{html.escape(mark.title)}"' if mark.title else ""
        kind = html.escape(mark.kind)
        parts.append(f'<mark class="{kind}"{title}>{html.escape(text[start:end])}</mark>')
        at = end
    parts.append(html.escape(text[at:]))
    return "".join(parts)


def show_text(text: str, marks: Sequence[Mark] = (), *, small: bool = False) -> None:
    """Show a block of text as it is written, with its line breaks."""
    size = " wb-small" if small else ""
    st.html(f'{STYLE}<div class="wb{size}">{marked_html(text, marks)}</div>')
