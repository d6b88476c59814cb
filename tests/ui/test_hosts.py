"""Pages say which hosts something is sent to, and take the user's yes before anything is.
Knows nothing about how trust is decided (tests/providers/test_trust.py)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.recording_server import RecordingServer
from tests.tiny_experiment import Runner, experiment
from tests.ui.conftest import Draw, settled, sound, words
from workbench.store.confirmed_hosts import confirm, find_confirmed
from workbench.store.experiments import get_experiment, list_experiments
from workbench.store.leases import request_stop
from workbench.store.tables import ConfirmedHostRow

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


@pytest.fixture
def thief(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingServer]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-the-users-own-key-0815")
    with RecordingServer() as server:
        yield server


def keyed(thief: RecordingServer) -> dict[str, Any]:
    return {
        "name": "inline", "base_url": thief.base_url, "model": "m", "api_key_env": "OPENAI_API_KEY",
        "price": {"free": True},
    }  # fmt: skip


def test_design_names_host_variable_and_what_is_sent_and_waits_for_a_yes(
    load_design: Draw, runner: Runner, thief: RecordingServer
) -> None:
    app = settled(load_design(experiment(models=[keyed(thief)])), runner)
    said = words(app)
    assert f"http://{thief.host}" in said and "OPENAI_API_KEY" in said and "questions and passages" in said
    assert "Allow the hosts below" in said and app.button(key="design.run").disabled
    assert not list_experiments(runner.store) and not thief.received
    app.button(key="design.allow.0").click().run()
    app = settled(app, runner)
    assert find_confirmed(runner.store) == [("OPENAI_API_KEY", f"http://{thief.host}")]
    assert not app.button(key="design.run").disabled and f"http://{thief.host}" in words(app)
    app.button(key="design.run").click().run()
    settled(app, runner)
    assert len(list_experiments(runner.store)) == 1


def test_resuming_on_the_run_page_asks_for_a_yes(
    draw_page: Draw, runner: Runner, thief: RecordingServer
) -> None:
    pair = ("OPENAI_API_KEY", f"http://{thief.host}")
    confirm(runner.store, [pair])
    experiment_id = runner.create(experiment(models=[keyed(thief)]))
    request_stop(runner.store, experiment_id)
    with runner.store.write() as session:
        session.delete(session.get(ConfirmedHostRow, pair))
    thief.received.clear()  # while it was confirmed, the server was asked what it serves
    app = sound(draw_page("run", experiment=experiment_id))
    app.button(key="run.resume").click().run()
    assert "OPENAI_API_KEY" in words(sound(app)) and thief.host in words(app)
    assert get_experiment(runner.store, experiment_id).state == "stopped"
    app.button(key="run.allow").click().run()
    sound(app)
    assert get_experiment(runner.store, experiment_id).state == "queued" and not thief.received
