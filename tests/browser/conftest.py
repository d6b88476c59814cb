"""The real app, its real worker and a real Chromium: one of each for all journeys, and what they share.
Knows nothing about any journey."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize, expect

from tests.browser.acting import command
from tests.tiny_experiment import Runner, write_corpus
from tools.own_corpus import make_own_corpus
from tools.running_app import PATIENCE_MS, App, find_chromium, running_app, running_chromium
from tools.served_quarter import make_gate, make_served
from tools.trained_variant import make_trained, tuned_experiment
from tools.views import VIEWS, View, open_view
from workbench.space.files import parse_experiment

expect.set_options(timeout=PATIENCE_MS)
RATER = "tester"
# Chromium draws each step of an animation, without a graphics card and beside the tests: while a plan was awaited,
# that took as long as all else. Nothing is caught half-way, either: no colour, and no dialog that still moves.
STILL = """
    const still = new CSSStyleSheet();
    still.replaceSync("*, *::before, *::after {animation: none !important; transition: none !important}");
    document.adoptedStyleSheets = [still];
"""
OpenPage = Callable[[], Page]
WINDOW: ViewportSize = {"width": 1280, "height": 900}
ERRORS: dict[BrowserContext, list[str]] = {}  # what the pages of each threw or wrote as errors
ELSEWHERE: list[str] = []  # what pages asked of other machines
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A journey that failed says what the page showed, what went wrong in it, and what the app and its worker
    logged."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    if report.when == "call" and report.failed:
        for shown in getattr(item, "funcargs", {}).values():
            if isinstance(shown, Page):
                report.sections.append((f"page {shown.url}", shown.inner_text("body")))
                report.sections.append(("errors in pages", "\n".join(ERRORS[shown.context])))
            elif isinstance(shown, App):
                report.sections.append(("logs", shown.read_logs()))
    return report


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Closed before any other test: see running_chromium."""
    path = find_chromium()
    if path is None:
        message = "There is no Chromium: apt-get install chromium-headless-shell"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with running_chromium(path) as browser:
        yield browser


@pytest.fixture(autouse=True)
def nothing_from_elsewhere() -> Iterator[None]:
    """What the app loads from another machine fails the test."""
    yield
    asked = ELSEWHERE.copy()
    ELSEWHERE.clear()
    assert asked == []


def note(request: Request) -> None:
    if urlsplit(request.url).scheme in ("http", "https") and "//127.0.0.1:" not in request.url:
        ELSEWHERE.append(request.url)


def new_page(chromium: Browser) -> Page:
    """A page in a browser context of its own."""
    context = chromium.new_context(viewport=WINDOW, accept_downloads=True)
    errors = ERRORS[context] = []
    context.set_default_timeout(PATIENCE_MS)
    context.on("request", note)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    # A browser without a window has no dialog to choose a file in: tables download as files do.
    context.add_init_script("delete window.showSaveFilePicker")
    context.add_init_script(STILL)
    return context.new_page()


def end(page: Page) -> None:
    page.context.close()
    del ERRORS[page.context]


def leave(page: Page) -> None:
    """Nothing of a journey stays but the scripts that the browser has loaded and compiled."""
    page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.goto("about:blank")
    page.context.clear_cookies()
    page.set_viewport_size(WINDOW)
    page.mouse.move(0, 0)
    ERRORS[page.context].clear()


@pytest.fixture(scope="package")
def kept_pages(chromium: Browser) -> Iterator[list[Page]]:
    """Pages that no journey uses now."""
    kept: list[Page] = []
    yield kept
    for page in kept:
        end(page)


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest, chromium: Browser, kept_pages: list[Page]
) -> Iterator[OpenPage]:
    """Opens pages, each in a browser context of its own. They go on from journey to journey: the first opening of the
    app in a new one costs Chromium two to four times what another one does: it makes a window, and loads and compiles all
    scripts. A journey that failed takes its pages with it."""
    opened: list[Page] = []

    def open_one() -> Page:
        opened.append(kept_pages.pop() if kept_pages else new_page(chromium))
        return opened[-1]

    yield open_one
    for page in reversed(opened):  # the first is the next one's first
        if request.node.stash.get(FAILED, False):
            end(page)
        else:
            leave(page)
            kept_pages.append(page)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


@pytest.fixture
def odd_page(chromium: Browser) -> Iterator[Page]:
    """A page that a journey changes for good."""
    page = new_page(chromium)
    yield page
    end(page)


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One app for all journeys that do not need an empty home; the corpus `tiny` is there too, and one with
    drafts. Each makes experiments of its own, and rates under names of its own."""
    with running_app(tmp_path_factory.mktemp("app"), rater=RATER) as running:
        make_own_corpus(running.settings)
        write_corpus(running.folder / "corpora" / "tiny")
        yield running


@pytest.fixture(scope="package")
def app_without_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app whose models are the embedded ones: in the one for all, journeys register servers that are down by
    now. The corpus `tiny` is there."""
    with running_app(tmp_path_factory.mktemp("app-without-servers"), rater=RATER) as running:
        write_corpus(running.folder / "corpora" / "tiny")
        yield running


@pytest.fixture
def fresh_app(tmp_path: Path) -> Iterator[App]:
    """An app on a home where nothing is yet."""
    with running_app(tmp_path, rater=RATER) as running:
        yield running


def run_file(app: App, text: str) -> str:
    """Run an experiment beside the app, on its home; its id. In a thread: in this one Playwright's event loop
    runs. Not by a program of its own, which would load for longer than it runs."""
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(Runner(app.settings).run, parse_experiment(text)).result()
    assert result.state == "done", result.status
    return result.id


@pytest.fixture(scope="package")
def finished(app: App) -> str:
    """A finished experiment of six configurations, for journeys that only look at one, and rate."""
    return run_file(
        app,
        "name: finished\ncorpus: first-steps\nprompts: [short, concise, cited]\nmodels: [embedded/extractive]\n"
        "retrieval: {retriever: [keyword, dense], top_k: [3], chunk_tokens: [64]}\nholdout: 0.0\n",
    )


@pytest.fixture(scope="package")
def trials(app: App, finished: str) -> list[dict[str, Any]]:
    """The leaderboard of the finished experiment."""
    found: list[dict[str, Any]] = json.loads(command(app, "leaderboard", finished, "--json").stdout)["trials"]
    return found


@pytest.fixture(scope="package")
def served(app: App, finished: str, trials: list[dict[str, Any]]) -> dict[str, str]:
    """Two of its configurations as services with traffic, and in a gate: what the addresses need."""
    chosen = [trial["trial"] for trial in trials[:2]]
    return make_served(app.settings, finished, chosen, app.folder.parent) | make_gate(app, chosen)


@pytest.fixture(scope="package")
def trained(app: App, finished: str) -> dict[str, str]:
    """A variant of the embedded answerer beside its parent: what the addresses need. It comes after the
    finished experiment, of whose index it makes use."""
    return make_trained(app, run_file(app, tuned_experiment("first-steps")), partial(command, app))


@pytest.fixture(scope="package", params=VIEWS, ids=lambda view: view.name)
def view(request: pytest.FixtureRequest) -> View:
    """Each view in turn. Its tests run one after another, whichever file they are in."""
    found: View = request.param
    return found


@pytest.fixture(scope="package")
def visitor(chromium: Browser) -> Iterator[Page]:
    """One page that goes from view to view."""
    page = new_page(chromium)
    yield page
    end(page)


@pytest.fixture(scope="package")
def view_page(
    visitor: Page, app: App, finished: str, trials: list[dict[str, Any]], served: dict[str, str],
    trained: dict[str, str], view: View,
) -> Page:  # fmt: skip
    """The view, opened once for all tests that look at it, of which only the last (on tables) changes it."""
    visitor.set_viewport_size({"width": 1280, "height": 800})
    ids = {"experiment": finished, "winner": trials[0]["trial"], "place": "1", **served, **trained}
    open_view(visitor, app.address, view, **ids)
    return visitor
