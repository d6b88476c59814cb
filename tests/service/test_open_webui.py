"""The requests of Open WebUI's back end, as version 0.12.4 of the package sends them (routers/openai.py,
routers/tasks.py, utils/headers.py): models, chats, and its tasks beside them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.protocol_server import ProtocolServer
from tests.service.running_service import ANSWER, QUESTION, RunningService
from workbench.cli.texts.standings import standings_text
from workbench.service.request_log import LogSettings
from workbench.service.serve_settings import ServeSettings
from workbench.settings import Settings
from workbench.store.serving.records import Texts
from workbench.store.serving.request_list import RequestFilter, count_requests
from workbench.store.serving.requests import find_unscored
from workbench.watch.figures import daily_figures
from workbench.watch.standing import standing

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
CHAT = f"<chat_history>\n{HISTORY}\n</chat_history>"
TASKS = {
    "title": "### Task:\nGenerate a concise title summarizing the chat history.\n### Output:\n"
    f'JSON format: {{ "title": "your concise title here" }}\n### Chat History:\n{CHAT}',
    "tags": "### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history.\n\n### Output:\n"
    f'JSON format: {{ "tags": ["tag1", "tag2"] }}\n\n### Chat History:\n{CHAT}',
    "follow-ups": "### Task:\nSuggest 3-5 relevant follow-up questions or prompts.\n### Output:\n"
    f'JSON format: {{ "follow_ups": ["Question 1?"] }}\n### Chat History:\n{CHAT}',
    "autocompletion": "### Task:\nYou are an autocompletion system. Continue the text in `<text>`.\n---\n### Context:\n"
    f"{CHAT}\n<type>General</type>  \n<text>How many</text>  \n#### Output:\n",
}  # fmt: skip


def task(name: str) -> dict[str, Any]:
    message = {"role": "user", "content": TASKS[name]}
    return {"model": "tiny", "messages": [message], "stream": False, "max_tokens": 1000}


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
@pytest.mark.parametrize("stream", [False, True])
def test_its_tasks_are_answered_by_the_model_alone_and_are_no_questions(
    client: httpx.Client, running: RunningService, server: ProtocolServer, name: str, stream: bool
) -> None:
    server.reply = lambda messages: "Tank"
    replies = [client.post("/v1/chat/completions", json=task(name) | {"stream": stream}) for _ in range(2)]
    assert [(r.status_code, r.headers["x-workbench-cache"]) for r in replies] == [(200, "miss")] * 2
    assert all("Tank" in reply.text for reply in replies)
    assert [post["messages"] for post in server.posts] == [task(name)["messages"]] * 2
    assert running.chat().headers["x-workbench-cache"] == "miss"
    running.stop()
    *tasks, question = running.logged()
    assert [(r.role, r.passages, r.scores, r.question) for r in tasks] == [("task", (), (), TASKS[name])] * 2
    assert all(r.cost_usd and r.input_tokens and len(r.user) == 24 for r in tasks)
    assert question.role == "main"
    service = running.winners[0].running.service
    [figures] = daily_figures(running.store, service.id, since=0.0, every=None)
    assert figures.requests == 1
    stands = standing(running.store, service.id, time.time())
    assert stands is not None and (stands.requests, stands.tests, stands.tasks) == (3, 0, 2)
    assert "3 requests" in standings_text([stands.to_json()])
    assert "2 of them tasks of chat programs" in standings_text([stands.to_json()])
    assert count_requests(running.store, RequestFilter(service.id, asked_by_users=True)) == 1
    unscored = find_unscored(running.store, older_than=2e9, now=2e9, most=9)
    assert all(request.role == "main" for request in unscored)


@pytest.mark.parametrize("texts", ["redacted", "none"])
def test_its_tasks_are_kept_as_questions_are(
    winner: Path, tiny: Settings, server: ProtocolServer, texts: Texts
) -> None:
    body = task("title")
    body["messages"][0]["content"] = body["messages"][0]["content"].replace(
        HISTORY, "USER: Call a@example.org."
    )
    with RunningService([winner], tiny, ServeSettings(log=LogSettings(texts))) as running:
        assert running.client.post("/v1/chat/completions", json=body).status_code == 200
    [request] = running.logged()
    assert (request.role, request.texts, request.scores) == ("task", texts, ())
    assert "a@example.org" not in request.question and bool(request.question) == (texts == "redacted")


def test_its_tasks_are_questions_where_that_is_wanted(
    winner: Path, tiny: Settings, server: ProtocolServer
) -> None:
    with RunningService([winner], tiny, ServeSettings(tells_tasks_apart=False)) as running:
        assert running.client.post("/v1/chat/completions", json=task("title")).status_code == 200
    assert len(server.posts[-1]["messages"][-1]["content"]) > len(TASKS["title"])
    assert [request.role for request in running.logged()] == ["main"]


USER_ASKS = {
    "with a file": "### Task:\nRespond to the user query using the provided context.\n\n### Output:\n"
    f"Provide a clear and direct response.\n\n<context>\nA note.\n</context>\n\n{QUESTION}",
    "about a task": f"What does a title's prompt say? {TASKS['title']}",
    "without a chat": "### Task:\nSay how many litres the tank holds.\n### Output:\nA number.",
}


@pytest.mark.parametrize("name", USER_ASKS)
def test_what_a_user_asks_is_a_question_whatever_template_is_around_it(
    client: httpx.Client, running: RunningService, server: ProtocolServer, name: str
) -> None:
    """The template of a file that was attached there begins as its tasks do."""
    body = {"model": "tiny", "messages": [{"role": "user", "content": USER_ASKS[name]}], "stream": False}
    assert client.post("/v1/chat/completions", json=body).status_code == 200
    prompt = server.posts[-1]["messages"][-1]["content"]
    assert USER_ASKS[name] in prompt and prompt != USER_ASKS[name]
    running.stop()
    assert [request.role for request in running.logged()] == ["main"]
