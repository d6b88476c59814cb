"""Writes a proposed route to a file that is asked, served, gated and checked as any exported winner.
Knows nothing about how the route was found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.analysis.route_table import RouteFigures
from workbench.errors import InputError
from workbench.files.writing import check_destination, write_atomically
from workbench.routing.propose import Proposal
from workbench.routing.words import proposal_in_words
from workbench.ship.export import examples_of, library_versions
from workbench.ship.winner import Evidence, Winner, WinnerConfig, WinnerCorpus
from workbench.space.code_needed import packages_of_config
from workbench.space.config import Config
from workbench.space.model_input import check_model


def build_route_winner(proposal: Proposal) -> Winner:
    """The file's content. Raises InputError when no route pays."""
    if proposal.route is None:
        raise InputError(" ".join(proposal_in_words(proposal)))
    record, config = proposal.experiment, Config.of_route(proposal.route)
    for model in config.models:
        check_model(model)  # a key that an older version let in must not leave
    shown = proposal.holdout or proposal.search
    return Winner(
        name=f"{record.name}: {proposal.route.name}",
        exported_at=datetime.now(UTC).isoformat(timespec="seconds"),
        config=WinnerConfig.of(config),
        corpus=WinnerCorpus(name=record.experiment.corpus, hash=record.corpus_version),
        examples=examples_of(config, Path(record.corpus_path)),
        evidence=Evidence(
            experiment=record.id,
            experiment_name=record.name,
            trial=proposal.strong.id,
            rank=None,
            configs=2,
            objective=record.experiment.objective.model_dump(mode="json", exclude_defaults=True),
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
        libraries=library_versions() | packages_of_config(config),
    )


def export_route(proposal: Proposal, out: Path, *, overwrite: bool = True) -> Path:
    """Write the file. Raises InputError when no route pays, or the file cannot be written."""
    check_destination(out, overwrite=overwrite)
    write_atomically(out, build_route_winner(proposal).to_yaml(), overwrite=overwrite)
    return out


def _interval(interval: Any) -> dict[str, Any]:
    return {"mean": interval.mean, "low": interval.low, "high": interval.high}


def _scores(proposal: Proposal, figures: RouteFigures) -> dict[str, Any]:
    counts = {"count": figures.questions, "failed": 0, "not_applicable": 0}
    return {proposal.score: _interval(figures.score) | counts}
