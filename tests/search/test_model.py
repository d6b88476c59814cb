"""The regression strategy: exact against brute force, what it finds and spends, and every odd table.
Knows nothing about the other strategies or the engine."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from workbench.search.acquisition import contrasts, look, take
from workbench.search.bayesian_optimisation import FEWEST_ASKS, SMALL_GRID, count_model, model
from workbench.search.gaussian_process import NUGGET, Variances, believe, learn, start
from workbench.search.kernel import Likeness, find_likeness
from workbench.search.simulation import play
from workbench.search.types import Evidence, Field, Mask, Step, Values

AXES = {
    "prompt": ["short", "long", "cited"],
    "chunk_tokens": ["64", "128", "256"],
    "retriever": ["dense", "keyword"],
    "top_k": ["2", "4", "8"],
}


def grid(axes: dict[str, list[str]] = AXES) -> list[dict[str, str]]:
    return [dict(zip(axes, settings, strict=True)) for settings in product(*axes.values())]


def table(knobs: list[dict[str, str]], questions: int, seed: int, own: float = 0.1) -> Values:
    """Answers in [0, 1]: an effect of each setting, on all questions and on each, how hard each is, and rest."""
    rng = np.random.default_rng(seed)

    def effects(size: float) -> Values:
        total = np.zeros(len(knobs))
        for strength, name in zip((1.0, 0.6, 0.6, 0.3), knobs[0], strict=False):
            settings = sorted({row[name] for row in knobs})
            drawn = rng.normal(0, size * strength, len(settings))
            total += drawn[[settings.index(row[name]) for row in knobs]]
        return total

    shared = effects(0.06)
    columns = [shared + effects(0.1) + rng.normal(0, 0.25) for _ in range(questions)]
    noise = rng.normal(0, own, (len(knobs), questions))
    return np.clip(0.5 + np.column_stack(columns) + noise, 0.0, 1.0)


def field(questions: int, seed: int = 1, knobs: list[dict[str, str]] | None = None) -> Field:
    return Field(grid() if knobs is None else knobs, questions, seed)


def evidence_of(worth: Values, asked: Mask) -> Evidence:
    return Evidence(asked.copy(), np.where(asked, worth, np.nan))


def steps_of(of: Field, worth: Values, **settings: float) -> list[Step]:
    asked = np.zeros(worth.shape, dtype=bool)
    search, found = model(of, **settings), []  # type: ignore[arg-type]
    step = next(search)
    while True:
        found.append(step)
        for ask in step.asks:
            asked[ask.config, list(ask.questions)] = True
        try:
            step = search.send(evidence_of(worth, asked))
        except StopIteration:
            return found


def asked_by(steps: list[Step], worth: Values) -> Mask:
    asked = np.zeros(worth.shape, dtype=bool)
    for step in steps:
        for ask in step.asks:
            asked[ask.config, list(ask.questions)] = True
    return asked


def test_likeness_is_1_for_equal_settings_and_falls_with_the_distance_of_numbers() -> None:
    likeness = find_likeness(grid())
    near = likeness.names.index("chunk_tokens, near")
    small, middle, large = (
        next(i for i, row in enumerate(grid()) if row == {**grid()[0], "chunk_tokens": tokens})
        for tokens in ("64", "128", "256")
    )
    alike = likeness.alike[likeness.pattern, near]
    assert alike[small, small] == 1.0 and alike[small, middle] == 0.5 and alike[small, large] == 0.0
    assert (likeness.alike[likeness.pattern.diagonal()] == 1.0).all()


@pytest.mark.parametrize("levels", [1, 2, 3, 20])
def test_every_mixture_of_likenesses_is_a_covariance(levels: int) -> None:
    knobs = grid({"a": [str(2**i) for i in range(levels)], "b": ["x", "nan", "inf"], "c": ["", "1", "z"]})
    likeness = find_likeness(knobs)
    weights = np.random.default_rng(1).random(len(likeness.names))
    assert np.linalg.eigvalsh(likeness.kernel(weights)).min() > -1e-9


class BruteForce:
    """The same model as one joint Gaussian over all answers, conditioned by the book."""

    def __init__(self, likeness: Likeness, variances: Variances, configs: int, questions: int) -> None:
        self._configs, self._questions, self._middle = configs, questions, variances.middle
        own, shared = likeness.kernel(variances.per_question), likeness.kernel(variances.shared)
        self.nugget = NUGGET * own[0, 0]
        shared = shared + np.eye(configs) * NUGGET * shared[0, 0]
        stretch = np.sqrt(variances.scales)
        self._joint = np.kron(np.outer(stretch, stretch), shared)
        self._joint += np.kron(np.diag(variances.scales), own)
        self._joint += np.kron(np.eye(questions), np.full((configs, configs), variances.level))

    def given(self, worth: Values) -> tuple[Values, Values]:
        """Mean and covariance of all answers, question by question."""
        known = ~np.isnan(worth.T.ravel())
        told = self._joint[np.ix_(known, known)] + self.nugget * np.eye(int(known.sum()))
        reach = np.linalg.solve(told, self._joint[known]).T
        mean = self._middle + reach @ (worth.T.ravel()[known] - self._middle)
        return mean, self._joint - reach @ self._joint[known]

    def means(self) -> Values:
        """configurations × answers: what averages all answers of each configuration."""
        return np.kron(np.ones((1, self._questions)) / self._questions, np.eye(self._configs))


@pytest.fixture
def small() -> tuple[Likeness, Variances, Values, BruteForce]:
    rng = np.random.default_rng(3)
    knobs = grid({name: AXES[name] for name in ("prompt", "chunk_tokens", "retriever")})
    worth = np.where(rng.random((18, 9)) < 0.3, rng.random((18, 9)), np.nan)
    worth[:, 4] = np.nan
    likeness = find_likeness(knobs)
    variances = start(likeness, worth)
    learn(likeness, variances, worth, 2)
    variances.scales = 0.5 + rng.random(9)
    return likeness, variances, worth, BruteForce(likeness, variances, 18, 9)


def test_beliefs_are_those_of_the_joint_gaussian(
    small: tuple[Likeness, Variances, Values, BruteForce],
) -> None:
    likeness, variances, worth, brute = small
    belief = believe(likeness, variances, worth, np.ones(9, dtype=bool))
    mean, covariance = brute.given(worth)
    assert belief.mean == pytest.approx(brute.means() @ mean, abs=1e-9)
    assert belief.covariance == pytest.approx(brute.means() @ covariance @ brute.means().T, abs=1e-9)


def test_what_an_answer_would_tell_is_updated_exactly(
    small: tuple[Likeness, Variances, Values, BruteForce],
) -> None:
    likeness, variances, worth, brute = small
    contenders = np.array([0, 4, 7, 11, 17])
    importance = np.array([0.4, 0.3, 0.1, 0.1, 0.1])
    belief = believe(likeness, variances, worth, np.ones(9, dtype=bool))
    wanted = contrasts(belief.covariance[np.ix_(contenders, contenders)], importance)
    outlook = look(belief, contenders, wanted, room=5)
    for question, place in ((4, 0), (4, 2), (0, 1), (4, 4), (8, 3)):
        if np.isnan(worth[contenders[place], question]):
            take(outlook, question, place)
            worth[contenders[place], question] = 0.5  # which value does not matter
    _, covariance = brute.given(worth)
    places = np.arange(9)[:, None] * 18 + contenders
    assert outlook.variance == pytest.approx(covariance.diagonal()[places] + brute.nugget, abs=1e-9)
    link = (brute.means() @ covariance)[contenders][:, places]
    assert outlook.link == pytest.approx(np.einsum("jqc,jw->qcw", link, wanted), abs=1e-9)


def test_learning_raises_the_likelihood_and_finds_the_knob_that_matters() -> None:
    knobs = grid()
    rng = np.random.default_rng(5)
    by_prompt = rng.normal(0, 1, (3, 40))
    worth = np.array([by_prompt[AXES["prompt"].index(row["prompt"])] for row in knobs])
    worth += rng.normal(0, 0.1, worth.shape)
    asked = rng.random(worth.shape) < 0.1
    likeness, seen = find_likeness(knobs), np.where(asked, worth, np.nan)
    variances = start(likeness, seen)
    learn(likeness, variances, seen, 15)
    own = dict(zip(likeness.names, variances.per_question, strict=True))
    assert own["prompt"] > 0.5 * sum(own.values())
    assert own["retriever"] < 0.05 * own["prompt"]


def test_a_fifth_of_the_answers_finds_one_of_the_best() -> None:
    knobs = grid({**AXES, "retriever": ["dense", "keyword", "hybrid"]})
    outcomes = [play(model(field(60, seed, knobs)), table(knobs, 60, seed)) for seed in range(6)]
    assert max(outcome.answers for outcome in outcomes) <= 0.2 * 81 * 60
    assert np.mean([outcome.regret for outcome in outcomes]) <= 0.01


@pytest.mark.parametrize("top_k", [["2"], ["2", "4"]])
def test_a_small_grid_may_ask_a_larger_share_and_finds_one_of_the_best(top_k: list[str]) -> None:
    knobs = grid({**AXES, "top_k": top_k})
    outcomes = [play(model(field(60, seed, knobs)), table(knobs, 60, seed)) for seed in range(6)]
    assert max(outcome.answers for outcome in outcomes) <= 0.2 * SMALL_GRID * 60
    assert max(outcome.answers for outcome in outcomes) < 0.9 * len(knobs) * 60
    assert np.mean([outcome.regret for outcome in outcomes]) <= 0.005


def test_without_any_structure_it_still_beats_trying_as_much_at_random() -> None:
    rng = np.random.default_rng(7)
    worth = np.clip(rng.normal(0.5, 0.08, (54, 1)) + rng.normal(0, 0.25, (54, 60)), 0, 1)
    outcomes = [play(model(field(60, seed)), worth) for seed in range(4)]
    means = np.sort(worth.mean(axis=1))[::-1]
    tried = max(outcome.answers for outcome in outcomes) // 60
    at_random = [means[0] - means[rng.choice(54, tried, replace=False)].max() for _ in range(500)]
    assert np.mean([outcome.regret for outcome in outcomes]) < 0.5 * np.mean(at_random)


def test_right_or_wrong_answers_are_no_obstacle() -> None:
    worth = (table(grid(), 80, 11) > 0.5).astype(float)
    assert np.mean([play(model(field(80, seed)), worth).regret for seed in range(4)]) <= 0.025


def test_costs_without_bound_are_searched_too() -> None:
    worth = -np.exp(4 * table(grid(), 60, 12)) * 1e-5
    outcomes = [play(model(field(60, seed)), worth, unit=False) for seed in range(3)]
    assert np.mean([outcome.regret for outcome in outcomes]) <= 0.02 * -worth.mean(axis=1).max()


def test_a_replay_asks_and_drops_the_same() -> None:
    worth = table(grid(), 40, 2)
    first, second = steps_of(field(40), worth), steps_of(field(40), worth)
    assert [(s.asks, s.drops) for s in first] == [(s.asks, s.drops) for s in second]


def test_steps_keep_a_server_busy() -> None:
    worth = table(grid(), 60, 2)
    steps = steps_of(field(60), worth)
    asks = [sum(len(ask.questions) for ask in step.asks) for step in steps[:-1]]
    # Only what the leaders have not been asked yet may be less.
    assert sum(count < FEWEST_ASKS for count in asks) <= 2
    assert len(steps) < 40


def test_finalists_are_asked_everything_and_the_others_dropped_with_a_reason() -> None:
    worth = table(grid(), 60, 4)
    steps = steps_of(field(60), worth)
    asked = asked_by(steps, worth).all(axis=1)
    dropped = {config: reason for step in steps for config, reason in step.drops.items()}
    assert asked.sum() >= 5
    assert set(dropped) == set(np.flatnonzero(~asked))
    assert all("expected 0." in reason for reason in dropped.values())


def test_a_constraint_is_met_by_the_pick() -> None:
    worth = table(grid(), 60, 6)
    grounding = 1.0 - 0.6 * (worth.mean(axis=1, keepdims=True) > np.quantile(worth.mean(axis=1), 0.8))
    grounding = np.repeat(grounding, 60, axis=1)
    limit = ("grounding", grounding, 0.7)
    picks = [play(model(field(60, seed)), worth, constraints=(limit,)).pick for seed in range(3)]
    feasible, means = grounding.mean(axis=1) >= 0.7, worth.mean(axis=1)
    assert feasible[picks].all()
    assert means[feasible].max() - means[picks].mean() <= 0.015


def test_a_constraint_that_nothing_meets_ends_with_a_pick() -> None:
    worth = table(grid(), 30, 6)
    outcome = play(model(field(30)), worth, constraints=(("grounding", worth / 2, 0.9),))
    assert outcome.asked[outcome.pick].all()


def test_questions_that_apply_to_no_configuration_are_asked_little() -> None:
    worth = table(grid(), 60, 8)
    worth[:, ::3] = np.nan
    steps = steps_of(field(60), worth)
    asked = asked_by(steps[:-1], worth)
    assert asked[:, ::3].sum() < 0.25 * asked.sum()


@pytest.mark.parametrize("value", [0.0, 0.4, np.nan])
def test_answers_that_are_all_the_same_end_within_the_share(value: float) -> None:
    steps = steps_of(field(30), np.full((54, 30), value))
    asked = asked_by(steps, np.full((54, 30), value))
    assert asked.all(axis=1).any() and asked.sum() <= 0.2 * SMALL_GRID * 30


@pytest.mark.parametrize(
    ("configs", "questions"), [(1, 1), (1, 30), (7, 3), (8, 1), (8, 30), (54, 1), (30, 3)]
)
def test_small_spaces_end_with_a_pick_and_no_more_answers_than_announced(
    configs: int, questions: int
) -> None:
    knobs = grid()[:configs]
    worth = table(knobs, questions, 9) if configs > 1 else np.full((1, questions), 0.5)
    outcome = play(model(field(questions, 1, knobs)), worth)
    fewest, most = count_model(configs, questions)
    assert fewest <= outcome.answers <= most
    if configs < 8:
        assert outcome.regret == 0.0


@pytest.mark.parametrize("answers", [0.001, 0.05, 1.0])
def test_the_share_of_answers_is_kept(answers: float) -> None:
    worth = table(grid(), 30, 10)
    outcome = play(model(field(30), answers=answers), worth)
    assert outcome.answers <= max(answers * SMALL_GRID * 30, 30 + FEWEST_ASKS)


def test_of_very_many_configurations_1500_drawn_by_the_seed_compete() -> None:
    axes = {f"k{i}": ["a", "b", "c"] for i in range(7)}
    knobs = grid(axes)
    search = model(Field(knobs, 10, 3))
    first = next(search)
    assert len(first.drops) == len(knobs) - 1500
    assert not {ask.config for ask in first.asks} & set(first.drops)
    worth = np.random.default_rng(1).random((len(knobs), 10))
    outcome = play(model(Field(knobs, 10, 3), answers=0.03), worth)
    assert outcome.answers <= 0.03 * 1500 * 10
