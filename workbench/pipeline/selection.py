"""Selects what the prompt gets of a ranking: the one place for runs, serving, the Playground and tuning.
Knows nothing about how chunks were ranked, or where rankings are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.pipeline.corpus_texts import CorpusTexts, Texts
from workbench.pipeline.given import Given
from workbench.pipeline.near_duplicates import drop_copies
from workbench.pipeline.surroundings import take_surroundings
from workbench.pipeline.token_budget import keep_budget
from workbench.pipeline.types import Chunking, Hit
from workbench.space.retrieval import Retrieval

SCORE_DIGITS = 6
"""Digits of a score that are stored and compared, so that a stored ranking selects as a fresh one does."""
NONE_GOOD_ENOUGH = "none_above_min_score"
"""The flag of an answer whose question found no passage with the least score."""


@dataclass(frozen=True)
class Selection:
    """What the prompt gets of a ranking, before it is cut to the model's context."""

    passages: tuple[Given, ...]
    """Best first."""
    flags: tuple[str, ...] = ()
    """NONE_GOOD_ENOUGH, or nothing."""

    @property
    def hits(self) -> tuple[Hit, ...]:
        return tuple(given.hit for given in self.passages)


def select(hits: Sequence[Hit], retrieval: Retrieval, texts: CorpusTexts) -> Selection:
    """Select from the hits of one ranking, best first, in this order:

    those with the least score; of near-equal ones the best; the first top_k; what is given for each, joined
    where it overlaps; again the best of near-equal ones; as many as the budget of tokens allows.

    Raises ProviderError when a part of the user's cannot give what was found.
    """
    if retrieval.cuts_only:
        return Selection(tuple(Given(h.chunk, h.score, h.chunk) for h in hits[: retrieval.top_k]))
    found = [Given(hit.chunk, round(hit.score, SCORE_DIGITS), hit.chunk) for hit in hits]
    if retrieval.min_score is not None:
        found = [given for given in found if given.score >= retrieval.min_score]
    if hits and not found:
        return Selection((), (NONE_GOOD_ENOUGH,))
    drops = retrieval.near_duplicates == "drop"
    found = drop_copies(found, retrieval.top_k) if drops else found[: retrieval.top_k]
    passages = take_surroundings(found, retrieval.returning, Texts(texts, Chunking.of(retrieval)))
    if drops:
        passages = drop_copies(passages)
    return Selection(tuple(keep_budget(passages, retrieval.passage_tokens)))


def parent_chunking(retrieval: Retrieval) -> Chunking | None:
    """How the documents are cut into parents; None where the setting needs none."""
    returns = retrieval.returning
    tokens = returns.part.parent_tokens(returns.settings)
    return Chunking(retrieval.splitter, tokens, 0) if tokens else None
