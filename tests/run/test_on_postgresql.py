"""A whole experiment on a store in PostgreSQL: planned, run, compared, rated, exported, drawn, copied, cleaned.
Knows nothing about how the store is kept there."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.cli.in_process import call
from tests.postgresql_server import running_server
from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import PROJECT, Runner, experiment, local_model, tiny  # noqa: F401  (a fixture)
from workbench.errors import DiskFull
from workbench.settings import Settings
from workbench.store.ledger import get_spend, list_calls
from workbench.store.ratings import list_ratings


@pytest.fixture
def shared(tiny: Settings, postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:  # noqa: F811
    """Settings, and an environment, whose store is on PostgreSQL."""
    monkeypatch.setenv("WORKBENCH_DATABASE_URL", postgresql_url)
    monkeypatch.setenv("WORKBENCH_CORPORA", str(tiny.corpora))
    monkeypatch.setenv("WORKBENCH_EXPERIMENTS", str(tiny.experiments))
    tiny.database.unlink()
    return replace(tiny, database_url=postgresql_url)


def command(*arguments: str) -> str:
    code, shown, errors = call(*arguments)
    assert code == 0, shown + errors
    return shown


def test_a_whole_experiment_runs_on_postgresql(shared: Settings, tmp_path: Path, postgresql_url: str) -> None:
    runner = Runner(shared)
    with ProtocolServer() as server:
        ran = runner.run(experiment(prompts=["concise", "short"], models=[local_model(server)]))
    assert ran.state == "done" and ran.status["failed_answers"] == 0
    board = json.loads(command("leaderboard", ran.id, "--json"))
    assert board["trials"][0]["scores"]["grounding"]["count"] > 0
    assert board["trials"][0]["passage_tokens_per_answer"] > 0
    rows = json.loads(command("answers", ran.id, "--json"))
    assert len(rows["answers"]) == ran.status["answers"]
    command("rate", str(rows["answers"][0]["id"]), "up", "--rater", "anna")
    assert [rating.rater for rating in list_ratings(runner.store)] == ["anna"]
    command("export", ran.id, "--out", str(tmp_path / "winner.yaml"))
    copied = json.loads(command("backup", str(tmp_path / "copy.db"), "--json"))
    assert copied["rows"]["answer"] == ran.status["answers"] and copied["rows"]["rating"] == 1
    command("clean", "--json")
    password = postgresql_url.split(":")[2].split("@")[0]
    checks = command("doctor")
    assert "PostgreSQL" in checks and "workbench of" in checks and password not in checks
    assert not shared.database.exists()
    page = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    page.query_params["experiment"] = ran.id
    page.run()
    assert not page.exception
    for name in ("results", "answers", "run"):
        page.switch_page(f"workbench/ui/{name}/page.py").run()
        assert not page.exception, name
    assert os.environ["WORKBENCH_DATABASE_URL"] == postgresql_url


def generations(runner: Runner, experiment_id: str) -> int:
    """Calls in the ledger that a server was asked for; the embedded encoder's are left out."""
    return sum(call.kind == "generate" for _, call in list_calls(runner.store, experiment_id))


def test_a_run_goes_on_or_pauses_when_its_server_is_restarted_and_nothing_is_paid_twice(
    tiny: Settings,  # noqa: F811
) -> None:
    with running_server() as database, ProtocolServer(seconds_each=0.1) as server:
        runner = Runner(replace(tiny, database_url=database.make_database()))
        created = runner.create(experiment(prompts=["concise", "short"], models=[local_model(server)]))
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(runner.run, created)
            until = time.monotonic() + 60
            while get_spend(runner.store, created).calls < 3 and time.monotonic() < until:
                time.sleep(0.02)
            database.stop()
            database.start()
            ran = running.result(120)
        if ran.state == "paused":
            assert "cannot be reached" in ran.status["message"]
            ran = runner.run(created)
        assert ran.state == "done" and ran.status["failed_answers"] == 0
        stored = generations(runner, created)
        in_flight = 4  # the model's limit: what was asked while the server was away may not have been stored
        assert stored <= len(server.posts) <= stored + in_flight
        runner.store.dispose()


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 120 MB that other users may read."""
    folder = Path(tempfile.mkdtemp(prefix="workbench-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=120m,mode=755", "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("this user cannot mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def test_a_server_whose_disk_is_full_pauses_the_run_and_nothing_that_was_paid_is_bought_again(
    tiny: Settings,  # noqa: F811
    small_disk: Path,
) -> None:
    filler = small_disk / "filler"

    def fill(number: int, path: str, body: object) -> None:
        if number == 4:
            with suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(65_536))

    reply = " ".join(str(number) for number in range(8_000))  # no two answers fit on one page
    with (
        running_server(disk=small_disk) as database,
        ProtocolServer(plan=fill, reply=lambda _: reply) as server,
    ):
        url = database.make_database()
        runner = Runner(replace(tiny, database_url=url))
        created = runner.create(experiment(models=[local_model(server)], repeats=4, scores=["refusal"]))
        try:
            said = runner.run(created).status["message"]
        except DiskFull as error:  # not even the state could be written: the process ends, and says so
            said = str(error)
        assert "is full" in said
        sent, stored = len(server.posts), generations(runner, created)
        assert 0 < stored <= sent <= stored + 4  # the model's limit
        filler.unlink()
        database.execute("UPDATE experiment SET lease_until = 0", url)  # as after the end of its process
        assert runner.run(created).state == "done"
        assert generations(runner, created) == len(server.posts) - (sent - stored)
        runner.store.dispose()
