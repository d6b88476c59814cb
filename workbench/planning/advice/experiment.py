"""Collects the advice on an experiment before it runs.
Knows nothing about what any of it says."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.corpus.types import Corpus
from workbench.planning.advice import Advice
from workbench.planning.advice.axes import advise_on_axes
from workbench.planning.advice.effort import advise_on_search
from workbench.planning.advice.examples import advise_on_examples
from workbench.planning.advice.filters import advise_on_filters
from workbench.planning.advice.follow_ups import advise_on_follow_ups
from workbench.planning.advice.fusion import advise_on_fusion
from workbench.planning.advice.judging import advise_on_drafting_models, advise_on_judges
from workbench.planning.advice.languages import advise_on_languages
from workbench.planning.advice.questions import advise_on_questions
from workbench.planning.advice.returns import advise_on_selection
from workbench.planning.advice.rules import advise_on_rules
from workbench.planning.advice.servers import advise_on_embedding_limits, advise_on_servers
from workbench.planning.outside_parts import advise_on_own_calls
from workbench.planning.training_plan import advise_on_trainings
from workbench.providers.nearby_servers import ask_servers_nearby
from workbench.providers.trust import Trust
from workbench.results.trained_on import describe_overlaps, find_all_trained_on
from workbench.space.experiment import (
    DEFAULT_TARGET,
    Experiment,
    ExperimentFile,
)
from workbench.space.model import EMBEDDING_KINDS, Model
from workbench.store.database import Store
from workbench.store.records import ExperimentQuestion


def advise_on_experiment(
    experiment: Experiment,
    questions: Sequence[ExperimentQuestion],
    score_names: Sequence[str],
    corpus: Corpus,
    configs: int,
) -> list[Advice]:
    return [
        *(Advice("corpus", f"{p.where}: {p.what}") for p in corpus.problems),
        *advise_on_languages(experiment, corpus.documents),
        *advise_on_judges(experiment),
        *advise_on_drafting_models(experiment, questions),
        *(advise_on_axes(experiment) if experiment.models else ()),
        *advise_on_own_calls(experiment),
        *advise_on_selection(experiment),
        *advise_on_fusion(experiment),
        *advise_on_filters(experiment, questions, corpus.documents),
        *advise_on_examples(experiment, corpus.questions),
        *(advise_on_rules(experiment) if experiment.models else ()),
        *advise_on_questions(experiment, questions, score_names, configs),
        *advise_on_follow_ups(experiment, questions),
        *advise_on_search(experiment, configs, sum(q.part == "search" for q in questions)),
    ]


def advise_on_training(
    experiment: Experiment, questions: Sequence[ExperimentQuestion], store: Store | None
) -> list[Advice]:
    """Say which models were trained on questions that the experiment asks."""
    if store is None:
        return []
    asked = frozenset(item.question.id for item in questions)
    found = find_all_trained_on(store, experiment.models_tried)
    advice = [Advice("models", text) for text in describe_overlaps(found, asked)]
    return [*advice, *advise_on_trainings(experiment, store)]


def advise_on_default_objective(written: ExperimentFile, experiment: Experiment) -> list[Advice]:
    """Say which score is taken as the aim where none is set and the usual one is not among the scores."""
    if experiment.objective == written.objective:
        return []
    change = "maximized" if experiment.objective.sign > 0 else "minimized"
    text = f"No objective is set, and {DEFAULT_TARGET} is not among the scores: "
    text += f"{experiment.objective.target} is {change}. Set `objective` to choose another."
    return [Advice("objective", text)]


def advise_on_models(models: Sequence[Model], experiment: Experiment, trust: Trust) -> list[Advice]:
    """Ask the servers nearby what they serve, and say where that is not what the experiment needs."""
    facts = ask_servers_nearby(models, trust)
    embeddings = [m for m in models if m.kind in EMBEDDING_KINDS]
    longest_chunk = max(experiment.retrieval.chunk_tokens)
    return [
        *advise_on_servers(models, experiment.models, facts),
        *advise_on_embedding_limits(embeddings, longest_chunk, facts),
    ]
