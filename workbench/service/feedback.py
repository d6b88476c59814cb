"""Takes what users think of the answers of a service.
Knows nothing about HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from workbench.feedback.ratings import rate_served
from workbench.service.redaction import redact
from workbench.service.service_error import ServiceError
from workbench.store.database import Store
from workbench.store.serving.records import ServedRequest, Texts
from workbench.store.serving.requests import find_requests

LOGGED_WITHIN_SECONDS = 2.0
"""A request is logged in a group, a moment after its reply."""
PAUSE_SECONDS = 0.2

_KEEP: dict[Texts, Callable[[str], str]] = {"full": str, "redacted": redact, "none": lambda text: ""}
"""What is stored of what users write, by what is stored of the request."""


async def rate_request(
    store: Store,
    request_id: str,
    value: int,
    *,
    comment: str,
    better_answer: str,
    user: str,
    tags: Sequence[str] = (),
) -> None:
    """Store a thumb on a reply, with as much of the texts as is stored of the request.

    tags: names of REASONS.
    user: the hash of the user's key; "" for that of who asked.

    Raises ServiceError for an id that no reply had, InputError for a request that was not answered, and
    for a tag that there is not.
    """
    request = await _find(store, request_id)
    if request is None:
        raise ServiceError(
            404,
            f"No reply has the id {request_id[:80]!r}, or its request was deleted.",
            param="request",
            code="request_not_found",
        )
    keep = _KEEP[request.texts]
    await asyncio.to_thread(
        rate_served,
        store,
        request,
        value,
        comment=keep(comment),
        better_answer=keep(better_answer),
        tags=tags,
        user=user or request.user,
    )


async def _find(store: Store, request_id: str) -> ServedRequest | None:
    for _ in range(1 + round(LOGGED_WITHIN_SECONDS / PAUSE_SECONDS)):
        found = await asyncio.to_thread(find_requests, store, [request_id])
        if found:
            return found[request_id]
        await asyncio.sleep(PAUSE_SECONDS)
    return None
