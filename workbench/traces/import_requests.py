"""Stores requests of a service of one's own, scored as those that are served here are.
Knows nothing about the formats that they were read from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from workbench.corpus.types import AskedQuestion
from workbench.feedback.ratings import rate_served
from workbench.fingerprint import fingerprint
from workbench.pipeline.passages import passage_key
from workbench.pipeline.prompt_rendering import count_prompt_tokens
from workbench.ship.served_scores import VERSIONS, declines, score_served
from workbench.store.database import Store
from workbench.store.ledger import batched
from workbench.store.ratings import seen_key
from workbench.store.records import PassageRecord
from workbench.store.serving.records import ServedRequest, Service
from workbench.store.serving.requests import add_requests, find_requests, find_stored
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
    already: int
    """How many of them were stored before; they are stored as the file has them now."""
    without_passages: int
    """How many of them name no passages."""
    since: float | None
    """When the first of them was asked, in Unix seconds; None without any."""
    until: float | None
    """When the last of them was asked, in Unix seconds; None without any."""


COUNTS = ("requests", "failed", "thumbs", "already", "without_passages")


def imported_service(store: Store, name: str) -> Service:
    """The service of this name; not stored yet when it is new."""
    service_id = fingerprint("imported service", name)[:12]
    return get_service(store, service_id) or Service(service_id, name, "imported", None)


def import_requests(
    store: Store,
    name: str,
    requests: Iterable[ImportedRequest],
    *,
    hash_user: Callable[[str], str],
    now: float,
    progress: Callable[[int], None] = lambda done: None,
    dry_run: bool = False,
    score_again: bool = False,
) -> Imported:
    """Score and store requests as those of the service `name`, which is there since the first of them. What
    was stored before an interruption is passed over, and so is an import that is repeated.

    requests: read twice: first they are counted.
    hash_user: what is stored of a user's key.
    now: the time, in Unix seconds.
    progress: hears how many are stored.
    dry_run: nothing is written; what is returned is the same.
    score_again: score what is stored already, too; no version of a score is stored with its values.
    """
    service = imported_service(store, name)
    imported = _count(store, service, requests)
    if dry_run:
        return imported
    created_at = service.created_at or (now if imported.since is None else imported.since)
    put_service(store, replace(service, created_at=created_at))
    done = 0
    for group in batched(requests, AT_ONCE):
        _store(store, service, group, hash_user, now, score_again)
        done += len(group)
        progress(done)
    return imported


def _count(store: Store, service: Service, requests: Iterable[ImportedRequest]) -> Imported:
    """What an import will do."""
    counts: Counter[str] = Counter()
    times: list[float] = []
    for group in batched(requests, AT_ONCE):
        counts["already"] += len(find_stored(store, [imported_id(service.id, r.key) for r in group]))
        for request in group:
            counts["requests"] += 1
            counts["failed"] += _is_failed(request)
            counts["thumbs"] += _has_thumb(request)
            counts["without_passages"] += not request.passages
        asked = [*times, *(request.asked_at for request in group)]
        times = [min(asked), max(asked)]
    since, until = times or (None, None)
    return Imported(service, **{name: counts[name] for name in COUNTS}, since=since, until=until)


def _store(
    store: Store,
    service: Service,
    group: Sequence[ImportedRequest],
    hash_user: Callable[[str], str],
    now: float,
    score_again: bool,
) -> None:
    """Score and store some requests. One that is stored already as the file has it keeps its scores, unless
    it is to be scored again."""
    served = [_served(service, request, hash_user) for request in group]
    before = {} if score_again else find_requests(store, [request.id for request in served])
    new = [r for r in served if not _is_stored(r, before.get(r.id))]
    with store.write() as session:
        add_requests(
            session,
            [
                replace(
                    r, refused=declines(r), scores=score_served(r), scored_at=now, score_versions=VERSIONS
                )
                for r in new
            ],
        )
    for given, request in zip(group, served, strict=True):
        if _has_thumb(given):
            _rate(store, given, request)


def _is_stored(request: ServedRequest, stored: ServedRequest | None) -> bool:
    """Whether it is stored with its scores and just as it is."""
    if stored is None or stored.scored_at is None:
        return False
    unscored = replace(stored, refused=request.refused, scores=(), scored_at=None, score_versions="")
    return unscored == request


def _is_failed(given: ImportedRequest) -> bool:
    return bool(given.error) or not given.answer


def _has_thumb(given: ImportedRequest) -> bool:
    """Whether it has one that counts: what was not answered has nothing to rate."""
    return given.thumb != 0 and not _is_failed(given)


def _rate(store: Store, given: ImportedRequest, stored: ServedRequest) -> None:
    """As of the day of the request: exports do not say when a thumb was given, and the day of the import
    would show the dislikes of months at once."""
    rate_served(
        store,
        stored,
        given.thumb,
        comment=given.comment,
        better_answer=given.better_answer,
        user=stored.user,
        now=given.asked_at,
    )


def imported_id(service_id: str, key: str) -> str:
    """The id under which a request is stored that has this key in its file, such as its trace's id."""
    return f"imported-{fingerprint(service_id, key)[:24]}"


def _served(service: Service, given: ImportedRequest, hash_user: Callable[[str], str]) -> ServedRequest:
    passages = tuple(passage_record(passage) for passage in given.passages)
    request = ServedRequest(
        id=imported_id(service.id, given.key),
        service_id=service.id,
        asked_at=given.asked_at,
        question=given.question,
        answer=given.answer,
        history=given.history,
        user=hash_user(given.user),
        passages=passages,
        state="failed" if _is_failed(given) else "ok",
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


def passage_record(given: ImportedPassage) -> PassageRecord:
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
