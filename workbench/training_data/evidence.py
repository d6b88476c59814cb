"""Arranges the passages of a train question: with those that hold its evidence among distractors, or without.
Knows nothing about prompts and answers.

After RAFT (Zhang et al. 2024), with one change: where the evidence was taken out, the answer declines. RAFT
trains the answer there, from memory, which is what grounding calls a claim without support."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from workbench.corpus.types import Evidence, Question
from workbench.pipeline.corpus_texts import CorpusTexts
from workbench.pipeline.selection import select
from workbench.pipeline.types import Chunk, Hit
from workbench.space.retrieval import Retrieval
from workbench.training_data.types import Golden

NO_CHUNK = "its evidence is in no chunk"
NO_ROOM = "its evidence does not fit among the passages of a prompt"


@dataclass(frozen=True)
class Arranged:
    """The passages that a prompt gets."""

    hits: tuple[Hit, ...]
    golden: Golden
    places: tuple[int, ...] = ()
    """The places in `hits` of the passages that hold the evidence, from 0."""


def _holds(piece: Evidence, chunk: Chunk) -> bool:
    """Whether a passage holds a whole piece of evidence; any passage of a document that is one."""
    whole = any(option.whole and option.document == chunk.document for option in piece.options)
    return whole or any(
        place.document == chunk.document and chunk.start <= place.start and place.end <= chunk.end
        for place in piece.places
    )


def _touches(evidence: Sequence[Evidence], chunk: Chunk) -> bool:
    return any(piece.is_touched_by(chunk.document, chunk.start, chunk.end) for piece in evidence)


def find_places(evidence: Sequence[Evidence], hits: Sequence[Hit]) -> tuple[int, ...] | None:
    """The first passage for each piece of evidence; None where a piece is in none of them."""
    places = []
    for piece in evidence:
        place = next((n for n, hit in enumerate(hits) if _holds(piece, hit.chunk)), None)
        if place is None:
            return None
        places.append(place)
    return tuple(dict.fromkeys(places))


class Arranger:
    """Arranges the passages of questions under one retrieval setting."""

    def __init__(self, retrieval: Retrieval, chunks: Sequence[Chunk], texts: CorpusTexts) -> None:
        self._retrieval = retrieval
        self._texts = texts
        self._of_document: dict[str, list[Chunk]] = {}
        for chunk in chunks:
            self._of_document.setdefault(chunk.document, []).append(chunk)

    def as_found(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """What the prompt gets of a ranking, unchanged."""
        return select(hits, self._retrieval, self._texts).hits

    def without_evidence(self, question: Question, hits: Sequence[Hit]) -> Arranged | None:
        """Distractors alone; None where nothing else was found."""
        others = [hit for hit in hits if not _touches(question.evidence, hit.chunk)]
        chosen = [hit for hit in self.as_found(others) if not _touches(question.evidence, hit.chunk)]
        return Arranged(tuple(chosen), "taken out") if chosen else None

    def with_evidence(self, question: Question, hits: Sequence[Hit], random: Random) -> Arranged | str:
        """The evidence among what was found. Where retrieval missed a piece, a passage that holds it takes
        the place of the last distractor and stands at a random place. Or why that is impossible."""
        found = self.as_found(hits)
        if not question.evidence:
            return Arranged(found, "unknown")
        places = find_places(question.evidence, found)
        if places is not None:
            return Arranged(found, "found", places)
        golden = []
        for piece in question.evidence:
            chunk = self._chunk_with(piece)
            if chunk is None:
                return NO_CHUNK
            golden.append(chunk)
        golden = list(dict.fromkeys(golden))
        top = self._retrieval.top_k
        if len(golden) > top:
            return NO_ROOM
        others = [hit for hit in hits if hit.chunk not in golden][: top - len(golden)]
        for chunk in golden:
            place = random.randint(0, len(others))
            beside = others[place] if place < len(others) else others[-1] if others else None
            others.insert(place, Hit(chunk, beside.score if beside else hits[0].score if hits else 1.0))
        chosen = self.as_found(others)
        places = find_places(question.evidence, chosen)
        return NO_ROOM if places is None else Arranged(chosen, "added", places)

    def _chunk_with(self, piece: Evidence) -> Chunk | None:
        """The first chunk that holds a whole piece of evidence."""
        documents = dict.fromkeys(option.document for option in piece.options)
        chunks = (chunk for name in documents for chunk in self._of_document.get(name, ()))
        return next((chunk for chunk in chunks if _holds(piece, chunk)), None)


def cut(arranged: Arranged, kept: int) -> Arranged | None:
    """The same with the first passages alone; None where a passage with evidence is lost."""
    if any(place >= kept for place in arranged.places):
        return None
    return replace(arranged, hits=arranged.hits[:kept])
