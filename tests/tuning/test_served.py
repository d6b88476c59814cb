"""Tests that made models are served: started once, found where they run, ended, and refused with a reason.
Knows nothing about how a model is trained."""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tuning.conftest import Rows
from workbench.errors import TuningError, TuningFailed
from workbench.operating_system import process_exists
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.space.tuning import TuneData, Tuning
from workbench.store.database import Store
from workbench.store.processes import this_host
from workbench.tuning.command import fill_command, wrap_command
from workbench.tuning.left_running import SUFFIX, note_process
from workbench.tuning.served import LOG_FOLDER, ServedModels, lists, result_of, start_server
from workbench.tuning.train import train
from workbench.tuning.types import TuningResult

# A training's address follows from what it is made of: no other process may serve the same one meanwhile.
pytestmark = pytest.mark.xdist_group("served model")


@pytest.fixture
def made(store: Store, settings: Settings, parent: Model, data: Rows, recipe: Callable[..., str]) -> Model:
    asked = Tuning(parent=parent, recipe=recipe(), data=TuneData(folder=str(data())))
    return asyncio.run(train(store, settings, "child", asked))


def test_its_server_is_started_once_and_ended_with_the_run(
    store: Store, settings: Settings, made: Model
) -> None:
    async def ask() -> tuple[Model, Model, bool, int]:
        async with ServedModels(store, settings) as served:
            first, second = await asyncio.gather(served.ready(made), served.ready(made))
            [server] = served._servers.values()
            return first, second, await lists(first), server.process.pid

    first, second, answers, pid = asyncio.run(ask())
    assert answers and first == second and first.base_url != made.base_url and first.content == made.content
    assert not asyncio.run(lists(first)) and not process_exists(pid)


def test_a_server_that_a_killed_process_left_is_ended_by_whoever_serves_next(
    store: Store, settings: Settings, made: Model
) -> None:
    folder = settings.home / LOG_FOLDER
    folder.mkdir(exist_ok=True)
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    mine = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    try:
        for name, process in (("1", left), ("2", mine)):
            note_process(folder / f"{name}{SUFFIX}", process.pid)
        file = folder / f"1{SUFFIX}"
        gone = f"{this_host()}:{ended.pid}.1:x"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"owner": gone}))

        async def serve() -> None:
            async with ServedModels(store, settings):
                pass

        asyncio.run(serve())
        assert left.wait(10) == -9 and mine.poll() is None
        assert [path.name for path in folder.glob(f"*{SUFFIX}")] == [f"2{SUFFIX}"]
    finally:
        left.kill(), mine.kill()
        left.wait(), mine.wait()


def test_no_key_that_a_server_prints_is_in_its_log(
    settings: Settings, parent: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_TOKEN", "token-of-hub")
    script = "import os; raise SystemExit('I have ' + os.environ['HUB_TOKEN'])"
    result = TuningResult("adapter", "/x", {}, None, None, "child", (sys.executable, "-c", script))

    async def begin() -> None:
        server = await start_server(parent, result, settings)
        try:
            await server.wait_until_ready()
        finally:
            await server.end()

    with pytest.raises(TuningFailed, match=r"It last said: I have \[key\]"):
        asyncio.run(begin())
    assert "token-of-hub" not in (settings.home / LOG_FOLDER / "child.txt").read_text()


def test_one_that_is_served_at_its_own_address_is_asked_there(
    store: Store, settings: Settings, made: Model
) -> None:
    async def ask() -> Model:
        result = result_of(store, made, settings.home)
        assert result is not None and made.base_url is not None
        server = await start_server(made, result, settings, port=int(made.base_url.split(":")[2][:-3]))
        try:
            await server.wait_until_ready()
            async with ServedModels(store, settings) as served:
                return await served.ready(made)
        finally:
            await server.end()

    assert asyncio.run(ask()) == made


def test_a_model_that_was_not_trained_here_is_left_as_it_is(
    store: Store, settings: Settings, parent: Model
) -> None:
    async def ask() -> Model:
        async with ServedModels(store, settings) as served:
            return await served.ready(parent)

    assert asyncio.run(ask()) is parent


@pytest.mark.parametrize(
    ("serve", "words"),
    [
        ((), "nothing on this machine serves it"),
        (("no-such-program", "{port}"), "cannot be started: no-such-program"),
        ((sys.executable, "-c", "raise SystemExit('no memory')"), "exit code 1. It last said: no memory"),
    ],
)
def test_a_server_that_cannot_be_had_is_said_with_the_reason(
    settings: Settings, parent: Model, serve: tuple[str, ...], words: str
) -> None:
    result = TuningResult("adapter", "/somewhere", {}, None, None, "child", serve)

    async def begin() -> None:
        server = await start_server(parent, result, settings)
        try:
            await server.wait_until_ready()
        finally:
            await server.end()

    with pytest.raises(TuningFailed, match=words):
        asyncio.run(begin())


def test_a_model_whose_files_are_gone_says_what_to_put_back(
    store: Store, settings: Settings, made: Model
) -> None:
    shutil.rmtree(settings.home / "trainings")  # as after the database alone was restored

    async def serve() -> None:
        async with ServedModels(store, settings) as served:
            await served.ready(made)

    with pytest.raises(TuningFailed, match="its files are gone: .*adapter"):
        asyncio.run(serve())


NASTY = 'a b\'; touch pwned; $(touch pwned) "`touch pwned`" {seed}'


def test_no_value_of_a_placeholder_is_ever_code(tmp_path: Path) -> None:
    import subprocess

    values = {"name": NASTY, "out": "x"}
    for template in ("printf %s {name}", "sh -c 'printf %s {name}; printf {out}'"):
        command = fill_command(template, values)
        for run in (command, wrap_command("sh -c {command}", command)):
            done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True)
            assert done.stdout in (NASTY, NASTY + "x")
    assert list(tmp_path.iterdir()) == []
    assert shlex.split("printf %s") == fill_command("printf %s", values)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("run {nme}", "Did you mean 'name'"), ("sh -c \"echo '{name}'\"", "inside quotes"),
        ("run 'x", "cannot be read"), ("", "is empty"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_be_filled_safely_is_refused(template: str, words: str) -> None:
    with pytest.raises(TuningError) as refused:
        fill_command(template, {"name": "x"})
    assert words in str(refused.value)
