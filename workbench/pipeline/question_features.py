"""Describes a question in numbers, before anything is retrieved, and says what a router makes of them.
Knows nothing about how a router's weights were fitted."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from workbench.corpus.types import AskedQuestion
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
    weights: RouterWeights, features: dict[str, float], vector: Sequence[float] | None = None
) -> float:
    """How likely the cheap end's answer is worse, in [0, 1]. vector: needed where the weights have one."""
    total = weights.intercept + sum(weight * features[name] for name, weight in weights.features.items())
    if weights.vector_weights:
        assert vector is not None
        total += float(np.dot(weights.vector_weights, vector))
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, total))))


def choose_ends(route: Route, questions: Sequence[AskedQuestion]) -> list[bool]:
    """For each question, whether the router sends it to its strong end."""
    if not questions:
        return []
    weights = route.weights
    vectors = question_vectors(questions) if weights.vector_weights else [None] * len(questions)
    return [
        strong_probability(weights, question_features(asked), vector) > weights.strong_above
        for asked, vector in zip(questions, vectors, strict=True)
    ]
