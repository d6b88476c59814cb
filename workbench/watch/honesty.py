"""Keeps a served route honest: where a shadow asked its strong end, too, what the route really lost.
Knows nothing about serving, nor about how routes are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from workbench.analysis.clusters import Clusters
from workbench.analysis.confidence_intervals import Interval, mean_interval
from workbench.analysis.non_inferiority import Gaps
from workbench.analysis.route_choice import DEFAULT_MARGIN, LEVEL
from workbench.scoring.route_signals import ESCALATED
from workbench.ship.service import corpus_of, service_id_of
from workbench.ship.winner import WinnerConfig
from workbench.store.database import Store
from workbench.store.serving.pairs import AnswerPair, PairedAnswer, find_pairs
from workbench.store.serving.records import Service
from workbench.store.serving.traffic import Window

MOST_PAIRS = 20_000
"""Of more, the newest are looked at."""
Word = Literal["kept", "broken", "not told"]


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
    """What was promised of the score that the route was chosen by."""
    broken: float
    """How sure it is that the loss is above the margin, in [0, 1]; valid however often one looks."""
    saved: float | None
    """The share of the strong end's cost that was saved; None where a cost is not known."""

    @property
    def word(self) -> Word:
        """Whether the margin is kept, as far as can be told."""
        if self.broken >= 1 - LEVEL:
            return "broken"
        return "kept" if self.loss.high is not None and self.loss.high <= self.margin else "not told"

    def to_json(self) -> dict[str, Any]:
        """As it stands in `watch --json`."""
        return asdict(self) | {"word": self.word, "text": self.in_words()}

    def in_words(self) -> str:
        """What is known, in sentences."""
        low, high = self.loss.low, self.loss.high
        between = "" if low is None or high is None else f" ({low:.3f} to {high:.3f})"
        said = {
            "kept": f"It keeps its margin of {self.margin:g}.",
            "broken": f"It is {self.broken:.1%} sure that the loss is above the margin of {self.margin:g}.",
            "not told": f"These requests do not tell whether it keeps its margin of {self.margin:g}.",
        }
        saved = "" if self.saved is None else f" and saved {self.saved:.0%} of that end's cost"
        return (
            f"The route's grounding was {self.loss.mean:.3f}{between} below its strong end's on "
            f"{self.requests:,} requests that both answered. It sent {self.escalated:.0%} of them to its "
            f"strong end{saved}. {said[self.word]}"
        )


def find_strong_end(service: Service) -> str | None:
    """The id of the service that a route's strong end would be by itself; None for what is no route."""
    config = (service.winner or {}).get("config", {})
    if "route" not in config:
        return None
    return service_id_of(WinnerConfig.model_validate(config).to_config().ends[1], corpus_of(service))


def find_loss(store: Store, service: Service, since: float = 0.0) -> RealisedLoss | None:
    """What a served route has lost since a time (Unix seconds); None for what is no route, and where its
    strong end did not shadow it."""
    strong = find_strong_end(service)
    if strong is None:
        return None
    verdict = (service.winner or {}).get("evidence", {}).get("verdict") or {}
    pairs = find_pairs(store, Window(service.id, since, fresh=True), strong, most=MOST_PAIRS)
    return measure_loss(pairs, float(verdict.get("margin", DEFAULT_MARGIN)))


def measure_loss(pairs: Sequence[AnswerPair], margin: float = DEFAULT_MARGIN) -> RealisedLoss | None:
    """The realised loss; None where no pair has one.

    pairs: the route's answer first, its strong end's second, in the order in which they were asked. Requests
        with equal questions count as one.
    """
    known = [(pair, loss) for pair in pairs if (loss := _loss(pair)) is not None]
    if not known:
        return None
    numbered = [str(number) for number in range(len(known))]
    clusters = Clusters.of(
        numbered, {n: pair.question for n, (pair, _) in zip(numbered, known, strict=True) if pair.question}
    )
    gaps = np.array([margin - loss for _, loss in known])
    _, within = Gaps.of(gaps, clusters, margin - 1, margin + 1).early_p(np.zeros(1))
    return RealisedLoss(
        requests=len(known),
        escalated=float(np.mean([ESCALATED in pair.first.flags for pair, _ in known])),
        loss=mean_interval([[loss] for _, loss in known], clusters),
        margin=margin,
        broken=1 - float(within[0]),
        saved=_saved([pair for pair, _ in known]),
    )


def _loss(pair: AnswerPair) -> float | None:
    """How much worse the route's answer is, in [-1, 1]; None where that cannot be told.

    Where only one of the two declines, the other's answer is worth its grounding, and declining nothing.
    """
    route, strong = pair.first, pair.second
    if (route.refused and strong.refused) or _is_same(pair):
        return 0.0
    worth = [_worth(route), _worth(strong)]
    return None if worth[0] is None or worth[1] is None else worth[1] - worth[0]


def _is_same(pair: AnswerPair) -> bool:
    """Whether the shadow is the very reply that the route took from its strong end."""
    return pair.second.cached and ESCALATED in pair.first.flags


def _worth(answer: PairedAnswer) -> float | None:
    return 0.0 if answer.refused else answer.grounding


def _saved(pairs: Sequence[AnswerPair]) -> float | None:
    """A shadow whose reply was stored already cost nothing; it is priced by its tokens as the others were."""
    new = [pair.second for pair in pairs if not pair.second.cached]
    tokens = sum(answer.tokens for answer in new)
    if any(answer.cost_usd is None for answer in (*new, *(pair.first for pair in pairs))) or not tokens:
        return None
    rate = sum(answer.cost_usd or 0.0 for answer in new) / tokens
    whole = sum(
        rate * pair.second.tokens if pair.second.cached else pair.second.cost_usd or 0.0 for pair in pairs
    )
    paid = sum(pair.first.cost_usd or 0.0 for pair in pairs)
    return 1 - paid / whole if whole > 0 else None
