"""Exports ratings and choices with all that was seen, as JSONL to import again, or as CSV to read.
Knows nothing about matching."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col

from workbench.corpus.types import AskedQuestion
from workbench.csv_text import to_csv
from workbench.errors import InputError
from workbench.files.writing import check_destination, write_atomically
from workbench.rating_files.choices import choice_to_json
from workbench.rating_files.jsonl import rating_to_json
from workbench.results.rated_texts import find_shown, text_key
from workbench.store.answers import find_passages
from workbench.store.database import Store
from workbench.store.learning.raters import left_out_raters
from workbench.store.ledger import batched
from workbench.store.preferences import list_preferences
from workbench.store.ratings import list_ratings
from workbench.store.records import Preference
from workbench.store.tables import AnswerRow, ExperimentRow, TrialRow

SUFFIXES = (".jsonl", ".csv")
COLUMNS = (
    "question", "answer", "other_answer", "choice", "rater", "value", "stars", "tags", "comment",
    "better_answer",
    "source", "time", "counts", "documents", "passages", "history", "experiments", "trials",
)  # fmt: skip


def export_lines(store: Store, experiment_id: str | None = None) -> list[dict[str, Any]]:
    """The ratings, oldest first, as `rating_to_json` has them; then the choices between two answers, as
    `choice_to_json` has them; and whether each counts.

    experiment_id: only those on what this experiment shows, choices on two answers of it; None for all.
    """
    ratings, choices = list_ratings(store), list_preferences(store)
    sides = {seen for choice in choices for seen in (choice.first_seen, choice.second_seen)}
    shown = _shown_by(store, {rating.seen for rating in ratings} | sides)
    if experiment_id is not None:

        def is_shown(seen: str) -> bool:
            return any(trial["experiment"] == experiment_id for trial in shown.get(seen, ()))

        ratings = [r for r in ratings if is_shown(r.seen)]
        choices = [c for c in choices if is_shown(c.first_seen) and is_shown(c.second_seen)]
    passages = find_passages(store, {key for rating in ratings for key in rating.passages})
    left_out = left_out_raters(store)
    of_sides = _passages_of(store, choices)
    return [
        rating_to_json(rating, passages, shown.get(rating.seen, ()))
        | {"counts": rating.rater not in left_out}
        for rating in ratings
    ] + [
        choice_to_json(choice, of_sides, shown) | {"counts": choice.rater not in left_out}
        for choice in choices
    ]


def _passages_of(store: Store, choices: Sequence[Preference]) -> dict[str, list[dict[str, Any]]]:
    """What was seen on either side → the passages that were shown with it, where something shows it now."""
    texts = (
        text_key(AskedQuestion(choice.question, choice.history), answer)
        for choice in choices
        for answer in (choice.first_answer, choice.second_answer)
    )
    places = {place.seen: place.passages for found in find_shown(store, texts).values() for place in found}
    stored = find_passages(store, {key for keys in places.values() for key in keys})
    return {
        seen: [asdict(stored[key]) if key in stored else {"key": key} for key in keys]
        for seen, keys in places.items()
    }


def _shown_by(store: Store, seen: set[str]) -> dict[str, list[dict[str, Any]]]:
    """What was seen → the trials that show it."""
    query: Any = (
        sqlalchemy_select(
            col(AnswerRow.seen), col(TrialRow.experiment_id), col(ExperimentRow.name), col(TrialRow.id),
            col(TrialRow.name),
        )
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .join(ExperimentRow, col(ExperimentRow.id) == col(TrialRow.experiment_id))
        .distinct()
        .order_by(col(TrialRow.experiment_id), col(TrialRow.number))
    )  # fmt: skip
    shown: dict[str, list[dict[str, Any]]] = {}
    with store.read() as session:
        for batch in batched(sorted(seen)):
            for key, *facts in session.execute(query.where(col(AnswerRow.seen).in_(batch))):
                names = ("experiment", "experiment_name", "trial", "trial_name")
                shown.setdefault(key, []).append(dict(zip(names, facts, strict=True)))
    return shown


def as_jsonl(lines: Sequence[Mapping[str, Any]]) -> str:
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


def as_csv(lines: Sequence[Mapping[str, Any]]) -> str:
    """One row per rating; lists are joined, and times are in UTC."""
    return to_csv(COLUMNS, [[_cell(line, column) for column in COLUMNS] for line in lines])


def _cell(line: Mapping[str, Any], column: str) -> Any:
    shown = [*line["shown_by"], *line.get("other_shown_by", ())]
    match column:
        case "tags":
            return ", ".join(line["tags"])
        case "time":
            return datetime.fromtimestamp(line["time"], UTC).isoformat(timespec="seconds")
        case "documents":
            return "\n".join(dict.fromkeys(p["document"] for p in line["passages"] if p.get("document")))
        case "passages":
            return "\n\n".join(p["text"] for p in line["passages"] if "text" in p)
        case "history":
            return "\n".join(f"{turn['role']}: {turn['content']}" for turn in line["history"])
        case "experiments":
            return ", ".join(dict.fromkeys(trial["experiment"] for trial in shown))
        case "trials":
            return ", ".join(dict.fromkeys(trial["trial"] for trial in shown))
        case _:
            return line.get(column, "")


def write_export(path: Path, lines: Sequence[Mapping[str, Any]], *, overwrite: bool) -> None:
    """Write JSONL or CSV, as the file's ending says. Raises InputError for another ending."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path} must end in {' or '.join(SUFFIXES)}.")
    check_destination(path, overwrite=overwrite)
    write = as_csv if path.suffix.lower() == ".csv" else as_jsonl
    write_atomically(path, write(lines), overwrite=overwrite)
