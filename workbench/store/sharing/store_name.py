"""The store's own name: random, made when it is first asked for, kept when the store moves.
Knows nothing about what is kept elsewhere under it."""

from __future__ import annotations

import secrets

from sqlmodel import Session

from workbench.store.database import Store
from workbench.store.sharing.tables import StoreNameRow


def find_store_name(store: Store) -> str | None:
    """The store's name; None where nothing has asked for it yet."""
    with store.read() as session:
        row = session.get(StoreNameRow, 1)
        return None if row is None else row.name


def get_store_name(store: Store) -> str:
    """The store's name, in letters and digits; made now where there is none."""

    def work(session: Session) -> str:
        row = session.get(StoreNameRow, 1)
        if row is None:
            session.add(row := StoreNameRow(name=secrets.token_hex(6)))
        return row.name

    return find_store_name(store) or store.transact(work)
