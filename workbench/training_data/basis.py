"""Reads what training data are made from: corpora, prompts and retrievals, and the questions to keep out.
Knows nothing about rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from workbench.corpus.corpus import load_corpus
from workbench.corpus.types import Corpus, Question, part_of
from workbench.errors import CorpusError, InputError
from workbench.fingerprint import fingerprint
from workbench.parts.registry import is_import_path
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING, MODEL_ROLES, PART_AXES
from workbench.settings import Settings
from workbench.space.config import Config
from workbench.space.experiment import Experiment
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import Retrieval
from workbench.space.search_space import expand
from workbench.store.database import Store
from workbench.store.experiments import get_experiment, list_experiments
from workbench.store.records import ExperimentRecord
from workbench.training_data.types import CorpusUsed, OfExperiment, OfPlan, Source

MOST_RETRIEVALS = 4
"""How many retrieval settings the rows of one corpus are spread over."""
SOME_DAY = "2026-01-01"
"""What {today} is where no experiment says it: the same data every day have the same hash."""
USUAL_RETRIEVAL = Retrieval(
    splitter="markdown",
    chunk_tokens=160,
    chunk_overlap=16,
    embedding=Model(name=DEFAULT_EMBEDDING, kind="embedding"),
    retriever="hybrid",
    top_k=6,
)
"""A middling setting, for experiments whose own settings ask models that cost money."""


@dataclass(frozen=True)
class CorpusBasis:
    """One corpus with the prompts and retrievals with which its rows are made."""

    corpus: Corpus
    prompts: tuple[Prompt, ...]
    retrievals: tuple[Retrieval, ...]
    """Those that ask no model but embedded ones; at most MOST_RETRIEVALS."""
    models: tuple[Model, ...]
    """The models of the experiment that answer: their stored replies are looked for."""
    today: str
    holdout: float
    changed: bool = False
    """Whether the corpus has changed since the experiment was created."""
    notes: tuple[str, ...] = ()

    @cached_property
    def train_questions(self) -> tuple[Question, ...]:
        """The questions of the train part that people have reviewed."""
        return tuple(
            q for q in self.corpus.questions if not q.is_draft and part_of(q, self.holdout) == "train"
        )

    @property
    def used(self) -> CorpusUsed:
        return CorpusUsed(self.corpus.name, self.corpus.version, len(self.train_questions), self.changed)

    @cached_property
    def narrowest(self) -> Model | None:
        """The model with the smallest context that is declared; else the first one."""
        declared = [model for model in self.models if model.context_window is not None]
        return min(declared or self.models, key=lambda m: m.context_window or 0, default=None)

    def config(self, prompt: Prompt, retrieval: Retrieval, model: Model | None = None) -> Config:
        """The configuration that sends a prompt, of a model or of the one with the smallest context."""
        return Config(prompt, retrieval, model or self.narrowest or Model(name="embedded/extractive"))


@dataclass(frozen=True)
class Basis:
    """All that training data are made from."""

    corpora: tuple[CorpusBasis, ...]
    made_of: str
    """What it is, in words."""
    is_home: bool = False
    """Whether it is everything in the home, so that ratings about any documents count."""


def find_basis(store: Store, settings: Settings, source: Source) -> Basis:
    """What a source consists of. Raises InputError for an experiment that is not there, and CorpusError for a
    corpus that is gone."""
    if isinstance(source, OfPlan):
        corpus = source.corpus or _load(source.experiment.corpus, settings)
        models = [source.parent] if source.parent is not None else source.experiment.models
        basis = _of_experiment(source.experiment, corpus, models, SOME_DAY)
        return Basis((basis,), f"corpus {corpus.name} and the ratings in this home")
    if isinstance(source, OfExperiment):
        record = get_experiment(store, source.experiment_id)
        words = f"experiment {record.name} ({record.id}) and the ratings about its documents"
        return Basis((_of_record(record, settings),), words)
    return _of_home(store, settings)


def _of_home(store: Store, settings: Settings) -> Basis:
    newest: dict[str, ExperimentRecord] = {}
    for record in list_experiments(store):
        kept = newest.get(record.corpus_path)
        if kept is None or record.created_at > kept.created_at:
            newest[record.corpus_path] = record
    if not newest:
        raise InputError(
            "This home has no experiments, so there are no prompts to make training data with.",
            hint="Create an experiment first; it need not be run to the end.",
        )
    corpora, gone = [], []
    for record in sorted(newest.values(), key=lambda r: r.corpus_path):
        try:
            corpora.append(_of_record(record, settings))
        except CorpusError as error:
            gone.append(f"Corpus {record.experiment.corpus} is left out: {error.message}")
    if not corpora:
        raise InputError("None of the corpora of this home's experiments exists any more.", hint=gone[0])
    corpora[0] = replace(corpora[0], notes=(*corpora[0].notes, *gone))
    return Basis(tuple(corpora), "all experiments and ratings of this home", is_home=True)


def _load(name: str, settings: Settings) -> Corpus:
    return load_corpus(name, settings.corpora, cache_dir=settings.cache / "documents")


def _of_record(record: ExperimentRecord, settings: Settings) -> CorpusBasis:
    corpus = _load(record.corpus_path, settings)
    made = _of_experiment(record.experiment, corpus, record.experiment.models, record.today)
    if corpus.version == record.corpus_version:
        return made
    note = (
        f"The documents of {corpus.name} have changed since the experiment was created: train questions are "
        "answered from today's documents, rated answers from the passages that were shown."
    )
    return replace(made, changed=True, notes=(*made.notes, note))


def _of_experiment(
    experiment: Experiment, corpus: Corpus, models: Iterable[Model], today: str
) -> CorpusBasis:
    configs = [c for c in expand(experiment).configs if c.has_settings and c.route is None]
    prompts = {fingerprint(c.prompt.content): c.prompt for c in configs}
    every = {fingerprint(c.retrieval.content): c.retrieval for c in configs}
    here = {key: retrieval for key, retrieval in every.items() if asks_nobody(retrieval)}
    notes = []
    if not prompts:
        raise InputError(
            f"Experiment {experiment.name!r} has no prompts: its systems and routes bring their own.",
            hint="Training data are made of prompts; take an experiment that has some.",
        )
    if len(here) < len(every):
        instead = "" if here else " The usual setting (markdown, 160 tokens, hybrid, top 6) is used instead."
        notes.append(
            f"{len(every) - len(here)} of {len(every)} retrieval settings are left out: they ask models "
            f"on servers or run code from outside.{instead}"
        )
    chosen = [here[key] for key in sorted(here)][:MOST_RETRIEVALS] or [USUAL_RETRIEVAL]
    return CorpusBasis(
        corpus,
        tuple(prompts[key] for key in sorted(prompts)),
        tuple(chosen),
        tuple(model for model in models if model.kind == "chat"),
        today,
        experiment.holdout,
        notes=tuple(notes),
    )


def asks_nobody(retrieval: Retrieval) -> bool:
    """Whether a retrieval setting asks no model but embedded ones and runs no code from outside."""
    models = [getattr(retrieval, role) for role in MODEL_ROLES]
    outside = any(is_import_path(str(getattr(retrieval, axis))) for axis in PART_AXES)
    return not outside and all(model is None or model.embedded for model in models)


def cells(basis: CorpusBasis, number: int) -> Sequence[tuple[Prompt, Retrieval]]:
    """The prompts and retrievals for one question: each retrieval once, the prompts in turn.

    number: the question's place, so that the next question begins with the next prompt.
    """
    turns = range(max(len(basis.retrievals), 1))
    return [(basis.prompts[(number + turn) % len(basis.prompts)], basis.retrievals[turn]) for turn in turns]
