"""Requests of one's own service are stored, scored and rated as those that are served here."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.ship.served_scores import VERSIONS
from workbench.store.database import Store, open_store
from workbench.store.ratings import find_ratings
from workbench.store.serving.records import ServedScore
from workbench.store.serving.requests import find_requests, put_scores
from workbench.store.serving.services import list_services
from workbench.store.serving.traffic import Window, sum_dislikes
from workbench.traces.import_requests import AT_ONCE, Imported, import_requests, imported_id
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
    assert request.score_versions == VERSIONS
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


def test_importing_again_scores_only_what_changed(store: Store) -> None:
    def import_at(now: float, *requests: ImportedRequest) -> dict[str, float | None]:
        import_requests(store, "help desk", requests, hash_user=str, now=now)
        ids = {request.question: stored_id(store, request.question) for request in (GOOD, FAILED, DECLINED)}
        found = find_requests(store, ids.values())
        return {question: found[one].scored_at for question, one in ids.items()}

    assert set(import_at(2_000.0, GOOD, FAILED, DECLINED).values()) == {2_000.0}
    again = import_at(3_000.0, GOOD, FAILED, replace(DECLINED, answer="Nobody won."))
    assert again == {GOOD.question: 2_000.0, FAILED.question: 2_000.0, DECLINED.question: 3_000.0}


def test_all_are_scored_again_where_that_is_asked_for(store: Store) -> None:
    """As after an update that changed a score."""
    import_requests(store, "help desk", [GOOD], hash_user=str, now=2_000.0)
    request_id = stored_id(store, GOOD.question)
    with store.write() as session:
        put_scores(session, request_id, [ServedScore("grounding", 0.5, "ok")], now=2_000.0)

    def grounding(score_again: bool) -> float | None:
        import_requests(store, "help desk", [GOOD], hash_user=str, now=3_000.0, score_again=score_again)
        return {s.name: s.value for s in find_requests(store, [request_id])[request_id].scores}["grounding"]

    assert grounding(False) == 0.5
    assert grounding(True) == pytest.approx(1.0, abs=0.1)


def test_an_import_that_was_stopped_goes_on_where_it_was(store: Store) -> None:
    many = [replace(GOOD, key=f"t{n}", question=f"How long, {n}?") for n in range(2 * AT_ONCE + 1)]

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_requests(store, "help desk", many, hash_user=str, now=2_000.0, progress=stop)
    told: list[int] = []
    done = import_requests(store, "help desk", many, hash_user=str, now=3_000.0, progress=told.append)
    assert (done.requests, done.already) == (len(many), AT_ONCE)
    assert told == [AT_ONCE, 2 * AT_ONCE, len(many)]
    found = find_requests(store, [imported_id(done.service.id, request.key) for request in many])
    assert Counter(request.scored_at for request in found.values()) == {
        2_000.0: AT_ONCE,
        3_000.0: AT_ONCE + 1,
    }
