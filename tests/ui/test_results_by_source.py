"""The page Results by source, the questions that tell nothing apart, and the switch that asks drafts.
Knows nothing about how figures are computed."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.mixed_sources import mix_sources
from tests.tiny_experiment import Runner, experiment
from tests.ui.conftest import Draw, html_of, settled, stored_questions, texts, words, written
from workbench.results.told_apart import find_told_apart_questions

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")
RETRIEVAL = {
    "splitter": ["markdown"],
    "chunk_tokens": [64],
    "retriever": ["keyword", "dense"],
    "top_k": [1, 3],
}


@pytest.fixture
def mixed(runner: Runner) -> str:
    """A finished experiment: three questions by people, two drafted, two unreviewed drafts."""
    mix_sources(runner.settings.corpora / "tiny")
    return runner.run(experiment(questions={"drafts": True}, retrieval=RETRIEVAL)).id


def link_of(app: AppTest, label: str) -> str:
    return next(e.proto.query_string for e in app.get("page_link") if e.proto.label == label)


def correctness(app: AppTest) -> list[Any]:
    return list(app.dataframe[0].value["Correctness"])


def test_the_leaderboard_can_rest_on_the_questions_of_one_source(
    draw_page: Draw, runner: Runner, mixed: str
) -> None:
    app = settled(draw_page("results", experiment=mixed), runner)
    assert "2 of 7 questions are drafts that nobody has reviewed." in html_of(app)
    assert "Too little to tell whether drafted and people's questions rank" in texts(app)
    choice = app.selectbox(key="results.source")
    assert list(choice.options) == ["All questions", "People's questions (3)", "Drafted questions (4)"]
    of_all = correctness(app)
    app = settled(choice.select("drafted").run(), runner)
    assert app.query_params["source"] == "drafted" or app.query_params["source"] == ["drafted"]
    assert "2 of 4 questions are drafts" in html_of(app) and "on 4 questions" in html_of(app)
    assert correctness(app) != of_all
    app = settled(app.selectbox(key="results.source").select("person").run(), runner)
    assert "drafts that nobody has reviewed" not in html_of(app) and "on 3 questions" in html_of(app)
    again = settled(draw_page("results", experiment=mixed, source="drafted"), runner)
    assert "2 of 4 questions are drafts" in html_of(again)


def test_one_source_needs_no_choice(draw_page: Draw, runner: Runner, finished: str) -> None:
    app = settled(draw_page("results", experiment=finished), runner)
    assert "results.source" not in [s.key for s in app.selectbox]
    assert "rank the configurations" not in texts(app)


def test_results_lead_to_the_questions_that_tell_nothing_apart(
    draw_page: Draw, runner: Runner, mixed: str
) -> None:
    found = find_told_apart_questions(runner.store, mixed)
    assert found is not None and found.in_words
    app = settled(draw_page("results", experiment=mixed), runner)
    assert found.in_words in words(app)
    assert f"show={mixed}" in link_of(app, "Show these questions")
    app = settled(draw_page("questions", corpus="tiny", show=mixed), runner)
    ids = {q["id"] for q in stored_questions(runner.settings)}
    told = {*found.too_easy, *found.too_hard} & ids
    table = app.dataframe[0].value
    assert set(table["Id"]) == told and set(table["In the experiment"]) <= {"too easy", "too hard"}
    assert "change no ranking" in texts(app)
    app = settled(app.selectbox(key="questions.show").select("").run(), runner)
    assert len(app.dataframe[0].value) == len(ids)
    assert "drafted by a rule (table), 2026-11-29" in list(app.dataframe[0].value["Source"])


def test_a_corpus_without_such_an_experiment_has_no_filter(draw_page: Draw, runner: Runner) -> None:
    app = settled(draw_page("questions", corpus="tiny", show="nothing"), runner)
    assert "questions.show" not in [s.key for s in app.selectbox]
    assert "Source" not in app.dataframe[0].value


def test_the_switch_of_the_design_asks_drafts(draw_page: Draw, runner: Runner) -> None:
    mix_sources(runner.settings.corpora / "tiny")
    app = settled(draw_page("design", corpus="tiny"), runner)
    assert not written(app).questions.drafts
    app = settled(app.toggle(key="design.drafts").set_value(True).run(), runner)
    assert written(app).questions.drafts
    assert "2 of 7 questions are drafts that nobody has reviewed" in texts(app)
    assert "7** questions choose the best configuration (selection, 2 of them unreviewed drafts)" in texts(
        app
    )
    app = settled(app.toggle(key="design.drafts").set_value(False).run(), runner)
    assert not written(app).questions.drafts and "unreviewed" not in texts(app)
