"""Sparse embedding models behind a server, over real HTTP: every form of a vector and every fault.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol_server import Body, Misbehaviour, ProtocolServer, Refuse, Stall
from tests.protocol_server.sparse import NO_SPLADE, weights
from workbench.calls.ledger import MemoryLedger
from workbench.calls.open_caller import open_interactive_caller
from workbench.errors import ModelError, ProviderError
from workbench.pipeline import fingerprints
from workbench.pipeline.batch_sizes import BatchSizes
from workbench.pipeline.embedding import UnembeddedTexts, embed_texts
from workbench.pipeline.vector_cache import VectorCache
from workbench.providers.connection_test import ConnectionReport
from workbench.providers.connection_test import test_connection as check_connection
from workbench.providers.embedding_vectors import WrongVectors
from workbench.providers.served_kind import kind_of_row
from workbench.providers.server_facts import ServerFacts, with_tei
from workbench.providers.sparse_server import SparseServer
from workbench.providers.sparse_vectors import MOST_NON_ZEROS, UNUSABLE, read_sparse_vectors
from workbench.providers.trust import Trust
from workbench.providers.types import EmbeddingReply
from workbench.settings import load_settings
from workbench.space.model import Model

TEXTS = ("The tank holds two litres, the tank.", "Never cover a heater.", "", "!")


def sparse_at(base_url: str | None, **fields: Any) -> Model:
    given = {"name": "splade", "kind": "sparse_embedding", "base_url": base_url, "model": "naver/splade-v3"}
    return Model.model_validate(given | fields)


def embed(model: Model, texts: Sequence[str] = TEXTS, times: int = 1) -> EmbeddingReply:
    async def work() -> EmbeddingReply:
        server = SparseServer(model, Trust.of([model]))
        try:
            for _ in range(times):
                reply = await server.embed(texts)
            return reply
        finally:
            await server.close()

    return asyncio.run(work())


def failure(server: ProtocolServer, texts: Sequence[str] = TEXTS, **fields: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        embed(sparse_at(server.base_url, **fields), texts)
    return caught.value


def as_pairs(vector: Any) -> dict[int, float]:
    indexes, values = np.split(vector, 2)
    return {int(index): round(float(value), 6) for index, value in zip(indexes, values, strict=True)}


@pytest.mark.parametrize("ending", ["/v1", "", "/embed_sparse"])
def test_the_page_is_found_from_every_address_that_people_write(ending: str) -> None:
    with ProtocolServer(sparse="splade") as server:
        reply = embed(sparse_at(server.root_url + ending), times=3)
        paths = [path for path, _, _ in server.requests]
        sent = server.posts[-1]
    assert [as_pairs(vector) for vector in reply.vectors] == [
        weights(text) for text in (*TEXTS[:2], ".", "!")
    ]
    assert paths[-2:] == ["/embed_sparse"] * 2 and len(paths) <= 2 + 2  # what answered is remembered
    assert sent == {"model": "naver/splade-v3", "inputs": [*TEXTS[:2], ".", "!"], "truncate": True}
    assert reply.usage.estimated and reply.usage.input > 0


def test_a_server_without_the_page_says_what_was_tried_and_which_servers_have_it() -> None:
    with ProtocolServer() as server:
        error = failure(server)
    assert error.kind == "no_model" and not error.retryable
    assert "/embed_sparse" in error.message and "text-embeddings-inference" in str(error.hint)


def test_a_server_with_another_model_is_named_so() -> None:
    with ProtocolServer(sparse="another model") as server:
        error = failure(server)
    assert error.kind == "no_model" and NO_SPLADE in error.message and "--pooling splade" in str(error.hint)


def test_another_failure_with_the_same_status_is_no_wrong_model() -> None:
    with ProtocolServer(plan=lambda n, path, body: Refuse(424, message="CUDA error")) as server:
        assert failure(server, TEXTS[:1]).kind == "rejected"


def entry(index: Any, value: Any) -> list[list[dict[str, Any]]]:
    """A reply for one text."""
    return [[{"index": index, "value": value}]]


FAULTS = {
    "none": "[]",
    "more": json.dumps([[{"index": 1, "value": 0.5}]] * 2),
    "negative index": json.dumps(entry(-1, 0.5)),
    "huge index": json.dumps(entry(1 << 24, 0.5)),
    "index without bound": f'[[{{"index": {"9" * 400}, "value": 0.5}}]]',
    "fraction as index": json.dumps(entry(1.5, 0.5)),
    "string index": json.dumps(entry("1", 0.5)),
    "true as index": json.dumps(entry(True, 0.5)),
    "no index": json.dumps([[{"value": 0.5}]]),
    "NaN": json.dumps(entry(1, float("nan"))),
    "infinite": json.dumps(entry(1, float("inf"))),
    "too large": json.dumps(entry(1, 1e300)),
    "weight without bound": f'[[{{"index": 1, "value": {"9" * 400}}}]]',
    "string": json.dumps(entry(1, "0.5")),
    "true": json.dumps(entry(1, True)),
    "null": json.dumps(entry(1, None)),
    "null vector": "[null]",
    "a dense vector": "[[0.1, 0.2]]",
    "dense, as OpenAI has it": json.dumps({"data": [{"index": 0, "embedding": [0.1]}]}),
    "unequal lists": json.dumps([{"indices": [1, 2], "values": [0.5]}]),
    "words as indexes": json.dumps([{"tank": 0.5}]),
    "as wide as a vocabulary": json.dumps([{str(n): 0.1 for n in range(MOST_NON_ZEROS + 1)}]),
    "a number": "12",
    "HTML": "<html><body>Welcome</body></html>",
    "an error": json.dumps({"error": {"message": "worker died", "type": "internal"}}),
    "nothing": "",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_reply_without_a_vector_for_each_text_is_nonsense_and_never_a_guess(fault: str) -> None:
    with ProtocolServer(plan=lambda n, path, body: Body(FAULTS[fault])) as server:
        error = failure(server, TEXTS[:1])
    assert error.kind == "nonsense" and server.base_url in error.message


@pytest.mark.parametrize("reply", ["[]", json.dumps([[{"index": 1, "value": 0.5}]] * 3)])
def test_the_wrong_number_of_vectors_for_several_texts_is_tried_with_fewer(reply: str) -> None:
    with ProtocolServer(plan=lambda n, path, body: Body(reply)) as server:
        assert failure(server, TEXTS[:2]).kind == "batch"


def test_every_form_of_a_vector_is_read_alike() -> None:
    forms = [
        [{"index": 7, "value": 0.5}, {"index": 2, "value": 1.25}, {"index": 9, "value": 0}],
        {"indices": [7, 2, 9], "values": [0.5, 1.25, 0]},
        {"7": 0.5, "2": 1.25, "9": 0},
        [{"index": 2, "value": 1}, {"index": 2, "value": 0.25}, {"index": 7, "value": 0.5}],
    ]
    for vector in read_sparse_vectors(forms, len(forms)):
        assert vector.dtype == np.float32 and vector.tolist() == [2, 7, 1.25, 0.5]
    assert [len(vector) for vector in read_sparse_vectors([[], {}], 2)] == [0, 0]


def test_a_vector_that_cannot_be_used_leaves_the_others_alone() -> None:
    good, bad = read_sparse_vectors([*entry(3, 0.5), *entry(-3, 0.5)], 2)
    assert as_pairs(good) == {3: 0.5} and bad is UNUSABLE


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["index", "value", "indices", "values", "3", "²"]), inner, max_size=4
            )
        ),
    )
)
def test_any_reply_ends_in_vectors_or_in_words(raw: Any) -> None:
    try:
        vectors = read_sparse_vectors(raw, 2)
    except WrongVectors as error:
        assert str(error)
    else:
        usable = [vector for vector in vectors if np.isfinite(vector).all()]
        assert len(vectors) == 2 and usable
        assert all(len(v) % 2 == 0 and (np.diff(np.split(v, 2)[0]) > 0).all() for v in usable)


def test_too_many_texts_and_one_that_is_too_long_are_told_apart() -> None:
    with ProtocolServer(sparse="splade", most_texts=2) as server:
        assert failure(server).kind == "batch"
        assert len(embed(sparse_at(server.base_url), TEXTS[:2]).vectors) == 2
    with ProtocolServer(sparse="splade", context_tokens=2) as server:  # it reads the beginning
        assert len(embed(sparse_at(server.base_url)).vectors) == 4
        error = failure(server, TEXTS[:1], extra_body={"truncate": False})
        assert error.kind == "context" and "does not cut it: lower chunk_tokens" in str(error.hint)


def test_a_server_that_hangs_ends_with_the_time_limit() -> None:
    with ProtocolServer(sparse="splade", plan=lambda n, path, body: Stall(1.0)) as server:
        error = failure(server, limits={"timeout_seconds": 0.2})
    assert error.kind == "timeout" and error.retryable


def embed_cached(folder: Path, model: Model, texts: Sequence[str], sizes: BatchSizes | None = None) -> Any:
    async def work() -> Any:
        cache = VectorCache(folder / "vectors.db")
        async with open_interactive_caller(
            MemoryLedger(), [model], load_settings(), Trust.of([model])
        ) as caller:
            sizes_used = sizes or BatchSizes()
            return await embed_texts(caller, model, texts, cache, kind="embed", sizes=sizes_used)

    return asyncio.run(work())


def test_vectors_are_stored_by_text_and_asked_for_once(tmp_path: Path) -> None:
    with ProtocolServer(sparse="splade") as server:
        model = sparse_at(server.root_url, document_prefix="passage: ")
        first = embed_cached(tmp_path, model, ["the tank", "", "the tank"])
        again = embed_cached(tmp_path, model, ["", "the tank"])
        sent = [text for body in server.posts for text in body["inputs"]]
    assert sorted(sent) == ["passage: ", "passage: the tank"]
    assert as_pairs(first[0]) == as_pairs(first[2]) == as_pairs(again[1]) == weights("passage: the tank")
    assert as_pairs(again[0]) == weights("passage: ")


def test_an_empty_vector_is_stored_as_one(tmp_path: Path) -> None:
    with ProtocolServer(sparse="splade") as server:
        model = sparse_at(server.root_url)
        assert [len(v) for v in embed_cached(tmp_path, model, ["!", "tank"])] == [0, 2]
        assert [len(v) for v in embed_cached(tmp_path, model, ["tank", "!"])] == [2, 0]
        assert len(server.posts) == 1


def test_what_a_server_refused_is_remembered_for_the_next_texts(tmp_path: Path) -> None:
    sizes = BatchSizes()
    with ProtocolServer(sparse="splade", most_texts=10) as server:
        model = sparse_at(server.root_url, limits={"concurrency": 1})
        embed_cached(tmp_path, model, [f"text {n}" for n in range(64)], sizes)
        first = len(server.posts)
        embed_cached(tmp_path, model, [f"another {n}" for n in range(64)], sizes)
        later = [len(body["inputs"]) for body in server.posts[first:]]
    assert max(later) <= 10 and sum(later) == 64


def test_a_text_without_a_usable_vector_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        index = {"poison": -1}
        return Body(json.dumps([entry(index.get(text, 5), 0.5)[0] for text in body["inputs"]]))

    with ProtocolServer(plan=plan) as server:
        model = sparse_at(server.root_url)
        with pytest.raises(UnembeddedTexts) as caught:
            embed_cached(tmp_path, model, ["water", "poison", "tank"])
        sent = len(server.posts)
        assert list(caught.value.errors) == ["poison"]
        assert len(embed_cached(tmp_path, model, ["water", "tank"])) == 2 and len(server.posts) == sent


def report(model: Model) -> ConnectionReport:
    return asyncio.run(check_connection(model, Trust.of([model])))


@pytest.mark.parametrize("most_texts", [None, 1, 2])
def test_a_test_of_the_connection_says_how_it_embeds(most_texts: int | None) -> None:
    with ProtocolServer(sparse="splade", models=("naver/splade-v3",), most_texts=most_texts) as server:
        found = report(sparse_at(server.base_url))
        assert (
            found.ok
            and not found.warnings
            and "embeds sparsely, 4 to 6 weights per text" in found.messages[0]
        )


def test_a_test_of_the_connection_says_what_is_wrong() -> None:
    for reply, words in (
        (entry(1, 0.5), "A text that does not answer fits no less"),
        ([[]], "has no weights"),
    ):
        body = Body(json.dumps(reply))
        with ProtocolServer(sparse="splade", plan=lambda n, path, _, body=body: body) as server:
            found = report(sparse_at(server.base_url))
            assert words in found.warnings[0] and "Is it a sparse embedding model?" in found.warnings[0]

    def last_is_unusable(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        unusable = "Never cover a heater." in body["inputs"]
        return Body(json.dumps(entry(-1, 0.5))) if unusable else None

    with ProtocolServer(sparse="splade", plan=last_is_unusable) as server:
        found = report(sparse_at(server.base_url))
        assert not found.ok and "without sparse vectors: each text needs indexes from 0" in found.messages[0]
    with ProtocolServer(sparse="another model") as server:
        found = report(sparse_at(server.base_url))
        assert not found.ok and found.kind == "no_model" and NO_SPLADE in found.messages[0]


def test_one_server_may_make_both_kinds_of_vectors_with_one_model() -> None:
    sparse = sparse_at("http://h/v1")
    dense = sparse.model_copy(update={"kind": "embedding"})
    assert fingerprints.vectors(sparse) != fingerprints.vectors(dense)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "no base_url"),
        ({"python": "m:f"}, "no base_url"),
        ({"base_url": "http://h/v1", "dimensions": 8}, "dimensions is a setting of embedding models"),
        ({"path": "/models/x"}, "path is the folder of a reranker"),
    ],
)
def test_settings_that_it_does_not_have_are_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        Model.model_validate({"name": "splade", "kind": "sparse_embedding", "model": "m"} | fields)


def test_its_kind_is_told_by_its_name_or_by_the_server() -> None:
    assert kind_of_row({}, "naver/splade-v3") == "sparse_embedding"
    assert kind_of_row({"type": "embedding"}, "opensearch-neural-sparse-encoding-v2") == "sparse_embedding"
    assert kind_of_row({}, "BAAI/bge-m3") == "embedding"
    assert kind_of_row({}, "prithivida/Splade_PP_en_v1") == "sparse_embedding"
    for half in ("naver/efficient-splade-VI-BT-large-query", "naver/efficient-splade-VI-BT-large-doc",
                 "naver/splade-v3-doc", "opensearch-neural-sparse-encoding-doc-v2-mini"):  # fmt: skip
        assert kind_of_row({}, half) != "sparse_embedding"
    for pooling, kind in (("splade", "sparse_embedding"), ("cls", "embedding")):
        info = {"model_id": "some/model", "model_type": {"embedding": {"pooling": pooling}}}
        assert with_tei(ServerFacts(), info).models[0].kind == kind
