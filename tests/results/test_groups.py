"""Experiments whose questions share sections or groups, from the question file to the leaderboard.
Knows nothing about the statistics themselves: analysis has tests of its own."""

from __future__ import annotations

import json
from typing import Any

from sqlmodel import update

from tests.tiny_experiment import Runner, experiment
from workbench.api import prepare_experiment
from workbench.cli.texts.leaderboard import leaderboard_text
from workbench.cli.texts.significance import comparison_text
from workbench.planning.plan import make_plan
from workbench.results.leaderboard import leaderboard_to_json
from workbench.results.leaderboard_csv import leaderboard_csv
from workbench.results.summarise import get_effects, summarise_trial
from workbench.store.questions import get_clusters, get_questions
from workbench.store.tables import ExperimentQuestionRow


def write_questions(runner: Runner, rows: list[dict[str, Any]]) -> None:
    path = runner.settings.corpora / "tiny" / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_questions_about_one_section_are_one_group_wherever_figures_are_shown(runner: Runner) -> None:
    result = runner.run(experiment())
    board = result.leaderboard
    assert (board["questions"], board["groups"]) == (5, 3)
    figure = board["trials"][0]["scores"]["correctness"]
    assert (figure["count"], figure["groups"]) == (5, 3)
    difference = board["trials"][1]["difference"]
    assert (difference["questions"], difference["groups"]) == (5, 3)
    assert "95 % over 5 questions in 3 groups" in leaderboard_text(board)
    assert "over 5 common questions in 3 groups" in comparison_text(
        {"trial": "b", "interval_note": "", **difference}
    )
    assert "5 questions in 3 groups" in board["verdict"]["reasons"][0]
    assert "fewer than 6 groups of questions" in board["verdict"]["reasons"][1]
    assert "difference_groups" in leaderboard_csv(board).splitlines()[0]
    effects = get_effects(runner.store, result.id)
    assert (effects["questions"], effects["groups"]) == (5, 3)


def test_a_plan_counts_groups_beside_questions(runner: Runner) -> None:
    prepared = prepare_experiment(experiment(), runner.settings, runner.store)
    plan = make_plan(prepared, runner.settings, runner.store).to_json()
    assert (plan["questions"], plan["groups"]) == (5, 3)
    assert any("5 selection questions in 3 groups" in text for text in plan["warnings"])


def test_wordings_of_one_fact_are_in_one_part_and_one_cluster(runner: Runner) -> None:
    evidence = [{"document": "water.md", "quote": "The tank holds two litres."}]
    write_questions(
        runner,
        [
            {
                "id": f"f{fact}w{wording}", "question": f"Wording {wording} of {fact}?", "group": f"fact {fact}",
                "answer": "Two litres", "evidence": evidence,
            }
            for fact in range(12)
            for wording in range(3)
        ],
    )  # fmt: skip
    created = runner.create(experiment())
    by_group: dict[str | None, set[tuple[str, str]]] = {}
    for item in get_questions(runner.store, created):
        by_group.setdefault(item.question.group, set()).add((item.part, item.cluster))
    assert len(by_group) > 3
    assert all(len(places) == 1 for places in by_group.values())
    assert len({cluster for places in by_group.values() for _, cluster in places}) == len(by_group)


def test_probes_are_in_the_cluster_of_the_question_they_vary(runner: Runner) -> None:
    created = runner.create(experiment(scores=["correctness", "injection"]))
    items = get_questions(runner.store, created)
    of_question = {item.question.id: item.cluster for item in items}
    probes = [item for item in items if item.part == "probe"]
    assert probes
    assert all(p.cluster == of_question[p.question.id.partition("~")[0]] for p in probes)
    assert set(get_clusters(runner.store, created)) <= {i.question.id for i in items if i.part != "probe"}


def test_questions_of_older_experiments_stand_alone(runner: Runner) -> None:
    result = runner.run(experiment())
    with runner.store.write() as session:
        session.execute(update(ExperimentQuestionRow).values(cluster=""))
    board = leaderboard_to_json(runner.store, result.id)
    assert (board["questions"], board["groups"]) == (5, None)
    (summary, *_) = [
        s for s in summarise_trial(runner.store, board["trials"][0]["trial"]) if s.part == "search"
    ]
    assert summary.scores["correctness"].groups is None
    assert "95 % over 5 questions." in leaderboard_text(board)
