"""Decodes the bytes of a web page by its byte order mark, its declared encoding, or what they look like.
Knows nothing about elements."""

from __future__ import annotations

import html
import re

from workbench.corpus.readers.text_encoding import decode, superset_of

HEAD_BYTES = 4096  # an encoding is declared at the beginning of a page
DECLARED = re.compile(
    rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:-]+)|\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)",
    re.IGNORECASE,
)
BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# Python's codecs hold others that are no encodings of pages. A page whose declaration can be read in single
# bytes is not in UTF-16, whatever it says.
PAGE_ENCODINGS = (
    "cp",
    "windows",
    "iso8859",
    "ascii",
    "koi8",
    "mac",
    "tis",
    "gb",
    "big5",
    "shift",
    "euc",
    "iso2022",
    "johab",
)

XHTML = re.compile(r"\A\s*<\?xml\b|<html[^>]{0,400}\bxmlns\s*=\s*[\"']http://www\.w3\.org/1999/xhtml")
# In XHTML these elements may close themselves; read as HTML they would swallow what follows.
SELF_CLOSED = re.compile(
    r"<(script|style|title|textarea|iframe|noscript|template|select|button|a|div|span|p|td|th|li|i|b|em|strong)"
    r"\b([^<>]*)/>",
    re.IGNORECASE,
)
CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)


def decode_page(data: bytes) -> tuple[str, str]:
    """Decode a page: (markup, note). The note is empty unless an encoding had to be guessed.

    Raises Unreadable for what is not text.
    """
    markup, note = _decode(data)
    if XHTML.search(markup[:HEAD_BYTES]):
        markup = SELF_CLOSED.sub(r"<\1\2></\1>", markup)
        markup = CDATA.sub(lambda match: html.escape(match[1], quote=False), markup)
    return markup, note


def _decode(data: bytes) -> tuple[str, str]:
    declared = DECLARED.search(data[:HEAD_BYTES])
    if declared is None or data.startswith(BYTE_ORDER_MARKS) or _is_utf8(data):
        return decode(data)
    try:
        name = (declared[1] or declared[2]).decode("ascii").lower().removeprefix("x-")
        encoding = superset_of(name)
        return (data.decode(encoding), "") if encoding.startswith(PAGE_ENCODINGS) else decode(data)
    except (LookupError, ValueError):
        return decode(data)


def _is_utf8(data: bytes) -> bool:
    """Whether these bytes are UTF-8 beyond doubt: pages in UTF-8 that declare something else are common."""
    try:
        return not data.decode("utf-8").isascii()
    except UnicodeDecodeError:
        return False
