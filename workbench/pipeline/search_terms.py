"""Turns a text into the terms by which keyword search compares it.
Knows nothing about chunks, indexes or ranking."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.text import content_tokens
from workbench.typography import normalise

# Scripts whose words have no spaces between them, or not between all: Thai, Lao, Burmese, Khmer, Japanese,
# Chinese and Korean.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]+"
)
_VERSION_MARK = re.compile(r"\b[vV](?=\d+\.\d)")
# "vitamin A", but no article: those are in lower case, or begin a sentence.
_LETTER_A = re.compile(r"(?<=\w[ -])A(?![\w'’])")


def search_terms(text: str) -> list[str]:
    """Return the terms of a text, with repeats.

    They are the stems of its content words (`content_tokens`), whatever the typography. Where a script has no
    spaces between words, each pair of neighbouring characters stands for one, as in Lucene's CJK analyser.
    "v2.1.0" has the term 2.1.0, and the A of "hepatitis A" is no article.
    """
    text = _VERSION_MARK.sub("", normalise(text))
    terms = content_tokens(_UNSPACED.sub(" ", text))
    terms += ["a" for _ in _LETTER_A.finditer(text)]
    for run in _UNSPACED.finditer(text):
        terms += _pairs(run.group())
    return terms


def _pairs(run: str) -> Iterator[str]:
    """The pairs of neighbouring characters; a lone character stands for itself."""
    if len(run) == 1:
        yield run
    for i in range(len(run) - 1):
        yield run[i : i + 2]
