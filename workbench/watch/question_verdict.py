"""Says whether a service is asked other questions than those that its winner was chosen on.
Knows nothing about how far a question is from those: the stored score `novelty` says it."""

from __future__ import annotations

from typing import Any

from workbench.analysis.share_above import share_above_e
from workbench.analysis.wilson import wilson_bounds
from workbench.formatting import counted, listed
from workbench.input.time_span import DAY
from workbench.providers.embedded.encoder import shared_encoder
from workbench.ship.kept_questions import text_to_compare
from workbench.store.database import Store
from workbench.store.serving.novel_requests import count_above, find_above
from workbench.store.serving.records import NOVELTY
from workbench.watch.faults import FAR
from workbench.watch.new_subjects import group_subjects
from workbench.watch.verdict import FALSE_ALARM, Verdict

EXPECTED = 0.10
"""The share of far questions that is nothing new: twice what the sweep's own would have."""
FEWEST_REQUESTS = 20
PERIOD_SECONDS = 30 * DAY
MOST_GROUPED = 500  # of the newest far questions, whose vectors take about 5 s
MOST_NAMED = 3


def judge_questions(store: Store, service_id: str, since: float) -> Verdict | None:
    """The verdict over all requests since a time (Unix seconds); None where there were none."""
    counts = count_above(store, service_id, NOVELTY, FAR, since=since, period_seconds=PERIOD_SECONDS)
    requests, far = sum(c.requests for c in counts), sum(c.above for c in counts)
    if not requests:
        return None
    detail: dict[str, Any] = {"requests": requests, "far": far}
    if requests < FEWEST_REQUESTS:
        few = f"{counted(requests, 'request')} are too few to tell; at least {FEWEST_REQUESTS} are needed."
        return Verdict("cannot be told", (few,), detail=detail)
    e_value = share_above_e([(c.requests, c.above) for c in counts], EXPECTED)
    low, high = wilson_bounds(far / requests, requests)
    said = (
        f"{far / requests:.0%} ({low:.0%} to {high:.0%}) of {counted(requests, 'request')} are farther from "
        f"the questions of the sweep than {FAR:.0%} of those are from each other."
    )
    detail |= {"share": far / requests, "low": low, "high": high, "e_value": min(e_value, 1e12)}
    if e_value < 1 / FALSE_ALARM:
        return Verdict("unchanged", (said,), detail=detail)
    newest = find_above(store, service_id, NOVELTY, FAR, since=since, limit=MOST_GROUPED)
    texts = [(r.id, text_to_compare(r.question, r.history)) for r in newest if r.question.strip()]
    subjects = group_subjects(texts, shared_encoder())
    detail["subjects"] = [{"name": s.name, "requests": list(s.requests)} for s in subjects]
    named = listed(f"“{s.name}” ({len(s.requests)})" for s in subjects[:MOST_NAMED])
    return Verdict("changed", (said, *([f"New subjects: {named}."] if subjects else [])), detail=detail)
