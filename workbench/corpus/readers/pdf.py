"""Reads PDF with PDFium: text in reading order, page by page; ruled tables, by pdfplumber, as rows.
Knows nothing about other formats. Chosen by measurement, see docs/decisions.md."""

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
RULES_OF_A_TABLE = 6
REPEATED_SHARE = 0.6
LEAST_PAGES_FOR_FURNITURE = 4


def read_pdf(data: bytes) -> ReadText:
    """Raises Unreadable: damaged, with a password, or without any text (a scan)."""
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
        raise Unreadable("it holds no text: it is a scan; run text recognition (OCR) over it first")
    pages = _without_furniture(pages)
    vocabulary = Counter(w.lower() for page in pages for w in WORD.findall(page.replace("\ufffe", " ")))
    pages = [_join_lines(_join_hyphens(page, vocabulary)) for page in pages]
    text, starts = "", []
    for page in pages:
        starts.append(len(text))
        text += clean(page).strip() + "\n\n"
    empty = sum(not page.strip() for page in pages)
    note = f"{empty} of {len(pages)} pages hold no text (scans or pictures)" if empty else ""
    first = next((line.strip() for line in text.splitlines() if line.strip()), None)
    usable = (
        title if title and not re.search(r"untitled|\.(docx?|pdf|indd)$|^microsoft", title, re.I) else None
    )
    return ReadText(text.rstrip() + "\n", usable or (first[:120] if first else None), tuple(starts), note)


def _page_text(document: Any, number: int, data: bytes) -> str:
    import pypdfium2.raw as raw

    page = document[number]
    try:
        rules = sum(1 for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=2))
        if rules >= RULES_OF_A_TABLE:
            found = _with_tables(data, number)
            if found:
                return found
        text: str = page.get_textpage().get_text_range()
    finally:
        page.close()
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with_tables(data: bytes, number: int) -> str | None:
    """The page with each ruled table's rows as "a | b | c" lines in their place; None without a table."""
    import pdfplumber

    with pdfplumber.open(io.BytesIO(data), pages=[number + 1]) as document:
        page = document.pages[0]
        tables = [t for t in page.find_tables() if len(t.rows) > 1 and len(t.rows[0].cells) > 1]
        if not tables:
            return None
        boxes = [t.bbox for t in tables]

        def outside(item: dict[str, Any]) -> bool:
            middle = (item["top"] + item["bottom"]) / 2
            across = (item["x0"] + item["x1"]) / 2
            return not any(x0 <= across <= x1 and top <= middle <= bottom for x0, top, x1, bottom in boxes)

        rest = page.filter(lambda item: item.get("object_type") != "char" or outside(item))
        placed: list[tuple[float, str]] = [
            (line["top"], line["text"]) for line in rest.extract_text_lines(return_chars=False)
        ]
        for table in tables:
            rows = [
                " | ".join((cell or "").replace("\n", " ").strip() for cell in row) for row in table.extract()
            ]
            placed.append((table.bbox[1], "\n" + "\n".join(rows) + "\n"))
    return "\n".join(text for _, text in sorted(placed, key=lambda item: item[0]))


def _without_furniture(pages: list[str]) -> list[str]:
    """Drop running heads and page numbers: first or last lines that recur, digits aside, on most pages."""
    if len(pages) < LEAST_PAGES_FOR_FURNITURE:
        return pages
    split = [[line for line in page.split("\n") if line.strip()] for page in pages]
    edges: Counter[str] = Counter()
    for lines in split:
        edges.update({_shape(line) for line in (*lines[:1], *lines[-1:])})
    furniture = {shape for shape, n in edges.items() if n >= REPEATED_SHARE * len(pages)}

    def trimmed(page: str) -> str:
        lines = page.split("\n")
        shown = [i for i, line in enumerate(lines) if line.strip()]
        for i in {*shown[:1], *shown[-1:]}:
            if _shape(lines[i]) in furniture:
                lines[i] = ""
        return "\n".join(lines)

    return [trimmed(page) for page in pages]


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip())


def _join_hyphens(page: str, vocabulary: Counter[str]) -> str:
    """A word broken at a line's end becomes one; a compound ("long-term") keeps its hyphen. Which it is, the
    rest of the document tells: a compound's first half is a word there, and the joined word is not."""

    def join(match: re.Match[str]) -> str:
        first, second = match.groups()
        joined = f"{first}{second}"
        if vocabulary[joined.lower()] or not vocabulary[first.lower()]:
            return joined
        return f"{first}-{second}"

    page = re.sub(r"(\w)-\n(?=[a-z])", "\\1\ufffe", page)
    return LINE_HYPHEN.sub(join, page)


def _join_lines(page: str) -> str:
    """Lines that a page's width broke become one line again; list items, table rows and headings stay."""
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
