"""Defines what a rater can say about an answer besides a thumb: quick tags, stars, a better answer.
Knows nothing about where it is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypedDict

from workbench.errors import InputError
from workbench.nearest import did_you_mean


class Said(TypedDict, total=False):
    """What a rater says of an answer besides a thumb. What is left out was not said."""

    comment: str
    tags: Iterable[str]
    """Names or labels of REASONS."""
    stars: int | None
    """1 to 5; the thumb is what they stand for."""
    better_answer: str
    """What the rater would have answered."""


@dataclass(frozen=True)
class Reason:
    """A quick tag: why an answer is bad, or what mars a good one."""

    label: str
    """What buttons and tables call it."""
    key: str
    """The key that gives it on Review, a capital letter."""
    help: str
    """When it is meant, in words."""


REASONS: Mapping[str, Reason] = {
    "wrong": Reason("wrong", "W", "What it says is not true."),
    "ungrounded": Reason("ungrounded", "G", "Its passages do not say what it says."),
    "incomplete": Reason("incomplete", "I", "Something that was asked for is missing."),
    "too-long": Reason("too long", "L", "It says more than was asked for."),
    "tone": Reason("tone", "T", "It is not how we speak to our users."),
    "should-have-declined": Reason(
        "should have declined", "D", "The documents do not answer this, so it should have said so."
    ),
}
"""Name, as it is stored → the tag."""

STARS = range(1, 6)
LIKED_STARS = 4
"""From so many stars on, an answer counts as liked: the top two of five, as surveys of satisfaction count
("top-two box"). Three stars are no recommendation."""


def value_of_stars(stars: int) -> int:
    """The thumb that so many stars stand for: 1 or -1. Raises InputError for what is no number of stars."""
    if stars not in STARS:
        raise InputError(f"The rating has {stars} stars; it must have {STARS[0]} to {STARS[-1]}.")
    return 1 if stars >= LIKED_STARS else -1


def read_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """The names of tags as they are stored, each once, in the order of REASONS.

    tags: names or labels, in any case. Raises InputError for one that there is not.
    """
    given = {tag: "-".join(tag.strip().lower().replace("_", " ").split()) for tag in tags}
    for tag, name in given.items():
        if name not in REASONS:
            raise InputError(
                f"There is no tag {tag[:60]!r}; there are {', '.join(REASONS)}.",
                hint=did_you_mean(name, REASONS),
            )
    return tuple(name for name in REASONS if name in given.values())
