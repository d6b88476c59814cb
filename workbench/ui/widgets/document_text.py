"""Shows a piece of a document, or an answer: escaped, with its marks, and the tables in it as tables.
Knows nothing about Markdown but how rows of tables are written: everything else is shown as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from workbench.ui.widgets.text import Mark, marked_html, needs_box, show_html

# A ruled table's rows are written "| a | b |". The PDF reader writes "a | b", where a bar has blanks around
# it, and which is a row only next to another.
_RULED_BAR = re.compile(r"(?<!\\)\|")
_LOOSE_BAR = re.compile(r"(?:^|(?<=\s))\|(?=\s|$)")
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")  # the line between head and body
_WIDE = 6  # a table of more columns scrolls sideways

Span = tuple[int, int]


def show_document_text(
    text: str, marks: Sequence[Mark] = (), *, small: bool = True, lines: int | None = None
) -> None:
    """Show a passage, a part of a document, or an answer that may have tables.

    lines: the most lines; a longer text scrolls in a box of that height. None for any number.
    """
    show_html(document_html(text, marks), small=small, lines=lines if needs_box(text, lines) else None)


def document_html(text: str, marks: Sequence[Mark] = ()) -> str:
    """Return the text as escaped HTML with its marks; rows of tables become a table's."""
    return "".join(
        _table(text, block, marks) if is_table else _plain(text, block, marks)
        for is_table, block in _blocks(text)
    )


def _blocks(text: str) -> Iterator[tuple[bool, list[Span]]]:
    """Yield (whether it is a table, the spans of its lines) for each block of the text, in order."""
    for is_row, group in groupby(_lines(text), lambda line: _is_row(text[slice(*line)].strip())):
        block = list(group)
        yield is_row and (len(block) > 1 or _is_ruled(text, block)), block


def _lines(text: str) -> Iterator[Span]:
    start = 0
    for line in text.split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _is_row(written: str) -> bool:
    return _has_edges(written) or _LOOSE_BAR.search(written) is not None


def _has_edges(written: str) -> bool:
    return len(written) > 2 and written[0] == written[-1] == "|" and written[-2] != "\\"


def _is_ruled(text: str, block: Sequence[Span]) -> bool:
    """Whether rows have bars at both ends. One may be cut off where the piece begins or ends."""
    return any(_has_edges(text[slice(*line)].strip()) for line in block)


def _cells(text: str, line: Span, *, is_ruled: bool) -> list[Span]:
    """Return the spans of a row's cells, without the blanks around them."""
    start, end = line
    written = text[start:end]
    bar = _RULED_BAR if is_ruled else _LOOSE_BAR
    edges = [start, *(p for m in bar.finditer(written) for p in (start + m.start(), start + m.end())), end]
    cells = [_stripped(text, (a, b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    if is_ruled and cells[0][0] == cells[0][1]:  # before the bar at the beginning
        del cells[0]
    if is_ruled and cells and cells[-1][0] == cells[-1][1]:  # behind the bar at the end
        del cells[-1]
    return cells


def _stripped(text: str, span: Span) -> Span:
    start, end = span
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, max(start, start + len(piece.strip()))


def _plain(text: str, block: Sequence[Span], marks: Sequence[Mark]) -> str:
    span = (block[0][0], block[-1][1])
    return f"<div>{_marked(text, span, marks)}</div>"


def _table(text: str, block: Sequence[Span], marks: Sequence[Mark]) -> str:
    # A piece of a document may begin with the rule. Further down, dashes are values.
    rules = [number for number, line in enumerate(block[:2]) if _RULE.fullmatch(text, *line)]
    has_head = 1 in rules
    is_ruled = _is_ruled(text, block)
    rows = [_cells(text, line, is_ruled=is_ruled) for number, line in enumerate(block) if number not in rules]
    width = max((len(row) for row in rows), default=0)
    body = "".join(
        _row(text, row, width, marks, "th" if has_head and number == 0 else "td")
        for number, row in enumerate(rows)
    )
    scrolls = ' tabindex="0"' if width > _WIDE else ""
    return f'<div class="wb-table"{scrolls}><table><tbody>{body}</tbody></table></div>'


def _row(text: str, row: Sequence[Span], width: int, marks: Sequence[Mark], tag: str) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    cells = "".join(f"<{tag}{scope}>{_marked(text, span, marks)}</{tag}>" for span in row)
    return f"<tr>{cells}{'<td></td>' * (width - len(row))}</tr>"


def _marked(text: str, span: Span, marks: Sequence[Mark]) -> str:
    start, end = span
    inside = [
        Mark(max(m.start, start) - start, min(m.end, end) - start, m.kind, m.title)
        for m in marks
        if m.start < end and start < m.end
    ]
    return marked_html(text[start:end], inside)
