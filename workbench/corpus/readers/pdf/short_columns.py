"""Tells columns of short lines, such as addresses side by side and an index, from the rows of a table.
Knows nothing about where columns are or what is around them.

The lines of such columns are often no running text, so only what they say can tell. In a table the cells of
a column are of one kind. In columns that stand side by side, the lines of a row are of one kind and differ
from those of the next row (a name, a street, a town), or all of them are items of one list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.corpus.readers.pdf.content import Fragment

LIST_MARK = re.compile(r"(?:[•●▪‣◦■◻➢❖✓–*-]|\(?\d{1,3}[.)]|\(?[a-z][.)])(?:\s|$)")
SMALL = re.compile(r"[^\w\n]*[^\W\d_]")
LEAST_ROWS = 3
LEAST_WORDS = 1.5  # in the lines of a narrow column whose lines together are sentences
MOSTLY_SMALL = 0.5  # of the lines of sentences, other than the first, begin with a small letter
LEAST_SORTED = 7  # lines of an index; so many are hardly in order by chance
LEAST_KINDS = 3  # of lines, one below the other in a column
MOST_ALIKE = 0.75  # of the rows have lines of one kind
LETTERS = re.compile(r"[^\W\d_]+")

Rows = Sequence[Sequence[Fragment]]


def are_short_columns(rows: Rows, gutter: float) -> bool:
    """Whether the rows are lines of columns that are to be read one after another, not rows of a table.

    gutter: the x that parts the first column from those at its right.
    """
    left, right, pairs = [], [], []
    for row in rows:
        before = [f.text for f in row if (f.x0 + f.x1) / 2 < gutter]
        after = [f.text for f in row if (f.x0 + f.x1) / 2 >= gutter]
        if len(before) > 1:
            return False
        pairs += [(before[0], after[0])] if before and after else []
        if pairs:  # what stands above the columns is a heading
            left += before
            right += after[:1]
    if len(pairs) < LEAST_ROWS:
        return False
    if is_sentence(left) and is_sentence(right):
        return True
    return _are_items(pairs) or _is_sorted(left, right) or _are_alike(pairs)


def begins_small(text: str) -> bool:
    """Whether the first letter of a text is a small one."""
    letter = SMALL.match(text)
    return letter is not None and letter.group()[-1].islower()


def is_sentence(lines: Sequence[str]) -> bool:
    """Whether short lines begin with a capital, end with a full stop, and mostly go on with small letters."""
    words = sum(len(line.split()) for line in lines)
    return (
        len(lines) >= LEAST_ROWS
        and words >= LEAST_WORDS * len(lines)
        and lines[0][:1].isupper()
        and lines[-1].endswith(".")
        and sum(map(begins_small, lines[1:])) > MOSTLY_SMALL * (len(lines) - 1)
    )


def _are_items(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether both sides are items of lists."""
    return all(LIST_MARK.match(left) and LIST_MARK.match(right) for left, right in pairs)


def _is_sorted(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether the right column goes on with the alphabet where the left one ends, as in an index."""
    if min(len(left), len(right)) < LEAST_ROWS or len(left) + len(right) < LEAST_SORTED:
        return False
    words = [" ".join(LETTERS.findall(line)).casefold() for line in (*left, *right)]
    return all(words) and words == sorted(words) and len(set(words)) == len(words)


def _are_alike(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether the lines of a row are of one kind, and those one below the other of several.

    Two kinds are enough where words alone stand in the first two rows, as in addresses; a table has one row
    of them above its numbers.
    """
    kinds = [(_kind(left), _kind(right)) for left, right in pairs]
    alike = [left for left, right in kinds if left == right]
    if len(set(alike)) == 2 and len(alike) == len(kinds) > LEAST_ROWS:
        return alike[:2] == ["A", "A"] and any(" " in kind for kind in alike)
    return len(set(alike)) >= LEAST_KINDS and len(alike) >= MOST_ALIKE * len(kinds)


def _kind(line: str) -> str:
    """What a line consists of, in order: words, numbers, and words with a number or @ in them."""
    kinds: list[str] = []
    for word in re.findall(r"[\w@.+/-]*\w", line):
        has_digits, has_letters = any(map(str.isdigit, word)), any(map(str.isalpha, word))
        kind = "@" if "@" in word else "M" if has_digits and has_letters else "9" if has_digits else "A"
        if not kinds or kinds[-1] != kind:
            kinds.append(kind)
    return " ".join(kinds)
