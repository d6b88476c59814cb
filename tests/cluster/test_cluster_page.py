"""The page Cluster and the logs on the page Run, drawn without a browser.
Knows nothing about how workers are found: see test_cluster_status."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from tests.cluster.test_cluster_status import GONE
from tests.tiny_experiment import Runner, experiment, runner  # noqa: F401
from tests.ui.conftest import Draw, draw_page, html_of, opened, say_a_worker_lives, sound, words  # noqa: F401
from workbench.cluster.local_cluster import FOLDER, WORKERS_LOG, StartedCluster
from workbench.ui.widgets.cluster_members import ALL_HERE

pytestmark = pytest.mark.xdist_group("cluster")


def drawn_until(app: AppTest, what: str) -> AppTest:
    """The page once it shows a text: schedulers reply when they like."""
    while what not in words(app):
        sound(app.run())
    return app


def choose_log(app: AppTest, option: str) -> AppTest:
    return sound(next(box for box in app.selectbox if box.label == "Log").select(option).run())


def test_the_page_shows_workers_that_wait_and_their_logs(
    draw_page: Draw,  # noqa: F811
    started: StartedCluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORKBENCH_CLUSTER", started.address)
    app = drawn_until(sound(draw_page("cluster")), "2 workers")
    table = app.dataframe[0].value
    assert list(table["At work on"]) == ["waits for work"] * 2
    assert all("MB" in memory for memory in table["Memory"])
    [box] = app.selectbox
    assert box.options == [
        f"{who} on {host}" for who, host in zip(table["Who"], table["Machine"], strict=True)
    ]
    app = choose_log(app, box.options[0])
    while "Registered to" not in html_of(app):
        sound(app.run())


def test_a_scheduler_that_is_gone_is_said_in_plain_words(
    draw_page: Draw,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORKBENCH_CLUSTER", GONE)
    app = drawn_until(sound(draw_page("cluster")), f"No scheduler answers at {GONE}")
    assert len(app.error) == 1 and not app.dataframe


def test_without_a_cluster_the_page_says_that_none_is_needed(draw_page: Draw) -> None:  # noqa: F811
    app = drawn_until(sound(draw_page("cluster")), "you do not need one")
    assert not app.error and not app.dataframe and not app.selectbox


def test_a_run_that_a_cluster_could_not_end_still_shows_the_log_of_its_workers(
    draw_page: Draw,  # noqa: F811
    runner: Runner,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    say_a_worker_lives(runner)
    id_ = runner.create(experiment())
    monkeypatch.setenv("SOME_API_KEY", "a-very-own-key")
    log = runner.settings.home / FOLDER / WORKERS_LOG
    log.parent.mkdir()
    log.write_text("Worker exceeded 95% memory budget\nwith a-very-own-key\n")
    with runner.store.write() as session:
        session.execute(
            text("update experiment set state = 'paused', progress = :p where id = :i"),
            {"p": json.dumps({"cluster": GONE}), "i": id_},
        )
    app = choose_log(sound(draw_page("run", experiment=id_)), ALL_HERE)
    assert "exceeded 95% memory" in html_of(app) and "with [key]" in html_of(app)
    assert "a-very-own-key" not in html_of(app)
