"""Joins fragments of text that stand side by side, and tells raised and lowered marks from words.
Knows nothing about columns or tables.

A raised number says something else than one that is not: 10³ is not 103, and 30 with a note's mark is not
302. Raised digits become Unicode's superscripts. After a word they are set apart, so that the word is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from workbench.corpus.readers.extracted_text import SUPERSCRIPTS
from workbench.corpus.readers.pdf.content import Fragment

SMALLER = 0.85  # of the text beside it; so large is a raised or lowered mark at most
RAISED = (0.12, 0.9)  # of the size of the text beside it; so far above its baseline
LOWERED = (0.03, 0.5)
LONGEST_MARK = 12  # characters
SAME_LINE = 0.3  # of the font's size; baselines that differ less are one line's
GAP_OF_CELLS = 0.9  # of the font's size; so wide is no gap between two words
GAP_OF_WORDS = 0.25
GAP_OF_LETTERS = 0.2
FEW_LETTERS = 3  # a fragment, on average; the page is drawn letter by letter
SPACED = 0.1  # of the font's size; letters with wider gaps are set in spaced letters
LEAST_SPACED = 4
MARKS_ROWS = 3  # above and below a mark's own; the word that it belongs to is in one of them

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
    if sum(len(fragment.text) for fragment in fragments) < FEW_LETTERS * len(fragments):
        fragments = _joined(fragments, GAP_OF_LETTERS)  # drawn letter by letter; marks belong to words
    pieces = _joined(_with_marks(fragments), GAP_OF_CELLS)
    texts = (" ".join(piece.text.split()) for piece in pieces)
    return [
        piece if text == piece.text else replace(piece, text=text)
        for piece, text in zip(pieces, texts, strict=True)
    ]


def _joined(fragments: Sequence[Fragment], least_gap: float) -> list[Fragment]:
    """The fragments of each row with those joined that are nearer than a gap, in units of the font's size."""
    pieces: list[Fragment] = []
    for row in rows_of(fragments):
        parts: list[Fragment] = []
        for fragment in row:
            size = max(fragment.size, parts[-1].size) if parts else 0.0
            if parts and fragment.x0 - max(part.x1 for part in parts[-2:]) >= least_gap * size:
                pieces.append(_side_by_side(parts))
                parts = []
            parts.append(fragment)
        pieces.append(_side_by_side(parts))
    return pieces


def text_of_row(row: Sequence[Fragment], separator: str = " ") -> str:
    """The texts of a row, from right to left where it is written so."""
    texts = [fragment.text.strip() for fragment in row]
    return separator.join(reversed(texts) if is_right_to_left("".join(texts)) else texts)


def is_right_to_left(text: str) -> bool:
    if text.isascii():
        return False
    return 2 * len(RIGHT_TO_LEFT.findall(text)) > sum(map(str.isalpha, text))


def _side_by_side(parts: Sequence[Fragment]) -> Fragment:
    """The parts of a row, from left to right, as one fragment."""
    if len(parts) == 1:
        return parts[0]
    is_backwards = is_right_to_left("".join(part.text for part in parts))
    ordered = parts[::-1] if is_backwards else parts
    least_gap = _gap_of_words(parts)
    text = ordered[0].text
    for before, part in pairwise(ordered):
        gap = before.x0 - part.x1 if is_backwards else part.x0 - before.x1
        has_space = text[-1:].isspace() or part.text[:1].isspace()
        if least_gap is not None:
            text = text.rstrip() + (" " if gap > least_gap else "")
        elif gap > GAP_OF_WORDS * max(before.size, part.size) and not has_space:
            text += " "
        text += part.text
    return replace(
        max(parts, key=lambda part: (part.size, len(part.text))),
        text=text,
        x0=parts[0].x0,
        x1=max(part.x1 for part in parts),
        stands_alone=any(part.stands_alone for part in parts),
    )


def _gap_of_words(parts: Sequence[Fragment]) -> float | None:
    """The least gap between two words that are set in spaced letters ("S A F E T Y"); None for other text."""
    if len(parts) < LEAST_SPACED or any(len(part.text.strip()) != 1 for part in parts):
        return None
    gaps = [right.x0 - left.x1 for left, right in pairwise(parts)]
    usual = median(gaps)
    return 2 * usual if usual > SPACED * parts[0].size else None


def _with_marks(fragments: Sequence[Fragment]) -> list[Fragment]:
    """The fragments, with raised and lowered marks on the baseline of the text beside them."""
    rows = rows_of(fragments)
    sizes = [max(fragment.size for fragment in row) for row in rows]
    found: list[Fragment] = []
    for number, row in enumerate(rows):
        near = range(max(number - MARKS_ROWS, 0), min(number + MARKS_ROWS + 1, len(rows)))
        largest = SMALLER * max(sizes[near.start : near.stop])  # that a mark may be
        for fragment in row:
            if fragment.size > largest or len(fragment.text) > LONGEST_MARK:
                found.append(fragment)
            else:
                words = [word for other in near if fragment.size < sizes[other] for word in rows[other]]
                found.append(_as_mark(fragment, words))
    return found


def _as_mark(mark: Fragment, words: Sequence[Fragment]) -> Fragment:
    before = after = None
    for word in words:
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
