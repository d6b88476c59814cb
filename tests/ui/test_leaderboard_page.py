"""The Leaderboard's rows: what people chose blind, beside thumbs.
Knows nothing about which answers they were shown."""

from __future__ import annotations

import pytest

from tests.tiny_experiment import Runner
from tests.ui.conftest import Draw, select, sound, words
from workbench.feedback.ratings import get_answer
from workbench.feedback.review_queue import next_pairs, prefer
from workbench.store.figures import Preferred
from workbench.store.trials import get_trials
from workbench.ui.widgets.figures import preferred_text

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


def test_choices_are_told_with_their_count_and_interval() -> None:
    assert preferred_text(Preferred()) == ""
    assert preferred_text(Preferred(won=3, lost=1)) == "75% of 4 (30%–95%)"
    assert preferred_text(Preferred(both_good=2, both_bad=1)) == "2 both good, 1 both bad"
    assert preferred_text(Preferred(lost=1, both_bad=2)) == "0% of 1 (0%–79%), 2 both bad"


def test_blind_choices_stand_beside_the_thumbs_in_table_and_row(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    assert "Won, blind" not in sound(draw_page("results", experiment=finished)).dataframe[0].value.columns
    pair = next_pairs(runner.store, finished, "ann")[0][0]
    left, right = get_answer(runner.store, pair.left_id), get_answer(runner.store, pair.right_id)
    prefer(runner.store, left, right, "left", rater="ann")
    app = sound(draw_page("results", experiment=finished))
    table = app.dataframe[0].value
    won = {str(r["Configuration"]): r["Won, blind"] for _, r in table.iterrows()}
    names = {t.id: t.name for t in get_trials(runner.store, finished)}
    assert won[names[left.trial_id]] == "100% of 1 (21%–100%)"
    assert won[names[right.trial_id]] == "0% of 1 (0%–79%)"
    place = list(table["Configuration"]).index(names[left.trial_id])
    app = select(app, "results.row", place)
    shown = "".join(str(h.value) for h in app.html)
    assert "People: chosen blind 100% of 1" in shown and "tiny" not in words(app).split("rank")[0][:0]
