"""Writes a leaderboard as CSV: the one table that the command line and the pages offer.
Knows nothing about how trials are ranked."""

from __future__ import annotations

from typing import Any

from workbench.csv_text import to_csv
from workbench.parts.retrieval_settings import RETRIEVAL_AXES
from workbench.replies.defects import DEFECTS
from workbench.space.scores import COST_MEASURES

PREFERENCES = ("won", "lost", "both_good", "both_bad", "win_share", "low", "high")
AGAINST = (
    "mean", "low", "high", "p", "p_holm", "p_corrected", "compared", "questions", "groups",
    "questions_needed", "verdict",
)  # fmt: skip
HELD_OUT = ("mean", "low", "high", "count")


def leaderboard_csv(board: dict[str, Any]) -> str:
    """The leaderboard as CSV, one row per trial; figures are numbers, each in a column of its own.

    board: the document of `leaderboard --json`.
    """
    trials = board["trials"]
    names = sorted({n for t in trials for n in t["scores"]})
    figures = ("mean", "low", "high", "count", "failed", "not_applicable", "marked")
    head = ["rank", "trial", "name", "feasible", "front", "state", "note", "prompt", "model"]
    head += ["answers", "failed_answers", "failures", "tied_with_leader", "is_baseline"]
    head += [f"{kind}_{f}" for kind in ("difference", "vs_baseline") for f in AGAINST]
    head += [f"{n}_{f}" for n in names for f in figures]
    head += [f"holdout_{n}_{f}" for n in names for f in HELD_OUT]
    rows = []
    for t in trials:
        row = [t[key] for key in ("rank", "trial", "name", "feasible", "front", "state", "note")]
        row += [t["config"]["prompt"], t["config"]["model"], t["answers"], t["failed_answers"]]
        row.append("; ".join(f"{f['count']} × {f['kind']}: {f['error']}" for f in t["failures"]))
        row += [t["tied_with_leader"], t["trial"] == board["baseline"]]
        row += [(t[kind] or {}).get(f) for kind in ("difference", "vs_baseline") for f in AGAINST]
        row += [(t["scores"].get(n) or {}).get(f) for n in names for f in figures]
        row += [((t["holdout"] or {}).get(n) or {}).get(f) for n in names for f in HELD_OUT]
        row += [t["config"]["retrieval"][knob] for knob in RETRIEVAL_AXES]
        row += [*(t[c] for c in COST_MEASURES), *(t["defects"].get(d, 0) for d in DEFECTS)]
        row += [t["ratings"]["up"], t["ratings"]["down"]]
        rows.append([*row, *(t["preferences"][p] for p in PREFERENCES), t["config"]["system"]])
    head += [*RETRIEVAL_AXES, *COST_MEASURES, *DEFECTS, "ratings_up", "ratings_down"]
    head += [f"preferences_{p}" for p in PREFERENCES]
    head.append("system")
    return to_csv(head, rows).rstrip("\n")
