"""The page Compare: what the matrix shows, its filters, and the answer beside it.
Knows nothing about how the table is drawn: tests/browser looks at that."""

from __future__ import annotations

import pytest

from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, matrix_of, serve, sound, texts, words
from workbench.store.matrix_types import Cell, Scale
from workbench.store.trials import get_trials
from workbench.ui.compare.matrix_view import cell_shown

CORRECT, COST = Scale("correctness", 1, 0.5, 0.5), Scale("cost_per_1k_questions", -1, None, 0.5)


def cell(value: float | None = None, **facts: int | bool) -> Cell:
    given = {
        "answers": 1,
        "failed": 0,
        "not_applicable": 0,
        "ungrounded": False,
        "liked": False,
        "disliked": False,
    }
    return Cell(value, **{**given, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "base", "scale", "text", "tint", "said"),
    [
        (cell(1.0), None, CORRECT, "✓ 1.00", "good", "good, 1.00"),
        (cell(0.4), cell(0.2), CORRECT, "~ 0.40", "unclear", "better than A"),
        (cell(0.0, disliked=True), cell(0.2), CORRECT, "✗ 0.00", "poor", "worse than A, disliked"),
        (cell(0.7, ungrounded=True), cell(0.7), CORRECT, "✓ 0.70", "good", "the same as A, ungrounded"),
        (cell(0.5, answers=3, failed=1), None, CORRECT, "✓ 0.50", "good", "1 of 3 answers failed"),
        (cell(failed=1), None, CORRECT, "! failed", "failed", "the answer failed"),
        (cell(not_applicable=1), None, CORRECT, "– n/a", "none", "does not apply"),
        (cell(), None, CORRECT, "? no score", "failed", "could not be scored"),
        (None, None, CORRECT, "·", "none", "not asked"),
        (cell(2.0), cell(3.0), COST, "$2.00", "good", "better than A"),
        (cell(4.0), cell(3.0), COST, "$4.00", "poor", "worse than A"),
        (cell(3.0), None, COST, "$3.00", "none", "$3.00"),
    ],
)  # fmt: skip
def test_a_cell_has_a_sign_a_tint_and_words(
    found: Cell | None, base: Cell | None, scale: Scale, text: str, tint: str, said: str
) -> None:
    shown = cell_shown(found, base, scale)
    assert (shown.text, shown.tint) == (text, tint) and said in shown.words


def test_the_matrix_begins_with_the_baseline_and_says_how_the_others_did(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = serve(runner, sound(draw_page("compare", experiment=finished)))
    shown, trials = matrix_of(app), get_trials(runner.store, finished)
    assert shown["columns"][0]["id"] == trials[0].id and shown["columns"][0]["first"]
    assert len(shown["rows"]) == 5 and shown["corner"] == "Question · 1–5 of 5"
    assert not shown["columns"][0]["tally"]
    for column in shown["columns"][1:]:
        assert [show for show, _ in column["tally"]] == ["better", "worse", "same"]
        assert sum(count for _, count in column["tally"]) == 5
    assert [test["short"] for test in shown["tests"]] == ["tied"] * (len(shown["columns"]) - 1)
    assert "None" not in words(app) and " A" in words(app)


def test_filters_order_score_and_cell_are_in_the_address(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = serve(runner, sound(draw_page("compare", experiment=finished)))
    other, question = matrix_of(app)["columns"][1]["id"], matrix_of(app)["rows"][0]["id"]
    app.selectbox(key="compare.show").set_value("same").run()
    app.selectbox(key="compare.of").set_value(other).run()
    app.selectbox(key="compare.order").set_value("position").run()
    app.selectbox(key="compare.score").set_value("grounding").run()
    app = serve(runner, sound(app))
    chosen = dict(app.query_params)
    assert {n: chosen[n] for n in ("show", "of", "order", "score")} == {
        "show": "same", "of": other, "order": "position", "score": "grounding",
    }  # fmt: skip
    again = serve(runner, sound(draw_page("compare", **chosen, cell=f"{other}:{question}")))
    assert matrix_of(again) == matrix_of(app) | {"cell": f"{other}:{question}"}
    assert again.query_params["cell"] == f"{other}:{question}"


def test_a_cell_opens_its_answer_beside_the_table_and_closes(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = serve(runner, sound(draw_page("compare", experiment=finished)))
    shown = matrix_of(app)
    place = f"{shown['columns'][1]['id']}:{shown['rows'][0]['id']}"
    app.query_params["cell"] = place
    app = serve(runner, sound(app.run()))
    assert f"**B** · question {shown['rows'][0]['number']}" in texts(app)
    app.button(key="compare.step.1").click().run()
    assert app.query_params["cell"] == f"{shown['columns'][1]['id']}:{shown['rows'][1]['id']}"
    app.button(key="compare.close").click().run()
    assert "cell" not in sound(app).query_params


def test_a_cell_of_a_configuration_that_is_not_compared_is_warned_of(draw_page: Draw, finished: str) -> None:
    app = sound(draw_page("compare", experiment=finished, cell="nobody:q1"))
    assert "does not exist here" in texts(app) and not matrix_of(app)["cell"]


def test_a_and_b_change_places_and_the_usual_ones_come_back(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = serve(runner, sound(draw_page("compare", experiment=finished)))
    usual = [column["id"] for column in matrix_of(app)["columns"]]
    app.button(key="compare.exchange").click().run()
    app = serve(runner, sound(app))
    assert [c["id"] for c in matrix_of(app)["columns"]] == [usual[1], usual[0], *usual[2:]]
    app.button(key="compare.usual").click().run()
    assert app.query_params["trials"] == ",".join(usual)


def test_side_by_side_shares_the_choice_and_shows_answers(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    ids = [trial.id for trial in get_trials(runner.store, finished)]
    app = serve(
        runner, sound(draw_page("compare", experiment=finished, trials=",".join(ids[:2]), show="same"))
    )
    same = len(matrix_of(app)["rows"])
    app.segmented_control(key="compare.view").set_value("side").run()
    app = serve(runner, sound(app))
    assert app.query_params["view"] == "side" and app.query_params["show"] == "same"
    assert matrix_of(app)["rows"] == [] and words(app).count("Reference: ") == same
