"""Reads plain text and Markdown in any encoding.
Knows nothing about other formats."""

from __future__ import annotations

import re

from workbench.corpus.readers.extracted_text import ReadText, clean
from workbench.corpus.readers.text_encoding import decode

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)


def read_text(data: bytes) -> ReadText:
    """Read plain text. Raises Unreadable for what is not text."""
    text, note = decode(data)
    return ReadText(clean(text), note=note)


def read_markdown(data: bytes) -> ReadText:
    """Read Markdown and keep it as written, so that quotes and splitters see what its author wrote.

    The title comes from the front matter, or else from the first heading. Raises Unreadable for what is not
    text.
    """
    text, note = decode(data)
    text = clean(text)
    front = FRONT_MATTER.match(text)
    title = FRONT_TITLE.search(front.group(1)) if front else None
    heading = HEADING.search(text)
    match = title or heading
    return ReadText(text, title=match.group(1).strip() if match else None, note=note)
