"""How soon the app is there: importing what its process needs, and its first page drawn in Chromium.
Knows nothing about what pages show.

    python -m benchmarks.first_page
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.figures import Figure, run_alone

PROJECT = Path(__file__).resolve().parents[1]
ROUNDS = 5
IMPORT = """
import time
started = time.perf_counter()
import streamlit, workbench.ui.services
print(time.perf_counter() - started)
"""
# A newcomer's first page: its heading, and the last thing on it.
DRAWN = """() => document.querySelector('h1')?.innerText.startsWith('Home')
    && [...document.querySelectorAll('button')].some(b => b.innerText.includes('Use my own documents'))"""

FIRST_PAINT = """() => performance.getEntriesByName('first-contentful-paint')[0].startTime
    - performance.getEntriesByType('navigation')[0].responseStart"""


def import_seconds() -> float:
    found = [
        float(
            subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True).stdout
        )
        for _ in range(ROUNDS)
    ]
    return statistics.median(found)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def first_page_seconds(chromium: str) -> tuple[float, float, float]:
    """Medians: to all of the first page, from starting the server's process and from its first reply on, and
    to the first paint from the page's first byte on. The browser runs already."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as home:
                port = _free_port()
                started = time.perf_counter()
                command = ["-m", "streamlit", "run", str(PROJECT / "server.py"), "--server.port", str(port)]
                server = subprocess.Popen(
                    [sys.executable, *command],
                    cwd=PROJECT, env={**os.environ, "WORKBENCH_HOME": home},
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                try:
                    _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
                    up = time.perf_counter()
                    page = browser.new_page()
                    page.goto(f"http://127.0.0.1:{port}")
                    page.wait_for_function(DRAWN, polling="raf")  # a locator looks every half second only
                    drawn = time.perf_counter()
                    found.append((drawn - started, drawn - up, page.evaluate(FIRST_PAINT) / 1000))
                    page.close()
                finally:
                    server.terminate()
                    server.wait()
        browser.close()
    whole, since_up, paint = zip(*found, strict=True)
    return statistics.median(whole), statistics.median(since_up), statistics.median(paint)


def _wait_for(address: str) -> None:
    while True:
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)


def measure(options: argparse.Namespace) -> list[Figure]:
    figures = [Figure("import of the app's process, s", import_seconds(), bar=1.5, at_most=True, digits=2)]
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next((found for name in names if (found := shutil.which(name))), None)
    if chromium:
        whole, since_up, paint = first_page_seconds(chromium)
        figures += [
            Figure("first page after its process began, s", whole, bar=3.0, at_most=True, digits=2),
            Figure("first page after the server's first reply, s", since_up, digits=2),
            Figure("first paint after the page's first byte, s", paint, bar=1.0, at_most=True, digits=2),
        ]
    return figures


if __name__ == "__main__":
    sys.exit(run_alone("first_page", measure, __doc__))
