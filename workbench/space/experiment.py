"""Defines an experiment as people write it and as it is run: corpus, questions, axes, objective, budget.
Knows nothing about files, the store or how an experiment is carried out."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import (
    ConfigDict,
    Discriminator,
    Field,
    FiniteFloat,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from workbench.errors import ExperimentError
from workbench.input.checked_model import CheckedModel
from workbench.parts.choice import Choice, read_settings
from workbench.parts.part import Strategy
from workbench.parts.registry import find_part, get_part, is_import_path, parts_of
from workbench.parts.retrieval_settings import MODEL_ROLES
from workbench.parts.scores import DEFAULT_SCORES
from workbench.parts.strategies import DEFAULT_STRATEGY
from workbench.space.baseline import Baseline
from workbench.space.model import Model
from workbench.space.prompt import Name, Prompt
from workbench.space.prompt_optimisation import PromptEntry, PromptOptimisation
from workbench.space.retrieval_axes import RetrievalAxes
from workbench.space.route import Route
from workbench.space.scores import BESIDE_SCORES as BESIDE_SCORES
from workbench.space.scores import COST_MEASURES as COST_MEASURES
from workbench.space.scores import LIKED as LIKED
from workbench.space.scores import ScoreEntry, check_once, more_is_better, spell_out
from workbench.space.system import System
from workbench.space.tuning import Tune

DEFAULT_TARGET = "correctness"
DEFAULT_HOLDOUT = 0.3
"""The share of questions that is held out."""


class QuestionFilter(CheckedModel):
    """Chooses the corpus's questions that an experiment asks."""

    tags: list[str] = []
    """Keep questions that have any of these tags; empty keeps all."""
    limit: int | None = Field(default=None, ge=1)
    """Keep at most so many of the questions with these tags, the first ones; None keeps all."""
    drafts: bool = False
    """Whether drafts that wait for review and passed every check are asked, too, after the questions."""


def _listed(aims: str | list[str] | None) -> list[str]:
    return [aims] if isinstance(aims, str) else list(aims or [])


class Objective(CheckedModel):
    """What is best: scores or costs to maximize or minimize, and constraints.

    Where there are several aims (lists, or both keys), the first one ranks, and the leaderboard marks the
    Pareto front of them all.
    """

    maximize: str | list[str] | None = None
    """Names of scores or costs of which more is better."""
    minimize: str | list[str] | None = None
    """Names of scores or costs of which less is better."""
    at_least: dict[str, FiniteFloat] = {}
    """Constraints: score or cost → the lowest mean on the search part that is allowed."""
    at_most: dict[str, FiniteFloat] = {}
    """Constraints: score or cost → the highest mean on the search part that is allowed."""

    @model_validator(mode="after")
    def _some_aim(self) -> Self:
        names = [*_listed(self.maximize), *_listed(self.minimize)]
        if not names or not all(names):
            raise ExperimentError("objective needs maximize or minimize, with the name of a score or cost.")
        if len(set(names)) < len(names):
            raise ExperimentError("objective names the same measure twice.")
        return self

    @property
    def aims(self) -> dict[str, int]:
        """Name → 1 (more is better) or -1 (less is better). The first one ranks."""
        return {**dict.fromkeys(_listed(self.maximize), 1), **dict.fromkeys(_listed(self.minimize), -1)}

    @property
    def target(self) -> str:
        """The name of the aim that ranks."""
        return next(iter(self.aims))

    @property
    def sign(self) -> int:
        """1 when more of `target` is better, else -1."""
        return self.aims[self.target]

    def wants_more(self, measure: str) -> bool:
        """Return whether more of a score or cost is better: as the aims say, else as it usually is."""
        return self.aims[measure] > 0 if measure in self.aims else more_is_better(measure)

    @property
    def names(self) -> list[str]:
        """Every score or cost that is named, in aims and constraints."""
        return [*self.aims, *self.at_least, *self.at_most]


class Search(CheckedModel):
    """How the space is searched: the name of a strategy, and its settings as further keys.

    The strategy's entry in parts/strategies.py says which settings there are.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    strategy: str = DEFAULT_STRATEGY
    """The name or the import path of a strategy."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        """Leave out settings that are null. Those of an imported strategy are checked when it is used."""
        if not isinstance(data, dict):
            return data
        settings = {name: value for name, value in data.items() if value is not None and name != "strategy"}
        strategy = data.get("strategy", DEFAULT_STRATEGY)
        if isinstance(strategy, str) and not is_import_path(strategy):
            try:
                checked = read_settings(get_part(Strategy, strategy), strategy, settings)
            except ExperimentError as error:
                raise PydanticCustomError("part", "{what}", {"what": str(error)}) from None
            settings = {name: getattr(checked, name) for name in settings}
        return {"strategy": strategy, **settings}

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that the file sets."""
        return dict(self.__pydantic_extra__ or {})

    @property
    def chosen(self) -> Choice[Strategy]:
        """The strategy with all its settings. Raises ExperimentError when it cannot be imported."""
        part = get_part(Strategy, self.strategy)
        return Choice(self.strategy, part, read_settings(part, self.strategy, self.settings))

    @property
    def proposes(self) -> bool:
        """Whether the search creates trials one by one instead of starting from all of them."""
        return self.chosen.part.proposes


class Condition(CheckedModel):
    """An axis that varies only where it matters; elsewhere it keeps its first value."""

    axis: str
    when: dict[str, Any]
    """Other axis → a value, or a list of values of which one must hold. Every entry must hold."""


class SharedFields(CheckedModel):
    """What the written and the resolved experiment have in common."""

    name: Name
    corpus: str = Field(min_length=1)
    """The name of a folder under corpora/, or a path."""
    questions: QuestionFilter = QuestionFilter()
    repeats: int = Field(default=1, ge=1, le=100)
    """How often each configuration answers each question."""
    search: Search = Search()
    exclude: list[dict[str, Any]] = []
    """Rules: axis → value or values. A configuration that matches every entry of a rule is left out."""
    conditions: list[Condition] = []
    configs: list[dict[str, Any]] | None = None
    """The configurations to try (axis → value; an axis that is left out has its first value). None means the
    product of all axes."""
    systems: list[System] = []
    """RAGs that retrieve and answer by themselves, tried beside the configurations."""
    routes: list[Route] = []
    """Routes, tried as models are: each with every prompt and retrieval, unless both ends have their own."""
    baseline: Baseline | None = None
    """What is used today, which the others are held against. It is tried even where the axes do not have it.
    None takes the first configuration."""
    scores: list[str | ScoreEntry] = [*DEFAULT_SCORES]
    objective: Objective = Objective(maximize=DEFAULT_TARGET)
    budget_usd: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """The most US dollars that may be spent; None means no limit."""
    holdout: float = Field(default=DEFAULT_HOLDOUT, ge=0, le=0.8)
    """The share of questions that is held out of the search."""
    seed: int = Field(default=7, ge=0, lt=2**32)
    """Decides every random choice."""

    @field_validator("scores", mode="before")
    @classmethod
    def _spelled_out(cls, value: Any) -> Any:
        if isinstance(value, dict):  # scores as keys, each with its settings or nothing
            value = [{name: settings} for name, settings in value.items()]
        return [spell_out(entry) for entry in value] if isinstance(value, list) else value

    @field_validator("scores")
    @classmethod
    def _some_scores(cls, value: list[str | ScoreEntry]) -> list[str | ScoreEntry]:
        if not value:
            raise ExperimentError("scores is empty: name at least one.")
        check_once(value)
        return value

    @field_validator("systems", "routes")
    @classmethod
    def _distinct(cls, value: list[Any], info: ValidationInfo) -> list[Any]:
        names = [entry.name for entry in value]
        for name in names:
            if names.count(name) > 1:
                raise ExperimentError(
                    f"Two {info.field_name} are named {name!r}.",
                    hint="Give one of them another name: prices and figures go by it.",
                    about=info.field_name,
                )
        return value

    @model_validator(mode="after")
    def _aims_fit_search(self) -> Self:
        strategy = find_part(Strategy, self.search.strategy)
        if len(self.objective.aims) > 1 and strategy is not None and strategy.one_aim:
            raise ExperimentError(
                f"search: {self.search.strategy} follows one aim, and objective names "
                f"{', '.join(self.objective.aims)}.",
                hint=f"Use {_several_aims()} for a front of several, or make some of them constraints.",
            )
        return self


def _several_aims() -> str:
    """The names of the strategies that follow several aims."""
    *names, last = [name for name, part in parts_of(Strategy).items() if not part.one_aim]
    return f"{', '.join(names)} or {last}"


def _kind_of_model(value: Any) -> str:
    if isinstance(value, Tune) or (isinstance(value, dict) and "tune" in value):
        return "Tune"
    return "Model" if isinstance(value, dict | Model) else "str"


ModelEntry = Annotated[
    Annotated[str, Tag("str")] | Annotated[Model, Tag("Model")] | Annotated[Tune, Tag("Tune")],
    Discriminator(_kind_of_model),
]
"""An entry of the model axis: a name, a model, or a training that makes one or several."""


class ExperimentFile(SharedFields):
    """An experiment as written: prompts and models may be names, and models may be trainings."""

    prompts: list[PromptEntry]
    """May be left out together with `models` where there are systems: then those alone are tried."""
    retrieval: RetrievalAxes = RetrievalAxes()
    models: list[ModelEntry]
    judge: str | Model | None = None
    """The model for scores that ask one; None where no score does, or each has its own."""

    @model_validator(mode="before")
    @classmethod
    def _systems_alone(cls, data: Any) -> Any:
        alone = (
            isinstance(data, dict) and data.get("systems") and not (data.get("prompts") or data.get("models"))
        )
        return {**data, "prompts": [], "models": []} if alone else data

    @field_validator("prompts", "models")
    @classmethod
    def _some(cls, value: list[Any], info: ValidationInfo) -> list[Any]:
        """An axis needs a value, unless only systems are tried."""
        if not value and not info.data.get("systems"):
            raise PydanticCustomError("too_short", "it must have at least one value")
        return value


class ResolvedRetrieval(RetrievalAxes):
    """The retrieval axes with every model inline."""

    embedding: list[Model]  # type: ignore[assignment]
    second_embedding: list[Model | None] = [None]  # type: ignore[assignment]
    sparse_embedding: list[Model | None] = [None]  # type: ignore[assignment]
    rerank_model: list[Model | None] = [None]  # type: ignore[assignment]
    context_model: Model | None = None
    query_model: Model | None = None


class Experiment(SharedFields):
    """An experiment with everything inline: what is stored, run and exported."""

    prompts: list[Prompt]
    optimise: list[PromptOptimisation] = []
    """How prompts are improved after the search, for its best cells of retrieval and model."""
    retrieval: ResolvedRetrieval
    models: list[Model]
    judge: Model | None = None
    """The model for scores that ask one; None where no score does, or each has its own."""

    @property
    def prompts_tried(self) -> list[Prompt]:
        """The prompts of the axis and that of the baseline."""
        baseline = self.baseline.prompt if self.baseline else None
        of_routes = [prompt for route in self.routes for prompt in route.prompts]
        return [*self.prompts, *([baseline] if isinstance(baseline, Prompt) else []), *of_routes]

    @property
    def models_tried(self) -> list[Model]:
        """The models that a configuration may have (to answer, embed, transform queries and rerank) and the
        systems."""
        helping = [m for role in MODEL_ROLES for m in self.retrieval.models_in(role) if isinstance(m, Model)]
        baseline = self.baseline.models if self.baseline else []
        of_routes = [model for route in self.routes for model in route.models]
        for retrieval in (retrieval for route in self.routes for retrieval in route.retrievals):
            of_routes += [m for role in MODEL_ROLES if (m := getattr(retrieval, role)) is not None]
        return [*self.models, *helping, *baseline, *of_routes, *(system.model for system in self.systems)]

    @property
    def models_asked(self) -> list[Model]:
        """The models that are tried, judge, or improve prompts."""
        judges = [self.judge, *(score.judge for score in self.scores if isinstance(score, ScoreEntry))]
        optimisers = [optimisation.model for optimisation in self.optimise]
        return [*self.models_tried, *(m for m in (*judges, *optimisers) if isinstance(m, Model))]
