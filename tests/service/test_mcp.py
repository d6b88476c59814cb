"""MCP clients use a service's tools, by the official package's client over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
from mcp import Client

from tests.protocol_server import Refuse
from tests.service.running_service import ANSWER, QUESTION, RunningService
from workbench.service.serve_settings import ServeSettings
from workbench.settings import Settings

Found = TypeVar("Found")


def in_client(running: RunningService, use: Callable[[Client], Awaitable[Found]]) -> Found:
    async def used() -> Found:
        async with Client(f"{running.base_url}/mcp") as client:
            return await use(client)

    return asyncio.run(used())


def test_a_client_sees_the_tools_and_what_they_take(running: RunningService) -> None:
    tools = in_client(running, lambda client: client.list_tools()).tools
    assert {tool.name for tool in tools} == {"ask", "search"}
    for tool in tools:
        assert tool.description and tool.input_schema["required"] == ["question"]


def test_a_client_asks_and_the_request_is_logged_like_any_other(running: RunningService) -> None:
    result = in_client(running, lambda client: client.call_tool("ask", {"question": QUESTION}))
    found: Any = result.structured_content
    assert not result.is_error and found["answer"] == ANSWER
    [source] = found["sources"]
    assert source["number"] == 1 and source["document"] == "water.md" and "two litres" in source["text"]
    running.stop()
    [request] = running.logged()
    assert (request.id, request.answer) == (found["id"], ANSWER)


def test_a_client_searches_without_asking_the_model(running: RunningService, server: Any) -> None:
    result = in_client(running, lambda client: client.call_tool("search", {"question": QUESTION}))
    found: Any = result.structured_content
    assert [passage["number"] for passage in found["passages"]][:1] == [1]
    assert "two litres" in found["passages"][0]["text"]
    assert not server.requests


def test_a_follow_up_question_takes_the_turns_before_it(running: RunningService, server: Any) -> None:
    history = [{"role": "user", "content": "Which pump?"}, {"role": "assistant", "content": "The blue one."}]
    result = in_client(
        running, lambda client: client.call_tool("ask", {"question": QUESTION, "history": history})
    )
    assert not result.is_error
    assert "The blue one." in str(server.requests[-1])


def test_what_is_wrong_is_said_to_the_model(running: RunningService) -> None:
    for arguments, said in (({"question": " "}, "empty"), ({"question": "x", "model": "gpt"}, "no model")):
        result = in_client(running, lambda client, given=arguments: client.call_tool("ask", given))  # type: ignore[misc]
        assert result.is_error and said in str(result.content)


def test_a_model_that_cannot_be_asked_is_said_without_its_address(
    running: RunningService, server: Any
) -> None:
    server.plan = lambda n, path, body: Refuse(401)
    result = in_client(running, lambda client: client.call_tool("ask", {"question": QUESTION}))
    assert result.is_error and "cannot be asked now" in str(result.content)
    assert "127.0.0.1" not in str(result.content)


def test_the_guard_stands_before_it(winner: Path, tiny: Settings) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    with RunningService([winner], tiny, ServeSettings(key="a-key-of-many-letters")) as running:
        refused = httpx.post(f"{running.base_url}/mcp", json=body)
        assert refused.status_code == 401
        elsewhere = running.client.post("/mcp", json=body, headers={"Host": "evil.example"})
        assert elsewhere.status_code == 403
