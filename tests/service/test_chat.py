"""The OpenAI-compatible endpoints, asked by the openai SDK and by curl."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.protocol_server import ProtocolServer, Reply
from tests.service.running_service import ANSWER, QUESTION, RunningService, write_winner
from workbench.settings import Settings

MESSAGES: list[Any] = [{"role": "user", "content": QUESTION}]


def sdk(running: RunningService) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{running.base_url}/v1", api_key="none", max_retries=0)


def test_the_sdk_gets_a_whole_reply_with_its_citations_and_usage(running: RunningService) -> None:
    with sdk(running) as client:
        reply = client.chat.completions.create(model="tiny", messages=MESSAGES, temperature=0.7)
    [choice] = reply.choices
    assert (choice.message.role, choice.message.content, choice.finish_reason) == (
        "assistant",
        ANSWER,
        "stop",
    )
    assert reply.id.startswith("chatcmpl-") and reply.object == "chat.completion" and reply.model == "tiny"
    assert (
        reply.usage
        and reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens > 0
    )
    extra = reply.model_extra or {}
    [cited] = extra["citations"]
    assert cited["number"] == 1 and cited["document"] == "water.md" and "two litres" in cited["text"]
    assert extra["corpus_version"] == running.winners[0].running.corpus_version


def test_passages_that_the_answer_does_not_cite_stay_here(
    running: RunningService, server: ProtocolServer
) -> None:
    server.reply = lambda messages: "Two litres."
    assert running.chat().json()["citations"] == []
    assert "softeners" not in running.chat("And salt?").text


def test_the_sdk_streams_a_reply_with_usage_in_the_last_chunk(running: RunningService) -> None:
    with sdk(running) as client:
        chunks = list(
            client.chat.completions.create(
                model="tiny", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
            )
        )
    assert len({chunk.id for chunk in chunks}) == 1
    pieces = [c.choices[0].delta.content or "" for c in chunks if c.choices]
    assert "".join(pieces) == ANSWER
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert not chunks[-1].choices and chunks[-1].usage and chunks[-1].usage.completion_tokens > 0
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert (chunks[-2].model_extra or {})["citations"][0]["document"] == "water.md"


def test_the_asynchronous_sdk_asks_and_streams(running: RunningService) -> None:
    async def ask() -> tuple[str | None, str]:
        async with openai.AsyncOpenAI(base_url=f"{running.base_url}/v1", api_key="none") as client:
            whole = await client.chat.completions.create(model="tiny", messages=MESSAGES)
            stream = await client.chat.completions.create(model="tiny", messages=MESSAGES, stream=True)
            pieces = [c.choices[0].delta.content or "" async for c in stream]
        return whole.choices[0].message.content, "".join(pieces)

    assert asyncio.run(ask()) == (ANSWER, ANSWER)


def test_a_stream_without_usage_is_lines_of_json_and_ends_with_done(running: RunningService) -> None:
    reply = running.chat(stream=True)
    assert reply.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in reply.text.split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert all(c["object"] == "chat.completion.chunk" and len(c["choices"]) == 1 for c in chunks)
    assert not any("usage" in c for c in chunks)


def test_earlier_turns_are_the_history_and_other_messages_are_not_read(
    running: RunningService, server: ProtocolServer
) -> None:
    messages = [
        {"role": "system", "content": "Talk like a pirate."},
        {"role": "user", "content": "What holds water?"},
        {"role": "assistant", "content": "The tank does."},
        {"role": "user", "content": [{"type": "text", "text": "How many litres"}, {"type": "text", "text": "is that?"}]},
    ]  # fmt: skip
    assert running.chat(messages=messages).status_code == 200
    sent = server.posts[-1]["messages"]
    assert [m["role"] for m in sent] == ["system", "user", "assistant", "user"]
    assert sent[1]["content"] == "What holds water?" and "How many litres\nis that?" in sent[3]["content"]
    assert "pirate" not in json.dumps(sent)
    running.stop()
    [request] = running.logged()
    assert [turn.role for turn in request.history] == ["user", "assistant"]


def test_a_reply_that_was_cut_at_its_longest_says_so(running: RunningService, server: ProtocolServer) -> None:
    server.plan = lambda n, path, body: Reply("The tank holds", finish_reason="length")
    assert running.chat().json()["choices"][0]["finish_reason"] == "length"


def test_the_models_name_chooses_among_winners(
    tiny: Settings, server: ProtocolServer, tmp_path: Path
) -> None:
    first = write_winner(tmp_path / "first.yaml", tiny, server)
    second = write_winner(tmp_path / "second.yaml", tiny, server, prompts=["short"])
    with RunningService([first, second], tiny) as running, sdk(running) as client:
        assert [model.id for model in client.models.list()] == ["first", "second"]
        assert client.models.retrieve("second").id == "second"
        for name in ("second", running.winners[1].running.service.id, "tiny: second"):
            assert running.chat(model=name).json()["model"] == "second"
        assert "only the words that answer" in server.posts[-1]["messages"][-1]["content"]
        assert running.chat(model=None).json()["model"] == "first"
        with pytest.raises(openai.NotFoundError) as caught:
            client.chat.completions.create(model="third", messages=MESSAGES)
    assert caught.value.code == "model_not_found" and "first, second" in caught.value.message


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_needs_no_header(running: RunningService) -> None:
    body = json.dumps({"messages": MESSAGES})
    command = ["curl", "-sS", "-d", body, f"{running.base_url}/v1/chat/completions"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["choices"][0]["message"]["content"] == ANSWER


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"messages": []}, "messages"),
    ({"messages": [{"role": "system", "content": "x"}]}, "messages"),
    ({"messages": [{"role": "user", "content": "  "}]}, "messages"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}]}, "messages.0.content.0"),
    ({"messages": [{"role": "user", "content": 3}]}, "messages.0.content.str"),
    ({"messages": "hello"}, "messages"),
    ({"n": 2}, "n"),
    ({"temperature": 7}, "temperature"),
    ({"temperature": "hot"}, "temperature"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"stream": "yes"}, "stream"),
    ({"response_format": {"type": "json_object"}}, "response_format"),
    ({"tool_choice": "required"}, "tool_choice"),
    ({"logprobs": True}, "logprobs"),
    ({"modalities": ["text", "audio"]}, "modalities"),
]  # fmt: skip


def test_what_a_winner_cannot_do_is_refused_as_openai_refuses_it(
    running: RunningService, server: ProtocolServer
) -> None:
    for change, param in REFUSED:
        reply = running.chat(**change)
        error = reply.json()["error"]
        assert (reply.status_code, error["type"], error["param"]) == (400, "invalid_request_error", param)
        assert set(error) == {"message", "type", "param", "code"} and error["message"] and not server.posts
