"""Shows text that came from documents, models and people: escaped, with marked spans.
Knows nothing about what the text means. Nothing of it is ever taken for HTML or Markdown."""

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
    """Characters [start, end) of a text. kind: a class of STYLE, as "evidence"; title: a tooltip."""

    start: int
    end: int
    kind: str
    title: str = ""


def as_markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", text)


def as_label(text: str, limit: int = 120) -> str:
    """One line, for buttons and captions; cut with an ellipsis."""
    line = " ".join(text.split())
    return as_markdown(line if len(line) <= limit else line[: limit - 1] + "…")


def citations_of(text: str) -> list[Mark]:
    return [Mark(m.start(), m.end(), "citation") for m in _CITATION.finditer(text)]


def marked_html(text: str, marks: Sequence[Mark] = ()) -> str:
    """Escaped text with its marks. Where marks overlap, the one that begins first wins; others are cut."""
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
    """A block of text as it is written, line breaks kept."""
    size = " wb-small" if small else ""
    st.html(f'{STYLE}<div class="wb{size}">{marked_html(text, marks)}</div>')
