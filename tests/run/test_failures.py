"""Servers that fail in all the ways they do: no failure counts as an answer, and a useless model is not asked on.
Knows nothing about how the engine notices."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.protocol_server import Body, Misbehaviour, ProtocolServer, Refuse, Reply
from tests.tiny_experiment import QUESTIONS, Runner, experiment, local_embedding, local_model
from workbench.calls.first_requests import FIRST_REQUESTS
from workbench.cli.texts.experiments import status_text
from workbench.cli.texts.leaderboard import leaderboard_text
from workbench.errors import InputError
from workbench.results.leaderboard_csv import leaderboard_csv
from workbench.results.summarise import compare_two
from workbench.ship.export import build_winner

KEYWORD = {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [2]}
MANY = {**KEYWORD, "top_k": [1, 2, 3]}  # 15 selection questions in all


def odd_replies(odd: Misbehaviour) -> Any:
    return lambda number, path, body: odd if "messages" in body else None


def asks(question: int, body: dict[str, Any]) -> bool:
    return QUESTIONS[question][0] in body["messages"][-1]["content"].split("Question:")[-1]


def trial_of(result: Any, model: str) -> dict[str, Any]:
    return next(t for t in result.leaderboard["trials"] if t["config"]["model"] == model)


REFUSALS = [
    (Refuse(402, message="Insufficient credits"), "Insufficient credits"),
    (Refuse(400, message="unknown model test-chat"), "unknown model"),
    (Refuse(400, message="'temperature' must be 1"), "temperature: null"),
    (Refuse(422, message="System role not supported"), "template"),
    (Body('{"error": {"message": "no provider available"}}'), "no provider available"),
    (Body('{"choices": null}'), "choices"),
]


@pytest.mark.parametrize(("odd", "said"), REFUSALS)
def test_a_model_whose_first_requests_fail_alike_pauses_with_the_servers_words(
    runner: Runner, odd: Misbehaviour, said: str
) -> None:
    refusing = [True]
    plan = lambda n, path, body: odd if refusing[0] else None  # noqa: E731
    with ProtocolServer(plan=plan) as server:
        model = local_model(server, limits={"concurrency": 1})
        written = experiment(models=[model, "embedded/extractive"], retrieval=MANY, holdout=0.0)
        paused = runner.run(written)
        sent = len({json.dumps(body) for body in server.posts})
        assert paused.state == "paused" and said in paused.status["message"]
        assert sent <= FIRST_REQUESTS + 3 < 15  # others go out while one waits to be asked again
        refused, working = trial_of(paused, "local"), trial_of(paused, "embedded/extractive")
        assert refused["rank"] is None and working["rank"] == 1
        assert working["scores"]["correctness"]["count"] == 7  # its work went on
        assert build_winner(runner.store, paused.id).config.model.name == "embedded/extractive"
        refusing[0] = False
        done = runner.run(paused.id)  # asks again
    assert done.state == "done" and done.status["failed_answers"] == 0
    assert trial_of(done, "local")["scores"]["correctness"]["count"] == 7


def test_a_model_alone_that_answers_nothing_leads_nothing_and_is_not_exported(runner: Runner) -> None:
    with ProtocolServer(refuses=("temperature",)) as server:
        model = local_model(server, limits={"concurrency": 8})
        result = runner.run(experiment(models=[model], retrieval=KEYWORD, questions={"limit": 3}))
    assert result.state == "paused" and "temperature: null" in result.status["message"]
    assert [t["rank"] for t in result.leaderboard["trials"]] == [None]
    with pytest.raises(InputError, match="no ranked trial"):
        build_winner(runner.store, result.id)


def test_an_embedding_server_that_refuses_pauses_and_the_other_retrieval_goes_on(runner: Runner) -> None:
    with ProtocolServer(plan=lambda n, path, body: Refuse(400, message="no such dimension")) as server:
        retrieval = {**KEYWORD, "retriever": ["keyword", "dense"], "embedding": [local_embedding(server)]}
        result = runner.run(experiment(retrieval=retrieval))
    assert result.state == "paused" and "no such dimension" in result.status["message"]
    assert result.status["failed_answers"] == 0
    assert sorted(t["answers"] for t in result.leaderboard["trials"]) == [0, 5]


def test_an_embedding_server_that_takes_few_texts_at_a_time_is_used(runner: Runner) -> None:
    with ProtocolServer(most_texts=2) as server:
        retrieval = {**KEYWORD, "retriever": ["dense"], "embedding": [local_embedding(server)]}
        result = runner.run(experiment(retrieval=retrieval))
    assert result.state == "done" and result.status["failed_answers"] == 0


def test_content_in_parts_is_an_answer(runner: Runner) -> None:
    parts = Reply([{"type": "text", "text": "Never "}, {"type": "text", "text": "cover a heater."}])
    with ProtocolServer(plan=odd_replies(parts)) as server:
        result = runner.run(experiment(models=[local_model(server)], retrieval=KEYWORD))
    assert result.state == "done" and result.status["failed_answers"] == 0
    assert trial_of(result, "local")["scores"]["correctness"]["mean"] > 0


def test_a_failed_answer_is_in_no_mean_and_no_test_and_its_reason_stands_beside_the_figures(
    runner: Runner,
) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        return Refuse(400, message="I do not like this one") if asks(3, body) else None

    with ProtocolServer(plan=plan) as server:
        written = experiment(models=[local_model(server), "embedded/extractive"], retrieval=KEYWORD)
        result = runner.run(written)
    assert result.state == "done"
    failing = trial_of(result, "local")
    assert failing["scores"]["correctness"]["count"] == 4
    assert {failing["scores"][name]["failed"] for name in ("grounding", "retrieval_recall", "refusal")} == {1}
    assert failing["feasible"]  # one failure is an accident
    assert [(f["kind"], f["count"]) for f in failing["failures"]] == [("rejected", 1)]
    other = trial_of(result, "embedded/extractive")["trial"]
    comparison = compare_two(runner.store, result.id, failing["trial"], other)
    assert comparison.questions == 4  # those that both answered
    assert result.status["failures"][0]["kind"] == "rejected"
    texts = (leaderboard_text(result.leaderboard), leaderboard_csv(result.leaderboard))
    for shown in (*texts, status_text(result.status)):
        assert "I do not like this one" in shown
    assert "(1 failed)" in leaderboard_text(result.leaderboard)


def test_a_model_that_fails_on_what_is_hard_does_not_win_by_it(runner: Runner) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        if body["model"] == "choosy" and (asks(3, body) or asks(5, body)):
            return Refuse(400, message="This model's maximum context length is 9 tokens")
        return None

    def reply(messages: list[dict[str, str]]) -> str:
        asked = messages[-1]["content"].split("Question:")[-1]
        right = next(answer for text, answer, *_ in QUESTIONS if text in asked)
        return (
            "Nobody can say so."
            if QUESTIONS[3][0] in asked or QUESTIONS[5][0] in asked
            else right or "I don't know."
        )

    with ProtocolServer(plan=plan, reply=reply, models=("test-chat", "choosy")) as server:
        models = [local_model(server), local_model(server, name="choosy", model="choosy")]
        result = runner.run(experiment(models=models, retrieval=KEYWORD, holdout=0.0))
    choosy, whole = trial_of(result, "choosy"), trial_of(result, "local")
    assert result.state == "done"  # a prompt that is too long says nothing about the model
    assert choosy["scores"]["correctness"]["mean"] > whole["scores"]["correctness"]["mean"]
    assert whole["rank"] == 1 and not choosy["feasible"] and choosy["rank"] == 2
    assert "2 of 7 answers failed" in choosy["broken_constraints"][0]
    assert choosy["failures"][0]["kind"] == "context"


def test_an_empty_reply_is_a_bad_answer_and_not_a_failure_of_the_server(runner: Runner) -> None:
    with ProtocolServer(plan=odd_replies(Reply("", finish_reason="length"))) as server:
        result = runner.run(experiment(models=[local_model(server)], retrieval=KEYWORD))
    assert result.state == "done"
    correctness = trial_of(result, "local")["scores"]["correctness"]
    assert (correctness["mean"], correctness["count"], correctness["failed"]) == (0.0, 5, 0)


@pytest.mark.parametrize(
    "search", [{"strategy": "tpe", "trials": 4}, {"strategy": "model"}, {"strategy": "halving", "first": 1}, {"strategy": "race", "block": 1}],
)  # fmt: skip
def test_no_search_learns_that_what_failed_is_bad_or_stumbles_over_it(
    runner: Runner, search: dict[str, Any]
) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        if body["model"] == "choosy":
            return Refuse(400, message="This model's maximum context length is 9 tokens")
        return None

    with ProtocolServer(plan=plan, models=("test-chat", "choosy")) as server:
        models = [local_model(server), local_model(server, name="choosy", model="choosy")]
        result = runner.run(experiment(models=models, retrieval=MANY, search=search, holdout=0.0))
    assert result.state == "done"
    ranked = [t for t in result.leaderboard["trials"] if t["rank"] is not None]
    assert ranked and {t["config"]["model"] for t in ranked} == {"local"}
