"""The store's own name: random, made when it is first asked for, kept when the store moves.
Knows nothing about what is kept elsewhere under it."""

from __future__ import annotations

import secrets

from sqlalchemy.exc import IntegrityError

from workbench.store.database import Store
from workbench.store.sharing.tables import StoreNameRow


def find_store_name(store: Store) -> str | None:
    """The store's name; None where nothing has asked for it yet."""
    with store.read() as session:
        row = session.get(StoreNameRow, 1)
        return None if row is None else row.name


def get_store_name(store: Store) -> str:
    """The store's name, in letters and digits; made now where there is none."""
    name = find_store_name(store)
    if name is None:
        try:
            with store.write() as session:
                session.add(StoreNameRow(name=secrets.token_hex(6)))
        except IntegrityError:
            pass  # another process was faster
        name = find_store_name(store)
        assert name is not None
    return name
