"""What is said of ratings: how many there are, and how far raters agree.
Knows nothing about estimates."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analysis.liked.joint_estimates import disagree, joint_estimates
from workbench.analysis.liked.figures import estimates_to_json, figure_of
from workbench.analysis.liked.words import describe_disagreement, rests_on


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((23, 8, 2), "23 thumbs and 8 choices of 2 people"),
        ((1, 0, 1), "1 thumb of 1 person"),
        ((0, 3, 1), "3 choices of 1 person"),
        ((0, 0, 0), "no ratings"),
    ],
)
def test_it_is_said_how_many_ratings_there_are(counts: tuple[int, int, int], words: str) -> None:
    assert rests_on(*counts) == words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (disagree(9, 9, 4 / 9), "Two raters disagree on 4 of the 9 answers that both rated."),
        (disagree(9, 9, 0.0), "Two raters agree on the 9 answers that both rated."),
        (disagree(9, 20, 0.25), "Raters disagree on 25% of the 9 answers that several of them rated."),
        (disagree(0, 0, None), ""),
    ],
)
def test_a_disagreement_between_raters_is_said(found: object, words: str) -> None:
    estimates = joint_estimates({"a": 0.5}, np.eye(1), disagreement=found)  # type: ignore[arg-type]
    assert describe_disagreement(estimates) == words
    assert estimates_to_json(estimates)["disagreement_in_words"] == words


def test_a_figure_counts_the_ratings_of_the_trials_own_answers() -> None:
    estimates = joint_estimates({"a": 0.5}, 0.01 * np.eye(1))
    figure = figure_of(estimates, "a", "search")
    assert figure is not None and figure.mean == 0.5 and figure.low is not None and figure.low < 0.5
    assert figure.count == 6 and figure.note == "its own answers have 4 thumbs and 2 choices of 1 person"
    assert figure_of(estimates, "a", "holdout") is None and figure_of(estimates, "b", "search") is None
