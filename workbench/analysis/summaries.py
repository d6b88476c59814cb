"""Summarises a trial's answers and scores for each part of the questions.
Knows nothing about the store's sessions: plain rows in, plain summaries out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from workbench.analysis.clusters import Clusters
from workbench.analysis.confidence_intervals import mean_interval
from workbench.analysis.consistency import find_consistency
from workbench.store.figures import AnswerFigures, Figure, RepeatedAnswer, ScoreFigures, Summary


def summarise(
    trial_id: str,
    answers: Sequence[AnswerFigures],
    scores: Sequence[ScoreFigures],
    repeated: Sequence[RepeatedAnswer] = (),
    named_clusters: Mapping[str, str] | None = None,
) -> list[Summary]:
    """One summary for each part of the questions that has answers.

    Costs and times are those of the answers that did not fail.

    repeated: the answers that did not fail, with their texts; only needed when questions were asked
        repeatedly.
    named_clusters: question id → the name of its cluster; a question without one stands alone.
    """
    named_clusters = named_clusters or {}
    summaries = []
    for part in sorted({a.part for a in answers}):
        answers_of_part = [a for a in answers if a.part == part]
        scores_of_part = [s for s in scores if s.part == part]
        summary = _summarise_part(trial_id, part, answers_of_part, scores_of_part, named_clusters)
        repeats = 1 + max(a.repeat for a in answers_of_part)
        if repeats > 1:
            consistency = find_consistency([a for a in repeated if a.part == part], repeats, named_clusters)
            summary = replace(summary, consistency=consistency)
        summaries.append(summary)
    return summaries


def _summarise_part(
    trial_id: str,
    part: str,
    answers: list[AnswerFigures],
    scores: list[ScoreFigures],
    named_clusters: Mapping[str, str],
) -> Summary:
    succeeded = [a for a in answers if a.state == "ok"]
    costs = [a.cost_usd for a in succeeded]
    priced = [c for c in costs if c is not None]
    seconds = [a.seconds for a in succeeded]
    given = [a.passage_tokens for a in succeeded if a.passage_tokens is not None]
    p50, p95 = (float(x) for x in np.percentile(seconds, (50, 95))) if seconds else (None, None)
    by_name: dict[str, list[ScoreFigures]] = {}
    for score in scores:
        by_name.setdefault(score.name, []).append(score)
    return Summary(
        trial_id=trial_id,
        part=part,
        answers=len(answers),
        failed_answers=len(answers) - len(succeeded),
        # One answer without a price makes the mean unknown: a partial sum would understate it.
        cost_per_1k_questions=1000 * sum(priced) / len(priced)
        if succeeded and len(priced) == len(succeeded)
        else None,
        tokens_per_answer=sum(a.tokens for a in succeeded) / len(succeeded) if succeeded else None,
        seconds_p50=p50,
        seconds_p95=p95,
        passage_tokens_per_answer=sum(given) / len(given) if given else None,
        scores={name: _figure(rows, named_clusters) for name, rows in sorted(by_name.items())},
    )


def _figure(rows: list[ScoreFigures], named_clusters: Mapping[str, str]) -> Figure:
    values: dict[str, list[float]] = {}
    for row in rows:
        if row.status == "ok" and row.value is not None:
            values.setdefault(row.question_id, []).append(row.value)
    statuses = [row.status for row in rows]
    clusters = Clusters.of(list(values), named_clusters)
    if values:
        mean, low, high, note = mean_interval(list(values.values()), clusters)
    else:
        mean, low, high, note = None, None, None, _why_no_mean(statuses)
    if low is not None and high is not None:  # scores lie in [0, 1], which Student's t ignores
        low, high = max(0.0, low), min(1.0, high)
    return Figure(
        mean=mean,
        low=low,
        high=high,
        count=statuses.count("ok"),
        failed=statuses.count("failed"),
        not_applicable=statuses.count("not_applicable"),
        note=note,
        groups=clusters.groups,
    )


def _why_no_mean(statuses: list[str]) -> str:
    if "failed" not in statuses:
        return "not applicable to any answer"
    return "failed on every answer it applies to"
