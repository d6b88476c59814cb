"""Ranks what people could rate next by how much it would narrow the leader's lead; says how many would do.
Knows nothing about pages, nor about who rates.

The leader is the configuration with the highest expected share. What choosing it may cost is, for each rival,
the expected amount by which the rival is better after all; it falls with the variance of their difference, at
the rate φ(z) / 2σ for a lead of z standard deviations σ. A rating is worth the sum of these falls: as in the
knowledge gradient (Frazier, Powell and Dayanik 2009), for one small step.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.special import expit

from workbench.analysis.liked.design import Design, make_design
from workbench.analysis.liked.model import Fit, Kernel, Spreads, fit_many
from workbench.analysis.liked.observations import make_observations
from workbench.analysis.liked.types import Answers, Array, Choice, Indices, LikedEstimates, Thumb
from workbench.analysis.wilson import Z

MOST_RIVALS = 12
MARGIN = 0.02
"""A rival that may be better by no more than this share of answers leaves nothing to decide."""
MOST_ITEMS = 600
"""Of so many answers the worth of a rating is computed; a sample where there are more."""
MOST_PAIRS = 2_000
MOST_RATINGS = 300
"""Beyond so many more ratings, their number is no longer said."""
APART = 0.75
"""In how many of the choices one of the two is taken, rather than both or neither."""
_SEED = 20_261_202


@dataclass(frozen=True)
class Candidate:
    """Something that a person could rate."""

    kind: Literal["thumb", "choice"]
    seen: tuple[str, ...]
    """Keys of what is shown: of one answer, or of two to one question."""
    worth: float
    """By how much the rating would lower the expected loss of choosing the leader, as a share of answers."""
    narrows: float
    """By which share of its width it would narrow the interval of the leader's lead on its nearest rival."""


@dataclass(frozen=True)
class Outlook:
    """Whether more ratings would decide which configuration leads."""

    state: Literal["decided", "some", "many", "never"]
    """Whether it is decided, some more ratings would do, over MOST_RATINGS, or all there are would not."""
    ratings: int | None
    """How many more would do, each the most informative one; None unless the state is "some" or "decided"."""


@dataclass(frozen=True)
class NextRatings:
    """What to rate next."""

    leader: str | None
    """The trial with the highest expected share; None with fewer than two trials."""
    rival: str | None
    """The trial from which the leader is hardest to tell."""
    candidates: tuple[Candidate, ...]
    """The most informative first; each given the ones before it."""
    outlook: Outlook


def find_next_ratings(
    answers: Answers,
    thumbs: Sequence[Thumb],
    choices: Sequence[Choice],
    estimates: LikedEstimates,
    *,
    rated: Collection[str] = (),
    chosen: Collection[tuple[str, str]] = (),
    count: int = 20,
    kinds: Collection[str] = ("thumb", "choice"),
) -> NextRatings:
    """What to rate next, and how many more would decide.

    rated: keys of what the person who is asked has given a thumb.
    chosen: the pairs of keys between which that person has chosen, each in alphabetical order.
    count: how many candidates to return.
    kinds: which kinds of candidates to return.
    """
    part = estimates.parts.get("search")
    if part is None or len(part.trial_ids) < 2:
        return NextRatings(None, None, (), Outlook("decided", 0))
    contest = _contest(answers, thumbs, choices, estimates)
    rating = _Rating(contest, [k for k in ("thumb", "choice") if k in kinds], rated, chosen)
    found: list[Candidate] = []
    needed = 0 if contest.is_decided(contest.variances(rating.covariance)) else None
    step: Candidate | None = None
    for number in range(MOST_RATINGS):
        if needed is not None and len(found) >= count:
            break
        step = rating.take_best()
        if step is None:
            break
        if len(found) < count:
            found.append(step)
        if needed is None and contest.is_decided(contest.variances(rating.covariance)):
            needed = number + 1
    ids = part.trial_ids
    return NextRatings(
        ids[contest.leader],
        ids[contest.rivals[contest.nearest]],
        tuple(found),
        contest.outlook(needed, exhausted=step is None),
    )


@dataclass(frozen=True, eq=False)
class _Contest:
    """The leader, its rivals, and what could be rated, with the posterior of all of it."""

    answers: Answers
    fit: Fit
    design: Design
    leader: int
    """Its place among the trials of the search part."""
    rivals: Indices
    """Theirs."""
    leads: Array
    """[rivals]: by how much the leader's share is above theirs."""
    contrasts: Array
    """[rivals, effects]: how the leads depend on the effects."""
    items: Indices
    """What could be rated, by place in `answers.seen`."""
    questions: Indices
    """[items]: the question's place, or -1 where several are answered so."""
    rows: Array
    """[items, effects]"""
    log_odds: Array
    """[items]: the expected log odds of a thumb up."""
    unknown: Array
    """[items]: the variance that neither ratings of others nor scores tell of."""

    @cached_property
    def nearest(self) -> int:
        """The rival that is the most likely to be better."""
        return int(np.argmin(self.leads / np.sqrt(self.variances(self.start))))

    @cached_property
    def start(self) -> Array:
        """[rivals + items, the same]: the posterior covariance of leads and of log odds."""
        both = np.vstack([self.contrasts, self.rows])
        return self.fit.covariance(both, both)

    def variances(self, covariance: Array) -> Array:
        """[rivals]: of the leads."""
        count = len(self.rivals)
        return np.asarray(np.maximum(np.diagonal(covariance)[:count], 1e-12))

    def is_decided(self, variances: Array) -> bool:
        """Whether no rival is better by more than the margin, as far as 95 % intervals tell."""
        return bool(np.all(self.leads + MARGIN >= Z * np.sqrt(variances)))

    @staticmethod
    def outlook(needed: int | None, *, exhausted: bool) -> Outlook:
        if needed is not None:
            return Outlook("some" if needed else "decided", needed)
        return Outlook("never" if exhausted else "many", None)


def _contest(
    answers: Answers, thumbs: Sequence[Thumb], choices: Sequence[Choice], estimates: LikedEstimates
) -> _Contest:
    part = estimates.parts["search"]
    means = np.array([liked.mean for liked in part.liked])
    leader = int(np.argmax(means))
    apart = means[leader] - means
    spread = (part.draws[leader] - part.draws).std(axis=1)
    order = np.argsort(apart / np.maximum(spread, 1e-9), kind="stable")
    rivals = np.array([n for n in order if n != leader][:MOST_RIVALS], dtype=np.intp)
    design = make_design(answers)
    observations = make_observations(design, answers.seen, thumbs, choices)
    spreads = Spreads(**estimates.spreads)
    fit = fit_many(Kernel(observations, design.axes), [spreads])[0]
    effects = fit.mean()

    place = {trial: n for n, trial in enumerate(answers.trial_ids)}
    among = [place[part.trial_ids[n]] for n in (leader, *rivals)]
    of_search = np.array([p == "search" for p in answers.parts])[answers.question]
    rows_of = _Rows(design, observations.rated)
    shown = of_search & np.isin(answers.trial, among)
    items = np.unique(answers.item[shown])
    if len(items) > MOST_ITEMS:
        items = np.sort(np.random.default_rng(_SEED).choice(items, MOST_ITEMS, replace=False))
    gradients = np.array([
        _gradient(rows_of, answers.item[of_search & (answers.trial == trial)], effects) for trial in among
    ])  # fmt: skip
    rows = rows_of(items)
    question = np.full(len(answers.seen), -1, dtype=np.intp)
    question[answers.item] = answers.question
    raters = max(len(observations.rater_names), 1)
    unknown = np.full(len(items), spreads.rater**2 * (1 - 1 / raters) + spreads.answer**2)
    unknown[np.isin(items, observations.rated)] -= spreads.answer**2
    return _Contest(
        answers,
        fit,
        design,
        leader,
        rivals,
        apart[rivals],
        gradients[0] - gradients[1:],
        items,
        question[items],
        rows,
        rows @ effects,
        unknown,
    )


class _Rows:
    """Gives the rows of effects of what can be seen."""

    def __init__(self, design: Design, rated: Indices) -> None:
        self._design, self._rated = design, rated

    def __call__(self, items: Indices) -> Array:
        """[items, effects], in the order of `Kernel.prior`."""
        d = self._design
        questions = np.zeros((len(items), d.cluster_count))
        questions[np.arange(len(items)), d.clusters[items]] = 1.0
        answers = (items[:, None] == self._rated[None, :]).astype(np.float64)
        return np.column_stack([
            np.ones(len(items)), d.features[items], d.settings[items].toarray(), d.trials[items].toarray(),
            questions, answers,
        ])  # fmt: skip


def _gradient(rows_of: _Rows, items: Indices, effects: Array) -> Array:
    """[effects]: how the share of these answers depends on the effects."""
    rows = rows_of(items)
    chance = expit(rows @ effects)
    return np.asarray((chance * (1 - chance)) @ rows / len(items))


class _Rating:
    """Takes one most informative rating after another, and what each leaves unknown."""

    def __init__(
        self,
        contest: _Contest,
        kinds: Sequence[str],
        rated: Collection[str],
        chosen: Collection[tuple[str, str]],
    ) -> None:
        self._contest = contest
        self.covariance = contest.start.copy()
        seen = [contest.answers.seen[item] for item in contest.items]
        self._seen = seen
        first = np.zeros(0, dtype=np.intp)
        second = np.zeros(0, dtype=np.intp)
        if "thumb" in kinds:
            first = np.flatnonzero([key not in rated for key in seen])
            second = np.full(len(first), -1, dtype=np.intp)
        if "choice" in kinds:
            pairs = _pairs(contest, seen, chosen)
            first, second = np.append(first, pairs[:, 0]), np.append(second, pairs[:, 1])
        self._first, self._second = first, second
        self._open = np.ones(len(first), dtype=bool)
        self._is_pair = second >= 0
        self._noise = self._find_noise()

    def _find_noise(self) -> Array:
        """[candidates]: the variance of the normal noise with which each would be observed."""
        c, pair = self._contest, self._is_pair
        log_odds = c.log_odds[self._first] - np.where(pair, c.log_odds[self._second], 0.0)
        unknown = c.unknown[self._first] + np.where(pair, c.unknown[self._second], 0.0)
        chance = expit(log_odds / np.sqrt(1 + np.pi / 8 * unknown))
        told = chance * (1 - chance) * np.where(pair, APART, 1.0)
        return np.asarray(unknown + 1 / np.maximum(told, 1e-9))

    def take_best(self) -> Candidate | None:
        """The most informative candidate; what it would tell is known from then on. None without any left."""
        if not self._open.any():
            return None
        c, count = self._contest, len(self._contest.rivals)
        covariance = self.covariance
        one, other = self._first + count, np.where(self._is_pair, self._second + count, 0)
        with_leads = covariance[:count, one] - np.where(self._is_pair, covariance[:count, other], 0.0)
        own = covariance[one, one] + np.where(
            self._is_pair, covariance[other, other] - 2 * covariance[one, other], 0.0
        )
        falls = with_leads**2 / (own + self._noise)
        variances = c.variances(covariance)
        spread = np.sqrt(variances)
        rates = np.exp(-((c.leads / spread) ** 2) / 2) / np.sqrt(2 * np.pi) / (2 * spread)
        worth = np.where(self._open, rates @ falls, -1.0)
        best = int(np.argmax(worth))
        nearest = c.nearest
        narrows = 1 - np.sqrt(max(1 - falls[nearest, best] / variances[nearest], 0.0))
        column = covariance[:, one[best]] - (covariance[:, other[best]] if self._is_pair[best] else 0.0)
        self.covariance = covariance - np.outer(column, column) / (own[best] + self._noise[best])
        self._open[best] = False
        a, b = int(self._first[best]), int(self._second[best])
        if b < 0:
            return Candidate("thumb", (self._seen[a],), float(worth[best]), float(narrows))
        return Candidate("choice", (self._seen[a], self._seen[b]), float(worth[best]), float(narrows))


def _pairs(contest: _Contest, seen: Sequence[str], chosen: Collection[tuple[str, str]]) -> Indices:
    """[pairs, 2]: places of two items that answer one question, of which the person has not chosen one."""
    by_question: dict[int, list[int]] = {}
    for item, question in enumerate(contest.questions):
        by_question.setdefault(int(question), []).append(item)
    done = set(chosen)
    found = [
        (a, b)
        for group in by_question.values()
        for n, a in enumerate(group)
        for b in group[n + 1 :]
        if (min(seen[a], seen[b]), max(seen[a], seen[b])) not in done
    ]
    if len(found) > MOST_PAIRS:
        some = np.random.default_rng(_SEED).choice(len(found), MOST_PAIRS, replace=False)
        found = [found[n] for n in np.sort(some)]
    return np.array(found, dtype=np.intp).reshape(-1, 2)
