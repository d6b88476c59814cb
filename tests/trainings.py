"""Gives the tiny corpus documents and train questions from which a variant learns in under a second.
Knows nothing about what is tested."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tiny_experiment import Runner
from workbench.corpus.types import place_of_question
from workbench.settings import Settings

TUNE = {"tune": {"parent": "embedded/extractive"}, "with": "embedded"}
PARENT = "embedded/extractive"
VARIANT = "embedded/extractive-tuned-2"
ROOMS = ("hall", "attic", "cellar", "office", "garage", "kitchen", "studio", "stable")
COLOURS = ("green", "white", "black", "blue", "red", "brown", "grey", "amber")


def add_train_questions(corpus: Path) -> None:
    """Eight facts about rooms, and a train question with its evidence for each."""
    text, lines = "# Rooms\n\n", []
    for number, (room, colour) in enumerate(zip(ROOMS, COLOURS, strict=True)):
        fact = f"The door of the {room} is {colour}."
        text += (
            f"The {room} was painted last year by the crew. {fact} Nobody sweeps the {room} on Sundays.\n\n"
        )
        id_ = next(i for i in (f"t{number}-{n}" for n in range(1000)) if place_of_question(i) < 0.2)
        row = {
            "id": id_, "question": f"What colour is the door of the {room}?", "answer": colour.capitalize(),
            "answerable": True, "evidence": [{"document": "rooms.md", "quote": fact}], "tags": ["doors"],
        }  # fmt: skip
        lines.append(json.dumps(row))
    (corpus / "documents" / "rooms.md").write_text(text)
    with (corpus / "questions.jsonl").open("a") as file:
        file.write("\n".join(lines) + "\n")


@pytest.fixture
def teachable(tiny: Settings) -> Runner:
    """One whose corpus has train questions to learn from."""
    add_train_questions(tiny.corpora / "tiny")
    return Runner(tiny)
