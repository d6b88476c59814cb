"""Tests requests list, show and delete, and what doctor says of servers."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.cli.conftest import Folder
from tests.cli.in_process import call
from workbench.service.users import hash_user, load_salt
from workbench.store.database import Store, open_store
from workbench.store.ratings import find_ratings, put_rating
from workbench.store.records import PassageRecord, Rating
from workbench.store.serving.records import ServedRequest, ServedScore, Server, Service
from workbench.store.serving.requests import add_requests, find_requests
from workbench.store.serving.servers import beat
from workbench.store.serving.services import put_service

DAY = 86_400.0
PASSAGE = PassageRecord("p1", "returns.md", "Returns", 0, 12, None, 3, "Within 30 days")


@pytest.fixture
def store(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A home with four requests: two of ann, of which one has a shadow, and one without texts."""
    monkeypatch.chdir(folder.path)
    monkeypatch.delenv("WORKBENCH_HOME", raising=False)
    home = folder.path / ".workbench"
    store = open_store(home / "workbench.db")
    put_service(store, Service("s1", "support: concise", "winner", None))
    put_service(store, Service("s2", "support: new", "winner", None))
    ann, now = hash_user(load_salt(home), "ann@example.org"), time.time()
    made: list[tuple[str, dict[str, Any]]] = [
        ("r1", {"user": ann, "asked_at": now - 40 * DAY, "seen": "seen-1"}),
        ("r2", {"user": ann, "asked_at": now, "scores": (ServedScore("grounding", 0.9, "ok"),)}),
        ("r2-shadow", {"service_id": "s2", "role": "shadow", "shadow_of": "r2", "asked_at": now}),
        ("r3", {"asked_at": now, "texts": "none", "question": "", "answer": "", "passages": ()}),
    ]
    with store.write() as session:
        add_requests(
            session,
            [
                ServedRequest(
                    name,
                    **{
                        "service_id": "s1",
                        "question": "How long?",
                        "answer": "30 days.",
                        "passages": (PASSAGE,),
                    }
                    | values,
                )
                for name, values in made
            ],
        )
    put_rating(store, Rating("seen-1", "ann", -1, "wrong", "How long?", "30 days.", ("p1",), 0.0))
    return store


def document(*arguments: str) -> Any:
    code, out, errors = call(*arguments, "--json")
    assert code == 0, errors
    return json.loads(out)


def test_what_is_stored_is_listed_and_shown(store: Store) -> None:
    listed = document("requests", "list")
    assert listed["count"] == 4 and listed["requests"][-1]["id"] == "r1", "the newest come first"
    assert [r["id"] for r in document("requests", "list", "--user", "ann@example.org")["requests"]] == [
        "r2",
        "r1",
    ]
    assert document("requests", "list", "--service", "s2")["count"] == 1
    out = call("requests", "list", "--limit", "2")[1]
    assert "2 of 4 requests." in out
    shown = document("requests", "show", "r2")
    assert shown["scores"]["grounding"]["value"] == 0.9
    assert shown["passages"][0]["text"] == "Within 30 days"
    assert [other["id"] for other in shown["shadows"]] == ["r2-shadow"]
    text = call("requests", "show", "r1")[1]
    assert "returns.md" in text and "Thumb down by ann: wrong" in text
    assert "no texts are stored" in call("requests", "list")[1]
    assert call("requests", "show", "nope")[0] == 2


def test_requests_are_deleted_by_user_with_thumbs(store: Store) -> None:
    assert document("requests", "delete", "--user", "ann@example.org", "--dry-run") == {
        "deleted": 0,
        "found": 2,
    }
    assert document("requests", "delete", "--user", "ann@example.org")["deleted"] == 2
    assert set(find_requests(store, ["r1", "r2", "r3"])) == {"r3"}
    assert find_ratings(store, ["seen-1"]) == {}


def test_requests_are_deleted_by_id_with_their_shadows_and_by_age(store: Store) -> None:
    assert document("requests", "delete", "r2")["deleted"] == 2
    assert document("requests", "delete", "--older-than", "30")["deleted"] == 1
    assert set(find_requests(store, ["r1", "r2", "r2-shadow", "r3"])) == {"r3"}


def test_without_a_condition_nothing_is_deleted(store: Store) -> None:
    code, _, errors = call("requests", "delete")
    assert code == 2 and "--older-than" in errors
    assert call("requests", "delete", "--user", "")[0] == 2
    assert len(find_requests(store, ["r1", "r2", "r3"])) == 3


def test_the_doctor_says_what_a_server_says_is_wrong(store: Store) -> None:
    now = time.time()
    beat(
        store,
        Server("x", "h", 1, "http://127.0.0.1:8600", ("s1",), now, now, ("Requests are not being logged.",)),
    )
    out = call("doctor")[1]
    assert "1 running, 4 requests logged" in out and "Requests are not being logged." in out
