"""Advice on what is slow or expensive in an experiment, by how much, and what would save it.
Knows nothing about how work is counted or priced: planning/plan.py passes in the figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from workbench.formatting import dollars, duration, listed
from workbench.parts.part import ChunkContext, QueryTransform, Reranker, Splitter, Strategy
from workbench.parts.registry import parts_of
from workbench.planning.advice.types import Advice
from workbench.space.experiment import Experiment, Search

# From here on a grid is large, and a search is likely to save hours or dollars.
MANY_ANSWERS = 20_000
MANY_CONFIGS = 200
LONG_SECONDS = 3_600.0
LONG_EMBEDDING_SECONDS = 120.0
MANY_CALLS = 2_000


@dataclass(frozen=True)
class Effort:
    """The most work that an experiment has left."""

    configs: int
    questions: int
    """The number of selection questions."""
    answers: int = 0
    """Answers to generate."""
    calls: dict[str, int] = field(default_factory=dict)
    """Model name → answers that it generates."""
    reranks: int = 0
    """Calls of the reranking model."""
    query_calls: int = 0
    """Calls of the model that query transforms ask."""
    derived: int = 0
    """Calls of the model that derives conditions on metadata."""
    contexts: int = 0
    """Calls of the model that writes the chunks' contexts."""
    judgements: int = 0
    """Calls of judges."""
    texts: int = 0
    """Texts to embed on this machine."""
    embedding_seconds: tuple[float, float] = (0.0, 0.0)
    """(low, high) of embedding them."""
    sentences: int = 0
    """Sentences to encode on this machine, to split documents by their meaning."""
    splitting_seconds: tuple[float, float] = (0.0, 0.0)
    """(low, high) of encoding them."""
    seconds: tuple[float, float] = (0.0, 0.0)
    """(low, high) of all the work."""
    cost_usd: tuple[float, float] | None = None
    """(low, high) US dollars of all the work; None when a model has no price."""


def advise_on_effort(experiment: Experiment, effort: Effort) -> list[Advice]:
    return [
        *_grid(experiment, effort),
        *_splitting(experiment, effort),
        *_retrieval(experiment, effort),
        *_judging(experiment, effort),
        *_servers(experiment, effort),
        *_budget(experiment, effort),
    ]


def _count_answers(search: Search, configs: int, questions: int) -> tuple[int, int]:
    from workbench.search.strategies import count_answers  # scipy: pages import this file

    return count_answers(search, configs, questions)


def advise_on_search(experiment: Experiment, configs: int, questions: int) -> list[Advice]:
    """Advice on a search that has nothing to choose from.

    configs: the number of configurations; for a random search, of those drawn.
    """
    search, everything = experiment.search, configs * questions
    strategy, trials = search.chosen.part, search.settings.get("trials")
    text = ""
    if configs == 1:
        text = "There is one configuration: it is scored, and there is nothing to compare or to search."
    elif strategy.asks == "some configurations" and trials and trials >= configs + strategy.draws:
        text = (
            f"search: {search.strategy} may try {trials} configurations, and there are {configs}. "
            "Use grid, or fewer trials."
        )
    elif strategy.asks == "some questions" and _count_answers(search, configs, questions)[0] == everything:
        text = (
            f"search: {search.strategy} asks all {everything:,} answers here, as grid does: {configs} "
            f"configurations and {questions} questions leave it nothing to drop. Use grid."
        )
    return [Advice("search", text, "idle")] if text else []


def _grid(experiment: Experiment, effort: Effort) -> Iterator[Advice]:
    answers = effort.configs * effort.questions * experiment.repeats
    large = effort.configs > MANY_CONFIGS or answers > MANY_ANSWERS
    if experiment.search.chosen.part.asks == "everything" and large and effort.answers > MANY_ANSWERS // 10:
        yield Advice("search", _cheaper(experiment, effort.configs, effort.questions), "expensive")


def _cheaper(experiment: Experiment, configs: int, questions: int) -> str:
    """How many answers other strategies would ask for, with their default settings."""
    answers_here = configs * questions * experiment.repeats
    text = (
        f"search: {experiment.search.strategy} needs {answers_here:,} answers from {configs:,} "
        f"configurations. "
    )
    strategies = parts_of(Strategy).values()
    if len(experiment.objective.aims) > 1:
        some = " or ".join(s.name for s in strategies if s.asks == "some configurations")
        one_aim = listed(s.name for s in strategies if s.one_aim)
        return text + f"{some} try some of them; {one_aim} follow one objective only."
    most = {
        s.name: _count_answers(Search(strategy=s.name), configs, questions)[1] * experiment.repeats
        for s in strategies
        if s.asks == "some questions"
    }
    alternatives = [
        f"{name} would need {answers:,}" for name, answers in sorted(most.items(), key=lambda m: m[1])
    ]
    return text + f"{', '.join(alternatives)} at most (docs/search.md)."


def _splitting(experiment: Experiment, effort: Effort) -> Iterator[Advice]:
    low, high = effort.splitting_seconds
    if high > LONG_EMBEDDING_SECONDS:
        axes = experiment.retrieval
        by_meaning = listed(c.text for c in axes.choices("splitter", Splitter) if c.part.uses_encoder)
        ways = len(set(axes.chunk_tokens)) * len(set(axes.chunk_overlap))
        spare = (
            f" It is done for each of {ways} sizes and overlaps: fewer would save time." if ways > 1 else ""
        )
        yield Advice(
            "splitter",
            f"splitter: {by_meaning} encodes about {effort.sentences:,} sentences on this machine first, "
            f"once: {duration(low)} to {duration(high)}.{spare}",
            "expensive",
        )


def _retrieval(experiment: Experiment, effort: Effort) -> Iterator[Advice]:
    axes = experiment.retrieval
    if effort.query_calls and axes.query_model is not None:
        asking = [c for c in axes.choices("query", QueryTransform) if c.part.calls]
        what = listed(dict.fromkeys(c.part.asks_for for c in asking))
        each = "follow-up question" if all(c.part.for_follow_ups for c in asking) else "question"
        each += " and query transform" if len(asking) > 1 else ""
        texts = max(c.part.most_texts(c.settings) for c in asking)
        further = f" Up to {texts} texts are then searched for instead of one." if texts > 1 else ""
        yield Advice(
            "query",
            f"query: {listed(c.text for c in asking)} ask{'s' * (len(asking) == 1)} {axes.query_model.name} "
            f"{what}: one more call for each {each}, up to {effort.query_calls:,}, in the experiment and in "
            f"use.{further}",
            "expensive",
        )
    if effort.derived and axes.query_model is not None:
        yield Advice(
            "filter",
            f"filter: derived asks {axes.query_model.name} for a condition: one more call for each question, "
            f"up to {effort.derived:,}, in the experiment and in use.",
            "expensive",
        )
    rerankers = [model.name for model in axes.rerank_model if model is not None]
    if effort.reranks and rerankers:
        most = max(axes.candidates_of(c) for c in axes.choices("rerank", Reranker) if c.part.calls)
        yield Advice(
            "rerank",
            f"rerank: {listed(rerankers)} ranks up to {most} passages for each question and retrieval "
            f"setting: {effort.reranks:,} more calls, of up to {most * max(axes.chunk_tokens):,} tokens "
            f"each, beside {effort.answers:,} for answers.",
            "expensive",
        )
    if effort.contexts and axes.context_model is not None:
        written = listed(c.text for c in axes.choices("context", ChunkContext) if c.part.calls)
        yield Advice(
            "context",
            f"context: {written} asks {axes.context_model.name} for a context of each chunk, once: "
            f"{effort.contexts:,} more calls before the first answer.",
            "expensive",
        )
    low, high = effort.embedding_seconds
    if high > LONG_EMBEDDING_SECONDS:
        sizes = len(set(axes.chunk_tokens)) * len(set(axes.splitter)) * len(set(axes.chunk_overlap))
        spare = (
            f" Each of the {sizes} ways to cut them is embedded: fewer would save time." if sizes > 1 else ""
        )
        yield Advice(
            "embedding",
            f"embedding: about {effort.texts:,} passages are embedded on this machine first, once: "
            f"{duration(low)} to {duration(high)}.{spare}",
            "expensive",
        )


def _judging(experiment: Experiment, effort: Effort) -> Iterator[Advice]:
    if effort.judgements < min(MANY_CALLS, max(100, effort.answers + 1)):
        return
    if effort.judgements <= effort.answers:
        yield Advice(
            "judge",
            f"judge: asked up to {effort.judgements:,} times, for every answer. A search (race, model) "
            "asks for "
            "fewer, a ladder for grounding skips the answers on which the free score is sure.",
            "expensive",
        )
        return
    yield Advice(
        "judge",
        f"judge: asked up to {effort.judgements:,} times for {effort.answers:,} answers, so judging is "
        "most of "
        "the work. Fewer judged scores, a ladder for grounding, or a search (race, model) would spare it.",
        "expensive",
    )


def _servers(experiment: Experiment, effort: Effort) -> Iterator[Advice]:
    """Served models that get many calls in an experiment that takes long."""
    high = effort.seconds[1]
    if high < LONG_SECONDS:
        return
    for model in experiment.models:
        calls = effort.calls.get(model.name, 0)
        if model.embedded or calls < MANY_CALLS:
            continue
        yield Advice(
            "models",
            f"models: {model.name} gets up to {calls:,} calls, {model.limits.concurrency} at a time; the "
            "whole "
            f"may take {duration(high)}. Raise its limits.concurrency if its server takes more at once, or "
            "try "
            "fewer configurations.",
            "expensive",
        )


def _budget(experiment: Experiment, effort: Effort) -> Iterator[Advice]:
    cap = experiment.budget_usd
    if cap is None or effort.cost_usd is None:
        return
    low, high = effort.cost_usd
    if cap < low:
        yield Advice(
            "budget_usd",
            f"budget_usd: {dollars(cap)} is less than the plan's lowest estimate of {dollars(low)}: it "
            "will stop "
            "before the end. Raise the cap, or try fewer configurations.",
        )
    elif cap < high:
        yield Advice(
            "budget_usd",
            f"budget_usd: the plan takes {dollars(low)} to {dollars(high)}, so the cap of {dollars(cap)} may "
            "stop it before the end; it can be raised and resumed then.",
        )
