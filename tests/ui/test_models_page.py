"""The Models page: the family tree, reachability of all, how each did.
Knows nothing about servers beyond that one answers and one is not there."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model
from tests.ui.conftest import Draw, serve, sound, words
from workbench.space.model import Model
from workbench.store.catalogue import get_model, save_model
from workbench.ui.models.family_tree import in_families

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


def row(app: AppTest, name: str) -> dict[str, object]:
    table = app.dataframe[0].value
    return dict(next(r for _, r in table.iterrows() if str(r["Model"]).endswith(name)))


def remote(name: str, parent: str | None = None) -> Model:
    return Model(name=name, base_url="http://h/v1", model=name, parent=parent)


def test_variants_hang_below_what_they_were_tuned_from() -> None:
    models = [
        remote("base"),
        remote("b", "base"),
        remote("a", "base"),
        remote("a1", "a"),
        remote("lone", "gone"),
    ]
    drawn = [member.drawn.replace("\u2002", " ") for member in in_families(models)]
    assert drawn == ["base", "├─ b", "└─ a", "   └─ a1", "lone"]


def test_models_that_are_each_others_parents_are_all_listed_once() -> None:
    members = in_families([remote("a", "b"), remote("b", "a"), remote("c", "c")])
    assert sorted(member.model.name for member in members) == ["a", "b", "c"]


def test_the_shipped_embedding_is_listed_and_cannot_be_removed(draw_page: Draw) -> None:
    app = sound(draw_page("models", model="embedded/minilm"))
    assert row(app, "embedded/minilm")["Kind"] == "embedding"
    assert "is always there" in words(app)
    assert not [b for b in app.button if b.label == "Remove"]


def test_all_models_are_asked_at_once_and_each_says_how_it_stands(draw_page: Draw, runner: Runner) -> None:
    with ProtocolServer() as server:
        save_model(runner.store, Model.model_validate(local_model(server)))
        dead = {"name": "dead", "base_url": "http://127.0.0.1:9/v1", "model": "x", "parent": "local"}
        save_model(runner.store, Model.model_validate(dead))
        app = sound(draw_page("models"))
        assert row(app, "local")["Reachable"] == "not asked"
        app.button(key="models.test_all").click().run()
        app = sound(serve(runner, app))
    assert row(app, "local")["Reachable"] == "✓ just now"
    assert row(app, "embedded/minilm")["Reachable"] == "✓ just now"
    assert str(row(app, "dead")["Reachable"]).startswith("✗ just now: ")
    assert row(app, "dead")["Model"] == "└─ dead"
    app.switch_page("workbench/ui/home/page.py").run()
    app.switch_page("workbench/ui/models/page.py").run()  # kept for the visit
    assert row(sound(app), "local")["Reachable"] == "✓ just now"


def test_a_wrong_name_on_a_server_that_answers_to_any_is_no_plain_success(
    draw_page: Draw, runner: Runner
) -> None:
    rows = [{"id": "small.gguf", "owned_by": "llamacpp"}]
    props = {"/props": {"total_slots": 2}}
    with ProtocolServer(models=("small.gguf",), any_name=True, model_rows=rows, pages=props) as server:
        save_model(runner.store, Model.model_validate(local_model(server, model="llama-70b")))
        app = sound(draw_page("models", model="local"))
        app.button(key="models.test_one").click().run()
        app = sound(serve(runner, app))
    assert any("answers to any name" in warning.value for warning in app.warning)
    assert not app.success


def test_the_settings_that_few_models_need_are_saved(draw_page: Draw, runner: Runner) -> None:
    save_model(runner.store, Model(name="mine", base_url="http://127.0.0.1:9/v1", model="m", stop=("\n\n",)))
    app = sound(draw_page("models", model="mine"))
    # Last comes the form that registers another model.
    fields = {field.label: field for field in reversed([*app.text_input, *app.text_area])}
    fields["Seed (empty: not sent)"].set_value("7")
    fields["Query parameters"].set_value("api-version=2024-10-21")
    fields["Header for the key"].set_value("api-key")
    [save] = [b for b in app.button if b.label == "Save"][:1]
    save.click().run()
    sound(app)
    saved = get_model(runner.store, "mine")
    assert (saved.seed, saved.extra_query, saved.key_header) == (7, {"api-version": "2024-10-21"}, "api-key")
    assert saved.stop == ("\n\n",)


def test_how_each_model_did_is_told_of_chat_and_embedding_models(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    runner.run(experiment(name="newer", retrieval={"retriever": ["keyword"]}))
    app = sound(draw_page("models", model="embedded/extractive"))
    found = row(app, "embedded/extractive")
    assert found["Experiments"] == 2 and str(found["Last result"]).startswith("Correctness 0.")
    assert found["Best rank there"] == "1 of 1"
    assert row(app, "embedded/minilm")["Experiments"] == 1  # keyword search embeds nothing
    assert row(app, "embedded/extractive-tuned")["Experiments"] == 0
    assert "In 2 experiments, newest first" in words(app)
