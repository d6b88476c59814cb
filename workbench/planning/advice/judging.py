"""Advice on the models that judge, and on those that drafted the questions.
Knows nothing about what they cost."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.planning.advice.types import Advice
from workbench.results.drafting_models import describe_drafting_models
from workbench.scoring.judged import LEAST_MAX_TOKENS, as_judge, find_judged
from workbench.space.experiment import Experiment
from workbench.store.records import ExperimentQuestion


def advise_on_judges(experiment: Experiment) -> list[Advice]:
    advice = []
    judges = {s.judge.name: s.judge for s in find_judged(experiment.scores, experiment.judge)}
    if experiment.judge is not None and experiment.judge.name not in judges:
        why = (
            "every score that asks a model has its own"
            if judges
            else "no score of this experiment asks a model"
        )
        advice.append(Advice("judge", f"judge: {why}, so the judge is not asked.", "idle"))
    for name, judge in judges.items():
        if name in [m.name for m in experiment.models]:
            text = (
                f"{name} answers here and judges answers: models tend to prefer what they wrote themselves."
            )
            advice.append(Advice("judge", text))
        max_tokens = as_judge(judge).max_tokens
        if max_tokens is not None and max_tokens < LEAST_MAX_TOKENS:
            text = (
                f"{name} judges with max_tokens {max_tokens}: verdicts on several statements may be cut. "
                f"{LEAST_MAX_TOKENS} or more is safer."
            )
            advice.append(Advice("judge", text))
    return advice


def advise_on_drafting_models(
    experiment: Experiment, questions: Sequence[ExperimentQuestion]
) -> list[Advice]:
    """Advice on models that answer or judge questions that they drafted."""
    sources = [item.question.source for item in questions]
    return [Advice("models", text) for text in describe_drafting_models(experiment, sources)]
