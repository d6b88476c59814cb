"""The jobs of a route: those of its ends, of which the rule takes one, or asks one after the other.
Knows nothing about scheduling, limits or money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.pipeline.question_features import choose_ends
from workbench.run.jobs import AskedJob, Job, context_of
from workbench.scoring.grounding import score as score_grounding
from workbench.scoring.route_signals import ESCALATED, measure_signals
from workbench.space.route import Route
from workbench.store.records import ExperimentQuestion, TrialRecord


def trials_of_ends(trial: TrialRecord) -> list[TrialRecord]:
    """The trial as if each end answered alone."""
    return [replace(trial, config=end) for end in trial.config.ends]


def join_jobs(
    route: Route, questions: Sequence[ExperimentQuestion], cheap: Sequence[Job], strong: Sequence[Job]
) -> list[Job]:
    """One job for each answer: a router's choice, or a cascade's cheap job with the strong one behind it.

    cheap, strong: the jobs of the ends, alike in order.
    """
    pairs = zip(cheap, strong, strict=True)
    if route.kind == "cascade":
        return [replace(first, stronger=second) for first, second in pairs]
    asked = [item.question.asked for item in questions]
    to_strong = dict(zip(asked, choose_ends(route, asked), strict=True))
    return [escalated(second) if to_strong[first.question.asked] else first for first, second in pairs]


def escalated(job: Job) -> Job:
    return replace(job, flags=(*job.flags, ESCALATED))


def must_escalate(route: Route, asked: AskedJob) -> bool:
    """Whether a cascade asks its strong end, too: it does where the cheap one gave no answer."""
    text = asked.text
    if text is None or asked.call is None:
        return True
    grounding = score_grounding(context_of(asked.job, text)).value
    passages = [passage.text for passage in asked.job.passages]
    signals = measure_signals(asked.job.question.text, text, passages, grounding)
    return bool(route.escalate_when.reasons(signals.grounding, signals.declined, signals.coverage))
