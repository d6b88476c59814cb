"""An objective that names `liked`, before it runs: what the file may say, and what the plan says of ratings.
Knows nothing about runs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tiny_experiment import QUESTIONS, Runner, experiment
from workbench.api import prepare_experiment
from workbench.errors import InputError
from workbench.planning.plan import make_plan
from workbench.space.experiment import LIKED, Objective
from workbench.store.learning.raters import leave_out
from workbench.store.preferences import put_preference
from workbench.store.ratings import put_rating
from workbench.store.records import Preference, Rating

GRID, RACE = {"strategy": "grid"}, {"strategy": "race"}


def advice(runner: Runner, **fields: Any) -> str:
    """What the plan says of the objective."""
    written = experiment(**({"objective": {"maximize": LIKED}} | fields))
    plan = make_plan(
        prepare_experiment(written, runner.settings, runner.store), runner.settings, runner.store
    )
    return " ".join(a.text for a in plan.advice if a.about == "objective")


def rate(runner: Runner, question: str, *, rater: str = "ann", seen: str = "s") -> None:
    put_rating(runner.store, Rating(seen, rater, 1, "", question, "an answer", (), 1.0))


@pytest.mark.parametrize(
    "objective",
    [
        {"maximize": LIKED},
        {"maximize": ["correctness", LIKED]},
        {"maximize": "correctness", "at_least": {LIKED: 0.6}},
        {"maximize": "correctness", "at_most": {LIKED: 0.9}},
    ],
)
def test_liked_is_an_aim_and_a_constraint(runner: Runner, objective: dict[str, Any]) -> None:
    prepared = prepare_experiment(experiment(objective=objective), runner.settings, runner.store)
    assert LIKED in prepared.experiment.objective.names and LIKED not in prepared.score_names
    assert Objective(**objective).wants_more(LIKED)


@pytest.mark.parametrize("entry", [LIKED, {LIKED: None}, {LIKED: {"rubric": "1 if nice, 0 if not"}}])
def test_liked_among_the_scores_is_an_error_that_says_where_it_belongs(runner: Runner, entry: Any) -> None:
    written = experiment(scores=["correctness", entry])
    with pytest.raises(InputError, match="'liked' is no score") as raised:
        prepare_experiment(written, runner.settings, runner.store)
    assert "objective: {maximize: liked}" in str(raised.value.hint)


def test_a_misspelt_liked_is_recognised(runner: Runner) -> None:
    with pytest.raises(InputError, match="'likd' is neither") as raised:
        prepare_experiment(experiment(objective={"maximize": "likd"}), runner.settings, runner.store)
    assert LIKED in str(raised.value.hint)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"search": RACE}, "pauses after the first answers"),
        ({"search": GRID}, "pauses before the held-out questions"),
        ({"search": GRID, "holdout": 0.0}, "Nothing is ranked until there are some"),
    ],
)
def test_without_ratings_the_plan_says_what_waits_for_them(
    runner: Runner, fields: dict[str, Any], says: str
) -> None:
    found = advice(runner, **fields)
    assert "nobody has rated an answer to these questions" in found and says in found and "Review" in found
    assert "rated" not in advice(runner, **fields, objective={"maximize": "correctness"})


def test_with_ratings_the_plan_says_how_many_count(runner: Runner) -> None:
    asked = QUESTIONS[1][0]
    rate(runner, asked)
    choice = Preference(
        "a", "b", rater="ann", choice="first", question=asked, first_answer="1", second_answer="2"
    )
    put_preference(runner.store, choice)
    rate(runner, "Something else?", seen="else")
    rate(runner, asked, rater="bob")
    assert "3 ratings are on answers to these questions" in advice(runner)
    leave_out(runner.store, "bob")
    assert "2 ratings are on answers" in advice(runner)


@pytest.mark.parametrize(
    ("objective", "says"),
    [
        ({"minimize": LIKED}, "higher liked is better"),
        ({"maximize": "correctness", "at_least": {LIKED: 1.2}}, "cannot be met"),
    ],
)
def test_an_aim_or_bound_that_makes_no_sense_is_named(
    runner: Runner, objective: dict[str, Any], says: str
) -> None:
    assert says in advice(runner, objective=objective)
