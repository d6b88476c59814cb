"""Writes a leaderboard's rows as JSON, in the stable format of `leaderboard --json` (docs/design.md).
Knows nothing about how trials are ranked."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from workbench.analysis.comparison_words import comparison_to_json
from workbench.analysis.judge_summary import is_marked
from workbench.analysis.leaderboard import LeaderboardRow, win_share
from workbench.parts.retrieval_settings import MODEL_ROLES
from workbench.space.config import Config
from workbench.space.retrieval import Retrieval
from workbench.store.figures import Consistency, Figure, Preferred


def _figure_json(figure: Figure) -> dict[str, Any]:
    return dict(vars(figure)) | {"marked": is_marked(figure)}


def preferred_to_json(choices: Preferred) -> dict[str, Any]:
    """Preferences as JSON; `win_share` as in the function of that name, null when it is None."""
    share, low, high = win_share(choices) or (None, None, None)
    return asdict(choices) | {"win_share": share, "low": low, "high": high}


def _consistency_json(consistency: Consistency | None) -> dict[str, Any] | None:
    return asdict(consistency) if consistency else None


def config_to_json(config: Config) -> dict[str, Any]:
    """The settings by name; of a system and of a route whose ends have their own, each is null, and `system`
    or `route` is its name. A route between models has the settings, and `model` is the route's name."""
    named = {"system": config.system and config.system.name, "route": config.route and config.route.name}
    if not config.has_settings:
        retrieval = dict.fromkeys(Retrieval.model_fields)
        return {"prompt": None, "retrieval": retrieval, "model": None, **named}
    retrieval = config.retrieval.model_dump(mode="json")
    for role in MODEL_ROLES:
        retrieval[role] = retrieval[role]["name"] if retrieval[role] else None
    return {"prompt": config.prompt.label, "retrieval": retrieval, "model": config.model.name, **named}


def row_to_json(row: LeaderboardRow) -> dict[str, Any]:
    """A row in the stable format of `leaderboard --json` (docs/design.md)."""
    search, holdout, config = row.search, row.holdout, row.trial.config
    return {
        "trial": row.trial.id,
        "name": row.trial.name,
        "rank": row.rank,
        "feasible": row.feasible,
        "front": row.front,
        "broken_constraints": list(row.broken),
        "state": row.trial.state,
        "note": row.trial.note,
        "config": config_to_json(config),
        "scores": {name: _figure_json(f) for name, f in search.scores.items()} if search else {},
        "holdout": {name: _figure_json(f) for name, f in holdout.scores.items()} if holdout else None,
        "answers": search.answers if search else 0,
        "failed_answers": search.failed_answers if search else 0,
        "failures": [{"kind": f.kind, "count": f.count, "error": f.error} for f in row.failures],
        "defects": search.defects if search else {},
        "remarks": row.remarks,
        "difference": comparison_to_json(row.to_leader),
        "tied_with_leader": row.tied,
        "vs_baseline": comparison_to_json(row.to_baseline),
        "consistency": _consistency_json(search.consistency) if search else None,
        "cost_per_1k_questions": search.cost_per_1k_questions if search else None,
        "tokens_per_answer": search.tokens_per_answer if search else None,
        "passage_tokens_per_answer": search.passage_tokens_per_answer if search else None,
        "seconds_p50": search.seconds_p50 if search else None,
        "seconds_p95": search.seconds_p95 if search else None,
        "ratings": {"up": row.up, "down": row.down},
        "preferences": preferred_to_json(row.preferred),
    }
