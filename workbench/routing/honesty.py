"""Keeps a served route honest: where a shadow asked its strong end, too, what the route really lost.
Knows nothing about serving: it is given requests as they were stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.analysis.clusters import Clusters
from workbench.analysis.confidence_intervals import Interval, mean_interval
from workbench.analysis.risk_control import betting_p_value
from workbench.analysis.route_choice import DEFAULT_MARGIN
from workbench.scoring.route_signals import ESCALATED
from workbench.store.serving.records import ServedRequest

Pair = tuple[ServedRequest, ServedRequest]
"""What the route answered, and what its strong end answered to the same request in the shadow."""


@dataclass(frozen=True)
class RealisedLoss:
    """What a route lost on the traffic that both ends answered."""

    requests: int
    """How many requests both have answered with a loss that is known."""
    escalated: float
    """The share of these that the route sent to its strong end."""
    loss: Interval
    """The mean loss with its interval: the strong end's grounding minus the route's."""
    margin: float
    """What was promised."""
    broken: float
    """How sure it is that the loss is above the margin, in [0, 1]; valid however often one looks."""
    saved: float | None
    """The share of the strong end's cost that was saved; None where a cost is not known."""


def pair_shadows(requests: Sequence[ServedRequest]) -> list[Pair]:
    """Each request with its shadow, in the order in which they were asked."""
    shadows = {r.shadow_of: r for r in requests if r.role == "shadow" and r.shadow_of is not None}
    pairs = [(r, shadows[r.id]) for r in requests if r.id in shadows]
    return sorted(pairs, key=lambda pair: pair[0].asked_at)


def measure_loss(pairs: Sequence[Pair], margin: float = DEFAULT_MARGIN) -> RealisedLoss | None:
    """The realised loss; None where no pair has one.

    Requests with equal questions count as one. Answers that were served from the cache are no evidence.
    """
    known = [(pair, loss) for pair in pairs if (loss := _loss(*pair)) is not None]
    if not known:
        return None
    losses = np.array([loss for _, loss in known])
    routes, strongs = [route for (route, _), _ in known], [strong for (_, strong), _ in known]
    clusters = Clusters.of([r.id for r in routes], {r.id: r.question for r in routes if r.question})
    return RealisedLoss(
        requests=len(known),
        escalated=float(np.mean([ESCALATED in route.flags for route in routes])),
        loss=mean_interval([[loss] for _, loss in known], clusters),
        margin=margin,
        broken=1 - betting_p_value(-losses, -margin, clusters, seed=None),
        saved=_saved(routes, strongs),
    )


def _loss(route: ServedRequest, strong: ServedRequest) -> float | None:
    """How much worse the route's answer is, in [-1, 1]; None where that cannot be told.

    Where only one of the two declines, the other's answer is worth its grounding, and declining nothing.
    """
    if route.state != "ok" or strong.state != "ok" or route.cached or strong.cached:
        return None
    worth = [_worth(route), _worth(strong)]
    if route.refused and strong.refused:
        return 0.0
    return None if worth[0] is None or worth[1] is None else worth[1] - worth[0]


def _worth(request: ServedRequest) -> float | None:
    if request.refused:
        return 0.0
    return next((score.value for score in request.scores if score.name == "grounding"), None)


def _saved(routes: Sequence[ServedRequest], strongs: Sequence[ServedRequest]) -> float | None:
    costs = [[request.cost_usd for request in requests] for requests in (routes, strongs)]
    if any(None in of_end for of_end in costs):
        return None
    paid, whole = (sum(cost or 0.0 for cost in of_end) for of_end in costs)
    return 1 - paid / whole if whole > 0 else None
