"""Limits how much a server may send: bytes are counted as they are decompressed, a little at a time.
Knows nothing about what they mean."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx

ACCEPTED_ENCODING = "gzip"
PIECE_BYTES = 65_536
"""Compressed data may hold a thousand times its size, so it is decompressed in pieces of this size."""


class ResponseTooLarge(httpx.HTTPError):
    """A server sent more than the limit, or compressed it in a way that was not asked for."""


def limit_size(most_bytes: int) -> Callable[[httpx.Response], Awaitable[None]]:
    """A response hook for an httpx client: reading more than `most_bytes` raises ResponseTooLarge."""

    async def limit(response: httpx.Response) -> None:
        # httpx decompresses whatever arrives as a whole, so it is not told that there is something to do.
        encoding = response.headers.pop("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip", "deflate"):
            raise ResponseTooLarge(f"its reply is compressed by {encoding[:40]!r}, which was not asked for")
        stream = response.stream
        assert isinstance(stream, httpx.AsyncByteStream)
        response.stream = _LimitedStream(stream, most_bytes, compressed=encoding != "identity")

    return limit


class _LimitedStream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, most_bytes: int, *, compressed: bool) -> None:
        self._stream = stream
        self._most_bytes = most_bytes
        self._decoder = zlib.decompressobj(zlib.MAX_WBITS | 32) if compressed else None  # gzip or zlib

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for data in self._stream:
            for piece in self._decompress(data):
                read += len(piece)
                if read > self._most_bytes:
                    raise ResponseTooLarge(f"its reply is larger than {self._most_bytes // 1_000_000} MB")
                yield piece
        if self._decoder is not None and read and not self._decoder.eof:
            raise httpx.RemoteProtocolError("The compressed data ended early.")

    def _decompress(self, data: bytes) -> Iterator[bytes]:
        if self._decoder is None:
            yield data
            return
        try:
            while data:
                yield self._decoder.decompress(data, PIECE_BYTES)
                data = self._decoder.unconsumed_tail
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from error

    async def aclose(self) -> None:
        await self._stream.aclose()
