"""What a person does on Review: rate, choose, skip, undo; and what they have said before they rate.
Knows nothing about layout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from workbench.feedback.reasons import value_of_stars
from workbench.store.records import AnswerRecord
from workbench.ui.services import Services

T = TypeVar("T")


def skipped(mode: str, experiment_id: str) -> list[Any]:
    """What was skipped; it is shown last."""
    found: list[Any] = st.session_state.setdefault(f"review.skipped.{mode}.{experiment_id}", [])
    return found


def history() -> list[dict[str, Any]]:
    """What was done in this session, the last thing last."""
    found: list[dict[str, Any]] = st.session_state.setdefault("review.history", [])
    return found


def tags_of(seen: str) -> list[str]:
    """The tags that are chosen for an answer before it is rated."""
    found: list[str] = st.session_state.setdefault(f"review.tags.{seen}", [])
    return found


def better_key(seen: str) -> str:
    """The key of the field for a better answer."""
    return f"review.better.{seen}"


def toggle_tag(seen: str, tag: str) -> None:
    tags = tags_of(seen)
    tags.remove(tag) if tag in tags else tags.append(tag)


def shown_first(mode: str, remaining: Sequence[T], key: Callable[[T], Any]) -> list[T]:
    """What remains, with that first which is shown already: a new plan must not exchange it while somebody
    reads. key: what an item is known by."""
    shown = st.session_state.get(f"review.shown.{mode}")
    ordered = sorted(remaining, key=lambda item: key(item) != shown)
    if ordered:
        st.session_state[f"review.shown.{mode}"] = key(ordered[0])
    return ordered


def skip(mode: str, experiment_id: str, item: Any) -> None:
    skipped(mode, experiment_id).append(item)
    history().append({"skipped": item, "mode": mode, "experiment": experiment_id})


def undo(services: Services) -> None:
    """Undo the last action; its item is shown again, with the tags and the better answer that it had."""
    last = history().pop()
    if "skipped" in last:
        skipped(last["mode"], last["experiment"]).remove(last["skipped"])
        st.session_state[f"review.shown.{last['mode']}"] = last["skipped"]
    elif last["mode"] == "thumbs":
        answer = last["answer"]
        services.ratings.rate(answer, 0, rater=last["rater"])
        st.session_state[f"review.tags.{answer.seen}"] = list(last["tags"])
        st.session_state[better_key(answer.seen)] = last["better_answer"]
        st.session_state["review.shown.thumbs"] = answer.seen
    else:
        first, second = last["seen"]
        services.ratings.withdraw_preference(first, second, last["rater"])
        st.session_state["review.shown.pairs"] = {first, second}


def rate(services: Services, answer: AnswerRecord, value: int, rater: str, stars: int | None = None) -> None:
    """Store a thumb with what was said before it.

    value: 1 or -1; not looked at where there are stars.
    """
    said = {
        "tags": list(tags_of(answer.seen)),
        "better_answer": st.session_state.get(better_key(answer.seen), ""),
    }
    value = value if stars is None else value_of_stars(stars)
    services.ratings.rate(answer, value, rater=rater, stars=stars, **said)
    history().append({"mode": "thumbs", "answer": answer, "rater": rater, "value": value, **said})


def choose(services: Services, left: AnswerRecord, right: AnswerRecord, choice: str, rater: str) -> None:
    services.ratings.prefer(left, right, choice, rater=rater)
    history().append({"mode": "pairs", "seen": (left.seen, right.seen), "rater": rater})
