"""What a person does on Review: rate, choose, skip, undo; and what they have said before they rate.
Knows nothing about layout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from workbench.feedback.review_queue import Pair, Thumb
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


def pair_key(pair: Pair) -> str:
    """What tags and the better answer of two answers are kept under, in place of one answer's `seen`."""
    return "+".join(sorted(pair.seen))


def toggle_tag(seen: str, tag: str) -> None:
    tags = tags_of(seen)
    tags.remove(tag) if tag in tags else tags.append(tag)


def shown_first(place: str, remaining: Sequence[T], key: Callable[[T], Any]) -> list[T]:
    """What remains, with that first which is shown already, whether it remains or not: a new plan must not
    exchange it while somebody reads, and what is undone is shown again.

    place: the mode, the experiment and the rater (see place_of).
    key: what an item is known by.
    """
    shown: T | None = st.session_state.get(f"review.shown.{place}")
    others = remaining if shown is None else [item for item in remaining if key(item) != key(shown)]
    ordered = [*others] if shown is None else [shown, *others]
    if ordered:
        st.session_state[f"review.shown.{place}"] = ordered[0]
    return ordered


def place_of(mode: str, experiment_id: str, rater: str) -> str:
    """Where what is shown is kept."""
    return f"{mode}.{experiment_id}.{rater}"


def _done(place: str, item: Any, **facts: Any) -> None:
    """Note what was done with the item that is shown; the next one takes its place."""
    history().append({"place": place, "item": item, **facts})
    st.session_state.pop(f"review.shown.{place}", None)


def skip(place: str, passed: list[Any], key: Any, item: Any) -> None:
    """Show an item last. key: what it is known by."""
    passed.append(key)
    _done(place, item, skipped=key, passed=passed)


def undo(services: Services) -> None:
    """Undo the last action; its item is shown again, with the tags and the better answer that it had."""
    last = history().pop()
    st.session_state[f"review.shown.{last['place']}"] = last["item"]
    if "skipped" in last:
        last["passed"].remove(last["skipped"])
    elif "value" in last:
        answer = last["answer"]
        services.ratings.rate(answer, 0, rater=last["rater"])
        st.session_state[f"review.tags.{answer.seen}"] = list(last["tags"])
        st.session_state[better_key(answer.seen)] = last["better_answer"]
    else:
        pair = last["item"]
        first, second = pair.seen
        services.ratings.withdraw_preference(first, second, last["rater"])
        st.session_state[f"review.tags.{pair_key(pair)}"] = list(last["tags"])
        st.session_state[better_key(pair_key(pair))] = last["better_answer"]


def rate(
    services: Services,
    place: str,
    item: Thumb,
    answer: AnswerRecord,
    value: int,
    rater: str,
    stars: int | None = None,
) -> None:
    """Store a thumb, 1 or -1, with what was said before it."""
    tags = list(tags_of(answer.seen))
    better = st.session_state.get(better_key(answer.seen), "")
    services.ratings.rate(answer, value, rater=rater, stars=stars, tags=tags, better_answer=better)
    _done(place, item, answer=answer, rater=rater, value=value, tags=tags, better_answer=better)


def choose(
    services: Services,
    place: str,
    item: Pair,
    left: AnswerRecord,
    right: AnswerRecord,
    choice: str,
    rater: str,
) -> None:
    key = pair_key(item)
    tags, better = list(tags_of(key)), st.session_state.get(better_key(key), "")
    services.ratings.prefer(left, right, choice, rater=rater, tags=tags, better_answer=better)
    _done(place, item, rater=rater, tags=tags, better_answer=better)
