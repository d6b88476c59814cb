"""Writes a proposed route to a file that is asked, served, gated and checked as any exported winner.
Knows nothing about how the route was found."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from workbench.analysis.route_table import RouteFigures
from workbench.corpus.types import QuestionPart
from workbench.errors import InputError
from workbench.files.writing import check_destination, write_atomically
from workbench.routing.propose import Proposal
from workbench.routing.words import proposal_in_words
from workbench.ship.canary_choice import replies_of_trial
from workbench.ship.export import check_canaries, objective_of, put_together
from workbench.ship.kept_questions import DEFAULT_CANARIES
from workbench.ship.winner import Evidence, Winner
from workbench.space.config import Config
from workbench.store.database import Store
from workbench.store.records import AnswerRecord


def build_route_winner(
    store: Store, proposal: Proposal, *, canaries: int = DEFAULT_CANARIES, cache: Path | None = None
) -> Winner:
    """The file's content.

    canaries: how many questions are kept to be asked again, with what the route would have answered.
    cache: where extracted texts of documents are kept; None reads every document anew.

    Raises InputError when no route pays, or for more canaries than are kept.
    """
    check_canaries(canaries)
    if proposal.route is None:
        raise InputError(" ".join(proposal_in_words(proposal)))
    record = proposal.experiment
    shown = proposal.holdout or proposal.search
    return put_together(
        store,
        record,
        Config.of_route(proposal.route),
        proposal.route.name,
        Evidence(
            experiment=record.id,
            experiment_name=record.name,
            trial=proposal.strong.id,
            rank=None,
            configs=2,
            objective=objective_of(record),
            search=_scores(proposal, proposal.search),
            holdout=proposal.holdout and _scores(proposal, proposal.holdout),
            cost_per_1k_questions=1000 * shown.cost if proposal.measure == "usd" else None,
            tokens_per_answer=shown.cost if proposal.measure == "tokens" else None,
            seconds_p50=None,
            seconds_p95=None,
            ratings={"up": 0, "down": 0},
            verdict={
                "kind": "route",
                "so_far": False,
                "margin": proposal.margin,
                "sentences": proposal_in_words(proposal),
            },
            baseline={
                "trial": proposal.strong.id,
                "name": proposal.strong.name,
                "difference": _interval(shown.difference),
            },
        ),
        partial(_find_replies, store, proposal),
        canaries=canaries,
        cache=cache,
    )


def export_route(
    store: Store,
    proposal: Proposal,
    out: Path,
    *,
    overwrite: bool = True,
    canaries: int = DEFAULT_CANARIES,
    cache: Path | None = None,
) -> Path:
    """Write the file. canaries, cache: see `build_route_winner`.

    Raises InputError when no route pays, or the file cannot be written.
    """
    check_destination(out, overwrite=overwrite)
    winner = build_route_winner(store, proposal, canaries=canaries, cache=cache)
    write_atomically(out, winner.to_yaml(), overwrite=overwrite)
    return out


def _find_replies(store: Store, proposal: Proposal, part: QuestionPart) -> dict[str, list[AnswerRecord]]:
    """Question id → what the route would have answered, by repeat."""
    cheap, strong = (
        replies_of_trial(store, proposal.experiment.id, trial.id, part)
        for trial in (proposal.cheap, proposal.strong)
    )
    takes_strong, found = proposal.takes_strong, {}
    for id_ in cheap.keys() & strong.keys():
        both = list(zip(cheap[id_], strong[id_], strict=False))
        if len(cheap[id_]) == len(strong[id_]) and all((id_, a.repeat) in takes_strong for a, _ in both):
            found[id_] = [b if takes_strong[id_, a.repeat] else a for a, b in both]
    return found


def _interval(interval: Any) -> dict[str, Any]:
    return {"mean": interval.mean, "low": interval.low, "high": interval.high}


def _scores(proposal: Proposal, figures: RouteFigures) -> dict[str, Any]:
    counts = {"count": figures.questions, "failed": 0, "not_applicable": 0}
    return {proposal.score: _interval(figures.score) | counts}
