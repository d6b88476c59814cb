"""The score `novelty`: how far a question is from those of the sweep that chose a winner.
Knows nothing about when it is computed or where it is stored.

A question's distance is 1 minus its cosine to the nearest question of the sweep, by the embedded encoder. The
score is the share of the sweep's own questions that have a nearer neighbour in the sweep (wordings of one
fact do not count as neighbours): the rank of a conformal test (Vovk, Gammerman and Shafer 2005, "Algorithmic
Learning in a Random World"). So a question like the sweep's is above 0.95 in about one case of 20.
"""

from __future__ import annotations

import binascii
from functools import cached_property

import numpy as np

from workbench.corpus.types import History
from workbench.providers.embedded.encoder import EmbeddedEncoder, shared_encoder
from workbench.providers.types import Vectors
from workbench.ship.kept_questions import KnownQuestions, text_to_compare
from workbench.ship.packed_vectors import unpack_vector
from workbench.ship.winner import Winner
from workbench.store.serving.records import NOVELTY, ServedScore

FEWEST_KNOWN = 20
"""Fewer questions of the sweep than this do not say how far from each other such questions are."""


class Novelty:
    """Scores questions against a winner's sweep. Made once per winner: its first score embeds the sweep's
    questions, unless the file holds vectors. Threads may share it.

    problem: why there is no score, in words; "" where there is one.
    """

    def __init__(self, winner: Winner, encoder: EmbeddedEncoder | None = None) -> None:
        self._known = winner.questions or KnownQuestions(encoder="", all=0)
        self._encoder = encoder or shared_encoder()
        self.problem = self._find_problem()

    def _find_problem(self) -> str:
        count = len(self._known.questions)
        if not count:
            return "This winner's file does not describe the questions it was chosen on: export it again."
        if count < FEWEST_KNOWN:
            return (
                f"It was chosen on {count} questions; at least {FEWEST_KNOWN} are needed to say what is new."
            )
        if any(not q.text for q in self._known.questions) and self._known.encoder != self._encoder.identity:
            return "The vectors in this winner's file are of another version of the embedded encoder."
        return ""

    @cached_property
    def vectors(self) -> Vectors:
        """The sweep's questions: float32 [questions, 384]."""
        known = self._known.questions
        texts = [q.text for q in known if q.text]
        encoded = iter(self._encoder.encode(texts))
        try:
            return np.stack([next(encoded) if q.text else unpack_vector(q.vector) for q in known])
        except (binascii.Error, ValueError):
            self.problem = "The vectors in this winner's file are damaged: export it again."
            return np.zeros((len(known), self._encoder.dimensions), dtype=np.float32)

    @cached_property
    def distances(self) -> Vectors:
        """How far each of the sweep's questions is from the nearest other one, ascending: [questions]."""
        similar = self.vectors @ self.vectors.T
        groups = np.array([q.group or f"\0{n}" for n, q in enumerate(self._known.questions)])
        similar[groups[:, None] == groups[None, :]] = -1.0
        return np.sort(1.0 - similar.max(axis=1))

    def score(self, question: str, history: History = ()) -> ServedScore:
        """The score of one question. Detail: `nearest`, the id of the sweep's question that is nearest, its
        `tags` and `cluster`, and their `similarity` (a cosine)."""
        if self.problem:
            return ServedScore(NOVELTY, None, "not_applicable", self.problem)
        if not question.strip():
            return ServedScore(NOVELTY, None, "not_applicable", "The question's text is not kept.")
        [vector] = self._encoder.encode([text_to_compare(question, history)])
        similar = self.vectors @ vector
        if self.problem:
            return ServedScore(NOVELTY, None, "not_applicable", self.problem)
        place = int(similar.argmax())
        nearest, similarity = self._known.questions[place], float(similar[place])
        value = float((self.distances < 1.0 - similarity - 1e-6).mean())
        detail = {
            "nearest": nearest.id,
            "tags": list(nearest.tags),
            "cluster": nearest.cluster,
            "similarity": round(similarity, 3),
        }
        return ServedScore(NOVELTY, value, "ok", detail=detail)
