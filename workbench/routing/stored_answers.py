"""Makes the table of both ends of a route out of the stored answers of an experiment.
Knows nothing about how a rule is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.analysis.clusters import Clusters
from workbench.analysis.route_table import EndsTable
from workbench.corpus.types import AskedQuestion, Turn
from workbench.pipeline.fingerprints import group
from workbench.pipeline.question_features import question_features, question_vectors
from workbench.pipeline.retrieval_features import LOOKED_AT, FoundPassage, retrieval_features
from workbench.scoring.route_signals import cover_question
from workbench.space.route import RETRIEVAL_FEATURES, VECTOR_DIMENSIONS
from workbench.store.database import Store
from workbench.store.questions import get_clusters
from workbench.store.route_answers import RouteAnswer, get_asked_texts, get_passage_texts, get_route_answers
from workbench.store.trials import get_trials

CostMeasure = Literal["usd", "tokens"]
Key = tuple[str, int]
"""Question id and repeat."""


@dataclass(frozen=True)
class StoredEnds:
    """The tables of one pair of trials."""

    search: EndsTable
    """The search questions that both answered; with repeats, each repeat is a row of its own."""
    holdout: EndsTable | None
    """The held-out questions; None where they were not asked of both."""
    keys: tuple[tuple[Key, ...], tuple[Key, ...]]
    """Which answers the rows of both tables are."""
    measure: CostMeasure
    """What costs are counted in: tokens where a model has no price, or all of them are free."""


class AnswerReader:
    """Reads the answers of an experiment's trials, each once, and describes each question once, which takes a
    second for a hundred."""

    def __init__(self, store: Store, experiment_id: str, score: str) -> None:
        self._store = store
        self._score = score
        self._asked = get_asked_texts(store, experiment_id)
        self._clusters = get_clusters(store, experiment_id)
        self._retrievals = {t.id: t.config.retrieval for t in get_trials(store, experiment_id)}
        self._answers: dict[str, dict[Key, RouteAnswer]] = {}
        self._features: dict[str, list[float]] = {}
        self._vectors: dict[str, Sequence[float]] = {}

    def answers(self, trial_id: str) -> Mapping[Key, RouteAnswer]:
        """A trial's answers that have the score."""
        if trial_id not in self._answers:
            found = get_route_answers(self._store, trial_id, self._score)
            self._answers[trial_id] = {(a.question_id, a.repeat): a for a in found if a.score is not None}
        return self._answers[trial_id]

    def read(self, cheap_id: str, strong_id: str) -> StoredEnds:
        """The tables of two trials."""
        cheap, strong = self.answers(cheap_id), self.answers(strong_id)
        both = [key for key in cheap if key in strong and cheap[key].part == strong[key].part]
        costs = [answers[key].cost_usd for key in both for answers in (cheap, strong)]
        priced = None not in costs and any(costs)
        measure: CostMeasure = "usd" if priced else "tokens"
        # What one end retrieves does for the other, too, where only what their prompts get of it differs.
        is_alike = group(self._retrievals[cheap_id]) == group(self._retrievals[strong_id])
        parts = {part: [key for key in both if cheap[key].part == part] for part in ("search", "holdout")}
        return StoredEnds(
            self._table(parts["search"], cheap, strong, measure, is_alike),
            self._table(parts["holdout"], cheap, strong, measure, is_alike) if parts["holdout"] else None,
            (tuple(parts["search"]), tuple(parts["holdout"])),
            measure,
        )

    def _table(
        self,
        keys: Sequence[Key],
        cheap: Mapping[Key, RouteAnswer],
        strong: Mapping[Key, RouteAnswer],
        measure: CostMeasure,
        is_alike: bool,
    ) -> EndsTable:
        ids = [question for question, _ in keys]
        self._describe(ids)
        first, second = [cheap[key] for key in keys], [strong[key] for key in keys]
        shown = {key for a in first for key in (*a.passages, *(key for key, _ in a.ranking[:LOOKED_AT]))}
        texts = get_passage_texts(self._store, list(shown))
        shared = [
            (a.ranking_cost_usd or 0.0) if measure == "usd" and a.ranking_key == b.ranking_key else 0.0
            for a, b in zip(first, second, strict=True)
        ]
        # Repeats of a question are one cluster, as are the questions of one cluster.
        named = {id_: self._clusters.get(id_) or f"question {id_}" for id_ in ids}
        looking = [(a.ranking_cost_usd or 0.0) if measure == "usd" and not is_alike else 0.0 for a in first]
        return EndsTable(
            clusters=Clusters.of(ids, named),
            cheap_score=_floats(a.score for a in first),
            strong_score=_floats(a.score for a in second),
            cheap_cost=_floats(_cost(a, measure) for a in first),
            strong_cost=_floats(_cost(a, measure) for a in second),
            shared_cost=_floats(shared),
            grounding=_floats(a.grounding for a in first),
            declined=np.array([a.refused for a in first], dtype=bool),
            coverage=_floats(
                cover_question(self._asked[a.question_id][0], (texts[key][1] for key in a.passages))
                for a in first
            ),
            retrieval=self._retrieval(first, texts),
            looking_cost=_floats(looking),
            features=np.array([self._features[id_] for id_ in ids], dtype=np.float64),
            vectors=np.array([self._vectors[id_] for id_ in ids], dtype=np.float64).reshape(
                len(ids), VECTOR_DIMENSIONS
            ),
        )

    def _retrieval(self, answers: Sequence[RouteAnswer], texts: Mapping[str, tuple[str, str]]) -> np.ndarray:
        """[answers, features]: what each retrieved, in numbers."""
        described = [
            retrieval_features(
                self._asked[a.question_id][0],
                [FoundPassage(*texts[key], score) for key, score in a.ranking[:LOOKED_AT]],
            )
            for a in answers
        ]
        rows = [list(features.values()) for features in described]
        return np.array(rows, dtype=np.float64).reshape(len(answers), len(RETRIEVAL_FEATURES))

    def _describe(self, ids: Sequence[str]) -> None:
        new = [id_ for id_ in dict.fromkeys(ids) if id_ not in self._features]
        asked = {id_: _as_asked(*self._asked[id_]) for id_ in new}
        self._features |= {id_: list(question_features(asked[id_]).values()) for id_ in new}
        if new:
            vectors = question_vectors([asked[id_] for id_ in new])
            self._vectors |= dict(zip(new, vectors, strict=True))


def _as_asked(text: str, follows: bool) -> AskedQuestion:
    return AskedQuestion(text, (Turn("user", ""),) if follows else ())


def _cost(answer: RouteAnswer, measure: CostMeasure) -> float:
    return float(answer.tokens) if measure == "tokens" else float(answer.cost_usd or 0.0)


def _floats(values: Iterable[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
