"""One reader a file type, in one visible dict. A reader turns bytes into a title, text and page starts.
Knows nothing about folders, caches or chunks."""

from __future__ import annotations

from collections.abc import Callable

from workbench.corpus.readers.parts import ReadText
from workbench.corpus.readers.tabular import read_csv
from workbench.corpus.readers.text import read_markdown, read_text
from workbench.corpus.readers.web import read_html
from workbench.corpus.readers.word import read_docx

# Bumped by hand when a reader's output changes: it is part of the cache's key.
VERSION = 1


def read_pdf(data: bytes) -> ReadText:
    from workbench.corpus.readers.pdf import read_pdf as read

    return read(data)


# suffix → (kind, reader)
READERS: dict[str, tuple[str, Callable[[bytes], ReadText]]] = {
    ".md": ("markdown", read_markdown),
    ".markdown": ("markdown", read_markdown),
    ".txt": ("text", read_text),
    ".text": ("text", read_text),
    ".html": ("html", read_html),
    ".htm": ("html", read_html),
    ".pdf": ("pdf", read_pdf),
    ".docx": ("docx", read_docx),
    ".csv": ("csv", read_csv),
}
