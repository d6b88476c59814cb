"""Selects what the prompt gets of a ranking: the one place for runs, serving, the Playground and tuning.
Knows nothing about how chunks were ranked, or where rankings are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.pipeline.corpus_texts import CorpusTexts, Texts
from workbench.pipeline.given import Given
from workbench.pipeline.joining import join, keep_first
from workbench.pipeline.near_duplicates import drop_copies
from workbench.pipeline.observer import UNOBSERVED, Observer
from workbench.pipeline.splitters.packing import Span
from workbench.pipeline.surroundings import find_surroundings
from workbench.pipeline.types import SCORE_DIGITS, Chunking, Hit
from workbench.space.retrieval import Retrieval

NONE_GOOD_ENOUGH = "none_above_min_score"
"""The flag of an answer whose question found no passage with the minimum score."""


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

    those with the minimum score; of near-equal ones the best; the first top_k; what is given for each, joined
    where it overlaps; again the best of near-equal ones; as much as the budget of tokens allows.

    Raises ProviderError when a part of the user's cannot give what was found.
    """
    if retrieval.cuts_only:
        return Selection(tuple(Given(h.chunk, h.score, h.chunk) for h in hits[: retrieval.top_k]))
    prepare(retrieval, texts)
    found = [Given(hit.chunk, round(hit.score, SCORE_DIGITS), hit.chunk) for hit in hits]
    if retrieval.min_score is not None:
        found = [given for given in found if given.score >= retrieval.min_score]
    if hits and not found:
        return Selection((), (NONE_GOOD_ENOUGH,))
    drops, most_tokens = retrieval.near_duplicates == "drop", retrieval.passage_tokens
    found = drop_copies(found, retrieval.top_k) if drops else found[: retrieval.top_k]
    setting = Texts(texts, Chunking.of(retrieval))
    returns = retrieval.returning
    if returns.part.function is None:
        return Selection(tuple(keep_first(found, most_tokens, setting)))
    spans = find_surroundings(found, returns, setting)
    if drops:
        passages = drop_copies(join(found, spans, setting))
        if most_tokens is None:
            return Selection(tuple(passages))
        found, spans = _in_passages(found, spans, passages)
    return Selection(tuple(join(found, spans, setting, most_tokens)))


def _in_passages(
    found: Sequence[Given], spans: Sequence[Span], passages: Sequence[Given]
) -> tuple[list[Given], list[Span]]:
    """What was found in these passages and what is given for it; the best in each has all its copies."""
    kept = []
    for given, span in zip(found, spans, strict=True):
        for passage in (p.chunk for p in passages if p.chunk.document == given.chunk.document):
            if passage.start <= span[0] and span[1] <= passage.end:
                kept.append((given, span))
    copies = {passage.core.id: passage.copies for passage in passages}
    with_all = [replace(given, copies=copies.get(given.chunk.id, ())) for given, _ in kept]
    return with_all, [span for _, span in kept]


def prepare(retrieval: Retrieval, texts: CorpusTexts, observer: Observer = UNOBSERVED) -> None:
    """Cut the documents into parents or sections where the setting needs them. Once; parents take as long as
    chunking and are stored, sections take a few milliseconds a document."""
    returns = retrieval.returning
    if (parents := parent_chunking(retrieval)) is not None:
        texts.cut_all(parents, observer)
    if tokens := returns.part.section_tokens(returns.settings):
        texts.cut_sections(Chunking.of(retrieval), tokens)


def parent_chunking(retrieval: Retrieval) -> Chunking | None:
    """How the documents are cut into parents; None where the setting needs none."""
    returns = retrieval.returning
    tokens = returns.part.parent_tokens(returns.settings)
    return Chunking(retrieval.splitter, tokens, 0) if tokens else None
