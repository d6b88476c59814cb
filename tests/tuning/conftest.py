"""Provides a home, training data and models for the tests of trainings.
Knows nothing about how anything is trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.settings import Settings
from workbench.store.database import Store, open_store

Rows = Callable[..., Path]
FACTS = {
    "How much does the tank hold?": "The tank holds two litres.",
    "How long is the warranty?": "The warranty lasts three years.",
    "Where is the shop?": "The shop is in Lisbon.",
    "Who repairs the pump?": "The workshop repairs the pump.",
    "When does the desk open?": "The desk opens at nine.",
    "What colour is the lid?": "The lid is green.",
}


def prompt(question: str) -> list[dict[str, str]]:
    others = [fact for asked, fact in FACTS.items() if asked != question][:2]
    shown = f"[1] Manual\n{FACTS[question]} {others[0]}\n\n[2] Notes\n{others[1]} Read the label first."
    return [{"role": "user", "content": f"{shown}\n\nQuestion: {question}"}]


def rows_of(kind: str, count: int = 6) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for n in range(count):
        question = list(FACTS)[n % len(FACTS)]
        good, bad = (
            {"role": "assistant", "content": text} for text in (FACTS[question], "Read the label first.")
        )
        row: dict[str, Any] = {"prompt": prompt(question)}
        if kind == "sft":
            row |= {"completion": [good]}
        elif kind == "dpo":
            row |= {"chosen": [good], "rejected": [bad]}
        else:
            row |= {"completion": [bad if n % 2 else good], "label": not n % 2}
        made.append(row)
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path / "home", corpora=tmp_path / "corpora", experiments=tmp_path / "experiments",
        compute_usd_per_hour=0.36, rater="me",
    )  # fmt: skip


@pytest.fixture
def store(settings: Settings) -> Store:
    return open_store(settings.database)


@pytest.fixture
def data(tmp_path: Path) -> Rows:
    """Writes a folder of training data: data(kind, rows) with six rows by default."""

    def write(kind: str = "sft", rows: list[dict[str, Any]] | int = 6, name: str = "data") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        made = rows_of(kind, rows) if isinstance(rows, int) else rows
        (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made))
        (folder / "card.json").write_text(json.dumps({"question_ids": ["q1", "q2"]}))
        return folder

    return write
