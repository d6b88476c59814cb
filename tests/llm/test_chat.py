"""Calls of a real language model: text, tokens, streams, parameters, names, the context's end.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.llm.conftest import SLOTS, WINDOW, as_model
from tests.llm.llama_server import ALIAS, LlamaServer
from workbench.errors import ProviderError
from workbench.providers.connection_test import test_connection as check_connection
from workbench.providers.context_limit import read_limit
from workbench.providers.open_model import open_chat_model
from workbench.providers.server_facts import ask_server
from workbench.providers.types import ChatReply, ChatRequest, Message, OnText

COUNT = "Count from one to ten in words, with commas."


def ask(
    server: LlamaServer,
    text: str = COUNT,
    *,
    on_text: OnText | None = None,
    served: str = ALIAS,
    **parameters: Any,
) -> ChatReply:
    async def call() -> ChatReply:
        chat = open_chat_model(as_model(server, model=served))
        try:
            given = {"temperature": 0.0, "max_tokens": 24} | parameters
            return await chat.complete(ChatRequest((Message("user", text),), **given), on_text=on_text)
        finally:
            await chat.close()

    return asyncio.run(call())


def test_a_reply_has_text_counted_tokens_and_the_name_that_served_it(chat_server: LlamaServer) -> None:
    reply = ask(chat_server)
    assert reply.text and reply.served_model == ALIAS
    assert not reply.usage.estimated and 0 < reply.usage.output <= 24 < WINDOW
    assert reply.usage.input > len(COUNT.split())  # the chat template counts


def test_a_stream_brings_its_text_bit_by_bit_with_counted_tokens(chat_server: LlamaServer) -> None:
    parts: list[str] = []
    reply = ask(chat_server, on_text=lambda so_far: parts.append(so_far.answer))
    assert len(parts) > 3 and parts[-1] == reply.text
    assert all(len(a) <= len(b) for a, b in zip(parts, parts[1:], strict=False))
    assert not reply.usage.estimated and reply.served_model == ALIAS


def test_a_reply_that_reaches_its_limit_is_flagged(chat_server: LlamaServer) -> None:
    reply = ask(chat_server, max_tokens=3)
    assert reply.usage.output == 3 and "cut_at_max_tokens" in reply.flags


def test_a_stop_text_ends_the_reply_and_is_no_part_of_it(chat_server: LlamaServer) -> None:
    whole = ask(chat_server).text
    stop = whole.split()[2]
    reply = ask(chat_server, stop=(stop,))
    assert stop not in reply.text and len(reply.text) < len(whole)
    assert "cut_at_max_tokens" not in reply.flags


def test_a_seed_makes_a_sampled_reply_again_and_another_seed_another(chat_server: LlamaServer) -> None:
    def sampled(seed: int) -> str:
        # Without its cache: another split of a prompt into batches rounds otherwise.
        return ask(chat_server, temperature=1.5, seed=seed, extra_body=(("cache_prompt", "false"),)).text

    assert sampled(7) == sampled(7) != sampled(8)


def test_the_server_says_its_slots_and_the_context_of_one(chat_server: LlamaServer) -> None:
    facts = asyncio.run(ask_server(as_model(chat_server)))
    assert (facts.software, facts.slots, facts.window_of(ALIAS)) == ("llama.cpp", SLOTS, WINDOW)
    assert facts.names == (ALIAS,) and facts.misnamed(ALIAS) == ""


def test_a_wrong_name_is_answered_and_the_test_of_the_connection_warns(chat_server: LlamaServer) -> None:
    assert ask(chat_server, served="gpt-9").served_model == ALIAS
    report = asyncio.run(check_connection(as_model(chat_server, model="gpt-9")))
    assert report.ok and "answers to any name" in report.warnings[0] and ALIAS in report.warnings[0]


def test_a_prompt_longer_than_the_context_is_refused_with_both_numbers(chat_server: LlamaServer) -> None:
    with pytest.raises(ProviderError) as raised:
        ask(chat_server, "one two three four " * 400)
    limit = read_limit(raised.value.message)
    assert raised.value.kind == "context" and raised.value.attempts == 1
    assert limit.window == WINDOW and limit.prompt is not None and limit.prompt > 1600


def test_a_parameter_of_the_wrong_type_is_refused_once_in_the_servers_words(chat_server: LlamaServer) -> None:
    with pytest.raises(ProviderError) as raised:
        ask(chat_server, extra_body=(("top_k", '"many"'),))
    assert raised.value.kind == "rejected" and "top_k" in raised.value.message
