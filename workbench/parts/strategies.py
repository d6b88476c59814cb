"""Lists the built-in search strategies.
Knows nothing about how they choose: search/ does, and docs/search.md explains it."""

from __future__ import annotations

from pydantic import Field

from workbench.parts.part import PartSettings, Strategy


class TrialsSettings(PartSettings):
    trials: int = Field(ge=1, description="Number of configurations to try", json_schema_extra={"start": 20})


class HalvingSettings(PartSettings):
    first: int = Field(8, ge=1, description="Questions in the first block")
    keep: float = Field(
        0.33, gt=0, lt=1, description="Share of configurations that continues after each block"
    )


class RaceSettings(PartSettings):
    block: int = Field(5, ge=1, description="Questions between two checks of the results")
    confidence: float = Field(
        0.95, ge=0.5, lt=1, description="Confidence at which a configuration is dropped"
    )


class ModelSettings(PartSettings):
    answers: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Maximum share of the grid's answers that it asks for; below 80 configurations, of 80",
    )


STRATEGIES = (
    Strategy(
        name="grid",
        label="Grid",
        help="Asks every configuration every question.",
        function="workbench.search.grid_and_random:grid",
        promise="the best on the selection questions",
        asks="everything",
        count="workbench.search.grid_and_random:count_grid",
    ),
    Strategy(
        name="race",
        label="Race",
        help="Drops a configuration as soon as it is worse than the leader with the chosen confidence.",
        function="workbench.search.race:race",
        settings=RaceSettings,
        promise="the best is kept with probability `confidence`",
        one_aim=True,
        count="workbench.search.race:count_race",
    ),
    Strategy(
        name="model",
        label="Model-based",
        help="Fits a regression over settings and questions, and asks for the answers that are most "
        "informative about which configuration is best.",
        function="workbench.search.bayesian_optimisation:model",
        settings=ModelSettings,
        promise="no guarantee; it stops when the expected loss is small",
        one_aim=True,
        count="workbench.search.bayesian_optimisation:count_model",
    ),
    Strategy(
        name="halving",
        label="Successive halving",
        help="Successive halving: drops the worse configurations after 8, 25, 76, … questions.",
        function="workbench.search.successive_halving:halving",
        settings=HalvingSettings,
        one_aim=True,
        count="workbench.search.successive_halving:count_halving",
    ),
    Strategy(
        name="tpe",
        label="TPE",
        help="Optuna's TPE sampler proposes configurations, four at a time, based on the results so far.",
        function="workbench.search.tpe:tpe",
        settings=TrialsSettings,
        asks="some configurations",
        told_aims=True,
        proposes=True,
        count="workbench.search.grid_and_random:count_trials",
    ),
    Strategy(
        name="random",
        label="Random",
        help="Tries `trials` configurations, drawn at random with the seed.",
        function="workbench.search.grid_and_random:random",
        settings=TrialsSettings,
        promise="an unbiased sample of the grid",
        asks="some configurations",
        draws=True,
        count="workbench.search.grid_and_random:count_trials",
    ),
)
DEFAULT_STRATEGY = "grid"
