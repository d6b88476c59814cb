"""Lists the readers, one per file type. A reader turns a file's bytes into a title, text and page starts.
Knows nothing about folders, caches or chunks. What a reader needs is loaded at the first file of its type."""

from __future__ import annotations

from collections.abc import Callable

from workbench.corpus.readers.extracted_text import ReadText

# Bumped by hand when a reader's output changes: it is part of the cache's key.
VERSION = 8


def read_markdown(data: bytes) -> ReadText:
    """Read Markdown, parsed with markdown-it-py."""
    from workbench.corpus.readers.markdown import read_markdown as read

    return read(data)


def read_text(data: bytes) -> ReadText:
    """Read plain text."""
    from workbench.corpus.readers.plain_text import read_text as read

    return read(data)


def read_html(data: bytes) -> ReadText:
    """Read a web page, parsed with selectolax."""
    from workbench.corpus.readers.html import read_html as read

    return read(data)


def read_pdf(data: bytes) -> ReadText:
    """Read a PDF, opened with pypdfium2."""
    from workbench.corpus.readers.pdf import read_pdf as read

    return read(data)


def read_docx(data: bytes) -> ReadText:
    """Read a Word document, parsed with lxml."""
    from workbench.corpus.readers.docx import read_docx as read

    return read(data)


def read_pptx(data: bytes) -> ReadText:
    """Read a PowerPoint presentation, parsed with lxml."""
    from workbench.corpus.readers.pptx import read_pptx as read

    return read(data)


def read_xlsx(data: bytes) -> ReadText:
    """Read an Excel workbook, parsed with lxml."""
    from workbench.corpus.readers.xlsx import read_xlsx as read

    return read(data)


def read_csv(data: bytes) -> ReadText:
    """Read a table."""
    from workbench.corpus.readers.csv_table import read_csv as read

    return read(data)


def read_article(data: bytes) -> ReadText:
    """Read the main text of a page from the web, parsed with trafilatura."""
    from workbench.corpus.readers.html.article import read_article as read

    return read(data)


CODE_SUFFIXES = tuple(
    ".py .pyi .js .mjs .jsx .ts .tsx .java .kt .scala .go .rs .c .h .cc .cpp .hpp .cs .swift .rb .php .pl "
    ".lua .r .jl .sh .bash .ps1 .sql".split()
)
# File suffix → (Document.kind, reader).
READERS: dict[str, tuple[str, Callable[[bytes], ReadText]]] = {
    ".md": ("markdown", read_markdown),
    ".markdown": ("markdown", read_markdown),
    ".txt": ("text", read_text),
    ".text": ("text", read_text),
    ".rst": ("text", read_text),
    ".html": ("html", read_html),
    ".htm": ("html", read_html),
    ".xhtml": ("html", read_html),
    ".pdf": ("pdf", read_pdf),
    **dict.fromkeys((".docx", ".docm", ".dotx", ".dotm"), ("docx", read_docx)),
    **dict.fromkeys((".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"), ("pptx", read_pptx)),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm"), ("xlsx", read_xlsx)),
    ".csv": ("csv", read_csv),
    ".tsv": ("csv", read_csv),
    **dict.fromkeys(CODE_SUFFIXES, ("code", read_text)),
}
ARTICLE = "article"
"""In place of a suffix: a page that is fetched from the web, and kept as the Markdown of its main text."""
EXTRACTORS = READERS | {ARTICLE: ("markdown", read_article)}
"""What the reading process reads: files by their suffix, and ARTICLE."""
