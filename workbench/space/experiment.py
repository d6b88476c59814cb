"""An experiment as people write it and as it is run: corpus, questions, axes, objective, budget.
Knows nothing about files, the store or how it is carried out."""

from __future__ import annotations

from typing import Any, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator, model_validator

from workbench.errors import ExperimentError
from workbench.space.model import Model
from workbench.space.nearest import did_you_mean
from workbench.space.prompt import Name, Prompt
from workbench.space.retrieval import DEFAULT_EMBEDDING, RetrievalAxes

DEFAULT_SCORES = ["grounding", "correctness", "retrieval", "refusal", "toxicity"]
DEFAULT_HOLDOUT = 0.3
COST_MEASURES = ("cost_per_1k_questions", "tokens_per_answer", "seconds_p50", "seconds_p95")


class QuestionFilter(BaseModel):
    """tags: keep questions that have any of these; limit: the first so many of what is left."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tags: list[str] = []
    limit: int | None = Field(default=None, ge=1)


class Objective(BaseModel):
    """maximize or minimize one score or cost; constraints on others compare means on the search part."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    maximize: str | None = None
    minimize: str | None = None
    at_least: dict[str, FiniteFloat] = {}
    at_most: dict[str, FiniteFloat] = {}

    @model_validator(mode="after")
    def _one_aim(self) -> Self:
        if (self.maximize is None) == (self.minimize is None):
            raise ExperimentError("objective needs either maximize or minimize, with the name of a score.")
        return self

    @property
    def target(self) -> str:
        return self.maximize or self.minimize or ""

    @property
    def names(self) -> list[str]:
        return [self.target, *self.at_least, *self.at_most]


class Search(BaseModel):
    """grid: every configuration.  random: `trials` of them, drawn without repetition by the seed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    strategy: Literal["grid", "random"] = "grid"
    trials: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.strategy == "random" and self.trials is None:
            raise ExperimentError("search: random needs trials, the number of configurations to draw.")
        if self.strategy == "grid" and self.trials is not None:
            raise ExperimentError("search: grid takes every configuration; trials belongs to random.")
        return self


class _Shared(BaseModel):
    """What the written and the resolved experiment have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    corpus: str
    questions: QuestionFilter = QuestionFilter()
    repeats: int = Field(default=1, ge=1, le=100)
    search: Search = Search()
    exclude: list[dict[str, Any]] = []
    scores: list[str] = DEFAULT_SCORES
    objective: Objective = Objective(maximize="correctness")
    budget_usd: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    holdout: float = Field(default=DEFAULT_HOLDOUT, ge=0, le=0.8)
    seed: int = 7

    @field_validator("scores")
    @classmethod
    def _some_scores(cls, value: list[str]) -> list[str]:
        if not value:
            raise ExperimentError("scores is empty: name at least one.")
        return value


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
            + " Register it with `python -m workbench models add`, in experiments/models.yaml,"
            " or write it inline.",
        )
    if found.kind != kind:
        raise ExperimentError(
            f"Model {found.name!r} is of kind {found.kind}; one of kind {kind} belongs here."
        )
    return found


def resolve(written: ExperimentFile, catalogue: Catalogue) -> Experiment:
    """Inline every name. Raises ExperimentError for one that is not known, with the nearest that is."""
    axes = written.retrieval
    data = {name: getattr(written, name) for name in _Shared.model_fields}
    retrieval = {name: getattr(axes, name) for name in RetrievalAxes.model_fields}
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
