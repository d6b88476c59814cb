"""Describes a question in numbers, and says what a router makes of them and of what was retrieved for it.
Knows nothing about how a router's weights were fitted."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from workbench.corpus.types import AskedQuestion
from workbench.pipeline.retrieval_features import FoundPassage, retrieval_features
from workbench.providers.embedded.encoder import shared_encoder
from workbench.providers.types import Vectors
from workbench.space.route import QUESTION_FEATURES, Route, RouterWeights
from workbench.text import words

_CLAUSES = re.compile(r"[,;:]|\b(?:and|or|but|if|when|while|which|that|who|because|although)\b", re.I)
_NAMES = re.compile(r"(?<!^)(?<![.?!] )\b[A-Z]\w+")
_COMPARES = re.compile(
    r"\b(?:than|compared?|versus|vs|differ\w*|both|same|either|more|less|most|least|better|worse)\b", re.I
)
_EXPLAINS = re.compile(
    r"\b(?:why|how (?!many|much|long|old|far|often|big|large|tall)|explain|describe)\b", re.I
)
_COUNTS = re.compile(r"\bhow (?:many|much|often|long)\b|\b(?:total|number|sum|average|percentage)\b", re.I)
_YES_NO = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|can|could|may|must|should|will|would|has|have|had)\b", re.I
)


def question_features(asked: AskedQuestion) -> dict[str, float]:
    """The features of a question's words, by the names of QUESTION_FEATURES."""
    text = asked.text
    found = {
        "words": float(min(60, len(words(text)))),
        "numbers": float(len(re.findall(r"\d+", text))),
        "clauses": float(len(_CLAUSES.findall(text))),
        "names": float(len(_NAMES.findall(text))),
        "compares": float(bool(_COMPARES.search(text))),
        "explains": float(bool(_EXPLAINS.search(text))),
        "counts": float(bool(_COUNTS.search(text))),
        "yes_no": float(bool(_YES_NO.search(text))),
        "follow_up": float(bool(asked.history)),
    }
    assert tuple(found) == QUESTION_FEATURES
    return found


def question_vectors(questions: Sequence[AskedQuestion]) -> Vectors:
    """[questions, dimensions]: what the embedded encoder makes of their words."""
    return shared_encoder().encode([asked.text for asked in questions])


def strong_probability(
    weights: RouterWeights, features: Mapping[str, float], vector: Sequence[float] | None = None
) -> float:
    """How likely the cheap end's answer is worse, in [0, 1].

    features: of the question, and of what was retrieved where the weights read that.
    vector: needed where the weights have one.
    """
    read = {**weights.features, **weights.retrieval}
    total = weights.intercept + sum(weight * features[name] for name, weight in read.items())
    if weights.vector_weights:
        assert vector is not None
        total += float(np.dot(weights.vector_weights, vector))
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, total))))


def choose_ends(
    route: Route, questions: Sequence[AskedQuestion], found: Sequence[Sequence[FoundPassage]] | None = None
) -> list[bool]:
    """For each question, whether the router sends it to its strong end.

    found: what the cheap end retrieves for each, as `retrieval_features` takes it; needed where the weights
        read that.
    """
    if not questions:
        return []
    weights = route.weights
    vectors = question_vectors(questions) if weights.vector_weights else [None] * len(questions)
    features: list[Mapping[str, float]] = [question_features(asked) for asked in questions]
    if weights.retrieval:
        assert found is not None
        features = [
            {**words, **retrieval_features(asked.text, passages)}
            for words, asked, passages in zip(features, questions, found, strict=True)
        ]
    return [
        strong_probability(weights, described, vector) > weights.strong_above
        for described, vector in zip(features, vectors, strict=True)
    ]
