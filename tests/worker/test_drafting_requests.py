"""Pages have questions drafted by the worker over real HTTP: progress, stop, and a worker that is killed.
Knows nothing about pages."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PROJECT
from tests.drafting.drafting_model import draft
from tests.protocol_server import ProtocolServer, Stall
from tests.worker.test_worker import wait_for
from workbench.corpus.corpus import copy_corpus
from workbench.run.open_home import open_workbench
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.store.catalogue import save_model
from workbench.store.database import Store
from workbench.store.requests import Event, add_request, get_events, living_workers, stop_request
from workbench.worker.launcher import ensure_worker, read_log_tail

PAYLOAD = {
    "corpus": "own", "count": 8, "kinds": [], "seed": 7, "model": "local", "budget_usd": None, "wordings": 1,
    "follow_ups": False,
}  # fmt: skip


class Home:
    """A home with a corpus of one's own and a chat model; its worker is a process of its own."""

    def __init__(self, settings: Settings, server: ProtocolServer) -> None:
        self.settings, self.server = settings, server
        self.store: Store = open_workbench(settings)
        save_model(self.store, Model(name="local", base_url=server.base_url, model="test-chat"))

    def ask(self, kind: str, **payload: Any) -> int:
        request = add_request(self.store, kind, PAYLOAD | payload)
        ensure_worker(self.store, self.settings)
        return request

    def events(self, request: int) -> list[Event]:
        return get_events(self.store, request)

    def result(self, request: int) -> dict[str, Any]:
        """What a request ends with."""
        wait_for(lambda: any(event.kind != "piece" for event in self.events(request)))
        last = self.events(request)[-1]
        assert last.kind == "result", (last.payload, read_log_tail(self.settings))
        return last.payload

    @property
    def waiting(self) -> list[str]:
        file = self.settings.corpora / "own" / "drafts.jsonl"
        rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [row["id"] for row in rows if "review" not in row]

    def kill_workers(self) -> None:
        for worker in living_workers(self.store):
            os.kill(worker.pid, signal.SIGKILL)
        wait_for(lambda: not living_workers(self.store))


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Iterator[Home]:
    copy_corpus(PROJECT / "corpora" / "first-steps", tmp_path / "corpora", "own")
    with ProtocolServer(reply=draft) as server:
        home = Home(replace(settings, corpora=tmp_path / "corpora"), server)
        yield home
        home.kill_workers()


def test_a_page_plans_drafts_and_hears_of_progress_while_others_are_answered(home: Home) -> None:
    plan = home.result(home.ask("plan_drafts"))
    assert plan["calls"] > 8 and plan["usd"] is None and not home.server.posts
    assert {"calls", "usd", "seconds", "coverage", "notes"} <= set(plan)
    home.server.plan = lambda number, path, body: Stall(0.05)
    request = home.ask("draft_questions")
    wait_for(lambda: home.server.posts)
    home.result(home.ask("corpus"))
    result = home.result(request)
    assert result["kept"] == 8 == len(home.waiting) and result["text"].startswith("8 drafts for own")
    pieces = [e.payload for e in home.events(request) if e.kind == "piece"]
    assert pieces and set(pieces[-1]) == {"what", "done", "count", "spent_usd", "doing"}
    assert "no price" in " ".join(result["notes"])
    by_rules = home.result(home.ask("draft_questions", model=None))
    assert by_rules["kept"] == 8 and by_rules["spent_usd"] == 0


def test_stop_ends_with_what_was_made_and_the_next_request_goes_on(home: Home) -> None:
    home.server.plan = lambda number, path, body: Stall(0.1)
    request = home.ask("draft_questions", count=40)
    wait_for(lambda: len(home.waiting) > 0)
    stop_request(home.store, request)
    result = home.result(request)
    assert result["state"] == "stopped" and "Stopped by you." in result["notes"]
    made = set(home.waiting)
    assert made and len(made) < 40
    home.server.plan = lambda number, path, body: None
    assert home.result(home.ask("draft_questions", count=40))["state"] == "done"
    assert made < set(home.waiting) and len(home.waiting) == len(set(home.waiting))
    assert len({str(body) for body in home.server.posts}) == len(home.server.posts), "nothing was asked twice"


def test_a_killed_worker_loses_no_draft_and_the_next_one_goes_on(home: Home) -> None:
    home.server.plan = lambda number, path, body: Stall(0.1)
    request = home.ask("draft_questions", count=30)
    wait_for(lambda: len(home.waiting) > 0)
    made = set(home.waiting)
    home.kill_workers()
    home.server.plan = lambda number, path, body: None
    (home.settings.home / "worker.starting").unlink()
    assert ensure_worker(home.store, home.settings)  # as the page does that waits
    result = home.result(request)
    assert result["state"] == "done" and made < set(home.waiting) and len(home.waiting) >= 30
    asked_twice = len(home.server.posts) - len({str(body) for body in home.server.posts})
    assert asked_twice <= 24  # what was under way
