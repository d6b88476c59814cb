"""Finds a service as a person names it: by its id, its name or its winner's file.
Knows nothing about what is done with it."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import InputError
from workbench.nearest import did_you_mean
from workbench.ship.service import service_id
from workbench.ship.winner import read_winner
from workbench.store.database import Store
from workbench.store.serving.records import Service
from workbench.store.serving.services import list_services


def find_service(store: Store, text: str) -> Service:
    """Raises InputError when there is none, and when several have this name."""
    listed = list_services(store, archived=True)
    wanted = service_id(read_winner(Path(text))) if Path(text).is_file() else text
    found = [one for one in listed if one.id == wanted] or [one for one in listed if one.name == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(one.id for one in found)
        raise InputError(f"{len(found)} services are called {text!r}.", hint=f"Give one's id: {ids}.")
    names = [name for one in listed for name in (one.id, one.name)]
    raise InputError(
        f"There is no service {text!r} here.",
        hint=did_you_mean(text, names) or "`watch` lists those that were served, checked or imported.",
    )
