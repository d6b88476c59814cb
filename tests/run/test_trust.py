"""A stored experiment obeys what is confirmed at that moment: resumed, by the worker, or asked in the Playground.
Knows nothing about commands and pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from tests.protocol_server import ProtocolServer
from tests.recording_server import RecordingServer
from tests.tiny_experiment import Runner, experiment, local_model, runner, tiny  # noqa: F401  (fixtures)
from workbench.api import run_experiment
from workbench.cli.doctor import run_checks
from workbench.errors import CorpusError, HostNotConfirmed, ModelError
from workbench.run.start_or_resume import carry_out
from workbench.ship.export import export_winner
from workbench.space.file_writing import experiment_to_yaml
from workbench.space.model import Model
from workbench.store.catalogue import save_model
from workbench.store.confirmed_hosts import confirm
from workbench.store.experiments import get_experiment, list_experiments
from workbench.store.leases import claim, queue
from workbench.store.processes import owner_name
from workbench.store.requests import Request, add_request, get_events
from workbench.store.tables import ConfigRow, ConfirmedHostRow, ModelRow
from workbench.worker.requests import answer_request


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


def created(runner: Runner, thief: RecordingServer) -> str:  # noqa: F811
    """An experiment that was confirmed when it was created; the yes was withdrawn since."""
    confirm(runner.store, [("OPENAI_API_KEY", f"http://{thief.host}")])
    experiment_id = runner.create(experiment(models=[keyed(thief)]))
    with runner.store.write() as session:
        session.delete(session.get(ConfirmedHostRow, ("OPENAI_API_KEY", f"http://{thief.host}")))
    thief.received.clear()  # while it was confirmed, the server was asked what it serves
    return experiment_id


def test_an_experiment_is_not_created_for_a_host_that_is_not_confirmed(
    runner: Runner,  # noqa: F811
    thief: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORKBENCH_CORPORA", str(runner.settings.corpora))
    with pytest.raises(HostNotConfirmed, match="OPENAI_API_KEY"):
        runner.create(experiment(models=[keyed(thief)]))
    with pytest.raises(HostNotConfirmed):
        run_experiment(experiment(models=[keyed(thief)]), home=runner.settings.home)
    assert not list_experiments(runner.store) and not thief.received


def test_resuming_asks_anew_and_sends_nothing(runner: Runner, thief: RecordingServer) -> None:  # noqa: F811
    experiment_id = created(runner, thief)
    with pytest.raises(HostNotConfirmed):
        runner.run(experiment_id)
    assert get_experiment(runner.store, experiment_id).state == "queued" and not thief.received


def test_a_worker_pauses_an_experiment_whose_host_is_not_confirmed_and_says_how_to_go_on(
    runner: Runner,  # noqa: F811
    thief: RecordingServer,
) -> None:
    experiment_id = created(runner, thief)
    lease = claim(runner.store, owner_name(), experiment_id=experiment_id)
    assert lease is not None
    assert asyncio.run(carry_out(runner.store, runner.settings, lease)) == "paused"
    message = get_experiment(runner.store, experiment_id).message
    assert thief.host in message and "OPENAI_API_KEY" in message and f"--trust {thief.host}" in message
    assert not thief.received
    assert queue(runner.store, experiment_id) == "queued"


def ask_worker(runner: Runner, kind: str, payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:  # noqa: F811
    request_id = add_request(runner.store, kind, payload)
    asyncio.run(answer_request(runner.store, runner.settings, Request(request_id, kind, payload)))
    event = get_events(runner.store, request_id)[-1]
    return event.kind, event.payload


def test_the_worker_creates_asks_and_tests_nothing_at_a_host_that_is_not_confirmed(
    runner: Runner,  # noqa: F811
    thief: RecordingServer,
) -> None:
    text = experiment_to_yaml(experiment(models=[keyed(thief)]))
    for kind, payload in (("create", {"yaml": text}), ("playground", {"yaml": text, "question": "How?"})):
        ended, result = ask_worker(runner, kind, payload)
        assert ended == "error" and thief.host in result["message"] and "OPENAI_API_KEY" in result["message"]
    ended, report = ask_worker(runner, "test_connection", {"model": keyed(thief)})
    assert ended == "result" and not report["ok"] and "not confirmed" in report["messages"][0]
    ended, result = ask_worker(runner, "plan", {"yaml": text})
    assert ended == "result" and result["plan"]["hosts"][0]["confirmed"] is False
    assert not thief.received


def test_the_worker_reads_no_folder_that_only_a_file_names(
    runner: Runner,  # noqa: F811
    thief: RecordingServer,
) -> None:
    for kind in ("plan", "create", "playground"):
        text = experiment_to_yaml(experiment(corpus="/etc"))
        ended, result = ask_worker(runner, kind, {"yaml": text, "question": "How?"})
        assert ended == "error" and "--corpus" in result["hint"]


def test_a_registered_models_pair_is_confirmed_for_inline_models_too(
    runner: Runner,  # noqa: F811
    thief: RecordingServer,
) -> None:
    save_model(runner.store, Model.model_validate(keyed(thief) | {"name": "mine"}))
    assert runner.create(experiment(models=[keyed(thief)]))


def test_in_python_the_user_names_hosts_and_folders_too(
    runner: Runner,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEST_KEY", "secret")
    home, corpora = runner.settings.home, runner.settings.corpora
    monkeypatch.setenv("WORKBENCH_CORPORA", str(home / "none"))
    outside = experiment(corpus=str(corpora / "tiny"))
    with pytest.raises(CorpusError, match="names the folder"):
        run_experiment(outside, home=home)
    assert run_experiment(outside, home=home, corpus=corpora / "tiny").state == "done"
    with ProtocolServer() as server:
        written = experiment(
            corpus=str(corpora / "tiny"), models=[local_model(server, api_key_env="TEST_KEY")]
        )
        with pytest.raises(HostNotConfirmed):
            run_experiment(written, home=home)
        assert not server.requests
        assert run_experiment(written, home=home, trust=["127.0.0.1"]).state == "done"
        assert server.requests


def test_a_key_that_is_stored_from_before_is_found_and_does_not_leave(
    runner: Runner,  # noqa: F811
    tmp_path: Path,
) -> None:
    """Such a model cannot come in any more; this one is put where an older version would have put it."""
    with ProtocolServer() as server:
        kept = Model.model_validate(local_model(server))
        result = runner.run(experiment(models=[kept], holdout=0.0))
    stolen = kept.model_copy(update={"extra_body": {"api_key": "a3f9c27d81b04e56"}})
    with runner.store.write() as session:
        session.add(ModelRow(name="local", spec=stolen.model_dump(mode="json"), source="app"))
        for row in session.exec(select(ConfigRow)):
            row.spec = {**row.spec, "model": stolen.model_dump(mode="json")}
            session.add(row)
    found = [c for c in run_checks(runner.settings) if c.name == "Model local"]
    assert [c.status for c in found] == ["error"] and "contains a key" in found[0].found
    with pytest.raises(ModelError, match="contains a key") as refused:
        export_winner(runner.store, result.id, out=tmp_path / "w.yaml")
    assert "a3f9c27d81b04e56" not in str(refused.value) and not (tmp_path / "w.yaml").exists()
