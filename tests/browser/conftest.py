"""The real app, its real worker and a real Chromium, each on a home of its own.
Knows nothing about any journey."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

PROJECT = Path(__file__).parent.parent.parent
expect.set_options(timeout=30_000)  # a busy machine draws slowly; what never comes fails all the same
NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class App:
    address: str
    home: Path
    folder: Path
    seconds_to_first_page: float

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command line beside the app, on its home."""
        return subprocess.run(
            [sys.executable, "-m", "workbench", *arguments],
            cwd=self.folder, env=environment(self.home, self.folder), capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip


def environment(home: Path, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "WORKBENCH_HOME": str(home),
        "WORKBENCH_CORPORA": str(folder / "corpora"),
        "WORKBENCH_EXPERIMENTS": str(folder / "experiments"),
        "WORKBENCH_RATER": "tester",
        "PYTHONPATH": str(PROJECT),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """One a test: while Playwright is open its event loop counts as running, and no other test could run one."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        message = "There is no Chromium: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page that may ask this machine only: what the app loads from elsewhere fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(30_000)
    elsewhere: list[str] = []

    def note(request: Request) -> None:
        if urlsplit(request.url).scheme in ("http", "https") and "//127.0.0.1:" not in request.url:
            elsewhere.append(request.url)

    context.on("request", note)
    yield context.new_page()
    context.close()
    assert elsewhere == []


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """The app as `make app` starts it, in a folder with the project's corpora and experiments."""
    folder, home = tmp_path / "project", tmp_path / "home"
    for name in ("corpora", "experiments"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("winners"))
    port = _free_port()
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py"), "--server.port", str(port)],
        cwd=PROJECT, env=environment(home, folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        while time.monotonic() - started < 60:
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                    break
            except OSError:
                time.sleep(0.1)
        yield App(address, home, folder, time.monotonic() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
        _end_worker(home)


def _end_worker(home: Path) -> None:
    """The worker outlives the app by design; a test's must not outlive the test."""
    from workbench.store.engine import open_store
    from workbench.store.requests import living_workers

    if (home / "workbench.db").exists():
        for worker in living_workers(open_store(home / "workbench.db")):
            os.kill(worker.pid, signal.SIGTERM)
