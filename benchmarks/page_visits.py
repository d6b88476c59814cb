"""What somebody does on each page of the app: addresses that are opened, and changes one after another.
Knows nothing about time or the store: it drives Streamlit's AppTest, widgets by what is written on them."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from benchmarks.large_store import Made
from benchmarks.large_texts import TAGS
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.requests import Worker, record_heartbeat, take_requests
from workbench.worker.requests import answer_request

PROJECT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 120

# Each new session of AppTest looks through all installed packages for components, for longer than it draws.
# None comes or goes while this process runs.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@dataclass(frozen=True)
class Change:
    """make: changes one widget of a drawn page; the next draw shows it."""

    what: str
    make: Callable[[AppTest], object]


@dataclass(frozen=True)
class Visit:
    """bar: the most seconds that 95 of 100 draws may take, where the project has set one.  addresses: each is
    opened in a session of its own; the changes are made in the session of the last one."""

    page: str
    bar: float | None
    addresses: tuple[dict[str, str], ...] = ({},)
    changes: tuple[Change, ...] = ()


def _labelled(widgets: Any, label: str) -> Any:
    found = [widget for widget in widgets if widget.label == label]
    if not found:
        raise RuntimeError(f"No widget says {label!r}; there are {[widget.label for widget in widgets]}")
    return found[0]


def pick(label: str, value: str) -> Change:
    """In a box of options."""
    return Change(f"{label}: {value}", lambda app: _labelled(app.selectbox, label).set_value(value))


def choose(label: str, value: str) -> Change:
    """On a bar of options."""
    return Change(f"{label}: {value}", lambda app: _labelled(app.segmented_control, label).set_value(value))


def several(label: str, *values: str) -> Change:
    what = f"{label}: {len(values)} chosen"
    return Change(what, lambda app: _labelled(app.multiselect, label).set_value(list(values)))


def tick(label: str, value: bool = True) -> Change:
    return Change(f"{label}: {value}", lambda app: _labelled(app.toggle, label).set_value(value))


def write(label: str, text: str) -> Change:
    return Change(f"{label}: {text!r}", lambda app: _labelled(app.text_input, label).set_value(text))


def press(label: str) -> Change:
    return Change(label, lambda app: _labelled(app.button, label).click())


def drop_down(key: str, value: bool = True) -> Change:
    """A popover that draws its content only while it is open."""
    return Change(f"{key}: {value}", lambda app: app.session_state.__setitem__(key, value))


def turn_to(page: int) -> Change:
    return Change(f"page {page}", lambda app: app.pagination[0].set_value(page))


def open_cell(app: AppTest) -> None:
    """Open the second question's cell of the second column of the matrix, by its address."""
    shown = json.loads(app.get("bidi_component")[0].proto.json)
    app.query_params["cell"] = f"{shown['columns'][1]['id']}:{shown['rows'][1]['id']}"


def _results(made: Made) -> Visit:
    of = {"experiment": made.experiment}
    return Visit(
        "results",
        1.0,
        (of, of | {"objective": "max grounding; correctness >= 0.5"}, of),
        (
            several("Scores", "correctness", "refusal", "helpful"),
            tick("Only configurations that meet the constraints"),
            tick("Only configurations that meet the constraints", False),
            pick("Objective", "grounding"),
            several("Constraints on", "correctness"),
            press("Back to the experiment's objective"),
            choose("View", "trade"),
            pick("Vertical axis", "grounding"),
            choose("View", "effects"),
            choose("View", "table"),
            pick("Experiment", made.small[-2]),
            pick("Experiment", made.experiment),
        ),
    )


def compare_visit(made: Made, trials: list[str]) -> Visit:
    of = {"experiment": made.experiment}
    return Visit(
        "compare",
        1.0,
        (of, of | {"trials": ",".join(trials[:2])}, of | {"trials": ",".join(trials)}),
        (
            *(pick("Show", show) for show in ("flips", "differ", "better", "ungrounded", "disliked")),
            *(pick("Order", order) for order in ("gain", "position", "spread")),
            pick("Show", "all"),
            pick("Tag", "prices"),
            pick("Tag", ""),
            write("Question contains", "number 1"),
            write("Question contains", ""),
            pick("Score", "grounding"),
            pick("Score", "cost_per_1k_questions"),
            pick("Score", "correctness"),
            Change("a cell is opened", open_cell),
            press("Swap A and B"),
            choose("View", "side"),
            turn_to(2),
            several("Configurations", *trials[:2]),
            several("Configurations", *trials[3:6]),
            pick("Experiment", made.small[-2]),
            pick("Experiment", made.experiment),
        ),
    )


def _answers(made: Made, trials: list[str]) -> Visit:
    of = {"experiment": made.experiment}
    return Visit(
        "answers",
        1.0,
        (of | {"trial": trials[3]}, of | {"n": str(made.answers - 7)}, of | {"find": "label"}, of),
        (
            press("Next"),
            press("Next"),
            choose("Show", "ungrounded"),
            press("Next"),
            choose("Show", "incorrect"),
            choose("Show", "failed"),
            press("Next"),
            choose("Show", "disliked"),
            choose("Show", "liked"),
            choose("Show", "refused"),
            choose("Show", "all"),
            pick("Questions", "holdout"),
            pick("Questions", ""),
            drop_down("answers-list"),
            pick("Order", "grounding"),
            press("Next"),
            drop_down("answers-list", False),
            pick("Order", ""),
            pick("Tag", TAGS[0]),
            pick("Tag", ""),
            write("Question contains", "valve"),
            press("Next"),
            write("Question contains", ""),
            pick("Configuration", trials[2]),
            press("Next"),
            pick("Configuration", ""),
            pick("Experiment", made.small[-2]),
            pick("Experiment", made.experiment),
        ),
    )


def visits(made: Made, corpus: str) -> list[Visit]:
    """Every page, on the largest experiment."""
    of = {"experiment": made.experiment}
    step = max(1, made.trials // 7)
    trials = [f"{made.experiment}-{number:04d}" for number in range(1, made.trials + 1, step)]
    around = (pick("Experiment", made.small[-2]), pick("Experiment", made.experiment))
    pairs = (press("Left is better"), press("Skip"), press("Both good"), press("Undo"))
    thumbs = (press("Good"), press("Bad"), press("Undo"))
    ask = (write("Question", "What does the label cost?"), press("Add a column"))
    return [
        Visit(
            "home", 0.5, ({}, {}, {}), (Change("again", lambda app: None), Change("again", lambda app: None))
        ),
        _results(made),
        compare_visit(made, trials),
        _answers(made, trials),
        Visit("experiments", None, ({},), (tick("Show archived experiments"),)),
        Visit("run", None, (of, of), around),
        Visit("review", None, (of, of), (*pairs, choose("What to do", "thumbs"), *thumbs)),
        Visit("playground", None, ({"trial": trials[0], "corpus": corpus}, {}), ask),
        Visit("design", None),
        Visit("prompts", None),
        Visit("models", None),
        Visit("corpora", None, ({"corpus": corpus},)),
        Visit("questions", None, ({"corpus": corpus},), (write("Find", "label"), write("Find", ""))),
    ]


def _new_session() -> AppTest:
    return AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE_SECONDS)


@cache
def _registered_pages() -> dict[str, Any]:
    """The pages of app.py, as `AppTest.switch_page` looks them up: in all sessions the same."""
    app = _new_session().run()
    return dict(app._registered_pages)


def open_app() -> AppTest:
    """A new session, as a browser begins one: its first draw is of the first page, or of where `go` leads."""
    app = _new_session()
    app._registered_pages = _registered_pages()
    return app


def go(app: AppTest, page: str, address: dict[str, str]) -> None:
    """Have the session's next draw be that of an address; page: the name of its folder."""
    app.switch_page(f"workbench/ui/{page}/page.py")
    app.query_params.clear()
    for name, value in address.items():
        app.query_params[name] = value


def say_that_a_worker_lives(store: Store) -> None:
    """So that pages start none; `answered` does a worker's work."""
    record_heartbeat(
        store, Worker("benchmark", socket.gethostname(), os.getpid(), time.time(), time.time(), "")
    )


def answered(store: Store, settings: Settings) -> Iterator[str]:
    """Answer what pages ask of the worker; yields the kind of each request."""
    say_that_a_worker_lives(store)
    for request in take_requests(store, limit=16):
        asyncio.run(answer_request(store, settings, request))
        yield request.kind
