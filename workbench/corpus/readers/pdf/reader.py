"""Reads a PDF: opens it, has each page read and laid out, and makes one text of the pages.
Knows nothing about how a page is read or laid out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, islice, takewhile

import pypdfium2 as pdfium

from workbench.corpus.readers.extracted_text import LeftOutTally, ReadText, Unreadable, clean
from workbench.corpus.readers.pdf.columns import Item, in_reading_order
from workbench.corpus.readers.pdf.content import Fragment, Frame, PageContent, Table
from workbench.corpus.readers.pdf.drop_caps import with_drop_caps
from workbench.corpus.readers.pdf.fragments import joined, rows_of, text_of_row
from workbench.corpus.readers.pdf.lines import CELLS, lines_of
from workbench.corpus.readers.pdf.page_content import read_page
from workbench.corpus.readers.pdf.paragraphs import join_hyphens, join_lines
from workbench.corpus.readers.pdf.ruled_tables import take_ruled_tables
from workbench.corpus.readers.pdf.running_heads import Page, find_running_heads
from workbench.corpus.readers.titles import choose_title
from workbench.corpus.types import LeftOut

DAMAGED = "it is damaged or not a PDF; export it again"
NO_PAGES = "it has no pages; export it again"
FIRST_PAGES = 3  # that show the usual size of letters, beside which a title is large
LARGER, MUCH_LARGER = 1.15, 1.5  # times the usual size
NEARLY_AS_LARGE = 0.6
MUCH_UNMAPPED = 0.05  # of all characters


def read_pdf(data: bytes) -> ReadText:
    """Read a PDF. Raises Unreadable when it is damaged, has a password, or has no text (a scan)."""
    pages, metadata_title = _read_pages(data)
    unmapped = sum(page.unmapped for page in pages)
    if not pages:
        raise Unreadable(NO_PAGES)
    if not any(frame.fragments for page in pages for frame in page.frames):
        if unmapped:
            raise Unreadable(
                f"its fonts do not say which letters (Unicode) its {unmapped:,} characters are; export it"
                " again, or run text recognition (OCR) on it first"
            )
        if all(page.is_damaged for page in pages):
            raise Unreadable(DAMAGED)
        if any(page.hidden for page in pages):
            raise Unreadable("its text cannot be seen: it is white, transparent, tiny or off the page")
        raise Unreadable("it has no text: it is a scan; run text recognition (OCR) on it first")
    layouts = [[_items(frame) for frame in page.frames] for page in pages]
    running = find_running_heads(
        [
            Page(items[0], page.frames[0].top, page.frames[0].bottom)
            for items, page in zip(layouts, pages, strict=True)
        ]
    )
    texts = [
        _page_text(items, heads, page.notes)
        for items, heads, page in zip(layouts, running, pages, strict=True)
    ]
    text, starts = "", []
    for page_text in join_hyphens(texts):
        starts.append(len(text))
        text += clean(page_text).strip() + "\n\n"
    first_line = next((line for line in text.splitlines() if line.strip() and CELLS not in line), None)
    return ReadText(
        text=text.rstrip() + "\n",
        title=choose_title(metadata_title, _largest_text(layouts), first_line),
        page_starts=tuple(min(start, len(text.rstrip())) for start in starts),
        note="; ".join(_notes(pages, texts, unmapped, len(text))),
        left_out=_count_left_out(pages, running, unmapped),
    )


def _read_pages(data: bytes) -> tuple[list[PageContent], str]:
    """What each page shows, and the title that the file says it has."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable("it has a password; save a copy without one") from None
        if re.search(rb"/Count\s+0\b", data) and not re.search(rb"/Type\s*/Page\b", data):
            raise Unreadable(NO_PAGES) from None
        raise Unreadable(DAMAGED) from None
    try:
        document.init_forms()
        pages = [_read_page(document, number) for number in range(len(document))]
        return pages, document.get_metadata_dict().get("Title") or ""
    finally:
        document.close()


def _read_page(document: pdfium.PdfDocument, number: int) -> PageContent:
    try:
        return read_page(document, number)
    except pdfium.PdfiumError:
        return PageContent(frames=(Frame((), (), 0.0, 0.0),), is_damaged=True)


def _items(frame: Frame) -> list[Item]:
    tables, rest = take_ruled_tables(frame.fragments, frame.rulings)
    return [*tables, *joined(with_drop_caps(rest))]


def _page_text(layouts: Sequence[Sequence[Item]], heads: Iterable[Item], notes: Iterable[str]) -> str:
    left_out = {id(item) for item in heads}
    text = ""
    for items in layouts:
        blocks = in_reading_order([item for item in items if id(item) not in left_out])
        text += join_lines([line for block in blocks for line in lines_of(block)]) + "\n\n"
    return text + "\n".join(f"Note: {' '.join(note.split())}" for note in notes)


def _largest_text(layouts: Sequence[Sequence[Sequence[Item]]]) -> str | None:
    """The largest text of the first page that has any, with the lines next to it that are nearly as large.

    None when the first pages have letters of one size.
    """
    pages = ([i for i in frames[0] if isinstance(i, Fragment) and i.text] for frames in layouts)
    first_pages = list(islice(filter(None, pages), FIRST_PAGES))
    amounts: Counter[float] = Counter()
    for fragment in chain(*first_pages):
        amounts[round(fragment.size, 1)] += len(fragment.text)
    if not amounts:
        return None
    usual_size = amounts.most_common(1)[0][0]
    largest = max(fragment.size for fragment in first_pages[0])
    if largest < LARGER * usual_size:
        return None
    least = min(largest / LARGER, max(largest * NEARLY_AS_LARGE, usual_size * MUCH_LARGER))
    rows = [[f for f in row if f.size >= least] for row in rows_of(first_pages[0])]
    at = next(number for number, row in enumerate(rows) if any(f.size == largest for f in row))
    before, after = takewhile(bool, reversed(rows[:at])), takewhile(bool, rows[at:])
    return " ".join(text_of_row(row) for row in (*reversed(list(before)), *after))


def _notes(pages: Sequence[PageContent], texts: Sequence[str], unmapped: int, length: int) -> Iterable[str]:
    damaged = sum(page.is_damaged for page in pages)
    if damaged:
        yield f"{damaged} of {len(pages)} pages are damaged and could not be read"
    empty = sum(not text.strip() for text in texts) - damaged
    if empty:
        yield f"{empty} of {len(pages)} pages have no text (scans or pictures)"
    if unmapped > MUCH_UNMAPPED * (unmapped + length):
        share = unmapped / (unmapped + length)
        yield (
            f"{share:.0%} of its characters are missing, because their fonts do not say which letters"
            " (Unicode) they are; export it again, or run text recognition (OCR) on it first"
        )
    crowded = sum(page.is_crowded for page in pages)
    if crowded:
        yield f"{crowded} of {len(pages)} pages draw too many lines for tables to be found in them"


def _count_left_out(
    pages: Sequence[PageContent], running: Sequence[Sequence[Item]], unmapped: int
) -> tuple[LeftOut, ...]:
    tally = LeftOutTally()
    for item in chain(*running):
        text = "; ".join(item.rows) if isinstance(item, Table) else item.text
        tally.add("running heads and page numbers", text)
    for text in chain(*(page.hidden for page in pages)):
        if text:
            tally.add("hidden texts", text)
    if unmapped:
        tally.add("characters whose font does not say which they are", count=unmapped, characters=unmapped)
    pictures = sum(page.pictures for page in pages)
    if pictures:
        tally.add("pictures without text", count=pictures)
    return tally.entries()
