"""Follow-up questions on pages: their earlier turns are shown folded and escaped, edited, and continued.
Knows nothing about how earlier turns are searched for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.tiny_experiment import Runner, experiment
from tests.ui.conftest import Draw, html_of, say_a_worker_lives, select, serve, sound, stored_questions, words
from workbench.settings import Settings

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")

HISTORY = [
    {"role": "user", "content": "What is <b>the label</b>?"},
    {"role": "assistant", "content": "A *sticker*."},
]
SHOWN = "<b>User:</b> What is &lt;b&gt;the label&lt;/b&gt;?"


def add_follow_up(settings: Settings, **fields: Any) -> None:
    file = settings.corpora / "tiny" / "questions.jsonl"
    row = {"id": "q3-0", "question": "What does it cost?", "answer": "5 euros", "history": HISTORY} | fields
    lines = [line for line in file.read_text().splitlines() if json.loads(line)["id"] != row["id"]]
    file.write_text("\n".join([json.dumps(row), *lines]) + "\n")


def label_of(app: AppTest, label: str) -> Any:
    return next(a for a in app.text_area if a.label == label)


def test_pages_of_answers_show_the_conversation_folded_and_escaped(draw_page: Draw, runner: Runner) -> None:
    add_follow_up(runner.settings)
    done = runner.run(experiment())
    say_a_worker_lives(runner)
    trials = ",".join(row["trial"] for row in done.leaderboard["trials"])
    for page, parameters in (
        ("answers", {"find": "What does it cost"}),
        ("review", {"mode": "thumbs"}),
        ("compare", {"view": "side", "trials": trials}),
    ):
        app = sound(draw_page(page, experiment=done.id, **parameters))
        while page == "review" and SHOWN not in html_of(app):
            app = sound(app.button(key="review.skip").click().run())
        assert SHOWN in html_of(app) and "<details>" in html_of(app), page
        assert "2 earlier turns, after “What is &lt;b&gt;the label&lt;/b&gt;?”" in html_of(app)


def test_earlier_turns_are_edited_in_the_form_and_stay_as_they_were_otherwise(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    add_follow_up(opened)
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    app = select(app, "questions.table.tiny", 0)
    app = sound(app.button(key="questions.edit").click().run())
    assert label_of(app, "Earlier turns").value == "User: What is <b>the label</b>?\nAssistant: A *sticker*."
    label_of(app, "Question").set_value("And its price?")
    next(b for b in app.button if b.label == "Save").click().run()
    [row] = [row for row in stored_questions(opened) if row["id"] == "q3-0"]
    assert (row["question"], row["history"]) == ("And its price?", HISTORY)


def test_earlier_turns_that_cannot_be_read_are_an_error_at_their_field(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    before = stored_questions(opened)
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    app = select(app, "questions.table.tiny", 0)
    app = sound(app.button(key="questions.edit").click().run())
    label_of(app, "Earlier turns").set_value("What is the label?")
    next(b for b in app.button if b.label == "Save").click().run()
    assert "lines such as “User: …”" in words(app) and stored_questions(opened) == before


def test_a_list_tells_equal_follow_up_questions_apart(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    add_follow_up(opened)
    add_follow_up(opened, id="other", history=[{"role": "user", "content": "What is the tank?"}])
    app = serve(runner, sound(draw_page("questions", corpus="tiny")))
    listed = list(app.dataframe[0].value["Question"])
    assert "What does it cost? (after: What is the tank?)" in listed
    assert "What does it cost? (after: What is <b>the label</b>?)" in listed


def test_the_playground_goes_on_with_an_answer_and_keeps_the_conversation(
    draw_page: Draw, runner: Runner, opened: Settings
) -> None:
    app = serve(runner, sound(draw_page("playground", corpus="tiny", question="What does the label cost?")))
    app = sound(serve(runner, app.button(key="playground.ask").click().run()))
    app = sound(app.button(key="playground.follow_up.0").click().run())
    assert app.text_input(key="playground.question").value == ""
    assert app.text_area(key="playground.history").value.startswith(
        "User: What does the label cost?\nAssistant: "
    )
    app.text_input(key="playground.question").set_value("And who pays?")
    app = sound(serve(runner, app.button(key="playground.ask").click().run()))
    assert "2 earlier turns, after “What does the label cost?”" in html_of(app)
    assert str(app.query_params["history"]).startswith("User: What does the label cost?")
    next(b for b in app.button if b.label == "Keep it").click().run()
    app = sound(serve(runner, app))
    kept = stored_questions(opened)[-1]
    assert kept["question"] == "And who pays?"
    assert [turn["role"] for turn in kept["history"]] == ["user", "assistant"]
    again = sound(app.button(key="playground.anew").click().run())
    assert "earlier turns" not in html_of(again)


def test_a_conversation_in_the_playground_that_cannot_be_read_is_said_and_not_asked(
    draw_page: Draw, runner: Runner
) -> None:
    app = serve(
        runner, sound(draw_page("playground", corpus="tiny", question="And who pays?", history="Hello"))
    )
    app = sound(serve(runner, app.button(key="playground.ask").click().run()))
    assert "history begins with 'Hello'" in words(app) and "tokens in" not in html_of(app)
