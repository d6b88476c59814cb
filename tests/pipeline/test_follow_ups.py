"""Follow-up questions in the pipeline: what is searched for, what a ranking's key holds, what a prompt holds.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from workbench.corpus.types import AskedQuestion, Turn
from workbench.errors import ExperimentError, ProviderError
from workbench.pipeline import fingerprints
from workbench.pipeline.answer_request import AnswerRequest, request_answer, request_shorter_answer
from workbench.pipeline.asker import Reply
from workbench.pipeline.chat_request import call_key
from workbench.pipeline.hyde import hyde_messages
from workbench.pipeline.prompt_rendering import render_prompt
from workbench.pipeline.query_history import with_history
from workbench.pipeline.query_rewriting import read_rewritten, rewrite_messages
from workbench.pipeline.search_texts import SearchText, transform_questions
from workbench.pipeline.types import Chunk, Hit
from workbench.providers.types import ChatRequest, Message, Usage
from workbench.space.config import Config
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import Retrieval

CHAT = Model(name="helper", base_url="http://127.0.0.1:9/v1", model="m")
TURNS = (Turn("user", "How do I return a parcel?"), Turn("assistant", "Bring it to a shop."))
FOLLOW_UP = AskedQuestion("And by post?", TURNS)
REWRITE = Retrieval(retriever="keyword", query="rewrite", query_model=CHAT).canonical()
HISTORY = Retrieval(retriever="keyword", query="history").canonical()
PLAIN = Retrieval(retriever="keyword").canonical()
HYDE = Retrieval(retriever="keyword", query="hyde", query_model=CHAT).canonical()
PROMPT = Prompt(name="p", system="Today {today}.", template="{passages}\n\nQuestion: {question}")


class Rewriter:
    """Replies with one text, or fails with one error."""

    def __init__(self, reply: str | ProviderError) -> None:
        self.reply = reply
        self.asked: list[tuple[str, str]] = []

    async def ask(self, model: Model, request: ChatRequest, *, kind: Any, **_: Any) -> Reply:
        self.asked.append((kind, request.messages[-1].content))
        if isinstance(self.reply, ProviderError):
            raise self.reply
        return Reply(self.reply, Usage(), 0.5, 2.0)


def transform(
    retrieval: Retrieval, asker: Rewriter, *questions: str | AskedQuestion
) -> list[SearchText | ProviderError]:
    return asyncio.run(transform_questions(retrieval, questions or [FOLLOW_UP], asker))


def keys(retrieval: Retrieval, *questions: str | AskedQuestion) -> list[str]:
    return fingerprints.rankings("c", retrieval, "exact", questions)


def hits(count: int, words: int = 40) -> list[Hit]:
    return [Hit(Chunk("a.md", "A", 0, 1, "word " * words, words), 1.0 / (n + 1)) for n in range(count)]


def test_only_follow_up_questions_are_rewritten_and_cost_a_call() -> None:
    asker = Rewriter("How do I return a parcel by post?")
    rewritten, own = transform(REWRITE, asker, FOLLOW_UP, "How do I pay?")
    meant = "How do I return a parcel by post?"
    assert rewritten == SearchText(meant, (meant,), 2.0, 0.5)
    assert own == SearchText("How do I pay?", ("How do I pay?",), 0.0, 0.0)
    [(kind, sent)] = asker.asked
    assert kind == "rewrite" and "User: How do I return a parcel?" in sent and "And by post?" in sent


def test_a_follow_up_question_is_searched_for_with_what_the_user_said_before_without_any_call() -> None:
    asker = Rewriter("unused")
    [found] = transform(HISTORY, asker)
    text = "And by post?\nHow do I return a parcel?\nAnd by post?"
    assert found == SearchText(text, (text,)) and not asker.asked
    longer = AskedQuestion("And by post?", (Turn("user", "Hello, I bought a heater."), *TURNS))
    [more] = transform(HISTORY.model_copy(update={"query": "history(turns=2)"}), asker, longer)
    assert isinstance(more, SearchText)
    assert more.texts == ("And by post?\nHello, I bought a heater.\nHow do I return a parcel?\nAnd by post?",)


def test_a_long_turn_is_searched_for_by_its_beginning() -> None:
    text = with_history("And by post?", [Turn("user", "parcel " * 1000)])
    assert len(text) < 450 and text.endswith("parcel\nAnd by post?")


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("How do I return a parcel by post?", "How do I return a parcel by post?"),
        ("  “How do I return it by post?”  ", "How do I return it by post?"),
        ("**Rewritten question:** How long is it?", "How long is it?"),
        ("Here is the question:\n\nHow long is it?\n\nIt now names the parcel.", "How long is it?"),
        ("return parcel post", "return parcel post"),
        ("I can't log in, what do I do?", "I can't log in, what do I do?"),
    ],
)
def test_the_question_is_read_out_of_a_models_reply(reply: str, text: str) -> None:
    assert read_rewritten(reply) == text


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "Rewritten question:",
        "I'm sorry, but I can't help with that.",
        "Parcels can be returned. " * 60,
        "You can post it.\nIt costs 5 euros.",
        "How is it sent? \nWhat does it cost?",
    ],
)
def test_a_reply_that_is_no_question_falls_back_to_what_the_user_said_before_and_says_so(reply: str) -> None:
    [found] = transform(REWRITE, Rewriter(reply))
    assert isinstance(found, SearchText) and found.texts == (with_history("And by post?", TURNS),)
    assert found.flags == ("query_failed", "query_nonsense") and found.cost_usd == 0.5


def test_a_server_that_fails_leaves_the_question_open_and_a_model_that_refuses_does_not() -> None:
    [failed] = transform(REWRITE, Rewriter(ProviderError("Down.", kind="server")))
    assert isinstance(failed, ProviderError)
    [refused] = transform(REWRITE, Rewriter(ProviderError("Nothing came.", kind="empty")))
    assert isinstance(refused, SearchText) and refused.flags == ("query_failed", "query_empty")


def test_hyde_drafts_within_the_conversation() -> None:
    assert [m.role for m in hyde_messages("And by post?", TURNS)] == ["user", "assistant", "user"]
    assert len(hyde_messages("And by post?")) == 1


def test_a_model_reads_the_last_turns_only() -> None:
    long = [Turn("user", f"Question {n}?") for n in range(50)]
    asker = Rewriter("Which one?")
    transform(REWRITE, asker, AskedQuestion("And?", tuple(long)))
    assert "Question 44?" in asker.asked[0][1] and "Question 43?" not in asker.asked[0][1]
    assert "word" * 100 not in rewrite_messages("And?", [Turn("assistant", "word" * 1000)])[0].content[3000:]


def test_the_embedded_answerer_is_no_model_that_rewrites() -> None:
    with pytest.raises(ExperimentError, match="needs a query_model that writes"):
        Retrieval(query="rewrite", query_model=Model(name="embedded/extractive"))


def test_earlier_turns_are_in_a_rankings_key_only_where_the_transform_reads_them() -> None:
    other = AskedQuestion("And by post?", (Turn("user", "How do I get an invoice?"),))
    for retrieval in (REWRITE, HISTORY, HYDE):
        assert len(set(keys(retrieval, FOLLOW_UP, other, "And by post?"))) == 3
    assert len(set(keys(PLAIN, FOLLOW_UP, other, "And by post?"))) == 1


def test_a_question_on_its_own_keeps_the_key_it_had_and_shares_it_with_plain_search() -> None:
    assert keys(HYDE, "Why?") == keys(HYDE, AskedQuestion("Why?"))
    assert keys(PLAIN, "Why?") == keys(HISTORY, "Why?") == keys(REWRITE, "Why?")
    mixed = keys(REWRITE, "Why?", FOLLOW_UP, "How?")
    assert mixed == [*keys(PLAIN, "Why?"), *keys(REWRITE, FOLLOW_UP), *keys(PLAIN, "How?")]


def test_earlier_turns_are_messages_between_the_systems_and_the_users() -> None:
    made = render_prompt(PROMPT, "And by post?", hits(1), "2026-01-02", history=TURNS)
    assert [m.role for m in made.messages] == ["system", "user", "assistant", "user"]
    assert made.messages[1].content == "How do I return a parcel?" and not made.flags


def test_a_request_without_earlier_turns_keeps_its_key() -> None:
    config = Config(PROMPT, PLAIN, CHAT)
    plain, empty, follow_up = (
        request_answer(config, q, hits(1), "2026-01-02").request
        for q in ("And by post?", AskedQuestion("And by post?"), FOLLOW_UP)
    )
    assert plain == empty
    assert call_key(CHAT, plain, 0, "generate") != call_key(CHAT, follow_up, 0, "generate")


def test_the_oldest_turns_are_dropped_before_passages_and_it_is_said() -> None:
    said = [Turn(role, f"{role} {n} " + "word " * 20) for n in range(10) for role in ("user", "assistant")]
    made = render_prompt(PROMPT, "Why?", hits(3), "today", history=said, context_window=400, max_tokens=50)
    assert made.flags == ("turns_dropped",) and len(made.hits) == 3
    roles = [m.role for m in made.messages[1:-1]]
    assert roles and roles == ["user", "assistant"] * (len(roles) // 2)
    assert made.messages[-2].content.startswith("assistant 9")


def test_long_turns_leave_half_of_the_room_to_the_passages() -> None:
    said = [Turn("user", "word " * 2000), Turn("assistant", "Yes.")]
    made = render_prompt(PROMPT, "Why?", hits(8), "today", history=said, context_window=400, max_tokens=50)
    assert made.flags == ("turns_dropped", "passages_dropped") and made.hits
    assert [m.role for m in made.messages] == ["system", "user"]


def test_ten_thousand_turns_are_cut_in_one_pass() -> None:
    counted: list[str] = []

    def count(text: str) -> int:
        counted.append(text)
        return len(text.split())

    said = [Turn("user" if n % 2 == 0 else "assistant", f"word {n}") for n in range(10_000)]
    made = render_prompt(
        PROMPT, "Why?", hits(1), "today", history=said, context_window=300, max_tokens=50, count_tokens=count
    )
    assert made.flags == ("turns_dropped",) and len(counted) < 1000


def test_a_refused_request_is_made_again_with_fewer_turns_until_none_is_left() -> None:
    config = Config(PROMPT, PLAIN, CHAT)
    said = tuple(Turn(role, f"{n}") for n in range(4) for role in ("user", "assistant"))
    asked = AskedQuestion("Why?", said)
    made: AnswerRequest | None = request_answer(config, asked, hits(2), "today")
    lengths = []
    while made is not None:
        lengths.append((len(made.request.messages), len(made.hits)))
        made = request_shorter_answer(config, asked, made, "today", "too long")
        if made is not None:
            assert "asked_again_shorter" in made.flags and "turns_dropped" in made.flags
            assert isinstance(made.request.messages[-1], Message)
    assert lengths[-1] == (2, 0) and lengths == sorted(set(lengths), reverse=True)
