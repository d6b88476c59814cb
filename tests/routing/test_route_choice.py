"""Which rule is chosen on a table of two ends, and what it comes to on other questions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.routing.ends import make_table
from workbench.analysis.clusters import Clusters
from workbench.analysis.route_choice import choose_route, find_wider_margin
from workbench.analysis.route_table import describe_route
from workbench.analysis.router_fit import cross_fitted, fit_router
from workbench.corpus.types import AskedQuestion
from workbench.pipeline.question_features import question_features, strong_probability
from workbench.space.route import QUESTION_FEATURES, Escalation, RouterWeights


@pytest.mark.parametrize(
    ("tells", "kind", "sign"),
    [
        ("grounding", "cascade", "grounding_below"),
        ("coverage", "cascade", "thin_retrieval"),
        ("question", "router", None),
        ("retrieval", "router by retrieval", None),
    ],
)
def test_the_sign_that_tells_is_found(tells: str, kind: str, sign: str | None) -> None:
    table = make_table(600, tells=tells)
    chosen = choose_route(table)
    assert chosen is not None and chosen.kind == kind
    if sign is not None:
        assert chosen.escalate_when is not None and getattr(chosen.escalate_when, sign) is not None
    fresh = make_table(400, seed=9, tells=tells)
    figures = describe_route(fresh, chosen.escalated(fresh), chosen.kind)
    assert figures.saved > 0.4 and figures.oracle_saved > 0.5
    assert figures.difference.mean > -0.02
    assert figures.saved_low <= figures.saved <= figures.saved_high


def test_no_route_where_nothing_tells() -> None:
    """What a margin allows to lose by chance alone is no saving to speak of."""
    assert choose_route(make_table(600, tells="nothing", hard=0.7)) is None


def test_no_route_between_ends_of_equal_cost() -> None:
    assert choose_route(make_table(600, cheap_cost=10.0)) is None


def test_too_few_questions_need_a_wider_margin() -> None:
    table = make_table(60)
    assert choose_route(table) is None
    wider = find_wider_margin(table, 0.02)
    assert wider is not None and choose_route(table, wider) is not None


def test_copies_of_questions_do_not_buy_a_route() -> None:
    table = make_table(60)
    copies = np.tile(np.arange(60), 10)
    assert choose_route(table.select(copies)) is None


def test_a_cascade_pays_both_ends_and_a_shared_ranking_once() -> None:
    table = make_table(10)
    asked = table.escalated(Escalation(grounding_below=0.6))
    assert list(table.costs(asked, "cascade")) == [11.0 if one else 1.0 for one in asked]
    assert list(table.costs(asked, "router")) == [10.0 if one else 1.0 for one in asked]


def test_the_router_in_a_file_says_what_was_fitted() -> None:
    """Weights of one byte are enough, and a question is described alike in fitting and answering."""
    table = make_table(300, tells="question")
    router = fit_router(table.features, table.vectors, table.strong_score - table.cheap_score)
    weights = RouterWeights.model_validate_json(router.to_weights(0.4).model_dump_json())
    fitted = router.probabilities(table.features, table.vectors)
    for row in range(20):
        features = dict(zip(QUESTION_FEATURES, table.features[row], strict=True))
        assert strong_probability(weights, features, table.vectors[row]) == pytest.approx(
            fitted[row], abs=0.02
        )
    assert len(weights.vector) < 600
    assert tuple(question_features(AskedQuestion("Why?"))) == QUESTION_FEATURES


def test_cross_fitting_keeps_clusters_together() -> None:
    """A router that has seen a question's copy would know its answer by heart."""
    draw = np.random.default_rng(1)
    table = make_table(80, tells="nothing")
    gaps = (draw.random(80) < 0.5).astype(float)
    twice = np.tile(np.arange(80), 2)
    together = cross_fitted(table.features[twice], table.vectors[twice], gaps[twice], Clusters(twice))
    right = np.mean((together > 0.5) == (gaps[twice] > 0.5))
    assert right < 0.7
