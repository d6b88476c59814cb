"""Each strategy on tables of known answers: what it picks, what it spends, what it never does.
Knows nothing about the engine."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.parts.part import Strategy
from workbench.parts.registry import parts_of
from workbench.search.race import evidence_against
from workbench.search.simulation import Outcome, play
from workbench.search.strategies import count_answers, start_search
from workbench.search.types import Constraint, Evidence, Field, Step, best_first
from workbench.space.experiment import Objective, Search

SEARCHES = {
    "grid": {},
    "random": {"trials": 12},
    "tpe": {"trials": 12},
    "halving": {},
    "race": {},
    "model": {},
}
BEST = {"maximize": "correctness"}

STRATEGIES = parts_of(Strategy)


def load(strategy: str) -> Any:
    return STRATEGIES[strategy].load()


def field(configs: int = 48, questions: int = 60, seed: int = 1) -> Field:
    axes = list(
        product(["short", "long"], ["64", "128", "256"], ["dense", "keyword"], ["2", "4"], ["a", "b"])
    )
    names = ("prompt", "chunk_tokens", "retriever", "top_k", "model")
    return Field(
        [dict(zip(names, axes[i % len(axes)], strict=True)) for i in range(configs)], questions, seed
    )


def answers(of: Field, spread: float = 0.25, noise: float = 0.2) -> Any:
    """Worth of every answer: one effect a knob setting, one a question, and noise."""
    rng = np.random.default_rng(of.seed)
    effects = {
        (k, v): e
        for k in of.knobs[0]
        for v, e in zip(sorted({x[k] for x in of.knobs}), rng.normal(0, spread / 3, 9), strict=False)
    }
    own = np.array([sum(effects[item] for item in knobs.items()) for knobs in of.knobs])
    table = (
        0.5
        + own[:, None]
        + rng.normal(0, 0.25, of.questions)
        + rng.normal(0, noise, (of.configs, of.questions))
    )
    return np.clip(table, 0.0, 1.0)


def run(strategy: str, of: Field, worth: Any, **options: Any) -> Outcome:
    search = Search(strategy=strategy, **SEARCHES[strategy])  # type: ignore[arg-type]
    return play(start_search(search, Objective.model_validate(BEST), of), worth, **options)


@pytest.fixture(params=sorted(STRATEGIES))
def strategy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_pick_is_near_the_best(strategy: str) -> None:
    fields = [field(seed=seed) for seed in range(4)]
    assert np.mean([run(strategy, of, answers(of)).regret for of in fields]) < 0.08


def test_the_same_seed_asks_the_same(strategy: str) -> None:
    of = field()
    first, second = (run(strategy, of, answers(of)) for _ in range(2))
    assert (first.asked == second.asked).all() and first.pick == second.pick


def test_it_asks_as_many_as_it_says(strategy: str) -> None:
    of = field()
    fewest, most = count_answers(Search(strategy=strategy, **SEARCHES[strategy]), of.configs, of.questions)  # type: ignore[arg-type]
    assert fewest <= run(strategy, of, answers(of)).answers <= most


@pytest.mark.parametrize(("configs", "questions"), [(1, 1), (1, 9), (2, 1), (3, 2), (7, 5)])
def test_a_space_of_a_few_points_is_searched_through(strategy: str, configs: int, questions: int) -> None:
    of = field(configs, questions)
    outcome = run(strategy, of, answers(of))
    assert outcome.asked[outcome.pick].all()


def test_equal_configurations_end_without_a_drop_beyond_doubt() -> None:
    of = field(configs=30, questions=40)
    assert not run("race", of, np.full((30, 40), 0.5)).dropped


@pytest.mark.parametrize("value", [0.0, 1.0, 0.3])
def test_answers_that_are_all_equal_break_nothing(strategy: str, value: float) -> None:
    of = field(configs=20, questions=20)
    assert run(strategy, of, np.full((20, 20), value)).regret == 0.0


def test_questions_that_do_not_apply_break_nothing(strategy: str) -> None:
    of = field(configs=20, questions=20)
    worth = answers(of)
    worth[:, ::3] = np.nan
    worth[5] = np.nan  # never applicable: it can win nothing
    search = Search(strategy=strategy, **SEARCHES[strategy])  # type: ignore[arg-type]
    steps = start_search(search, Objective.model_validate(BEST), of)
    asked = np.zeros(worth.shape, dtype=bool)
    step: Step | None = next(steps)
    while step is not None:
        for ask in step.asks:
            asked[ask.config, list(ask.questions)] = True
        try:
            step = steps.send(Evidence(asked.copy(), np.where(asked, worth, np.nan)))
        except StopIteration:
            step = None
    complete = [c for c in range(20) if asked[c].all()]
    assert best_first(Evidence(asked, worth), complete)[0] != 5


def test_what_misses_a_constraint_is_not_the_pick(strategy: str) -> None:
    of = field(configs=24, questions=40)
    worth = answers(of)
    grounded = np.full(worth.shape, 0.9)
    tempting = np.argsort(worth.mean(axis=1))[-6:]
    grounded[tempting] = 0.2
    outcome = run(strategy, of, worth, constraints=(("grounding", grounded, 0.8),))
    assert outcome.pick not in tempting


def test_costs_may_have_any_size(strategy: str) -> None:
    shares = []  # of the distance between the best and the worst
    for seed in range(8):
        of = field(configs=24, questions=40, seed=seed)
        worth = -1000.0 * (1.0 - answers(of)) - 5.0
        shares.append(run(strategy, of, worth, unit=False).regret / np.ptp(worth.mean(axis=1)))
    assert np.mean(shares) < 0.15


def test_halving_spends_a_fraction_and_keeps_a_handful_to_the_end() -> None:
    of = field(configs=240, questions=120)
    outcome = run("halving", of, answers(of))
    assert outcome.answers < 0.2 * 240 * 120
    assert outcome.asked.all(axis=1).sum() < 12


def test_a_race_drops_what_is_clearly_worse_and_says_after_how_many_questions() -> None:
    of = field(configs=2, questions=100)
    rng = np.random.default_rng(3)
    worth = np.stack([rng.uniform(0.6, 1.0, 100), rng.uniform(0.0, 0.4, 100)])
    steps = load("race")(of)
    step, asked = next(steps), np.zeros((2, 100), dtype=bool)
    while not step.drops:
        for ask in step.asks:
            asked[ask.config, list(ask.questions)] = True
        step = steps.send(Evidence(asked.copy(), np.where(asked, worth, np.nan)))
    assert set(step.drops) == {1} and "beyond doubt after" in step.drops[1]
    assert asked[1].sum() < 60


def test_a_leader_that_may_miss_a_constraint_drops_nobody_in_a_race() -> None:
    of = field(configs=2, questions=100)
    worth = np.stack([np.full(100, 0.9), np.full(100, 0.1)])
    rng = np.random.default_rng(1)
    doubtful = np.stack([(rng.random(100) < 0.8).astype(float), np.ones(100)])
    assert 1 not in run("race", of, worth, constraints=(("grounding", doubtful, 0.8),)).dropped


def test_the_best_is_seldom_dropped_however_often_a_race_looks() -> None:
    """With confidence 0.5, in the hardest case (all are equally good on average), for 80 races."""
    lost = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        worth = (rng.random((4, 60)) < 0.5).astype(float)
        worth[:, rng.permutation(60)] = worth[:, np.arange(60)]
        best = int(np.argmax(worth.mean(axis=1)))
        of = Field([{"k": str(i)} for i in range(4)], 60, seed)
        lost += best in play(load("race")(of, block=1, confidence=0.5), worth).dropped
    assert lost <= 40


@given(st.lists(st.integers(0, 1), min_size=2, max_size=40), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_a_mean_that_can_no_longer_be_reached_is_certain(values: list[int], rng: Any) -> None:
    rng.shuffle(values)
    table = np.array([values], dtype=float)
    found = evidence_against(table, len(values))[0]
    assert (sum(values) < len(values) / 2) == bool(np.isinf(found))


def test_the_bet_is_won_wrongly_no_more_often_than_it_says() -> None:
    """Populations whose mean is exactly one half: at level 0.1, at most one in ten passes log(10)."""
    rng = np.random.default_rng(11)
    population = np.concatenate([np.zeros(20), np.ones(20), np.full(20, 0.5)])
    tables = np.stack([rng.permutation(population) for _ in range(2_000)])
    assert (evidence_against(tables, 60) > np.log(10)).mean() <= 0.1


def test_tpe_asks_no_configuration_twice_and_finds_settings_that_make_no_difference() -> None:
    knobs = [
        {"retriever": "keyword", "embedding": "", "top_k": k} for k in ("2", "4", "8")
    ] + [{"retriever": "dense", "embedding": e, "top_k": k} for e in "xy" for k in ("2", "4", "8")]  # fmt: skip
    of = Field(knobs, 10, 2)
    outcome = play(load("tpe")(of, trials=9), answers(of))
    assert outcome.asked.all() and outcome.answers == 90


def test_tpe_with_two_aims_tries_what_is_asked() -> None:
    of = field(configs=24, questions=10)
    worth, other = answers(of), -answers(field(configs=24, questions=10, seed=5))
    steps, tried = load("tpe")(of, trials=10, objectives=2), []
    asked = np.zeros(worth.shape, dtype=bool)
    step: Step | None = next(steps)
    while step is not None:
        for ask in step.asks:
            tried.append(ask.config)
            asked[ask.config] = True
        shown = [np.where(asked, v, np.nan) for v in (worth, other)]
        try:
            step = steps.send(Evidence(asked.copy(), shown[0], others=(shown[1],)))
        except StopIteration:
            step = None
    assert len(tried) == len(set(tried)) == 10


def test_constraints_come_before_worth() -> None:
    worth = np.array([[0.9, 0.9], [0.5, 0.5], [0.6, 0.6]])
    grounded = np.array([[0.1, 0.1], [0.9, 0.9], [0.7, 0.7]])
    evidence = Evidence(np.ones((3, 2), dtype=bool), worth, constraints=(Constraint("g", grounded, 0.8),))
    assert best_first(evidence, [0, 1, 2]) == [1, 2, 0]
