"""Tells whether a document is in English, also where most of it is code.
Knows nothing about questions."""

from __future__ import annotations

import re

from workbench.corpus.types import Document
from workbench.scoring.language_detection import looks_english

_READ = 5_000  # characters
_CODE = re.compile(r"[{}\[\]<>|_=`*#\\;]|https?:|\(\)|\b[a-z]{2,}[A-Z]")
_WORD = re.compile(r"\b[^\W\d_]{2,}\b")
LEAST_WORDS = 5  # of a line that tells anything


def is_code(text: str) -> bool:
    """Whether a line or sentence looks like code or markup."""
    return bool(_CODE.search(text))


def is_english(document: Document) -> bool:
    """Whether English rules can read a document; tables of values are read in any case.

    Code has none of the words by which English is known, so what decides is its other lines; a document of
    code alone is read.
    """
    if document.kind == "csv" or looks_english(document.text[:_READ]):
        return True
    lines = [line for line in re.split(r"\n|(?<=[.!?]) ", document.text) if line.strip()]
    prose = [line for line in lines if not is_code(line) and len(_WORD.findall(line)) >= LEAST_WORDS]
    if prose:
        return looks_english("\n".join(prose)[:_READ])
    return 3 * sum(map(is_code, lines)) >= len(lines)
