"""Reads and writes ratings as JSONL: one rating per line, with everything that was seen; choices beside them.
Knows nothing about the store.

    {"question": "How long?", "history": [], "answer": "30 days.", "passages": [{"document": "returns.md",
     "text": "Within 30 days …", …}], "rater": "ann", "value": 1, "stars": null, "tags": [], "comment": "",
     "better_answer": "", "source": "", "time": 1764500000.0, "seen": "…", "shown_by": []}

Written by hand, a line needs the question, the answer and a thumb or stars; the names of a file of requests
are understood too. An export is read back exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from workbench.corpus.conversation import turns_to_json
from workbench.corpus.types import History, Turn
from workbench.errors import InputError
from workbench.feedback.reasons import read_tags, value_of_stars
from workbench.importing.types import Record, RowProblem, Source
from workbench.importing.values import as_text, parse_cell
from workbench.pipeline.passages import passage_key
from workbench.rating_files.choices import is_choice, read_choice
from workbench.rating_files.types import ReadRating
from workbench.store.records import PassageRecord, Preference, Rating
from workbench.traces.own_requests import NAMES
from workbench.traces.requests_of_spans import passage_of
from workbench.traces.types import ImportedPassage
from workbench.traces.values import answer_of, history_of, question_of, read_number, read_thumb, read_time

NAME = "jsonl"
THUMBS = (*NAMES["feedback"], "label", "liked")
_PASSAGE = tuple(field.name for field in fields(PassageRecord))


def is_jsonl_ratings(source: Source) -> bool:
    columns = set(source.columns)
    texts = all(columns & set(NAMES[name]) for name in ("question", "answer"))
    return texts and bool(columns & {*THUMBS, "stars", "choice"})


def take_choices(source: Source) -> tuple[list[Preference], list[RowProblem], Source]:
    """(the choices between two answers in an export, what is wrong with some, the file without them)."""
    choices, problems, others = [], [], []
    for record in source.records:
        if not is_choice(record.values):
            others.append(record)
            continue
        try:
            choices.append(read_choice(record.values, _history(record.values.get("history"), None, "")))
        except InputError as error:
            problems.append(RowProblem(record.row, f"{error.message.rstrip('.')}; it is left out"))
    return choices, problems, replace(source, records=tuple(others))


def read_jsonl_ratings(source: Source) -> tuple[list[ReadRating], list[RowProblem]]:
    ratings, problems = [], []
    for record in source.records:
        try:
            ratings.append(_read(record))
        except InputError as error:
            problems.append(RowProblem(record.row, f"{error.message.rstrip('.')}; it is left out"))
    return ratings, problems


def _first(values: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((values[name] for name in names if values.get(name) not in (None, "")), None)


def _read(record: Record) -> ReadRating:
    values = record.values
    asked, said = _first(values, NAMES["question"]), _first(values, NAMES["answer"])
    question = asked if isinstance(asked, str) else question_of(asked)
    answer = said if isinstance(said, str) else answer_of(said)
    for name, text in (("question", question), ("answer", answer)):
        if not text.strip():
            raise InputError(f"it has no {name}")
    value, stars = _thumb(values)
    tags = parse_cell(values.get("tags"))
    if isinstance(tags, str):
        tags = [tag for tag in tags.split(",") if tag.strip()]
    passages, keys, stored = _passages(parse_cell(_first(values, NAMES["passages"])))
    return ReadRating(
        record.row,
        value,
        question,
        answer,
        _history(values.get("history"), asked, question),
        passages,
        stored_passages=stored,
        passage_keys=keys,
        rater=as_text(_first(values, ("rater", "annotator"))),
        user=as_text(_first(values, NAMES["user"])),
        stars=stars,
        tags=read_tags(map(str, tags)) if isinstance(tags, list) else (),
        comment=_exact(values, NAMES["comment"]),
        better_answer=_exact(values, NAMES["better_answer"]),
        source=as_text(values.get("source")) or NAME,
        given_at=read_time(_first(values, (*NAMES["time"], "updated_at"))),
    )


def _exact(values: Mapping[str, Any], names: Sequence[str]) -> str:
    found = _first(values, names)
    return found if isinstance(found, str) else as_text(found)


def _thumb(values: Mapping[str, Any]) -> tuple[int, int | None]:
    given = _first(values, THUMBS)
    number = read_number(values.get("stars"))
    stars = None if number is None else int(number) if number == int(number) else 0
    if stars is not None and given is None:
        return value_of_stars(stars), stars
    value = read_thumb(given)
    if given is None:
        raise InputError("it has neither a thumb nor stars")
    if not value:
        raise InputError(f"it has no thumb: {str(given)[:40]!r} is neither up nor down")
    if stars is not None and value_of_stars(stars) != value:
        raise InputError(f"its thumb is {'up' if value > 0 else 'down'}, but it has {stars} stars")
    return value, stars


def _history(given: Any, asked: Any, question: str) -> History:
    turns = parse_cell(given)
    if not isinstance(turns, list):
        return history_of(asked, question)
    exact = [
        Turn(turn["role"], turn["content"])
        for turn in turns
        if isinstance(turn, dict)
        and turn.get("role") in ("user", "assistant")
        and isinstance(turn.get("content"), str)
    ]
    return tuple(exact) if len(exact) == len(turns) else history_of(turns, question)


def _passages(
    value: Any,
) -> tuple[tuple[ImportedPassage, ...], tuple[str, ...], tuple[PassageRecord, ...]]:
    """(those of another program, keys of those of an export, the latter as far as their texts are there)."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    if items and all(isinstance(item, dict) and isinstance(item.get("key"), str) for item in items):
        stored = [record for item in items if (record := _stored(item)) is not None]
        return (), tuple(item["key"] for item in items), tuple(stored)
    passages = []
    for item in items:
        if text := as_text(item):
            passages.append(passage_of(text, item if isinstance(item, dict) else {}))
    return tuple(passages), (), ()


def _stored(item: Mapping[str, Any]) -> PassageRecord | None:
    """The passage of an export; None where its text had been cleaned, or somebody changed it."""
    texts = all(isinstance(item.get(name), str) for name in ("document", "title", "text", "header"))
    numbers = all(type(item.get(name)) is int for name in ("start", "end", "tokens"))
    if not (texts and numbers) or not isinstance(item.get("page"), int | None):
        return None
    passage = PassageRecord(
        **{name: item[name] for name in _PASSAGE if name != "page"}, page=item.get("page")
    )
    key = passage_key(
        passage.document, passage.title, passage.start, passage.end, passage.text, passage.header
    )
    return passage if key == passage.key else None


def rating_to_json(
    rating: Rating, passages: Mapping[str, PassageRecord], shown_by: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """A line of the export.

    passages: key → passage, for those whose texts are still stored.
    shown_by: the trials that show what was rated.
    """
    return {
        "question": rating.question,
        "history": turns_to_json(rating.history),
        "answer": rating.answer,
        "passages": [asdict(passages[key]) if key in passages else {"key": key} for key in rating.passages],
        "rater": rating.rater,
        "value": rating.value,
        "stars": rating.stars,
        "tags": list(rating.tags),
        "comment": rating.comment,
        "better_answer": rating.better_answer,
        "source": rating.source,
        "time": rating.updated_at,
        "seen": rating.seen,
        "shown_by": list(shown_by),
    }
