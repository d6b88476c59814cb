"""Pages show the code that an experiment names and take the user's yes before any of it is imported.
Knows nothing about how permission is stored (tests/outside/test_permission.py)."""

from __future__ import annotations

import sys

import pytest

from tests.outside.test_python_parts import MODULE
from tests.tiny_experiment import Runner, experiment
from tests.ui.conftest import Draw, settled, sound, words, written
from workbench.store.experiments import get_experiment, list_experiments
from workbench.store.leases import request_stop
from workbench.ui.playground.column_words import summary
from workbench.ui.playground.columns import START
from workbench.user_code import permission
from workbench.user_code.places import hash_file

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")

SPLITTER = {
    "llamaindex": "llama_index.core.node_parser:SemanticSplitterNodeParser",
    "with": {"breakpoint_percentile_threshold": 90},
}
AXES = {
    "retriever": ["keyword"],
    "splitter": ["markdown", SPLITTER],
    "chunk_tokens": [64],
    "rerank": ["none", {"python": "mine:shortest"}],
}


def test_design_shows_the_code_and_waits_for_a_yes(load_design: Draw, runner: Runner) -> None:
    file = runner.settings.experiments / "mine.py"
    file.write_text(MODULE + "\nprint('it ran')\n")
    app = settled(load_design(experiment(retrieval=AXES)), runner)
    assert "mine.py contains Python code" in words(app) and app.button(key="design.run").disabled
    assert f"mine_{hash_file(file)[:8]}" not in sys.modules
    app = sound(app.button(key="design.read_code").click().run())
    assert any("def shortest(question, texts)" in code.value for code in app.code)
    assert "names the code below" in words(app)
    app.button(key="design.allow_code").click().run()
    app = settled(app, runner)
    assert [entry.what for entry in permission.list_allowed()] == [str(file.resolve())]
    assert not app.button(key="design.run").disabled
    labels = list(app.button_group(key="design.splitter").options)
    assert "SemanticSplitterNodeParser, breakpoint percentile threshold 90" in labels
    retrieval = written(app).retrieval
    assert retrieval.rerank == ["none", 'python(part="mine:shortest")'] and len(retrieval.splitter) == 2
    file.write_text(MODULE)  # changed: asked again
    app.button(key="design.run").click().run()
    settled(app, runner)
    assert not list_experiments(runner.store)


def test_resuming_on_the_run_page_asks_for_a_yes(draw_page: Draw, runner: Runner) -> None:
    file = runner.settings.experiments / "mine.py"
    file.write_text(MODULE)
    permission.allow([permission.Code.of_file(file.resolve())])
    experiment_id = runner.create(experiment(retrieval=AXES))
    request_stop(runner.store, experiment_id)
    permission.forget(str(file.resolve()))
    app = sound(draw_page("run", experiment=experiment_id))
    app.button(key="run.resume").click().run()
    assert "mine.py contains Python code" in words(sound(app))
    assert get_experiment(runner.store, experiment_id).state == "stopped"
    app.button(key="run.read_code").click().run()
    app.button(key="run.allow_code").click().run()
    sound(app)
    assert get_experiment(runner.store, experiment_id).state == "queued"


def test_a_column_of_the_playground_names_such_a_part_in_short() -> None:
    part = 'llamaindex(part="llama_index.core.node_parser:SentenceSplitter", with={"chunk_size": 64})'
    assert "splitter SentenceSplitter(chunk_size=64)" in summary({**START, "splitter": part}, ())
