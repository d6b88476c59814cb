"""The jobs of a route: those of its ends, of which the rule takes one, or asks one after the other.
Knows nothing about scheduling, limits or money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.pipeline.fingerprints import group
from workbench.pipeline.question_features import choose_ends
from workbench.pipeline.retrieval_features import LOOKED_AT, FoundPassage
from workbench.run.jobs import AskedJob, Job, context_of
from workbench.scoring.grounding import score as score_grounding
from workbench.scoring.route_signals import ESCALATED, measure_signals
from workbench.space.route import Route
from workbench.store.database import Store
from workbench.store.records import TrialRecord
from workbench.store.route_answers import get_passage_texts


def trials_of_ends(trial: TrialRecord) -> list[TrialRecord]:
    """The trial as if each end answered alone."""
    return [replace(trial, config=end) for end in trial.config.ends]


def join_jobs(store: Store, route: Route, cheap: Sequence[Job], strong: Sequence[Job]) -> list[Job]:
    """One job for each answer: a router's choice, or a cascade's cheap job with the strong one behind it.

    cheap, strong: the jobs of the ends, alike in order.
    """
    pairs = list(zip(cheap, strong, strict=True))
    if route.kind == "cascade":
        return [replace(first, stronger=second) for first, second in pairs]
    looks = bool(route.weights.retrieval)
    once = {job.question.asked: job for job in cheap}  # repeats decide alike
    found = _find_passages(store, list(once.values())) if looks else None
    to_strong = dict(zip(once, choose_ends(route, list(once), found), strict=True))
    return [
        replace(
            escalated(second), looked_at=first.ranking if looks and not _search_alike(first, second) else None
        )
        if to_strong[first.question.asked]
        else first
        for first, second in pairs
    ]


def _search_alike(first: Job, second: Job) -> bool:
    """Whether what one end retrieves does for the other, too; what their prompts get of it may differ."""
    return group(first.trial.config.retrieval) == group(second.trial.config.retrieval)


def _find_passages(store: Store, jobs: Sequence[Job]) -> list[list[FoundPassage]]:
    """What each job retrieved; nothing where its retrieval failed."""
    items = [job.ranking.items[:LOOKED_AT] if job.ranking else () for job in jobs]
    unstored = {p.key: (p.document, p.text) for job in jobs for p in job.unstored or ()}
    wanted = {key for ranking in items for key, _ in ranking} - unstored.keys()
    texts = get_passage_texts(store, list(wanted)) | unstored
    return [[FoundPassage(*texts[key], score) for key, score in ranking] for ranking in items]


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
