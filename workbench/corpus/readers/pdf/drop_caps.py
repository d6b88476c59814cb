"""Puts the large first letter of a text, which stands beside its first lines, before its first word.
Knows nothing about columns, tables or paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from workbench.corpus.readers.pdf.content import ASCENT, Fragment
from workbench.corpus.readers.pdf.fragments import rows_of

LARGER = 1.8  # times the size of the lines beside it
LEAST_LINES = 2  # beside it
OVERLAP, FARTHEST = 0.15, 0.5  # of its size; so far from its right edge the lines may begin
AT_THE_TOP = 0.6  # of the lines' size; so far from its upper edge the first of them may be
CAPITAL = 0.7  # of the font's size; so high is a capital letter
WORDS_OF_A_LETTER = "AIOEYÀÉ"  # "A boat", but "All boats"
WORD = re.compile(r"[^\W\d_]+")


def with_drop_caps(fragments: Sequence[Fragment]) -> list[Fragment]:
    """The fragments, with each such letter joined to the text that it begins."""
    caps = [f for f in fragments if len(f.text.strip()) == 1 and f.text.strip().isupper()]
    if not caps:
        return list(fragments)
    rows = rows_of(fragments)
    words = Counter(word.lower() for f in fragments for word in WORD.findall(f.text))
    changed: dict[int, Fragment | None] = {}
    for cap in caps:
        lines = [beside for row in rows if (beside := _beside(cap, row))]
        if len(lines) < LEAST_LINES or not _is_begun(cap, lines[0]):
            continue
        first = lines[0][0]
        word = WORD.match("".join(f.text for f in lines[0]).lstrip())
        letter = cap.text.strip()
        is_word = letter in WORDS_OF_A_LETTER and word is not None and words[word[0].lower()] > 1
        space = " " if is_word or first.text[:1].isspace() else ""
        changed[id(cap)] = None
        changed[id(first)] = replace(first, text=f"{letter}{space}{first.text.lstrip()}", x0=cap.x0)
        for line in lines[1:]:
            changed[id(line[0])] = replace(line[0], x0=cap.x0)
    found = (changed.get(id(fragment), fragment) for fragment in fragments)
    return [fragment for fragment in found if fragment is not None]


def _beside(cap: Fragment, row: Sequence[Fragment]) -> list[Fragment]:
    """The fragments of a row that stand at the right of the letter, where the first one begins there."""
    right = [f for f in row if f is not cap and f.x0 >= cap.x1 - OVERLAP * cap.size and f.text.strip()]
    if not right or right[0].x0 > cap.x1 + FARTHEST * cap.size or cap.size < LARGER * right[0].size:
        return []
    is_beside = cap.baseline - CAPITAL * cap.size < right[0].baseline < cap.baseline + 0.5 * right[0].size
    return right if is_beside else []


def _is_begun(cap: Fragment, line: Sequence[Fragment]) -> bool:
    """Whether a line goes on with what the letter begins: with small letters, or a word in capitals."""
    text = "".join(fragment.text for fragment in line).lstrip()
    upper = cap.baseline - CAPITAL * cap.size
    is_first = abs(line[0].baseline - ASCENT * line[0].size - upper) <= AT_THE_TOP * line[0].size
    word = WORD.match(text)
    goes_on = word is not None and (word[0].islower() or (word[0].isupper() and not text.isupper()))
    return is_first and goes_on
