"""Simulates sweeps in which it is known which share of each configuration's answers people would like.
Knows nothing about how it is estimated.

40 configurations (5 prompts, 4 retrievals, 2 models), 150 questions. An answer has a quality, which settings,
question and chance decide; people like it by quality and by what no score sees (style, again with effects of
settings). Scores are noisy views of quality. The truth is the share over all questions that might be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from workbench.analysis.liked.types import Answers, Choice, Thumb

Array = NDArray[np.float64]
KNOBS = (5, 4, 2)
QUESTIONS, MORE_QUESTIONS = 150, 3_000
DOUBT = 0.4
"""How much simulations of one world differ in what settings do: the standard deviation of its logarithm."""


@dataclass(frozen=True)
class World:
    """What is simulated. Standard deviations are in log odds of a thumb up, but for the scores."""

    name: str
    level: float = 0.4
    """Log odds of a thumb up on a middling answer."""
    quality: float = 2.6
    """How much liking goes by quality."""
    sees: tuple[float, ...] = (0.9, 0.6)
    """For each score, its correlation with quality; 0 for a score that says nothing."""
    quality_settings: float = 0.25
    """Of what settings do to quality."""
    quality_trial: float = 0.15
    style_settings: float = 0.4
    """Of what settings do to what no score sees."""
    style_trial: float = 0.3
    interactions: float = 0.0
    """Of what pairs of settings do to style and quality."""
    question: float = 0.8
    """Of questions in quality."""
    steep: bool = False
    """Whether people like by a threshold of quality, which is no straight line in log odds."""
    raters: tuple[float, ...] = (1.0,)
    """The share of the ratings that each rater gives."""
    severity: float = 0.0
    """Of raters in how readily they like."""
    taste: float = 0.0
    """Of raters in the effect of quality and of settings, as a share of the common ones."""
    per_answer: int = 1
    """How many thumbs are given on each rated answer."""
    few_questions: int = 0
    """On how many questions the rated answers are; 0 for any."""
    choices: float = 0.0
    """The share of the ratings that are choices between two answers."""
    shared: float = 0.0
    """The share of the answers that show the same as the configuration with the next prompt."""
    usual: bool = True
    """Whether what settings do is spread as is expected beforehand; others are measured beside."""
    score_settings: float = 0.0
    """Of what settings do to scores without any effect on quality."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """One simulated sweep."""

    answers: Answers
    truth: Array
    """[trials]: the share of answers that people like, over all questions and raters, each weighted alike."""
    log_odds: Array
    """[raters, seen]: of a thumb up."""
    world: World
    counts: dict[str, int] = field(default_factory=dict)

    def thumb(self, random: np.random.Generator, item: int, rater: int) -> Thumb:
        liked = random.random() < expit(self.log_odds[rater, item])
        return Thumb(f"r{rater}", self.answers.seen[item], bool(liked))

    def choose(self, random: np.random.Generator, first: int, second: int, rater: int) -> Choice:
        """A rater likes each or not; between two that are equal, half of the time by a second look."""
        odds = self.log_odds[rater, [first, second]]
        liked = random.random(2) < expit(odds)
        seen = self.answers.seen
        if liked[0] != liked[1]:
            outcome = "first" if liked[0] else "second"
        elif random.random() < 0.5:
            outcome = "good" if liked[0] else "bad"
        else:
            outcome = "first" if random.random() < expit(odds[0] - odds[1]) else "second"
        return Choice(f"r{rater}", seen[first], seen[second], outcome)  # type: ignore[arg-type]


def _settings_effects(
    random: np.random.Generator, levels: Sequence[tuple[int, ...]], spread: float, interactions: float
) -> Array:
    """[trials]: main effects and effects of pairs of settings."""
    found = np.zeros(len(levels))
    for axis, count in enumerate(KNOBS):
        effects = random.normal(0, spread / np.sqrt(len(KNOBS)), count)
        found += np.array([effects[level[axis]] for level in levels])
    for one, other in ((0, 1), (0, 2), (1, 2)):
        table = random.normal(0, interactions / np.sqrt(3), (KNOBS[one], KNOBS[other]))
        found += np.array([table[level[one], level[other]] for level in levels])
    return found


def simulate(world: World, random: np.random.Generator) -> Sweep:
    """Draw a sweep."""
    levels = list(product(*(range(count) for count in KNOBS)))
    more = np.exp(random.normal(0, DOUBT, 2))
    world = replace(
        world, quality_settings=world.quality_settings * more[0], quality_trial=world.quality_trial * more[0],
        style_settings=world.style_settings * more[1], style_trial=world.style_trial * more[1],
    )  # fmt: skip
    trials, total = len(levels), QUESTIONS + MORE_QUESTIONS
    quality = _settings_effects(random, levels, world.quality_settings, world.interactions)
    quality += random.normal(0, world.quality_trial, trials)
    style = _settings_effects(random, levels, world.style_settings, world.interactions)
    style += random.normal(0, world.style_trial, trials)
    z = quality[:, None] + random.normal(0, world.question, total) + random.normal(0, 0.8, (trials, total))
    other = style[:, None] + random.normal(0, 0.4, (trials, total))
    raters = len(world.raters)
    severity = random.normal(0, world.severity, raters)
    slopes = world.quality * (1 + world.taste * random.normal(0, 1, raters))
    tastes = np.array([
        _settings_effects(random, levels, world.taste * world.style_settings, 0.0) for _ in range(raters)
    ])  # fmt: skip
    if world.steep:
        mine = 4 * np.tanh(2.5 * (z + 0.3)) * world.quality / 2 + other
        odds = np.array([world.level - 0.3 + severity[r] + mine + tastes[r][:, None] for r in range(raters)])
    else:
        odds = np.array([
            world.level + severity[r] + slopes[r] * z + other + tastes[r][:, None] for r in range(raters)
        ])  # fmt: skip
    truth = expit(odds).mean(axis=(0, 2))
    z, odds = z[:, :QUESTIONS], odds[:, :, :QUESTIONS]
    scores = np.array([
        _score(random, z, sees, _settings_effects(random, levels, world.score_settings, 0.0))
        for sees in world.sees
    ])  # fmt: skip
    items = np.arange(trials * QUESTIONS).reshape(trials, QUESTIONS)
    if world.shared:
        same = random.random((trials // 8, QUESTIONS)) < world.shared
        source = items[8 : 8 + len(same)]
        items[: len(same)] = np.where(same, source, items[: len(same)])
    used, flat = np.unique(items, return_inverse=True)
    if world.shared:
        odds = odds.reshape(raters, -1)[:, items.ravel()].reshape(odds.shape)
        scores = scores.reshape(len(scores), -1)[:, items.ravel()].reshape(scores.shape)
        # The share on these questions stands for the truth, moved by what other questions would show.
        truth = expit(odds).mean(axis=(0, 2))
    answers = Answers(
        trial_ids=tuple(f"t{n}" for n in range(trials)),
        facts=tuple(
            {"prompt": f"p{a}", "chunk_tokens": 128 * (b + 1), "model": f"m{c}"} for a, b, c in levels
        ),
        question_ids=tuple(f"q{n}" for n in range(QUESTIONS)),
        parts=("search",) * QUESTIONS,
        clusters=np.arange(QUESTIONS),
        seen=tuple(f"s{n}" for n in used),
        trial=np.repeat(np.arange(trials), QUESTIONS),
        question=np.tile(np.arange(QUESTIONS), trials),
        item=flat.ravel(),
        scores=scores.reshape(len(scores), -1).T,
        score_names=tuple(f"score {n}" for n in range(len(scores))),
    )
    by_item = np.zeros((raters, len(used)))
    by_item[:, flat.ravel()] = odds.reshape(raters, -1)
    return Sweep(answers, truth, by_item, world)


def _score(random: np.random.Generator, z: Array, sees: float, extra: Array) -> Array:
    """A score from 0 to 1 whose correlation with quality within all answers is about `sees`."""
    scaled = (z - z.mean()) / z.std()
    noisy = sees * scaled + np.sqrt(1 - sees**2) * random.normal(0, 1, z.shape) + extra[:, None]
    return np.round(expit(2.0 * noisy), 2)


def rate_at_random(
    sweep: Sweep, ratings: int, random: np.random.Generator
) -> tuple[list[Thumb], list[Choice]]:
    """So many ratings of answers drawn at random."""
    world, count = sweep.world, len(sweep.answers.seen)
    pool = np.arange(count)
    if world.few_questions:
        some = random.choice(QUESTIONS, world.few_questions, replace=False)
        pool = np.unique(sweep.answers.item[np.isin(sweep.answers.question, some)])
    thumbs: list[Thumb] = []
    choices: list[Choice] = []
    while len(thumbs) + len(choices) < ratings:
        rater = int(random.choice(len(world.raters), p=world.raters))
        item = int(random.choice(pool))
        if random.random() < world.choices:
            place = int(np.flatnonzero(sweep.answers.item == item)[0])
            question = sweep.answers.question[place]
            others = np.unique(sweep.answers.item[sweep.answers.question == question])
            second = int(random.choice(others[others != item]))
            choices.append(sweep.choose(random, item, second, rater))
            continue
        for number in range(world.per_answer):
            who = (rater + number) % len(world.raters)
            thumbs.append(sweep.thumb(random, item, who))
    return thumbs, choices


USEFUL = World("useful scores")
WORLDS = (
    USEFUL,
    replace(USEFUL, name="scores as right as correctness", sees=(0.97, 0.7), quality=3.5),
    replace(USEFUL, name="weak scores", sees=(0.5, 0.35)),
    replace(USEFUL, name="useless scores", sees=(0.0, 0.0)),
    replace(USEFUL, name="scores that settings mislead", sees=(0.6, 0.4), score_settings=0.4),
    replace(
        USEFUL, name="raters disagree", raters=(0.6, 0.3, 0.1), severity=0.7, taste=0.5,
    ),
    replace(USEFUL, name="liked from a threshold on", steep=True),
    replace(
        USEFUL, name="settings interact", interactions=0.3, quality_settings=0.1, style_settings=0.1,
    ),
    replace(USEFUL, name="several thumbs an answer", raters=(0.34, 0.33, 0.33), per_answer=3, severity=0.4),
    replace(USEFUL, name="thumbs on 8 questions", few_questions=8),
    replace(USEFUL, name="half of them choices", choices=0.5),
    replace(USEFUL, name="most answers liked", level=3.0),
    replace(USEFUL, name="shared answers", shared=0.5),
    replace(
        USEFUL, name="settings matter half as much", usual=False, quality_settings=0.12, quality_trial=0.07,
        style_settings=0.2, style_trial=0.15,
    ),
    replace(
        USEFUL, name="settings matter twice as much", usual=False, quality_settings=0.5, quality_trial=0.3,
        style_settings=0.8, style_trial=0.6,
    ),
)  # fmt: skip
