"""Reads what people said about answers: thumbs put together by answer, better answers, choices.
Knows nothing about prompts. Raters who are left out do not count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.corpus.types import AskedQuestion
from workbench.replies.thinking import split_reply
from workbench.store.database import Store
from workbench.store.learning.raters import left_out_raters
from workbench.store.preferences import list_preferences
from workbench.store.ratings import list_ratings
from workbench.store.records import Preference, Rating

PREFERS = ("first", "second")
"""The choices that prefer one of two answers."""


@dataclass(frozen=True)
class Seen:
    """An answer as people saw it."""

    key: str
    """Hash of what was seen (`seen_key`)."""
    asked: AskedQuestion
    answer: str
    """Without thinking."""
    passages: tuple[str, ...] = ()
    """Keys of the passages that were shown; () where they are not known."""


@dataclass(frozen=True)
class Rated:
    """An answer with the thumbs that it got."""

    seen: Seen
    votes: int
    """Thumbs up less thumbs down, each rater alike; 0 where they disagree evenly."""
    better: tuple[str, ...] = ()
    """What raters would have answered, oldest first."""


@dataclass(frozen=True)
class Chosen:
    """An answer that people preferred to another one."""

    better: Seen
    worse: Seen
    votes: int
    """Choices for it less those for the other; 0 where they disagree evenly."""
    voters: int = 0
    """How many preferred one of the two; 0 where both were always good or bad."""
    typed: tuple[str, ...] = ()
    """What raters would have answered, in the order of their names."""


def read_rated(store: Store) -> list[Rated]:
    """The answers that were rated, in the order of what was seen."""
    left_out = left_out_raters(store)
    groups: dict[str, list[Rating]] = {}
    for rating in list_ratings(store):
        if rating.rater not in left_out:
            groups.setdefault(rating.seen, []).append(rating)
    return [_rated(key, groups[key]) for key in sorted(groups)]


def _rated(key: str, ratings: Sequence[Rating]) -> Rated:
    first = ratings[0]
    answer = split_reply(first.answer).answer.strip()  # an earlier version kept thinking in it
    seen = Seen(key, AskedQuestion(first.question, first.history), answer, first.passages)
    typed = (rating.better_answer.strip() for rating in sorted(ratings, key=lambda r: r.rater))
    better = tuple(dict.fromkeys(text for text in typed if text and text != answer))
    return Rated(seen, sum(rating.value for rating in ratings), better)


def read_chosen(store: Store) -> list[Chosen]:
    """The pairs of which people preferred one, or to which they typed a better answer, in the order of what
    was seen. Ties between two answers, both good or both bad, prefer none."""
    left_out = left_out_raters(store)
    groups: dict[tuple[str, str], list[Preference]] = {}
    for one in list_preferences(store):
        if one.rater not in left_out and (one.choice in PREFERS or one.better_answer):
            groups.setdefault((one.first_seen, one.second_seen), []).append(one)
    return [_chosen(groups[key]) for key in sorted(groups)]


def _chosen(choices: Sequence[Preference]) -> Chosen:
    one = choices[0]
    asked = AskedQuestion(one.question, one.history)
    first = Seen(one.first_seen, asked, split_reply(one.first_answer).answer.strip())
    second = Seen(one.second_seen, asked, split_reply(one.second_answer).answer.strip())
    preferring = [choice.choice for choice in choices if choice.choice in PREFERS]
    votes = sum(1 if choice == "first" else -1 for choice in preferring)
    better, worse = (first, second) if votes >= 0 else (second, first)
    typed = (choice.better_answer.strip() for choice in sorted(choices, key=lambda c: c.rater))
    answers = {first.answer, second.answer}
    new = tuple(dict.fromkeys(text for text in typed if text and text not in answers))
    return Chosen(better, worse, abs(votes), len(preferring), new)
