"""What the pages show of the share of liked answers: before anybody has rated, and as ratings come in.
Knows nothing about how it is estimated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.tiny_experiment import Runner, experiment
from tests.ui.conftest import SMALL, Draw, matrix_of, serve, settled, sound, words, written
from tests.ui.test_design import design  # noqa: F401  (a fixture)
from tests.ui.test_results_page import links, strip
from workbench.feedback.ratings import rate_seen
from workbench.results import liked
from workbench.space.experiment import LIKED
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import find_answers
from workbench.store.learning.raters import left_out_raters
from workbench.store.matrix_types import Scale
from workbench.store.records import AnswerRecord
from workbench.ui.compare.matrix_view import cell_shown
from workbench.ui.results.liked_line import LEFT_OUT

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")
BY_LIKED = "max liked"


def rate_all(
    runner: Runner, experiment_id: str, likes: Callable[[AnswerRecord], bool], *, rater: str = "ann"
) -> None:
    for answer in find_answers(runner.store, experiment_id, AnswerFilter()):
        rate_seen(runner.store, answer, 1 if likes(answer) else -1, rater=rater)


def likes_cited(answer: AnswerRecord) -> bool:
    return answer.trial_name.startswith("cited")


def test_results_of_an_objective_that_nobody_has_rated_for_lead_to_the_review(
    draw_page: Draw, runner: Runner
) -> None:
    made = runner.run(experiment(objective={"maximize": LIKED}, holdout=0.0))
    app = sound(draw_page("results", experiment=made.id))
    assert "Nothing is known yet about what people like" in strip(app)
    assert f"experiment={made.id}" in links(app)["Rate some answers"]
    assert list(
        app.dataframe[0].value["#"] if "#" in app.dataframe[0].value else app.dataframe[0].value["Rank"]
    )
    for page in ("compare", "answers", "run", "home", "experiments"):
        settled(draw_page(page, experiment=made.id), runner)


def test_the_leaderboard_has_a_column_with_the_share_its_interval_and_its_ratings(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = sound(draw_page("results", experiment=finished))
    assert "Share liked" not in app.dataframe[0].value
    rate_all(runner, finished, likes_cited)
    app = sound(app.run())
    table = app.dataframe[0].value
    assert all(0 < share < 1 for share in table["Share liked"])
    assert all("–" in text and text.endswith("ratings") for text in table["Liked: 95 %, ratings"])
    assert "Share liked <b>" in strip(app)
    assert "Share liked rests on" in words(app) and "of 1 person" in words(app)


def test_rows_rank_by_liked_and_their_states_come_without_asking_the_worker(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    rate_all(runner, finished, likes_cited)
    app = sound(draw_page("results", experiment=finished, objective=BY_LIKED))
    table = app.dataframe[0].value
    assert [name.startswith("cited") for name in table["Prompt"]] == [True, True, False, False]
    assert list(table["vs leader"])[0] == ["leads"] and "pending" not in str(list(table["vs leader"]))
    rate_all(runner, finished, lambda answer: not likes_cited(answer))
    table = sound(app.run()).dataframe[0].value
    assert [name.startswith("cited") for name in table["Prompt"]] == [False, False, True, True]


def test_a_disagreement_is_shown_and_a_rater_can_be_left_out_and_taken_back(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    rate_all(runner, finished, likes_cited)
    rate_all(runner, finished, lambda answer: not likes_cited(answer), rater="bob")
    app = sound(draw_page("results", experiment=finished))
    assert "Two raters disagree on" in words(app)
    app = leave_out(app, "bob")
    assert left_out_raters(runner.store) == {"bob"}
    assert "of 1 person" in words(app) and "disagree" not in words(app)
    app = leave_out(app, "ann", "bob")
    assert "No rating counts: 2 raters left out" in words(app)
    app = leave_out(app, "bob")
    assert left_out_raters(runner.store) == {"bob"} and "of 1 person" in words(app)


def leave_out(app: AppTest, *names: str) -> AppTest:
    app.session_state["results.raters"] = True  # the popover is open
    app = sound(app.run())
    return sound(app.multiselect(key=LEFT_OUT).set_value(list(names)).run())


def test_what_each_setting_does_to_liked_is_drawn(draw_page: Draw, runner: Runner, finished: str) -> None:
    rate_all(runner, finished, likes_cited)
    app = settled(draw_page("results", experiment=finished, objective=BY_LIKED, view="effects"), runner)
    assert "How much share liked changes" in words(app) and "Share liked rests on" in words(app)
    table = app.dataframe[0].value
    assert "Prompt" in list(table["Setting"])
    rate_all(runner, finished, lambda answer: not likes_cited(answer))
    again = settled(app.run(), runner).dataframe[0].value
    assert list(again["Difference"]) != list(table["Difference"])


def test_compare_offers_liked_once_something_is_rated(draw_page: Draw, runner: Runner, finished: str) -> None:
    app = settled(draw_page("compare", experiment=finished), runner)
    assert "Share liked" not in score_choice(app)
    rate_all(runner, finished, likes_cited)
    app = settled(draw_page("compare", experiment=finished, score=LIKED), runner)
    assert "Share liked" in score_choice(app)
    shown = matrix_of(app)
    assert shown["figure"] == "Rated up · share liked" and len(shown["tests"]) == len(shown["columns"]) - 1
    assert "Cells show an answer's thumbs" in words(app)


def score_choice(app: AppTest) -> list[str]:
    return next(list(box.options) for box in app.selectbox if box.label == "Score")


def test_a_cell_without_thumbs_is_not_rated_rather_than_failed() -> None:
    from tests.ui.test_compare_page import cell

    shown = cell_shown(cell(), None, Scale(LIKED, 1, 0.5, 0.5))
    assert (shown.text, shown.words) == ("·", "not rated")


def test_figures_of_one_source_say_why_there_is_no_liked(draw_page: Draw, runner: Runner) -> None:
    made = runner.run(experiment(objective={"maximize": LIKED}, holdout=0.0))
    rate_all(runner, made.id, lambda answer: True)
    sound(serve(runner, draw_page("results", experiment=made.id, source="person")))


def test_the_form_offers_liked_as_aim_and_constraint_and_the_plan_says_what_it_needs(
    design: Any,  # noqa: F811
    runner: Runner,
) -> None:
    app = design(SMALL)
    target = app.selectbox(key="design.target")
    assert "Share liked" in target.options and "Review" in target.help
    app = target.set_value(LIKED).run()
    app = settled(app, runner)
    assert written(app).objective.target == LIKED
    assert "nobody has rated an answer to these questions" in words(app)
    app = design(SMALL + "objective: {maximize: correctness, at_least: {liked: 0.6}}\n")
    assert written(app).objective.at_least == {LIKED: 0.6}


def test_results_of_a_large_experiment_have_the_worker_estimate_from_new_ratings(
    draw_page: Draw, runner: Runner, finished: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liked, "AT_ONCE", 0)
    rate_all(runner, finished, likes_cited)
    app = sound(draw_page("results", experiment=finished))
    assert "Share liked" not in app.dataframe[0].value
    table = sound(serve(runner, app)).dataframe[0].value
    assert all(0 < share < 1 for share in table["Share liked"])
