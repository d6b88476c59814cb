"""Experiments in which each question gets another odd reply: none ends the run, hides a cost or blocks a resume.
Knows nothing about how replies are read: the table of oddities says what is right for each."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from tests.providers.oddities import REPLIES, Oddity, completion, whole
from tests.raw_reply import Raw
from tests.tiny_experiment import DOCUMENTS, Runner, experiment, local_model
from workbench.api import ExperimentResult
from workbench.cli.texts.answers import answer_to_json
from workbench.corpus.types import place_of_question
from workbench.settings import Settings
from workbench.ship.export import build_winner
from workbench.store.answers import find_answers
from workbench.store.ledger import list_calls
from workbench.store.records import AnswerRecord

KEYWORD = {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [2]}
ODD_TEXTS = (
    "9" * 5_000,
    f"It costs {'9' * 5_000} euros, {'1,' * 3_000}000 dollars and 1e400 cents.",
    f"See [{'9' * 5_000}], [-1], [0] and [{10**30}].",
    f"{'9' * 400} km is {'8' * 400}.5 %, 1/0 of it, 99/99/9999 and 10^{'9' * 400}.",
    f"On {'9' * 5_000} January {'9' * 5_000} at 99:99:99.",
    f"The {'9' * 5_000}th of {'1' * 5_000}/{'0' * 5_000}.",
    "NaN", "-inf", "null", "[]", "{}",
    json.dumps({"score": 10**400}), '{"verdict": NaN}', "\\ud800 \\u0000",
    "[" * 20_000, "{" * 20_000 + "}" * 20_000, "(" * 20_000, "<think>" * 3_000,
    "x" * 100_000, "no " * 30_000, "." * 50_000, "\n" * 50_000 + "yes", "\u200b\u200d\ufeff", "\u202e\u0301\u0301",
    "\x1b[2J\x07\x08", "\U0010ffff\ufffe", "é" * 5_000 + "🙂" * 5_000,
)  # fmt: skip


def write_questions(settings: Settings, count: int) -> list[str]:
    """A corpus `odd` of so many answerable questions, all of the search part. Returns their texts."""
    folder = settings.corpora / "odd"
    (folder / "documents").mkdir(parents=True)
    for name, text in DOCUMENTS.items():
        (folder / "documents" / name).write_text(text)
    texts = [f"What does label number {n} cost?" for n in range(count)]
    evidence = [{"document": "returns.md", "quote": "The label costs 5 euros."}]
    lines = []
    for number, text in enumerate(texts):
        ids = (f"q{number}-{n}" for n in range(1_000))
        question_id = next(i for i in ids if 0.2 <= place_of_question(i) < 1)
        row = {"id": question_id, "question": text, "answer": "5 euros", "evidence": evidence}
        lines.append(json.dumps(row))
    (folder / "questions.jsonl").write_text("\n".join(lines))
    return texts


Plan = Callable[[int, str, dict[str, Any]], Any]


def plan_of(texts: Sequence[str], oddities: Sequence[Oddity]) -> Plan:
    """Each question gets its oddity; one that may pass is sent once."""
    sent: set[str] = set()

    def plan(number: int, path: str, body: dict[str, Any]) -> Raw | None:
        if "messages" not in body:
            return None
        asked = body["messages"][-1]["content"]
        for text, oddity in zip(texts, oddities, strict=True):
            if text in asked and not (oddity.again and text in sent):
                sent.add(text)
                return oddity.reply
        return None

    return plan


def odd_experiment(server: ProtocolServer, **fields: Any) -> Any:
    return experiment(**{"corpus": "odd", "holdout": 0.0, "retrieval": KEYWORD,
                         "models": [local_model(server)], **fields})  # fmt: skip


def answers_of(runner: Runner, result: ExperimentResult) -> dict[str, AnswerRecord]:
    """By question text. They can be printed as JSON and written to a file."""
    answers = find_answers(runner.store, result.id, limit=None)
    for answer in answers:
        json.dumps(answer_to_json(answer), ensure_ascii=False, allow_nan=False).encode()
    json.dumps([result.status, result.leaderboard], ensure_ascii=False, allow_nan=False).encode()
    return {answer.question.text: answer for answer in answers}


PLAIN = [Oddity(f"plain {n}", whole(completion({"content": f"Label {n} costs 5 euros."}))) for n in range(8)]


def test_a_run_in_which_each_question_gets_another_odd_reply_is_done_and_nothing_is_lost(
    runner: Runner,
) -> None:
    written = [Oddity(text, whole(completion({"content": text})), text) for text in ODD_TEXTS]
    oddities = [*PLAIN, *REPLIES, *written]
    texts = write_questions(runner.settings, len(oddities))
    with ProtocolServer(plan=plan_of(texts, oddities), reply=lambda messages: "5 euros") as server:
        model = local_model(server, limits={"concurrency": 8, "timeout_seconds": 20})
        given = odd_experiment(server, models=[model], scores=["grounding", "correctness", "token_f1", "refusal",
                               "toxicity", "personal_data"], prompts=["cited"])  # fmt: skip
        result = runner.run(given)
        sent = len(server.posts)
        assert result.state == "done", result.status["message"]
        answers = answers_of(runner, result)
        assert len(answers) == len(oddities)
        for text, oddity in zip(texts, oddities, strict=True):
            answer = answers[text]
            if oddity.again or oddity.text is not None:
                assert answer.state == "ok", (oddity.name, answer.error)
            else:
                assert (answer.state, answer.error_kind) == ("failed", oddity.kind), oddity.name
                assert oddity.says in answer.error
        calls = [call for _, call in list_calls(runner.store, result.id)]
        billed = sum(oddity.billed is not None for oddity in oddities)
        assert sum(call.outcome == "failed" and bool(call.cost_usd) for call in calls) == billed
        assert all(call.cost_usd for call in calls if call.outcome == "ok")
        assert result.status["spent_usd"] == pytest.approx(sum(call.cost_usd or 0 for call in calls))
        assert result.status["spent_usd"] < 1  # no invented number of tokens was paid for
        again = runner.run(result.id)
        assert again.state == "done" and len(server.posts) >= sent
        fresh = runner.run(
            odd_experiment(server, models=[model], scores=["refusal"], prompts=["cited"], name="b")
        )
        assert fresh.state == "done" and fresh.status["calls"]["reused"] >= len(oddities) - 40
    assert build_winner(runner.store, result.id).config.model.name == "local"
