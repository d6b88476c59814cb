"""Lists the readers, one per file type. A reader turns a file's bytes into a title, text and page starts.
Knows nothing about folders, caches or chunks."""

from __future__ import annotations

from collections.abc import Callable

from workbench.corpus.readers.csv_table import read_csv
from workbench.corpus.readers.extracted_text import ReadText
from workbench.corpus.readers.html import read_html
from workbench.corpus.readers.markdown import read_markdown
from workbench.corpus.readers.plain_text import read_text

# Bumped by hand when a reader's output changes: it is part of the cache's key.
VERSION = 2


def read_pdf(data: bytes) -> ReadText:
    """Read a PDF; its libraries are loaded at the first one."""
    from workbench.corpus.readers.pdf import read_pdf as read

    return read(data)


def read_docx(data: bytes) -> ReadText:
    """Read a Word document; lxml is loaded at the first one."""
    from workbench.corpus.readers.docx import read_docx as read

    return read(data)


# File suffix → (Document.kind, reader).
READERS: dict[str, tuple[str, Callable[[bytes], ReadText]]] = {
    ".md": ("markdown", read_markdown),
    ".markdown": ("markdown", read_markdown),
    ".txt": ("text", read_text),
    ".text": ("text", read_text),
    ".html": ("html", read_html),
    ".htm": ("html", read_html),
    ".xhtml": ("html", read_html),
    ".pdf": ("pdf", read_pdf),
    ".docx": ("docx", read_docx),
    ".docm": ("docx", read_docx),
    ".dotx": ("docx", read_docx),
    ".dotm": ("docx", read_docx),
    ".csv": ("csv", read_csv),
    ".tsv": ("csv", read_csv),
}
