"""Sums up who has rated: how much, how many thumbs up, how far each agrees with the others.
Knows nothing about pages."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from workbench.errors import InputError
from workbench.nearest import did_you_mean
from workbench.store.database import Store
from workbench.store.learning import raters as stored
from workbench.store.preferences import list_preferences
from workbench.store.ratings import list_ratings


@dataclass(frozen=True)
class Rater:
    """A person who has rated, or one user of a service."""

    name: str
    up: int
    """Thumbs up."""
    down: int
    """Thumbs down."""
    choices: int
    """Choices between two answers."""
    shared: int
    """Thumbs on what others have rated, too, counted once per other rater."""
    agreed: int
    """In how many of those both thumbs are the same."""
    counts: bool
    """Whether the ratings count; False for one who is left out."""


def list_raters(store: Store) -> list[Rater]:
    """All who have rated or are left out, those with most ratings first."""
    up: Counter[str] = Counter()
    down: Counter[str] = Counter()
    on: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for rating in list_ratings(store):
        (up if rating.value > 0 else down)[rating.rater] += 1
        on[rating.seen][rating.rater] = rating.value
    choices = Counter(preference.rater for preference in list_preferences(store))
    left_out = stored.left_out_raters(store)
    shared, agreed = _agreement(on)
    names = {*up, *down, *choices, *left_out}
    listed = [Rater(n, up[n], down[n], choices[n], shared[n], agreed[n], n not in left_out) for n in names]
    return sorted(listed, key=lambda r: (-(r.up + r.down + r.choices), r.name))


def _agreement(on: dict[str, dict[str, int]]) -> tuple[Counter[str], Counter[str]]:
    """on: what was seen → rater → thumb."""
    shared: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    for thumbs in on.values():
        values = Counter(thumbs.values())
        for rater, value in thumbs.items():
            shared[rater] += len(thumbs) - 1
            agreed[rater] += values[value] - 1
    return shared, agreed


def leave_out(store: Store, name: str) -> Rater:
    """Let what a rater said count nowhere. Raises InputError for one who has said nothing."""
    found = _find(store, name)
    stored.leave_out(store, found.name)
    return found


def take_back(store: Store, name: str) -> Rater:
    """Let what a rater said who was left out count again. Raises InputError for an unknown one."""
    found = _find(store, name)
    stored.take_back(store, found.name)
    return found


def _find(store: Store, name: str) -> Rater:
    raters = {rater.name: rater for rater in list_raters(store)}
    if name not in raters:
        raise InputError(f"Nobody called {name[:60]!r} has rated.", hint=did_you_mean(name, raters))
    return raters[name]
