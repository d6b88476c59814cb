"""An httpx transport over aiohttp: a parser in C, and a pool that need not look at every connection.
Knows nothing about models: it sends one HTTP request and hands back the response as httpx has it.

httpx's own pool examines all idle connections for each request, which grows with the concurrency limit.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx
from yarl import URL

# What httpx's own pool does. Many servers close an idle connection after five seconds.
KEEP_ALIVE_SECONDS = 5.0
# aiohttp sends these unless it is told not to; httpx has set what it wants already.
OWN_HEADERS = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Connections to any number of servers. It belongs to the event loop of its first request.

    Raises httpx's own exceptions. Environment variables for proxies are not read.
    """

    def __init__(self, *, most_connections: int, ssl_context: ssl.SSLContext) -> None:
        self._most_connections = most_connections
        self._ssl_context = ssl_context
        self._session: aiohttp.ClientSession | None = None

    def _open_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._most_connections, ssl=self._ssl_context, keepalive_timeout=KEEP_ALIVE_SECONDS
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=OWN_HEADERS,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._session is None:
            self._session = self._open_session()
        seconds = request.extensions.get("timeout", {})
        with _httpx_exceptions():
            response = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    connect=seconds.get("pool"),
                    sock_connect=seconds.get("connect"),
                    sock_read=seconds.get("read"),
                ),
            )
        return httpx.Response(
            response.status, headers=response.raw_headers, stream=_Stream(response), request=request
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


class _Stream(httpx.AsyncByteStream):
    """The body of a response as it comes."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx_exceptions():
            async for part in self._response.content.iter_any():
                yield part

    async def aclose(self) -> None:
        # A connection whose response was read to its end has gone back to the pool already.
        self._response.close()


@contextmanager
def _httpx_exceptions() -> Iterator[None]:
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except TimeoutError as error:
        raise httpx.ReadTimeout(str(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError(str(error)) from error
    except aiohttp.ClientOSError as error:
        raise httpx.ReadError(str(error)) from error
    except aiohttp.ClientError as error:  # cut before or within the reply, or not HTTP
        raise httpx.RemoteProtocolError(str(error)) from error
