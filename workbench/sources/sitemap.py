"""Reads sitemaps, which list the pages of a site: XML, also compressed or of several files, and plain lists.
Knows nothing about the pages themselves."""

from __future__ import annotations

import gzip
import io
import zlib
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urldefrag

from workbench.errors import CorpusError
from workbench.files.reading import MOST_BYTES
from workbench.sources.http_reading import CannotGet, Web
from workbench.sources.web_addresses import is_same_site
from workbench.space.address import Address

MOST_FILES = 100
"""How many sitemaps one sitemap may lead to."""
MOST_PAGES = 500_000
_GZIP = b"\x1f\x8b"


class NotASitemap(ValueError):
    """A file that is no sitemap; says why, as the rest of a sentence about it."""


@dataclass
class Listing:
    """What sitemaps list."""

    pages: dict[str, None] = field(default_factory=dict)
    """The addresses of the site's pages, in order."""
    elsewhere: Counter[str] = field(default_factory=Counter)
    """Other host → how many addresses are on it."""
    unread: list[str] = field(default_factory=list)
    """What to say about sitemaps that could not be read, so that pages may be missing."""


async def read_sitemap(web: Web, url: str) -> Listing:
    """Read a sitemap and those that it leads to. Raises CorpusError when it cannot be read itself."""
    site = Address.parse(url)
    assert site is not None
    listing, left, seen = Listing(), [url], {url}
    while left:
        file = left.pop(0)
        try:
            reply = await web.get(file, within_site=True)
            pages, sitemaps = parse_sitemap(reply.body if reply else b"")
        except (CannotGet, NotASitemap) as error:
            if file == url:
                raise CorpusError(f"The sitemap {url} cannot be read: it {error}.") from None
            listing.unread.append(f"The sitemap {file} cannot be read: it {error}.")
            continue
        _sort(site, pages, listing)
        for address in sitemaps:
            there = Address.parse(address)
            if there is None or not is_same_site(site, there):
                listing.elsewhere[there.host if there else "?"] += 1
            elif address not in seen and len(seen) < MOST_FILES:
                seen.add(address)
                left.append(address)
            elif address not in seen:
                seen.add(address)
                listing.unread.append(f"The sitemap {address} is not read: {MOST_FILES} are the limit.")
    return listing


def _sort(site: Address, pages: list[str], listing: Listing) -> None:
    for page in pages:
        address = Address.parse(page)
        if address is None or not is_same_site(site, address):
            listing.elsewhere[address.host if address else "?"] += 1
        elif len(listing.pages) < MOST_PAGES:
            listing.pages[urldefrag(page)[0]] = None


def parse_sitemap(data: bytes) -> tuple[list[str], list[str]]:
    """(addresses of pages, addresses of further sitemaps). Raises NotASitemap."""
    data = _decompress(data)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _parse_xml(data)
    lines = [line.strip() for line in data.decode("utf-8-sig", "replace").splitlines()]
    pages = [line for line in lines if line]
    if not pages or not all(page.startswith(("http://", "https://")) for page in pages):
        raise NotASitemap("is neither XML nor a list of addresses")
    return pages, []


def _decompress(data: bytes) -> bytes:
    if not data.startswith(_GZIP):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as file:
            plain = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise NotASitemap("is damaged") from None
    if len(plain) > MOST_BYTES:
        raise NotASitemap("is too large")
    return plain


def _parse_xml(data: bytes) -> tuple[list[str], list[str]]:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise NotASitemap(f"is not valid XML ({error.msg})"[:200]) from None
    kind = etree.QName(root).localname
    if kind not in ("urlset", "sitemapindex"):
        raise NotASitemap(f"is not a sitemap (its root is <{kind}>)")
    found = [
        (child.text or "").strip()
        for entry in root
        for child in entry
        if isinstance(child.tag, str) and etree.QName(child).localname == "loc"
    ]
    addresses = [address for address in found if address]
    return (addresses, []) if kind == "urlset" else ([], addresses)
