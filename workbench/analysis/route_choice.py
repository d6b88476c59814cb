"""Chooses the cheapest rule of a route whose loss is within the margin beyond doubt; or none.
Knows nothing about the store, nor about what the ends are.

Five families of rules are walked from their safest rule on (risk_control.py): a cascade that looks at the
grounding of the cheap answer, one that looks at its passages, one that looks at both, a router that looks at
the question, and one that looks at what the cheap end retrieves, too. Each cascade escalates what the cheap
end declined. Each family gets its part of the error that is allowed (Bonferroni), so that the best of those
that pass may be taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.risk_control import count_passing
from workbench.analysis.route_table import Array, EndsTable, Kind
from workbench.analysis.router_fit import FittedRouter, cross_fitted, fit_router
from workbench.space.route import Escalation, RouterWeights

Mask = NDArray[np.bool_]
LEVEL = 0.05
"""The probability that is allowed of a route that loses more than its margin."""
DEFAULT_MARGIN = 0.02
LEAST_SAVED = 0.05
"""A route that saves less of the strong end's cost does not pay."""
WIDER_MARGINS = (0.03, 0.05, 0.075, 0.1, 0.15, 0.2)
# The safest first. Above the largest grounding there is, so that only what claims nothing is kept.
_THRESHOLDS = tuple(round(1.0 - 0.05 * step, 2) for step in range(21))
_SIGNS = (("grounding_below",), ("thin_retrieval",), ("grounding_below", "thin_retrieval"))
_STEPS = 40
FEWEST_TO_FIT = 40
"""A router is fitted to at least so many questions."""


@dataclass(frozen=True, eq=False)
class ChosenRoute:
    """A rule, and which of the questions that it was chosen on it sends to the strong end."""

    kind: Kind
    escalate_when: Escalation | None
    """Of a cascade."""
    weights: RouterWeights | None
    """Of a router."""
    strong: Mask
    """[questions]; a router's by what it says of questions that it was not fitted to."""
    saved: float
    """The share of the strong end's cost that is saved, on the questions that it was chosen on."""

    def escalated(self, table: EndsTable) -> Mask:
        """Which of other questions it sends to the strong end."""
        if self.escalate_when is not None:
            return table.escalated(self.escalate_when)
        assert self.weights is not None
        said = FittedRouter.of_weights(self.weights).probabilities(*_columns(table, self.kind))
        return np.asarray(said > self.weights.strong_above)


def choose_route(
    table: EndsTable, margin: float = DEFAULT_MARGIN, level: float = LEVEL
) -> ChosenRoute | None:
    """The cheapest rule that is at most `margin` below the strong end with a probability of 1 - level; None
    where no rule is, or none that is saves anything.

    table: the search questions alone.
    """
    families = list(_families(table))
    losses = [[table.losses(rule.strong) for rule in rules] for rules in families]
    counts = count_passing(losses, margin, level / max(1, len(families)), table.clusters)
    passed = [rule for rules, count in zip(families, counts, strict=True) for rule in rules[:count]]
    best = max(passed, key=lambda rule: rule.saved, default=None)
    return best if best is not None and best.saved >= LEAST_SAVED else None


def find_wider_margin(table: EndsTable, margin: float) -> float | None:
    """The smallest of some wider margins for which there is a route; None where there is none."""
    wider = (other for other in WIDER_MARGINS if other > margin)
    return next((other for other in wider if choose_route(table, other) is not None), None)


def _families(table: EndsTable) -> Iterator[list[ChosenRoute]]:
    """Each family's rules, the safest first."""
    if not table.questions:
        return
    for signs in _SIGNS:
        rules = [Escalation(declined=True, **dict.fromkeys(signs, t)) for t in _THRESHOLDS]
        yield [_cascade(table, rule) for rule in rules]
    if table.questions >= FEWEST_TO_FIT:
        yield list(_routers(table, "router"))
        yield list(_routers(table, "router by retrieval"))


def _cascade(table: EndsTable, rule: Escalation) -> ChosenRoute:
    strong = table.escalated(rule)
    return ChosenRoute("cascade", rule, None, strong, table.saved(strong, "cascade"))


def _routers(table: EndsTable, kind: Kind) -> Iterator[ChosenRoute]:
    gaps = table.strong_score - table.cheap_score
    features, vectors = _columns(table, kind)
    said = cross_fitted(features, vectors, gaps, table.clusters)
    weights = fit_router(features, vectors, gaps).to_weights(0.0)
    for share in np.linspace(0, 1, _STEPS + 1):
        threshold = round(float(np.quantile(said, share)), 6)
        strong = np.asarray(said > threshold)
        rule = weights.model_copy(
            update={"strong_above": threshold}
        )  # checking each anew takes a sixth of all
        yield ChosenRoute(kind, None, rule, strong, table.saved(strong, kind))


def _columns(table: EndsTable, kind: Kind) -> tuple[Array, Array]:
    """(features, vectors) that a router reads. Beside what was retrieved, vectors would add noise alone."""
    if kind == "router":
        return table.features, table.vectors
    return np.hstack([table.features, table.retrieval]), table.vectors[:, :0]
