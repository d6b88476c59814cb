"""The share of liked answers wherever trials are ranked, compared, explained and exported.
Knows nothing about how it is estimated."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_experiment import Runner, experiment, run_once, take_over
from workbench.cli.texts.leaderboard import leaderboard_text
from workbench.cli.texts.significance import comparison_text, effects_text
from workbench.errors import InputError
from workbench.feedback.ratings import rate_seen
from workbench.results import liked
from workbench.results.best import find_best
from workbench.results.by_source import find_source_rankings, read_figures_of
from workbench.results.leaderboard import leaderboard_to_json
from workbench.results.leaderboard_csv import leaderboard_csv
from workbench.results.matrix import find_tests, get_matrix, scale_of
from workbench.results.measured import find_liked
from workbench.results.status import get_ranking, get_status, get_verdict
from workbench.results.summarise import compare_two, ensure_comparisons, get_effects
from workbench.results.usage import find_uses
from workbench.ship.export import build_winner
from workbench.space.experiment import LIKED, Objective
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import find_answers
from workbench.store.comparisons import get_comparisons
from workbench.store.learning.raters import leave_out
from workbench.store.matrix import find_rows
from workbench.store.matrix_types import MatrixFilter
from workbench.store.records import AnswerRecord

BY_LIKED = Objective(maximize=LIKED)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return run_once(tmp_path_factory.mktemp("ran"), experiment(prompts=["concise", "short"]))


@pytest.fixture
def done(ran: tuple[str, Path], runner: Runner) -> str:
    """The id of a finished experiment with correctness as its objective: four trials, nothing rated."""
    take_over(runner, ran[1])
    return ran[0]


def rate_all(
    runner: Runner, experiment_id: str, likes: Callable[[AnswerRecord], bool], *, rater: str = "ann"
) -> None:
    for answer in find_answers(runner.store, experiment_id, AnswerFilter()):
        rate_seen(runner.store, answer, 1 if likes(answer) else -1, rater=rater)


def likes_short(answer: AnswerRecord) -> bool:
    return answer.trial_name.startswith("short")


def board(runner: Runner, experiment_id: str, objective: Objective | None = None) -> dict[str, Any]:
    return leaderboard_to_json(runner.store, experiment_id, objective)


def test_before_anybody_rated_liked_is_unknown_and_nothing_else_changes(runner: Runner, done: str) -> None:
    found = board(runner, done)
    assert found["liked"] is None and all(LIKED not in t["scores"] for t in found["trials"])
    by_liked = board(runner, done, BY_LIKED)
    assert all(t["rank"] is None for t in by_liked["trials"])
    assert by_liked["verdict"]["reasons"] == ["Nothing is known yet about what people like."]
    assert "Review" in by_liked["verdict"]["advice"][0]
    for ask in (lambda: get_effects(runner.store, done, LIKED), lambda: compare(runner, done)):
        with pytest.raises(InputError, match="Nobody has rated") as raised:
            ask()
        assert "Review" in str(raised.value.hint)


def compare(runner: Runner, experiment_id: str, place: int = 1) -> Any:
    ids = [t["trial"] for t in board(runner, experiment_id)["trials"]]
    return compare_two(runner.store, experiment_id, ids[place], ids[0], LIKED)


def test_ratings_move_liked_on_the_leaderboard_of_a_finished_run(runner: Runner, done: str) -> None:
    assert board(runner, done, BY_LIKED)["leader"] is None
    rate_all(runner, done, likes_short)
    found = board(runner, done, BY_LIKED)
    first, last = found["trials"][0], found["trials"][-1]
    assert first["name"].startswith("short") and last["name"].startswith("concise")
    figure = first["scores"][LIKED]
    assert 0 <= figure["low"] < figure["mean"] < figure["high"] <= 1
    assert figure["count"] and "thumbs of 1 person" in figure["note"]
    assert first["holdout"] is None or first["holdout"][LIKED]["mean"] is not None
    assert found["liked"]["thumbs"] and found["liked"]["raters"] == 1
    assert "thumbs of 1 person" in found["liked"]["in_words"]
    assert first["vs_baseline"] is None or first["vs_baseline"]["low"] <= first["vs_baseline"]["mean"]
    assert last["difference"]["mean"] < 0 and last["difference"]["score"] == LIKED
    rate_all(runner, done, lambda answer: not likes_short(answer))
    assert board(runner, done, BY_LIKED)["trials"][0]["name"].startswith("concise")


def test_a_verdict_and_the_best_of_every_page_follow_the_ratings_at_once(runner: Runner, done: str) -> None:
    assert get_verdict(runner.store, done, BY_LIKED).kind == "nothing ranked"
    rate_all(runner, done, likes_short)
    leader = get_verdict(runner.store, done, BY_LIKED).leader
    assert leader is not None and leader.trial.name.startswith("short")
    rate_all(runner, done, lambda answer: not likes_short(answer))
    leader = get_verdict(runner.store, done, BY_LIKED).leader
    assert leader is not None and leader.trial.name.startswith("concise")


def test_liked_is_a_constraint_and_one_of_several_aims(runner: Runner, done: str) -> None:
    rate_all(runner, done, likes_short)
    bounded = Objective(maximize="correctness", at_least={LIKED: 0.5})
    feasible = {row.trial.name: row.feasible for row in get_ranking(runner.store, done, objective=bounded)}
    assert all(holds == name.startswith("short") for name, holds in feasible.items())
    several = Objective(maximize=["correctness", LIKED])
    rows = get_ranking(runner.store, done, objective=several)
    assert any(row.front and row.trial.name.startswith("short") for row in rows)


def test_no_comparison_by_liked_is_stored_as_ratings_change_it(runner: Runner, done: str) -> None:
    rate_all(runner, done, likes_short)
    ensure_comparisons(runner.store, done, BY_LIKED)
    found = compare(runner, done)
    assert found.score == LIKED and found.mean is not None
    assert get_comparisons(runner.store, done, LIKED) == []


def test_a_trial_is_not_compared_with_itself(runner: Runner, done: str) -> None:
    rate_all(runner, done, likes_short)
    assert "itself" in compare(runner, done, place=0).verdict


def test_texts_and_csv_say_what_liked_rests_on(runner: Runner, done: str) -> None:
    rate_all(runner, done, likes_short)
    rate_all(runner, done, lambda answer: not likes_short(answer), rater="bob")
    found = board(runner, done, BY_LIKED)
    text = leaderboard_text(found)
    assert "Share liked" in text and "thumbs of 2 people" in text and "estimated from ratings" in text
    disagreement = found["liked"]["disagreement"]
    assert disagreement["share"] == 1.0
    assert f"Two raters disagree on {disagreement['answers']} of the" in text
    [head, first, *_] = csv.reader(io.StringIO(leaderboard_csv(found)))
    row = dict(zip(head, first, strict=True))
    assert float(row["liked_low"]) < float(row["liked_mean"]) < float(row["liked_high"])
    shown = {"experiment": done, "trial": "x", **(found["trials"][-1]["difference"])}
    assert "estimated from ratings" in comparison_text(shown)


def test_a_rater_who_is_left_out_counts_nowhere(runner: Runner, done: str) -> None:
    rate_all(runner, done, likes_short)
    alone = board(runner, done, BY_LIKED)
    rate_all(runner, done, lambda answer: not likes_short(answer), rater="bob")
    assert board(runner, done, BY_LIKED)["liked"]["raters"] == 2
    leave_out(runner.store, "bob")
    assert board(runner, done, BY_LIKED)["trials"] == alone["trials"]
    leave_out(runner.store, "ann")
    assert board(runner, done, BY_LIKED)["liked"] is None


def test_effects_say_what_each_setting_does_to_liked(runner: Runner, done: str) -> None:
    rate_all(runner, done, likes_short)
    effects = get_effects(runner.store, done, LIKED)
    prompt = next(axis for axis in effects["axes"] if axis["axis"] == "prompt")
    [difference] = prompt["differences"]
    assert {difference["from"][:5], difference["to"][:5]} == {"conci", "short"}
    assert (difference["mean"] > 0) == difference["to"].startswith("short")
    assert "share liked" in effects_text(effects)


def test_the_matrix_shows_thumbs_and_above_them_the_estimates(runner: Runner, done: str) -> None:
    rate_all(runner, done, likes_short)
    rows = get_ranking(runner.store, done, objective=BY_LIKED)
    ids, scale = [row.trial.id for row in rows], scale_of(BY_LIKED, LIKED)
    matrix = get_matrix(runner.store, done, ids, scale, MatrixFilter())
    for row in rows:
        assert row.search is not None and matrix.columns[row.trial.id].mean == row.search.scores[LIKED].mean
    cells = find_rows(runner.store, done, ids, scale, MatrixFilter())[0].cells
    assert {cell.value for cell in cells.values()} <= {0.0, 0.5, 1.0}
    tests = find_tests(runner.store, done, LIKED, ids, called="A")
    assert tests is not None and len(tests) == len(ids) - 1 and tests[0]["score"] == LIKED


def test_liked_is_not_known_for_the_questions_of_one_source(runner: Runner, done: str) -> None:
    rate_all(runner, done, likes_short)
    with pytest.raises(InputError, match="all questions together"):
        read_figures_of(runner.store, done, "person", BY_LIKED)
    assert find_source_rankings(runner.store, done, BY_LIKED) is None


def test_a_winners_file_has_liked_with_its_interval_and_what_it_rests_on(runner: Runner, done: str) -> None:
    before = build_winner(runner.store, done, canaries=0).evidence
    assert before.liked is None and LIKED not in before.search
    rate_all(runner, done, likes_short)
    evidence = build_winner(runner.store, done, canaries=0).evidence
    assert evidence.search[LIKED]["low"] < evidence.search[LIKED]["mean"] < evidence.search[LIKED]["high"]
    assert evidence.liked is not None and evidence.liked["raters"] == 1


def test_an_experiment_that_maximizes_liked_ranks_once_it_is_rated(runner: Runner) -> None:
    result = runner.run(experiment(prompts=["concise", "short"], objective={"maximize": LIKED}, holdout=0.0))
    assert result.state == "done"
    [warning] = [w for w in get_status(runner.store, result.id)["warnings"] if "rated" in w]
    assert "nothing is ranked" in warning and "Review" in warning
    assert find_best(runner.store, result.id).name == ""
    rate_all(runner, result.id, likes_short)
    assert not any("rated" in w for w in get_status(runner.store, result.id)["warnings"])
    best = find_best(runner.store, result.id)
    assert best.name.startswith("short") and best.target is not None
    prompt = get_ranking(runner.store, result.id)[0].trial.config.prompt
    [use] = find_uses(runner.store, prompt)
    assert use.target == LIKED and use.figure is not None and use.best_rank == 1


def test_pages_of_a_large_experiment_show_the_last_estimates_until_the_worker_has_new_ones(
    runner: Runner, done: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liked, "AT_ONCE", 0)
    assert liked.find_outdated(runner.store, done) is None  # nothing is rated, so nothing is to be estimated
    rate_all(runner, done, likes_short)
    assert find_liked(runner.store, done) is None and liked.find_outdated(runner.store, done)
    liked.refresh_liked(runner.store, done)
    first = find_liked(runner.store, done)
    assert first is not None and liked.find_outdated(runner.store, done) is None
    rate_all(runner, done, lambda answer: not likes_short(answer))
    outdated = liked.find_outdated(runner.store, done)
    assert outdated and find_liked(runner.store, done).parts["search"].liked == first.parts["search"].liked
    assert (
        board(runner, done, BY_LIKED)["leader"] is not None
    )  # what is not a page waits for the present ones
    assert liked.find_outdated(runner.store, done) is None
    assert find_liked(runner.store, done).parts["search"].liked != first.parts["search"].liked
    leave_out(runner.store, "ann")
    liked.refresh_liked(runner.store, done)
    assert find_liked(runner.store, done) is None and liked.find_outdated(runner.store, done) is None
