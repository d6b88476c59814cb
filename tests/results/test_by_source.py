"""Leaderboards by source: figures of some questions alone, and what is said of drafts and of who wrote them.
Knows nothing about how rankings are compared: analysis has tests of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.mixed_sources import mix_sources
from tests.tiny_experiment import Runner, experiment, run_once, take_over
from workbench.corpus.question_sources import Source
from workbench.corpus.types import QuestionSource
from workbench.errors import InputError
from workbench.results import by_source
from workbench.results.by_source import figures_from_json, figures_to_json, read_figures_of
from workbench.results.drafting_models import describe_drafting_models
from workbench.results.leaderboard import leaderboard_to_json
from workbench.results.sources import count_drafts, count_experiment_sources
from workbench.results.status import get_verdict, read_figures
from workbench.results.told_apart import find_told_apart_questions
from workbench.ship.export import build_winner
from workbench.space.experiment import Experiment, Objective
from workbench.space.model import Model
from workbench.store.experiments import get_experiment
from workbench.store.questions import get_question_headers
from workbench.store.summaries import get_score_means
from workbench.store.trials import get_trials

RETRIEVAL = {
    "splitter": ["markdown"],
    "chunk_tokens": [64],
    "retriever": ["keyword", "dense"],
    "top_k": [1, 3],
}


MIXED = experiment(questions={"drafts": True}, retrieval=RETRIEVAL)
"""Four configurations."""


@pytest.fixture(scope="session")
def ran_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return run_once(tmp_path_factory.mktemp("mixed"), MIXED, mix_sources)


@pytest.fixture
def made(runner: Runner, ran_once: tuple[str, Path]) -> str:
    """Two questions that rules drafted, three that people wrote, two unreviewed drafts; four configurations."""
    take_over(runner, ran_once[1])
    return ran_once[0]


def test_figures_of_a_source_rest_on_its_questions_alone(runner: Runner, made: str) -> None:
    assert count_experiment_sources(runner.store, made) == {"person": 3, "drafted": 4}
    headers = {q.id: q for q in get_question_headers(runner.store, made)}
    trials = [t.id for t in get_trials(runner.store, made)]
    means = get_score_means(runner.store, trials, ["correctness"])
    for source, makers in (("person", (None, "person")), ("drafted", ("rule", "model")), ("rule", ("rule",))):
        board = leaderboard_to_json(runner.store, made, source=source)
        assert board["source"] == source
        for row in board["trials"]:
            of_source = [
                value
                for trial, question, _, value in means
                if trial == row["trial"] and getattr(headers[question].source, "by", None) in makers
            ]
            figure = row["scores"]["correctness"]
            assert figure["mean"] == pytest.approx(sum(of_source) / len(of_source))
            assert figure["count"] == len(of_source) == row["answers"]
        against = [row["difference"] for row in board["trials"][1:]]
        assert {c["questions"] for c in against} == {board["trials"][0]["answers"]}
    assert leaderboard_to_json(runner.store, made)["trials"][0]["answers"] == 7


def test_a_source_that_covers_all_questions_has_the_leaderboard_of_all(runner: Runner) -> None:
    made = runner.run(experiment(retrieval=RETRIEVAL, repeats=2)).id
    everything, persons = (
        leaderboard_to_json(runner.store, made, source=source) for source in (None, "person")
    )
    assert persons.pop("source") == "person" and everything.pop("source") is None
    assert persons == everything
    assert everything["by_source"] == {"questions": 5, "unreviewed": 0, "sources": {}, "rankings": None}


def test_figures_survive_json(runner: Runner) -> None:
    mix_sources(runner.settings.corpora / "tiny")
    made = runner.run(MIXED.model_copy(update={"repeats": 2})).id
    figures = read_figures_of(runner.store, made, "drafted")
    sent = json.loads(json.dumps(figures_to_json(figures)))
    assert figures_from_json(read_figures(runner.store, made), "drafted", sent) == figures
    cost = Objective(minimize="tokens_per_answer")
    by_cost = read_figures_of(runner.store, made, "drafted", cost)
    assert {c.score for c in by_cost.comparisons or ()} == {"tokens_per_answer"}


@pytest.mark.parametrize("source", ["model", "import"])
def test_a_source_without_questions_is_an_error_that_names_the_others(
    runner: Runner, made: str, source: Source
) -> None:
    with pytest.raises(InputError, match=f"no questions of the source '{source}'") as caught:
        read_figures_of(runner.store, made, source)
    assert caught.value.hint == "It has: person, drafted, rule."


def test_unreviewed_drafts_are_said_before_all_else(runner: Runner, made: str) -> None:
    said = "2 of 7 questions are drafts that nobody has reviewed."
    assert count_drafts(runner.store, made) == (2, 7)
    assert get_verdict(runner.store, made).sentences[0] == said
    board = leaderboard_to_json(runner.store, made)
    assert board["verdict"]["caveats"] == [said] and board["by_source"]["unreviewed"] == 2
    drafted = leaderboard_to_json(runner.store, made, source="drafted")
    assert drafted["verdict"]["caveats"] == ["2 of 4 questions are drafts that nobody has reviewed."]
    assert leaderboard_to_json(runner.store, made, source="person")["verdict"]["caveats"] == []
    evidence = build_winner(runner.store, made).evidence
    assert evidence.questions == {"asked": 7, "unreviewed": 2, "sources": {"person": 3, "drafted": 4}}
    assert evidence.verdict is not None and evidence.verdict["sentences"][0] == said


def test_how_sources_rank_is_part_of_the_leaderboard(
    runner: Runner, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rankings = leaderboard_to_json(runner.store, made)["by_source"]["rankings"]
    assert (rankings["drafted"], rankings["others"], rankings["other"]) == (4, 3, "person")
    assert rankings["tau"] is None and rankings["differ"] is None
    assert "(drafted: 4, people's: 3)" in rankings["in_words"]
    for source, pick in (("drafted", "drafted_pick"), ("person", "other_pick")):
        assert rankings[pick] == leaderboard_to_json(runner.store, made, source=source)["leader"]
    monkeypatch.setattr("workbench.analysis.rankings.ENOUGH_CLUSTERS", 2)
    monkeypatch.setattr(by_source, "_kept", by_source.Kept(most=1))
    told = leaderboard_to_json(runner.store, made)["by_source"]["rankings"]
    assert told["tau"] is None or -1 <= told["low"] <= told["tau"] <= told["high"] <= 1


def test_questions_that_tell_nothing_apart_are_counted_when_the_experiment_is_done(
    runner: Runner, made: str
) -> None:
    found = find_told_apart_questions(runner.store, made)
    assert found is not None and found.questions == 7
    values: dict[str, list[float]] = {}
    trials = [t.id for t in get_trials(runner.store, made)]
    for _, question, _, value in get_score_means(runner.store, trials, ["correctness"]):
        values.setdefault(question, []).append(value)
    same = {q: v for q, v in values.items() if max(v) - min(v) <= 0.05}
    assert set(found.too_easy) == {q for q, v in same.items() if min(v) >= 0.5}
    assert set(found.too_hard) == {q for q, v in same.items() if max(v) < 0.5}
    board = leaderboard_to_json(runner.store, made)
    assert board["told_apart"] == found.to_json()
    by_time = find_told_apart_questions(runner.store, made, Objective(minimize="seconds_p50"))
    assert by_time == found  # nothing is right or wrong by a time: correctness tells
    waiting = runner.create(experiment(name="later", retrieval=RETRIEVAL))
    assert find_told_apart_questions(runner.store, waiting) is None


def served(name: str, **fields: Any) -> Model:
    return Model(name=name, base_url="http://127.0.0.1:1/v1", **({"model": name} | fields))


def warnings(runner: Runner, *models: Model, **fields: Any) -> list[str]:
    plain = get_experiment(runner.store, runner.create(experiment())).experiment
    changed = Experiment.model_validate(plain.model_dump() | {"models": list(models)} | fields)
    drafted = QuestionSource("model", "llama-8b", "3", "2026-11-29")
    return describe_drafting_models(changed, [drafted, drafted, None, QuestionSource("rule", "llama-8b")])


def test_a_model_that_answers_or_judges_its_own_questions_is_named(runner: Runner) -> None:
    assert warnings(runner, served("other")) == []
    [answers] = warnings(runner, served("here", model="llama-8b"), served("other"))
    assert answers.startswith("llama-8b, which drafted 2 of 4 questions, answers here: ")
    child, parent = served("tuned", parent="base"), served("base", model="llama-8b")
    both = warnings(runner, child, parent)
    assert len(both) == 2 and both[0].startswith("tuned answers here and was fine-tuned from llama-8b")
    [alone] = warnings(runner, served("tuned", parent="llama-8b"))
    assert "fine-tuned from llama-8b, which drafted 2 of 4 questions" in alone
    circle = [replace_parent(served("a"), "b"), replace_parent(served("b"), "a")]
    assert warnings(runner, *circle) == []
    scores = ["correctness", "faithfulness"]
    judged = warnings(runner, served("other"), scores=scores, judge=served("judge", model="llama-8b"))
    assert [w for w in judged if "judges here" in w] == judged and len(judged) == 1


def replace_parent(model: Model, parent: str) -> Model:
    return model.model_copy(update={"parent": parent})


def test_a_plan_warns_of_a_model_that_answers_its_own_questions(runner: Runner, made: str) -> None:
    from workbench.planning.advice.judging import advise_on_drafting_models
    from workbench.store.questions import get_questions

    record = get_experiment(runner.store, made)
    by_model = [
        replace(q, question=replace(q.question, source=QuestionSource("model", "embedded/extractive")))
        for q in get_questions(runner.store, made)
    ]
    [advice] = advise_on_drafting_models(record.experiment, by_model)
    assert advice.about == "models" and "which drafted 9 of 9 questions" in advice.text
