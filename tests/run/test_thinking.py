"""What becomes of thinking and of replies with defects in a whole experiment, over real HTTP.
Knows nothing about how replies are split."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from tests import small_judge
from tests.protocol_server import (
    Messages,
    ProtocolServer,
    Reply,
    answer_from_passages,
)
from tests.tiny_experiment import Runner, experiment, local_embedding, local_model
from workbench.api import prepare_experiment
from workbench.cli.texts.answers import answer_to_json
from workbench.cli.texts.experiments import plan_text, status_text
from workbench.cli.texts.leaderboard import leaderboard_text
from workbench.feedback.ratings import rate_answer
from workbench.garbage_collection import clean
from workbench.planning.plan import make_plan
from workbench.results.leaderboard_csv import leaderboard_csv
from workbench.results.status import get_status
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.store.answers import find_answers
from workbench.store.experiments import delete_experiment
from workbench.store.ratings import list_ratings, seen_key
from workbench.store.records import AnswerRecord
from workbench.store.tables import AnswerRow, CallRow

THOUGHT = "Zebra zebra: within 30 days, 5 euros, two people, never."


def thinking_aloud(messages: Messages) -> str:
    return f"<think>\n{THOUGHT}\n</think>\n\n{answer_from_passages(messages)}"


def by_question(answers: list[AnswerRecord], name: str) -> dict[tuple[str, tuple[str, ...]], Any]:
    return {
        (a.question.id, tuple(p.key for p in a.passages)): (a.text, a.refused, s.value)
        for a in answers
        for s in a.scores
        if s.name == name
    }


def test_a_model_that_thinks_aloud_scores_as_one_that_does_not(runner: Runner) -> None:
    with ProtocolServer() as silent, ProtocolServer(reply=thinking_aloud) as aloud:
        plain = runner.run(experiment(models=[local_model(silent)]))
        thinking = runner.run(experiment(models=[local_model(aloud)]))
    answers = [find_answers(runner.store, r.id, limit=None) for r in (plain, thinking)]
    for name in ("grounding", "correctness", "refusal"):
        assert by_question(answers[0], name) == by_question(answers[1], name)
    for answer in answers[1]:
        assert answer.thinking == THOUGHT and 0 < answer.thinking_tokens <= answer.output_tokens
        document = answer_to_json(answer)
        assert document["thinking"] == THOUGHT and "Zebra" not in document["answer"]
        assert document["tokens"]["thinking"] == answer.thinking_tokens
    assert not any(answer.thinking for answer in answers[0])


def test_no_model_is_sent_what_another_one_thought(runner: Runner) -> None:
    def judge(messages: Messages) -> str:
        return f"<think>{THOUGHT}</think>{small_judge.judge(messages)}"

    retrieval = {
        "chunk_tokens": [64], "retriever": ["hybrid"], "top_k": [2], "query": ["hyde"], "rerank": ["llm"],
    }  # fmt: skip
    with ProtocolServer(reply=thinking_aloud, judge=judge) as server:
        model = local_model(server)
        retrieval |= {"query_model": model, "rerank_model": model, "embedding": [local_embedding(server)]}
        scores = ["grounding", {"name": "tone", "rubric": "1 when the answer is friendly, else 0."}]
        result = runner.run(
            experiment(
                models=[model], retrieval=retrieval, scores=scores, judge=model,
                objective={"maximize": "grounding"},
            )
        )  # fmt: skip
        sent = json.dumps(server.posts)
    assert result.state == "done" and "Question:" in sent and server.judged
    assert "zebra" not in sent.lower()


def test_ratings_and_winners_hold_the_answer_alone(runner: Runner, tmp_path: Any) -> None:
    with ProtocolServer(reply=thinking_aloud) as server:
        result = runner.run(experiment(models=[local_model(server)]))
        answer = find_answers(runner.store, result.id)[0]
        rate_answer(runner.store, answer.id, "up", rater="ann")
        path = export_winner(runner.store, result.id, out=tmp_path / "winner.yaml")
        asked = load_winner(path, settings=runner.settings).answer("How long can goods be returned?")
    assert list_ratings(runner.store)[0].answer == answer.text
    assert "Zebra" not in asked.answer and asked.thinking == THOUGHT
    assert 0 < asked.tokens["thinking"] <= asked.tokens["output"]


def make_old(runner: Runner, experiment_id: str) -> None:
    """Store an experiment's replies as before thinking had a column: in the text, which was scored whole."""
    whole = f"<think>{THOUGHT}</think>\n\n"
    answers = find_answers(runner.store, experiment_id, limit=None)
    with runner.store.write() as session:
        session.execute(update(CallRow).values(text=whole + col(CallRow.text), thinking=None))
        for a in answers:
            seen = seen_key(a.question.text, whole + a.text, [p.key for p in a.passages])
            session.execute(update(AnswerRow).where(col(AnswerRow.id) == a.id).values(seen=seen))


def test_old_replies_are_split_when_read_and_scored_anew_in_a_new_experiment(runner: Runner) -> None:
    with ProtocolServer() as server:
        model = local_model(server)
        first = runner.run(experiment(models=[model]))
        plain = find_answers(runner.store, first.id, limit=None)
        make_old(runner, first.id)
        old = find_answers(runner.store, first.id, limit=None)
        posts = len(server.posts)
        again = runner.run(
            experiment(models=[model], scores=["grounding", "correctness", "refusal", "toxicity"])
        )
        assert len(server.posts) == posts
    new = find_answers(runner.store, again.id, limit=None)
    assert [a.text for a in old] == [a.text for a in plain]
    assert all(a.thinking == THOUGHT and "scored_with_thinking" in a.flags for a in old)
    assert all(a.thinking == THOUGHT and "scored_with_thinking" not in a.flags for a in new)
    for name in ("grounding", "correctness", "refusal"):
        assert by_question(new, name) == by_question(plain, name)


def defective(number: int, path: str, body: dict[str, Any]) -> Reply | None:
    """By turns: an answer that was cut, one that loops until it was cut, one with template marks, a sound one."""
    answer = answer_from_passages(body["messages"])
    return [
        Reply(answer[:20], finish_reason="length"),
        Reply("It is so. " + "The tank holds two litres. " * 8, finish_reason="length"),
        Reply(f"{answer}<|im_end|>\n<|im_start|>user\nAnd then?"),
        None,
    ][number % 4]


def test_replies_with_defects_are_counted_and_said_everywhere(runner: Runner) -> None:
    with ProtocolServer(plan=defective) as server:
        written = experiment(models=[local_model(server)], holdout=0.0)
        result = runner.run(written)
        plan = make_plan(
            prepare_experiment(written, runner.settings, runner.store), runner.settings, runner.store
        ).to_json()
    answers = find_answers(runner.store, result.id, limit=None)

    def count(flag: str) -> int:
        return sum(flag in a.flags for a in answers)

    status = get_status(runner.store, result.id)
    [of_model] = status["defects"]
    assert (of_model["model"], of_model["answers"], of_model["max_tokens"]) == ("local", len(answers), 60)
    assert of_model["counts"] == {
        flag: count(flag) for flag in ("cut_at_max_tokens", "repeats_itself", "template_marks")
    }
    cut = f"{count('cut_at_max_tokens')} of {len(answers)} answers were cut at max_tokens 60"
    assert cut in status_text(status)
    for trial in result.leaderboard["trials"]:
        own = [a for a in answers if a.trial_id == trial["trial"]]
        cut_here = sum("cut_at_max_tokens" in a.flags for a in own)
        assert trial["defects"]["cut_at_max_tokens"] == cut_here
        assert f"{trial['name']}: {cut_here} of {len(own)} answers" in leaderboard_text(result.leaderboard)
    assert ",cut_at_max_tokens,repeats_itself,template_marks," in leaderboard_csv(result.leaderboard)
    assert "stored replies were cut at max_tokens 60" in plan_text(plan) and "Raise max_tokens." in plan_text(
        plan
    )


def test_a_model_that_only_thinks_is_said_to(runner: Runner) -> None:
    def cut_short(number: int, path: str, body: dict[str, Any]) -> Reply | None:
        return Reply(f"<think>{THOUGHT}", finish_reason="length") if number % 3 == 0 else None

    with ProtocolServer(plan=cut_short) as server:
        result = runner.run(experiment(models=[local_model(server)], holdout=0.0))
    failed = [a for a in find_answers(runner.store, result.id, limit=None) if a.state == "failed"]
    assert failed and all("all of its reply was thinking" in a.error for a in failed)
    [of_model] = get_status(runner.store, result.id)["defects"]
    assert of_model["counts"]["empty"] == of_model["counts"]["only_thinking"] == len(failed)
    words = status_text(get_status(runner.store, result.id))
    assert (
        f"{len(failed)} of {len(find_answers(runner.store, result.id, limit=None))} answers were empty: all was thinking"
        in words
    )


def test_without_defects_nothing_is_said(runner: Runner) -> None:
    with ProtocolServer() as server:
        written = experiment(models=[local_model(server)])
        result = runner.run(written)
        plan = make_plan(
            prepare_experiment(written, runner.settings, runner.store), runner.settings, runner.store
        )
    assert get_status(runner.store, result.id)["defects"] == []
    assert "defects" not in leaderboard_text(result.leaderboard)
    assert not any("stored replies" in warning for warning in plan.warnings)


def test_cleaning_deletes_thinking_with_the_reply_it_came_with(runner: Runner) -> None:
    with ProtocolServer(reply=thinking_aloud) as server:
        result = runner.run(experiment(models=[local_model(server)]))
    delete_experiment(runner.store, result.id)
    freed = clean(runner.store, runner.settings).to_json()
    with runner.store.read() as session:
        kept = session.execute(select(CallRow.text, CallRow.thinking).where(CallRow.kind == "generate")).all()
    assert kept and set(kept) == {("", "")}
    assert "generations" in str(freed)
