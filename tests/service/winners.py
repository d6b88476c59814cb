"""Writes winners that answer at once, without an experiment.
Knows nothing about serving them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.ship.winner import Evidence, Winner, WinnerConfig, WinnerCorpus
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import Retrieval

EVIDENCE = Evidence(
    experiment="e1", experiment_name="tiny", trial="t1", rank=1, configs=1, objective={}, search={}, holdout=None,
    cost_per_1k_questions=None, tokens_per_answer=None, seconds_p50=None, seconds_p95=None, ratings={},
)  # fmt: skip
TEMPLATE = "Answer the question from the passages.\n\n{passages}\n\nQuestion: {question}"


def write_winner(
    path: Path, *, model: dict[str, Any] | None = None, corpus: str = "tiny", name: str = "", **retrieval: Any
) -> Path:
    """A winner over the corpus; without a model the embedded answerer answers."""
    axes = {"retriever": "keyword", "chunk_tokens": 64, "chunk_overlap": 0, "top_k": 2} | retrieval
    winner = Winner(
        name=name or path.stem,
        exported_at="2026-11-29T00:00:00+00:00",
        config=WinnerConfig(
            prompt=Prompt(name="plain", template=TEMPLATE),
            retrieval=Retrieval.model_validate(axes),
            model=Model.model_validate(model or {"name": "embedded/extractive"}),
        ),
        corpus=WinnerCorpus(name=corpus, hash="then"),
        evidence=EVIDENCE,
        libraries={},
    )
    path.write_text(winner.to_yaml(), encoding="utf-8")
    return path
