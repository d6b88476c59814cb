"""A small corpus with as many train, search and held-out questions as a test needs, and an experiment on it.
Knows nothing about what is tested."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.tiny_experiment import experiment
from workbench.corpus.types import place_of_question
from workbench.space.experiment import ExperimentFile

PLACES = {"train": (0.0, 0.2), "search": (0.2, 0.7), "holdout": (0.7, 1.0)}
THINGS = [
    "anchor", "barrel", "candle", "dynamo", "easel", "funnel", "gasket", "hammer", "inkwell", "jigsaw",
    "kettle", "ladder", "mallet", "needle", "oilcan", "pulley", "quiver", "ratchet", "spanner", "trowel",
    "umbrella", "vessel", "wrench", "xylophone", "yoke", "zipper", "abacus", "bobbin", "chisel", "dowel",
]  # fmt: skip


def write_things(folder: Path, *, train: int = 8, search: int = 8, holdout: int = 6) -> None:
    """Documents that say what each thing weighs and costs, and questions; every fourth is unanswerable."""
    (folder / "documents").mkdir(parents=True)
    parts = [
        part
        for part, count in (("train", train), ("search", search), ("holdout", holdout))
        for _ in range(count)
    ]
    lines = []
    for number, part in enumerate(parts):
        thing = THINGS[number]
        low, high = PLACES[part]
        id_ = next(i for i in (f"{thing}-{n}" for n in range(1000)) if low <= place_of_question(i) < high)
        sentence = f"The {thing} in the shop weighs {number + 3} kilograms."
        (folder / "documents" / f"{thing}.md").write_text(
            f"# {thing.title()}\n\n{sentence} It is kept in hall {number % 5}.\n"
        )
        if number % 4 == 3:
            row = {"id": id_, "question": f"Who invented the very first {thing} of all?", "answerable": False}
        else:
            row = {
                "id": id_, "question": f"What does the {thing} in the shop weigh?", "answer": f"{number + 3} kilograms",
                "evidence": [{"document": f"{thing}.md", "quote": sentence}],
            }  # fmt: skip
        lines.append(json.dumps(row))
    (folder / "questions.jsonl").write_text("\n".join(lines) + "\n")


def optimised(
    model: dict[str, Any], reflect: dict[str, Any] | None = None, *, corpus: str = "things", **settings: Any
) -> ExperimentFile:
    """An experiment over such a corpus that improves the prompt `thorough` for one cell.

    reflect: the model that reflects; the one that answers if left out.
    """
    optimise = {"from": "thorough", "model": reflect or model, "calls": 80, "cells": 1, **settings}
    return experiment(
        name="improve", corpus=corpus, prompts=[{"optimise": optimise}], models=[model],
        retrieval={"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [2]},
    )  # fmt: skip
