"""Which answers decide most about which configuration is best, given what is believed.
Knows nothing about how the beliefs came about or how many answers may be asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.search.regression import NUGGET, Belief
from workbench.search.types import Mask, Values

Indices = NDArray[np.intp]


@dataclass
class Outlook:
    """What the contenders' unknown answers would tell, for every question at once.

    variance: questions × contenders, of the answer.  link: questions × contenders × contenders, its covariance
    with each contender's mean.  own: the same of two answers to one question, given f and what was answered.
    known, weights: by question, the configs answered, and contenders × answered: how those answers predict these.
    spread: covariance of f.  nugget: variance of an answer that is never known.
    """

    contenders: Indices
    variance: Values
    link: Values
    own: Values
    known: list[Indices]
    weights: list[Values]
    spread: Values
    nugget: float


def look(belief: Belief, contenders: Indices) -> Outlook:
    fitted, questions, size = belief.fitted, len(belief.fitted.sheets), len(contenders)
    spread, nugget = fitted.spread, NUGGET * float(fitted.own[0, 0])
    base, rows = fitted.own[np.ix_(contenders, contenders)], spread[contenders]
    to_mean = spread @ belief.map_to_mean[contenders].T
    o = Outlook(
        contenders,
        variance=np.empty((questions, size)),
        link=np.empty((questions, size, size)),
        own=np.empty((questions, size, size)),
        known=[],
        weights=[],
        spread=spread.copy(),
        nugget=nugget,
    )
    for q, sheet in enumerate(fitted.sheets):
        asked = np.empty(0, dtype=np.intp) if sheet is None else sheet.configs
        reach = belief.scales[q] * fitted.own[np.ix_(contenders, asked)] + belief.level
        weight = reach if sheet is None else reach @ sheet.inverse
        o.own[q] = belief.scales[q] * base + belief.level - weight @ reach.T
        through = rows[:, contenders].diagonal() - 2 * np.einsum("ca,ca->c", weight, rows[:, asked])
        through = through + np.einsum("ca,ab,cb->c", weight, spread[np.ix_(asked, asked)], weight, optimize=True)
        o.variance[q] = np.maximum(through + o.own[q].diagonal(), 0.0) + nugget
        o.link[q] = o.own[q] / questions + to_mean[contenders] - weight @ to_mean[asked]
        o.known.append(asked)
        o.weights.append(weight)
    return o


def take(o: Outlook, question: int, place: int) -> None:
    """Update the outlook as if this answer were known: only its place counts, not its value."""
    told, toward = o.variance[question, place], o.link[question, place].copy()
    asked, weight, alike = o.known[question], o.weights[question], o.own[question][:, place].copy()
    # How f, and through it every other answer, moves with this one.
    reach = o.spread[:, o.contenders[place]] - o.spread[:, asked] @ weight[place]
    touch = np.empty_like(o.variance)
    for q, (others, their) in enumerate(zip(o.known, o.weights, strict=True)):
        touch[q] = reach[o.contenders] - their @ reach[others]
    touch[question] += alike
    o.spread -= np.outer(reach, reach / told)
    o.link -= (touch / told)[:, :, None] * toward
    o.variance = np.maximum(o.variance - touch**2 / told, o.nugget)
    # In its own question the answer predicts the others beside those known before.
    share = alike / (alike[place] + o.nugget)
    o.own[question] -= np.outer(share, alike)
    o.known[question] = np.append(asked, o.contenders[place])
    o.weights[question] = np.column_stack([weight - np.outer(share, weight[place]), share])


def choose(outlook: Outlook, weights: Values, unknown: Mask, count: int) -> list[tuple[int, int]]:
    """(config, question) of the answers to ask, one after another the one that, the earlier ones known, lowers
    the weighted variance of the contenders' means about their weighted average most.

    weights: of the contenders, summing to 1.  unknown: contenders × questions that may be asked.
    """
    open_ = unknown.T.copy()
    chosen = []
    for _ in range(min(count, int(open_.sum()))):
        centred = outlook.link - (outlook.link @ weights)[:, :, None]
        gain = np.where(open_, (centred**2) @ weights / outlook.variance, -1.0)
        question, place = np.unravel_index(int(np.argmax(gain)), gain.shape)
        chosen.append((int(outlook.contenders[place]), int(question)))
        open_[question, place] = False
        take(outlook, int(question), int(place))
    return chosen
