"""Work done in a process of its own: what comes back, and what becomes of the process.
Knows nothing about statistics but that an experiment's are the same there."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run.done_elsewhere import die_aside, die_once, path_of, process_id, refuse
from tests.tiny_experiment import Runner, experiment
from workbench.errors import InputError, StoreError
from workbench.run import start_or_resume
from workbench.run.background_process import BackgroundProcess


@pytest.fixture
def background_process() -> Iterator[BackgroundProcess]:
    made = BackgroundProcess()
    yield made
    made.close()


def is_alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def wait_until_gone(process: int) -> None:
    for _ in range(1_200):
        if not is_alive(process):
            return
        time.sleep(0.05)
    raise AssertionError("The process lives on.")


def test_one_process_does_it_all_and_goes_when_it_is_closed(background_process: BackgroundProcess) -> None:
    async def both() -> list[int]:
        return await asyncio.gather(background_process(process_id), background_process(process_id))

    first, second = asyncio.run(both())
    assert first == second != os.getpid()
    background_process.close()
    wait_until_gone(first)
    assert asyncio.run(background_process(process_id)) != first


def test_what_it_raises_is_raised_here_with_its_hint(background_process: BackgroundProcess) -> None:
    with pytest.raises(InputError, match="No such thing") as raised:
        asyncio.run(background_process(refuse, "No such thing."))
    assert raised.value.hint == "Try another."


def test_a_killed_process_is_begun_again_and_else_it_is_done_here(
    background_process: BackgroundProcess, tmp_path: Path
) -> None:
    assert asyncio.run(background_process(die_once, tmp_path / "mark")) != os.getpid()
    assert asyncio.run(background_process(die_aside, os.getpid())) == os.getpid()


def test_it_goes_after_a_while_without_work_and_comes_back(tmp_path: Path) -> None:
    background_process = BackgroundProcess(idle_seconds=0.2)
    first = asyncio.run(background_process(process_id))
    wait_until_gone(first)
    assert asyncio.run(background_process(process_id)) not in (first, os.getpid())
    background_process.close()


def test_it_does_not_outlive_the_program_however_that_ends(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import asyncio, os, time\n"
        "from tests.run.done_elsewhere import process_id\n"
        "from workbench.run.background_process import BackgroundProcess\n"
        "if __name__ == '__main__':\n"
        "    print(asyncio.run(BackgroundProcess()(process_id)), flush=True)\n"
        "    time.sleep(60)\n"
    )
    project = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, str(program)],
        env={**os.environ, "PYTHONPATH": str(project)}, stdout=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        child = int(running.stdout.readline())
        assert is_alive(child)
        running.kill()
        wait_until_gone(child)


def test_a_store_crosses_as_its_path(background_process: BackgroundProcess, runner: Runner) -> None:
    assert asyncio.run(background_process(path_of, runner.store)) == (runner.store.path, True)


def test_a_store_that_cannot_be_opened_there_says_so(
    background_process: BackgroundProcess, runner: Runner
) -> None:
    for file in runner.store.path.parent.glob("workbench.db*"):
        file.write_bytes(b"no database " * 400)
    with pytest.raises(StoreError, match="damaged"):
        asyncio.run(background_process(path_of, runner.store))


def test_an_experiment_is_summarised_and_compared_as_in_a_thread(
    background_process: BackgroundProcess, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start_or_resume, "SMALL", 0)
    written = experiment(prompts=["concise", "cited"])
    both = [runner.run(written), runner.run(written, run_statistics=background_process)]
    boards = [[t["scores"] for t in result.leaderboard["trials"]] for result in both]
    assert both[0].id != both[1].id and boards[0] == boards[1] and boards[0]
    assert both[1].leaderboard["trials"][1]["difference"]["verdict"]
