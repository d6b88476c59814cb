"""What is served and watched comes out of the store as it went in."""

from __future__ import annotations

from workbench.corpus.types import Turn
from workbench.store.database import Store
from workbench.store.records import PassageRecord
from workbench.store.serving.alarms import change_alarm, list_alarms, raise_alarm
from workbench.store.serving.checks import (
    add_canary_answer,
    finish_check,
    list_canary_answers,
    list_checks,
    start_check,
)
from workbench.store.serving.deletion import delete_requests
from workbench.store.serving.gates import add_gate, list_gates
from workbench.store.serving.records import (
    Alarm,
    CanaryAnswer,
    Gate,
    ServedRequest,
    ServedScore,
    Server,
    Service,
)
from workbench.store.serving.requests import (
    Which,
    add_requests,
    find_requests,
    put_scores,
)
from workbench.store.serving.servers import beat, list_servers, remove_server
from workbench.store.serving.services import archive_service, get_service, list_services, put_service

SERVICE = Service("s1", "support: concise", "winner", {"format": 1}, path="w.yaml", created_at=5.0)
PASSAGE = PassageRecord("p1", "returns.md", "Returns", 0, 12, None, 3, "Within 30 days")


def _request(name: str, **values: object) -> ServedRequest:
    given = {"service_id": "s1", "asked_at": 10.0, "question": "How long?", "answer": "30 days."}
    return ServedRequest(name, **given | values)  # type: ignore[arg-type]


def test_a_service_is_stored_once_and_keeps_when_it_was_first_seen(store: Store) -> None:
    put_service(store, SERVICE)
    put_service(store, Service("s1", "renamed", "winner", None, created_at=99.0))
    assert get_service(store, "s1") == Service("s1", "renamed", "winner", None, created_at=5.0)
    archive_service(store, "s1")
    assert list_services(store) == []
    assert [service.id for service in list_services(store, archived=True)] == ["s1"]


def test_a_request_comes_back_whole(store: Store) -> None:
    put_service(store, SERVICE)
    score = ServedScore("grounding", 0.5, "ok", detail={"claims": [1]})
    request = _request(
        "r1", history=(Turn("user", "Hi"),), passages=(PASSAGE,), flags=("cut",), scores=(score,),
        stage_seconds={"retrieve": 0.1}, filter={"region": "NL"}, seen="abc", cached=True,
    )  # fmt: skip
    with store.write() as session:
        add_requests(session, [request, _request("r2", state="failed", error="down")])
    found = find_requests(store, ["r1", "r2", "gone"])
    assert found["r1"] == request
    assert set(found) == {"r1", "r2"}


def test_scores_come_later_and_leave_with_their_request(store: Store) -> None:
    put_service(store, SERVICE)
    with store.write() as session:
        add_requests(session, [_request("old", asked_at=1.0), _request("new", asked_at=20.0)])
    with store.write() as session:
        put_scores(session, "old", [ServedScore("toxicity", 0.0, "ok")], now=30.0)
        put_scores(session, "deleted meanwhile", [ServedScore("toxicity", 0.0, "ok")])
    assert find_requests(store, ["old"])["old"].scored_at == 30.0
    assert delete_requests(store, Which(service_id="s1", before=10.0)) == 1
    assert set(find_requests(store, ["old", "new"])) == {"new"}


def test_servers_that_were_not_seen_for_long_are_gone(store: Store) -> None:
    server = Server("x", "host", 1, "http://127.0.0.1:8600", ("s1",), started_at=0.0, seen_at=100.0)
    beat(store, server)
    assert list_servers(store, now=110.0) == [server]
    assert list_servers(store, now=200.0) == []
    assert list_servers(store, now=10.0) == [], "the clock was set back since"
    remove_server(store, "x")
    assert list_servers(store, now=110.0) == []


def test_an_interrupted_check_keeps_the_answers_it_got(store: Store) -> None:
    put_service(store, SERVICE)
    check = start_check(store, "s1", day=7, corpus_version="v", now=1.0)
    answer = CanaryAnswer("q1", "ok", answer="30 days", passages=("p1",), scores={"grounding": 1.0})
    add_canary_answer(store, check.id, answer)
    assert list_canary_answers(store, check.id) == [answer]
    assert list_checks(store, "s1")[0].finished_at is None
    finish_check(store, check.id, {"day": 7}, now=2.0)
    assert (list_checks(store, "s1")[0].finished_at, list_checks(store, "s1")[0].found) == (2.0, {"day": 7})


def test_one_alarm_stands_for_one_thing_until_it_is_closed(store: Store) -> None:
    put_service(store, SERVICE)
    first = raise_alarm(store, Alarm("s1", "grounding", "It fell.", since=1.0, sure=0.95), now=2.0)
    again = raise_alarm(store, Alarm("s1", "grounding", "It fell more.", since=3.0, sure=0.99), now=4.0)
    assert again.id == first.id
    assert again.raised_at == 2.0
    assert again.what == "It fell more."
    assert first.id is not None
    change_alarm(store, first.id, state="closed", note="the index was stale")
    assert list_alarms(store, "s1") == []
    third = raise_alarm(store, Alarm("s1", "grounding", "It fell again.", since=9.0, sure=0.99))
    assert third.id != first.id
    assert [alarm.id for alarm in list_alarms(store, closed=True)] == [third.id, first.id]
    assert change_alarm(store, 999, state="closed") is None


def test_gates_are_listed_newest_first(store: Store) -> None:
    for at in (1.0, 2.0):
        add_gate(store, Gate("new", "old", "pass", {"verdict": "pass"}, created_at=at))
    assert [gate.created_at for gate in list_gates(store)] == [2.0, 1.0]
