"""Replies with thinking, marks of templates, loops and nothing in them, over real HTTP, whole and streamed.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer, Reply
from workbench.errors import ProviderError
from workbench.providers.openai_compatible import OpenAIChat
from workbench.providers.types import ChatReply, ChatRequest, Message
from workbench.replies.thinking import SplitReply
from workbench.space.model import Model

ASKED = ChatRequest(messages=(Message("user", "Question: When does it open?"),), max_tokens=64)
ANSWER, THOUGHT = "It opens at nine.", "The user asks when. Passage 1 says nine."
HARMONY = "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>{}<|return|>"
REPLIES = {
    "tags": Reply(f"<think>\n{THOUGHT}\n</think>\n\n{ANSWER}"),
    "a tag that the template opened": Reply(f"{THOUGHT}\n</think>\n\n{ANSWER}"),
    "harmony": Reply(HARMONY.format(THOUGHT, ANSWER)),
    "reasoning_content": Reply(ANSWER, thinking=THOUGHT),
    "reasoning": Reply(ANSWER, thinking=THOUGHT, thinking_field="reasoning"),
    "thinking": Reply(ANSWER, thinking=THOUGHT, thinking_field="thinking"),
    "blank lines left": Reply(f"\n\n{ANSWER}", thinking=THOUGHT),
    "parts": Reply([{"type": "thinking", "thinking": THOUGHT}, {"type": "text", "text": ANSWER}]),
    "parts of parts": Reply(
        [
            {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]},
            {"type": "text", "text": ANSWER},
        ]
    ),
}
STREAMED = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


def ask(odd: Reply, *, streamed: bool = False) -> tuple[ChatReply, list[SplitReply]]:
    """(the reply, what came of it while it was streamed)."""
    shown: list[SplitReply] = []

    async def work(base_url: str) -> ChatReply:
        chat = OpenAIChat(Model(name="thinker", base_url=base_url, model="test-chat"))
        try:
            return await chat.complete(ASKED, on_text=shown.append if streamed else None)
        finally:
            await chat.close()

    with ProtocolServer(plan=lambda number, path, body: odd) as server:
        return asyncio.run(work(server.base_url)), shown


def refusal(odd: Reply, *, streamed: bool = False) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(odd, streamed=streamed)
    return caught.value


@STREAMED
@pytest.mark.parametrize("odd", REPLIES.values(), ids=REPLIES.keys())
def test_thinking_comes_beside_the_answer_however_the_server_sends_it(odd: Reply, streamed: bool) -> None:
    reply, _ = ask(odd, streamed=streamed)
    assert (reply.text, reply.thinking) == (ANSWER, THOUGHT)


@STREAMED
@pytest.mark.parametrize("odd", REPLIES.values(), ids=REPLIES.keys())
def test_tokens_of_thinking_are_counted_within_the_output(odd: Reply, streamed: bool) -> None:
    usage = ask(odd, streamed=streamed)[0].usage
    assert 0 < usage.reasoning <= usage.output


def test_tokens_of_thinking_that_the_server_reports_stand() -> None:
    details = {"completion_tokens_details": {"reasoning_tokens": 7}}
    usage = {"prompt_tokens": 8, "completion_tokens": 12, **details}
    assert ask(Reply(ANSWER, thinking=THOUGHT, usage=usage))[0].usage.reasoning == 7


def test_without_a_report_thinking_is_estimated_as_output() -> None:
    usage = ask(Reply(ANSWER, thinking=THOUGHT, usage={}))[0].usage
    assert usage.estimated and usage.output > usage.reasoning > 0


@pytest.mark.parametrize("name", ["tags", "harmony", "reasoning_content", "reasoning", "parts"])
def test_a_stream_shows_thinking_first_and_never_as_the_answer(name: str) -> None:
    _, shown = ask(REPLIES[name], streamed=True)
    assert all(ANSWER.startswith(s.answer.strip()) for s in shown)
    assert shown[-1].answer.strip() and any(s.thinking and not s.answer for s in shown)


@STREAMED
@pytest.mark.parametrize(
    "odd",
    [
        Reply(f"<think>{THOUGHT}", finish_reason="length"),
        Reply(f"<|channel|>analysis<|message|>{THOUGHT}", finish_reason="length"),
        Reply("", finish_reason="length", thinking=THOUGHT),
        Reply(None, finish_reason="length", thinking=THOUGHT),
    ],
)
def test_a_reply_that_was_cut_while_thinking_is_empty_and_says_so(odd: Reply, streamed: bool) -> None:
    error = refusal(odd, streamed=streamed)
    assert error.kind == "empty" and not error.retryable
    assert "all of its reply was thinking" in error.message and "cut at max_tokens of 64" in error.message
    assert set(error.flags) == {"cut_at_max_tokens", "only_thinking", "empty"}
    assert error.hint is not None and "Raise max_tokens" in error.hint


def test_thinking_that_a_server_hides_but_counts_is_named_too() -> None:
    usage: dict[str, Any] = {"prompt_tokens": 8, "completion_tokens": 64}
    usage["completion_tokens_details"] = {"reasoning_tokens": 64}
    error = refusal(Reply("", finish_reason="length", usage=usage))
    assert "thinking (64 tokens)" in error.message and "only_thinking" in error.flags


def test_an_empty_reply_may_be_asked_again_and_one_of_thinking_alone_may_not() -> None:
    error = refusal(Reply(f"<think>{THOUGHT}</think>"))
    assert not error.retryable and "only_thinking" in error.flags  # it would bring the same, and cost as much
    plain = refusal(Reply("  "))
    assert plain.retryable and plain.flags == ("empty",)


def test_thinking_without_an_answer_is_billed_even_where_nothing_is_reported() -> None:
    assert refusal(Reply("", thinking=THOUGHT, usage={})).billed is not None


@STREAMED
def test_marks_of_a_template_are_taken_out_and_flagged(streamed: bool) -> None:
    reply, _ = ask(Reply(f"{ANSWER}<|im_end|>\n<|im_start|>user\nAnd on Sundays?"), streamed=streamed)
    assert (reply.text, reply.flags) == (ANSWER, ("template_marks",))


@STREAMED
def test_a_loop_until_the_limit_is_flagged(streamed: bool) -> None:
    reply, _ = ask(Reply("It opens. " + "It opens at nine. " * 12, finish_reason="length"), streamed=streamed)
    assert set(reply.flags) == {"cut_at_max_tokens", "repeats_itself"}


def test_a_loop_while_thinking_is_flagged() -> None:
    error = refusal(Reply("<think>" + "Wait, the passage says nine. " * 12, finish_reason="length"))
    assert "repeats_itself" in error.flags


@STREAMED
def test_an_answer_that_mentions_a_tag_stays(streamed: bool) -> None:
    text = "Use the `<think>` tag.  Close it with `</think>`.\n"
    assert ask(Reply(text), streamed=streamed)[0].text == text
