"""Reads DOCX: headings, paragraphs, lists and tables in the order of the document.
Knows nothing about other formats."""

from __future__ import annotations

import io
import re
import zipfile

from workbench.corpus.readers.extracted_text import ReadText, Unreadable, clean

ENCRYPTED = b"\xd0\xcf\x11\xe0"  # an OLE container: an old .doc, or a DOCX with a password


def read_docx(data: bytes) -> ReadText:
    """Read a Word document as Markdown. Raises Unreadable when it is damaged, encrypted or an old .doc."""
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    if data.startswith(ENCRYPTED):
        raise Unreadable("it has a password, or is an old .doc; save it as .docx without a password")
    try:
        document = Document(io.BytesIO(data))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Unreadable(f"it is not a Word document ({error}); save it again as .docx") from None
    parts: list[str] = []
    title: str | None = document.core_properties.title or None
    for item in document.iter_inner_content():
        if isinstance(item, Paragraph):
            text = item.text.strip()
            if not text:
                continue
            style = item.style.name if item.style is not None and item.style.name else ""
            level = re.fullmatch(r"Heading (\d)", style)
            if style == "Title" or (level and title is None):
                title = text
            if style == "Title":
                parts.append(f"# {text}")
            elif level:
                parts.append(f"{'#' * min(6, int(level.group(1)))} {text}")
            elif style.startswith("List"):
                parts.append(f"- {text}")
            else:
                parts.append(text)
        elif isinstance(item, Table):
            rows = []
            for row in item.rows:
                cells = [c.text.strip().replace("\n", " ") for c in row.cells]
                rows.append("| " + " | ".join(cells) + " |")
            parts.append("\n".join(rows))
    return ReadText(clean("\n\n".join(parts)), title=title)
