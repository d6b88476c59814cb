"""Which answers decide most about which configuration is best, given what is believed.
Knows nothing about how the beliefs came about or how many answers may be asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.search.regression import Belief
from workbench.search.types import Mask, Values

Indices = NDArray[np.intp]


@dataclass
class Outlook:
    """What the contenders' unknown answers would tell, for every question at once.

    variance: questions × contenders, of the answer.  link: questions × contenders × contenders, its covariance
    with each contender's mean.  within: questions × contenders × contenders, covariance of two answers to the
    same question.  weights: questions → (configs asked, contenders × asked: how those answers predict these).
    """

    contenders: Indices
    variance: Values
    link: Values
    within: Values
    weights: list[tuple[Indices, Values] | None]
    spread: Values


def look(belief: Belief, contenders: Indices) -> Outlook:
    fitted, questions = belief.fitted, len(belief.fitted.sheets)
    own, level, spread = fitted.own, belief.level, fitted.spread
    scales = belief.scales
    size = len(contenders)
    rows = spread[contenders]
    base = own[np.ix_(contenders, contenders)]
    to_mean = spread @ belief.map_to_mean[contenders].T
    within, link = np.empty((questions, size, size)), np.empty((questions, size, size))
    weights: list[tuple[Indices, Values] | None] = []
    for q, sheet in enumerate(fitted.sheets):
        left = scales[q] * base + level
        if sheet is None:
            weights.append(None)
            within[q] = left + rows[:, contenders]
            link[q] = left / questions + to_mean[contenders]
            continue
        reach = sheet.scale * own[np.ix_(contenders, sheet.configs)] + level
        weight = reach @ sheet.inverse
        weights.append((sheet.configs, weight))
        left = left - weight @ reach.T
        seen = rows[:, sheet.configs]
        both = seen @ weight.T
        among = spread[np.ix_(sheet.configs, sheet.configs)]
        within[q] = left + rows[:, contenders] - both - both.T + weight @ among @ weight.T
        link[q] = left / questions + to_mean[contenders] - weight @ to_mean[sheet.configs]
    floor = 1e-9 * (own[0, 0] + level)
    variance = np.maximum(np.diagonal(within, axis1=1, axis2=2), floor).copy()
    return Outlook(contenders, variance, link, within, weights, spread.copy())


def take(outlook: Outlook, question: int, place: int) -> None:
    """Update the outlook as if this answer were known: only its place counts, not its value."""
    o, c = outlook, outlook.contenders
    told = o.variance[question, place]
    toward = o.link[question, place].copy()
    same = o.within[question][:, place].copy()
    reach = o.spread[:, c[place]].copy()
    known = o.weights[question]
    if known is not None:
        reach -= o.spread[:, known[0]] @ known[1][place]
    touch = np.empty_like(o.variance)
    for q, weight in enumerate(o.weights):
        touch[q] = reach[c] if weight is None else reach[c] - weight[1] @ reach[weight[0]]
    touch[question] = same
    o.spread -= np.outer(reach, reach / told)
    o.link -= (touch / told)[:, :, None] * toward
    o.within -= (touch / told)[:, :, None] * touch[:, None, :]
    o.variance -= touch**2 / told
    np.maximum(o.variance, 1e-12, out=o.variance)


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
