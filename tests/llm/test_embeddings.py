"""Embeddings of a real language model: vectors, long and empty texts, and an experiment that searches by them.
Knows nothing about how texts are batched."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest

from tests.llm.conftest import as_model, model_of
from tests.llm.llama_server import ALIAS, LlamaServer
from tests.tiny_experiment import Runner, experiment
from workbench.errors import ProviderError
from workbench.providers.connection_test import test_connection as check_connection
from workbench.providers.open_model import open_embedding_model
from workbench.providers.types import EmbeddingReply
from workbench.store.ledger import list_calls

BATCH = 64
"""The most tokens of a text that this server embeds."""


@pytest.fixture(scope="module")
def server() -> Iterator[LlamaServer]:
    options = ("--embeddings", "--ubatch-size", str(BATCH), "--parallel", "1", "--ctx-size", "2048")
    with LlamaServer("--alias", ALIAS, *options) as running:
        yield running


def embed(server: LlamaServer, *texts: str) -> EmbeddingReply:
    async def call() -> EmbeddingReply:
        embedding = open_embedding_model(as_model(server, kind="embedding"))
        try:
            return await embedding.embed(texts)
        finally:
            await embedding.close()

    return asyncio.run(call())


def embedding_of(server: LlamaServer) -> dict[str, object]:
    return model_of(server, name="real-embed", kind="embedding")


def test_vectors_are_of_unit_length_in_the_order_of_the_texts_with_counted_tokens(
    server: LlamaServer,
) -> None:
    texts = ["The tank holds two litres.", "Never cover a heater.", "Goods can be returned."]
    together, alone = embed(server, *texts), [embed(server, text).vectors[0] for text in texts]
    assert together.vectors.shape == (3, 576) and not together.usage.estimated and together.usage.input > 10
    assert np.allclose(np.linalg.norm(together.vectors, axis=1), 1, atol=1e-5)
    assert [int(np.argmax(together.vectors @ vector)) for vector in alone] == [0, 1, 2]


def test_vectors_that_depend_on_what_is_embedded_beside_are_said_by_the_test_of_the_connection(
    server: LlamaServer,
) -> None:
    with LlamaServer("--alias", ALIAS, "--embeddings", "--parallel", "2", "--ctx-size", "1024") as two_slots:
        report = asyncio.run(check_connection(as_model(two_slots, kind="embedding")))
    assert report.ok and "--parallel 1" in report.warnings[0]
    report = asyncio.run(check_connection(as_model(server, kind="embedding")))
    assert report.ok and report.warnings == ()


def test_a_text_over_the_batch_is_too_long_and_not_tried_again(server: LlamaServer) -> None:
    with pytest.raises(ProviderError) as raised:
        embed(server, "water " * 200)
    assert raised.value.kind == "context" and not raised.value.retryable
    assert "--ubatch-size" in str(raised.value)


def test_a_text_over_the_batch_among_others_is_a_batch_to_be_divided(server: LlamaServer) -> None:
    with pytest.raises(ProviderError) as raised:
        embed(server, "The tank holds two litres.", "water " * 200)
    assert raised.value.kind == "batch"


def test_an_experiment_searches_by_the_vectors_and_a_second_one_embeds_nothing_again(
    runner: Runner, server: LlamaServer
) -> None:
    axes = {
        "splitter": ["sentence"], "chunk_tokens": [32], "retriever": ["dense"], "top_k": [2],
        "embedding": [embedding_of(server)],
    }  # fmt: skip
    result = runner.run(experiment(retrieval=axes))
    assert result.state == "done" and result.status["failed_answers"] == 0
    embedded = [
        call for _, call in list_calls(runner.store) if call.kind.startswith("embed") and call.cost_usd
    ]
    assert embedded and all(call.input_tokens > 0 for call in embedded)
    again = runner.run(experiment(retrieval=axes, name="again"))
    paid = [call for _, call in list_calls(runner.store) if call.kind.startswith("embed") and call.cost_usd]
    assert again.state == "done" and len(paid) == len(embedded)


def test_chunks_over_the_batch_end_a_run_at_once_and_in_words(runner: Runner, server: LlamaServer) -> None:
    document = runner.settings.corpora / "tiny" / "documents" / "long.md"
    document.write_text("The probe of the tank, the heater and the label are kept with the goods. " * 60)
    axes = {
        "splitter": ["sentence"], "chunk_tokens": [256], "retriever": ["dense"], "top_k": [2],
        "embedding": [embedding_of(server)],
    }  # fmt: skip
    result = runner.run(experiment(retrieval=axes))
    assert (
        result.state == "paused"
        and "physical batch" in str(result.status)
        and "chunk_tokens" in str(result.status)
    )
