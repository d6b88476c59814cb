"""Gets one address after another over HTTP: only what changed, within limits, as a polite visitor.
Knows nothing about what pages hold and about sitemaps."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from workbench.files.reading import MOST_BYTES
from workbench.formatting import byte_size
from workbench.sources.web_addresses import why_not_to_follow

if TYPE_CHECKING:
    import httpx

USER_AGENT = "RAG-Workbench (documents for its user; +https://pypi.org/project/rag-workbench/)"
ROBOT = "RAG-Workbench"
"""The name by which robots.txt may speak of the program."""
ACCEPT = "text/html, text/markdown, text/plain, application/pdf, */*;q=0.5"
_REDIRECTS = (301, 302, 303, 307, 308)
_GONE = (404, 410)
_AGAIN = (429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class WebLimits:
    """How a site is visited."""

    at_once: int = 4
    """Requests at a time."""
    seconds: float = 60.0
    """The longest that one document may take, all attempts apart."""
    connect_seconds: float = 10.0
    most_bytes: int = MOST_BYTES
    """The largest document."""
    most_redirects: int = 5
    attempts: int = 3
    """How often a page is asked for when the server is busy or fails."""
    pause_seconds: float = 1.0
    """The wait before the second attempt; it doubles. A server may ask for another one."""
    longest_pause_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server sent."""

    url: str
    """Where it came from in the end."""
    content_type: str
    """In lower case, without parameters; empty where the server does not say it."""
    body: bytes
    mark: str
    """ETag or Last-Modified, as a line of a header; empty where there is neither."""


class CannotGet(Exception):
    """A page could not be got; says why, as the rest of a sentence about it."""

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status
        """The status that the server answered with, where that is the reason."""

    @property
    def is_gone(self) -> bool:
        """Whether the server says that there is no such page."""
        return self.status in _GONE


class _TryAgain(CannotGet):
    """The server is busy or failed; it may be better later."""

    def __init__(self, why: str, status: int | None = None, seconds: float | None = None) -> None:
        super().__init__(why, status)
        self.seconds = seconds
        """How long the server asks to wait; None where it does not."""


class Web:
    """Gets pages, so many at a time."""

    def __init__(self, client: httpx.AsyncClient, limits: WebLimits) -> None:
        self._client = client
        self._limits = limits
        self._free = asyncio.Semaphore(limits.at_once)
        self._delay = 0.0
        self._turn = asyncio.Lock()

    @property
    def at_once(self) -> int:
        """Requests at a time."""
        return self._limits.at_once

    def slow_down(self, seconds: float) -> None:
        """Begin one request at a time, so many seconds after another, as a site asks."""
        self._delay = min(seconds, self._limits.longest_pause_seconds)

    async def get(self, url: str, mark: str = "", *, within_site: bool = False) -> Reply | None:
        """Get a page; None where it has not changed since its mark.

        within_site: whether it must not redirect to another site.

        Raises CannotGet.
        """
        async with self._free:
            if self._delay:
                async with self._turn:
                    await asyncio.sleep(self._delay)
            return await self._with_attempts(lambda: self._follow(url, mark, within_site))

    async def _with_attempts(self, ask: Callable[[], Awaitable[Reply | None]]) -> Reply | None:
        pause = self._limits.pause_seconds
        for attempt in range(1, self._limits.attempts + 1):
            try:
                async with asyncio.timeout(self._limits.seconds):
                    return await ask()
            except TimeoutError:
                raise CannotGet(f"takes more than {self._limits.seconds:,.3g} seconds") from None
            except _TryAgain as error:
                wait = pause if error.seconds is None else error.seconds
                if attempt == self._limits.attempts or wait > self._limits.longest_pause_seconds:
                    raise CannotGet(str(error), error.status) from None
                await asyncio.sleep(wait)
                pause *= 2
        raise AssertionError("unreachable")

    async def _follow(self, url: str, mark: str, within_site: bool) -> Reply | None:
        for _ in range(self._limits.most_redirects + 1):
            reply = await self._ask(url, mark)
            if not isinstance(reply, str):
                return reply
            target = urljoin(url, reply)
            refusal = await why_not_to_follow(url, target, within_site=within_site)
            if refusal:
                raise CannotGet(refusal)
            url = target
        raise CannotGet(f"redirects more than {self._limits.most_redirects} times")

    async def _ask(self, url: str, mark: str) -> Reply | str | None:
        """One request: the reply, None for what has not changed, or the address that it redirects to."""
        import httpx

        from workbench.providers.response_size import ResponseTooLarge

        try:
            async with self._client.stream("GET", url, headers=_condition(mark)) as response:
                if response.status_code == 304 and mark:
                    return None
                if response.status_code in _REDIRECTS and response.headers.get("location"):
                    return str(response.headers["location"])
                self._check(response)
                body = await response.aread()
        except ResponseTooLarge as error:
            raise CannotGet(f"cannot be read: {error}") from None
        except httpx.TimeoutException:
            raise _TryAgain("does not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise _TryAgain(f"cannot be reached ({str(error) or type(error).__name__})"[:200]) from None
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Reply(url, content_type, body, _mark_of(response))

    def _check(self, response: httpx.Response) -> None:
        """Raise what a status that is no success means."""
        if response.is_success:
            size = response.headers.get("content-length", "")
            if size.isdigit() and int(size) > self._limits.most_bytes:
                raise CannotGet(
                    f"has {byte_size(int(size))}; the limit is {byte_size(self._limits.most_bytes)}"
                )
            return
        what = f"{response.status_code} {response.reason_phrase}".strip()
        if response.status_code in _GONE:
            raise CannotGet(f"is not there ({what})", response.status_code)
        if response.status_code in _AGAIN:
            raise _TryAgain(f"gets the answer {what}", response.status_code, _asked_pause(response))
        raise CannotGet(f"gets the answer {what}", response.status_code)


def _condition(mark: str) -> dict[str, str]:
    """The header that asks for a page only where it has changed."""
    name, _, value = mark.partition(": ")
    asks = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
    return {asks[name]: value} if name in asks else {}


def _mark_of(response: httpx.Response) -> str:
    for name in ("ETag", "Last-Modified"):
        value = response.headers.get(name, "")
        if value and value.isprintable() and value.isascii():
            return f"{name}: {value}"
    return ""


def _asked_pause(response: httpx.Response) -> float | None:
    """The seconds that Retry-After asks for; None without it."""
    value = response.headers.get("retry-after", "")
    if re.fullmatch(r"[0-9]{1,6}", value):
        return float(value)
    try:
        from datetime import UTC, datetime

        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


@asynccontextmanager
async def open_web(limits: WebLimits) -> AsyncIterator[Web]:
    """A visitor, through the proxies that the environment names but to this machine. It keeps no cookies."""
    import httpx

    from workbench.providers.http_client import shared_ssl_context
    from workbench.providers.response_size import ACCEPTED_ENCODING, limit_size

    async def forget_cookies(_: httpx.Response) -> None:
        client.cookies.clear()

    client = httpx.AsyncClient(
        verify=shared_ssl_context(),
        headers={"User-Agent": USER_AGENT, "Accept": ACCEPT, "Accept-Encoding": ACCEPTED_ENCODING},
        timeout=httpx.Timeout(limits.seconds, connect=limits.connect_seconds),
        limits=httpx.Limits(max_connections=limits.at_once, max_keepalive_connections=limits.at_once),
        mounts={"all://localhost": None, "all://127.0.0.1": None, "all://[::1]": None},
        event_hooks={"response": [forget_cookies, limit_size(limits.most_bytes)]},
    )
    async with client:
        yield Web(client, limits)
