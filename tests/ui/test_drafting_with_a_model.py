"""The Draft view with a chat model: the plan, the budget, the drafts, and a server that does not answer.
Knows nothing about prompts and filters."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.drafting.drafting_model import draft
from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, settled, sound, words
from workbench.corpus.draft_file import read_drafts
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.store.catalogue import save_model
from workbench.worker import model_drafting

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")

PRICE = {"input_per_million": 1.0, "output_per_million": 2.0}


def register(runner: Runner, address: str, **fields: object) -> None:
    given = {"name": "local", "base_url": address, "model": "test-chat", "limits": {"timeout_seconds": 5}}
    save_model(runner.store, Model.model_validate(given | fields))


def choose_model(draw_page: Draw, runner: Runner, count: int) -> AppTest:
    app = sound(draw_page("questions", corpus="tiny", view="Draft"))
    app.selectbox(key="questions.draft.model").set_value("local").run()
    app.number_input(key="questions.draft.count.tiny").set_value(count).run()
    return settled(app, runner)


def test_a_model_is_planned_first_and_then_drafts(draw_page: Draw, runner: Runner, opened: Settings) -> None:
    with ProtocolServer(reply=draft) as server:
        register(runner, server.base_url, price=PRICE)
        app = choose_model(draw_page, runner, 4)
        assert not server.posts
        figures = {metric.label: metric.value for metric in app.metric}
        assert set(figures) == {"Model calls", "Cost", "Time"} and figures["Model calls"].startswith("about ")
        assert "After" in app.dataframe[0].value.columns and not app.button(key="questions.draft.go").disabled
        app = settled(app.number_input(key="questions.draft.budget").set_value(1.0).run(), runner)
        app.button(key="questions.draft.go").click().run()
        app = settled(app, runner)
        assert server.posts
    drafts = read_drafts(opened.corpora / "tiny")
    assert drafts and {one.draft.source_by for one in drafts} == {"model"}
    assert drafts[0].draft.source_prompt and drafts[0].draft.source_date
    shown = words(app)
    assert "reviewed" in shown or "drafts for tiny" in " ".join(w.value for w in app.warning)


@pytest.mark.usefixtures("hasty")
def test_a_model_that_does_not_answer_is_said_and_nothing_is_lost(
    draw_page: Draw, runner: Runner, opened: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_drafting, "GIVE_UP_SECONDS", 0.5)
    register(runner, "http://127.0.0.1:9/v1")
    app = choose_model(draw_page, runner, 2)
    assert "has no price" in words(app)  # so there is no field for a budget
    app.button(key="questions.draft.go").click().run()
    app = settled(app, runner)
    assert app.warning and not app.success
    assert not app.button(key="questions.draft.go").disabled  # it can be tried again with the same choices


def test_only_models_that_can_write_are_offered(draw_page: Draw, runner: Runner) -> None:
    app = settled(draw_page("questions", corpus="tiny", view="Draft"), runner)
    assert app.selectbox(key="questions.draft.model").options == ["Rules, without a model"]
    assert "not look English" not in words(app)


def test_documents_in_another_language_are_said_before_drafting(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    german = "# Öffnungszeiten\n\nDie Werkstatt ist von neun bis siebzehn Uhr geöffnet und sonst nicht.\n" * 9
    (opened.corpora / "tiny" / "documents" / "zeiten.md").write_text(german)
    app = settled(draw_page("questions", corpus="tiny", view="Draft"), runner)
    assert "1 of 4 documents do not look English" in words(app)
