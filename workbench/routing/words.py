"""Says what a proposed route comes to: as sentences for pages and commands, and as JSON.
Knows nothing about how it was found."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from workbench.analysis.confidence_intervals import Interval
from workbench.analysis.route_table import RouteFigures
from workbench.formatting import counted
from workbench.routing.propose import Proposal

NO_ROUTE = "No route pays off here."


def proposal_in_words(proposal: Proposal) -> list[str]:
    """Sentences, the verdict first."""
    route, search, names = proposal.route, proposal.search, (proposal.cheap.name, proposal.strong.name)
    if route is None:
        return _why_none(proposal)
    said = [
        f"A route would save {search.saved:.0%} of the cost of {names[1]} at {proposal.score} at most "
        f"{proposal.margin:g} lower (95% sure).",
        f"It is a {route.kind}: {_rule(proposal)}",
        f"On the {counted(search.questions, 'answer')} that it was chosen on: {_figures(proposal, search)}",
    ]
    if proposal.holdout is None:
        said.append("The held-out questions were not asked of both ends, so nothing confirms this yet.")
    else:
        held = proposal.holdout
        said.append(f"On {counted(held.questions, 'held-out answer')}: {_figures(proposal, held)}")
    return said


def _why_none(proposal: Proposal) -> list[str]:
    search, names = proposal.search, (proposal.cheap.name, proposal.strong.name)
    said = [
        NO_ROUTE,
        f"{counted(search.questions, 'answer')} do not show that {names[0]} can answer some questions in "
        f"place of {names[1]}, save cost and lose at most {proposal.margin:g} in {proposal.score} "
        "(95% sure).",
    ]
    if search.oracle_saved <= 0:
        said.append(f"{names[0]} costs too much for any choice between the two to save something.")
    elif proposal.wider_margin is not None:
        said.append(
            f"With a margin of {proposal.wider_margin:g} there is a route: `route --margin "
            f"{proposal.wider_margin:g}`."
        )
    else:
        said.append("More questions, or a cheaper end that is nearly as good, may change that.")
    return said


def _rule(proposal: Proposal) -> str:
    assert proposal.route is not None
    cheap, strong = proposal.cheap.name, proposal.strong.name
    if proposal.route.weights.retrieval:
        return f"the question, and what {cheap} retrieves for it, decide between {cheap} and {strong}."
    if proposal.route.kind == "router":
        return f"the question alone decides between {cheap} and {strong}."
    rule = proposal.route.escalate_when
    signs = ["it declined"] if rule.declined else []
    if rule.grounding_below is not None:
        signs.append(f"its grounding is below {rule.grounding_below:g}")
    if rule.thin_retrieval is not None:
        signs.append(f"its passages hold less than {rule.thin_retrieval:.0%} of the question's words")
    return f"{cheap} answers, and {strong} is asked, too, where {' or '.join(signs)}."


def _figures(proposal: Proposal, figures: RouteFigures) -> str:
    low, high = figures.difference.low, figures.difference.high
    interval = "" if low is None or high is None else f" ({low:+.3f} to {high:+.3f})"
    return (
        f"{proposal.score} {figures.score.mean:.3f} against {figures.strong_score.mean:.3f}, a difference of "
        f"{figures.difference.mean:+.3f}{interval}; {figures.escalated:.0%} escalated; "
        f"{_cost(proposal, figures.cost)} against {_cost(proposal, figures.strong_cost)}, "
        f"{figures.saved:.0%} saved ({figures.saved_low:.0%} to {figures.saved_high:.0%}). An oracle would "
        f"save {figures.oracle_saved:.0%}."
    )


def _cost(proposal: Proposal, cost: float) -> str:
    if proposal.measure == "usd":
        return f"${1000 * cost:.4g} per 1,000 questions"
    return f"{cost:,.0f} tokens an answer"


def proposal_to_json(proposal: Proposal) -> dict[str, Any]:
    """The document of `route --json`. `cost` is per question, in `cost_measure`."""
    route = proposal.route
    return {
        "experiment": proposal.experiment.id,
        "strong": {"trial": proposal.strong.id, "name": proposal.strong.name},
        "cheap": {"trial": proposal.cheap.id, "name": proposal.cheap.name},
        "score": proposal.score,
        "margin": proposal.margin,
        "pays": route is not None,
        "kind": route and route.kind,
        "looks_at_retrieval": bool(route and route.weights.retrieval),
        "escalate_when": route.escalate_when.model_dump() if route and route.kind == "cascade" else None,
        "cost_measure": proposal.measure,
        "search": _figures_to_json(proposal.search),
        "holdout": proposal.holdout and _figures_to_json(proposal.holdout),
        "wider_margin": proposal.wider_margin,
        "sentences": proposal_in_words(proposal),
    }


def _figures_to_json(figures: RouteFigures) -> dict[str, Any]:
    def plain(interval: Interval) -> dict[str, Any]:
        return {"mean": interval.mean, "low": interval.low, "high": interval.high}

    found = asdict(figures)
    intervals = ("score", "strong_score", "cheap_score", "difference")
    return found | {name: plain(getattr(figures, name)) for name in intervals}
