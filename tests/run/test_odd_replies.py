"""Experiments in which each question gets another odd reply: none ends the run, hides a cost or blocks a resume.
Knows nothing about how replies are read: the table of oddities says what is right for each."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.protocol_server import DIMENSIONS, ProtocolServer, Refuse, embed
from tests.providers.oddities import HALF, REPLIES, Oddity, completion, whole
from tests.raw_reply import Raw
from tests.tiny_experiment import DOCUMENTS, Runner, experiment, local_embedding, local_model
from workbench.api import ExperimentResult
from workbench.cli.texts.answers import answer_to_json
from workbench.corpus.types import place_of_question
from workbench.settings import Settings
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
    "[" * 5_000, "{" * 5_000 + "}" * 5_000, "(" * 5_000, "</b>" * 3_000,
    "x" * 100_000, "no " * 5_000, "." * 9_000, "\n" * 50_000 + "yes", "\u200b\u200d\ufeff", "\u202e\u0301\u0301",
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
        asked = " ".join(message["content"] for message in body["messages"])
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
    texts = write_questions(runner.settings, len(oddities) + 1)
    scores = ["grounding", "correctness", "token_f1", "refusal"]
    plan, unpaid = plan_of(texts[:-1], oddities), [True]

    def pausing(number: int, path: str, body: dict[str, Any]) -> Any:
        pauses = unpaid[0] and "messages" in body and texts[-1] in body["messages"][-1]["content"]
        return Refuse(402) if pauses else plan(number, path, body)

    with ProtocolServer(plan=pausing, reply=lambda messages: "5 euros") as server:
        fields: dict[str, Any] = {"models": [local_model(server, limits={"concurrency": 8})]}
        paused = runner.run(odd_experiment(server, scores=scores, prompts=["cited"], **fields))
        assert paused.state == "paused"
        unpaid[0] = False
        result = runner.run(paused.id)  # over all the odd replies that are stored
        assert result.state == "done", result.status["message"]
        answers = answers_of(runner, result)
        for text, oddity in zip(texts, oddities, strict=False):
            answer = answers[text]
            if oddity.again or oddity.text is not None:
                assert answer.state == "ok", (oddity.name, answer.error)
            else:
                assert answer.state == "failed" and oddity.says in answer.error, oddity.name
        calls = [call for _, call in list_calls(runner.store, result.id)]
        billed = sum(oddity.billed is not None for oddity in oddities)
        assert len({call.key for call in calls if call.outcome == "failed" and call.cost_usd}) == billed
        assert all(call.cost_usd for call in calls if call.outcome == "ok")
        assert result.status["spent_usd"] == pytest.approx(sum(call.cost_usd or 0 for call in calls))
        assert result.status["spent_usd"] < 1  # no invented number of tokens was paid for
        good = sum(answer.state == "ok" for answer in answers.values())
        fresh = runner.run(
            odd_experiment(server, scores=["correctness"], prompts=["cited"], name="b", **fields)
        )
        assert fresh.state == "done" and fresh.status["calls"]["reused"] == good


@pytest.mark.parametrize("stage", ["rerank", "hyde", "decompose", "judge"])
def test_odd_replies_of_a_helping_model_fail_at_most_what_they_are_for(runner: Runner, stage: str) -> None:
    bad = [
        Oddity("score", whole(completion({"content": json.dumps({"reason": f"x{HALF}", "score": 1})}))),
        Oddity("digits", whole(completion({"content": '{"reason": "x", "score": ' + "9" * 5_000 + "}"}))),
        Oddity("verdict", whole(completion({"content": '{"reason": "x", "score": NaN}'}))),
        Oddity("deep", whole(completion({"content": '{"reason": "x", "score": ' + "[" * 100_000}))),
        Oddity("order", whole(completion({"content": f"[{'9' * 5_000}] > [2] > [{10**30}]"}))),
        Oddity("half", whole(completion({"content": f"Costs {HALF} and \\ud83d"}))),
        *[oddity for oddity in REPLIES if not oddity.again],
    ]
    texts = write_questions(runner.settings, len(bad) + 8)
    with ProtocolServer(plan=plan_of(texts, [*PLAIN, *bad])) as server:
        helper = local_model(server, name="helper", limits={"concurrency": 8})
        fields: dict[str, Any] = {
            "rerank": {"retrieval": KEYWORD | {"rerank": ["llm"], "rerank_model": helper}},
            "hyde": {"retrieval": KEYWORD | {"query": ["hyde"], "query_model": helper}},
            "decompose": {"retrieval": KEYWORD | {"query": ["decompose"], "query_model": helper}},
            "judge": {
                "judge": helper,
                "scores": ["correctness", {"name": "short", "rubric": "1 when it is short."}],
            },
        }[stage]
        result = runner.run(odd_experiment(server, models=["embedded/extractive"], **fields))
        assert result.state == "done", result.status["message"]
        answers = answers_of(runner, result)
        assert len(answers) == len(texts) and all(answers[text].state == "ok" for text in texts[:8])
        assert result.status["spent_usd"] > 0


def with_vectors(odd: Callable[[str], Any]) -> Plan:
    """Embeds as the protocol server does, except for texts that `odd` gives a vector for."""

    def plan(number: int, path: str, body: dict[str, Any]) -> Raw | None:
        texts = body.get("input", [])
        if not any(odd(text) for text in texts):
            return None
        rows = [{"index": n, "embedding": odd(text) or embed(text)} for n, text in enumerate(texts)]
        return whole({"data": rows, "usage": {"prompt_tokens": 9}})

    return plan


def dense(server: ProtocolServer) -> dict[str, Any]:
    return KEYWORD | {"retriever": ["dense"], "embedding": [local_embedding(server)]}


def test_one_passage_without_a_vector_pauses_with_its_text_and_the_others_are_kept(runner: Runner) -> None:
    broken = [True]
    nan = [float("nan")] * DIMENSIONS
    plan = with_vectors(lambda text: nan if broken[0] and "tank holds" in text else None)
    with ProtocolServer(plan=plan) as server:
        paused = runner.run(experiment(retrieval=dense(server)))
        assert paused.state == "paused" and "The tank holds two litres" in paused.status["message"]
        assert paused.status["spent_usd"] > 0
        broken[0] = False
        server.requests.clear()
        done = runner.run(paused.id)
        assert done.state == "done" and done.status["failed_answers"] == 0
        assert [len(body["input"]) for body in server.posts][0] == 1  # the others' vectors are stored


def test_one_question_without_a_vector_fails_alone(runner: Runner) -> None:
    plan = with_vectors(lambda text: [0.0] * DIMENSIONS if "Who collects" in text else None)
    with ProtocolServer(plan=plan) as server:
        result = runner.run(experiment(retrieval=dense(server)))
    assert result.state == "done" and result.status["failed_answers"] == 1
    failed = [a for a in answers_of(runner, result).values() if a.state == "failed"]
    assert [a.question.text for a in failed] == ["Who collects heaters?"]
    assert "not numbers" in failed[0].error


def test_vectors_of_other_dimensions_are_never_mixed(runner: Runner) -> None:
    with ProtocolServer() as server:
        assert runner.run(experiment(retrieval=dense(server))).state == "done"
        port = int(server.base_url.split(":")[2].split("/")[0])
    other = with_vectors(lambda text: [1.0, 2.0, 3.0])
    with ProtocolServer(plan=other, port=port) as server:
        write_questions(runner.settings, 1)
        retrieval = dense(server)
        document = runner.settings.corpora / "tiny" / "documents" / "more.md"
        document.write_text("# More\n\nThere is more to say.\n")
        result = runner.run(experiment(retrieval=retrieval))
    assert result.state == "paused"
    assert f"3 dimensions, but earlier ones have {DIMENSIONS}" in result.status["message"]


def test_a_text_that_is_too_large_for_the_server_is_no_fault_of_the_server(runner: Runner) -> None:
    limit = {
        "error": {"code": 500, "message": "input is too large to process. increase the physical batch size"}
    }

    def plan(number: int, path: str, body: dict[str, Any]) -> Raw | None:
        return whole(limit, status=500) if any("tank holds" in text for text in body["input"]) else None

    with ProtocolServer(plan=plan) as server:
        result = runner.run(experiment(retrieval=dense(server)))
        assert len(server.posts) < 20  # it was retried for minutes
    assert result.state == "paused" and "--ubatch-size" in result.status["message"]
