"""Stores requests of a service of one's own, scored as those that are served here are.
Knows nothing about the formats that they were read from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from workbench.corpus.types import AskedQuestion
from workbench.feedback.ratings import rate_served
from workbench.fingerprint import fingerprint
from workbench.pipeline.passages import passage_key
from workbench.pipeline.prompt_rendering import count_prompt_tokens
from workbench.ship.served_scores import declines, score_served
from workbench.store.database import Store
from workbench.store.ratings import seen_key
from workbench.store.records import PassageRecord
from workbench.store.serving.records import ServedRequest, Service
from workbench.store.serving.requests import add_requests
from workbench.store.serving.services import get_service, put_service
from workbench.traces.types import ImportedPassage, ImportedRequest

AT_ONCE = 100
"""Requests that one transaction stores."""


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    service: Service
    requests: int
    """How many requests were stored; one that was imported before is stored once."""
    failed: int
    """How many of them were not answered."""
    thumbs: int
    """How many thumbs came with them."""


def imported_service(store: Store, name: str) -> Service:
    """The service of this name; not stored yet when it is new."""
    service_id = fingerprint("imported service", name)[:12]
    return get_service(store, service_id) or Service(service_id, name, "imported", None)


def import_requests(
    store: Store,
    name: str,
    requests: Sequence[ImportedRequest],
    *,
    hash_user: Callable[[str], str],
    now: float,
    progress: Callable[[int], None] = lambda done: None,
) -> Imported:
    """Score and store requests as those of the service `name`. What was stored before an interruption is
    simply stored again.

    hash_user: what is stored of a user's key.
    now: the time, in Unix seconds.
    progress: hears how many are stored.
    """
    service = put_service(store, imported_service(store, name))
    thumbs = 0
    for begin in range(0, len(requests), AT_ONCE):
        group = requests[begin : begin + AT_ONCE]
        served = [_served(service, request, hash_user) for request in group]
        scored = [replace(r, refused=declines(r), scores=score_served(r), scored_at=now) for r in served]
        with store.write() as session:
            add_requests(session, scored)
        for given, stored in _rated(group, scored):
            rate_served(store, stored, given.thumb, comment=given.comment, better_answer=given.better_answer)
            thumbs += 1
        progress(begin + len(group))
    return Imported(service, len(requests), sum(bool(r.error) for r in requests), thumbs)


def _rated(
    group: Sequence[ImportedRequest], stored: Sequence[ServedRequest]
) -> Iterator[tuple[ImportedRequest, ServedRequest]]:
    for given, request in zip(group, stored, strict=True):
        if given.thumb and request.state == "ok":
            yield given, request


def _served(service: Service, given: ImportedRequest, hash_user: Callable[[str], str]) -> ServedRequest:
    passages = tuple(_passage(passage) for passage in given.passages)
    request = ServedRequest(
        id=f"imported-{fingerprint(service.id, given.key)[:24]}",
        service_id=service.id,
        asked_at=given.asked_at,
        question=given.question,
        answer=given.answer,
        history=given.history,
        user=hash_user(given.user),
        passages=passages,
        state="failed" if given.error or not given.answer else "ok",
        error=given.error or ("" if given.answer else "It has no answer."),
        served_model=given.model,
        cost_usd=given.cost_usd,
        input_tokens=given.input_tokens,
        output_tokens=given.output_tokens,
        seconds=given.seconds,
        stage_seconds=dict(given.stage_seconds),
    )
    asked = AskedQuestion(given.question, given.history)
    return replace(request, seen=seen_key(asked, given.answer, [p.key for p in passages]))


def _passage(given: ImportedPassage) -> PassageRecord:
    """A passage as the store has those of corpora, with its place in what was logged: no other is known."""
    title = given.title or given.document
    end = len(given.text)
    return PassageRecord(
        key=passage_key(given.document, title, 0, end, given.text),
        document=given.document,
        title=title,
        start=0,
        end=end,
        page=given.page,
        tokens=count_prompt_tokens(given.text),
        text=given.text,
    )
