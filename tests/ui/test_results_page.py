"""The page Results: the winner or why there is none, rows that are ticked, the baseline, the export.
Knows nothing about how a verdict is reached."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.protocol_server import ProtocolServer, Reply
from tests.tiny_experiment import Runner, experiment, give_facts_sections, local_model
from tests.ui.conftest import PROJECT, Draw, select, serve, sound, words
from workbench.feedback.ratings import get_answer
from workbench.feedback.review_queue import next_pairs, prefer
from workbench.results.status import get_ranking, get_verdict
from workbench.store.experiments import get_experiment
from workbench.store.figures import Figure, Preferred
from workbench.store.trials import get_trials
from workbench.ui.results.effects import _differences
from workbench.ui.results.settings import find_varying, settings_in_words
from workbench.ui.widgets.figures import per_1k_text, preferred_text
from workbench.ui.widgets.interval_picture import axis_of, interval_picture

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")


@pytest.fixture
def won(runner: Runner) -> str:
    """A finished experiment with a winner: the other configuration answers every question wrongly."""
    give_facts_sections(runner.settings.corpora / "tiny")
    with ProtocolServer(plan=lambda *_: Reply("Bananas are yellow.")) as server:
        written = experiment(
            name="Fruit_and more", holdout=0.0, models=[local_model(server), "embedded/extractive"],
            retrieval={"retriever": ["keyword"], "top_k": [2], "chunk_tokens": [64]},
        )  # fmt: skip
        return runner.run(written).id


def strip(app: AppTest) -> str:
    return "".join(str(h.value) for h in app.html if "wb-strip" in str(h.value))


def links(app: AppTest) -> dict[str, str]:
    """Label → what follows the page's address."""
    return {link.proto.label: link.proto.query_string for link in app.get("page_link")}


def test_the_strip_says_who_won_by_what_settings_at_what_cost_and_against_what(
    draw_page: Draw, runner: Runner, won: str
) -> None:
    app = sound(draw_page("results", experiment=won))
    shown, [first, second] = strip(app), get_ranking(runner.store, won)
    assert ">Winner<" in shown and "No winner" not in shown
    assert "Retriever keyword" in shown and "Model embedded/extractive" in shown and "64 tokens" in shown
    assert "Correctness <b>" in shown and "Grounding <b>" in shown and "per 1,000 questions" in shown
    assert "better by 0." in shown and "Of all configurations, 1 is better, 0 worse" in shown
    assert app.button(key="results.export").label == "Export the winner"
    pair = f"trials={second.trial.id}%2C{first.trial.id}"
    assert pair in links(app)["Compare with baseline"]
    assert f"trial={first.trial.id}" in links(app)["Read answers"]
    table = app.dataframe[0].value
    assert [list(state) for state in table["vs leader"]] == [["leads"], ["worse"]]
    assert [list(state) for state in table["vs baseline"]] == [["better"], ["baseline"]]


def test_without_a_winner_the_reason_is_said_and_the_export_is_not_called_one(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = sound(draw_page("results", experiment=finished))
    assert ">No winner yet<" in strip(app) and "tied with all others on 5 questions" in strip(app)
    assert "More questions" in strip(app)
    app.button(key="results.export").click().run()
    app = sound(serve(runner, app))
    assert "is not the winner" in words(app) and "Written to" in words(app)
    [written] = runner.settings.winners.glob("*.yaml")
    # Equal means and costs: which comes first, their times decide, which a busy machine changes.
    first = re.sub(r"[^a-z0-9]+", "-", get_ranking(runner.store, finished)[0].trial.name)
    assert "winner" not in written.name and written.name == f"tiny-{first}.yaml"


def test_the_command_shown_after_an_export_runs_as_it_is_printed(
    draw_page: Draw, runner: Runner, won: str
) -> None:
    app = sound(draw_page("results", experiment=won))
    app.button(key="results.export").click().run()
    app = sound(serve(runner, app))
    command = app.code[0].value
    assert shlex.split(command)[0].endswith("python") or shlex.split(command)[0] == sys.executable
    assert "fruit-and-more-winner.yaml" in command
    done = subprocess.run(command, shell=True, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_several_ticked_rows_are_compared_and_a_single_one_is_described(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    app = select(sound(draw_page("results", experiment=finished)), "results.row", 0, 2)
    ids = [row.trial.id for row in get_ranking(runner.store, finished)]
    assert app.query_params["row"] == f"{ids[0]},{ids[2]}" and " · rank " not in words(app)
    assert f"trials={ids[0]}%2C{ids[2]}" in links(app)["Compare these 2"]
    app = select(app, "results.row", 2)
    assert " · rank 3" in words(app) and "Compare these 2" not in links(app)


def test_a_ticked_row_becomes_the_baseline_and_that_can_be_undone(
    draw_page: Draw, runner: Runner, won: str
) -> None:
    first = get_ranking(runner.store, won)[0].trial.id
    app = select(sound(draw_page("results", experiment=won)), "results.row", 0)
    app.button(key="results.baseline").click().run()
    app = sound(serve(runner, app))
    assert get_experiment(runner.store, won).baseline == first
    assert [list(state) for state in app.dataframe[0].value["vs baseline"]] == [["baseline"], ["worse"]]
    assert "The first is the baseline" in strip(app) and "0 better, 1 worse" in strip(app)
    app.button(key="results.undo").click().run()
    app = sound(serve(runner, app))
    assert get_experiment(runner.store, won).baseline is None
    assert [list(state) for state in app.dataframe[0].value["vs baseline"]] == [["better"], ["baseline"]]


def test_settings_that_vary_are_columns_and_the_rest_is_said_in_the_strip(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    configs = [trial.config for trial in get_trials(runner.store, finished)]
    assert find_varying(configs) == ["prompt", "retriever"]
    words_of_first = settings_in_words(configs[0], ["prompt", "splitter"])
    assert words_of_first.startswith("Prompt concise@1 · Chunk size 64 tokens · Retriever keyword · Top k 2")
    assert words_of_first.endswith("Splitter markdown")
    table = sound(draw_page("results", experiment=finished)).dataframe[0].value
    assert list(table.columns)[:3] == ["Rank", "Prompt", "Retriever"]
    assert set(table["Retriever"]) == {"keyword", "dense"}


def test_the_axis_of_the_pictures_has_round_ends_and_room_for_all_intervals() -> None:
    figures = [Figure(0.52, 0.44, 0.601, 9, 0, 0), Figure(0.3, 0.163, 0.42, 9, 0, 0), None]
    axis = axis_of(figures, 0.52)
    assert (axis.low, axis.high) == (0.15, 0.65)
    same = axis_of([Figure(1.0, 1.0, 1.0, 9, 0, 0)])
    assert same.low < same.high and axis_of([]).high == 1.0
    assert interval_picture(None, axis, "#000000") is None
    assert interval_picture(figures[0], axis, "#000000")


def test_the_largest_difference_comes_first_and_names_are_turned_into_a_gain() -> None:
    def found(start: Any, end: Any, mean: float) -> dict[str, Any]:
        return {
            "from": start, "to": end, "mean": mean, "low": mean - 0.1, "high": mean + 0.1, "p_holm": 0.2,
            "real": False,
        }  # fmt: skip

    axes = [
        {"axis": "top_k", "differences": [found(2, 6, -0.2)]},
        {"axis": "prompt", "differences": [found("a@1", "b@1", -0.3)]},
    ]
    first, second = _differences({"axes": axes})
    assert (first["Setting"], first["From"], first["To"]) == ("Prompt", "b@1", "a@1")
    assert (first["Difference"], round(first["Low"], 9), round(first["High"], 9)) == (0.3, 0.2, 0.4)
    assert (second["Setting"], second["From"], second["To"], second["Difference"]) == (
        "Top k",
        "2",
        "6",
        -0.2,
    )


def test_costs_are_told_per_1000_questions_with_sensible_digits() -> None:
    assert per_1k_text(None) == "no price"
    assert per_1k_text(0.0) == "$0 per 1,000 questions"
    assert per_1k_text(0.000_02) == "under $0.0001 per 1,000 questions"
    assert per_1k_text(0.4231) == "$0.42 per 1,000 questions"


def test_choices_are_told_with_their_count_and_interval() -> None:
    assert preferred_text(Preferred()) == ""
    assert preferred_text(Preferred(won=3, lost=1)) == "75% of 4 (30%–95%)"
    assert preferred_text(Preferred(both_good=2, both_bad=1)) == "2 both good, 1 both bad"
    assert preferred_text(Preferred(lost=1, both_bad=2)) == "0% of 1 (0%–79%), 2 both bad"


def test_blind_choices_stand_beside_the_thumbs_in_table_and_row(
    draw_page: Draw, runner: Runner, finished: str
) -> None:
    assert "Blind wins" not in sound(draw_page("results", experiment=finished)).dataframe[0].value.columns
    pair = next_pairs(runner.store, finished, "ann")[0][0]
    left, right = get_answer(runner.store, pair.left_id), get_answer(runner.store, pair.right_id)
    prefer(runner.store, left, right, "left", rater="ann")
    app = sound(draw_page("results", experiment=finished))
    table = app.dataframe[0].value
    won = {str(r["Configuration"]): r["Blind wins"] for _, r in table.iterrows()}
    names = {t.id: t.name for t in get_trials(runner.store, finished)}
    assert won[names[left.trial_id]] == "100% of 1 (21%–100%)"
    assert won[names[right.trial_id]] == "0% of 1 (0%–79%)"
    place = list(table["Configuration"]).index(names[left.trial_id])
    app = select(app, "results.row", place)
    shown = "".join(str(h.value) for h in app.html)
    assert (
        "People: preferred in blind review 100% of 1" in shown
        and "tiny" not in words(app).split("rank")[0][:0]
    )


@pytest.mark.parametrize(
    "objective",
    [
        {"maximize": "correctness", "at_least": {"correctness": 0.99}},
        {"maximize": "correctness", "at_most": {"retrieval_recall": -1.0}},
        {"minimize": "correctness"},
        {"maximize": "correctness", "at_least": {"correctness": 0.5}, "at_most": {"correctness": 0.2}},
    ],
)
def test_the_page_ranks_by_the_objective_as_it_is_written(
    draw_page: Draw, runner: Runner, objective: dict[str, Any]
) -> None:
    """However unusual its constraints are, the strip says what every other page says."""
    done = runner.run(experiment(objective=objective)).id
    app = sound(draw_page("results", experiment=done))
    verdict = get_verdict(runner.store, done)
    first = verdict.leader
    assert first is not None and f">{first.trial.name}<" in strip(app)
    assert (">None meets the constraints<" in strip(app)) == (verdict.kind == "nothing feasible")
    assert "objective" not in app.query_params
