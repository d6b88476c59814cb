"""Reads plain text in any encoding.
Knows nothing about other formats."""

from __future__ import annotations

from workbench.corpus.readers.extracted_text import ReadText, clean
from workbench.corpus.readers.text_encoding import decode


def read_text(data: bytes) -> ReadText:
    """Read plain text. Raises Unreadable for what is not text."""
    text, note = decode(data)
    return ReadText(clean(text), note=note)
