"""Server time of every page, with 1,000 trials of 200 questions and 1,000,000 scores in a store on SQLite or
on PostgreSQL.
Knows nothing about browsers: a draw is a run of the page's script by Streamlit's AppTest.

    python -m benchmarks.pages [--quick] [--at FOLDER] [--postgresql] [--questions N]

With --questions 1000 there are 1,000,000 answers. With --postgresql the store is moved into a database of a
server that is started for it, as `move-store` does.

What is timed is all that the server does to draw a page once: the script with its queries, building the
widgets' messages, tables as Arrow, and charts. AppTest adds what a server does not do: it compiles the script
anew and reads the messages back into a tree. Sending and the browser's work are not in it. What a page asks
of the worker is answered between two draws, by this process and untimed; the draw that shows the answer
counts as one more. Each page is drawn once on a small experiment first: importing pandas and Altair is done
once a server. Draws are first ones (an address opened in a session of its own) and redraws (another
experiment, a filter, the next answer, another objective).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from benchmarks.figures import Figure, run_alone, say
from benchmarks.large_store import Made, Shape, make_store
from benchmarks.page_visits import PROJECT, Visit, answered, go, open_app, say_that_a_worker_lives, visits
from benchmarks.runs import Sample, take_sample
from tests.postgresql_server import running_server
from workbench.heaps import limit_heaps
from workbench.settings import Settings, load_settings
from workbench.store.database import open_home_store
from workbench.store.moving.move import move_store

ROUNDS, QUICK_ROUNDS = 3, 1
CORPUS = "large"
QUICK_SHAPE = Shape(prompts=3, top_ks=1, questions=30, holdout=10, thumbs=20)
WITHOUT_A_BAR = 1.0  # what the issue sets no bar for is still to be drawn within this
MOST_MEGABYTES = 600.0


@dataclass
class Clock:
    """Of each draw, by page: seconds by the wall, processor seconds of this process, what was drawn."""

    draws: dict[str, list[tuple[float, float, str]]] = field(default_factory=dict)

    def draw(self, app: AppTest, page: str, what: str) -> None:
        """Draw the page, timed. Raises RuntimeError when it fails."""
        started, worked = time.perf_counter(), time.process_time()
        app.run()
        took = (time.perf_counter() - started, time.process_time() - worked, what)
        self.draws.setdefault(page, []).append(took)
        if app.exception:
            raise RuntimeError(f"{page}, {what}: {app.exception[0].value}")


def quieten() -> None:
    """AppTest reads addresses outside a script, and Streamlit warns of that at every draw."""
    os.environ.setdefault("STREAMLIT_LOGGER_LEVEL", "error")


def settings_in(folder: Path) -> Settings:
    """Of a home of its own, as the app reads them from the environment."""
    (folder / "experiments").mkdir(parents=True, exist_ok=True)
    shutil.copy(PROJECT / "experiments" / "prompts.yaml", folder / "experiments")
    for name in ("home", "corpora", "experiments"):
        os.environ[f"WORKBENCH_{name.upper()}"] = str(folder / name)
    os.environ["WORKBENCH_RATER"] = "Grace"
    return load_settings()


def _make(folder: Path, shape: Shape) -> None:
    made = make_store(settings_in(folder), shape)
    (folder / "made.json").write_text(json.dumps(asdict(made)), encoding="utf-8")


def _made(folder: Path, shape: Shape) -> Made:
    """The store in this folder, made when it is not there: in a process of its own, so that making it is no
    part of the memory that is measured."""
    if not (folder / "made.json").exists():
        started = time.perf_counter()
        process = multiprocessing.get_context("spawn").Process(target=_make, args=(folder, shape))
        process.start()
        process.join()
        if process.exitcode:
            raise RuntimeError("The store could not be made; see above.")
        size = sum(f.stat().st_size for f in (folder / "home").glob("workbench.db*")) / 1e6
        say(f"made a store of {size:,.0f} MB in {time.perf_counter() - started:.0f} s")
    facts = json.loads((folder / "made.json").read_text(encoding="utf-8"))
    return Made(**facts | {"small": tuple(facts["small"])})


def _moved(settings: Settings, address: str) -> Settings:
    """The settings of a home whose store has been moved to this address."""
    started, source = time.perf_counter(), open_home_store(settings)
    moved = move_store(source, address)
    source.dispose()
    rows = sum(table.rows for table in moved.tables.values())
    say(f"moved {rows:,} rows into PostgreSQL in {time.perf_counter() - started:.0f} s")
    os.environ["WORKBENCH_DATABASE_URL"] = address
    return load_settings()


def make_visit(visit: Visit, clock: Clock, settings: Settings) -> None:
    """Open each address in a new session, and in the last one make the changes."""
    store = open_home_store(settings)
    app = None

    def draw(app: AppTest, page: str, what: str) -> None:
        say_that_a_worker_lives(store)  # each time: it is believed for ten seconds
        clock.draw(app, page, what)
        for kind in answered(store, settings):
            clock.draw(app, page, f"{what}, then {kind}")

    for address in visit.addresses:
        app = open_app()
        go(app, visit.page, address)
        draw(app, visit.page, " ".join(f"{k}={v[:20]}" for k, v in address.items() if k != "experiment"))
    assert app is not None
    for change in visit.changes:
        change.make(app)
        draw(app, visit.page, change.what)


def measure(options: argparse.Namespace) -> list[Figure]:
    quieten()
    limit_heaps()  # as server.py does
    shape = QUICK_SHAPE if options.quick else Shape(questions=options.questions)
    with tempfile.TemporaryDirectory(prefix="workbench-bench-") as temporary, ExitStack() as stack:
        folder = options.at or Path(temporary)
        made = _made(folder, shape)
        settings = settings_in(folder)
        if options.postgresql:
            server = stack.enter_context(running_server(safe=True))
            settings = _moved(settings, server.make_database())
        say(f"{made.trials:,} trials, {made.answers:,} answers, {made.scores:,} scores, two cores")
        warm = replace(made, experiment=made.small[-2], trials=4, answers=80)
        clock = Clock()
        wanted = [v for v in visits(made, CORPUS) if v.page in (options.page or v.page)]
        for visit in visits(warm, CORPUS):
            make_visit(replace(visit, changes=()), Clock(), settings)
        before = take_sample(os.getpid())
        for number in range(QUICK_ROUNDS if options.quick else ROUNDS):
            for visit in wanted:
                make_visit(visit, clock, settings)
            say(f"round {number + 1} done")
        after = take_sample(os.getpid())
    return figures_of(clock, wanted, before, after)


def figures_of(
    clock: Clock, wanted: list[Visit], before: Sample | None, after: Sample | None
) -> list[Figure]:
    found = []
    for visit in wanted:
        draws = clock.draws[visit.page]
        p50, p95 = np.percentile([wall for wall, _, _ in draws], (50, 95))
        half, most = np.percentile([worked for _, worked, _ in draws], (50, 95))
        slowest, _, what = max(draws)
        note = f"p50 {p50:.2f}; processor {half:.2f} and {most:.2f}; {len(draws)} draws; "
        note += f"slowest {slowest:.2f}: {what or 'opened'}"
        bar = visit.bar or WITHOUT_A_BAR
        found.append(Figure(f"{visit.page}, s at p95", float(p95), bar=bar, at_most=True, note=note))
    if before and after:
        note = f"{before.megabytes:.0f} MB after one draw of each page"
        found.append(
            Figure("memory, MB", after.megabytes, bar=MOST_MEGABYTES, at_most=True, digits=0, note=note)
        )
    return found


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--at", type=Path, metavar="FOLDER", help="make the store here, or use the one there")
    parser.add_argument("--postgresql", action="store_true", help="move the store into PostgreSQL first")
    parser.add_argument("--questions", type=int, default=Shape.questions, help="that each trial answers")
    parser.add_argument("--page", action="append", metavar="NAME", help="only this page; may be given again")


if __name__ == "__main__":
    sys.exit(run_alone("pages", measure, __doc__, _options))
