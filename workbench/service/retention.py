"""Deletes what was asked too long ago: requests with their scores and thumbs, and the replies of models.
Knows nothing about when this is done."""

from __future__ import annotations

from workbench.store.database import Store
from workbench.store.serving.deletion import clear_replies, delete_requests
from workbench.store.serving.requests import Which


def delete_old(store: Store, before: float) -> int:
    """Delete what is from before a time (Unix seconds); returns how many requests there were."""
    deleted = delete_requests(store, Which(before=before))
    clear_replies(store, before)
    return deleted
