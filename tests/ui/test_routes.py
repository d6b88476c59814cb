"""Routes on the pages: kept by Design, shown by Results and the Playground, proposed under Trade-offs.
Knows nothing about how a route is run (tests/run/test_routes.py) or found (tests/routing)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny_experiment import Runner, experiment, run_once, take_over
from tests.ui.conftest import Draw, settled, sound, texts, written
from workbench.space.experiment import ExperimentFile
from workbench.store.trials import get_trials

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")
ENDS = ["embedded/extractive", "embedded/extractive-tuned"]


def routed() -> ExperimentFile:
    keyword = {"splitter": "markdown", "chunk_tokens": 64, "retriever": "keyword"}
    wide = [{"prompt": "concise", "retrieval": {**keyword, "top_k": k}, "model": ENDS[0]} for k in (1, 3)]
    return experiment(
        models=ENDS,
        retrieval={"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [2]},
        routes=[{"name": "cheap-first", "cascade": ENDS}, {"name": "wider", "router": wide}],
    )


@pytest.fixture(scope="module")
def ran_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return run_once(tmp_path_factory.mktemp("routed"), routed())


@pytest.fixture
def ran(runner: Runner, ran_once: tuple[str, Path]) -> str:
    take_over(runner, ran_once[1])
    return ran_once[0]


def test_design_keeps_the_routes_of_a_file(load_design: Draw, runner: Runner) -> None:
    app = settled(load_design(routed()), runner)
    assert not app.error
    app.number_input(key="design.repeats").set_value(2).run()
    file = written(app)
    assert file.repeats == 2 and file.routes == routed().routes


def test_results_name_routes_and_say_their_rule(draw_page: Draw, runner: Runner, ran: str) -> None:
    sound(draw_page("results", experiment=ran))
    trials = {t.config.model.name: t.id for t in get_trials(runner.store, ran)}
    assert {"cheap-first", "wider"} <= trials.keys()
    sound(draw_page("results", experiment=ran, view="effects"))
    sound(draw_page("compare", experiment=ran, trials=f"{trials['wider']},{trials['cheap-first']}"))
    sound(draw_page("answers", experiment=ran, trial=trials["cheap-first"]))


def test_the_playground_opens_both_ends(draw_page: Draw, runner: Runner, ran: str) -> None:
    [wider] = [t for t in get_trials(runner.store, ran) if t.config.model.name == "wider"]
    app = sound(draw_page("playground", trial=wider.id, corpus="tiny"))
    assert "column A is its cheap end" in texts(app)


def test_trade_offs_say_whether_a_route_pays(draw_page: Draw, runner: Runner, ran: str) -> None:
    app = sound(draw_page("results", experiment=ran, view="trade"))
    toggle = next(t for t in app.toggle if t.label == "Look for a route")
    app = settled(toggle.set_value(True).run(), runner)
    said = texts(app)
    assert "No route pays off here." in said or "there is nothing to save" in said, said
