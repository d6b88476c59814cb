"""The built-in search strategies.
Knows nothing about how they choose: search/ does. docs/search.md says how they decide."""

from __future__ import annotations

from pydantic import Field

from workbench.parts.part import PartSettings, Strategy


class TrialsSettings(PartSettings):
    trials: int = Field(
        ge=1, description="The number of configurations to try", json_schema_extra={"start": 20}
    )


class HalvingSettings(PartSettings):
    first: int = Field(8, ge=1, description="Questions in the first block")
    keep: float = Field(
        0.33, gt=0, lt=1, description="The share of configurations that goes on after a block"
    )


class RaceSettings(PartSettings):
    block: int = Field(5, ge=1, description="Questions between two looks at the results")
    confidence: float = Field(0.95, ge=0.5, lt=1, description="How sure a drop must be")


class ModelSettings(PartSettings):
    answers: float = Field(
        0.2, gt=0, le=1, description="The share of the grid's answers that it may ask for, at most"
    )


STRATEGIES = (
    Strategy(
        name="grid",
        label="Every configuration",
        help="Asks every configuration every question.",
        function="workbench.search.grid_and_random:grid",
        promise="the best on the search questions",
        asks="everything",
        count="workbench.search.strategies:count_everything",
    ),
    Strategy(
        name="race",
        label="Race",
        help="Drops a configuration once it is worse than the leader beyond doubt.",
        function="workbench.search.race:race",
        settings=RaceSettings,
        promise="the best is kept with probability `confidence`",
        one_aim=True,
        count="workbench.search.strategies:count_race",
    ),
    Strategy(
        name="model",
        label="Model",
        help="Learns what each setting does, by a regression over settings and questions, and asks the "
        "answers that decide most.",
        function="workbench.search.bayesian_optimisation:model",
        settings=ModelSettings,
        promise="nothing for certain; it stops when the expected loss is small",
        one_aim=True,
        count="workbench.search.bayesian_optimisation:count_model",
    ),
    Strategy(
        name="halving",
        label="Halving",
        help="Drops the worse part after 8, 25, 76, … questions.",
        function="workbench.search.successive_halving:halving",
        settings=HalvingSettings,
        one_aim=True,
        count="workbench.search.strategies:count_halving",
    ),
    Strategy(
        name="tpe",
        label="TPE",
        help="Optuna proposes configurations, four at a time, from the results so far.",
        function="workbench.search.tpe:tpe",
        settings=TrialsSettings,
        asks="some configurations",
        told_aims=True,
        proposes=True,
        count="workbench.search.strategies:count_trials",
    ),
    Strategy(
        name="random",
        label="A random draw",
        help="Tries some configurations, drawn by the seed.",
        function="workbench.search.grid_and_random:random",
        settings=TrialsSettings,
        promise="an honest sample",
        asks="some configurations",
        draws=True,
        count="workbench.search.strategies:count_trials",
    ),
)
DEFAULT_STRATEGY = "grid"
