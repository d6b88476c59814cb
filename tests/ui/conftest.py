"""Pages drawn by Streamlit's AppTest, without a browser; the test itself answers what they ask a worker.
Knows nothing about any page."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, app_test, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from benchmarks.page_visits import go, open_app
from tests.tiny_experiment import Runner, experiment, run_once, runner, take_over, tiny  # noqa: F401  (fixtures)
from workbench.settings import Settings
from workbench.space.experiment import ExperimentFile
from workbench.space.file_writing import experiment_to_yaml
from workbench.space.files import parse_experiment
from workbench.store import requests
from workbench.store.processes import this_host
from workbench.store.requests import Worker, record_heartbeat, take_requests
from workbench.worker.requests import answer_request

PROJECT = Path(__file__).parent.parent.parent
Draw = Callable[..., AppTest]


def _wait_for_the_script(script: LocalScriptRunner, timeout: float) -> None:
    """AppTest looks a thousand times a second whether the page is drawn, in the same process that draws it."""
    thread = script._script_thread
    thread.join(timeout)
    if thread.is_alive():
        script.request_stop()
        thread.join()
        raise RuntimeError(f"The page was not drawn within {timeout} s")


local_script_runner.require_widgets_deltas = _wait_for_the_script

# AppTest compiles app.py and the page anew for each drawing; the app itself keeps what it compiled, as here.
_COMPILED = ScriptCache()
app_test.ScriptCache = lambda: _COMPILED  # type: ignore[misc,assignment]

SMALL = "name: y\ncorpus: tiny\nprompts: [concise]\nmodels: [embedded/extractive]\n"
"""A small experiment file."""


@pytest.fixture
def opened(tiny: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:  # noqa: F811
    """The environment as the app's process sees it."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tiny.home))
    monkeypatch.setenv("WORKBENCH_CORPORA", str(tiny.corpora))
    monkeypatch.setenv("WORKBENCH_EXPERIMENTS", str(tiny.experiments))
    monkeypatch.setenv("WORKBENCH_RATER", "tester")
    monkeypatch.chdir(PROJECT)
    return tiny


@pytest.fixture
def draw_page(opened: Settings) -> Draw:
    """Draws a page by its file's name, with the address's parameters."""

    def draw(page: str, /, **parameters: str) -> AppTest:
        app = open_app()
        go(app, page, parameters)
        return app.run()

    return draw


@pytest.fixture
def load_design(opened: Settings) -> Callable[[str | ExperimentFile], AppTest]:
    """Draws the page Design, once, with an experiment that is loaded into it."""

    def draw(given: str | ExperimentFile) -> AppTest:
        app = open_app()
        go(app, "design", {})
        app.session_state["design.load"] = given if isinstance(given, str) else experiment_to_yaml(given)
        return app.run()

    return draw


@pytest.fixture(autouse=True)
def workers_live_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker that is said to live does not beat; beside others a test may take longer than one may rest."""
    monkeypatch.setattr(requests, "ALIVE_SECONDS", 600.0)


def say_a_worker_lives(runner: Runner) -> None:  # noqa: F811
    record_heartbeat(runner.store, Worker("test", this_host(), os.getpid(), time.time(), time.time(), ""))


@pytest.fixture
def nobody_starts_a_worker(runner: Runner) -> None:  # noqa: F811
    """A worker is said to live, so that pages start none; tests answer requests themselves."""
    say_a_worker_lives(runner)


@pytest.fixture(scope="session")
def ran_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """(a finished experiment's id, the database that holds it): to be copied, for running takes seconds."""
    return run_once(tmp_path_factory.mktemp("ran-once"), experiment(prompts=["concise", "cited"]))


@pytest.fixture
def finished(runner: Runner, ran_once: tuple[str, Path]) -> str:  # noqa: F811
    """A finished experiment of this test's own, over its own corpus."""
    experiment_id, database = ran_once
    take_over(runner, database)
    say_a_worker_lives(runner)
    return experiment_id


def serve(runner: Runner, app: AppTest) -> AppTest:  # noqa: F811
    """Answer what the page asks of the worker until it asks nothing more."""
    me = Worker("test", this_host(), os.getpid(), time.time(), time.time(), "")
    for _ in range(10):
        record_heartbeat(runner.store, me)
        taken = take_requests(runner.store)
        if not taken:
            return app
        for request in taken:
            asyncio.run(answer_request(runner.store, runner.settings, request))
        app.run()
    raise AssertionError("The page goes on asking.")


def sound(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].value
    assert len(app.title) == 1
    return app


def settled(app: AppTest, runner: Runner) -> AppTest:  # noqa: F811
    """The page once it asks nothing more, without a traceback before or after."""
    return sound(serve(runner, sound(app)))


def html_of(app: AppTest) -> str:
    """All HTML of a page, in one text."""
    return "".join(str(element.value) for element in app.html)


def editor(app: AppTest) -> Any:
    """The field of the Design page that holds the experiment file."""
    return next(a for a in app.text_area if str(a.key).startswith("design.yaml."))


def written(app: AppTest) -> ExperimentFile:
    """The file that the Design page would save."""
    return parse_experiment(editor(app).value)


def stored_questions(settings: Settings, corpus: str = "tiny") -> list[dict[str, Any]]:
    """The lines of a corpus's question file."""
    lines = (settings.corpora / corpus / "questions.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def texts(app: AppTest) -> str:
    """All that a page says, in one text (Markdown, so with its escapes)."""
    shown = [*app.title, *app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(element.value) for element in shown)


# Elements whose strings no browser reads as Markdown: a widget's value, a table, source code.
_PLAIN = frozenset(("dataframe", "code", "html", "json", "text", "arrow_vega_lite_chart", "bidi_component"))
# Options of these are shown as plain text; those of radio buttons, pills and tabs are Markdown.
_PLAIN_FIELDS = {
    "selectbox": {"options", "placeholder", "raw_value"},
    "multiselect": {"options", "placeholder", "raw_values"},
    "text_input": {"default", "value", "placeholder"},
    "text_area": {"default", "value", "placeholder"},
    "select_slider": {"options"},
}
_NO_TEXT = {
    "id",
    "form_id",
    "url",
    "page",
    "page_script_hash",
    "key",
    "icon",
    "element_id",
    "url_path",
    "type",
}


def _strings(message: Any, skip: frozenset[str] | set[str]) -> Iterator[str]:
    for field, value in message.ListFields():
        if field.name in _NO_TEXT or field.name in skip:
            continue
        values = value if field.is_repeated else [value]
        for one in values:
            if isinstance(one, str):
                yield one
            elif hasattr(one, "ListFields"):
                yield from _strings(one, skip)


def markdown_of(app: AppTest) -> str:
    """All that a page shows as Markdown: texts, labels, tooltips, options."""
    shown: list[str] = []

    def walk(node: Any) -> None:
        if node.type not in _PLAIN and getattr(node, "proto", None) is not None:
            shown.extend(_strings(node.proto, _PLAIN_FIELDS.get(node.type, set())))
        for child in getattr(node, "children", {}).values():
            walk(child)

    walk(app._tree)
    return "\n".join(shown)


def matrix_of(app: AppTest) -> dict[str, Any]:
    """What the matrix on the page Compare draws: the data of its component."""
    return dict(json.loads(app.get("bidi_component")[0].proto.json))


def words(app: AppTest) -> str:
    """The same as a person reads it."""
    return texts(app).replace("\\", "")


def select(app: AppTest, key: str, *rows: int) -> AppTest:
    """Click rows of a table."""
    app.session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return sound(app.run())
