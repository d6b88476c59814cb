"""Carries out a recipe's command: starts it, follows what it prints, stops it, and looks at what it made.
Knows nothing about how the command trains, nor about how the job is stored."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import time
from contextlib import suppress
from pathlib import Path

from workbench.errors import Stopped, TuningFailed, reason_of
from workbench.files.log_end import last_words
from workbench.operating_system import end_session, kill_session, own_session
from workbench.space.tuning import Tuning
from workbench.tuning.command import fill_command, wrap_command
from workbench.tuning.data import DataFile
from workbench.tuning.environment import prepare_environment, variables_of_recipes
from workbench.tuning.held import Held
from workbench.tuning.hidden_secrets import find_secrets, hide_secrets
from workbench.tuning.left_running import end_left_running, forget_process, note_process
from workbench.tuning.made import address_of
from workbench.tuning.progress_lines import Log, lines_of, read_progress
from workbench.tuning.result import find_files, forget_files, make_result
from workbench.tuning.types import OUT, TuningResult
from workbench.tuning.weights import Weights, find_weights

LOG_FILE, JOB_FILE, PROCESS_FILE = "log.txt", "job.json", "process.json"
"""What lies in the folder of a training."""
LEAST_FREE_GIGABYTES = 0.5
"""When less is free on the disk, a training is stopped: others write there, too."""
LOOK_SECONDS = 2.0
_UNBUFFERED = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
"""So that a script's lines come while it runs."""


async def train_by_command(held: Held, name: str, tuning: Tuning, data: DataFile) -> TuningResult:
    """Run the recipe's command to its end. Raises TuningError, TuningFailed and Stopped."""
    weights = await asyncio.to_thread(find_weights, tuning.parent, held.store, held.settings.home)
    python = await prepare_environment(
        held.recipe, held.settings, say=lambda words: held.report(message=words), stop_signal=held.stop_signal
    )
    out = held.folder / OUT
    out.mkdir(exist_ok=True)
    await asyncio.to_thread(forget_files, held.recipe.result, out)
    values = _values(held, name, tuning, data, weights, python)
    job = {
        **{k: values[k] for k in ("data", "kind", "weights", "out", "name")},
        "seed": tuning.seed,
        "settings": held.recipe.complete(tuning.settings),
        "adapters": [str(Path(a.folder) / a.files["peft"]) for a in weights.adapters if "peft" in a.files],
    }
    (held.folder / JOB_FILE).write_text(json.dumps(job, indent=1), encoding="utf-8")
    command = fill_command(held.recipe.command, values)
    if held.recipe.through:
        command = wrap_command(held.recipe.through, command)
    held.report(message="Starting")
    await _Run(held, command, tuning.parent.api_key_env).to_the_end()
    files = await asyncio.to_thread(find_files, held.recipe.result, out, held.recipe.name)
    return make_result(
        held.recipe, files, out, weights, python, name, tuning.key, tuning.parent, held.settings,
        address_of(tuning.key),
    )  # fmt: skip


def _values(
    held: Held, name: str, tuning: Tuning, data: DataFile, weights: Weights, python: Path
) -> dict[str, str]:
    folder = Path(held.recipe.folder)
    return {
        "python": str(python),
        "recipe": str(folder),
        "script": str(folder / held.recipe.script),
        "data": str(data.rows_file.resolve()),
        "kind": data.kind,
        "out": str(held.folder / OUT),
        "weights": weights.path,
        "settings_file": str(held.folder / JOB_FILE),
        "seed": str(tuning.seed),
        "name": name,
    }


class _Run:
    """One process of a recipe's command."""

    def __init__(self, held: Held, command: list[str], name_of_key: str | None) -> None:
        self._held = held
        self._command = command
        self._environment = variables_of_recipes() | _UNBUFFERED
        self._secrets = find_secrets(self._environment, name_of_key)
        self._why = ""  # why it is ended from here, in words; "" while it may go on
        self._log = Log(held.folder / LOG_FILE)

    async def to_the_end(self) -> None:
        recipe, process_file = self._held.recipe, self._held.folder / PROCESS_FILE
        end_left_running(process_file)  # two would write into one folder
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, cwd=self._held.folder, env=self._environment,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT, **own_session(),
            )  # fmt: skip
        except OSError as error:
            self._log.close()
            raise TuningFailed(
                f"The recipe {recipe.name}: {self._command[0]!r} cannot be started: {reason_of(error)}."
            ) from None
        note_process(process_file, process.pid)
        following = asyncio.create_task(self._follow(process))
        try:
            await self._watch(process)
        finally:
            if process.returncode is None:  # an error or a cancellation here
                kill_session(process.pid)
            with suppress(asyncio.TimeoutError):  # what it started may hold its output open
                await asyncio.wait_for(following, 5.0)
            kill_session(process.pid)
            code = await process.wait()
            self._log.close()
            forget_process(process_file)
        self._judge(code)

    def _judge(self, code: int) -> None:
        held = self._held
        if held.stop_signal:
            raise Stopped(held.stop_signal.message)
        if self._why:
            raise TuningFailed(f"The training was ended: {self._why}", hint=self._hint())
        if code != 0:
            ended = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            raise TuningFailed(
                f"The recipe {held.recipe.name} ended {ended}. It last said: {last_words(self._log.path)}",
                hint=self._hint(),
            )

    def _hint(self) -> str:
        return (
            f"Its log: {self._log.path}. If started again, it continues from its last checkpoint, if there "
            "is one."
        )

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        """Read all that it prints, until nothing can come any more."""
        assert process.stdout is not None
        async for line in lines_of(process.stdout):
            self._take(line)

    def _take(self, line: bytes) -> None:
        line = hide_secrets(line, self._secrets)
        progress = read_progress(line)
        if progress is None or "message" in progress or "metrics" in progress:
            try:
                self._log.write(line + b"\n")
            except OSError as error:
                self._why = self._why or f"its log cannot be written: {reason_of(error)}."
        if progress is None:
            return
        if not math.isfinite(progress.get("loss", 0.0)):
            self._why = self._why or (
                f"the loss is no longer a number at step {progress.get('step', '?')}. "
                "A lower learning rate helps most often."
            )
            return
        self._held.report(**progress)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Wait for its end; end it when it is to stop, or fills the disk."""
        ended = asyncio.create_task(process.wait())
        looked = time.monotonic()
        while not ended.done():
            stopping = asyncio.create_task(self._held.stop_signal.wait())
            await asyncio.wait({ended, stopping}, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not self._why and time.monotonic() - looked > LOOK_SECONDS:
                self._why, looked = await asyncio.to_thread(self._look_at_disk), time.monotonic()
            if not ended.done() and (self._held.stop_signal or self._why):
                await self._end(process, ended)
        await ended

    async def _end(self, process: asyncio.subprocess.Process, ended: asyncio.Task[int]) -> None:
        """Ask it to end, so that it writes a checkpoint; kill it and what it started when it does not."""
        self._held.report(message="Stopping")
        end_session(process.pid)
        seconds = LOOK_SECONDS if self._why else self._held.recipe.stop_seconds
        await asyncio.wait({ended}, timeout=seconds)
        if not ended.done():
            kill_session(process.pid)
            await ended

    def _look_at_disk(self) -> str:
        """Why it may not go on writing; "" when it may."""
        free = shutil.disk_usage(self._held.folder).free / 1e9
        if free < LEAST_FREE_GIGABYTES:
            return f"the disk is nearly full ({free:.1f} GB are free)."
        used = sum(_size(path) for path in self._held.folder.rglob("*")) / 1e9
        most = self._held.recipe.most_gigabytes
        return f"it has written {used:.1f} GB; the recipe allows {most:g} GB." if used > most else ""


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # gone in the meantime
        return 0
