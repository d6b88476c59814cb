"""What each axis does to the share of liked answers.
Knows nothing about how shares are estimated."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from tests.analysis.liked.joint_estimates import joint_estimates
from workbench.analysis.liked.effects import draws_as_questions, find_liked_effects

FACTS = {
    f"{retriever}{top_k}{model}": {"retriever": retriever, "top_k": top_k, "model": model}
    for retriever, top_k, model in product(("dense", "keyword"), (2, 4), ("a", "b"))
}
MEANS = {
    name: 0.5 + 0.2 * (f["retriever"] == "keyword") + 0.01 * (f["top_k"] == 4) for name, f in FACTS.items()
}
ERROR = 0.05


def test_an_axis_has_the_effect_and_the_error_that_the_joint_estimates_give_it() -> None:
    effects = find_liked_effects(joint_estimates(MEANS, ERROR**2 * np.eye(8)), FACTS)
    by_axis = {axis["axis"]: axis["differences"][0] for axis in effects["axes"]}
    retriever, top_k = by_axis["retriever"], by_axis["top_k"]
    assert retriever["mean"] == pytest.approx(0.2) and retriever["real"]
    assert top_k["mean"] == pytest.approx(0.01) and not top_k["real"]
    error = ERROR * np.sqrt(2 / 4)  # the mean of four against the mean of four
    assert retriever["high"] - retriever["low"] == pytest.approx(2 * 1.96 * error, rel=0.08)
    assert effects["axes"][0]["axis"] == "retriever" and effects["axes"][0]["share"] > 0.8


def test_what_is_unsure_of_all_trials_alike_hides_no_effect() -> None:
    shared = 0.01**2 * np.eye(8) + 0.2**2 * np.ones((8, 8))
    effects = find_liked_effects(joint_estimates(MEANS, shared), FACTS)
    assert {axis["axis"]: axis["differences"][0]["real"] for axis in effects["axes"]}["retriever"]


def test_effects_say_on_how_many_ratings_and_questions_they_rest() -> None:
    effects = find_liked_effects(joint_estimates(MEANS, ERROR**2 * np.eye(8)), FACTS)
    assert (effects["score"], effects["configurations"], effects["questions"]) == ("liked", 8, 20)
    assert "23 thumbs and 8 choices of 2 people" in effects["notes"][0]


def test_the_table_has_the_means_and_the_covariance_of_the_draws() -> None:
    covariance = ERROR**2 * np.eye(8) + 0.001 * np.ones((8, 8))
    estimates = joint_estimates(MEANS, covariance)
    values = draws_as_questions(estimates).values
    assert values.mean(axis=1) == pytest.approx(np.array(list(MEANS.values())))
    assert np.cov(values) / values.shape[1] == pytest.approx(covariance, rel=0.01, abs=1e-9)
