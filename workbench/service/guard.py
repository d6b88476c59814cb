"""Lets requests through: the right host, the right key, not too large, not too many.
Knows nothing about what is asked."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.lru_cache import LruCache
from workbench.service.metrics import Metrics
from workbench.service.serve_settings import KEY_VARIABLE, ServeSettings
from workbench.service.service_error import ServiceError, unavailable
from workbench.space.address import is_loopback

OPEN_PATHS = ("/healthz", "/", "/docs", "/openapi.json")
"""What needs no key: it says nothing about documents or questions."""
BODY_SECONDS = 30.0
"""Within which a request's body must have come."""
REMEMBERED_CLIENTS = 10_000


class _Bucket:
    """A token bucket: a minute's requests may come at once, and then as they are replenished."""

    def __init__(self, per_minute: int, now: float) -> None:
        self._per_second = per_minute / 60
        self._most = float(per_minute)
        self._left = self._most
        self._at = now

    def take(self, now: float) -> float:
        """Take one; else the seconds until there is one."""
        self._left = min(self._most, self._left + max(0.0, now - self._at) * self._per_second)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._per_second


class Guard:
    """An ASGI middleware."""

    def __init__(
        self,
        app: ASGIApp,
        settings: ServeSettings,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._buckets: LruCache[str, _Bucket] = LruCache(REMEMBERED_CLIENTS)
        self._key = settings.key.encode() if settings.key else None
        self._in_flight = 0
        metrics.gauge("workbench_requests_in_flight", "Requests in progress.", lambda: self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._let_in(scope, receive, sending)
        except ServiceError as error:
            await error.response()(scope, receive, sending)
        finally:
            self._metrics.count(
                "workbench_requests_total",
                "Requests by status; 0 when the client hung up.",
                {"status": str(status)},
            )

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        self._check_host(headers)
        self._check_origin(headers)
        if scope["path"] in OPEN_PATHS and scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        self._check_rate(scope)
        self._check_key(headers)
        if self._in_flight >= self._settings.concurrency:
            raise unavailable("Too many requests are in progress. Ask again soon.", 1.0, code="overloaded")
        self._in_flight += 1
        try:
            body = await self._read_body(headers, receive)
            await self._app(scope, _replay(body, receive), send)
        finally:
            self._in_flight -= 1

    def _check_host(self, headers: Headers) -> None:
        """Against DNS rebinding: a page elsewhere whose name is made to mean this machine."""
        host = _host_of(headers.get("host", ""))
        settings = self._settings
        if is_loopback(host) or host in (settings.host.lower(), *settings.allowed_hosts):
            return
        if (
            settings.is_wildcard and not settings.allowed_hosts
        ):  # it has a key, which such a page does not have
            return
        raise ServiceError(
            403,
            f"The host name {host[:80]!r} is not allowed here; --allow-host allows it.",
            code="host_not_allowed",
        )

    def _check_origin(self, headers: Headers) -> None:
        """Web pages may ask only where that was allowed: without a key, any page could."""
        origin = headers.get("origin")
        if origin is None or origin in self._settings.allowed_origins:
            return
        if _authority_of(origin) != headers.get("host", "").lower():
            raise ServiceError(
                403,
                f"Pages of {origin[:80]!r} may not ask this service; --allow-origin allows them.",
                code="origin_not_allowed",
            )

    def _check_key(self, headers: Headers) -> None:
        if self._key is None:
            return
        scheme, _, given = headers.get("authorization", "").partition(" ")
        is_right = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), self._key)
        if scheme.lower() != "bearer" or not is_right:
            raise ServiceError(
                401, f"Send the service's key ({KEY_VARIABLE}) as a bearer token.", code="invalid_api_key"
            )

    def _check_rate(self, scope: Scope) -> None:
        most = self._settings.requests_per_minute
        if not most:
            return
        client, now = (scope.get("client") or ("",))[0], self._clock()
        bucket = self._buckets.find(client)
        if bucket is None:
            bucket = _Bucket(most, now)
            self._buckets.keep(client, bucket)
        seconds = bucket.take(now)
        if seconds:
            raise ServiceError(
                429,
                f"At most {most:,} requests a minute are answered.",
                kind="requests",
                code="rate_limit_exceeded",
                retry_after=seconds,
            )

    async def _read_body(self, headers: Headers, receive: Receive) -> bytes:
        most = self._settings.most_body_bytes
        too_large = ServiceError(413, f"The request is too large: at most {most:,} bytes are read.")
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > most:
            raise too_large
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ServiceError(400, "The request broke off.")
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > most:
                        raise too_large
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            raise ServiceError(408, f"The request did not come within {BODY_SECONDS:.0f} s.") from None


def _replay(body: bytes, receive: Receive) -> Receive:
    """What the application receives: the body that was read, then what comes."""
    was_given = False

    async def replayed() -> Message:
        nonlocal was_given
        if was_given:
            return await receive()
        was_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def _authority_of(origin: str) -> str | None:
    """The host and port of an Origin header; None for what is no address."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _host_of(header: str) -> str:
    """The name in a Host header, without its port."""
    host = header.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].removesuffix(".")
