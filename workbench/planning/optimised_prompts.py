"""Checks that prompts can be optimised as an experiment asks for, and counts and prices what that takes.
Knows nothing about optimising them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import ExperimentError
from workbench.formatting import counted, dollars
from workbench.planning.cost_estimate import FEWEST_OUTPUT_TOKENS, Estimate
from workbench.planning.plan_types import Range
from workbench.prompt_optimisation.aim import find_aim
from workbench.prompt_optimisation.reflection import as_reflector
from workbench.providers.prices import Prices
from workbench.providers.token_counts import CHARACTERS_PER_TOKEN
from workbench.providers.types import Usage
from workbench.space.config import Config
from workbench.space.experiment import Experiment
from workbench.space.prompt_optimisation import FEWEST_QUESTIONS, ROUNDS, PromptOptimisation
from workbench.space.search_space import Space

REFLECTION_TOKENS = 2_000
"""Of a request to reflect, about: instructions, the prompt, and four answers with their scores."""
ANSWERS_PER_REFLECTION = 5
"""A round has about so many answers for each reflection."""
INSTRUCTION_TOKENS = 60


@dataclass(frozen=True)
class PlannedOptimisation:
    """What one optimisation takes, at most."""

    start: str
    """The label of the prompt that is improved."""
    model: str
    """The name of the model that reflects."""
    cells: int
    """For how many pairs of retrieval and model."""
    train_questions: int
    """How many train questions each prompt is tried on."""
    calls: int
    """The most answers and reflections."""
    answers: int
    """The most answers of the improved prompts, and of those that they began with, to search and held-out
    questions."""
    budget_usd: float | None
    """Its own cap in US dollars; None without one."""
    cost_usd: Range | None
    """US dollars; None when some model has no price."""
    seconds: Range
    """Of the machine and of servers, about."""

    def to_json(self) -> dict[str, Any]:
        return {
            "from": self.start,
            "model": self.model,
            "cells": self.cells,
            "train_questions": self.train_questions,
            "calls": self.calls,
            "answers": self.answers,
            "budget_usd": self.budget_usd,
            "cost_usd": None if self.cost_usd is None else self.cost_usd.to_json(),
            "seconds": self.seconds.to_json(),
        }


def check_optimisations(
    experiment: Experiment, space: Space, score_names: Sequence[str], train: int, prices: Prices
) -> None:
    """Raise ExperimentError for an optimisation that cannot do one round.

    train: how many train questions there are.
    """
    if experiment.optimise and find_aim(experiment.objective, score_names) is None:
        raise _error(
            "needs a score of single answers to improve a prompt by.",
            "Add correctness or grounding to scores.",
        )
    for settings in experiment.optimise:
        if not _cells(space, settings):
            raise _error("needs a model and a retrieval to improve a prompt for.", "Only systems are tried.")
        if train < FEWEST_QUESTIONS:
            raise _error(
                f"needs at least {FEWEST_QUESTIONS} train questions, and there "
                f"{'is' if train == 1 else 'are'} {train or 'none'}.",
                "A fixed fifth of the questions, by their ids, is the train part: add questions to the "
                "corpus, or choose fewer tags.",
            )
        fewest = FEWEST_QUESTIONS * ROUNDS * settings.cells
        if settings.calls < fewest:
            raise _error(
                f"has {counted(settings.calls, 'call')} for {counted(settings.cells, 'cell')}, which is not "
                "enough for one round.",
                f"Set calls to {fewest} or more, or choose fewer cells.",
            )
        _check_budget(settings, space, prices, train)


def _check_budget(settings: PromptOptimisation, space: Space, prices: Prices, train: int) -> None:
    if settings.budget_each is None:
        return
    models = [config.model for config in _cells(space, settings)]
    for model in (*models, settings.model):
        if prices.get(model.name) is None:
            raise _error(
                f"has a budget_usd, and {model.name} has no price.",
                "Give the model a price, `price: {free: true}`, or leave budget_usd out.",
            )
    asked = 2 * settings.most_questions(train)  # the first prompt and one more
    answer = min(_least(prices, model.name, INSTRUCTION_TOKENS) for model in models)
    reflector = as_reflector(settings.model)
    # Room is kept for the longest reply before a reflection is asked for.
    longest = Usage(input=CHARACTERS_PER_TOKEN * REFLECTION_TOKENS, output=reflector.max_tokens or 0)
    price = prices[settings.model.name]
    least = asked * answer + ((price.cost(longest, 0.0) if price else None) or 0.0)
    if least > settings.budget_each:
        raise _error(
            f"has {dollars(settings.budget_each)} for each cell, and one round needs about {dollars(least)}.",
            f"Set budget_usd to {2 * least * settings.cells:.2g} or more, or choose fewer cells or calls.",
        )


def _least(prices: Prices, name: str, tokens: int) -> float:
    price = prices.get(name)
    return (price.cost(Usage(input=tokens, output=FEWEST_OUTPUT_TOKENS), 0.0) if price else None) or 0.0


def _error(what: str, hint: str) -> ExperimentError:
    return ExperimentError(f"prompts: optimise {what}", hint=hint, about="prompts")


def _cells(space: Space, settings: PromptOptimisation) -> list[Config]:
    """One configuration of each pair of retrieval and model; systems and routes have none."""
    plain = (config for config in space.configs if config.system is None and config.route is None)
    return list({(id(config.retrieval), config.model.name): config for config in plain}.values())


def plan_optimisations(
    experiment: Experiment,
    space: Space,
    *,
    train: int,
    searched: int,
    held_out: int,
    estimates: Iterable[Estimate],
) -> list[PlannedOptimisation]:
    """What each optimisation takes. estimates: an empty one for each, in order."""
    planned = []
    for settings, estimate in zip(experiment.optimise, estimates, strict=False):
        possible = _cells(space, settings)
        cells = min(settings.cells, len(possible))
        questions = settings.most_questions(train)
        calls = settings.calls_each * cells
        reflections = max(cells, calls // (ANSWERS_PER_REFLECTION + 1))
        answers = cells * (searched + 2 * held_out) * experiment.repeats
        rates = {
            (config.model.name, tokens): estimate.rates(config.model, "generate", tokens=tokens)
            for config in possible
            for tokens in [config.retrieval.tokens_of_passages + INSTRUCTION_TOKENS]
        }
        for config in possible:
            estimate.note_price(config.model)
        most = calls - reflections + answers
        # Which cells are best is not known: between the cheapest and the most expensive of them.
        estimate.add([(most, rate) for rate in rates.values()], cells * questions, most)
        reflector = as_reflector(settings.model)
        estimate.price_calls(reflector, "reflect", reflections, tokens=REFLECTION_TOKENS, fewest=0)
        planned.append(
            PlannedOptimisation(
                start=settings.from_.label,
                model=settings.model.name,
                cells=cells,
                train_questions=questions,
                calls=calls,
                answers=answers,
                budget_usd=settings.budget_usd,
                cost_usd=estimate.cost_usd,
                seconds=estimate.seconds,
            )
        )
    return planned
