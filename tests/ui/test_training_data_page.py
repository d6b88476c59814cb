"""Tests the page Training data: making rows with a click, and what is shown of them.
Knows nothing about how rows are made."""

from __future__ import annotations

import zipfile
from io import BytesIO

from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, settled, sound, texts, words
from workbench.store.requests import add_event
from workbench.ui.services import Services


def test_without_an_experiment_the_page_says_what_to_do(
    draw_page: Draw, nobody_starts_a_worker: None
) -> None:
    page = sound(draw_page("training_data"))
    assert "no experiment yet" in texts(page) and "No training data yet" in texts(page)


def test_rows_are_made_with_a_click_and_shown_with_what_was_left_out(
    draw_page: Draw, finished: str, runner: Runner
) -> None:
    page = sound(draw_page("training_data", kind="dpo"))
    assert not any("\\" in option for box in page.selectbox for option in box.options)
    page.button(key="training_data.make").click()
    page = sound(settled(page.run(), runner))
    assert f"{finished}-dpo-trl" in page.query_params["data"]
    assert any("of dpo for trl" in str(part.value) for part in page.subheader)
    assert [d for d in page.dataframe if "Why" in d.value.columns or "Answer" in d.value.columns]
    services = Services(runner.settings)
    [made] = services.training_data.list_made()
    assert services.training_data.read_rows(made, 1)[0].keys() == {"prompt", "chosen", "rejected"}
    names = zipfile.ZipFile(BytesIO(services.training_data.zip(made))).namelist()
    assert sorted(name.rpartition("/")[2] for name in names) == ["README.md", "card.json", "train.jsonl"]


def test_making_shows_what_is_done_and_can_be_stopped(
    draw_page: Draw, finished: str, runner: Runner, nobody_starts_a_worker: None
) -> None:
    page = sound(draw_page("training_data"))
    page = sound(page.button(key="training_data.make").click().run())
    request_id = page.session_state["request.training_data.request"].request_id
    add_event(runner.store, request_id, "piece", {"what": "progress", "doing": "Reading documents"})
    page = sound(page.run())
    assert "Reading documents" in texts(page)
    page = sound(page.button(key="training_data.stop").click().run())
    page = sound(settled(page, runner))
    assert "It was stopped before there was a result." in words(page)
    assert not Services(runner.settings).training_data.list_made()


def test_what_cannot_be_made_says_why(draw_page: Draw, finished: str, runner: Runner) -> None:
    page = sound(draw_page("training_data", kind="kto", format="openai"))
    page.button(key="training_data.make").click()
    page = settled(page.run(), runner)
    assert any("The format openai has no kto" in error.value for error in page.error)
