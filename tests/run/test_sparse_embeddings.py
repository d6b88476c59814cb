"""Experiments that search by sparse vectors: calls, plan, price, faults, winners and what is kept.
Knows nothing about how vectors are read from a reply."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.protocol_server import Body, Misbehaviour, ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.api import prepare_experiment
from workbench.calls.destinations import list_destinations, uses_of_experiment
from workbench.errors import ExperimentError, InputError
from workbench.garbage_collection import clean
from workbench.planning.plan import Plan, make_plan
from workbench.providers.trust import Trust
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.ship.winner import read_winner
from workbench.store.answers import find_answers
from workbench.store.experiments import delete_experiment
from workbench.store.ledger import list_calls

LEXICAL = {"hybrid": {"lexical": "sparse"}}


@pytest.fixture
def runner(tiny: Any) -> Runner:
    return Runner(tiny)


def splade(server: ProtocolServer, **fields: Any) -> dict[str, Any]:
    return {
        "name": "splade", "kind": "sparse_embedding", "base_url": server.root_url, "model": "naver/splade-v3",
        "price": {"input_per_million": 1.0, "output_per_million": 0.0},
        "limits": {"concurrency": 2, "timeout_seconds": 5}, **fields,
    }  # fmt: skip


def searched(server: ProtocolServer, retriever: Any = "sparse", **fields: Any) -> Any:
    retrieval = {
        "splitter": ["markdown"], "chunk_tokens": [64], "top_k": [2], "retriever": retriever,
        "sparse_embedding": splade(server),
    } | fields.pop("retrieval", {})  # fmt: skip
    return experiment(retrieval=retrieval, **fields)


def plan_of(runner: Runner, written: Any) -> Plan:
    return make_plan(
        prepare_experiment(written, runner.settings, runner.store), runner.settings, runner.store
    )


def texts_of(server: ProtocolServer) -> list[str]:
    return [text for body in server.posts for text in body["inputs"]]


def test_each_text_is_embedded_once_as_the_plan_says_and_never_paid_twice(runner: Runner) -> None:
    with ProtocolServer(sparse="splade") as server:
        written = searched(server)
        plan = plan_of(runner, written)
        result = runner.run(written)
        assert result.state == "done" and result.status["failed_answers"] == 0, result.status["message"]
        texts = texts_of(server)
        assert len(texts) == len(set(texts)) == plan.stages["embed"].left
        calls = [call for _, call in list_calls(runner.store) if call.model_name == "splade"]
        assert {call.kind for call in calls} == {"embed", "embed_query"} and len(calls) == len(server.posts)
        spent = sum(call.cost_usd or 0.0 for call in calls)
        assert plan.cost_usd is not None and 0 < spent <= plan.cost_usd.high
        assert result.status["spent_usd"] >= spent
        [row] = result.leaderboard["trials"]
        assert row["cost_per_1k_questions"] > 0 and row["config"]["retrieval"]["sparse_embedding"]
        assert row["scores"]["retrieval_recall"]["mean"] == 1.0
        again = plan_of(runner, written)
        assert not again.stages["embed"].left and not again.stages["index"].left
        assert runner.run(written.model_copy(update={"name": "again"})).state == "done"
        assert texts_of(server) == texts


def test_it_is_combined_with_dense_vectors_and_with_every_setting_around_it(runner: Runner) -> None:
    wordings = "1. What is the price of the label?\n2. How much is a label?"
    with ProtocolServer(sparse="splade", reply=lambda messages: wordings) as server:
        chat = local_model(server)
        written = searched(
            server, ["sparse", LEXICAL, "dense"],
            retrieval={
                "sparse_embedding": [None, splade(server)], "fusion": ["rrf", "weighted:0.3"], "context": "headings",
                "query": "several", "query_model": chat, "rerank": "mmr", "returns": "window:1",
                "filter": {"name": ["returns.md", "heaters.md"]},
            },
        )  # fmt: skip
        names = [{"document": name, "name": name} for name in ("returns.md", "heaters.md", "water.md")]
        metadata = runner.settings.corpora / "tiny" / "metadata.jsonl"
        metadata.write_text("\n".join(map(json.dumps, names)))
        plan = plan_of(runner, written)
        # sparse 1 and dense 1, which have one ranking, and the combination 2, all with the model they need
        assert plan.configs == 4
        assert "they have no model of the kind that the retriever asks" in " ".join(plan.notes)
        result = runner.run(written)
        assert result.state == "done" and result.status["failed_answers"] == 0, result.status["message"]
        texts = [text for body in server.posts for text in body.get("inputs", ())]
        assert "How much is a label?" in texts and len(texts) == len(set(texts))
        assert any(text.startswith("Heaters\n") for text in texts)  # the chunk's context
    found = find_answers(runner.store, result.id, limit=None)
    assert found


def test_the_plan_says_when_chunks_are_too_long_and_when_nobody_asks_the_model(runner: Runner) -> None:
    info = {"model_id": "naver/splade-v3", "max_input_length": 48}
    with ProtocolServer(sparse="splade", pages={"/info": info}) as server:
        said, idle = (
            [advice.text for advice in plan_of(runner, searched(server, retriever)).advice]
            for retriever in ("sparse", "keyword")
        )
    too_long = "splade takes texts of 48 tokens at most, and chunks of 64 will be cut"
    assert any(too_long in text for text in said)
    [text] = [text for text in idle if text.startswith("sparse_embedding is not asked")]
    assert "or add sparse or hybrid: {lexical: sparse}." in text


def test_a_retriever_without_its_model_says_what_it_needs(runner: Runner) -> None:
    file = experiment(retrieval={"retriever": ["sparse"]})
    with pytest.raises(ExperimentError, match=r"retriever sparse needs a sparse embedding model") as caught:
        prepare_experiment(file, runner.settings, runner.store)
    assert "text-embeddings-inference" in str(caught.value.hint) and caught.value.about == "sparse_embedding"
    with (
        ProtocolServer() as server,
        pytest.raises(ExperimentError, match="of kind chat; one of kind sparse_"),
    ):
        wrong = experiment(retrieval={"retriever": ["sparse"], "sparse_embedding": local_model(server)})
        prepare_experiment(wrong, runner.settings, runner.store)


@pytest.mark.parametrize("role", ["embedding", "second_embedding"])
def test_an_end_of_a_route_refuses_it_in_place_of_a_dense_one(runner: Runner, role: str) -> None:
    with ProtocolServer(sparse="splade") as server:
        end = {"prompt": "concise", "retrieval": {"retriever": "dense", role: splade(server)},
               "model": "embedded/extractive"}  # fmt: skip
        with pytest.raises(ExperimentError, match=f"{role}: splade is of kind sparse_embedding; one of kind"):
            experiment(routes=[{"name": "wider", "cascade": [end, "embedded/extractive"]}])
        assert not server.posts


def test_the_baseline_gets_the_model_that_its_retriever_needs(runner: Runner) -> None:
    with ProtocolServer(sparse="splade") as server:
        written = searched(
            server, ["keyword"], retrieval={"sparse_embedding": [None, splade(server)]},
            baseline={"retriever": "sparse"},
        )  # fmt: skip
        prepared = prepare_experiment(written, runner.settings, runner.store)
    models = [config.retrieval.sparse_embedding for config in prepared.space.configs]
    assert [model and model.name for model in models] == [None, "splade"]


def test_documents_and_questions_are_sent_to_it(runner: Runner) -> None:
    with ProtocolServer() as server:
        for retriever, hosts in (("sparse", 1), (LEXICAL, 1), ("keyword", 0)):
            prepared = prepare_experiment(searched(server, retriever), runner.settings, runner.store)
            found = list_destinations(uses_of_experiment(prepared.experiment), Trust())
            assert [d.sends for d in found] == [("whole documents", "questions")] * hosts


def test_a_winner_is_exported_and_asked_with_its_model_inline(runner: Runner, tmp_path: Path) -> None:
    with ProtocolServer(sparse="splade") as server:
        result = runner.run(searched(server, LEXICAL))
        path = export_winner(runner.store, result.id, out=tmp_path / "winner.yaml")
        retrieval = read_winner(path).config.retrieval
        assert (
            retrieval.sparse_embedding is not None and retrieval.sparse_embedding.model == "naver/splade-v3"
        )
        answer = load_winner(path, settings=runner.settings).answer("How much may the tank hold?")
        assert "two litres" in answer.answer and answer.cost_usd
        assert texts_of(server)[-1] == "How much may the tank hold?"
        nodes = (
            load_winner(path, settings=runner.settings).as_llama_retriever().retrieve("Who collects heaters?")
        )
        assert "collected for free by two people" in nodes[0].text
    data = yaml.safe_load(path.read_text())
    data["config"]["retrieval"]["embedding"] = data["config"]["retrieval"]["sparse_embedding"]
    path.write_text(yaml.safe_dump(data))
    with pytest.raises(InputError, match="winner.yaml.*one of kind embedding belongs here"):
        read_winner(path)


def test_cleaning_leaves_what_is_needed_and_frees_it_afterwards(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.pipeline.corpus_opener.LEAST_MAPPED", 1)
    with ProtocolServer(sparse="splade") as server:
        first = runner.run(searched(server))
        assert not any(freed.count for freed in clean(runner.store, runner.settings).freed.values())
        sent = len(server.posts)
        second = runner.run(searched(server, name="again"))
        assert second.state == "done" and len(server.posts) == sent
    for result in (first, second):
        delete_experiment(runner.store, result.id)
    freed = clean(runner.store, runner.settings).freed
    assert freed["vector files"].count == 1 and freed["vectors"].count == len(texts_of(server))


def test_a_server_with_another_model_pauses_the_run_and_says_why(runner: Runner) -> None:
    with ProtocolServer(sparse="another model") as server:
        result = runner.run(searched(server))
    assert result.state == "paused" and "SPLADE pooling" in result.status["message"]


def test_a_question_without_a_usable_vector_fails_alone_with_the_reason(runner: Runner) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        if not any("Who collects" in text for text in body["inputs"]):
            return None
        rows = [[{"index": -1 if "Who collects" in text else 5, "value": 0.5}] for text in body["inputs"]]
        return Body(json.dumps(rows))

    with ProtocolServer(sparse="splade", plan=plan) as server:
        result = runner.run(searched(server))
    assert result.state == "done" and result.status["failed_answers"] == 1
    failed = [a for a in find_answers(runner.store, result.id, limit=None) if a.error]
    assert ["Who collects" in a.question.text for a in failed] == [True]
    assert "sparse embeddings" in str(failed[0].error)
