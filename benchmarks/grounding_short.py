"""Short answers to SQuAD's questions: the right one, and one to another question of the paragraph.
Knows nothing about claims in whole sentences.

Fits how far the place of a short answer tells (`workbench.scoring.short_answers`), on half of the articles;
the other half says how well.
"""

from __future__ import annotations

import random
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.auroc import auroc
from benchmarks.figures import DataNotFound
from benchmarks.squad import Squad, SquadQuestion, half_of, load_squad
from workbench.scoring.grounding_evidence import read_evidence, read_text
from workbench.scoring.short_answers import find_short_answer, is_short

_QUESTIONS = 3_000
# Models that read the passages give the right span far more often than another of the same paragraph.
_RIGHT_TO_WRONG = 8.0
Array = NDArray[np.float64]


def _pairs(squad: Squad, half: str) -> list[tuple[SquadQuestion, str, bool]]:
    """(question, answer, whether it is right) of a sample of questions."""
    by_home: dict[int, list[SquadQuestion]] = defaultdict(list)
    for question in squad.questions:
        by_home[question.home].append(question)
    chance = random.Random(7)
    chosen = [q for q in squad.questions if half_of(q.article) == half]
    pairs = []
    for question in chance.sample(chosen, min(_QUESTIONS, len(chosen))):
        right = question.answers[0][1]
        other = chance.choice(by_home[question.home]).answers[0][1]
        pairs.append((question, right, True))
        if other not in right and right not in other:
            pairs.append((question, other, False))
    return pairs


def measure_short(half: str) -> tuple[Array, NDArray[np.bool_]]:
    """(how near the question's words each answer stands, whether it is right) for short answers that stand in
    the paragraph. Raises DataNotFound without SQuAD."""
    squad = load_squad()
    if squad is None:
        raise DataNotFound("squad")
    beside, right = [], []
    for question, answer, is_right in _pairs(squad, half):
        reading = read_text(answer)
        if not is_short(answer, reading):
            continue
        evidence = read_evidence([squad.paragraphs[question.home].text])
        short = find_short_answer(reading, question.text, evidence)
        if short is not None:
            beside.append(short.beside)
            right.append(is_right)
    return np.array(beside), np.array(right)


def fit_short() -> tuple[dict[str, float], float]:
    """The intercept and weight fitted on half of the articles, and the AUROC on the other half."""
    beside, right = measure_short("train")
    weight = np.where(right, _RIGHT_TO_WRONG / right.sum(), 1.0 / (~right).sum()) * len(right)
    model = LogisticRegression(C=1e3).fit(beside[:, None], right, weight)
    test_beside, test_right = measure_short("test")
    weights = {"intercept": float(model.intercept_[0]), "beside": float(model.coef_[0, 0])}
    return weights, auroc(test_beside, test_right)
