"""Models that draft badly, over real HTTP: each ends with a clear message, and nothing is lost.
Knows nothing about what good models draft."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from tests.drafting.conftest import Desk
from tests.drafting.drafting_model import Messages, draft
from tests.protocol_server.misbehaviour import Misbehaviour, Refuse, Stall
from workbench.calls.stop_signal import StopSignal
from workbench.corpus.draft_file import read_drafts
from workbench.worker import model_drafting
from workbench.worker.model_drafting import draft_with_model


def _changed(messages: Messages, **fields: str) -> str:
    """What the good model replies, with other fields where it has them."""
    reply: dict[str, Any] = json.loads(draft(messages))
    return json.dumps(reply | {key: text for key, text in fields.items() if key in reply})


COPIED = '{"quote": "…", "answer": "…", "question": "Write in the language of the text."}'


@pytest.mark.parametrize(
    "text", ["La la la la.", COPIED, "I'm sorry, but I can't help with that.", '{"quote": 3}', "[]"]
)
def test_nonsense_and_refusals_end_soon_with_the_reason(desk: Desk, text: str) -> None:
    desk.server.reply = lambda messages: text
    drafted = desk.draft(60)
    assert (drafted.added, desk.rows) == (0, [])
    assert drafted.report.dropped == {"the model's reply could not be used": 36}
    assert "none passed the filters, so drafting ended" in " ".join(drafted.notes)
    assert drafted.spent_usd > 0


def test_one_question_again_and_again_is_stored_once(desk: Desk) -> None:
    def reply(messages: Messages) -> str:
        return _changed(messages, question="What does it say about the members, in the statutes?")

    desk.server.reply = reply
    drafted = desk.draft(60, kinds=("direct", "situational"))
    assert len({row["question"] for row in desk.rows}) == len(desk.rows) == 1
    assert drafted.report.dropped["the same question exists already"] >= 30
    assert drafted.state == "done"


def test_changed_quotes_are_left_out_with_their_reason_and_can_be_kept(desk: Desk) -> None:
    desk.server.reply = lambda messages: _changed(messages, quote="Bikes may be painted in any colour.")
    drafted = desk.draft(4, kinds=("direct",))
    assert drafted.added == 0 and set(drafted.report.dropped) == {"the quote is not found in the document"}
    stored = read_drafts(desk.corpus)
    assert {one.review for one in stored} == {"left out"}
    assert all(one.draft.evidence and not one.draft.quotes for one in stored)


def test_thinking_aloud_prose_and_fences_around_the_json_are_read(desk: Desk) -> None:
    def reply(messages: Messages) -> str:
        return f"<think>{{Hm}} let me see.</think>Sure! Here it is:\n```json\n{draft(messages)}\n```\nAnything else?"

    desk.server.reply = reply
    assert desk.draft(8).added == 8


def test_another_language_is_left_out(desk: Desk) -> None:
    german = "Welche Mitglieder dürfen das Rad mit auf die Reise nehmen und wie lange ist das erlaubt?"
    desk.server.reply = lambda messages: _changed(messages, question=german)
    drafted = desk.draft(3, kinds=("direct",))
    assert drafted.added == 0 and "it is in another language than its document" in drafted.report.dropped


def test_a_model_that_knows_everything_is_answered_without_documents(desk: Desk) -> None:
    def reply(messages: Messages) -> str:
        prompt = messages[0]["content"]
        if "Answer from what you know" not in prompt:
            return draft(messages)
        question = prompt.split("\n")[0]
        found = next((row for row in answers if row["question"] in question), None)
        return json.dumps({"answer": found["answer"] if found else "not known"})

    answers: list[dict[str, str]] = []

    def remember(messages: Messages) -> str:
        text = reply(messages)
        answers.extend([json.loads(text)] if '"quote"' in text else [])
        return text

    desk.server.reply = remember
    drafted = desk.draft(3, kinds=("direct",))
    assert drafted.added == 0 and "it is answered without the documents" in drafted.report.dropped


def test_a_model_that_cannot_answer_its_own_question_fails_the_round_trip(desk: Desk) -> None:
    def reply(messages: Messages) -> str:
        alone = "from the text alone" in messages[0]["content"]
        return json.dumps({"answer": "a purple elephant"}) if alone else draft(messages)

    desk.server.reply = reply
    drafted = desk.draft(3, kinds=("direct",))
    assert drafted.added == 0 and "the quote alone does not give the answer back" in drafted.report.dropped


def test_a_question_that_the_documents_answer_is_not_unanswerable(desk: Desk) -> None:
    def reply(messages: Messages) -> str:
        prompt = messages[0]["content"]
        if '"missing"' in prompt:
            fact = json.loads(draft([{"role": "user", "content": prompt.replace('"missing"', "")}]))
            return json.dumps({"missing": "nothing", "question": fact["question"]})
        return draft(messages)

    desk.server.reply = reply
    drafted = desk.draft(6, kinds=("unanswerable",))
    assert drafted.report.dropped.get("the documents answer it", 0) >= 6


@pytest.mark.parametrize(("refusal", "words"), [
    (Refuse(401, message="Incorrect API key"), "asks for a key"), (Refuse(400, message="No such thing"), "No such thing"),
    (Refuse(404, message="model not found", code="model_not_found"), "not"),
])  # fmt: skip
def test_a_server_that_refuses_everything_pauses_with_its_words(
    desk: Desk, refusal: Misbehaviour, words: str
) -> None:
    desk.server.plan = lambda number, path, body: refusal
    drafted = desk.draft(60)
    assert (drafted.state, drafted.added, drafted.spent_usd) == ("paused", 0, 0.0)
    assert words in drafted.message and desk.calls < 40


@pytest.mark.usefixtures("hasty")
def test_a_server_that_does_not_answer_pauses(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_drafting, "GIVE_UP_SECONDS", 0.5)
    desk.register(base_url="http://127.0.0.1:9/v1")
    drafted = desk.draft(6)
    assert (drafted.state, drafted.added) == ("paused", 0) and "127.0.0.1:9" in drafted.message


def test_errors_now_and_then_lose_nothing(desk: Desk) -> None:
    desk.server.plan = lambda number, path, body: Refuse(500, retry_after="0") if number % 5 == 0 else None
    drafted = desk.draft(6)
    assert drafted.state == "done" and drafted.added == 6


def test_stopping_a_slow_model_keeps_what_is_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_drafting, "GRACE_SECONDS", 0.3)
    desk.draft(3)
    made = len(desk.rows)
    desk.server.plan = lambda number, path, body: Stall(3.0)

    async def work() -> tuple[str, float]:
        stop_signal = StopSignal()
        asyncio.get_running_loop().call_later(0.5, stop_signal.set, "stopped", "Stopped by you.")
        started = time.monotonic()
        drafted = await draft_with_model(
            desk.store, desk.settings, desk.request(12), stop_signal, lambda _: None
        )
        return drafted.state, time.monotonic() - started

    state, seconds = asyncio.run(work())
    assert state == "stopped" and seconds < 3.0 and len(desk.rows) >= made
    desk.server.plan = lambda number, path, body: None
    assert desk.draft(12).state == "done" and len([r for r in desk.rows if "review" not in r]) == 12
