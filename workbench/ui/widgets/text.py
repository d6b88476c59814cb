"""Shows text that came from documents, models and people: escaped, with marked spans.
Knows nothing about what the text means, and never treats it as HTML or Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from workbench.space.prompt import TOKEN, VARIABLES

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|>~$:<&@/])")
_CITATION = re.compile(r"\[\d+\]")

STYLE = (
    "<style>.wb{white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.5}"
    ".wb mark{padding:0 .15em;border-radius:.2em;color:inherit}"
    ".wb mark.evidence{background:rgba(56,161,105,.28);border-bottom:2px solid rgb(56,161,105)}"
    ".wb mark.unsupported{background:rgba(221,107,32,.22);border-bottom:2px dashed rgb(221,107,32)}"
    ".wb mark.changed{background:rgba(128,90,213,.20);border-bottom:2px dotted rgb(128,90,213)}"
    ".wb mark.citation,.wb mark.variable{background:rgba(49,130,206,.20);font-weight:600}"
    ".wb-small{font-size:.875rem}"
    ".wb-code{font-family:'Source Code Pro',ui-monospace,monospace;font-size:.8125rem;padding:.5rem .75rem;"
    "border-radius:.5rem;background:rgba(128,128,128,.10)}"
    ".wb-box{overflow-y:auto;padding:.15rem .5rem;border:1px solid rgba(128,128,128,.35);border-radius:.5rem}"
    ".wb-table{overflow-x:auto;margin:.25rem 0}.wb-table table{border-collapse:collapse;white-space:normal;"
    "overflow-wrap:break-word}"
    ".wb-table td,.wb-table th{border:1px solid rgba(128,128,128,.35);padding:.15rem .5rem;text-align:left;"
    "vertical-align:top}.wb-table th{font-weight:600}</style>"
)
# How many characters of a line fit at least: a text that may need more than `lines` gets a box that scrolls.
_LINE = 60


@dataclass(frozen=True)
class Mark:
    """A marked span of a text: characters [start, end)."""

    start: int
    end: int
    kind: str
    """A class of STYLE: "evidence", "unsupported", "changed", "citation" or "variable"."""
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


def variables_of(template: str) -> list[Mark]:
    """Return the marks of a prompt's variables: {question}, {passages}, … but not {{question}}."""
    return [Mark(m.start(), m.end(), "variable") for m in TOKEN.finditer(template) if m.group(1) in VARIABLES]


def show_text(
    text: str, marks: Sequence[Mark] = (), *, small: bool = False, lines: int | None = None
) -> None:
    """Show a block of text as it is written, with its line breaks.

    lines: the most lines; a longer text scrolls in a box of that height. None for any number.
    """
    show_html(marked_html(text, marks), small=small, lines=lines if needs_box(text, lines) else None)


def show_code(text: str, marks: Sequence[Mark] = (), *, lines: int | None = None) -> None:
    """Show a block of text with characters of one width.

    lines: as for show_text.
    """
    show_html(marked_html(text, marks), kind="wb-code", lines=lines if needs_box(text, lines) else None)


def show_prompt(template: str, *, lines: int | None = None) -> None:
    """Show a prompt's text with characters of one width and its variables marked."""
    show_code(template, variables_of(template), lines=lines)


def needs_box(text: str, lines: int | None) -> bool:
    """Return whether a text may have more lines than `lines`; None stands for any number."""
    if lines is None:
        return False
    return sum(1 + len(line) // _LINE for line in text.split("\n", lines + 1)) > lines


def show_html(escaped: str, *, kind: str = "", small: bool = False, lines: int | None = None) -> None:
    """Show escaped HTML with the marks' style.

    kind: a further class of STYLE.
    lines: puts it into a box of this many lines, which scrolls; None for no box.
    """
    classes = " ".join(["wb", *([kind] if kind else []), *(["wb-small"] if small else [])])
    if lines is None:
        st.html(f'{STYLE}<div class="{classes}">{escaped}</div>')
    else:  # the keyboard must reach what scrolls
        height = f"max-height:{1.5 * lines + 0.25}em"
        st.html(f'{STYLE}<div class="{classes} wb-box" style="{height}" tabindex="0">{escaped}</div>')
