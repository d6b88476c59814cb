"""The Questions page: questions are drafted, and drafts are kept, edited, dropped and undone one by one.
Knows nothing about rules."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, serve, sound, words
from workbench.corpus.draft_file import read_drafts
from workbench.settings import Settings

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


def draft(draw_page: Draw, runner: Runner) -> AppTest:
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    app.button(key="questions.open").click().run()
    app.number_input(key="questions.draft.count").set_value(6)
    next(b for b in app.button if b.label == "Draft").click().run()
    return sound(serve(runner, app))


def reviews(settings: Settings) -> list[str]:
    return [one.review for one in read_drafts(settings.corpora / "tiny")]


def press(app: AppTest, key: str) -> AppTest:
    return sound(app.button(key=f"questions.review.{key}").click().run())


def test_drafts_are_made_and_reviewed_one_by_one(draw_page: Draw, runner: Runner, opened: Settings) -> None:
    app = draft(draw_page, runner)
    count = len(reviews(opened))
    assert count >= 3 and f"0 of {count} reviewed" in words(app)
    app = press(press(app, "keep"), "drop")
    assert reviews(opened)[:2] == ["kept", "dropped"] and f"2 of {count} reviewed" in words(app)
    app = press(app, "undo")
    assert reviews(opened)[:2] == ["kept", "waiting"]
    app = press(press(press(app, "next"), "keep"), "undo")
    assert reviews(opened)[:3] == ["kept", "waiting", "waiting"]
    rows = (opened.corpora / "tiny" / "questions.jsonl").read_text().splitlines()
    kept = json.loads(rows[-1])
    assert kept["source"]["by"] == "rule" and len(rows) == 9
    press(app, "all")
    assert reviews(opened).count("kept") >= count - 1


def test_where_nothing_can_be_drafted_it_is_said_why(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    for document in (opened.corpora / "tiny" / "documents").iterdir():
        document.write_text("4148 32 4185 35\n")
    app = draft(draw_page, runner)
    assert any("0 drafts for tiny" in w.value for w in app.warning) and not reviews(opened)


def test_a_draft_is_edited_before_it_is_kept(draw_page: Draw, runner: Runner, opened: Settings) -> None:
    app = press(draft(draw_page, runner), "edit")
    app.text_area[0].set_value("Reworded?")
    next(b for b in app.button if b.label == "Save").click().run()
    assert read_drafts(opened.corpora / "tiny")[0].draft.question == "Reworded?"
    assert not sound(app).text_area and reviews(opened)[0] == "waiting"


def test_experiments_do_not_ask_what_was_not_reviewed(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    draft(draw_page, runner)
    assert len((opened.corpora / "tiny" / "questions.jsonl").read_text().splitlines()) == 8
