"""What goes with deleted requests, and what stays."""

from __future__ import annotations

from sqlmodel import select

from tests.store.serving.test_served import PASSAGE, SERVICE, _request
from workbench.store.answers import find_passages
from workbench.store.database import Store
from workbench.store.free_rows import free_rows
from workbench.store.ledger import add_calls, get_spend
from workbench.store.ratings import find_ratings, put_rating
from workbench.store.records import CallRecord, Rating
from workbench.store.serving.checks import add_canary_answer, start_check
from workbench.store.serving.deletion import clear_replies, delete_requests
from workbench.store.serving.records import CanaryAnswer
from workbench.store.serving.requests import Which, add_requests
from workbench.store.serving.services import put_service
from workbench.store.tables import CallRow


def test_a_thumb_stays_while_another_request_shows_the_same(store: Store) -> None:
    put_service(store, SERVICE)
    with store.write() as session:
        add_requests(session, [_request("r1", seen="x"), _request("r2", seen="x")])
    put_rating(store, Rating("x", "ann", 1, "", "How long?", "30 days.", (), 0.0))
    assert delete_requests(store, Which(ids=["r1"])) == 1
    assert find_ratings(store, ["x"])
    assert delete_requests(store, Which(ids=["r2"])) == 1
    assert find_ratings(store, ["x"]) == {}


def test_passages_are_kept_while_a_request_or_a_canary_shows_them(store: Store) -> None:
    put_service(store, SERVICE)
    with store.write() as session:
        add_requests(session, [_request("r1", passages=(PASSAGE,))])
    assert free_rows(store, [], dry_run=False)[0]["passages"].count == 0
    assert find_passages(store, ["p1"])
    check = start_check(store, "s1", day=7, corpus_version="v")
    add_canary_answer(store, check.id, CanaryAnswer("q1", "ok", passages=("p1",)))
    delete_requests(store, Which(service_id="s1"))
    assert free_rows(store, [], dry_run=False)[0]["passages"].count == 0
    add_canary_answer(store, check.id, CanaryAnswer("q1", "ok"))
    assert free_rows(store, [], dry_run=False)[0]["passages"].count == 1
    assert find_passages(store, ["p1"]) == {}


def test_old_replies_lose_their_texts_and_stay_in_the_ledger(store: Store) -> None:
    calls = [CallRecord(f"k{n}", "generate", "m", "mk", "ok", text="30 days", cost_usd=1.0) for n in range(3)]
    with store.write() as session:
        add_calls(session, calls)
        for row, created in zip(
            session.exec(select(CallRow).order_by(CallRow.id)), (1.0, 2.0, 30.0), strict=True
        ):
            row.created_at = created
            session.add(row)
    assert clear_replies(store, before=10.0) == 2
    with store.read() as session:
        assert [row.text for row in session.exec(select(CallRow).order_by(CallRow.id))] == ["", "", "30 days"]
    assert get_spend(store).spent_usd == 3.0
