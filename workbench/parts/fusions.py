"""Lists the ways in which a hybrid retriever combines its rankings.
Knows nothing about the rankings: pipeline/fusion.py combines them."""

from __future__ import annotations

from workbench.parts.part import Fusion

FUSIONS = (
    Fusion(
        name="rrf",
        label="Reciprocal rank fusion",
        help="Adds 1 / (k + rank) over the rankings; scores do not matter.",
        function="workbench.pipeline.fusion:reciprocal_rank_fusion",
    ),
)
DEFAULT_FUSION = "rrf"
