"""Makes the environment of a recipe on its first use: a folder of installed packages that is never ours.
Knows nothing about what is installed. One environment serves every recipe with the same requirements."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from workbench.calls.stop_signal import StopSignal
from workbench.errors import Stopped, TuningError, TuningFailed, reason_of
from workbench.files.log_end import last_words
from workbench.files.private import make_private_folder
from workbench.operating_system import kill_session, own_session
from workbench.settings import Settings
from workbench.tuning.hidden_secrets import find_secrets
from workbench.tuning.progress_lines import Log, keep_lines
from workbench.tuning.recipe import Recipe

FOLDER = "environments"
"""The folder of all environments, below the home."""
READY = "ready"
"""The file that is written last: an environment without it is made anew."""
FREE_GIGABYTES = 2.5
"""How much must be free on the disk before an environment is made."""
_OURS = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV")
Say = Callable[[str], None]


def python_of(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def environment_folder(recipe: Recipe, settings: Settings) -> Path | None:
    """Where the recipe's environment is or will be; None for a recipe that needs none."""
    if not recipe.requirements:
        return None
    file = Path(recipe.folder) / recipe.requirements
    try:
        content = file.read_bytes()
    except OSError as error:
        raise TuningError(f"{file} cannot be read: {reason_of(error)}.") from None
    version = f"{sys.version_info.major}.{sys.version_info.minor} {sys.platform} {cpu_packages(recipe)}"
    return settings.home / FOLDER / hashlib.sha256(content + version.encode()).hexdigest()[:16]


def has_nvidia_gpu() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def cpu_packages(recipe: Recipe) -> dict[str, str]:
    """Package → index of its build for CPUs, where this machine should get that."""
    return recipe.cpu_index if sys.platform == "linux" and not has_nvidia_gpu() else {}


def is_ready(folder: Path | None) -> bool:
    """Whether an environment is made, or none is needed."""
    return folder is None or (folder / READY).is_file()


async def prepare_environment(
    recipe: Recipe, settings: Settings, *, say: Say, stop_signal: StopSignal
) -> Path:
    """The interpreter that runs a recipe's script; its environment is made when there is none.

    say: takes what is being done, in words.

    Raises TuningFailed where the packages cannot be installed, and Stopped.
    """
    folder = environment_folder(recipe, settings)
    if folder is None:
        return Path(sys.executable)
    make_private_folder(folder.parent)
    lock = FileLock(folder.with_suffix(".lock"))
    while True:
        if is_ready(folder):
            return python_of(folder)
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            say("Another process is making the environment")
            await stop_signal.race(asyncio.sleep(1.0))
    try:
        if not is_ready(folder):
            await _make(recipe, folder, say, stop_signal)
    finally:
        lock.release()
    return python_of(folder)


async def _make(recipe: Recipe, folder: Path, say: Say, stop_signal: StopSignal) -> None:
    free = shutil.disk_usage(folder.parent).free / 1e9
    if free < FREE_GIGABYTES:
        raise TuningFailed(
            f"The environment of the recipe {recipe.name} needs about {FREE_GIGABYTES} GB, and {free:.1f} GB "
            "are free.",
            hint="Free some space, or set WORKBENCH_HOME to a folder on another disk.",
        )
    shutil.rmtree(folder, ignore_errors=True)
    requirements = Path(recipe.folder) / recipe.requirements
    with closing(Log(folder.with_suffix(".txt"), anew=True)) as log:
        say("Creating the recipe's environment, once")
        await _run([sys.executable, "-m", "venv", str(folder)], log, stop_signal, recipe, folder)
        count = len(_pins(requirements))
        say(f"Installing {count} packages into the recipe's environment, once: a few minutes")
        pip = [str(python_of(folder)), "-m", "pip", "install", "--disable-pip-version-check",
               "--no-input", "--progress-bar", "off"]  # fmt: skip
        for package, index in cpu_packages(recipe).items():
            # By itself, so that no other package is looked for there; what cannot be reached is passed over.
            further = ["--extra-index-url", index, "--retries", "1"]
            pinned = [line for line in _pins(requirements) if re.split(r"[=<>~! ]", line)[0] == package]
            await _run([*pip, *further, *(pinned or [package])], log, stop_signal, recipe, folder)
        await _run([*pip, "-r", str(requirements)], log, stop_signal, recipe, folder)
    (folder / READY).touch()


def _pins(requirements: Path) -> list[str]:
    """The lines that name packages."""
    lines = (line.strip() for line in requirements.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def variables_of_recipes() -> dict[str, str]:
    """Our environment variables, without those that would put our packages into a recipe's interpreter."""
    return {name: value for name, value in os.environ.items() if name not in _OURS}


async def _run(command: list[str], log: Log, stop_signal: StopSignal, recipe: Recipe, folder: Path) -> None:
    variables = variables_of_recipes()
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, env=variables, **own_session(),
    )  # fmt: skip
    assert process.stdout is not None
    try:
        await stop_signal.race(keep_lines(process.stdout, log, find_secrets(variables)))
        code = await stop_signal.race(process.wait())
    except (Stopped, asyncio.CancelledError):
        kill_session(process.pid)
        await process.wait()
        raise
    if code != 0:
        said = last_words(folder.with_suffix(".txt"), containing="ERROR")
        with suppress(OSError):
            shutil.rmtree(folder)
        raise TuningFailed(
            f"The environment of the recipe {recipe.name} could not be installed: {said}",
            hint="Check that the package index is reachable; PIP_INDEX_URL names another one. "
            f"pip's full output is in {folder.with_suffix('.txt')}.",
        )
