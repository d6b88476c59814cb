"""From a trial's answers and scores to its figures on each part of the questions.
Knows nothing about the store's sessions: plain rows in, plain summaries out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from workbench.analysis.confidence_intervals import mean_interval
from workbench.analysis.consistency import find_consistency
from workbench.store.figures import AnswerFigures, Figure, RepeatedAnswer, ScoreFigures, Summary


def summarise(
    trial_id: str,
    answers: Sequence[AnswerFigures],
    scores: Sequence[ScoreFigures],
    repeated: Sequence[RepeatedAnswer] = (),
) -> list[Summary]:
    """One summary a part that has answers. Costs and times rest on the answers that did not fail.

    repeated: the sound answers with their texts; needed only where questions were asked more than once.
    """
    found = []
    for part in sorted({a.part for a in answers}):
        own = [a for a in answers if a.part == part]
        summary = _summarise_part(trial_id, part, own, [s for s in scores if s.part == part])
        repeats = 1 + max(a.repeat for a in own)
        if repeats > 1:
            consistency = find_consistency([a for a in repeated if a.part == part], repeats)
            summary = replace(summary, consistency=consistency)
        found.append(summary)
    return found


def _summarise_part(
    trial_id: str, part: str, answers: list[AnswerFigures], scores: list[ScoreFigures]
) -> Summary:
    good = [a for a in answers if a.state == "ok"]
    costs = [a.cost_usd for a in good]
    priced = [c for c in costs if c is not None]
    seconds = [a.seconds for a in good]
    p50, p95 = (float(x) for x in np.percentile(seconds, (50, 95))) if seconds else (None, None)
    names: dict[str, list[ScoreFigures]] = {}
    for score in scores:
        names.setdefault(score.name, []).append(score)
    return Summary(
        trial_id=trial_id,
        part=part,
        answers=len(answers),
        failed_answers=len(answers) - len(good),
        # One unpriced answer makes the mean unknown: a part of a cost is not a cost.
        cost_per_1k_questions=1000 * sum(priced) / len(priced) if good and len(priced) == len(good) else None,
        tokens_per_answer=sum(a.tokens for a in good) / len(good) if good else None,
        seconds_p50=p50,
        seconds_p95=p95,
        scores={name: _figure(rows) for name, rows in sorted(names.items())},
    )


def _figure(rows: list[ScoreFigures]) -> Figure:
    values: dict[str, list[float]] = {}
    for row in rows:
        if row.status == "ok" and row.value is not None:
            values.setdefault(row.question_id, []).append(row.value)
    statuses = [row.status for row in rows]
    if values:
        mean, low, high, note = mean_interval(list(values.values()))
    else:
        mean, low, high, note = None, None, None, _why_no_mean(statuses)
    if low is not None and high is not None:  # scores lie in [0, 1]; Student's t does not know
        low, high = max(0.0, low), min(1.0, high)
    return Figure(
        mean=mean,
        low=low,
        high=high,
        count=statuses.count("ok"),
        failed=statuses.count("failed"),
        not_applicable=statuses.count("not_applicable"),
        note=note,
    )


def _why_no_mean(statuses: list[str]) -> str:
    if "failed" not in statuses:
        return "not applicable to any answer"
    return "failed on every answer it applies to"
