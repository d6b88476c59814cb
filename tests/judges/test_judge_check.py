"""Tests judge-check: judges are compared on labelled answers, from a file or from thumbs.
Knows nothing about how a judge is asked."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer, Refuse
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.analysis.auroc import auroc
from workbench.analysis.detection import detect, one_class, reliability
from workbench.calls.trusted_hosts import load_trust
from workbench.cli.texts.judge_check import judge_check_text
from workbench.errors import InputError, MissingPackage, ProviderError, Stopped
from workbench.feedback.ratings import rate_answer
from workbench.providers import circuit_breaker
from workbench.run import judge_check
from workbench.run.judge_check import check_judges
from workbench.run.start_or_resume import new_client_pool
from workbench.scoring.labelled_answers import LabelledAnswer, labels_from_ratings, load_labelled
from workbench.space.model import Model
from workbench.store.answers import find_answers
from workbench.store.ledger import get_spend

FACTS = [
    ("Goods can be returned within 30 days of delivery.", "Goods can be returned within 90 days by balloon."),
    ("The tank holds two litres.", "The tank is made of purple bananas."),
    ("Heaters are collected for free by two people.", "Heaters are sold at the moon base."),
    ("Salt softeners confuse the probe of the tank.", "Salt improves every probe and all soups."),
]
ROWS = [
    LabelledAnswer(text, (right,), label)
    for right, wrong in FACTS
    for text, label in ((right, True), (wrong, False))
]


def model(server: ProtocolServer, **fields: Any) -> Model:
    return Model.model_validate(local_model(server, **({"name": "judge", "max_tokens": 300} | fields)))


def check(runner: Runner, rows: list[LabelledAnswer], judges: list[Model | None], **options: Any) -> Any:
    work = check_judges(
        runner.store, runner.settings, rows, judges, new_client_pool(load_trust(runner.store)), **options
    )
    return asyncio.run(work)


def test_judges_stand_side_by_side_with_what_is_simpler(runner: Runner) -> None:
    rows = [*ROWS, LabelledAnswer("I don't know.", ("The tank holds two litres.",), False)]
    with ProtocolServer() as server:
        found = check(runner, rows, [None, model(server)])
    embedded, asked = found["judges"]
    assert (embedded["judge"], asked["judge"], asked["asks"]) == ("embedded", "judge", "faithfulness")
    assert asked["auroc"] == 1.0 and asked["balanced_accuracy"] == 1.0 and asked["ece"] == 0.0
    assert (asked["count"], asked["not_applicable"], asked["failed"]) == (8, 1, 0)
    assert asked["cost_usd"] == pytest.approx(asked["spent_usd"]) and asked["cost_usd"] > 0
    assert asked["seconds"] > 0 and embedded["auroc"] > 0.8
    assert set(found["alone"]) == {"length", "overlap", "cosine"}
    assert all(0 <= alone["auroc"] <= 1 for alone in found["alone"].values())
    json.dumps(found, allow_nan=False)
    text = judge_check_text(found | {"labels": "set.jsonl"})
    assert "length alone" in text and "judge (faithfulness)" in text and "labelled true" in text


def test_asking_again_costs_nothing_and_every_call_is_in_the_ledger(runner: Runner) -> None:
    with ProtocolServer() as server:
        first = check(runner, ROWS, [model(server)])
        posts = len(server.posts)
        second = check(runner, ROWS, [model(server)])
        assert len(server.posts) == posts == get_spend(runner.store).calls
    [one], [two] = first["judges"], second["judges"]
    assert two["spent_usd"] == 0 and two["cost_usd"] == pytest.approx(one["cost_usd"])
    assert two["auroc"] == one["auroc"]


def test_without_ragas_a_rubric_is_measured_and_its_own_metric_is_refused(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ragas", None)
    with ProtocolServer() as server:
        assert check(runner, ROWS, [model(server)], rubric="1 when it is true.")["judges"][0]["count"] == 8
        asked = len(server.posts)
        with pytest.raises(MissingPackage, match="faithfulness needs ragas"):
            check(runner, ROWS, [model(server)])
    assert len(server.posts) == asked


def test_a_rubric_is_measured_as_a_judge(runner: Runner) -> None:
    with ProtocolServer() as server:
        found = check(runner, ROWS, [model(server)], rubric="1 when it speaks of bananas or balloons.")
    [asked] = found["judges"]
    assert asked["asks"] == "rubric" and asked["auroc"] < 0.5


def test_labels_of_one_class_are_said_plainly(runner: Runner) -> None:
    found = check(runner, [r for r in ROWS if r.label], [None])
    assert found["one_class"].startswith("All 4 answers are labelled supported")
    [embedded] = found["judges"]
    assert embedded["auroc"] is None and embedded["balanced_accuracy"] is None and embedded["bins"]
    assert found["one_class"] in judge_check_text(found | {"labels": "x"})
    json.dumps(found, allow_nan=False)


def test_a_judges_nonsense_is_counted_with_its_reason(runner: Runner) -> None:
    with ProtocolServer(judge=lambda messages: "no idea") as server:
        found = check(runner, ROWS, [None, model(server)])
    asked = found["judges"][1]
    assert (asked["count"], asked["failed"], asked["auroc"]) == (0, 8, None)
    assert any("not the JSON" in reason for reason in asked["reasons"])


def test_a_budget_ends_it(runner: Runner) -> None:
    with ProtocolServer() as server, pytest.raises(Stopped, match="budget"):
        check(runner, ROWS, [model(server, max_tokens=2000)], budget_usd=0.009)
    assert get_spend(runner.store).spent_usd <= 0.009


@pytest.mark.usefixtures("hasty")
def test_a_judge_nobody_answers_for_is_an_error(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_check, "GIVE_UP_SECONDS", 0.5)
    monkeypatch.setattr(circuit_breaker, "LONGEST_PAUSE_SECONDS", 0.5)
    with ProtocolServer(plan=lambda n, path, body: Refuse(503)) as server, pytest.raises(ProviderError):
        check(runner, ROWS, [model(server, limits={"concurrency": 8, "timeout_seconds": 1})])


def test_thumbs_are_labels(runner: Runner) -> None:
    with pytest.raises(InputError, match="Nobody"):
        labels_from_ratings(runner.store)
    result = runner.run(experiment())
    answers = find_answers(runner.store, result.id, limit=None)
    rate_answer(runner.store, answers[0].id, "up", rater="a")
    rate_answer(runner.store, answers[0].id, "up", rater="b")
    rate_answer(runner.store, answers[0].id, "down", rater="c")
    rate_answer(runner.store, answers[1].id, "down", rater="a")
    rate_answer(runner.store, answers[2].id, "up", rater="a")
    rate_answer(runner.store, answers[2].id, "down", rater="b")  # a tie says nothing
    rows = labels_from_ratings(runner.store)
    assert sorted((r.answer, r.label) for r in rows) == sorted(
        [(answers[0].text, True), (answers[1].text, False)]
    )
    assert rows[0].passages == tuple(p.text for p in answers[0].passages)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"answer": "a", "passages": ["p"]}', "'label' is missing"),
        ('{"answer": "a", "pasages": ["p"], "label": 1}', "Did you mean 'pasages'"),
        ('{"answer": "a", "passages": ["p"], "label": "yes"}', "label is 'yes'"),
        ('{"answer": "a", "passages": ["p"], "label": 2}', "label is 2"),
        ('{"answer": 5, "passages": ["p"], "label": 1}', "answer is 5"),
        ('{"answer": "a", "passages": [1], "label": 1}', "passages must be a list"),
        ("not json", "not JSON"),
        ("[]", "expected an object"),
    ],
)
def test_a_bad_line_is_named_with_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text('{"answer": "a", "passages": ["p"], "label": true, "more": 1}\n' + line + "\n")
    with pytest.raises(InputError) as error:
        load_labelled(file)
    assert f"{file}:2" in str(error.value) and message in str(error.value)


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_text("\n")
    with pytest.raises(InputError, match="no labelled answer"):
        load_labelled(tmp_path / "set.jsonl")


def test_auroc_and_calibration_follow_their_definitions() -> None:
    assert auroc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75
    found = detect([0.05, 0.95, 0.95, 0.15], [False, True, False, False], list("abcd"), threshold=0.5)
    assert found.balanced_accuracy == pytest.approx((1.0 + 2 / 3) / 2)
    assert found.ece == pytest.approx((0.05 + 0.15 + 2 * 0.45) / 4)
    assert [(b.count, b.right) for b in reliability([1.0, 0.0, 0.99], [True, False, False])] == [
        (1, 0.0),
        (2, 0.5),
    ]
    assert one_class([True, False]) == "" and "no labelled" in one_class([])
    assert detect([0.5], [True], ["a"], threshold=0.5).auroc is None
