"""Stores which hosts a user has confirmed, each for the variable of one key, and which folders they named.
Knows nothing about what a confirmation allows."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import select

from workbench.store.database import Store
from workbench.store.tables import ConfirmedHostRow, ExperimentRow


def find_confirmed(store: Store) -> list[tuple[str, str]]:
    """Each confirmed (variable, origin)."""
    with store.read() as session:
        return [(row.variable, row.origin) for row in session.exec(select(ConfirmedHostRow))]


def confirm(store: Store, pairs: Iterable[tuple[str, str]]) -> None:
    """Remember that the key in a variable may be sent to an origin; a variable "" stands for no key."""
    with store.write() as session:
        for pair in dict.fromkeys(pairs):
            if session.get(ConfirmedHostRow, pair) is None:
                session.add(ConfirmedHostRow(variable=pair[0], origin=pair[1]))


def find_named_folders(store: Store) -> set[str]:
    """The folders of the corpora that experiments of this home were created on."""
    with store.read() as session:
        return set(session.exec(select(ExperimentRow.corpus_path).distinct()))
