"""A winner that uses every setting of retrieval at once: run, exported, asked and served.
Knows nothing about what any setting does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.protocol_server import ProtocolServer
from tests.protocol_server.misbehaviour import Reply
from tests.service.running_service import RunningService
from tests.tiny_experiment import (  # noqa: F401  (fixtures)
    Runner,
    experiment,
    local_embedding,
    local_model,
    runner,
    tiny,
)
from workbench.parts.retrieval_settings import SETTINGS
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner

QUESTION = "What does the label cost?"
PROMPT = {
    "name": "showing",
    "template": "{examples}\n\nPassages:\n\n{passages}\n\nQuestion: {question}\n\nAnswer in one sentence.",
}


def derive(number: int, path: str, body: dict[str, Any]) -> Reply | None:
    said = body["messages"][-1]["content"] if "messages" in body else ""
    return Reply('{"region": "NL"}') if "Metadata:" in said else None


def test_a_winner_with_every_axis_is_exported_asked_and_served_alike(
    runner: Runner,  # noqa: F811
    tmp_path: Path,
) -> None:
    corpus = runner.settings.corpora / "tiny"
    rows = [
        {"document": n, "region": r}
        for n, r in (("returns.md", "NL"), ("heaters.md", "DE"), ("water.md", "NL"))
    ]
    (corpus / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with ProtocolServer(reranks="jina", sparse="splade", plan=derive) as server:
        chat = local_model(server)
        retrieval = {
            "splitter": "recursive", "chunk_tokens": 24, "chunk_overlap": 8,
            "context": "written", "context_model": chat,
            "embedding": local_embedding(server), "second_embedding": "embedded/minilm",
            "retriever": {"hybrid": {"lexical": "sparse"}},
            "sparse_embedding": {"name": "splade", "kind": "sparse_embedding", "base_url": server.root_url,
                                 "model": "naver/splade-v3", "price": {"free": True}},
            "fusion": "weighted:0.6", "query": "several", "query_model": chat,
            "filter": "derived", "rerank": "cross_encoder", "candidates": 10,
            "rerank_model": {"name": "ranker", "kind": "reranker", "base_url": server.base_url, "model": "test-rerank",
                             "price": {"per_thousand_searches": 2.0}},
            "returns": "window:1", "top_k": 3, "min_score": -9.0, "near_duplicates": "drop",
            "passage_tokens": 100, "examples": 1,
        }  # fmt: skip
        ran = runner.run(experiment(prompts=[PROMPT], models=[chat], retrieval=retrieval))
        assert ran.state == "done" and ran.status["failed_answers"] == 0, ran.status["message"]
        used = ran.leaderboard["trials"][0]["config"]["retrieval"]
        assert [s.name for s in SETTINGS if used[s.name] in (s.default, None)] == []
        path = export_winner(runner.store, ran.id, out=tmp_path / "winner.yaml")
        asked = load_winner(path, settings=runner.settings).answer(QUESTION)
        with RunningService([path], runner.settings) as service:
            served = service.ask(QUESTION).json()
    assert asked.passages and {p.document for p in asked.passages} <= {"returns.md", "water.md"}
    assert [p["text"] for p in served["passages"]] == [p.text for p in asked.passages]
    assert served["answer"] == asked.answer
