"""The Answers page: filters as chips, the list to jump in, scores with signs, costs, answers that failed.
Knows nothing about how answers are found and scored."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, html_of, sound, texts, words
from workbench.store.answers import AnswerFilter, find_answers

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_each_filter_that_is_set_has_a_chip_that_takes_it_off(draw_page: Draw, finished: str) -> None:
    app = sound(draw_page("answers", experiment=finished, n="2"))
    assert "Clear all" not in labels(app)
    app.text_input(key="answers.find").set_value("the").run()
    app.selectbox(key="answers.part").set_value("search").run()
    assert {"“the”", "Selection questions", "Clear all"} <= set(labels(app)) and "n" not in app.query_params
    app.button(key="answers.chip.find").click().run()
    assert sound(app).query_params == {"experiment": finished, "part": "search"}
    app.text_input(key="answers.find").set_value("zebra").run()
    assert "No answer matches" in texts(app)
    app.button(key="answers.clear").click().run()
    assert sound(app).query_params == {"experiment": finished} and "No answer matches" not in texts(app)


def test_the_list_is_read_only_while_it_is_open(draw_page: Draw, finished: str) -> None:
    app = sound(draw_page("answers", experiment=finished))
    assert not app.dataframe
    app.session_state["answers-list"] = True
    sound(app.run())
    table = app.dataframe[0].value
    assert list(table["n"]) == list(range(1, len(table) + 1))
    assert {value[-1] for value in table["Correctness"]} <= set("✓~✗–!")


def test_scores_have_signs_and_the_cost_is_for_a_thousand(draw_page: Draw, finished: str) -> None:
    app = sound(draw_page("answers", experiment=finished))
    assert html_of(app).count('class="wb-tint wb-') >= 2 and "Correctness " in html_of(app)
    assert "per 1,000" in words(app)


def test_an_answer_that_failed_says_why_and_cannot_be_rated(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    answer = find_answers(runner.store, finished, AnswerFilter(), limit=1)[0]
    with runner.store.write() as session:
        session.execute(
            text("UPDATE answer SET state = 'failed', error = 'The *server* was full.' WHERE id = :id"),
            {"id": answer.id},
        )
    app = sound(draw_page("answers", experiment=finished, show="failed"))
    assert "This answer failed: The \\*server\\* was full\\." in [e.value for e in app.error][0]
    assert not app.feedback and "**1** of 1" in texts(app)


def test_a_long_text_scrolls_in_a_box_and_a_short_one_does_not(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    assert 'wb-box"' not in html_of(sound(draw_page("answers", experiment=finished)))
    answer = find_answers(runner.store, finished, AnswerFilter(), limit=1)[0]
    with runner.store.write() as session:
        session.execute(
            text("UPDATE experiment_question SET text = :text WHERE question_id = :id"),
            {"text": "Why? " * 200, "id": answer.question.id},
        )
    assert 'wb-box"' in html_of(sound(draw_page("answers", experiment=finished)))
