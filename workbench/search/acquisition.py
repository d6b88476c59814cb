"""Which answers decide most about which configuration is best, given what is believed.
Knows nothing about how the beliefs came about or how many answers may be asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.search.gaussian_process import NUGGET, Belief
from workbench.search.near_ties import TOLERANCE, first_best
from workbench.search.types import Mask, Values

Indices = NDArray[np.intp]
MOST_CONTRASTS = 12  # contrasts of the contenders' means that are looked at: those least known


@dataclass
class Outlook:
    """What the contenders' unknown answers would tell, for every question at once."""

    contenders: Indices
    """Their places among the modelled configurations."""
    variance: Values
    """Variance of each answer: questions × contenders."""
    link: Values
    """Covariance of each answer with the contrasts: questions × contenders × contrasts."""
    per_question: Values
    """Covariance of two answers to one question, given f and the answers so far: questions × contenders
    × contenders."""
    answered: Indices
    """The configurations that answered: questions × slots."""
    weights: Values
    """How those answers predict the contenders': questions × contenders × slots; 0 in unused slots."""
    filled: Indices
    """Slots used, by question."""
    spread: Values
    """Covariance of f."""
    stretch: Values
    """Factor of f, by question."""
    nugget: float
    """The part of an answer's variance that no other answer explains."""


def contrasts(covariance: Values, importance: Values) -> Values:
    """contenders × contrasts: their squares sum to the weighted variance about the weighted average.

    covariance: of the contenders' means.  importance: of the contenders, summing to 1.  Only the contrasts
    that are least known are kept, which is all of them where there are few contenders.
    """
    about = (np.eye(len(importance)) - importance[:, None]) * np.sqrt(importance)
    variances, turned = np.linalg.eigh(about.T @ covariance @ about)
    # Contrasts of nearly the same variance stay together: their order depends on rounding.
    least = variances[-MOST_CONTRASTS:][0] - TOLERANCE * variances[-1]
    kept: Values = about @ turned[:, variances >= least]
    return kept


def look(belief: Belief, contenders: Indices, directions: Values, room: int) -> Outlook:
    """Return the outlook before any answer is taken.

    directions: contrasts of the contenders' means, contenders × contrasts.
    room: how many answers to one question may be taken.
    """
    fitted, size = belief.fitted, len(contenders)
    questions, spread = len(fitted.sheets), fitted.spread
    most = max((len(sheet.configs) for sheet in fitted.sheets if sheet is not None), default=0)
    base, rows = fitted.per_question[np.ix_(contenders, contenders)], spread[contenders]
    to_contrasts = spread @ belief.map_to_mean[contenders].T @ directions
    o = Outlook(
        contenders,
        variance=np.empty((questions, size)),
        link=np.empty((questions, size, directions.shape[1])),
        per_question=belief.scales[:, None, None] * base + belief.level,
        answered=np.zeros((questions, most + room), dtype=np.intp),
        weights=np.zeros((questions, size, most + room)),
        filled=np.zeros(questions, dtype=np.intp),
        spread=spread.copy(),
        stretch=np.sqrt(belief.scales),
        nugget=NUGGET * float(fitted.per_question[0, 0]),
    )
    for q, sheet in enumerate(fitted.sheets):
        through = rows[:, contenders].diagonal()  # a contender's answer from f, before its stretch
        from_f = to_contrasts[contenders]
        if sheet is not None:
            reach = sheet.scale * fitted.per_question[np.ix_(contenders, sheet.configs)] + belief.level
            weight = reach @ sheet.inverse
            o.per_question[q] -= weight @ reach.T
            among = spread[np.ix_(sheet.configs, sheet.configs)]
            through = through + ((weight @ among - 2 * rows[:, sheet.configs]) * weight).sum(axis=1)
            from_f = from_f - weight @ to_contrasts[sheet.configs]
            o.filled[q] = len(sheet.configs)
            o.answered[q, : o.filled[q]], o.weights[q, :, : o.filled[q]] = sheet.configs, weight
        o.variance[q] = np.maximum(belief.scales[q] * through + o.per_question[q].diagonal(), 0.0) + o.nugget
        o.link[q] = o.per_question[q] @ directions / belief.questions + o.stretch[q] * from_f
    return o


def take(o: Outlook, question: int, place: int) -> None:
    """Update the outlook as if this answer were known: what it is does not matter, only that it is."""
    told, toward = o.variance[question, place], o.link[question, place].copy()
    weight, alike = o.weights[question], o.per_question[question][:, place].copy()
    # How f, and through it every other answer, moves with this one.
    reach = o.spread[:, o.contenders[place]] - o.spread[:, o.answered[question]] @ weight[place]
    reach *= o.stretch[question]
    touch = reach[o.contenders] - (o.weights @ reach[o.answered][:, :, None])[:, :, 0]
    touch *= o.stretch[:, None]
    touch[question] += alike
    share = touch / told
    o.spread -= np.outer(reach, reach / told)
    o.link -= share[:, :, None] * toward
    o.variance = np.maximum(o.variance - share * touch, o.nugget)
    # Within its question, the answer predicts the others together with the answers before it.
    part = alike / (alike[place] + o.nugget)
    o.per_question[question] -= np.outer(part, alike)
    o.weights[question] -= np.outer(part, weight[place].copy())
    o.weights[question, :, o.filled[question]] = part
    o.answered[question, o.filled[question]] = o.contenders[place]
    o.filled[question] += 1


def choose(
    belief: Belief, contenders: Indices, importance: Values, unknown: Mask, count: int
) -> list[tuple[int, int]]:
    """Choose answers to ask, greedily. Return (place, question) of each.

    Each is the one that, given those before it, most lowers the weighted variance of the contenders' means
    about their weighted average.

    contenders: places among the modelled configurations.
    importance: weight of each contender; they sum to 1.
    unknown: contenders × questions, True where the answer may be asked.
    count: the most answers to choose.
    """
    open_ = unknown.T.copy()
    room = min(count, len(contenders))
    directions = contrasts(belief.covariance[np.ix_(contenders, contenders)], importance)
    outlook = look(belief, contenders, directions, room)
    chosen = []
    for _ in range(min(count, int(open_.sum()))):
        gain = np.where(
            open_, np.einsum("qcw,qcw->qc", outlook.link, outlook.link) / outlook.variance, -np.inf
        )
        question, place = np.unravel_index(int(first_best(gain.ravel())), gain.shape)
        chosen.append((int(contenders[place]), int(question)))
        open_[question, place] = False
        take(outlook, int(question), int(place))
    return chosen
