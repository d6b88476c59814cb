"""Embedding many texts: batches side by side within the model's limits, each stored as it arrives.
Knows nothing about what the texts are for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.protocol_server import ProtocolServer, Refuse
from workbench.calls.clients import Opened
from workbench.calls.ledger import MemoryLedger
from workbench.calls.open_caller import open_caller
from workbench.calls.retry_policy import INTERACTIVE
from workbench.errors import ProviderError
from workbench.pipeline.asker import EmbeddedTexts
from workbench.pipeline.embedding import BATCH, embed_texts
from workbench.pipeline.vector_cache import VectorCache
from workbench.providers.open_model import open_chat_model, open_embedding_model
from workbench.providers.types import EmbeddingReply, Usage, Vectors
from workbench.space.model import Limits, Model


def served(base_url: str, concurrency: int) -> Model:
    limits = Limits(concurrency=concurrency)
    return Model(name="served", kind="embedding", base_url=base_url, model="test-embed", limits=limits)


class SlowServer:
    """An embedding model that takes half a second for each request, however many there are."""

    identity = "slow"
    max_tokens = None

    def __init__(self) -> None:
        self.requests = 0

    async def embed(self, texts: Sequence[str]) -> EmbeddingReply:
        self.requests += 1
        await asyncio.sleep(0.5)
        return EmbeddingReply(np.ones((len(texts), 2), dtype=np.float32), Usage(), 0.5)

    async def close(self) -> None:
        """Nothing is open."""


def test_22_requests_of_half_a_second_take_less_than_half_as_long_as_one_after_another(
    tmp_path: Path,
) -> None:
    server, texts = SlowServer(), [f"text number {n}" for n in range(22 * BATCH)]

    async def work() -> Vectors:
        opened, cache = Opened(open_chat_model, lambda model: server), VectorCache(tmp_path / "v.db")
        async with open_caller(
            MemoryLedger(), opened, {}, retry_policy=INTERACTIVE, give_up_seconds=10
        ) as caller:
            return await embed_texts(caller, served("http://127.0.0.1:9/v1", 32), texts, cache, kind="embed")

    started = time.monotonic()
    vectors = asyncio.run(work())
    assert server.requests == 22 and time.monotonic() - started < 22 * 0.5 / 2
    assert len(vectors) == len(texts)


class CountingAsker:
    """Embeds in a moment; fails the batch that holds `fails_on`."""

    def __init__(self, fails_on: str | None = None) -> None:
        self.under_way = self.most_under_way = self.batches = 0
        self._fails_on = fails_on

    async def embed(
        self, model: Model, texts: Sequence[str], *, kind: str, kept: Any = None
    ) -> EmbeddedTexts:
        self.batches += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.01)
        self.under_way -= 1
        if self._fails_on in texts:
            raise ProviderError("Not this one.", kind="rejected")
        return EmbeddedTexts(np.ones((len(texts), 2), dtype=np.float32), None, 0.0)


@pytest.mark.parametrize(
    ("model", "at_once"),
    [(served("http://127.0.0.1:9/v1", 3), 3), (Model(name="embedded/minilm", kind="embedding"), 1)],
)
def test_as_many_batches_are_under_way_as_the_model_takes(tmp_path: Path, model: Model, at_once: int) -> None:
    asker = CountingAsker()
    texts = [f"text {n}" for n in range(7 * BATCH)]
    asyncio.run(embed_texts(asker, model, texts, VectorCache(tmp_path / "v.db"), kind="embed"))
    assert (asker.batches, asker.most_under_way) == (7, at_once)


def test_after_a_failed_batch_none_is_begun_and_those_under_way_are_stored(tmp_path: Path) -> None:
    asker, cache = CountingAsker(fails_on="text 0"), VectorCache(tmp_path / "v.db")
    model, texts = served("http://127.0.0.1:9/v1", 3), [f"text {n}" for n in range(7 * BATCH)]
    with pytest.raises(ProviderError, match="Not this one"):
        asyncio.run(embed_texts(asker, model, texts, cache, kind="embed"))
    assert asker.batches == 3
    asker._fails_on = None
    asyncio.run(embed_texts(asker, model, texts, cache, kind="embed"))
    assert asker.batches == 3 + 5


def embed_at(server: ProtocolServer, texts: Sequence[str], tmp_path: Path, concurrency: int = 3) -> Vectors:
    async def work() -> Vectors:
        opened, cache = Opened(open_chat_model, open_embedding_model), VectorCache(tmp_path / "v.db")
        async with open_caller(
            MemoryLedger(), opened, {}, retry_policy=INTERACTIVE, give_up_seconds=10
        ) as caller:
            model = served(server.base_url, concurrency)
            return await embed_texts(caller, model, texts, cache, kind="embed")

    return asyncio.run(work())


@pytest.mark.parametrize("most", [1, 32, 50])
def test_a_batch_that_is_too_large_for_the_server_is_sent_in_halves(tmp_path: Path, most: int) -> None:
    texts = [f"text number {n} about {'abcdefg'[n % 7] * 9}" for n in range(3 * BATCH)]
    with ProtocolServer(most_texts=most) as server:
        vectors = embed_at(server, texts, tmp_path)
        sizes = [len(body["input"]) for body in server.posts]
    with ProtocolServer() as whole:
        assert np.allclose(vectors, embed_at(whole, texts, tmp_path / "other"))
    assert sum(size for size in sizes if size <= most) == len(texts)  # none twice
    assert sum(size > most for size in sizes) <= 3 * 6


class RefusingTheLast:
    """Embeds at once, but refuses the last batch a moment later, when nothing else is left to take."""

    async def embed(
        self, model: Model, texts: Sequence[str], *, kind: str, kept: Any = None
    ) -> EmbeddedTexts:
        if len(texts) < BATCH and len(texts) > 10:
            await asyncio.sleep(0.1)
            raise ProviderError("Too many texts.", kind="batch")
        return EmbeddedTexts(np.ones((len(texts), 2), dtype=np.float32), None, 0.0)


def test_a_batch_that_is_refused_once_the_others_have_ended_is_sent_in_halves(tmp_path: Path) -> None:
    texts, asker = [f"text {n}" for n in range(2 * BATCH - 8)], RefusingTheLast()
    cache, model = VectorCache(tmp_path / "v.db"), served("http://127.0.0.1:9/v1", 4)
    vectors = asyncio.run(embed_texts(asker, model, texts, cache, kind="embed"))  # type: ignore[arg-type]
    assert len(vectors) == len(texts)


def test_a_batch_whose_texts_are_to_blame_fails_by_the_text(tmp_path: Path) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        return Refuse(422, message="no poison") if "poison" in body["input"] else None

    with ProtocolServer(plan=plan) as server, pytest.raises(ProviderError, match="no poison") as caught:
        embed_at(server, [*map(str, range(20)), "poison"], tmp_path, concurrency=1)
    assert caught.value.kind == "rejected"
