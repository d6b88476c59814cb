"""Reads the ratings of Open WebUI's feedback export: thumbs, its scale to 10, reasons, comments.
Knows nothing about other formats.

Shape (models/feedbacks.py of Open WebUI; see also importing/formats/open_webui.py, which finds the question
and the reply in the snapshot of the chat): {"user_id", "data": {"rating": 1 | -1, "reason", "comment",
"details": {"rating": 1 to 10}}, "meta", "snapshot", "created_at", "updated_at"}."""

from __future__ import annotations

from typing import Any

from workbench.importing.formats.open_webui import FORMAT, read_chat
from workbench.importing.types import Record, RowProblem, Source
from workbench.importing.values import as_text
from workbench.rating_files.types import ReadRating
from workbench.replies.citations import read_citations
from workbench.replies.thinking import split_reply
from workbench.traces.types import ImportedPassage
from workbench.traces.values import answer_of, history_of, question_of, read_number, read_time

NAME = "open-webui"
TAGS = {
    "not_factually_correct": "wrong",
    "inaccurate_information": "wrong",
    "too_verbose": "too-long",
    "dont_like_the_style": "tone",
    "didnt_fully_follow_instructions": "incomplete",
    "being_lazy": "incomplete",
}
"""Open WebUI's reason → ours. The others stand in the comment: none of ours says the same."""
STARS = {1: (4, 4, 5, 5, 5), -1: (1, 1, 2, 2, 3)}
"""Thumb → stars for its half of the scale to 10: 6 to 10 goes with a thumb up, 1 to 5 with a thumb down."""


def is_open_webui(source: Source) -> bool:
    return FORMAT.recognise(source) is not None


def read_open_webui(source: Source) -> tuple[list[ReadRating], list[RowProblem]]:
    ratings: list[ReadRating] = []
    problems: list[RowProblem] = []
    for record in source.records:
        rating = _read(record)
        if isinstance(rating, str):
            problems.append(RowProblem(record.row, f"{rating}; it is left out"))
        else:
            ratings.append(rating)
    return ratings, problems


def _read(record: Record) -> ReadRating | str:
    """The rating, or why there is none."""
    row = record.values
    data = _object(row.get("data"))
    value = {1.0: 1, -1.0: -1}.get(read_number(data.get("rating")) or 0.0)
    if value is None:
        return "it has no thumb"
    chat = read_chat(row)
    if isinstance(chat, str):
        return chat
    *before, reply = chat.turns
    question, answer = question_of(before), split_reply(answer_of([reply])).answer
    if not question or not answer.strip():
        return "its chat has no question or no reply"
    reason = as_text(data.get("reason"))
    tag = TAGS.get(reason) if value < 0 else None
    said = "" if tag or reason in ("", "other") else reason.replace("_", " ")
    details = _object(data.get("details")) or _object(row.get("details"))
    return ReadRating(
        record.row,
        value,
        question,
        answer,
        history_of(before, question),
        passages=tuple(
            ImportedPassage(p.text, p.document) for p in read_citations(chat.message) if p is not None
        ),
        user=as_text(row.get("user_id")),
        stars=_stars(value, read_number(details.get("rating"))),
        tags=(tag,) if tag else (),
        comment=": ".join(filter(None, (said, as_text(data.get("comment"))))),
        source=NAME,
        given_at=read_time(row.get("updated_at")) or read_time(row.get("created_at")),
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _stars(value: int, of_ten: float | None) -> int | None:
    """Stars that agree with the thumb; None where the scale does not."""
    place = None if of_ten is None or of_ten % 1 else int(of_ten) - (6 if value > 0 else 1)
    return STARS[value][place] if place is not None and 0 <= place < 5 else None
