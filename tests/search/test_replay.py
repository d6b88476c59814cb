"""Searches that go on with a strategy that would decide otherwise today: the steps that were taken stand.
Knows nothing about the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.search.test_strategies import BEST, SEARCHES, answers, field
from workbench.search.replay import replay
from workbench.search.strategies import count_answers, start_search
from workbench.search.types import Ask, Evidence, Field, Mask, Step, Steps
from workbench.space.experiment import Objective, Search

SEARCH = {name: Search(strategy=name, **settings) for name, settings in SEARCHES.items()}  # type: ignore[arg-type]


def start(strategy: str, of: Field) -> Steps:
    return start_search(SEARCH[strategy], Objective.model_validate(BEST), of)


def walk(steps: Steps, worth: Any, most: int = 1000) -> tuple[list[Step], Mask]:
    """The first steps, and what they asked."""
    asked, taken = np.zeros(worth.shape, dtype=bool), []
    step = next(steps)
    while len(taken) < most:
        taken.append(step)
        for ask in step.asks:
            asked[ask.config, list(ask.questions)] = True
        try:
            step = steps.send(Evidence(asked.copy(), np.where(asked, worth, np.nan)))
        except StopIteration:
            break
    return taken, asked


def pairs(steps: Sequence[Step]) -> list[tuple[int, int]]:
    return [(ask.config, question) for step in steps for ask in step.asks for question in ask.questions]


@pytest.mark.parametrize("strategy", sorted(SEARCHES))
def test_steps_that_were_taken_stand_whatever_the_strategy_would_do_today(strategy: str) -> None:
    of = field(configs=24, questions=40)
    worth = answers(of)
    whole, _ = walk(start(strategy, of), worth)
    before = whole[: max(1, len(whole) // 2)]
    today = start(strategy, replace(of, seed=of.seed + 1))
    after, asked = walk(replay(today, before), worth)
    assert after[: len(before)] == before
    assert asked.all(axis=1).any()
    fewest, most = count_answers(SEARCH[strategy], 24, 40)
    assert fewest <= asked.sum() <= most


@pytest.mark.parametrize("strategy", sorted(SEARCHES))
def test_a_replay_of_some_steps_goes_on_as_the_whole_did(strategy: str) -> None:
    of = field(configs=24, questions=40)
    worth = answers(of)
    whole, _ = walk(start(strategy, of), worth)
    for count in {0, 1, len(whole) - 1, len(whole)}:
        assert walk(replay(start(strategy, of), whole[:count]), worth)[0] == whole


@pytest.mark.parametrize("strategy", ["tpe", "model"])
def test_what_another_strategy_asked_is_not_asked_again(strategy: str) -> None:
    of = field()
    worth = answers(of)
    before = walk(start(strategy, of), worth, most=2)[0]
    after, _ = walk(replay(start(strategy, replace(of, seed=7)), before), worth)
    assert len(after) > len(before)
    asked = pairs(after)
    assert len(asked) == len(set(asked))


def test_a_strategy_that_ends_sooner_today_leaves_something_to_pick() -> None:
    def hasty(of: Field) -> Steps:
        yield Step([Ask(0, [0])])
        yield Step([Ask(1, range(of.questions))])

    of = field(configs=3, questions=5)
    before = [Step([Ask(c, [0])]) for c in range(3)]
    after, asked = walk(replay(hasty(of), before), answers(of))
    assert after[:3] == before and asked.all(axis=1).tolist() == [False, True, False]
