"""What happens to a service while it runs: its corpus and its winner change, it is killed, another one joins.
Knows nothing about the shape of requests and replies, which have tests of their own."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Folder
from tests.service.running_service import RunningService, serving
from tests.service.winners import write_winner
from workbench.store.database import Store, open_store
from workbench.store.serving.requests import EVERY, Which, count_requests, find_requests, list_requests
from workbench.store.serving.servers import list_servers
from workbench.store.serving.services import list_services

QUESTION = "How long can goods be returned?"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "user")


@pytest.fixture
def winner(folder: Folder) -> Path:
    return write_winner(folder.path / "first.yaml")


def store_of(folder: Folder) -> Store:
    return open_store(folder.path / ".workbench" / "workbench.db")


def test_a_changed_corpus_is_answered_from_and_a_broken_one_is_not(folder: Folder, winner: Path) -> None:
    returns = folder.path / "corpora" / "tiny" / "documents" / "returns.md"
    with serving(folder.path, "first.yaml", "--check-corpus", "0.2") as service:
        before = service.ask(QUESTION)
        assert "30 days" in before.json()["answer"]
        version = before.json()["corpus_version"]
        assert before.headers["X-Workbench-Corpus-Version"] == version
        returns.write_text("# Returns\n\nGoods can be returned within 90 days of delivery.\n")
        service.until(lambda: service.health()["winners"][0]["corpus_version"] != version)
        after = service.ask(QUESTION).json()
        assert "90 days" in after["answer"] and after["corpus_version"] != version
        for document in returns.parent.iterdir():
            document.rename(document.with_suffix(".unreadable"))
        service.until(lambda: service.health()["problems"])
        assert service.health()["status"] == "ready"
        assert "first still answers with what it had." in service.health()["problems"]
        assert service.ask(QUESTION).json()["corpus_version"] == after["corpus_version"]
    stored = list_requests(store_of(folder), limit=10)
    assert {r.corpus_version for r in stored} == {version, after["corpus_version"]}


def test_a_new_winner_is_taken_when_its_file_is_written_or_a_signal_comes(
    folder: Folder, winner: Path
) -> None:
    with serving(folder.path, "first.yaml", "--check-corpus", "0", "--reload") as service:
        assert len(service.ask(QUESTION).json()["passages"]) == 2
        first = service.ask(QUESTION).json()["id"]
        write_winner(winner, top_k=1)
        service.until(lambda: len(service.ask(QUESTION).json()["passages"]) == 1)
        last = service.ask(QUESTION).json()["id"]
        winner.write_text("format: 1\n")
        service.until(lambda: service.health()["problems"])
        assert len(service.ask(QUESTION).json()["passages"]) == 1
    with serving(folder.path, str(write_winner(winner, top_k=1)), "--check-corpus", "0") as service:
        write_winner(winner, top_k=3)
        service.process.send_signal(signal.SIGHUP)
        service.until(lambda: len(service.ask(QUESTION).json()["passages"]) == 3)
    store = store_of(folder)
    services = list_services(store)
    assert len(services) == 3 and all(one.created_at for one in services)
    found = find_requests(store, [first, last])
    assert found[first].service_id != found[last].service_id


def test_a_share_of_users_always_gets_the_second_winner(folder: Folder, winner: Path) -> None:
    write_winner(folder.path / "second.yaml", top_k=1)
    with serving(folder.path, "first.yaml", "second.yaml", "--share", "0.5") as service:
        users = [f"user{number}" for number in range(12)]
        models = {
            user: {service.ask(QUESTION, user=user).json()["model"] for _ in range(2)} for user in users
        }
    assert all(len(found) == 1 for found in models.values())
    assert {model for found in models.values() for model in found} == {"first", "second"}
    store = store_of(folder)
    for request in list_requests(store, limit=100):
        service_of = {"share": "second", "main": "first"}[request.role]
        assert (
            Path(next(s.path for s in list_services(store) if s.id == request.service_id)).stem == service_of
        )
        assert "user" not in request.user and len(request.user) == 24


def test_a_shadow_answers_beside_the_main_winner(folder: Folder, winner: Path) -> None:
    write_winner(folder.path / "second.yaml", top_k=1)
    with serving(folder.path, "first.yaml", "second.yaml", "--shadow", "1") as service:
        reply = service.ask(QUESTION).json()
        assert reply["model"] == "first"
        store = store_of(folder)
        service.until(lambda: count_requests(store) == 2)
        service.until(lambda: all(r.scored_at for r in list_requests(store)))
    [shadow] = [r for r in list_requests(store, Which(ids=[reply["id"]])) if r.role == "shadow"]
    assert shadow.shadow_of == reply["id"] and len(shadow.passages) == 1 and shadow.cost_usd is not None


def test_replies_that_were_sent_have_their_row_but_for_the_last_second(folder: Folder, winner: Path) -> None:
    service = RunningService(folder.path, "first.yaml")
    sent: list[tuple[float, str]] = []

    def ask(number: int) -> None:
        while True:
            try:
                reply = service.ask(f"{QUESTION} {number} {len(sent)}")
            except Exception:  # it was killed
                return
            if reply.status_code == 200:
                sent.append((time.monotonic(), reply.json()["id"]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(3)
    killed = time.monotonic()
    service.end(signal.SIGKILL)
    for thread in threads:
        thread.join()
    due = {id_ for at, id_ in sent if at < killed - 1.0}
    store = store_of(folder)
    assert len(due) > 20
    assert due <= set(find_requests(store, due))
    with serving(folder.path, "first.yaml") as again:  # and what had no scores yet gets them
        again.until(lambda: all(request.scored_at for request in list_requests(store, limit=1000)))


def test_two_servers_work_on_one_home_and_are_seen(folder: Folder, winner: Path) -> None:
    with serving(folder.path, "first.yaml") as first, serving(folder.path, "first.yaml") as second:
        ids = [service.ask(QUESTION).json()["id"] for service in (first, second) for _ in range(3)]
        store = store_of(folder)
        first.until(lambda: len(list_servers(store)) == 2)
        first.until(lambda: set(ids) <= set(find_requests(store, ids)))
    assert list_servers(store) == []
    assert count_requests(store, EVERY) == 6
