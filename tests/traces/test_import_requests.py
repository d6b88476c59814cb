"""Requests of one's own service are stored, scored and rated as those that are served here."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.store.database import Store, open_store
from workbench.store.ratings import find_ratings
from workbench.store.serving.requests import find_requests
from workbench.store.serving.services import list_services
from workbench.store.serving.traffic import Window, sum_dislikes
from workbench.traces.import_requests import Imported, import_requests
from workbench.traces.types import ImportedPassage, ImportedRequest

RETURNS = ImportedPassage("You can return shoes within 30 days of delivery.", "returns.md", page=2)
GOOD = ImportedRequest(
    "t1", "How long can I return shoes?", "You can return shoes within 30 days of delivery.", 1_000.0,
    passages=(RETURNS,), user="jo@example.com", thumb=1, comment="thanks", better_answer="30 days.",
)  # fmt: skip
FAILED = ImportedRequest("t2", "How long?", "", 1_001.0, error="timed out", thumb=-1)
DECLINED = ImportedRequest("t3", "Who won?", "I don't know.", 1_002.0)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "workbench.db")


def imported(store: Store, *requests: ImportedRequest) -> Imported:
    return import_requests(store, "help desk", requests, hash_user=lambda key: f"<{len(key)}>", now=2_000.0)


def stored_id(store: Store, question: str) -> str:
    from sqlmodel import select

    from workbench.store.serving.tables import ServedRequestRow

    with store.read() as session:
        return session.exec(select(ServedRequestRow.id).where(ServedRequestRow.question == question)).one()


def test_a_request_is_stored_with_scores_and_its_thumb(store: Store) -> None:
    done = imported(store, GOOD, FAILED, DECLINED)
    assert (done.requests, done.failed, done.thumbs) == (3, 1, 1)
    [service] = list_services(store)
    assert (service.name, service.kind, service.created_at) == ("help desk", "imported", 1_000.0)
    request_id = stored_id(store, GOOD.question)
    request = find_requests(store, [request_id])[request_id]
    assert request.service_id == service.id and request.user == "<14>" and request.scored_at == 2_000.0
    scores = {score.name: score.value for score in request.scores}
    assert scores["grounding"] == pytest.approx(1.0, abs=0.1)
    assert scores["toxicity"] is not None and scores["personal_data"] == 0.0
    assert [(p.document, p.page, p.text) for p in request.passages] == [("returns.md", 2, RETURNS.text)]
    [rating] = find_ratings(store, [request.seen])[request.seen]
    assert (rating.value, rating.comment, rating.better_answer) == (1, "thanks", "30 days.")
    assert sum_dislikes(store, Window(service.id, until=1_001.0), every=None), "it counts as of its request"


def test_failures_and_declined_questions_are_told(store: Store) -> None:
    imported(store, FAILED, DECLINED)
    ids = [stored_id(store, request.question) for request in (FAILED, DECLINED)]
    failed, declined = (find_requests(store, ids)[one] for one in ids)
    assert (failed.state, failed.error, failed.refused) == ("failed", "timed out", False)
    assert (declined.state, declined.refused) == ("ok", True)


def test_importing_again_stores_nothing_twice(store: Store) -> None:
    imported(store, GOOD, DECLINED)
    imported(store, GOOD, FAILED)
    assert len({stored_id(store, request.question) for request in (GOOD, FAILED, DECLINED)}) == 3
    assert len(list_services(store)) == 1
