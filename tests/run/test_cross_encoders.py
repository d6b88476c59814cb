"""Experiments that rerank with a cross-encoder: calls, prices, faults and what becomes of the answers.
Knows nothing about how scores are read from a reply."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.onnx_cross_encoder import write_cross_encoder, write_encoder
from tests.protocol_server import Body, Misbehaviour, ProtocolServer, Refuse, Stall
from tests.run import test_helping_models as helping
from tests.run.test_helping_models import RERANKED, RETRIEVAL
from tests.tiny_experiment import Runner, experiment
from workbench.api import prepare_experiment
from workbench.calls.destinations import list_destinations, uses_of_experiment
from workbench.cli.texts.experiments import status_text
from workbench.errors import ExperimentError, ModelError
from workbench.planning.plan import Plan, make_plan
from workbench.providers.trust import Trust
from workbench.results.answer_flags import describe_flags
from workbench.settings import Settings
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.ship.winner import read_winner
from workbench.store.ledger import list_calls

QUESTION = "Who collects heaters?"


@pytest.fixture
def runner(tiny: Settings) -> Runner:
    """One whose corpus has passages enough to be cut into several requests."""
    for number in range(8):
        text = f"# Note {number}\n\nNote {number} on goods, heaters, the label, the tank and the probe: they can cost much."
        (tiny.corpora / "tiny" / "documents" / f"note-{number}.md").write_text(text)
    return Runner(tiny)


def reranked(base_url: str, price: dict[str, Any] | None = None, *, seconds: float = 5, **fields: Any) -> Any:
    model = {
        "name": "ranker", "kind": "reranker", "base_url": base_url, "model": "test-rerank",
        "limits": {"concurrency": 2, "timeout_seconds": seconds}, "price": price or {"per_thousand_searches": 2.0},
    }  # fmt: skip
    retrieval = fields.pop("retrieval", {})
    return experiment(
        retrieval=RETRIEVAL | {"rerank": ["cross_encoder"], "rerank_model": model} | retrieval, **fields
    )


def flags_of(runner: Runner, experiment_id: str) -> list[tuple[str, ...]]:
    """What is unusual about the reranking of each answer, where anything is."""
    given = helping.flags_of(runner, experiment_id)
    return [own for flags in given if (own := tuple(f for f in flags if f.startswith("rerank")))]


def calls_of(runner: Runner) -> list[Any]:
    return [call for _, call in list_calls(runner.store) if call.kind == "rerank"]


def plan_of(runner: Runner, written: Any) -> Plan:
    return make_plan(
        prepare_experiment(written, runner.settings, runner.store), runner.settings, runner.store
    )


def test_reranking_calls_are_in_the_ledger_with_their_price_and_are_reused(runner: Runner) -> None:
    with ProtocolServer(reranks="cohere v2") as server:
        written = reranked(server.root_url)
        plan = plan_of(runner, written)
        result = runner.run(written)
        assert result.state == "done" and result.status["failed_answers"] == 0
        calls, sent = calls_of(runner), len(server.posts)
        again = runner.run(written.model_copy(update={"name": "again"}))
        assert again.state == "done" and len(server.posts) == sent
    asked = {body["query"] for body in server.posts}
    assert {call.outcome for call in calls} == {"ok"} and len(calls) == len(asked)
    assert [call.cost_usd for call in calls] == [0.002] * len(calls)
    assert result.status["spent_usd"] == pytest.approx(0.002 * len(calls), rel=0.001)
    assert plan.cost_usd is not None and plan.cost_usd.high == pytest.approx(0.002 * 5, rel=0.02)
    assert flags_of(runner, result.id) == []


def test_the_plan_prices_tokens_of_the_question_with_each_passage(runner: Runner) -> None:
    with ProtocolServer(reranks="jina") as server:
        few, many = (
            plan_of(
                runner, reranked(server.base_url, {"input_per_million": 1.0}, retrieval={"candidates": n})
            )
            for n in (5, 50)
        )
        assert server.posts == []
    assert few.cost_usd is not None and many.cost_usd is not None
    assert many.cost_usd.high == pytest.approx(10 * few.cost_usd.high, rel=0.01)


def test_the_budget_ends_what_reranking_would_spend(runner: Runner) -> None:
    with ProtocolServer(reranks="jina") as server:
        result = runner.run(reranked(server.base_url, {"per_thousand_searches": 1000.0}, budget_usd=2.0))
        assert len(server.posts) == 2
    assert result.state == "stopped: budget"


def test_a_reranker_is_sent_questions_and_passages(runner: Runner) -> None:
    prepared = prepare_experiment(reranked("http://127.0.0.1:9/v1"), runner.settings, runner.store)
    [destination] = list_destinations(uses_of_experiment(prepared.experiment), Trust())
    assert destination.sends == ("questions", "passages") and destination.models == ("ranker",)


GOOD = [{"index": 0, "relevance_score": 0.5}, {"index": 1, "relevance_score": 0.2}]
FAULTS: dict[str, tuple[Callable[[], Misbehaviour], str]] = {
    "unknown index": (lambda: Body(json.dumps({"results": [*GOOD, {"index": 99, "relevance_score": 0.1}]})), "nonsense"),
    "duplicate": (lambda: Body(json.dumps({"results": [*GOOD, GOOD[0]]})), "nonsense"),
    "NaN": (lambda: Body(json.dumps({"results": [{"index": 0, "relevance_score": float("nan")}]})), "nonsense"),
    "strings": (lambda: Body(json.dumps({"results": [{"index": 0, "relevance_score": "high"}]})), "nonsense"),
    "HTML": (lambda: Body("<html></html>"), "nonsense"),
    "an error in a 200": (lambda: Body(json.dumps({"error": "no"})), "nonsense"),
    "rejected": (lambda: Refuse(400, message="Not this one."), "rejected"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_the_answer_nothing_but_the_new_order(runner: Runner, fault: str) -> None:
    make, kind = FAULTS[fault]

    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        return make() if body.get("query") == QUESTION else None

    with ProtocolServer(reranks="jina", plan=plan) as server:
        result = runner.run(reranked(server.base_url))
    assert result.state == "done" and result.status["failed_answers"] == 0
    [flags] = flags_of(runner, result.id)
    assert flags == ("rerank_failed", f"rerank_{kind}") and not set(describe_flags(flags)) & set(flags)
    assert "for 1 of 7 answers reranking failed" in status_text(result.status)


def test_passages_that_are_left_out_follow_and_are_flagged(runner: Runner) -> None:
    with ProtocolServer(
        reranks="jina",
        plan=lambda n, path, body: Body(json.dumps({"results": GOOD[:1]})) if "query" in body else None,
    ) as server:
        result = runner.run(reranked(server.base_url))
    assert result.state == "done" and result.status["failed_answers"] == 0
    flags = [flag for flags in flags_of(runner, result.id) for flag in flags]
    assert set(flags) == {"rerank_partial"} and len(flags) == RERANKED


def test_more_passages_than_the_server_takes_are_sent_in_parts_and_that_is_remembered(runner: Runner) -> None:
    with ProtocolServer(reranks="tei", most_texts=3) as server:
        result = runner.run(reranked(server.root_url))
        first = len(server.posts)
        runner.run(reranked(server.root_url, name="fewer", retrieval={"candidates": 7}))
        sizes = [len(body.get("texts") or body["documents"]) for body in server.posts[first:]]
    assert sizes and max(sizes) <= 3
    with ProtocolServer(reranks="tei") as whole:
        other = runner.run(reranked(whole.root_url, name="other"))
    assert result.state == other.state == "done" and flags_of(runner, result.id) == []
    trials = [r.leaderboard["trials"][0]["scores"]["retrieval_ndcg"]["mean"] for r in (result, other)]
    assert trials[0] == trials[1]


def test_of_a_passage_that_is_too_long_the_beginning_is_read(runner: Runner) -> None:
    with ProtocolServer(reranks="vllm", context_tokens=12) as server:
        result = runner.run(reranked(server.base_url))
    assert result.state == "done" and result.status["failed_answers"] == 0
    flags = flags_of(runner, result.id)
    assert ("rerank_cut",) in flags and not any("rerank_failed" in f for f in flags)
    assert "read only the beginning of a passage" in status_text(result.status)


def test_a_server_without_a_page_that_reranks_pauses_the_run(runner: Runner) -> None:
    with ProtocolServer() as server:
        result = runner.run(reranked(server.base_url))
    assert result.state == "paused" and "no page that reranks" in result.status["message"]
    assert flags_of(runner, result.id) == []


def test_a_server_that_hangs_once_is_asked_again(runner: Runner) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        return Stall(1.0) if number == 1 else None

    with ProtocolServer(reranks="jina", plan=plan) as server:
        result = runner.run(reranked(server.base_url, seconds=0.5))
    assert (
        result.state == "done" and result.status["failed_answers"] == 0 and flags_of(runner, result.id) == []
    )


def in_folder(folder: Path, **fields: Any) -> Any:
    model = {"name": "ranker", "kind": "reranker", "path": str(folder)}
    retrieval = RETRIEVAL | {"rerank": ["none", "cross_encoder"], "rerank_model": model, "candidates": 5}
    return experiment(retrieval=retrieval, **fields)


def test_a_folder_reranks_on_this_machine_and_its_files_decide_what_is_reused(
    runner: Runner, tmp_path: Path
) -> None:
    folder = write_cross_encoder(tmp_path / "model")
    result = runner.run(in_folder(folder))
    assert result.state == "done" and result.status["failed_answers"] == 0
    first = calls_of(runner)
    assert first and {call.outcome for call in first} == {"ok"} and all(call.cost_usd for call in first)
    assert runner.run(in_folder(folder, name="again")).status["calls"]["made"] == 0
    write_cross_encoder(folder, scale=-10.0)
    assert runner.run(in_folder(folder, name="retrained")).state == "done"
    assert len(calls_of(runner)) == 2 * len(first)


def test_a_folder_that_is_no_cross_encoder_is_refused_before_anything_is_spent(
    runner: Runner, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="There is no folder"):
        runner.run(in_folder(tmp_path / "missing"))
    with pytest.raises(ModelError, match=r"no cross-encoder: its output has the shape \[1, 384\]"):
        runner.run(in_folder(write_encoder(tmp_path / "encoder")))


def test_a_reranker_without_a_fitting_model_is_an_error_that_says_what_to_add(runner: Runner) -> None:
    chat = {"name": "helper", "base_url": "http://127.0.0.1:9/v1", "model": "m"}
    for rerank_model, words in ((None, "needs a reranking model"), (chat, r"only helper \(of kind chat\)")):
        retrieval = RETRIEVAL | {"rerank": ["none", "cross_encoder"], "rerank_model": rerank_model}
        with pytest.raises(ExperimentError, match=words) as caught:
            plan_of(runner, experiment(retrieval=retrieval))
        assert "kind reranker" in str(caught.value)


def test_each_reranker_is_combined_with_the_models_that_it_asks(runner: Runner) -> None:
    chat = {"name": "helper", "base_url": "http://127.0.0.1:9/v1", "model": "m"}
    ranker = {"name": "ranker", "kind": "reranker", "base_url": "http://127.0.0.1:9/v1", "model": "m"}
    retrieval = RETRIEVAL | {
        "rerank": ["none", "mmr", "llm", "cross_encoder"], "rerank_model": [None, chat, ranker], "candidates": [None, 5],
    }  # fmt: skip
    prepared = prepare_experiment(experiment(retrieval=retrieval), runner.settings, runner.store)
    found = {
        (
            c.retrieval.rerank,
            c.retrieval.rerank_model and c.retrieval.rerank_model.name,
            c.retrieval.candidates,
        )
        for c in prepared.space.configs
    }
    assert found == {
        ("none", None, None), ("mmr", None, None), ("mmr", None, 5), ("llm", "helper", None), ("llm", "helper", 5),
        ("cross_encoder", "ranker", None), ("cross_encoder", "ranker", 5),
    }  # fmt: skip
    assert any("no model of the kind that the reranker asks" in note for note in prepared.space.notes)


def test_the_number_of_candidates_is_written_once(runner: Runner) -> None:
    chat = {"name": "helper", "base_url": "http://127.0.0.1:9/v1", "model": "m"}
    retrieval = RETRIEVAL | {"rerank": ["llm(candidates=10)"], "rerank_model": chat, "candidates": 5}
    with pytest.raises(ExperimentError, match="Write the number once"):
        plan_of(runner, experiment(retrieval=retrieval))
    same, own = (
        prepare_experiment(experiment(retrieval=RETRIEVAL | more), runner.settings, runner.store)
        .space.configs[0]
        .id
        for more in (
            {"rerank": ["llm(candidates=10)"], "rerank_model": chat},
            {"rerank": ["llm"], "rerank_model": chat, "candidates": 10},
        )
    )
    assert same == own


def test_a_winner_reranks_as_its_trial_did(runner: Runner, tmp_path: Path) -> None:
    with ProtocolServer(reranks="voyage") as server:
        result = runner.run(reranked(server.base_url, retrieval={"candidates": 7}, holdout=0.0))
        path = export_winner(runner.store, result.id, out=tmp_path / "winner.yaml")
        server.requests.clear()
        answer = load_winner(path, settings=runner.settings).answer("What confuses the probe of the tank?")
        [asked] = [body for body in server.posts if "query" in body]
    assert len(asked["documents"]) == 7 and "probe" in answer.passages[0].text
    assert read_winner(path).config.retrieval.candidates == 7
    scores = [passage.score for passage in answer.passages]
    assert scores == sorted(scores, reverse=True) and 0 < scores[0] <= 1
