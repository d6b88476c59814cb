"""Reads PDF: text in reading order with PDFium, ruled tables with pdfplumber (why: docs/decisions.md).
Knows nothing about other formats."""

from __future__ import annotations

import io
import re
from collections import Counter
from itertools import pairwise
from typing import Any

from workbench.corpus.readers.extracted_text import ReadText, Unreadable, clean

# PDFium's mark for a hyphen at the end of a line.
LINE_HYPHEN = re.compile(r"(\w+)[\ufffe\u00ad]\s*(\w+)")
WORD = re.compile(r"\w+")
LIST_START = re.compile(r"^\s*(?:[•●▪‣◦–*-]|\(?\d{1,3}[.)]|[a-z][.)])\s")
LEAST_RULES_OF_TABLE = 6  # drawn lines on a page; with fewer, nobody looks for a table
REPEATED_SHARE = 0.6  # of the pages; a first or last line on so many is a running header or footer
LEAST_PAGES_FOR_RUNNING_LINES = 4


def read_pdf(data: bytes) -> ReadText:
    """Read a PDF. Raises Unreadable when it is damaged, has a password, or has no text (a scan)."""
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable("it has a password; save a copy without one") from None
        raise Unreadable("it is damaged or not a PDF; export it again") from None
    try:
        pages = [_page_text(document, i, data) for i in range(len(document))]
        title = (document.get_metadata_dict().get("Title") or "").strip()
    finally:
        document.close()
    if not any(page.strip() for page in pages):
        raise Unreadable("it has no text: it is a scan; run text recognition (OCR) on it first")
    pages = _without_running_lines(pages)
    vocabulary = Counter(w.lower() for page in pages for w in WORD.findall(page.replace("\ufffe", " ")))
    pages = [_join_lines(_join_hyphens(page, vocabulary)) for page in pages]
    text, starts = "", []
    for page in pages:
        starts.append(len(text))
        text += clean(page).strip() + "\n\n"
    empty = sum(not page.strip() for page in pages)
    note = f"{empty} of {len(pages)} pages have no text (scans or pictures)" if empty else ""
    first_line = next((line.strip() for line in text.splitlines() if line.strip()), None)
    usable_title = (
        title if title and not re.search(r"untitled|\.(docx?|pdf|indd)$|^microsoft", title, re.I) else None
    )
    return ReadText(
        text.rstrip() + "\n", usable_title or (first_line[:120] if first_line else None), tuple(starts), note
    )


def _page_text(document: Any, number: int, data: bytes) -> str:
    import pypdfium2.raw as raw

    page = document[number]
    try:
        rules = sum(1 for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=2))
        if rules >= LEAST_RULES_OF_TABLE:
            page_with_tables = _with_tables(data, number)
            if page_with_tables:
                return page_with_tables
        text: str = page.get_textpage().get_text_range()
    finally:
        page.close()
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with_tables(data: bytes, number: int) -> str | None:
    """The page's text with the rows of each ruled table as "a | b | c"; None when it has no table."""
    import pdfplumber

    with pdfplumber.open(io.BytesIO(data), pages=[number + 1]) as document:
        page = document.pages[0]
        tables = [t for t in page.find_tables() if len(t.rows) > 1 and len(t.rows[0].cells) > 1]
        if not tables:
            return None
        boxes = [t.bbox for t in tables]

        def outside(item: dict[str, Any]) -> bool:
            y = (item["top"] + item["bottom"]) / 2
            x = (item["x0"] + item["x1"]) / 2
            return not any(x0 <= x <= x1 and top <= y <= bottom for x0, top, x1, bottom in boxes)

        outside_tables = page.filter(lambda item: item.get("object_type") != "char" or outside(item))
        placed: list[tuple[float, str]] = [
            (line["top"], line["text"]) for line in outside_tables.extract_text_lines(return_chars=False)
        ]
        for table in tables:
            rows = [
                " | ".join((cell or "").replace("\n", " ").strip() for cell in row) for row in table.extract()
            ]
            placed.append((table.bbox[1], "\n" + "\n".join(rows) + "\n"))
    return "\n".join(text for _, text in sorted(placed, key=lambda item: item[0]))


def _without_running_lines(pages: list[str]) -> list[str]:
    """Drop running headers and footers: first or last lines that, but for digits, recur on most pages."""
    if len(pages) < LEAST_PAGES_FOR_RUNNING_LINES:
        return pages
    split = [[line for line in page.split("\n") if line.strip()] for page in pages]
    edges: Counter[str] = Counter()
    for lines in split:
        edges.update({_shape(line) for line in (*lines[:1], *lines[-1:])})
    running = {shape for shape, n in edges.items() if n >= REPEATED_SHARE * len(pages)}

    def trimmed(page: str) -> str:
        lines = page.split("\n")
        shown = [i for i, line in enumerate(lines) if line.strip()]
        for i in {*shown[:1], *shown[-1:]}:
            if _shape(lines[i]) in running:
                lines[i] = ""
        return "\n".join(lines)

    return [trimmed(page) for page in pages]


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip())


def _join_hyphens(page: str, vocabulary: Counter[str]) -> str:
    """Join words that were hyphenated at the end of a line; a compound ("long-term") keeps its hyphen.

    The rest of the document decides: it is a compound where the first half occurs as a word of the document
    and the joined word does not.

    vocabulary: the document's words in lower case.
    """

    def join(match: re.Match[str]) -> str:
        first, second = match.groups()
        joined = f"{first}{second}"
        if vocabulary[joined.lower()] or not vocabulary[first.lower()]:
            return joined
        return f"{first}-{second}"

    page = re.sub(r"(\w)-\n(?=[a-z])", "\\1\ufffe", page)
    return LINE_HYPHEN.sub(join, page)


def _join_lines(page: str) -> str:
    """Join lines that were broken at the page's width; list items, table rows and headings stay."""
    lines = [line.strip() for line in page.split("\n")]
    width = max((len(line) for line in lines), default=0)
    out = lines[:1]
    for before, line in pairwise(lines):
        full = len(before) > 0.75 * width
        flows = full and not re.search(r"[:|]$", before) and " | " not in line and not LIST_START.match(line)
        continues = bool(before) and line[:1].islower() and not re.search(r"[.!?:]$", before)
        if line and before and (flows or continues) and " | " not in before:
            out[-1] = f"{out[-1]} {line}"
        else:
            out.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out))
