"""Finds replies that end in a loop: the same words again and again, until the limit of tokens.
Knows nothing about models, nor about texts that repeat themselves in other words."""

from __future__ import annotations

import re

# A loop goes on until the reply is cut, so it is looked for at the end, within so many characters.
WINDOW = 4_000
# Models loop over phrases and sentences, seldom over more than a paragraph.
LONGEST_PERIOD = 1_000
LEAST_LENGTH = 100
LEAST_TIMES = 4
# So long a piece is a sentence: nobody writes one three times in a row, and a low limit leaves no more room.
SENTENCE_LENGTH = 40
LEAST_SENTENCES = 3
# Without letters it may be the rule of a table or a row of dots.
LEAST_LENGTH_WITHOUT_LETTERS = 300

_SPACE = re.compile(r"\s+")
_LIST_NUMBER = re.compile(r"^[ \t]*(?:\d{1,4}[.)]|[-*•])[ \t]+", re.M)


def repeats_itself(text: str) -> bool:
    """Whether the text ends in a loop.

    The same piece stands there four times or more, or three times where it is as long as a sentence, and
    fills at least 100 characters. The last one may be cut. Numbers of list items are no difference.
    """
    end = text[-WINDOW:]
    return _ends_in_loop(end) or (
        _LIST_NUMBER.search(end) is not None and _ends_in_loop(_LIST_NUMBER.sub("", end))
    )


def _ends_in_loop(text: str) -> bool:
    backwards = _SPACE.sub(" ", text).strip()[::-1]
    if len(backwards) < LEAST_LENGTH:
        return False
    for length, border in enumerate(_borders(backwards), start=1):
        period = length - border
        if period > LONGEST_PERIOD or length < LEAST_LENGTH:
            continue
        times = LEAST_SENTENCES if period >= SENTENCE_LENGTH else LEAST_TIMES
        if length + 1 >= times * period:  # no space follows the last one
            has_letters = any(c.isalpha() for c in backwards[:period])
            if has_letters or length >= LEAST_LENGTH_WITHOUT_LETTERS:
                return True
    return False


def _borders(text: str) -> list[int]:
    """For each beginning of the text, the length of its longest border: a proper prefix that is its suffix.

    The failure function of Knuth, Morris and Pratt (1977): a beginning of length n repeats itself every
    n − border characters.
    """
    borders = [0] * len(text)
    border = 0
    for i in range(1, len(text)):
        while border and text[i] != text[border]:
            border = borders[border - 1]
        border += text[i] == text[border]
        borders[i] = border
    return borders
