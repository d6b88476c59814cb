"""Gives the tiny corpus questions from several sources: two that rules drafted, two drafts that wait.
Knows nothing about experiments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from workbench.corpus.draft_file import add_drafts
from workbench.corpus.draft_types import Draft, Quote
from workbench.corpus.types import part_of_question

RULE = {"by": "rule", "name": "table", "date": "2026-11-29"}
HEATERS, WATER = (
    Quote("heaters.md", "Never cover a heater."),
    Quote("water.md", "Salt softeners confuse the probe of the tank."),
)


def ids_of(part: str) -> Iterator[str]:
    """Ids whose questions belong to a part, with the usual held-out share."""
    return (i for n in count() if part_of_question(i := f"draft-{n}", 0.3) == part)


def mix_sources(corpus: Path) -> list[str]:
    """Mark two of the five selection questions as drafted, and add two drafts of which one would be held out.

    Returns the ids of the drafts.
    """
    file = corpus / "questions.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    for row in rows[1:3]:
        row["source"] = RULE
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    drafts = [
        Draft(
            next(ids_of(part)), f"{quote.text.split()[0]} what?", (quote.text,), (quote,), (quote,), True, "list",
            source_name="list", checks={"quote": "ok"},
        )
        for part, quote in (("search", HEATERS), ("holdout", WATER))
    ]  # fmt: skip
    add_drafts(corpus, drafts)
    return [draft.id for draft in drafts]
