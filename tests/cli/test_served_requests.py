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


LINES = (
    {"id": "a", "question": "How long can I return shoes?", "answer": "Within 30 days.", "time": "2026-11-01T10:00:00Z",
     "passages": [{"document": "returns.md", "text": "Return shoes within 30 days."}], "user": "ann@example.org",
     "feedback": -1, "better_answer": "30 days."},
    {"id": "b", "question": "How long?", "time": "2026-11-02T10:00:00Z", "error": "timed out"},
    {"id": "c", "question": "", "time": "2026-11-02T10:00:00Z"},
)  # fmt: skip


def test_requests_of_ones_own_service_are_imported_once_and_watched(store: Store, folder: Folder) -> None:
    (folder.path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in LINES))
    import_ = ("requests", "import", "log.jsonl", "--service", "help desk")
    planned = document(*import_, "--dry-run")
    assert (planned["dry_run"], planned["requests"], planned["already"]) == (True, 2, 0)
    assert document("requests", "list")["count"] == 4, "nothing was written"
    done = document(*import_)
    assert done == planned | {"dry_run": False}
    assert (done["failed"], done["thumbs"], done["without_passages"]) == (1, 1, 1)
    assert done["problems"] == [{"row": 3, "what": "it has no question; it is left out"}]
    [answered] = document("requests", "list", "--service", done["service"], "--user", "ann@example.org")[
        "requests"
    ]
    assert answered["scores"]["grounding"]["value"] > 0.5 and "ann" not in answered["user"]
    [thumb] = document("requests", "show", answered["id"])["ratings"]
    assert thumb["value"] == -1 and answered["user"][:12] in thumb["rater"]
    code, out, _ = call(*import_)
    assert code == 0 and "2 had been before." in out and "row 3: it has no question" in out
    assert document("requests", "show", answered["id"])["scored_at"] == answered["scored_at"]
    assert call(*import_, "--score-again")[0] == 0
    assert document("requests", "show", answered["id"])["scored_at"] > answered["scored_at"]
    watched = {one["winner"]: one for one in document("watch")["services"]}["help desk"]
    assert (watched["requests"], watched["since"]) == (2, done["since"])
    assert watched["scores"].get("failures", {"count": 2})["count"] == 2


def test_a_file_that_holds_no_requests_says_what_could(store: Store, folder: Folder) -> None:
    (folder.path / "odd.json").write_text('{"a": 1}')
    code, _, errors = call("requests", "import", "odd.json")
    assert code == 2 and "OTLP" in errors
    assert call("requests", "import", "missing.jsonl")[0] == 2
    assert call("requests", "import", "odd.json", "--service", " ")[0] == 2
