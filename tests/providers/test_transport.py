"""The transport under the models' clients: real connections, to a server that writes what a test tells it.
Knows nothing about models' replies."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.protocol_server import ProtocolServer
from tests.providers.test_openai_compatible import complete, model_at
from workbench.errors import ProviderError
from workbench.providers.http_client import shared_ssl_context
from workbench.providers.transport import AiohttpTransport

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]
WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def get(answer: Answer, requests: int = 1, seconds: float = 5.0) -> tuple[list[str], int]:
    """(the texts of so many responses, one after another; how many connections they took)."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await answer(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def work() -> list[str]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        transport = AiohttpTransport(most_connections=4, ssl_context=shared_ssl_context())
        async with server, httpx.AsyncClient(transport=transport, timeout=seconds) as client:
            return [(await client.get(address)).text for _ in range(requests)]

    return asyncio.run(work()), connections


def writing(data: bytes, *, close: bool = False) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        if close:
            await writer.drain()
            writer.close()

    return answer


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.3)


def test_a_connection_serves_one_request_after_another() -> None:
    assert get(writing(WELL), requests=3) == (["hello"] * 3, 1)


def test_a_connection_that_the_server_closed_is_replaced() -> None:
    ends = WELL.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert get(writing(ends, close=True), requests=2) == (["hello"] * 2, 2)


def test_a_compressed_response_is_read() -> None:
    data = gzip.compress(b"hello")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(data)}\r\n\r\n"
    assert get(writing(head.encode() + data))[0] == ["hello"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (writing(b"", close=True), httpx.RemoteProtocolError),
        (writing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel", close=True), httpx.RemoteProtocolError),
        (writing(b"no HTTP at all\r\n\r\n", close=True), httpx.RemoteProtocolError),
        (silence, httpx.ReadTimeout),
    ],
)
def test_what_goes_wrong_on_the_wire_is_told_as_httpx_tells_it(
    answer: Answer, error: type[Exception]
) -> None:
    with pytest.raises(error):
        get(answer, seconds=0.2)


def test_a_host_without_an_address_cannot_be_connected_to() -> None:
    with pytest.raises(ProviderError) as caught:
        complete(model_at("http://no-such-host.invalid/v1"))
    assert caught.value.kind == "refused"


def test_a_server_elsewhere_is_reached_through_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ProtocolServer(reply=lambda messages: "Yes.") as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.base_url.removesuffix("/v1"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        with pytest.raises(ProviderError, match="model.example"):  # it serves models, but not other hosts'
            complete(model_at("http://model.example/v1"))
        assert [path for path, _, _ in proxy.requests] == ["http://model.example/v1/chat/completions"]


def test_a_server_on_this_machine_is_reached_past_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{probe.getsockname()[1]}")
    with ProtocolServer(reply=lambda messages: "Yes.") as server:
        assert complete(model_at(server.base_url)).text == "Yes."
