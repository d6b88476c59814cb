"""The Review page: tags, stars and better answers, undo, raters who are left out, import and export.
Knows nothing about which answers come first."""

from __future__ import annotations

import json

import pytest

from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, serve, sound, words
from workbench.store.learning.raters import left_out_raters
from workbench.store.preferences import list_preferences
from workbench.store.ratings import list_ratings

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


def test_a_thumb_takes_tags_and_a_better_answer_along_and_undo_brings_all_back(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = sound(draw_page("review", experiment=finished, mode="thumbs"))
    app.button(key="review.tag.wrong").click().run()
    app.button(key="review.tag.tone").click().run()
    app.button(key="review.tag.tone").click().run()
    app.button(key="review.tag.too-long").click().run()
    [better] = app.text_area
    better.set_value("Within 30 days.").run()
    sound(app.button(key="review.down").click().run())
    [rating] = list_ratings(runner.store)
    assert (rating.value, rating.tags, rating.better_answer) == (-1, ("wrong", "too-long"), "Within 30 days.")
    assert app.text_area[0].value == "" and app.text_area[0].key != better.key
    sound(app.button(key="review.undo").click().run())
    assert not list_ratings(runner.store)
    assert (app.text_area[0].key, app.text_area[0].value) == (better.key, "Within 30 days.")
    app.button(key="review.up").click().run()
    [rating] = list_ratings(runner.store)
    assert (rating.value, rating.tags, rating.better_answer) == (1, ("wrong", "too-long"), "Within 30 days.")


def test_a_choice_takes_tags_and_a_better_answer_along_and_undo_brings_all_back(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = sound(draw_page("review", experiment=finished, mode="pairs"))
    sound(app.button(key="review.tag.too-long").click().run())
    [field] = [area for area in app.text_area if area.label == "What you would have answered"]
    sound(field.set_value("Two litres.").run())
    sound(app.button(key="review.left").click().run())
    [choice] = list_preferences(runner.store)
    assert (choice.tags, choice.better_answer) == (("too-long",), "Two litres.")
    app = sound(app.button(key="review.undo").click().run())
    assert not list_preferences(runner.store)
    [field] = [area for area in app.text_area if area.label == "What you would have answered"]
    assert field.value == "Two litres."
    sound(app.button(key="review.bad").click().run())
    [choice] = list_preferences(runner.store)
    assert (choice.choice, choice.tags) == ("bad", ("too-long",))


def test_stars_take_the_place_of_thumbs_where_a_team_wants_them(
    draw_page: Draw, runner: Runner, finished: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_RATING_STARS", "on")
    app = sound(draw_page("review", experiment=finished, mode="thumbs"))
    assert "review.up" not in [button.key for button in app.button]
    for stars in (3, 4):
        sound(app.button(key=f"review.star-{stars}").click().run())
    assert sorted((r.stars, r.value) for r in list_ratings(runner.store)) == [(3, -1), (4, 1)]


def test_a_rater_is_left_out_and_taken_back_on_the_page(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = sound(draw_page("review", experiment=finished, mode="thumbs"))
    app.button(key="review.up").click().run()
    app.session_state["review-raters"] = True
    sound(app.run())
    app.multiselect(key="review.left-out").set_value(["tester"]).run()
    assert left_out_raters(runner.store) == {"tester"}
    sound(app.multiselect(key="review.left-out").set_value([]).run())
    assert not left_out_raters(runner.store)


def test_a_file_of_ratings_says_what_it_would_do_before_it_does_it(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = sound(draw_page("review", experiment=finished, mode="thumbs"))
    app.session_state["review-files"] = True
    sound(app.run())
    rows = [{"question": "Q?", "answer": "A.", "value": 1, "rater": "ann"}, {"question": "Q?"}]
    app.file_uploader(key="review.file").set_value(
        ("mine.jsonl", "\n".join(map(json.dumps, rows)).encode(), "application/json")
    ).run()
    assert "1 on texts that are not shown here" in words(sound(app)) and "Row 2" in words(app)
    assert not list_ratings(runner.store)
    sound(app.button(key="review.import").click().run())
    assert [r.rater for r in list_ratings(runner.store)] == ["ann"]


def test_what_is_read_stays_while_the_next_is_planned_and_the_outlook_is_told(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = sound(draw_page("review", experiment=finished, mode="thumbs"))
    assert "Nobody has rated it yet" in words(app)
    app.button(key="review.up").click().run()
    app.button(key="review.down").click().run()
    shown = app.text_area[0].key
    app = sound(serve(runner, app))
    assert app.text_area[0].key == shown
    assert "decide" in words(app) and "Finding the most" not in words(app)
    app.button(key="review.up").click().run()
    assert "narrows the leader's interval most" in words(sound(app))
