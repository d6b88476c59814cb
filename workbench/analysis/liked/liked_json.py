"""Writes the estimates of liked shares as JSON, and reads them again.
Knows nothing about where the JSON is kept. Arrays are packed: shares need no more than 16 bits."""

from __future__ import annotations

import base64
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from workbench.analysis.liked.types import Array, Disagreement, Liked, LikedEstimates, PartEstimates

_MOST = 65_534
_MISSING = 65_535


def to_json(estimates: LikedEstimates) -> dict[str, Any]:
    """The estimates as plain JSON."""
    found = estimates.disagreement
    by_rater = {r: [n, None if math.isnan(share) else share] for r, (n, share) in found.by_rater.items()}
    return {
        "parts": {name: _part_to_json(part) for name, part in estimates.parts.items()},
        "thumbs": estimates.thumbs,
        "choices": estimates.choices,
        "raters": estimates.raters,
        "disagreement": asdict(found) | {"by_rater": by_rater},
        "weights": dict(estimates.weights),
        "spreads": dict(estimates.spreads),
    }


def from_json(found: dict[str, Any]) -> LikedEstimates:
    """The estimates that `to_json` wrote."""
    disagreement = found["disagreement"]
    by_rater = {r: (n, math.nan if up is None else up) for r, (n, up) in disagreement["by_rater"].items()}
    return LikedEstimates(
        {name: _part_from_json(part) for name, part in found["parts"].items()},
        found["thumbs"],
        found["choices"],
        found["raters"],
        Disagreement(disagreement["items"], disagreement["pairs"], disagreement["share"], by_rater),
        found["weights"],
        found["spreads"],
    )


def _part_to_json(part: PartEstimates) -> dict[str, Any]:
    return {
        "trials": list(part.trial_ids),
        "liked": [[x.mean, x.low, x.high, x.thumbs, x.choices, x.raters] for x in part.liked],
        "draws": _pack(part.draws),
        "questions": list(part.question_ids),
        "values": _pack(part.values),
    }


def _part_from_json(found: dict[str, Any]) -> PartEstimates:
    trials, questions = tuple(found["trials"]), tuple(found["questions"])
    return PartEstimates(
        trials,
        tuple(Liked(*values) for values in found["liked"]),
        _unpack(found["draws"], len(trials)),
        questions,
        _unpack(found["values"], len(trials)),
    )


def _pack(shares: Array) -> str:
    """Shares from 0 to 1 in steps of 1 / 65,534, and NaN, in base64."""
    whole = np.where(np.isfinite(shares), np.rint(np.nan_to_num(shares) * _MOST), _MISSING)
    return base64.b64encode(whole.astype("<u2").tobytes()).decode("ascii")


def _unpack(text: str, rows: int) -> Array:
    whole = np.frombuffer(base64.b64decode(text), dtype="<u2").astype(np.float64)
    return np.where(whole == _MISSING, np.nan, whole / _MOST).reshape(rows, -1 if rows else 0)
