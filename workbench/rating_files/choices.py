"""Writes choices between two answers as lines of an export, and reads and stores them again.
Knows nothing about thumbs, nor about the formats of other programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbench.corpus.conversation import turns_to_json
from workbench.corpus.types import AskedQuestion, History
from workbench.errors import InputError
from workbench.feedback.ratings import LONGEST_BETTER_ANSWER, LONGEST_COMMENT, LONGEST_RATER
from workbench.feedback.reasons import read_tags
from workbench.importing.values import as_text
from workbench.store.database import Store
from workbench.store.preferences import in_order, list_preferences, put_preference
from workbench.store.records import Preference
from workbench.traces.values import read_time

CHOICES = ("first", "second", "good", "bad")
"""The answer (first) or the other one (second) is better, or both are good or bad."""
LONGEST_KEY = 100


def choice_to_json(
    choice: Preference, passages: Mapping[str, Sequence[Mapping[str, Any]]],
    shown_by: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, Any]:  # fmt: skip
    """A line of the export. Its answers have the order in which they are stored, not that of the screen.

    passages: what was seen → the passages that were shown with it, as far as they are known.
    shown_by: what was seen → the trials that show it.
    """
    first, second = choice.first_seen, choice.second_seen
    return {
        "question": choice.question,
        "history": turns_to_json(choice.history),
        "answer": choice.first_answer,
        "other_answer": choice.second_answer,
        "choice": choice.choice,
        "rater": choice.rater,
        "tags": list(choice.tags),
        "comment": choice.comment,
        "better_answer": choice.better_answer,
        "time": choice.updated_at,
        "seen": first,
        "other_seen": second,
        "passages": list(passages.get(first, ())),
        "other_passages": list(passages.get(second, ())),
        "shown_by": list(shown_by.get(first, ())),
        "other_shown_by": list(shown_by.get(second, ())),
    }


def is_choice(values: Mapping[str, Any]) -> bool:
    """Whether a line is a choice between two answers."""
    return values.get("choice") not in (None, "") and values.get("other_answer") is not None


def read_choice(values: Mapping[str, Any], history: History) -> Preference:
    """The choice of a line of an export. Raises InputError for one that lacks something."""
    choice, rater = values["choice"], as_text(values.get("rater"))[:LONGEST_RATER]
    if choice not in CHOICES:
        raise InputError(f"its choice is {str(choice)[:40]!r}; it must be one of {', '.join(CHOICES)}")
    texts = {name: values.get(name) for name in ("question", "answer", "other_answer", "seen", "other_seen")}
    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise InputError(f"it is a choice without {name}")
    if not rater:
        raise InputError("it is a choice without a rater")
    tags = values.get("tags")
    return Preference(
        first_seen=str(texts["seen"])[:LONGEST_KEY],
        second_seen=str(texts["other_seen"])[:LONGEST_KEY],
        rater=rater,
        choice=choice,
        question=AskedQuestion(str(texts["question"]), history).text,
        first_answer=str(texts["answer"]),
        second_answer=str(texts["other_answer"]),
        comment=as_text(values.get("comment"))[:LONGEST_COMMENT],
        updated_at=read_time(values.get("time")) or 0.0,
        history=history,
        tags=read_tags(map(str, tags)) if isinstance(tags, list) else (),
        better_answer=as_text(values.get("better_answer"))[:LONGEST_BETTER_ANSWER],
    )


def import_choices(
    store: Store, choices: Iterable[Preference], *, now: float, rater: str = "", dry_run: bool = False
) -> tuple[int, int]:
    """Store choices that were made elsewhere. One that is older than what the rater chose here is left out.

    now: the time of choices whose file says none, in Unix seconds.
    rater: the name that all get; "" keeps those of the file.

    Returns (how many are new or changed, how many were stored before or are older).
    """
    stored = {(p.first_seen, p.second_seen, p.rater): p for p in map(in_order, list_preferences(store))}
    taken = left = 0
    for one in sorted(map(in_order, choices), key=lambda c: c.updated_at or now):
        choice = replace(one, rater=rater.strip() or one.rater, updated_at=one.updated_at or now)
        key = (choice.first_seen, choice.second_seen, choice.rater)
        before = stored.get(key)
        if before is not None and (
            before.updated_at > choice.updated_at or replace(before, updated_at=choice.updated_at) == choice
        ):
            left += 1
            continue
        stored[key] = choice
        taken += 1
        if not dry_run:
            put_preference(store, choice)
    return taken, left
