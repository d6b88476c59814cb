"""Filters by metadata in whole runs: conditions of the experiment, of questions, and derived by a model.
Knows nothing about how conditions are compared: tests/pipeline/test_metadata_index.py does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from tests.protocol_server.misbehaviour import Reply
from tests.tiny_experiment import QUESTIONS, Runner, experiment, local_model
from workbench.api import prepare_experiment
from workbench.errors import ExperimentError
from workbench.planning.plan import make_plan
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.space.experiment import ExperimentFile
from workbench.store.answers import find_answers
from workbench.store.records import AnswerRecord

AXES = {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [3]}
REGIONS = {"returns.md": "NL", "heaters.md": "DE", "water.md": "NL"}
HEATERS = {question for question, _, document, _ in QUESTIONS if document == "heaters.md"}


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer() as running:
        yield running


@pytest.fixture
def runner(runner: Runner) -> Runner:
    corpus = runner.settings.corpora / "tiny"
    rows = [json.dumps({"document": name, "region": region}) for name, region in REGIONS.items()]
    (corpus / "metadata.jsonl").write_text("\n".join(rows))
    file = corpus / "questions.jsonl"
    questions = [json.loads(line) for line in file.read_text().splitlines()]
    for row in questions:
        if row["question"] in HEATERS:
            row["filter"] = {"region": "de"}
    file.write_text("\n".join(map(json.dumps, questions)))
    return runner


def filtered(*filters: Any, **more: Any) -> ExperimentFile:
    axes = more.pop("axes", {})
    return experiment(retrieval=AXES | {"filter": list(filters)} | axes, **more)


def answers_of(runner: Runner, experiment_id: str) -> dict[str, list[AnswerRecord]]:
    by_trial: dict[str, list[AnswerRecord]] = {}
    for answer in find_answers(runner.store, experiment_id, limit=None):
        by_trial.setdefault(answer.trial_name, []).append(answer)
    return by_trial


def regions(answer: AnswerRecord) -> set[str]:
    return {REGIONS[passage.document] for passage in answer.passages}


def left(runner: Runner, written: ExperimentFile) -> dict[str, int]:
    prepared = prepare_experiment(written, runner.settings, runner.store)
    stages = make_plan(prepared, runner.settings, runner.store).stages
    return {stage: count.left for stage, count in stages.items()}


def test_a_run_with_no_filter_the_questions_own_and_a_condition(runner: Runner) -> None:
    done = runner.run(filtered("none", "question", {"region": "NL"}))
    assert done.state == "done"
    by_trial = answers_of(runner, done.id)
    [own] = [answers for name, answers in by_trial.items() if "filter question" in name]
    [given] = [answers for name, answers in by_trial.items() if "filter where region nl" in name]
    assert all(regions(a) <= {"DE"} for a in own if a.question.text in HEATERS)
    assert any(a.passages for a in own if a.question.text in HEATERS)
    assert all(regions(a) <= {"NL"} for a in given) and any(a.passages for a in given)
    # What comes to the same shares its rankings, and so do metadata that make no difference.
    other = filtered({"region": ["nl", "BE"]}, axes={"top_k": [2]})
    assert left(runner, other)["retrieve"] == 0
    metadata = runner.settings.corpora / "tiny" / "metadata.jsonl"
    metadata.write_text(metadata.read_text() + '\n{"document": "water.md", "owner": "me"}')
    assert left(runner, other)["retrieve"] == 0
    metadata.write_text(metadata.read_text() + '\n{"document": "water.md", "region": "DE"}')
    assert left(runner, other)["retrieve"] > 0


def test_a_condition_that_no_document_meets_gives_no_passages_and_says_so(runner: Runner) -> None:
    written = filtered({"region": "FR"})
    advice = prepare_experiment(written, runner.settings, runner.store).warnings
    assert any("no document meets" in text for text in advice)
    done = runner.run(written)
    [answers] = answers_of(runner, done.id).values()
    assert done.state == "done"
    assert all("filter_empty" in a.flags and not a.passages for a in answers)


def test_a_key_that_no_document_has_is_an_error_here_and_advice_in_a_question(runner: Runner) -> None:
    with pytest.raises(ExperimentError, match="no document has the metadata 'regoin'") as caught:
        prepare_experiment(filtered({"regoin": "NL"}), runner.settings, runner.store)
    assert caught.value.hint == "Did you mean 'region'?"
    file = runner.settings.corpora / "tiny" / "questions.jsonl"
    file.write_text(file.read_text().replace('"region": "de"', '"regoin": "de"'))
    advice = prepare_experiment(filtered("question"), runner.settings, runner.store).warnings
    assert any("'regoin'" in text and "Did you mean 'region'?" in text for text in advice)


@pytest.mark.parametrize(
    ("reply", "expected", "flag"),
    [
        ('```json\n{"Region": "de", "colour": "red"}\n```', {"DE"}, ""),
        ('{"region": ["NL", "Atlantis"]}', {"NL"}, ""),
        ("{}", {"NL", "DE"}, ""),
        ('{"region": "Atlantis", "region2": {"min": 1}}', {"NL", "DE"}, ""),
        ('{"region": {"min": "x"}}', {"NL", "DE"}, ""),
        ("I think that all of them may help.", {"NL", "DE"}, "query_nonsense"),
        ("[1, 2", {"NL", "DE"}, "query_nonsense"),
        ("", {"NL", "DE"}, "query_empty"),
    ],
    ids=["fence", "list", "none", "unknown", "range", "prose", "broken", "empty"],
)
def test_a_condition_is_derived_from_the_question_whatever_the_reply(
    runner: Runner, server: ProtocolServer, reply: str, expected: set[str], flag: str
) -> None:
    asked: list[str] = []

    def answer(number: int, path: str, body: dict[str, Any]) -> Reply | None:
        said = body["messages"][-1]["content"] if "messages" in body else ""
        if "Metadata:" not in said:
            return None
        asked.append(said)
        # One question is answered as it should be: a model that fails always stops the run.
        return Reply("{}" if "label" in said.rpartition("Question:")[2] else reply)

    server.plan = answer
    axes = {"query_model": local_model(server), "top_k": [5]}
    written = filtered("derived", axes=axes)
    done = runner.run(written)
    assert done.state == "done", done
    assert '"DE"' in asked[0] and '"NL"' in asked[0] and "title" not in asked[0]
    [answers] = answers_of(runner, done.id).values()
    usual = [a for a in answers if "label" not in a.question.text]
    found = set().union(*map(regions, usual))
    assert found <= expected
    assert all((a.condition is not None) == (len(expected) == 1) for a in usual)
    assert {json.loads(a.condition).keys() == {"region"} for a in usual if a.condition} <= {True}
    for one in usual:
        failed = {f for f in one.flags if f.startswith(("filter", "query"))}
        assert failed == ({"filter_failed", flag} if flag else set())


def test_an_exported_winner_filters_too(runner: Runner, tmp_path: Path) -> None:
    done = runner.run(filtered({"region": "DE"}))
    file = export_winner(runner.store, done.id, out=tmp_path / "winner.yaml")
    answer = load_winner(file, runner.settings.corpora / "tiny", settings=runner.settings).answer(
        "How are heaters and the label returned?"
    )
    assert {p.document for p in answer.passages} == {"heaters.md"}
