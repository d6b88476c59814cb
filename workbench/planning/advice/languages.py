"""Advice on documents that are not in English, for which some scores and the embedded encoder are made.
Knows nothing about questions, prices or how a language is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.corpus.types import Document
from workbench.formatting import counted, listed
from workbench.parts.registry import score_entry
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.planning.advice.types import Advice
from workbench.scoring.document_languages import may_be_english
from workbench.space.experiment import Experiment
from workbench.space.scores import expand_score_names

LOOKED_AT = 200
"""Documents, evenly chosen, of which the language is told: it takes about a millisecond each."""
FEW = 0.1
"""The share of documents in other languages below which nothing is said."""


def advise_on_languages(experiment: Experiment, documents: Sequence[Document]) -> Iterator[Advice]:
    """Advice on scores and on an embedding that are made for English, where the documents are not."""
    looked_at = [d for d in documents[:: max(1, len(documents) // LOOKED_AT)] if d.kind != "code"]
    foreign = sum(not may_be_english(document) for document in looked_at)
    if foreign <= FEW * len(looked_at):
        return
    of_all = f"{foreign} of {counted(len(looked_at), 'document')}"
    if len(looked_at) < len(documents):
        of_all += " looked at"
    entries = [(name, score_entry(name)) for name in expand_score_names(experiment.scores)]
    notes = [f"{name} {entry.beyond_english}" for name, entry in entries if entry.beyond_english]
    if notes:
        yield Advice(
            "scores",
            f"scores: {of_all} do not look English. There {listed(notes)}. Read some answers before you "
            "trust these scores, or add a judge that knows the language.",
        )
    retrieval = experiment.retrieval
    if retrieval.use_vectors and any(m.name == DEFAULT_EMBEDDING for m in retrieval.embedding):
        yield Advice(
            "embedding",
            f"embedding: {of_all} do not look English, and {DEFAULT_EMBEDDING} was trained on English. "
            "Compare it with keyword search and with a multilingual embedding model.",
        )
