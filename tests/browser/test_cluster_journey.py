"""An experiment on a cluster of two workers and a PostgreSQL store: from the idle cluster to the winner.
Knows nothing about how work is shared out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import download_table, metric
from tests.browser.conftest import RATER
from tests.postgresql_server import running_server
from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, write_corpus
from tools.running_app import App, running_app, settle
from workbench.cluster.local_cluster import start_cluster
from workbench.space.files import parse_experiment
from workbench.store.database import open_store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]

TABLE = "The processes of the cluster"


@pytest.fixture
def clustered_app(tmp_path: Path) -> Iterator[App]:
    """An app whose store is a PostgreSQL database, and whose experiments two workers carry out."""
    with running_server() as server:
        home, url = tmp_path / "home", server.make_database()
        write_corpus(tmp_path / "shared" / "tiny")
        shared = {"WORKBENCH_DATABASE_URL": url, "WORKBENCH_SHARED": str(tmp_path / "shared")}
        own = shared | {"WORKBENCH_HOME": str(tmp_path / "home-of-workers"), "WORKBENCH_LOCAL_SERVERS": "off"}
        cluster = start_cluster(home, 2, environment=own)
        try:
            variables = shared | {"WORKBENCH_CLUSTER": cluster.address}
            with running_app(tmp_path, rater=RATER, home=home, variables=variables) as running:
                write_corpus(running.folder / "corpora" / "tiny")
                yield running
        finally:
            cluster.end()
            open_store(url).dispose()


def queue(app: App, base_url: str) -> str:
    """Have an experiment wait for the app's worker; its id. In a thread: in this one Playwright's event loop runs."""
    written = parse_experiment(
        "name: tiny\ncorpus: tiny\nprompts: [concise, cited]\n"
        "retrieval: {splitter: [markdown], chunk_tokens: [64], retriever: [keyword], top_k: [2]}\n"
        f"models: [{{name: local, base_url: '{base_url}', model: test-chat, price: {{free: true}}, "
        "limits: {timeout_seconds: 600}}]\nholdout: 0.0\n"
    )
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: Runner(app.settings).create(written)).result()


def rows_once(page: Page, holds: Callable[[list[dict[str, str]]], bool]) -> list[dict[str, str]]:
    """The processes of the table, once something holds for them: what it shows is a few seconds old."""
    while not holds(rows := download_table(page, TABLE)):
        page.wait_for_timeout(500)
    return rows


def all_wait(rows: list[dict[str, str]]) -> bool:
    return [row["At work on"] for row in rows] == ["waits for work"] * 2


def test_two_workers_wait_carry_an_experiment_out_and_are_seen_doing_it(
    page: Page, clustered_app: App, tmp_path: Path
) -> None:
    app, go_on = clustered_app, threading.Event()

    def when_told(number: int, path: str, body: dict[str, Any]) -> None:
        go_on.wait(600)

    with ProtocolServer(plan=when_told) as server:
        # Two workers wait: Home's corner leads to them.
        page.goto(app.address)
        settle(page)
        page.get_by_role("link", name="Cluster").click()
        expect(page.get_by_text("2 workers · 16 orders at a time")).to_be_visible()
        rows_once(page, all_wait)

        # An experiment that waits is carried out by them. Its answers wait for the model.
        id_ = queue(app, server.base_url)
        page.goto(f"{app.address}/run?experiment={id_}")
        expect(page.get_by_role("heading", name="Cluster")).to_be_visible()
        expect(page.get_by_text("0% of the answers")).to_be_visible()

        # The page Cluster says who works for it, and a worker's log that it does.
        page.get_by_test_id("stMain").get_by_role("link", name="All workers").click()
        expect(page.get_by_test_id("stMain").get_by_role("link", name="tiny")).to_be_visible()
        rows = rows_once(page, lambda rows: [row["Experiment"] for row in rows[:2]] == ["tiny", "tiny"])
        assert rows[0]["Who"].startswith("coordinator") and rows[0]["At work on"] == "search and summaries"
        page.get_by_role("combobox", name="Log").click()
        page.get_by_role("option", name=rows[1]["Who"]).click()
        expect(page.get_by_text(f"Starts working for experiment {id_}")).to_be_visible()

        # The model answers: the experiment ends with a winner, and the workers wait again.
        go_on.set()
        page.get_by_test_id("stMain").get_by_role("link", name="tiny").click()
        expect(metric(page, "State")).to_contain_text("done", timeout=300_000)
        expect(metric(page, "Answers")).to_contain_text("0 failed")
        assert {body["model"] for body in server.posts} == {"test-chat"}
        expect(page.get_by_test_id("stAlert").first).to_contain_text("The first of 2 configurations")
        page.goto(f"{app.address}/cluster")
        expect(page.get_by_text("2 workers · 16 orders at a time")).to_be_visible()
        rows_once(page, all_wait)
