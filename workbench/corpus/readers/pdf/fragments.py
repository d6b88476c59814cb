"""Joins fragments of text that stand side by side, and tells raised and lowered marks from words.
Knows nothing about columns or tables.

A raised number says something else than one that is not: 10³ is not 103, and 30 with a note's mark is not
302. Raised digits become Unicode's superscripts. After a word they are set apart, so that the word is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from workbench.corpus.readers.pdf.content import Fragment

SMALLER = 0.85  # of the text beside it; so large is a raised or lowered mark at most
RAISED = (0.12, 0.9)  # of the size of the text beside it; so far above its baseline
LOWERED = (0.03, 0.5)
LONGEST_MARK = 12  # characters
SAME_LINE = 0.3  # of the font's size; baselines that differ less are one line's
GAP_OF_CELLS = 0.9  # of the font's size; so wide is no gap between two words
GAP_OF_WORDS = 0.25

SUPERSCRIPTS = str.maketrans("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")
NUMBER_MARK = re.compile(r"[\d+\-−=(),. ]*\d[\d+\-−=(),. ]*")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")  # Hebrew, Arabic, Syriac and others
TRADE_MARKS = {"TM": "™", "SM": "℠", "R": "®"}
ORDINAL = re.compile(r"(?:st|nd|rd|th|er|re|e|o|a|º|ª)\.?", re.IGNORECASE)
BEFORE_NOTE = re.compile(r"(?:[^\W\d_]{3,}|[.,;:!?)\]\"'”’»*])$")


def rows_of(fragments: Iterable[Fragment]) -> list[list[Fragment]]:
    """The fragments by baseline, from the top; those of a row from left to right."""
    rows: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda f: f.baseline):
        first = rows[-1][0] if rows else None
        if first and fragment.baseline - first.baseline <= SAME_LINE * min(fragment.size, first.size):
            rows[-1].append(fragment)
        else:
            rows.append([fragment])
    for row in rows:
        row.sort(key=lambda f: f.x0)
    return rows


def joined(fragments: Sequence[Fragment]) -> list[Fragment]:
    """The fragments with those joined that only a space or less parts; marks stand with their words."""
    pieces: list[Fragment] = []
    for row in rows_of(_with_marks(fragments)):
        piece = row[0]
        for fragment in row[1:]:
            size = max(piece.size, fragment.size)
            if fragment.x0 - piece.x1 < GAP_OF_CELLS * size:
                piece = _side_by_side(piece, fragment, size)
            else:
                pieces.append(piece)
                piece = fragment
        pieces.append(piece)
    return [replace(piece, text=" ".join(piece.text.split())) for piece in pieces]


def text_of_row(row: Sequence[Fragment], separator: str = " ") -> str:
    """The texts of a row, from right to left where it is written so."""
    texts = [fragment.text.strip() for fragment in row]
    return separator.join(reversed(texts) if is_right_to_left("".join(texts)) else texts)


def is_right_to_left(text: str) -> bool:
    if text.isascii():
        return False
    return 2 * len(RIGHT_TO_LEFT.findall(text)) > sum(map(str.isalpha, text))


def _side_by_side(left: Fragment, right: Fragment, size: float) -> Fragment:
    first, second = (left, right) if not is_right_to_left(left.text + right.text) else (right, left)
    is_apart = right.x0 - left.x1 > GAP_OF_WORDS * size
    has_space = first.text[-1:].isspace() or second.text[:1].isspace()
    space = " " if is_apart and not has_space else ""
    main = max(left, right, key=lambda f: (f.size, len(f.text)))
    return replace(
        main,
        text=first.text + space + second.text,
        x0=left.x0,
        x1=max(left.x1, right.x1),
        is_entry=left.is_entry or right.is_entry,
    )


def _with_marks(fragments: Sequence[Fragment]) -> list[Fragment]:
    """The fragments, with raised and lowered marks on the baseline of the text beside them."""
    largest = max((f.size for f in fragments), default=0.0)
    return [
        _as_mark(fragment, fragments)
        if fragment.size <= SMALLER * largest and len(fragment.text.strip()) <= LONGEST_MARK
        else fragment
        for fragment in fragments
    ]


def _as_mark(mark: Fragment, fragments: Sequence[Fragment]) -> Fragment:
    before = after = None
    for word in fragments:
        if mark.size > SMALLER * word.size or abs(word.baseline - mark.baseline) > word.size:
            continue
        if -0.3 <= (mark.x0 - word.x1) / word.size <= 0.4:
            before = word
        elif -0.3 <= (word.x0 - mark.x1) / word.size <= 0.6:
            after = word
    beside = before or after
    if beside is None:
        return mark
    rise = (beside.baseline - mark.baseline) / beside.size
    if RAISED[0] <= rise <= RAISED[1]:
        text = _raised(mark.text.strip(), before.text.rstrip() if before else "")
        space = " " if after and after.text[:1].isalnum() else ""
        return replace(mark, text=text + space, baseline=beside.baseline)
    if before and LOWERED[0] <= -rise <= LOWERED[1]:
        return replace(mark, baseline=beside.baseline)
    return mark


def _raised(mark: str, before: str) -> str:
    """The text of a raised mark, with a space where it needs one to stand apart from the text before it."""
    if NUMBER_MARK.fullmatch(mark):
        is_note = BEFORE_NOTE.search(before) and mark[:1].isdigit()
        return (" " if is_note else "") + mark.translate(SUPERSCRIPTS)
    if mark in TRADE_MARKS or not mark[:1].isalnum() or (ORDINAL.fullmatch(mark) and before[-1:].isdigit()):
        return TRADE_MARKS.get(mark, mark)
    return (" " if before else "") + mark
