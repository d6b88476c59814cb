"""Joins lines to paragraphs and words that were broken at the end of a line.
Knows nothing about columns, tables or pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from workbench.corpus.readers.pdf.content import Line
from workbench.corpus.readers.pdf.short_columns import LIST_MARK, begins_small

SOFT_HYPHEN = "\u00ad"  # stands where a word was broken at the end of a line
WORD = re.compile(r"\w+")
BROKEN_WORD = re.compile(rf"(\w++){SOFT_HYPHEN}\s*(\w+)")
HYPHENS = ("-", SOFT_HYPHEN, "‐")
WORDS_PER_BREAK = 400  # at most, where a program hyphenates; else all hyphens are those of compounds
CAPITALS = re.compile(r"[A-Z]{2}-[A-Z]{2}")  # "OP-" and "TIONAL", but not "Anna-" and "Maria"
SENTENCE_ENDS = (".", "!", "?", ":")
FULL = 0.75  # of its column's width; a shorter line ends its paragraph
HALF_FULL = 0.4  # a shorter line ends its paragraph even if the next begins with a small letter
SAME_SIZE = 1.15  # times the font's size; a larger line is a heading
WIDER_PITCH = 1.4  # times the usual distance of lines; a paragraph ends where it is wider
SHORTEST = 12  # characters of a line that goes on in the next; no column is narrower
FARTHEST = 2.5  # times the font's size; lines of a paragraph are no farther apart


def join_lines(lines: Sequence[Line]) -> str:
    """The text of lines that follow each other, one paragraph, heading, list item or row of a table a line.

    SOFT_HYPHEN stands where a word was broken. An empty line stands before and after a table.
    """
    if not lines:
        return ""
    pitches = [lower.baseline - upper.baseline for upper, lower in pairwise(lines)]
    widest = WIDER_PITCH * median([pitch for pitch in pitches if pitch > 0] or [0.0])
    text = lines[0].text
    for before, line, pitch in zip(lines, lines[1:], pitches, strict=False):
        if not _flows(before, line, pitch, widest):
            text += "\n\n" if before.is_row != line.is_row else "\n"
        elif text.endswith(HYPHENS) and _is_broken(text, line.text):
            text = text[:-1] + SOFT_HYPHEN
        else:
            text += " "
        text += line.text
    return text


def _is_broken(before: str, after: str) -> bool:
    """Whether the hyphen at the end of a text may be there only because the line ended."""
    is_word = before[-2:-1].isalnum() and begins_small(after)
    return is_word or CAPITALS.fullmatch(f"{before[-3:-1]}-{after[:2]}") is not None


def _flows(before: Line, line: Line, pitch: float, widest: float) -> bool:
    """Whether a line goes on in the next one."""
    if (
        before.is_row
        or line.is_row
        or not max(before.size, line.size) < SAME_SIZE * min(before.size, line.size)
    ):
        return False
    if before.text.endswith(HYPHENS) and _is_broken(before.text, line.text):
        return True
    width = before.right - before.x0
    continues = begins_small(line.text) and before.x1 - before.x0 > HALF_FULL * width
    if continues and not LIST_MARK.match(line.text) and not before.text.endswith(SENTENCE_ENDS):
        return True
    is_full = before.x1 - before.x0 > FULL * width
    is_near = len(before.text) >= SHORTEST and 0 < pitch <= min(
        widest, FARTHEST * line.size
    )  # the next column begins above
    return is_full and is_near and not before.text.endswith(":") and not LIST_MARK.match(line.text)


def join_hyphens(pages: Sequence[str]) -> list[str]:
    """Join words that were hyphenated at the end of a line; a compound ("long-term") keeps its hyphen.

    The rest of the document decides: it is a compound where the first half occurs as a word of the document
    and the joined word does not. Where neither occurs, it is one in a document that breaks hardly any words.

    pages: the texts of all pages, from `join_lines`.
    """
    if not any(SOFT_HYPHEN in page for page in pages):
        return list(pages)
    # The halves of broken words are no words.
    words = [word.lower() for page in pages for word in WORD.findall(BROKEN_WORD.sub(" ", page))]
    vocabulary = frozenset(words)
    breaks_words = WORDS_PER_BREAK * sum(page.count(SOFT_HYPHEN) for page in pages) >= len(words)

    def join(match: re.Match[str]) -> str:
        first, second = match.groups()
        if first[-1].isdigit():
            return f"{first}-{second}"  # "24-hour"
        joined = f"{first}{second}"
        if joined.lower() in vocabulary:
            return joined
        return joined if breaks_words and first.lower() not in vocabulary else f"{first}-{second}"

    return [BROKEN_WORD.sub(join, page) for page in pages]
