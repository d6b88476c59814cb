"""Tells which documents of a corpus are in English, for which word rules are made, and what is code.
Knows nothing about those rules."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.corpus.types import Document
from workbench.formatting import counted
from workbench.scoring.language_detection import in_another_script, looks_english

LOOKED_AT = 5000
"""Characters at the beginning of a document by which its language is told."""
_CODE = re.compile(r"[{}\[\]<>|_=`*#\\;]|https?:|\(\)|\b[a-z]{2,}[A-Z]")
_WORD = re.compile(r"\b[^\W\d_]{2,}\b")
_LEAST_WORDS = 5  # of a line by which a language can be told


def is_code(text: str) -> bool:
    """Whether a line or sentence looks like code or markup."""
    return bool(_CODE.search(text))


def may_be_english(document: Document) -> bool:
    """Whether a document looks English; a table has too few words to tell.

    Code has few of the words by which English is known. So the other lines decide as well, and a document of
    code alone may be English.
    """
    if document.kind == "csv" or looks_english(document.text[:LOOKED_AT]):
        return True
    lines = [line for line in re.split(r"\n|(?<=[.!?]) ", document.text) if line.strip()]
    prose = [line for line in lines if not is_code(line) and len(_WORD.findall(line)) >= _LEAST_WORDS]
    if prose:
        return looks_english("\n".join(prose)[:LOOKED_AT])
    if in_another_script("".join(line for line in lines if not is_code(line))[:LOOKED_AT]):
        return False  # short lines, or a script that puts no spaces between words
    return 3 * sum(map(is_code, lines)) >= len(lines)


def foreign_in_words(documents: Sequence[Document]) -> str:
    """How many documents do not look English, as the beginning of a sentence; empty when all do."""
    foreign = sum(not may_be_english(document) for document in documents)
    return f"{foreign:,} of {counted(len(documents), 'document')} do not look English" if foreign else ""
