"""Tells which documents of a corpus are in English, which some ways of drafting need.
Knows nothing about how questions are drafted."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.corpus.types import Document
from workbench.formatting import counted
from workbench.scoring.language_detection import looks_english

LOOKED_AT = 5000
"""Characters at the beginning of a document by which its language is told."""
ENGLISH_ONLY = "rules draft from English only"


def may_be_english(document: Document) -> bool:
    """Whether a document looks English; a table has too few words to tell."""
    return document.kind == "csv" or looks_english(document.text[:LOOKED_AT])


def foreign_in_words(documents: Sequence[Document]) -> str:
    """How many documents do not look English, as the beginning of a sentence; empty when all do."""
    foreign = sum(not may_be_english(document) for document in documents)
    return f"{foreign:,} of {counted(len(documents), 'document')} do not look English" if foreign else ""
