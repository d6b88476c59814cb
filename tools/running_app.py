"""The app in a process of its own, and a Chromium to look at it: for the browser tests and the screenshots.
Knows nothing about what is tested or taken."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from workbench.settings import Settings
from workbench.worker.launcher import LOG_NAME

PROJECT = Path(__file__).resolve().parent.parent
# The first has no window to draw: each page costs it a third of the processor time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# What is waited for comes sooner or later, however busy the machine; after so long it never will.
PATIENCE_MS = 120_000
APP_LOG = "app.log"  # in the app's place, beside its project folder
Command = Callable[..., subprocess.CompletedProcess[str]]
"""Runs a command line beside an app, on its home: of the words after `python -m workbench`."""
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


@dataclass(frozen=True)
class App:
    """folder: holds its own copy of the project's corpora and experiments."""

    address: str
    home: Path
    folder: Path
    rater: str
    seconds_to_first_page: float
    variables: Mapping[str, str] = field(default_factory=dict)
    """Settings of its environment beside the usual ones."""

    def read_logs(self, characters: int = 3_000) -> str:
        """The ends of the app's and of its worker's log."""
        files = self.folder.parent / APP_LOG, self.home / LOG_NAME
        return "\n".join(f.read_text(errors="replace")[-characters:] for f in files if f.exists())

    def command(self, *arguments: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """A command line beside the app, on its home."""
        return subprocess.run(
            [sys.executable, "-m", "workbench", *arguments],
            cwd=self.folder, env=self.environment, capture_output=True,
            text=True, timeout=timeout, check=False,
        )  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        """What the app was started with, and a command beside it needs."""
        return _environment(self.home, self.folder, self.rater) | self.variables

    @property
    def settings(self) -> Settings:
        """What the app reads from its environment."""
        return Settings(
            self.home, self.folder / "corpora", self.folder / "experiments", 0.10, self.rater,
            database_url=self.variables.get("WORKBENCH_DATABASE_URL"),
        )  # fmt: skip

    def shell(self, line: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """A line as it is typed into a shell, in the folder where the app was started."""
        return subprocess.run(
            line, shell=True, cwd=PROJECT, env=self.environment,
            capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip


def _environment(home: Path, folder: Path, rater: str, local_servers: str = "off") -> dict[str, str]:
    """Nothing of the settings or keys of whoever starts this."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WORKBENCH_", "OPENAI_"))}
    return kept | {
        "WORKBENCH_HOME": str(home),
        "WORKBENCH_CORPORA": str(folder / "corpora"),
        "WORKBENCH_EXPERIMENTS": str(folder / "experiments"),
        "WORKBENCH_RATER": rater,
        "WORKBENCH_LOCAL_SERVERS": local_servers,
        "PYTHONPATH": str(PROJECT),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_app(
    place: Path,
    *,
    rater: str,
    home: Path | None = None,
    local_servers: str = "off",
    variables: Mapping[str, str] | None = None,
) -> Iterator[App]:
    """The app as `make app` starts it, in a new folder under `place`. Its worker, which outlives an app by
    design, ends with it.

    home: a data folder to use again.
    local_servers: the ports at which it looks for model servers; none, so that the pages look the same
        wherever this runs.
    variables: settings of its environment beside these.
    """
    folder, home = place / "project", home or place / "home"
    for name in ("corpora", "experiments"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("winners"))
    port = _free_port()
    started = time.monotonic()
    with (place / APP_LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(PROJECT / "server.py"), f"--server.port={port}"],
            cwd=PROJECT, env=_environment(home, folder, rater, local_servers) | (variables or {}),
            stdout=log, stderr=log,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        while not _answers(address):
            if process.poll() is not None or time.monotonic() - started > PATIENCE_MS / 1000:
                raise RuntimeError(f"The app does not start: {(place / APP_LOG).read_text(errors='replace')}")
            time.sleep(0.1)
        yield App(address, home, folder, rater, time.monotonic() - started, variables or {})
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE_MS / 1000)
        _end_worker(home / "workbench.db", (variables or {}).get("WORKBENCH_DATABASE_URL"))


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=10):
            return True
    except OSError:
        return False


def _end_worker(file: Path, database_url: str | None) -> None:
    from workbench.store.database import open_store
    from workbench.store.requests import living_workers

    if database_url or file.exists():
        for worker in living_workers(open_store(database_url or file)):
            os.kill(worker.pid, signal.SIGTERM)


def find_chromium() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def running_chromium(path: str) -> Iterator[Browser]:
    """While it is open, Playwright's event loop counts as running: nothing else here may run one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


# Whether the page has looked the same for so many milliseconds.
AT_REST = """([idle, waiting, milliseconds]) => {
    const app = document.querySelector(idle);
    const main = document.querySelector("[data-testid=stMain]");
    if (!app || !main || app.querySelector(waiting) || main.textContent.includes("hourglass_top")) {
        window.atRest = null;
        return false;
    }
    const now = JSON.stringify([location.href, main.scrollHeight, main.querySelectorAll("*").length,
        ...Array.from(main.querySelectorAll("a, button, input"), (e) => e.getBoundingClientRect().top | 0)]);
    if (window.atRest?.now !== now) window.atRest = {now, since: performance.now()};
    return performance.now() - window.atRest.since >= milliseconds;
}"""


def settle(page: Page, milliseconds: int = 250) -> None:
    """Wait until the page is drawn and rests: no placeholder is left, nothing is asked of the worker, nothing
    runs, and nothing has moved for a moment, so that a click goes where it is aimed."""
    idle = "[data-testid=stApp][data-test-script-state=notRunning]"
    at_rest = [idle, "[data-testid=stSkeleton]", milliseconds]
    page.wait_for_function(AT_REST, arg=at_rest, polling=50, timeout=PATIENCE_MS)
