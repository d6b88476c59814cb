"""Takes the README's screenshots: the real app in a real Chromium, on a fresh home with the demo run in it.
Knows nothing about what the pages show, nor about tests.

    python -m tools.screenshots [--home FOLDER]

Needs the test packages and Chromium, about two minutes. Writes docs/screens/*.png. With --home, a folder
in which the demo has been run before is used again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
SCREENS = PROJECT / "docs" / "screens"
NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDTH = 1280
HEIGHTS = {"design": 1300, "run": 1060, "leaderboard": 1040, "answers": 1320}
MAX_BYTES = 300_000
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "WORKBENCH_HOME": str(home), "WORKBENCH_RATER": "you"}


def workbench(home: Path, *arguments: str) -> str:
    """A command's standard output; its progress goes to this terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "workbench", *arguments],
        cwd=PROJECT, env=environment(home), stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def run_demo(home: Path) -> str:
    """The id of the finished sample experiment of this home, which is run when there is none."""
    listed = json.loads(workbench(home, "list", "--json"))["experiments"]
    done = [e["experiment"] for e in listed if e["state"] == "done"]
    if done:
        return str(done[0])
    return str(
        json.loads(workbench(home, "demo", "--json", "--out", str(home / "winner.yaml")))["experiment"]
    )


def find_good_answer(home: Path, experiment: str, trial: str) -> int:
    """The place, from 1, of the trial's first answer that is right and has its evidence on top."""
    found = json.loads(workbench(home, "answers", experiment, "--trial", trial, "--json"))["answers"]
    for place, answer in enumerate(found, start=1):
        values = {name: score["value"] or 0.0 for name, score in answer["scores"].items()}
        if values["correctness"] > 0.85 and values["retrieval_mrr"] == 1:
            return place
    return 1


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_app(home: Path) -> Iterator[str]:
    """The app as `make app` starts it; its address. The worker, which outlives the app, ends too."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
        cwd=PROJECT, env=environment(home), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                    break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
        _end_worker(home)


def _end_worker(home: Path) -> None:
    from workbench.store.engine import open_store
    from workbench.store.requests import living_workers

    for worker in living_workers(open_store(home / "workbench.db")):
        os.kill(worker.pid, signal.SIGTERM)


@contextmanager
def opened_page() -> Iterator[Page]:
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        sys.exit("There is no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()


def settle(page: Page) -> None:
    """Wait until the page is drawn: nothing runs, nothing is a placeholder."""
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE_MS)
    page.mouse.move(WIDTH - 5, 5)
    page.wait_for_timeout(1_500)


def take(page: Page, name: str) -> None:
    page.set_viewport_size({"width": WIDTH, "height": HEIGHTS[name]})
    settle(page)
    file = SCREENS / f"{name}.png"
    page.screenshot(path=file)
    size = file.stat().st_size
    print(f"{file.relative_to(PROJECT)}: {size / 1000:.0f} kB")
    if size > MAX_BYTES:
        sys.exit(f"{file.name} has more than {MAX_BYTES / 1000:.0f} kB: lower its height.")


def take_design(page: Page, address: str) -> None:
    """On a home where nothing is stored yet, so that the plan has something to say."""
    page.goto(f"{address}/design")
    expect(page.get_by_text("Configurations", exact=True).first).to_be_visible(timeout=PATIENCE_MS)
    take(page, "design")


def take_results(page: Page, address: str, experiment: str, winner: str, place: int) -> None:
    page.goto(f"{address}/run?experiment={experiment}")
    expect(page.get_by_text("The first five")).to_be_visible()
    take(page, "run")
    page.goto(f"{address}/leaderboard?experiment={experiment}")
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    take(page, "leaderboard")
    page.goto(f"{address}/answers?experiment={experiment}&trial={winner}&n={place}")
    expect(page.get_by_role("heading", name="Passages")).to_be_visible()
    take(page, "answers")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path, help="A data folder (default: a fresh one, removed at the end).")
    given = parser.parse_args().home
    SCREENS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="workbench-screens-", ignore_cleanup_errors=True) as fresh:
        empty, home = Path(fresh) / "empty", (given or Path(fresh) / "home").resolve()
        with running_app(empty) as address, opened_page() as page:
            take_design(page, address)
        experiment = run_demo(home)
        winner = json.loads(workbench(home, "leaderboard", experiment, "--json"))["trials"][0]["trial"]
        place = find_good_answer(home, experiment, winner)
        with running_app(home) as address, opened_page() as page:
            take_results(page, address, experiment, winner, place)


if __name__ == "__main__":
    main()
