"""An experiment as people write it and as it is run: corpus, questions, axes, objective, budget.
Knows nothing about files, the store or how it is carried out."""

from __future__ import annotations

from typing import Any, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator, model_validator
from pydantic_core import PydanticCustomError

from workbench.errors import ExperimentError
from workbench.nearest import did_you_mean
from workbench.parts.choice import Choice, choose, read_settings
from workbench.parts.part import Score, Strategy
from workbench.parts.registry import find_part, get_part, is_import_path, parts_of
from workbench.parts.scores import DEFAULT_SCORES
from workbench.parts.strategies import DEFAULT_STRATEGY
from workbench.space.model import Model
from workbench.space.prompt import Name, Prompt
from workbench.space.retrieval import DEFAULT_EMBEDDING, PART_AXES, RetrievalAxes
from workbench.space.scores import COST_MEASURES as COST_MEASURES
from workbench.space.scores import ScoreEntry, check_once, spell_out

DEFAULT_HOLDOUT = 0.3


class QuestionFilter(BaseModel):
    """tags: keep questions that have any of these; limit: the first so many of what is left."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tags: list[str] = []
    limit: int | None = Field(default=None, ge=1)


def _listed(aims: str | list[str] | None) -> list[str]:
    return [aims] if isinstance(aims, str) else list(aims or [])


class Objective(BaseModel):
    """What is best: a score or cost to maximize or minimize; constraints compare means on the search part.

    Several aims (lists, or both words): the first ranks, and the leaderboard marks the front of those that
    nobody beats in all of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    maximize: str | list[str] | None = None
    minimize: str | list[str] | None = None
    at_least: dict[str, FiniteFloat] = {}
    at_most: dict[str, FiniteFloat] = {}

    @model_validator(mode="after")
    def _some_aim(self) -> Self:
        names = [*_listed(self.maximize), *_listed(self.minimize)]
        if not names or not all(names):
            raise ExperimentError("objective needs maximize or minimize, with the name of a score or cost.")
        if len(set(names)) < len(names):
            raise ExperimentError("objective names the same aim twice.")
        return self

    @property
    def aims(self) -> dict[str, int]:
        """Name → 1 (more is better) or -1, the one that ranks first."""
        return {**dict.fromkeys(_listed(self.maximize), 1), **dict.fromkeys(_listed(self.minimize), -1)}

    @property
    def target(self) -> str:
        """The aim that ranks."""
        return next(iter(self.aims))

    @property
    def sign(self) -> int:
        return self.aims[self.target]

    @property
    def names(self) -> list[str]:
        return [*self.aims, *self.at_least, *self.at_most]


class Search(BaseModel):
    """How the space is searched: a strategy by name, and beside it those of its settings that are given.

    Which settings there are says the strategy's entry (parts/strategies.py).
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    strategy: str = DEFAULT_STRATEGY

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        """Settings that are null are not given. A strategy of somebody else's is checked when it is used."""
        if not isinstance(data, dict):
            return data
        given = {name: value for name, value in data.items() if value is not None and name != "strategy"}
        strategy = data.get("strategy", DEFAULT_STRATEGY)
        if isinstance(strategy, str) and not is_import_path(strategy):
            try:
                settings = read_settings(get_part(Strategy, strategy), strategy, given)
            except ExperimentError as error:
                raise PydanticCustomError("part", "{what}", {"what": str(error)}) from None
            given = {name: getattr(settings, name) for name in given}
        return {"strategy": strategy, **given}

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that are given."""
        return dict(self.__pydantic_extra__ or {})

    @property
    def chosen(self) -> Choice[Strategy]:
        """The strategy with all its settings. Raises ExperimentError for one that cannot be imported."""
        part = get_part(Strategy, self.strategy)
        return Choice(self.strategy, part, read_settings(part, self.strategy, self.settings))

    @property
    def proposes(self) -> bool:
        """Whether trials come to be one by one, as the search proposes them."""
        return self.chosen.part.proposes


class Condition(BaseModel):
    """An axis that varies only where it matters: elsewhere it keeps its first value.

    when: axis → a value or a list of values, all of which must hold.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    axis: str
    when: dict[str, Any]


class _Shared(BaseModel):
    """What the written and the resolved experiment have in common.

    exclude: rules of axis → value or values; a configuration that fits one is left out.  configs: instead of
    the product of all axes, these: axis → value; an axis left out has its first value.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    corpus: str
    questions: QuestionFilter = QuestionFilter()
    repeats: int = Field(default=1, ge=1, le=100)
    search: Search = Search()
    exclude: list[dict[str, Any]] = []
    conditions: list[Condition] = []
    configs: list[dict[str, Any]] | None = None
    scores: list[str | ScoreEntry] = [*DEFAULT_SCORES]
    objective: Objective = Objective(maximize="correctness")
    budget_usd: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    holdout: float = Field(default=DEFAULT_HOLDOUT, ge=0, le=0.8)
    seed: int = Field(default=7, ge=0, lt=2**32)

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

    @model_validator(mode="after")
    def _aims_fit_search(self) -> Self:
        strategy = find_part(Strategy, self.search.strategy)
        if len(self.objective.aims) > 1 and strategy is not None and strategy.one_aim:
            raise ExperimentError(
                f"search: {self.search.strategy} follows one aim, and objective names "
                f"{', '.join(self.objective.aims)}.",
                hint=f"Take {_several_aims()} for a front of several, or make some of them constraints.",
            )
        return self


def _several_aims() -> str:
    *most, last = [name for name, part in parts_of(Strategy).items() if not part.one_aim]
    return f"{', '.join(most)} or {last}"


class ExperimentFile(_Shared):
    """An experiment as written: prompts and models may be names."""

    prompts: list[str | Prompt] = Field(min_length=1)
    retrieval: RetrievalAxes = RetrievalAxes()
    models: list[str | Model] = Field(min_length=1)
    judge: str | Model | None = None


class ResolvedRetrieval(RetrievalAxes):
    embedding: list[Model]  # type: ignore[assignment]
    query_model: Model | None = None
    rerank_model: Model | None = None


class Experiment(_Shared):
    """An experiment with everything inline: what is stored, run and exported."""

    prompts: list[Prompt]
    retrieval: ResolvedRetrieval
    models: list[Model]
    judge: Model | None = None


class Catalogue(Protocol):
    """Where names of prompts and models are looked up."""

    def find_prompt(self, name: str) -> Prompt | None: ...
    def find_model(self, name: str) -> Model | None: ...
    def prompt_names(self) -> list[str]: ...
    def model_names(self) -> list[str]: ...


def _resolve_prompt(entry: str | Prompt, catalogue: Catalogue) -> Prompt:
    if isinstance(entry, Prompt):
        return entry
    found = catalogue.find_prompt(entry)
    if found is None:
        raise ExperimentError(
            f"Prompt {entry!r} is not known.",
            hint=did_you_mean(entry, catalogue.prompt_names())
            + " Write it in experiments/prompts.yaml, or inline as {name, system, template}.",
        )
    return found


def _resolve_model(entry: str | Model, catalogue: Catalogue, kind: str) -> Model:
    found = entry if isinstance(entry, Model) else catalogue.find_model(entry)
    if found is None and entry == DEFAULT_EMBEDDING:
        found = Model(name=DEFAULT_EMBEDDING, kind="embedding")
    if found is None:
        raise ExperimentError(
            f"Model {entry!r} is not registered.",
            hint=did_you_mean(str(entry), catalogue.model_names())
            + " Register it as a model, add it to experiments/models.yaml, or write it inline.",
            remedy=("register_model",),
        )
    if found.kind != kind:
        raise ExperimentError(
            f"Model {found.name!r} is of kind {found.kind}; one of kind {kind} belongs here."
        )
    return found


def _resolve_score(entry: str | ScoreEntry, catalogue: Catalogue) -> str | ScoreEntry:
    if isinstance(entry, str):
        if not is_import_path(entry):
            return entry
        try:
            return choose(Score, entry).text
        except ExperimentError as error:
            raise ExperimentError(f"scores: {error.message}", hint=error.hint) from None
    if entry.judge is None:
        return entry
    return entry.model_copy(update={"judge": _resolve_model(entry.judge, catalogue, "chat")})


def _resolve_parts(axes: RetrievalAxes) -> dict[str, list[str]]:
    """The parts on each axis in their one form, those of somebody else's imported and checked."""
    found: dict[str, list[str]] = {}
    for axis, kind in PART_AXES.items():
        try:
            found[axis] = [choose(kind, text).text for text in getattr(axes, axis)]
        except ExperimentError as error:
            raise ExperimentError(f"retrieval.{axis}: {error.message}", hint=error.hint) from None
    return found


def resolve(written: ExperimentFile, catalogue: Catalogue) -> Experiment:
    """Inline every name, import every part of somebody else's. Raises ExperimentError for what is not known,
    with the nearest that is."""
    axes = written.retrieval
    data = {name: getattr(written, name) for name in _Shared.model_fields}
    data["scores"] = [_resolve_score(entry, catalogue) for entry in written.scores]
    try:
        _ = written.search.chosen
    except ExperimentError as error:
        raise ExperimentError(f"search: {error.message}", hint=error.hint) from None
    retrieval = {name: getattr(axes, name) for name in RetrievalAxes.model_fields} | _resolve_parts(axes)
    retrieval["embedding"] = [_resolve_model(e, catalogue, "embedding") for e in axes.embedding]
    for role in ("query_model", "rerank_model"):
        named = getattr(axes, role)
        retrieval[role] = None if named is None else _resolve_model(named, catalogue, "chat")
    return Experiment(
        **data,
        prompts=[_resolve_prompt(p, catalogue) for p in written.prompts],
        retrieval=ResolvedRetrieval(**retrieval),
        models=[_resolve_model(m, catalogue, "chat") for m in written.models],
        judge=None if written.judge is None else _resolve_model(written.judge, catalogue, "chat"),
    )
