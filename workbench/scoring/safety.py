"""The stable import path of `score_toxicity`; scoring/toxicity.py does the work.
Knows nothing about how toxicity is scored."""

from __future__ import annotations

from workbench.scoring.toxicity import score_toxicity

__all__ = ["score_toxicity"]
