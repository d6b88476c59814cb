"""Reads a site's robots.txt: which pages it lets a program fetch, and how fast.
Knows nothing about sitemaps and pages."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser

from workbench.errors import CorpusError
from workbench.sources.http_reading import ROBOT, CannotGet, Web


@dataclass(frozen=True)
class Robots:
    """The rules of one site."""

    _parser: RobotFileParser | None = None
    """None where the site has no rules."""

    @property
    def pause_seconds(self) -> float:
        """The pause between requests that it asks for; 0 for none."""
        return float(self._parser.crawl_delay(ROBOT) or 0) if self._parser else 0.0

    def allows(self, url: str) -> bool:
        """Whether a page may be fetched."""
        return self._parser is None or self._parser.can_fetch(ROBOT, url)


async def read_robots(web: Web, url: str) -> Robots:
    """The rules of the site that an address is on.

    Raises CorpusError where the server cannot say them: then a polite program fetches nothing.
    """
    address = urljoin(url, "/robots.txt")
    try:
        reply = await web.get(address)
    except CannotGet as error:
        if error.status is not None and 400 <= error.status < 500 and error.status != 429:
            return Robots()  # as RFC 9309 has it: there are no rules
        raise CorpusError(
            f"{address} cannot be read, so it is not known what the site allows: it {error}.",
            hint="Try again later, or list the pages under `urls`.",
        ) from None
    parser = RobotFileParser()
    parser.parse((reply.body if reply else b"").decode("utf-8", "replace").splitlines())
    return Robots(parser)
