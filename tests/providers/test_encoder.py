"""Tests the embedded encoder: vectors, token counts and spans.
Knows nothing about retrieval."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from workbench.errors import WorkbenchError
from workbench.lru_cache import LruCache
from workbench.providers.embedded.encoder import EmbeddedEncoder, shared_encoder

TEXTS = [
    "Where can I return a jacket?",
    "Returns are accepted within 30 days.",
    "The moon orbits the earth.",
    "",
]
LONG = "harbor " * 700


@pytest.fixture(scope="module")
def encoder() -> EmbeddedEncoder:
    return shared_encoder()


def test_vectors_are_float32_rows_of_unit_length(encoder: EmbeddedEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (4, 384) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_related_texts_are_nearer_than_unrelated_ones(encoder: EmbeddedEncoder) -> None:
    question, related, unrelated, _ = encoder.encode(TEXTS)
    assert question @ related > question @ unrelated + 0.2


def test_a_vector_does_not_depend_on_its_company(encoder: EmbeddedEncoder) -> None:
    together = encoder.encode([LONG, *TEXTS, TEXTS[0]])
    assert np.array_equal(together[1], encoder.encode([TEXTS[0]])[0])
    assert np.array_equal(together[1], together[-1])


def test_threads_get_the_same_vectors(encoder: EmbeddedEncoder) -> None:
    expected = encoder.encode(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(lambda _: encoder.encode(TEXTS), range(8)):
            assert np.array_equal(vectors, expected)


def test_no_texts_give_no_rows(encoder: EmbeddedEncoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_counting_is_never_cut(encoder: EmbeddedEncoder) -> None:
    assert encoder.count_tokens(LONG) == 700
    assert encoder.count_tokens("") == 0
    assert len(encoder.token_spans(LONG)) == 700


def test_spans_point_at_the_words(encoder: EmbeddedEncoder) -> None:
    text = "Zürich's café, 1,200 m away."
    spans = encoder.token_spans(text)
    assert len(spans) == encoder.count_tokens(text)
    assert [text[a:b] for a, b in spans][:3] == ["Zürich", "'", "s"] or spans[0][0] == 0
    assert all(a < b for a, b in spans) and spans == tuple(sorted(spans))


def test_a_text_that_is_too_long_is_reported_and_encoded_from_its_beginning(encoder: EmbeddedEncoder) -> None:
    assert encoder.too_long(["harbor " * 510, "harbor " * 511]) == [False, True]
    beginning, whole = encoder.encode(["harbor " * 510, LONG])
    np.testing.assert_allclose(beginning, whole, atol=1e-6)


def test_embed_reports_usage_and_length(encoder: EmbeddedEncoder) -> None:
    reply = asyncio.run(encoder.embed(["one two", LONG]))
    assert reply.usage.input == 4 + 512
    assert reply.too_long == (False, True)
    assert reply.vectors.shape == (2, 384) and reply.compute_seconds is not None


def test_fingerprint_follows_the_files(tmp_path: Path, encoder: EmbeddedEncoder) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"other")
    assert EmbeddedEncoder(tmp_path).fingerprint != encoder.fingerprint
    assert len(encoder.fingerprint) == 64


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"tokenizer\.json is missing"):
        EmbeddedEncoder(tmp_path).count_tokens("text")


def test_golden_vector(encoder: EmbeddedEncoder) -> None:
    """Fails when vectors change without a new VERSION. Processors differ in the last digits."""
    vector = encoder.encode(["Returns are accepted within 30 days."])[0]
    np.testing.assert_allclose(vector[:4], [-0.0465, 0.0073, 0.0653, 0.0391], atol=0.02)


def test_recent_forgets_what_was_longest_unused() -> None:
    recent: LruCache[str, int] = LruCache(2)
    recent.keep("a", 1)
    recent.keep("b", 2)
    assert recent.find("a") == 1
    recent.keep("c", 3)
    assert (recent.find("a"), recent.find("b"), recent.find("c")) == (1, None, 3)
