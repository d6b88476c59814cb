"""Makes documents of what web servers send: pages become Markdown, other files stay as they are.
Knows nothing about requests."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from workbench.corpus.bounded_reading import LIMITS, read_within
from workbench.corpus.document_files import SUPPORTED
from workbench.corpus.readers import ARTICLE, READERS
from workbench.corpus.readers.extracted_text import Unreadable
from workbench.sources.http_reading import CannotGet, Reply

_HTML = ("text/html", "application/xhtml+xml")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_SUFFIX_OF = {
    "application/pdf": ".pdf",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    f"{_OFFICE}wordprocessingml.document": ".docx",
    f"{_OFFICE}wordprocessingml.template": ".dotx",
    f"{_OFFICE}presentationml.presentation": ".pptx",
    f"{_OFFICE}presentationml.slideshow": ".ppsx",
    f"{_OFFICE}presentationml.template": ".potx",
    f"{_OFFICE}spreadsheetml.sheet": ".xlsx",
    f"{_OFFICE}spreadsheetml.template": ".xltx",
    "application/vnd.ms-word.document.macroenabled.12": ".docm",
    "application/vnd.ms-word.template.macroenabled.12": ".dotm",
    "application/vnd.ms-powerpoint.presentation.macroenabled.12": ".pptm",
    "application/vnd.ms-powerpoint.slideshow.macroenabled.12": ".ppsm",
    "application/vnd.ms-powerpoint.template.macroenabled.12": ".potm",
    "application/vnd.ms-excel.sheet.macroenabled.12": ".xlsm",
    "application/vnd.ms-excel.template.macroenabled.12": ".xltm",
}
_SAYS_NOTHING = ("", "application/octet-stream", "binary/octet-stream", "text/plain")
"""Types that servers give to files that they do not know."""
_PAGES = (".html", ".htm", ".xhtml")


async def document_of(reply: Reply) -> tuple[str, bytes]:
    """(suffix, content) of the document that a reply becomes.

    Raises CannotGet for what holds no text that can be read.
    """
    if not reply.body.strip():
        raise CannotGet("is empty")
    suffix = _suffix_of(reply)
    if suffix is None:
        raise CannotGet(f"is {reply.content_type!r}, which cannot be read (supported: pages, {SUPPORTED})")
    if suffix not in _PAGES:
        return suffix, reply.body
    try:
        article = await asyncio.to_thread(read_within, LIMITS, ARTICLE, reply.body)
    except Unreadable as error:
        raise CannotGet(f"cannot be read: {error}") from None
    return ".md", article.text.encode()


def _suffix_of(reply: Reply) -> str | None:
    """The suffix of a reply's kind, ".html" for a page; None for one that cannot be read.

    What the content begins with counts most: servers give wrong types.
    """
    begin = reply.body[:500].lstrip().lower()
    if begin.startswith(b"%pdf-"):
        return ".pdf"
    if reply.content_type in _HTML or begin.startswith((b"<!doctype html", b"<html")):
        return ".html"
    if reply.content_type in _SUFFIX_OF:
        return _SUFFIX_OF[reply.content_type]
    if reply.content_type in _SAYS_NOTHING:
        named = PurePosixPath(urlsplit(reply.url).path).suffix.lower()
        if named in READERS and named not in _PAGES:
            return named
        if reply.content_type == "text/plain":
            return ".txt"
    return None
