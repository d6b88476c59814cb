"""Tests of the tokens of passages that retrieval gives to the model, as a figure of a configuration.
Knows nothing about how passages are chosen."""

from __future__ import annotations

from typing import Any

from tests.tiny_experiment import Runner, experiment
from workbench.results.leaderboard import leaderboard_to_json
from workbench.results.leaderboard_csv import leaderboard_csv
from workbench.results.matrix import get_matrix, scale_of
from workbench.results.summarise import compare_two
from workbench.space.experiment import Objective
from workbench.store.answers import find_answers
from workbench.store.matrix_types import MatrixFilter
from workbench.store.summaries import find_score_names

MEASURE = "passage_tokens_per_answer"
# `whole` takes no notice of chunk_tokens: it gives the model whole documents.
RETRIEVAL = {"splitter": ["sentence", "whole"], "chunk_tokens": [16], "chunk_overlap": [0],
             "retriever": ["keyword"], "top_k": [1]}  # fmt: skip


def of_splitter(board: dict[str, Any], splitter: str) -> dict[str, Any]:
    [row] = [t for t in board["trials"] if t["config"]["retrieval"]["splitter"] == splitter]
    return dict(row)


def test_the_leaderboard_has_the_tokens_of_the_passages_that_the_prompts_held(runner: Runner) -> None:
    result = runner.run(experiment(retrieval=RETRIEVAL))
    board = result.leaderboard
    for row in board["trials"]:
        answers = [a for a in find_answers(runner.store, result.id, limit=None) if a.trial_id == row["trial"]]
        given = [sum(p.tokens for p in a.passages) for a in answers if a.part == "search"]
        assert len(given) == 5 and row[MEASURE] == sum(given) / 5
        assert MEASURE not in row["scores"]
    assert of_splitter(board, "whole")[MEASURE] > of_splitter(board, "sentence")[MEASURE] > 0
    head, first, *_ = leaderboard_csv(board).splitlines()
    assert float(first.split(",")[head.split(",").index(MEASURE)]) == board["trials"][0][MEASURE]
    assert MEASURE not in find_score_names(runner.store, result.id)


def test_it_is_an_objective_a_constraint_and_a_measure_of_comparisons(runner: Runner) -> None:
    aims = {"minimize": MEASURE, "at_most": {MEASURE: 15}}
    result = runner.run(experiment(retrieval=RETRIEVAL, objective=aims, search={"strategy": "race"}))
    least, most = result.leaderboard["trials"]
    assert least["config"]["retrieval"]["splitter"] == "sentence" and least["feasible"]
    assert not most["feasible"] and most["broken_constraints"] == [
        f"{MEASURE} is {most[MEASURE]:.3g} and must be at most 15"
    ]
    found = compare_two(runner.store, result.id, most["trial"], least["trial"], MEASURE)
    assert found.mean is not None and found.better is not True
    assert round(found.mean - (most[MEASURE] - least[MEASURE]), 9) == 0
    scale = scale_of(Objective.model_validate(aims), MEASURE)
    ids = [least["trial"], most["trial"]]
    matrix = get_matrix(runner.store, result.id, ids, scale, MatrixFilter())
    assert [matrix.columns[id_].mean for id_ in ids] == [least[MEASURE], most[MEASURE]]
    assert leaderboard_to_json(runner.store, result.id)["trials"][0][MEASURE] == least[MEASURE]
