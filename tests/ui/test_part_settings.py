"""Settings of parts on the pages: added to an axis of the design, beside a strategy, in the Playground.
Knows nothing about what a part does with them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.parts.test_outside import MODULE
from tests.tiny_experiment import Runner, experiment
from tests.ui.conftest import Draw, sound, texts, written

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = "parts_of_a_page"
    (tmp_path / f"{name}.py").write_text(MODULE.replace("PLACE", name))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    sys.modules.pop(name, None)


def open_design(load_design: Draw, **fields: Any) -> AppTest:
    return sound(load_design(experiment(**fields)))


def test_a_part_with_other_settings_becomes_a_value_of_its_axis(load_design: Draw, runner: Runner) -> None:
    app = open_design(load_design)
    app.selectbox(key="design.variant.rerank").set_value("mmr").run()
    app.number_input(key="design.variant.rerank.mmr.balance").set_value(0.5).run()
    app = sound(app.button(key="design.variant_add.rerank").click().run())
    assert written(app).retrieval.rerank == ["none", "mmr(balance=0.5)"]
    assert app.button(key="design.variant_add.rerank").disabled


def test_a_strategy_shows_its_own_settings_with_their_bounds(load_design: Draw, runner: Runner) -> None:
    app = open_design(load_design, search={"strategy": "race"})
    confidence = app.number_input(key="design.confidence")
    assert (confidence.value, confidence.min, confidence.max) == (0.95, 0.5, 0.9999)
    app.number_input(key="design.block").set_value(7).run()
    assert written(app).search.settings == {"block": 7}
    app.selectbox(key="design.strategy").set_value("random").run()
    assert written(app).search.settings == {"trials": 20}
    assert "drawn at random with the seed" in texts(app)


def test_parts_of_ones_own_are_shown_by_their_labels_and_kept(
    load_design: Draw, runner: Runner, mine: str
) -> None:
    own = f"{mine}:POSITION"
    search = {"strategy": f"{mine}:EVERY", "step": 2}
    app = open_design(
        load_design,
        retrieval={"retriever": ["keyword", own, {own: {"skip": 1}}]},
        search=search,
        scores=["correctness", f"{mine}:LENGTH"],
    )
    shown = texts(app) + " ".join(app.selectbox(key="design.strategy").options)
    assert "Every" in shown and "edit it as YAML" in shown
    app.number_input(key="design.repeats").set_value(2).run()
    file = written(app)
    assert file.retrieval.retriever == ["keyword", own, f"{own}(skip=1)"]
    assert file.search.model_dump() == search and file.scores == ["correctness", f"{mine}:LENGTH"]


def test_the_playground_has_a_number_for_each_setting(draw_page: Draw, runner: Runner) -> None:
    app = sound(draw_page("playground").run())
    key = next(n.key for n in app.number_input if str(n.key).endswith("retriever.hybrid.k"))
    sound(app.number_input(key=key).set_value(20).run())
    [column] = app.session_state["playground.columns"]
    assert column["retriever"] == "hybrid(k=20)"
    app = sound(app.number_input(key=key).set_value(60).run())
    assert app.session_state["playground.columns"][0]["retriever"] == "hybrid"
