"""Provides a home, training data and models for the tests of trainings.
Knows nothing about how anything is trained."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from workbench.settings import Settings
from workbench.space.model import Model
from workbench.store.database import Store, open_store
from workbench.tuning.recipe import read_recipe
from workbench.user_code.permission import allow, use_settings

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


@pytest.fixture
def recipe(settings: Settings) -> Callable[..., str]:
    """Writes a recipe of the user whose script behaves as the setting `does` says, and allows it."""

    def write(name: str = "mine", reply: str = "It says QUESTION", **fields: Any) -> str:
        folder = settings.experiments / "recipes" / name
        folder.mkdir(parents=True)
        for script in ("recipe_script.py", "chat_script.py"):
            shutil.copy(Path(__file__).parent / script, folder)
        chat = shlex.join([reply])
        content = {
            "script": "recipe_script.py", "command": "{python} {script} {settings_file}", "stop_seconds": 0.5,
            "settings": {"does": {"type": "text", "default": "trains"}},
            "result": {"kind": "adapter", "peft": "adapter"},
            "serve": [{"command": f"{{python}} {{recipe}}/chat_script.py {{port}} {{name}} {chat}"}],
            "price": {"per_hour": 3600}, **fields,
        }  # fmt: skip
        (folder / "recipe.yaml").write_text(yaml.safe_dump(content))
        use_settings(settings)
        allow(read_recipe(folder).code)
        return name

    return write


@pytest.fixture
def parent(tmp_path: Path) -> Model:
    """A model whose weights are a folder."""
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return Model(name="small", base_url="http://127.0.0.1:9/v1", model="small", weights=str(folder))
