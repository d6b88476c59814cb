"""Made-up tables of two ends, of which the strong one is better on hard questions.
Knows nothing about what is tested."""

from __future__ import annotations

import numpy as np

from workbench.analysis.clusters import Clusters
from workbench.analysis.route_table import EndsTable
from workbench.space.route import QUESTION_FEATURES, RETRIEVAL_FEATURES, VECTOR_DIMENSIONS


def make_table(
    questions: int, seed: int = 0, *, tells: str = "grounding", hard: float = 0.3, cheap_cost: float = 1.0
) -> EndsTable:
    """tells: what shows that a question is hard: "grounding", "coverage", "question", "retrieval" or
    "nothing"."""
    draw = np.random.default_rng(seed)
    is_hard = draw.random(questions) < hard
    features = draw.random((questions, len(QUESTION_FEATURES)))
    vectors = draw.normal(size=(questions, VECTOR_DIMENSIONS))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    signs = {
        name: np.where(is_hard if tells == name else False, 0.3, 0.9) + draw.normal(0, 0.03, questions)
        for name in ("grounding", "coverage")
    }
    retrieval = draw.random((questions, len(RETRIEVAL_FEATURES)))
    if tells == "retrieval":
        retrieval[:, 0] -= is_hard
    if tells == "question":
        features[:, 0] += 5 * is_hard
        vectors[:, 0] += is_hard
    return EndsTable(
        clusters=Clusters.alone(questions),
        cheap_score=np.where(is_hard, 0.2, 0.9),
        strong_score=np.full(questions, 0.9),
        cheap_cost=np.full(questions, cheap_cost),
        strong_cost=np.full(questions, 10.0),
        shared_cost=np.zeros(questions),
        declined=np.zeros(questions, dtype=bool),
        features=features,
        vectors=vectors,
        retrieval=retrieval,
        looking_cost=np.zeros(questions),
        **signs,
    )
