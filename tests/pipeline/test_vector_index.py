"""How the kind of a vector index is chosen. What every index must do is tested in vector_stores/.
Knows nothing about documents' texts or models."""

from __future__ import annotations

import pytest

from workbench.corpus.types import Document
from workbench.errors import InputError
from workbench.pipeline.chunking import chunk_document
from workbench.pipeline.vector_index import MOST_EXACT_CHUNKS, choose_index, estimate_chunks
from workbench.settings import load_settings
from workbench.space.retrieval import Retrieval


def document_of(chunks: int, retrieval: Retrieval) -> Document:
    """A document whose length suggests so many chunks."""
    step = retrieval.chunk_tokens - retrieval.chunk_overlap
    return Document("d.md", "D", "x" * (4 * step * (chunks - 1)), "text")


def test_the_program_searches_exactly_up_to_a_number_of_chunks_and_in_chroma_above() -> None:
    retrieval = Retrieval(chunk_tokens=128, chunk_overlap=16)
    half = document_of(MOST_EXACT_CHUNKS // 2, retrieval)
    one = document_of(1, retrieval)
    assert choose_index("auto", [half, half], retrieval) == "exact"
    assert choose_index("auto", [half, half, one], retrieval) == "chroma"
    assert choose_index("exact", [half, half, one], retrieval) == "exact"
    assert choose_index("chroma", [one], retrieval) == "chroma"


def test_the_number_of_chunks_is_estimated_to_within_a_third() -> None:
    text = " ".join(f"Sentence number {n} says something of middling length." for n in range(2000))
    document = Document("d.md", "D", text, "text")
    for tokens in (64, 256):
        counted = len(chunk_document(document, "token", tokens, 16))
        estimated = estimate_chunks(document, tokens, 16)
        assert estimated == pytest.approx(counted, rel=1 / 3)


def test_a_setting_forces_the_kind_and_an_unknown_one_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().vector_index == "auto"
    monkeypatch.setenv("WORKBENCH_VECTOR_INDEX", "chroma")
    assert load_settings().vector_index == "chroma"
    monkeypatch.setenv("WORKBENCH_VECTOR_INDEX", "faiss")
    with pytest.raises(InputError, match="'faiss'; it must be one of auto, exact, chroma"):
        load_settings()
