"""What an experiment is said to have shown: a winner, none yet and why, nothing feasible.
Knows nothing about the store or pages."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.analysis.boards import CORRECTNESS, board, figure, make_trial, summary, table_of
from tests.analysis.simulating import sweep
from workbench.analysis.leaderboard import rank_trials
from workbench.analysis.significance import ScoreTable
from workbench.analysis.tally import Tally
from workbench.analysis.verdict import Verdict, make_verdict, verdict_to_json
from workbench.space.experiment import Objective
from workbench.store.figures import Comparison, Consistency, Summary

EASY = sweep(np.random.default_rng(5), 6, 60, better=2, by=0.4)  # t4 and t5 are far better than t0 to t3
FOUR_QUESTIONS = table_of([[1, 0, 0, 1.0], [1, 1, 0, 1], [0, 1, 1, 1]])


def judged(table: ScoreTable, objective: Objective = CORRECTNESS, **more: object) -> Verdict:
    return make_verdict(board(table, objective=objective, **more), objective, baseline="t0")  # type: ignore[arg-type]


def test_a_winner_is_named_with_its_figure_and_those_tied_with_it() -> None:
    verdict = judged(EASY)
    assert verdict.kind == "winner" and verdict.leader is not None
    assert verdict.worse == 4 and [row.trial.id for row in verdict.tied] in (["t4"], ["t5"])
    assert verdict.headline.startswith(f"The winner is {verdict.leader.trial.name}, correctness 0.")
    assert verdict.sentences[1] == "It is tied with 1 other configuration."
    assert verdict.reasons == verdict.advice == ()
    assert verdict.baseline is not None and (verdict.baseline.better, verdict.baseline.worse) == (2, 0)
    assert verdict.sentences[-1] == (
        "Against the baseline (configuration 1): 2 better, 0 worse, 3 tied with it."
    )


@pytest.mark.parametrize(
    ("mean", "low", "high", "better", "words"),
    [
        (0.12, 0.05, 0.19, True, "better by 0.120 (0.05 to 0.19)"),
        (-0.12, -0.19, -0.05, True, "better by 0.120 (0.05 to 0.19)"),  # a cost
        (0.05, -0.01, 0.11, True, "better by 0.050 (-0.01 to 0.11)"),  # a borderline case
        (-0.12, None, None, False, "worse by 0.120"),
        (0.12, -0.05, 0.29, None, "tied with it"),
    ],
)
def test_the_first_against_the_baseline_is_said_with_the_signs_of_its_interval(
    mean: float, low: float | None, high: float | None, better: bool | None, words: str
) -> None:
    found = Comparison(
        "baseline", "t1", "t0", "correctness", mean, low, high, 0.04, 0.04, 1, 40, None, better, better, ""
    )
    assert Tally("t0", "configuration 1", 1, 0, 0, found).leader_in_words == words


def test_four_questions_have_no_winner_and_say_why_and_what_would_help() -> None:
    verdict = judged(FOUR_QUESTIONS)
    assert verdict.kind == "no winner yet" and len(verdict.tied) == 2
    assert verdict.headline.startswith("No winner yet. The first is configuration ")
    assert verdict.reasons == (
        "The first of 3 configurations is tied with all others on 4 questions.",
        "With fewer than 6 questions, no difference can be significant.",
    )
    assert any(text.startswith("More questions: ") for text in verdict.advice)


def test_equal_configurations_are_said_to_be_equal() -> None:
    verdict = judged(table_of([[0.5] * 30] * 2))
    assert verdict.kind == "no winner yet"
    assert verdict.reasons[1] == "All have the same correctness."
    assert verdict.advice == ("More questions: with 40 or more, differences can be estimated.",)
    assert verdict.sentences[-1] == "The first is the baseline: 0 better, 0 worse, 1 tied with it."


def test_a_single_configuration_is_no_choice() -> None:
    verdict = judged(table_of([[0.5, 1.0, 0.2]]))
    assert verdict.kind == "no winner yet" and verdict.baseline is None
    assert "only one configuration" in verdict.reasons[0] and verdict.advice == ()


def test_what_a_search_dropped_counts_when_it_is_worse_and_only_then() -> None:
    dropped = {f"t{i}": "dropped" for i in range(5)}
    verdict = judged(EASY, states=dropped)
    assert verdict.leader is not None and verdict.leader.trial.id == "t5"
    assert verdict.kind == "winner" and verdict.worse == 4
    assert verdict.dropped == 1
    assert any("dropped 1 configuration tied with it" in text for text in verdict.sentences)
    alone = judged(FOUR_QUESTIONS, states={"t0": "dropped", "t1": "dropped"})
    assert alone.kind == "no winner yet"
    assert alone.reasons[-1].startswith("The search dropped 2 configurations, tied with the first")


def test_while_it_runs_the_winner_is_one_so_far() -> None:
    verdict = make_verdict(board(EASY), CORRECTNESS, so_far=True, baseline="t0")
    assert verdict.so_far and verdict.headline.startswith("The winner so far is ")
    assert verdict_to_json(verdict)["so_far"] is True


def test_before_anything_is_ranked_or_compared_that_is_said() -> None:
    assert make_verdict([], CORRECTNESS).kind == "nothing ranked"
    waiting = make_verdict(rank_trials([make_trial(1)], {}, CORRECTNESS), CORRECTNESS, so_far=True)
    assert (waiting.kind, waiting.reasons) == (
        "nothing ranked",
        ("No answer has a value for the objective yet.",),
    )
    parts = {t: {"search": summary(t, 0.5)} for t in ("t0", "t1")}
    uncompared = make_verdict(rank_trials([make_trial(1), make_trial(2)], parts, CORRECTNESS), CORRECTNESS)
    assert uncompared.kind == "no winner yet"
    assert uncompared.reasons == ("The configurations have not been compared yet.",)


def test_a_first_one_with_fewer_answers_than_others_is_said_to_have_them() -> None:
    parts = {t: {"search": summary(t, mean, answers=n)} for t, mean, n in (("t0", 0.5, 139), ("t1", 0.6, 9))}
    rows = rank_trials([make_trial(1), make_trial(2, "running")], parts, CORRECTNESS)
    verdict = make_verdict(rows, CORRECTNESS, so_far=True)
    assert verdict.leader is not None and verdict.leader.trial.id == "t1"
    assert verdict.reasons[1:] == ("The first has 9 answers so far, others have up to 139.",)


def test_where_less_is_better_the_lower_one_wins() -> None:
    tokens = Objective(minimize="tokens_per_answer")
    values = np.random.default_rng(1).normal([[900.0], [300.0]], 30, (2, 40))
    table = table_of(values.tolist(), "tokens_per_answer", of_unit=False, maximize=False)
    figures = {
        f"t{i}": Summary(f"t{i}", "search", 40, 0, None, float(row.mean()), None, None, {})
        for i, row in enumerate(values)
    }
    verdict = judged(table, tokens, summaries=figures)
    assert verdict.kind == "winner" and verdict.leader is not None and verdict.leader.trial.id == "t1"
    assert verdict.headline == f"The winner is configuration 2, tokens per answer {values[1].mean():.3g}."


def test_constraints_decide_where_only_one_meets_them_and_where_none_does() -> None:
    strict = Objective(maximize="correctness", at_most={"tokens_per_answer": 50})
    assert judged(EASY, strict).kind == "nothing feasible"
    cheap = {"t0": Summary("t0", "search", 60, 0, None, 10.0, None, None, {"correctness": figure(0.1)})}
    only = judged(EASY, strict, summaries=cheap)
    assert only.kind == "winner" and only.leader is not None and only.leader.trial.id == "t0"
    assert only.tied == ()


def test_a_configuration_whose_answers_fail_does_not_win() -> None:
    failing = {"t5": summary("t5", 0.99, failed=60)}
    verdict = judged(EASY, summaries=failing)
    assert verdict.kind == "winner" and verdict.leader is not None and verdict.leader.trial.id == "t4"


def test_of_those_tied_the_cheapest_and_the_fastest_are_named_beyond_noise() -> None:
    means = dict(zip(EASY.trial_ids, EASY.values.mean(axis=1), strict=True))
    leader = max(means, key=lambda t: means[t])
    other = "t4" if leader == "t5" else "t5"

    def with_costs(cost: float, seconds: float) -> Verdict:
        return judged(
            EASY,
            summaries={
                leader: summary(leader, float(means[leader]), cost=2.0, seconds=1.0),
                other: summary(other, float(means[other]), cost=cost, seconds=seconds),
            },
        )

    plain = with_costs(1.0, 0.5)
    assert plain.cheapest is not None and plain.fastest is not None
    assert plain.cheapest.trial.id == plain.fastest.trial.id == other
    name = plain.cheapest.trial.name
    assert plain.tied_in_words == (
        f"It is tied with 1 other configuration; the cheapest of all is {name}; the fastest of all is {name}."
    )
    dear = with_costs(4.0, 2.0)
    assert dear.tied_in_words == (
        "It is tied with 1 other configuration; "
        "none of them is cheaper by more than noise; none of them is faster by more than noise."
    )
    noise = with_costs(1.9, 0.95)
    assert noise.cheapest is None and noise.fastest is None


@pytest.mark.parametrize(
    ("holdout", "kind", "words"),
    [
        (figure(0.50, 0.40, 0.60, 64), "confirmed", "Confirmed: 0.500 (0.40 to 0.60) on 64 held-out answers"),
        (figure(0.20, 0.10, 0.30, 64), "not confirmed", "Not confirmed: 0.200"),
        (figure(0.20, 0.10, 0.30, 12), "too few", "on 12 answers, too few to confirm anything"),
        (None, "none", ""),
    ],
)
def test_held_out_questions_confirm_or_do_not(holdout: object, kind: str, words: str) -> None:
    search = {"t5": summary("t5", None, scores={"correctness": figure(0.99, 0.45, 1.0)})}
    if kind != "not confirmed":
        search = {"t5": summary("t5", None, scores={"correctness": figure(0.99, 0.30, 1.68)})}
    held = {"t5": summary("t5", None, part="holdout", scores={"correctness": holdout})} if holdout else {}  # type: ignore[dict-item]
    verdict = judged(EASY, summaries=search, holdouts=held)
    assert verdict.held_out.kind == kind and words in verdict.held_out.in_words
    assert (verdict.held_out.in_words in verdict.sentences) == bool(words)


def test_repeats_and_fewer_configurations_are_advised_where_they_would_help() -> None:
    flips = Consistency(40, 3, figure(0.2), None, None)
    for seed in range(100):
        table = sweep(np.random.default_rng(seed), 12, 60, better=1, by=0.06)
        rows = board(table)
        compared = [row.to_leader for row in rows if row.to_leader]
        if all(c.better is None for c in compared) and any(c.better_alone is False for c in compared):
            break
    leader = rows[0]
    assert leader.search is not None
    advice = make_verdict(rows, CORRECTNESS).advice
    assert re.fullmatch(r"Fewer configurations: \d+ of \d+ are worse .* tested alone\.", advice[-1])
    assert not any("repeats" in text for text in advice)
    changed = summary(leader.trial.id, leader.search.scores["correctness"].mean)
    changed = Summary(**{**vars(changed), "consistency": flips})
    again = make_verdict(board(table, summaries={leader.trial.id: changed}), CORRECTNESS).advice
    assert any(text.startswith("More repeats: ") for text in again)
