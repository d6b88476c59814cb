"""The requests of Open WebUI's back end, as version 0.12.4 of the package sends them (routers/openai.py,
routers/tasks.py, utils/headers.py): models, chats, and its tasks beside them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.protocol_server import ProtocolServer
from tests.service.running_service import ANSWER, QUESTION, RunningService

CONNECTION = {"Content-Type": "application/json", "Authorization": "Bearer sk-anything"}
"""Of every request; those of the user are added with ENABLE_FORWARD_USER_INFO_HEADERS."""
USER = {
    "X-OpenWebUI-User-Name": "Ann%20%C3%98ster",
    "X-OpenWebUI-User-Id": "u-17",
    "X-OpenWebUI-User-Email": "ann@example.org",
    "X-OpenWebUI-User-Role": "user",
    "X-OpenWebUI-Auth-Type": "jwt",
    "X-OpenWebUI-Chat-Id": "5f0c7c3e-chat",
}
TURNS: list[dict[str, Any]] = [
    {"role": "user", "content": "Is it a kettle?"},
    {"role": "assistant", "content": "It is a coffee machine. [1]"},
    {"role": "user", "content": QUESTION},
]
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "search_web", "description": "Search.", "parameters": {"type": "object"}},
}
CALLED: list[dict[str, Any]] = [
    {"role": "user", "content": "Is it a kettle?"},
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            {
                "id": "c1",
                "type": "function",
                "function": {"name": "search_web", "arguments": '{"q": "kettle"}'},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "Nothing was found."},
    {"role": "assistant", "content": "It is a coffee machine. [1]"},
    {"role": "user", "content": QUESTION},
]
CHATS: dict[str, dict[str, Any]] = {
    "plain": {"messages": TURNS},
    "with usage": {"messages": TURNS, "stream_options": {"include_usage": True}},
    "with the model's parameters": {
        "messages": [{"role": "system", "content": "You are Ann's assistant."}, *TURNS],
        "temperature": 0.8, "top_p": 0.9, "max_tokens": 128, "frequency_penalty": 0.0, "presence_penalty": 0.0,
        "seed": 1, "stop": ["\n\n"], "reasoning_effort": "low", "logit_bias": {"7": -1},
    },
    "with parts": {"messages": [*TURNS[:2], {"role": "user", "content": [{"type": "text", "text": QUESTION}]}]},
    "with tools": {"messages": TURNS, "tools": [TOOL]},
    "after a call of a tool": {"messages": CALLED, "tools": [TOOL]},
    "continued": {"messages": [*TURNS, {"role": "assistant", "content": "The tank"}]},
    "of an older version, with fields that later ones keep to themselves": {
        "messages": TURNS, "chat_id": "c-1", "session_id": "s-1", "id": "m-1", "parent_id": None,
        "metadata": {"chat_id": "c-1", "user_id": "u-17", "variables": {"{{USER_NAME}}": "Ann"}},
        "user": {"id": "u-17", "name": "Ann", "email": "ann@example.org", "role": "user"},
        "params": {}, "tool_servers": [], "files": [{"type": "file", "id": "f-1", "name": "a.pdf"}],
        "features": {"web_search": False, "image_generation": False, "code_interpreter": False},
        "background_tasks": {"title_generation": True, "tags_generation": True, "follow_up_generation": True},
        "variables": {"{{USER_NAME}}": "Ann"}, "model_item": {"id": "tiny", "urlIdx": 0}, "filter_ids": [],
    },
}  # fmt: skip
HISTORY = f"USER: {QUESTION}\nASSISTANT: {ANSWER}"
TASKS = {
    "title": 'Generate a concise title summarizing the chat history.\n### Output:\n{ "title": "…" }',
    "tags": 'Generate 1-3 broad tags categorizing the main themes.\n### Output:\n{ "tags": ["…"] }',
    "follow-ups": 'Predict 3-5 useful messages this user might send next.\n### Output:\n{ "follow_ups": [] }',
    "emoji": "Reflect the message by one emoji.",
}


@pytest.fixture
def client(running: RunningService) -> httpx.Client:
    running.client.headers.update(CONNECTION | USER)
    return running.client


def test_its_list_of_models_names_the_winner(client: httpx.Client) -> None:
    listed = client.get("/v1/models").json()
    assert [(model["id"], "name" in model) for model in listed["data"]] == [("tiny", False)]


@pytest.mark.parametrize("body", CHATS.values(), ids=CHATS)
def test_its_chats_are_streamed_and_known_by_their_user(
    client: httpx.Client, running: RunningService, server: ProtocolServer, body: dict[str, Any]
) -> None:
    reply = client.post("/v1/chat/completions", content=json.dumps({"stream": True, "model": "tiny"} | body))
    assert reply.status_code == 200 and "text/event-stream" in reply.headers["content-type"]
    *pieces, last = [line.removeprefix("data: ") for line in reply.text.split("\n") if line]
    chunks = [json.loads(piece) for piece in pieces]
    text = "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])
    assert text == ANSWER and last == "[DONE]"
    assert ("usage" in chunks[-1]) == ("stream_options" in body)
    asked = server.posts[-1]["messages"]
    assert QUESTION in asked[-1]["content"] and "Ann's assistant" not in json.dumps(asked)
    running.stop()
    [request] = running.logged()
    assert request.question == QUESTION and request.history[-1].text == "It is a coffee machine. [1]"
    assert len(request.user) == 24 and "u-17" not in request.user


@pytest.mark.parametrize("name", TASKS)
def test_its_tasks_get_a_whole_reply(client: httpx.Client, name: str) -> None:
    content = f"### Task:\n{TASKS[name]}\n### Chat History:\n<chat_history>\n{HISTORY}\n</chat_history>"
    body = {"model": "tiny", "messages": [{"role": "user", "content": content}], "stream": False}
    body |= {"max_tokens": 4 if name == "emoji" else 1000}
    reply = client.post("/v1/chat/completions", content=json.dumps(body))
    assert reply.status_code == 200 and reply.json()["choices"][0]["message"]["content"]


def test_a_file_that_was_attached_there_is_a_part_of_the_question(
    client: httpx.Client, server: ProtocolServer
) -> None:
    """Its template goes before what the user asked."""
    question = f"### Task:\nRespond to the user query.\n<context>\nA note.\n</context>\n\n{QUESTION}"
    body = {"model": "tiny", "messages": [{"role": "user", "content": question}], "stream": False}
    assert client.post("/v1/chat/completions", content=json.dumps(body)).status_code == 200
    assert question in server.posts[-1]["messages"][-1]["content"]
