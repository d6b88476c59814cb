"""A corpus of facts about things, each with a question, and questions that nobody has asked yet.
Knows nothing about what is tested."""

from __future__ import annotations

import json
from pathlib import Path

THINGS = (
    "kettle lantern ladder wagon anchor basket candle drum engine ferry goblet hammer inkwell jacket kayak locket"
).split()
COLOUR = "grey"


def write_facts(folder: Path) -> None:
    """A corpus of 16 documents with one fact and one question each."""
    (folder / "documents").mkdir(parents=True)
    rows = []
    for number, thing in enumerate(THINGS):
        fact = f"The {thing} weighs {number + 11} kilos."
        (folder / "documents" / f"{thing}.md").write_text(
            f"# The {thing}\n\n{fact} Its colour is {COLOUR}.\n"
        )
        rows.append(
            {
                "id": f"q-{thing}", "question": f"What is the weight of the {thing} in kilos?", "answer": f"{number + 11} kilos",
                "evidence": [{"document": f"{thing}.md", "quote": fact}], "tags": [thing[0]],
            }
        )  # fmt: skip
    (folder / "questions.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
