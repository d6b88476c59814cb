"""A run that is stopped on its page, and one whose server dies: what the page says, and what is asked again.
Knows nothing about how pages are made."""

from __future__ import annotations

import json
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import command, experiment_in, metric, run_from_design
from tests.protocol_server import Cut, Misbehaviour, ProtocolServer, Stall
from tools.running_app import PATIENCE_MS, App

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]

CONFIGURATIONS, QUESTIONS, AT_A_TIME = 4, 7, 2


def write_file(file: Path, server: ProtocolServer) -> None:
    """Four configurations on a slow server, seven questions each."""
    file.write_text(
        f"name: {file.stem}\ncorpus: tiny\nprompts: [concise, cited]\n"
        f"models:\n  - {{name: slow, base_url: '{server.base_url}', model: test-chat, price: {{free: true}},\n"
        f"     limits: {{concurrency: {AT_A_TIME}, timeout_seconds: 60}}}}\n"
        "retrieval: {splitter: [markdown], retriever: [keyword], top_k: [1, 2], chunk_tokens: [64]}\n"
        "holdout: 0.0\n"
    )


def wait_for(condition: Any, page: Page) -> None:
    end = time.monotonic() + PATIENCE_MS / 1000
    while not condition():
        assert time.monotonic() < end, "It never came to be."
        page.wait_for_timeout(50)


def distinct(posts: list[dict[str, Any]]) -> set[str]:
    return {json.dumps(body, sort_keys=True) for body in posts}


def assert_all_answered(app: App, experiment: str) -> None:
    status = json.loads(command(app, "status", experiment, "--json").stdout)
    assert status["state"] == "done" and status["failed_answers"] == 0
    assert status["answers"] == CONFIGURATIONS * QUESTIONS


def test_a_run_is_stopped_and_resumed_on_its_page_and_nothing_is_asked_twice(
    page: Page, app: App, tmp_path: Path
) -> None:
    resumed = threading.Event()

    def plan(number: int, path: str, body: dict[str, Any]) -> Stall:
        """Slow once there is something to stop: on a busy machine the page's Stop takes seconds to arrive."""
        return Stall(0.2 if number < 6 or resumed.is_set() else 3.0)

    with ProtocolServer(plan=plan) as server:
        file = tmp_path / "stopped.yaml"
        write_file(file, server)
        run_from_design(page, app, file)
        wait_for(lambda: len(server.posts) >= 4, page)
        page.get_by_role("button", name="Stop").click()
        expect(metric(page, "State")).to_contain_text("stopped")
        asked = len(server.posts)
        assert 4 <= asked < CONFIGURATIONS * QUESTIONS - 4
        resumed.set()
        page.get_by_role("button", name="Resume").click()
        expect(metric(page, "State")).to_contain_text("done")
        assert len(distinct(server.posts)) == len(server.posts) > asked
    assert_all_answered(app, experiment_in(page))


def test_a_server_that_dies_is_named_on_the_run_page_and_the_run_ends_when_it_is_back(
    page: Page, app: App, tmp_path: Path
) -> None:
    dying = threading.Event()
    answered: list[dict[str, Any]] = []

    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        if len(answered) >= 6:  # held until it dies, however long the page takes to be there
            dying.wait(60)
            return Cut()
        answered.append(body)
        return Stall(0.2)

    with ProtocolServer(plan=plan) as server:
        port = int(server.base_url.split(":")[2].split("/")[0])
        file = tmp_path / "dying.yaml"
        write_file(file, server)
        run_from_design(page, app, file)
        wait_for(lambda: len(server.posts) > 6, page)
        dying.set()
    expect(page.get_by_text(re.compile("Unavailable for .*Nothing answers at"))).to_be_visible()
    before = distinct(answered)

    # It comes back, but serves another model: the run pauses and says why.
    with ProtocolServer(port=port, models=("another",)):
        expect(metric(page, "State")).to_contain_text("paused")
        expect(page.get_by_text(re.compile("knows no model 'test-chat'"))).to_be_visible()
    with ProtocolServer(port=port) as server:
        page.get_by_role("button", name="Resume").click()
        expect(metric(page, "State")).to_contain_text("done")
        again = distinct(server.posts) & before
    assert len(again) <= AT_A_TIME and len(server.posts) == len(distinct(server.posts))
    assert_all_answered(app, experiment_in(page))
