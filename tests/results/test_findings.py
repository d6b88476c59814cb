"""What a run stores about its trials besides means: comparisons, effects of axes, consistency.
Knows nothing about how they are computed: analysis has tests of its own."""

from __future__ import annotations

import itertools
import json
import threading
from typing import Any

import pytest
from sqlmodel import delete, select

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.calls.stop_signal import StopSignal
from workbench.errors import InputError
from workbench.results.baseline import choose_baseline
from workbench.results.status import get_verdict
from workbench.results.summarise import compare_two, ensure_comparisons, get_effects
from workbench.run import run_summaries
from workbench.space.experiment import Objective
from workbench.store.comparisons import find_effects, get_comparisons
from workbench.store.experiments import delete_experiment
from workbench.store.tables import ComparisonRow, EffectsRow

RETRIEVAL = {
    "splitter": ["markdown"],
    "chunk_tokens": [64],
    "retriever": ["keyword", "dense"],
    "top_k": [1, 3],
}
ANSWERS_A_TRIAL = 15  # five selection questions, three repeats


def test_a_run_stores_each_trial_against_the_leader_and_the_first(runner: Runner) -> None:
    result = runner.run(experiment(retrieval=RETRIEVAL))
    board = result.leaderboard
    leader = board["trials"][0]
    assert board["leader"] == leader["trial"]
    assert leader["difference"] is None and leader["tied_with_leader"] is True
    assert board["baseline"] == f"{result.id}-0001"
    for row in board["trials"][1:]:
        found = row["difference"]
        assert found["to"] == leader["trial"] and found["questions"] == 5 and found["compared"] == 6
        behind = row["scores"]["correctness"]["mean"] - leader["scores"]["correctness"]["mean"]
        assert found["mean"] == pytest.approx(behind)
        assert row["tied_with_leader"] is True  # five questions can show nothing
    assert sum(row["vs_baseline"] is not None for row in board["trials"]) == 3
    json.dumps(board, allow_nan=False)


def test_pages_and_the_leaderboard_read_what_is_stored(runner: Runner) -> None:
    result = runner.run(experiment(retrieval=RETRIEVAL))
    stored = get_comparisons(runner.store, result.id, "correctness")
    assert {(c.kind, c.compared) for c in stored} == {("leader", 6), ("baseline", 6)}
    effects = find_effects(runner.store, result.id, "correctness")
    assert effects is not None and {a["axis"] for a in effects["axes"]} == {"retriever", "top_k"}
    assert effects["configurations"] == 4 and effects["questions"] == 5


def test_another_baseline_stays_chosen(runner: Runner) -> None:
    result = runner.run(experiment(retrieval=RETRIEVAL))
    third = f"{result.id}-0003"
    choose_baseline(runner.store, result.id, third)
    ensure_comparisons(runner.store, result.id)
    stored = get_comparisons(runner.store, result.id, "correctness")
    assert {c.other_id for c in stored if c.kind == "baseline"} == {third}


def test_any_two_trials_are_compared_by_any_score_and_kept(runner: Runner) -> None:
    result = runner.run(experiment(retrieval=RETRIEVAL))
    one, other = f"{result.id}-0001", f"{result.id}-0002"
    found = compare_two(runner.store, result.id, one, other, "retrieval_recall")
    again = compare_two(runner.store, result.id, one, other, "retrieval_recall")
    assert found == again and found.kind == "pair" and found.compared == 6
    assert get_comparisons(runner.store, result.id, "retrieval_recall") == [found]
    assert compare_two(runner.store, result.id, one, other, "tokens_per_answer").questions == 5
    assert (
        compare_two(runner.store, result.id, one, one).verdict
        == "a configuration cannot be compared with itself"
    )


@pytest.mark.parametrize(
    ("trials", "score", "words"),
    [
        (("0001", "nope"), None, "no configuration"),
        (("0001", "0002"), "toxicity", "no answers with the score"),
    ],
)
def test_what_cannot_be_compared_is_an_input_error(
    runner: Runner, trials: tuple[str, str], score: str | None, words: str
) -> None:
    result = runner.run(experiment(retrieval=RETRIEVAL))
    one, other = (f"{result.id}-{t}" for t in trials)
    with pytest.raises(InputError, match=words):
        compare_two(runner.store, result.id, one, other, score)


def test_effects_on_another_score_are_computed_when_asked_for(runner: Runner) -> None:
    result = runner.run(experiment(retrieval=RETRIEVAL))
    assert find_effects(runner.store, result.id, "retrieval_recall") is None
    found = get_effects(runner.store, result.id, "retrieval_recall")
    assert found["experiment"] == result.id and found["score"] == "retrieval_recall"
    assert find_effects(runner.store, result.id, "retrieval_recall") is not None


def test_a_single_configuration_has_nothing_to_compare_and_says_so(runner: Runner) -> None:
    result = runner.run(experiment(retrieval={**RETRIEVAL, "retriever": ["keyword"], "top_k": [1]}))
    (row,) = result.leaderboard["trials"]
    assert row["difference"] is None and row["vs_baseline"] is None and row["tied_with_leader"]
    effects = get_effects(runner.store, result.id)
    assert effects["axes"] == [] and "There is nothing to analyse" in effects["notes"][0]


def test_a_stopped_experiment_is_compared_by_the_answers_there_are(runner: Runner) -> None:
    """Stopped in the midst of the second configuration, whatever the machine's speed: its last answers wait
    until the stop is there. (Progress is told once a second: the first configuration alone may take that.)"""
    stop_signal, stopped, asked = StopSignal(), threading.Event(), itertools.count(1)

    def stop_in_the_second(progress: Any) -> None:
        if progress.trials_done and progress.answers > ANSWERS_A_TRIAL:
            stop_signal.set("stopped", "Stopped by you.")
            stopped.set()

    def reply(_: Any) -> str:
        if next(asked) > ANSWERS_A_TRIAL + 3:
            stopped.wait(60)
        return "Within 30 days"

    with ProtocolServer(reply=reply) as server:
        model = local_model(server, limits={"concurrency": 1, "timeout_seconds": 60})
        result = runner.run(
            experiment(models=[model], retrieval=RETRIEVAL, repeats=3),
            make_stop_signal=lambda: stop_signal, on_progress=stop_in_the_second,
        )  # fmt: skip
    assert result.state in ("stopped", "done")
    stored = get_comparisons(runner.store, result.id, "correctness")
    assert stored and all(c.verdict for c in stored)
    json.dumps(result.leaderboard, allow_nan=False)


def test_repeats_show_how_consistent_a_configuration_is(runner: Runner) -> None:
    turns = itertools.count()
    with ProtocolServer(
        reply=lambda _: "Within 30 days" if next(turns) % 2 else "I cannot answer that."
    ) as server:
        model = local_model(server, limits={"concurrency": 1, "timeout_seconds": 5})
        result = runner.run(
            experiment(
                models=[model], retrieval={**RETRIEVAL, "retriever": ["keyword"], "top_k": [1]}, repeats=3
            )
        )
    found = result.leaderboard["trials"][0]["consistency"]
    assert (found["repeats"], found["questions"]) == (3, 5)
    assert found["refusal_flips"]["mean"] > 0 and found["agreement"]["mean"] < 1
    assert set(found["correctness_flips"]) >= {"mean", "low", "high", "count"}


def test_without_repeats_there_is_no_consistency(runner: Runner) -> None:
    result = runner.run(experiment())
    assert {row["consistency"] for row in result.leaderboard["trials"]} == {None}


def test_a_bug_in_statistics_costs_no_answers(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(run_summaries, "compare_experiment", broken)
    result = runner.run(experiment())
    assert result.state == "done"
    assert [row["difference"] for row in result.leaderboard["trials"]] == [None, None]


def test_deleting_an_experiment_deletes_what_was_found(runner: Runner) -> None:
    result = runner.run(experiment(retrieval=RETRIEVAL))
    delete_experiment(runner.store, result.id)
    with runner.store.read() as session:
        assert not session.exec(select(ComparisonRow)).all() and not session.exec(select(EffectsRow)).all()


def test_a_look_by_another_objective_leaves_the_verdict_as_it_was(runner: Runner) -> None:
    """Another bound has another leader: its comparisons stand beside those with the experiment's own."""
    result = runner.run(experiment(retrieval=RETRIEVAL))
    before = get_verdict(runner.store, result.id)
    first = result.leaderboard["trials"][0]
    tokens = [row["tokens_per_answer"] for row in result.leaderboard["trials"]]
    fewer = min(tokens) < tokens[0]
    bounds = (
        {"at_most": {"tokens_per_answer": tokens[0] - 0.1}}
        if fewer
        else {"at_least": {"tokens_per_answer": tokens[0] + 0.1}}
    )
    other = Objective.model_validate({"maximize": "correctness", **bounds})
    ensure_comparisons(runner.store, result.id, other)
    elsewhere = get_verdict(runner.store, result.id, other)
    assert elsewhere.leader is not None and elsewhere.leader.trial.id != first["trial"]
    assert get_verdict(runner.store, result.id) == before
    assert elsewhere.reasons != ("The configurations have not been compared yet.",)


def test_a_verdict_that_was_looked_at_before_its_comparisons_were_stored_is_not_kept(runner: Runner) -> None:
    """As in a home of an older version, whose comparisons are computed when the results are opened."""
    result = runner.run(experiment(retrieval=RETRIEVAL))
    with runner.store.write() as session:
        session.execute(delete(ComparisonRow))
    not_compared = ("The configurations have not been compared yet.",)
    assert get_verdict(runner.store, result.id).reasons == not_compared
    ensure_comparisons(runner.store, result.id)
    assert get_verdict(runner.store, result.id).reasons != not_compared
