"""Fetches pages and files from the web: a list of addresses, or the pages that a site's sitemap lists.
Knows nothing about corpora."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import urldefrag, urlsplit

from workbench.errors import CorpusError
from workbench.formatting import counted
from workbench.sources.document_naming import name_of_url
from workbench.sources.http_reading import CannotGet, Web, WebLimits, open_web
from workbench.sources.page_documents import document_of
from workbench.sources.robots import read_robots
from workbench.sources.sitemap import read_sitemap
from workbench.sources.source_file import SitemapSource, UrlsSource
from workbench.sources.types import Counted, Event, Failed, Gone, Got, Remark, Same, too_many

MOST_HOSTS_NAMED = 3


@dataclass(frozen=True)
class WebPages:
    """The pages and files of a list of addresses."""

    source: UrlsSource
    limits: WebLimits = WebLimits()

    async def read(self, known: Mapping[str, str]) -> AsyncGenerator[Event, None]:
        """See Source."""
        urls = list(dict.fromkeys(urldefrag(url)[0] for url in self.source.urls))
        several = len({urlsplit(url).hostname for url in urls}) > 1
        kept, remark = _cut(urls, known, self.source.most_documents, "addresses")
        async with open_web(self.limits) as web:
            if remark:
                yield remark
            async with aclosing(_get_all(web, kept, known, with_host=several)) as events:
                async for event in events:
                    yield event


@dataclass(frozen=True)
class Sitemap:
    """The pages of a site, as its sitemap lists them and its robots.txt allows."""

    source: SitemapSource
    limits: WebLimits = WebLimits()

    async def read(self, known: Mapping[str, str]) -> AsyncGenerator[Event, None]:
        """See Source."""
        async with open_web(self.limits) as web:
            rules = await read_robots(web, self.source.sitemap)
            if rules.pause_seconds:
                web.slow_down(rules.pause_seconds)
            listing = await read_sitemap(web, self.source.sitemap)
            for text in listing.unread:
                yield Remark(text, is_incomplete=True)
            if listing.elsewhere:
                yield _elsewhere(listing.elsewhere)
            pages = [p for p in listing.pages if not self.source.under or p.startswith(self.source.under)]
            if not pages:
                begins = f" that begins with {self.source.under}" if self.source.under else ""
                raise CorpusError(f"The sitemap {self.source.sitemap} lists no page{begins} on its own site.")
            allowed = [page for page in pages if rules.allows(page)]
            if len(allowed) < len(pages):
                refused = counted(len(pages) - len(allowed), "page")
                yield Remark(f"{refused} of the sitemap left out: the site's robots.txt does not allow them.")
            kept, remark = _cut(allowed, known, self.source.most_documents, "pages")
            if remark:
                yield remark
            async with aclosing(_get_all(web, kept, known, within_site=True)) as events:
                async for event in events:
                    yield event


def _cut(
    urls: Sequence[str], known: Mapping[str, str], most: int, what: str
) -> tuple[list[str], Remark | None]:
    """At most so many, those that are known already first, in order; and what is to be said about it."""
    if len(urls) <= most:
        return list(urls), None
    chosen = set(sorted(urls, key=lambda url: url not in known)[:most])
    return [url for url in urls if url in chosen], Remark(too_many(len(urls), most, what))


def _elsewhere(hosts: Counter[str]) -> Remark:
    named = ", ".join(host for host, _ in hosts.most_common(MOST_HOSTS_NAMED))
    more = ", …" if len(hosts) > MOST_HOSTS_NAMED else ""
    addresses = "1 address" if hosts.total() == 1 else f"{hosts.total():,} addresses"
    return Remark(f"{addresses} of the sitemap left out, on other hosts: {named}{more}.")


async def _get_all(
    web: Web,
    urls: Sequence[str],
    known: Mapping[str, str],
    *,
    with_host: bool = False,
    within_site: bool = False,
) -> AsyncGenerator[Event, None]:
    """Get pages, a few at a time, and tell about each as soon as it is there."""
    yield Counted(len(urls))
    reading = asyncio.Lock()  # one process reads pages after pages; several would be started anew each time
    left, running = list(reversed(urls)), set[asyncio.Task[Event]]()
    try:
        while left or running:
            while left and len(running) < web.at_once:
                url = left.pop()
                one = _get(
                    web, reading, url, known.get(url, ""), with_host=with_host, within_site=within_site
                )
                running.add(asyncio.create_task(one))
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _get(
    web: Web, reading: asyncio.Lock, url: str, mark: str, *, with_host: bool, within_site: bool
) -> Event:
    try:
        reply = await web.get(url, mark, within_site=within_site)
        if reply is None:
            return Same(url)
        async with reading:
            suffix, data = await document_of(reply)
    except CannotGet as error:
        return Gone(url, str(error)) if error.is_gone else Failed(url, str(error))
    return Got(url, name_of_url(url, suffix, with_host=with_host), data, reply.mark)
