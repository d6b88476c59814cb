"""Sparse search on the pages: chosen in a design and in the Playground, with its model or with what it needs.
Knows nothing about how sparse vectors are made."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.tiny_experiment import Runner, experiment
from tests.ui.conftest import Draw, settled, sound, texts, written
from workbench.space.model import Model
from workbench.store.catalogue import save_model

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")

SPLADE = Model(
    name="splade", kind="sparse_embedding", base_url="http://127.0.0.1:9/v1", model="naver/splade-v3"
)
DENSE = Model(name="served", kind="embedding", base_url="http://127.0.0.1:9/v1", model="m")


def test_without_a_model_the_retriever_says_what_it_needs(load_design: Draw, runner: Runner) -> None:
    save_model(runner.store, DENSE)  # another kind is no help
    app = sound(load_design(experiment(retrieval={"retriever": ["keyword"]})))
    assert "sparse embedding model" not in texts(app).lower()
    app.button_group(key="design.retriever").set_value(["sparse"]).run()
    app = settled(app, runner)
    needed = "There is no sparse embedding model yet: it is a model of kind sparse_embedding."
    assert needed in [w.value.replace("\\", "") for w in app.warning]
    assert app.button(key="design.run").disabled
    [at_button] = [e.value.replace("\\", "") for e in app.error]
    assert at_button == "[Sparse embedding model must be corrected.](#retrieval)"


def test_a_registered_model_is_chosen_below_the_retriever(load_design: Draw, runner: Runner) -> None:
    for model in (SPLADE, DENSE):
        save_model(runner.store, model)
    app = sound(load_design(experiment(retrieval={"retriever": ["keyword"]})))
    app.button_group(key="design.retriever").set_value(["keyword", "sparse"]).run()
    chosen = app.multiselect(key="design.sparse_embedding")
    assert chosen.options == ["splade"] and not app.warning
    chosen.set_value(["splade"]).run()
    app = settled(app, runner)
    assert not app.error and not app.button(key="design.run").disabled
    retrieval = written(app).retrieval
    assert retrieval.retriever == ["keyword", "sparse"] and retrieval.sparse_embedding == ["splade"]
    figures = {m.label: m.value for m in app.metric}
    assert figures["Configurations"] == "2"


def test_the_playground_asks_for_the_model_below_the_retriever(draw_page: Draw, runner: Runner) -> None:
    def with_sparse() -> AppTest:
        app = sound(draw_page("playground"))
        [retriever] = [box for box in app.selectbox if str(box.key).endswith(".retriever")]
        return sound(retriever.set_value("sparse").run())

    assert any("There is no sparse embedding model yet" in warning.value for warning in with_sparse().warning)
    save_model(runner.store, SPLADE)
    app = with_sparse()
    [model] = [box for box in app.selectbox if str(box.key).endswith(".sparse_embedding")]
    assert model.options == ["splade"] and not app.warning
