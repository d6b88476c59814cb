"""Takes requests over as drafts of a corpus's questions: what users disliked becomes what is tried next.
Knows nothing about which requests are worth it and about who reviews the drafts."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.corpus.conversation import as_line
from workbench.corpus.corpus import find_corpus
from workbench.corpus.draft_file import add_drafts, read_draft_file
from workbench.corpus.draft_types import OK, SERVED, Draft
from workbench.corpus.kept_for_review import asked_of_service
from workbench.corpus.question_editing import find_lines
from workbench.corpus.question_rows import make_question_id
from workbench.corpus.samples import require_own
from workbench.corpus.types import AskedQuestion
from workbench.drafting.personal_data import PERSONAL_DATA, check_personal_data
from workbench.errors import InputError
from workbench.pipeline.question_copies import KnownQuestions
from workbench.settings import Settings
from workbench.ship.service import corpus_of
from workbench.store.database import Store
from workbench.store.ratings import find_ratings
from workbench.store.records import Rating
from workbench.store.serving.records import ServedRequest
from workbench.store.serving.request_list import RequestFilter, find_request_ids
from workbench.store.serving.requests import find_requests
from workbench.store.serving.services import get_service
from workbench.watch.faults import FAULTS, MOST_TAKEN, USUAL, Fault, why_taken


@dataclass(frozen=True)
class TakenOver:
    """What became of requests that were to be drafts."""

    corpus: str
    """The corpus that has the drafts."""
    waiting: tuple[str, ...]
    """The ids of the drafts that wait for review now."""
    known: int
    """How many ask what a question, a draft or another request asks already, in nearly the same words."""
    without_text: int
    """How many have no text of the question, which the service was told not to keep."""
    personal_data: int
    """How many of those that wait hold personal data."""
    with_reference: int
    """How many of those that wait have a better answer that a user gave."""

    def to_json(self) -> dict[str, Any]:
        """Return it as the document of `questions from-requests --json`."""
        return vars(self) | {"waiting": list(self.waiting)}


def take_over_faulty(
    store: Store, settings: Settings, service_id: str, faults: Sequence[Fault], *,
    corpus: str = "", seconds: float | None = None, now: float | None = None,
) -> TakenOver:  # fmt: skip
    """Add the questions of requests that have one of these faults; none stands for USUAL.

    seconds: how far back they were asked; None for ever.
    """
    since = None if seconds is None else (time.time() if now is None else now) - seconds
    ids: dict[str, None] = {}
    for fault in faults or USUAL:
        wanted = RequestFilter(service_id, since=since, asked_by_users=True, **FAULTS[fault])
        ids |= dict.fromkeys(find_request_ids(store, wanted, limit=MOST_TAKEN))
    return take_over(store, settings, service_id, list(ids)[:MOST_TAKEN], corpus)


def take_over(
    store: Store, settings: Settings, service_id: str, ids: Sequence[str], corpus: str = ""
) -> TakenOver:
    """Add the questions of requests to the drafts of a corpus.

    corpus: its name or path; "" for the one that the service answers from.

    Raises InputError for a service that is not there, and CorpusError for a sample corpus.
    """
    service = get_service(store, service_id)
    if service is None:
        raise InputError(f"There is no service {service_id!r}.", hint="`watch` lists the services.")
    name = corpus or corpus_of(service)
    if not name:
        raise InputError(
            f"It is not known which documents {service.name} answers from.", hint="Give --corpus NAME."
        )
    path = find_corpus(name, settings.corpora)
    require_own(path)
    found = find_requests(store, ids)
    requests = [found[one] for one in ids if one in found]
    thumbs = find_ratings(store, {request.seen for request in requests})
    return _add(path, service.name, requests, thumbs)


def _add(
    path: Path, service: str, requests: Sequence[ServedRequest], thumbs: Mapping[str, Sequence[Rating]]
) -> TakenOver:
    drafts = (one.draft for one in read_draft_file(path).drafts)
    known = KnownQuestions([*find_lines(path), *(as_line(draft.asked) for draft in drafts)])
    new: list[Draft] = []
    with_text = [request for request in requests if request.question.strip()]
    for request in with_text:
        draft = _draft(service, request, thumbs.get(request.seen, ()))
        line = as_line(draft.asked)
        if known.check(line) == OK:
            known.add(line)
            new.append(draft)
    add_drafts(path, new)
    return TakenOver(
        corpus=path.name,
        waiting=tuple(draft.id for draft in new),
        known=len(with_text) - len(new),
        without_text=len(requests) - len(with_text),
        personal_data=sum(draft.checks[PERSONAL_DATA] != OK for draft in new),
        with_reference=sum(bool(draft.answers) for draft in new),
    )


def _draft(service: str, request: ServedRequest, thumbs: Sequence[Rating]) -> Draft:
    asked = AskedQuestion(" ".join(request.question.split()), request.history)
    source = asked_of_service(service, why_taken(request, thumbs))
    draft = Draft(
        make_question_id(asked.text, asked.history), asked.text, _better_answers(thumbs), (), (),
        answerable=True, kind=SERVED, source_by=source.by, source_name=source.name, source_date=source.date,
        history=asked.history,
    )  # fmt: skip
    return replace(draft, checks={"duplicate": OK, PERSONAL_DATA: check_personal_data(draft)})


def _better_answers(thumbs: Iterable[Rating]) -> tuple[str, ...]:
    texts = (rating.better_answer.strip() for rating in thumbs)
    return tuple(dict.fromkeys(text for text in texts if text))
