"""A user's own functions as parts and models, and what happens when they misbehave.
Knows nothing about pages."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.outside.conftest import WriteModule, find_hits
from tests.outside.test_llamaindex_parts import ANIMALS, cut, hits_of, query, rerank, searchable
from tests.tiny_experiment import Runner, experiment
from workbench.errors import CorpusError, ExperimentError, ProviderError
from workbench.outside import guard
from workbench.parts.choice import choose, write
from workbench.parts.part import QueryTransform, Reranker, Retriever, Splitter
from workbench.pipeline import fingerprints
from workbench.pipeline.stage_context import TransformContext
from workbench.space.model import Model

MODULE = """
import time

def lines(text, least=1):
    print("splitting")
    return [line for line in text.splitlines() if len(line) >= least]

def halves(text, chunk_tokens):
    middle = len(text) // 2
    return [(0, middle), (middle, len(text))]

def shouting(text):
    return [line.upper() for line in text.splitlines()] + [text[:5]]

def last_first(question, chunks, n):
    return [(i, i + 1) for i in reversed(range(len(chunks)))][:n]

def shortest(question, texts):
    return [-len(text) for text in texts]

async def first_two(question, texts, best=1):
    return [(best, 2.0), (0, 1.0)]

def heater(question, history):
    return "heater collected" if not history else history[-1]["content"]

def nan(question, texts): return [float("nan")] * len(texts)
def too_few(question, texts): return [1.0]
def unknown(question, texts): return [(99, 1.0)]
def raises(question, texts): raise KeyError("COHERE_API_KEY")
def leaves(question, texts): raise SystemExit(3)
def nothing(*any, **more): return None
def hangs(question, texts): time.sleep(30)
def answer(messages, tone="kind"): return f"In a {tone} way: {messages[-1]['content'][-40:]}"
def embed(texts): return [[len(t), t.count("e"), 1.0] for t in texts]
"""


def mine(kind: Any, name: str, **arguments: Any) -> str:
    return write(
        kind, {"python": f"mine:{name}", "with": arguments} if arguments else {"python": f"mine:{name}"}
    )


@pytest.fixture(autouse=True)
def module(write_module: WriteModule) -> None:
    write_module(MODULE)


def test_a_splitter_returns_texts_or_spans() -> None:
    text = "one\ntwo\n\ntwo\nthree"
    assert [(c.start, c.end) for c in cut(mine(Splitter, "lines"), text)] == [
        (0, 3),
        (4, 7),
        (9, 12),
        (13, 18),
    ]
    assert [c.text for c in cut(mine(Splitter, "lines", least=5), text)] == ["three"]
    assert [c.text for c in cut(mine(Splitter, "halves"), text)] == ["one\ntwo", "two\nthree"]
    changed = cut(mine(Splitter, "shouting"), text)
    assert [c.text for c in changed] == ["one\nt"] and changed.unplaced == 4
    with pytest.raises(CorpusError, match="must return a list of texts"):
        cut(mine(Splitter, "nothing"), text)


def test_a_retriever_returns_positions_with_scores() -> None:
    [hits] = find_hits(
        searchable(*ANIMALS, vectors=False), mine(Retriever, "last_first"), [query("x", vector=False)]
    )
    assert [(hit.chunk.document, hit.score) for hit in hits] == [("2.md", 3), ("1.md", 2), ("0.md", 1)]


def test_a_reranker_returns_scores_or_a_ranking() -> None:
    hits = hits_of(*ANIMALS)
    assert rerank(mine(Reranker, "shortest"), hits)[0] == ["0.md", "2.md", "1.md"]
    assert rerank(mine(Reranker, "first_two", best=2), hits)[:2] == (["2.md", "0.md"], [2.0, 1.0])


def test_a_query_transform_returns_what_is_searched_for() -> None:
    async def ask(messages: Any) -> str:
        raise AssertionError

    chosen = choose(QueryTransform, mine(QueryTransform, "heater"))
    context = TransformContext(ask)
    assert asyncio.run(chosen.part.load()("Who?", context, **chosen.arguments)) == "heater collected"
    nothing = choose(QueryTransform, mine(QueryTransform, "nothing"))
    with pytest.raises(ProviderError, match="must return the text"):
        asyncio.run(nothing.part.load()("Who?", context, **nothing.arguments))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nan", "no finite number"),
        ("too_few", r"must return pairs \(passage, score\)"),
        ("unknown", "none of the chunks"),
        ("raises", "failed: KeyError: 'COHERE_API_KEY'"),
        ("leaves", "failed: SystemExit: 3"),
        ("nothing", "must return a list"),
    ],
)
def test_a_reranker_that_misbehaves(name: str, said: str) -> None:
    with pytest.raises(ProviderError, match=said):
        rerank(mine(Reranker, name), hits_of(*ANIMALS))


def test_one_that_hangs_is_left_behind_and_after_some_times_not_called_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard, "_hangs", guard.Counter())
    from workbench.outside.functions import load_user_function

    hangs = load_user_function("mine:hangs")
    for _ in range(guard.MOST_HANGS):
        with pytest.raises(ProviderError, match="did not return within 0.05 s"):
            guard.call_guarded(lambda: hangs("q", []), "mine:hangs", 0.05)
    with pytest.raises(ProviderError, match="it is not called again") as refused:
        guard.call_guarded(lambda: hangs("q", []), "mine:hangs", 0.05)
    assert refused.value.kind == "timeout"


def test_functions_of_the_standard_library_are_refused() -> None:
    with pytest.raises(ExperimentError, match="Nothing was run|standard library"):
        rerank(write(Reranker, {"python": "subprocess:getoutput"}), hits_of(*ANIMALS))


def test_a_whole_run_with_parts_and_models_of_ones_own(runner: Runner) -> None:
    axes = {
        "splitter": ["markdown", {"python": "mine:lines"}],
        "chunk_tokens": [64],
        "retriever": ["keyword"],
        "rerank": ["none", {"python": "mine:shortest"}, {"python": "mine:raises"}],
        "top_k": [2],
    }
    models = ["embedded/extractive", {"name": "own", "python": "mine:answer", "with": {"tone": "dry"}}]
    result = runner.run(experiment(retrieval=axes, models=models, holdout=0.0))
    trials = result.leaderboard["trials"]
    assert result.state == "done" and len(trials) == 12
    assert {t["config"]["retrieval"]["splitter"] for t in trials} == {"markdown", 'python(part="mine:lines")'}
    assert any("lines" in t["name"] and "python(part" not in t["name"] for t in trials)
    assert result.status["failed_answers"] == 0
    [own] = {t["config"]["model"] for t in trials} - {"embedded/extractive"}
    assert own == "own" and result.status["calls"]["made"] > 0


def test_a_model_s_embedding_of_ones_own(runner: Runner) -> None:
    axes = {
        "retriever": ["dense"],
        "embedding": [{"python": "mine:embed"}],
        "chunk_tokens": [64],
        "top_k": [2],
    }
    result = runner.run(experiment(retrieval=axes, holdout=0.0))
    assert result.state == "done"
    assert result.leaderboard["trials"][0]["config"]["retrieval"]["embedding"] == "embed"


def test_a_changed_file_changes_the_fingerprint_of_a_model(write_module: WriteModule) -> None:
    model = Model.model_validate({"kind": "embedding", "python": "mine:embed"})
    before = fingerprints.model(model)
    write_module(MODULE.replace("1.0] for t", "2.0] for t"))
    assert fingerprints.model(model) != before


def test_a_changed_file_changes_the_fingerprint_and_is_asked_about_again(write_module: WriteModule) -> None:
    part = mine(Reranker, "shortest")
    before = choose(Reranker, part).key
    write_module(MODULE.replace("-len(text)", "len(text)"), allowed=False)
    assert choose(Reranker, part).key != before and choose(Reranker, part).text == part
    with pytest.raises(ExperimentError, match="you have not allowed"):
        rerank(part, hits_of(*ANIMALS))
    write_module(MODULE.replace("-len(text)", "len(text)"))
    assert rerank(part, hits_of(*ANIMALS))[0] == ["1.md", "2.md", "0.md"]
    assert (
        choose(Reranker, mine(Reranker, "shortest")).key
        != choose(Reranker, write(Reranker, {"python": "mine:shortest", "revision": 2})).key
    )
