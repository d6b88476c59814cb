"""Lists the ways in which a retriever combines its rankings, and settles where the constant of RRF is said.
Knows nothing about the rankings: pipeline/fusion.py combines them."""

from __future__ import annotations

from pydantic import Field

from workbench.parts.part import Fusion, PartSettings

RRF_K = 60
"""The constant of reciprocal rank fusion: the higher, the less the first ranks stand out."""


class RrfSettings(PartSettings):
    k: int = Field(
        RRF_K,
        ge=1,
        le=1000,
        description="Constant of reciprocal rank fusion: the smaller it is, the more the first ranks count",
    )


class WeightedSettings(PartSettings):
    alpha: float = Field(
        0.5,
        ge=0,
        le=1,
        description="The weight of the dense ranking; that of the keyword or sparse ranking is the rest",
    )


FUSIONS = (
    Fusion(
        name="rrf",
        label="Reciprocal rank fusion",
        help="Adds 1 / (k + rank) over the rankings; scores do not matter.",
        function="workbench.pipeline.fusion:fuse_by_rank",
        settings=RrfSettings,
    ),
    Fusion(
        name="weighted",
        label="Weighted scores",
        help="Adds the scores, scaled to 0 to 1: the dense ranking's with the weight `alpha`, the keyword or "
        "sparse ranking's with the rest. `weighted:0.7` stands for `alpha` 0.7. 1 is dense search, 0 the "
        "other one.",
        function="workbench.pipeline.fusion:fuse_by_score",
        settings=WeightedSettings,
        short_setting="alpha",
    ),
)
DEFAULT_FUSION = "rrf"
