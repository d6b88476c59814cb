"""Traffic of a service for tests: many requests with given scores, day after day.
Knows nothing about what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from sqlalchemy import insert

from workbench.store.database import Store
from workbench.store.serving.records import Service
from workbench.store.serving.services import put_service
from workbench.store.serving.tables import ServedRequestRow, ServedScoreRow

DAY = 86_400.0
BEGIN = 20_000 * DAY
"""The beginning of a day (UTC)."""


@dataclass(frozen=True)
class Asked:
    """What one request of the traffic is."""

    grounding: float | None = 1.0
    refused: bool = False
    cost_usd: float | None = 0.001
    tokens: int = 900
    seconds: float = 1.0
    state: str = "ok"
    cached: bool = False
    tags: tuple[str, ...] = ()
    cluster: str = ""
    texts: str = "none"
    seen: str = ""
    version: str = ""
    score_versions: str = ""
    role: str = "main"


def make_service(store: Store, evidence: dict[str, object] | None = None) -> Service:
    winner = {"evidence": evidence} if evidence else {}
    return put_service(store, Service("s1", "support: concise", "winner", winner, created_at=BEGIN))


def put_day(store: Store, day: int, asked: Iterable[Asked], *, begin: float = BEGIN) -> None:
    """Store a day's requests, evenly over the day."""
    requests, scores = [], []
    asked = list(asked)
    for place, one in enumerate(asked):
        name = f"d{day:03}-{place:05}"
        requests.append(
            {
                "id": name, "service_id": "s1", "asked_at": begin + (day + place / len(asked)) * DAY,
                "history": [], "passages": [], "flags": [], "stage_seconds": {}, "texts": one.texts,
                "refused": one.refused, "cost_usd": one.cost_usd, "input_tokens": one.tokens,
                "seconds": one.seconds, "state": one.state, "cached": one.cached, "seen": one.seen,
                "corpus_version": one.version, "role": one.role, "score_versions": one.score_versions,
            }
        )  # fmt: skip
        values = {"grounding": one.grounding, "toxicity": 0.001, "personal_data": 0.0}
        for score, value in values.items() if one.state == "ok" else ():
            status = "not_applicable" if value is None else "ok"
            scores.append({"request_id": name, "name": score, "value": value, "status": status, "detail": {}})
        if one.tags or one.cluster:
            detail = {"nearest": "q1", "tags": list(one.tags), "cluster": one.cluster}
            scores.append(
                {"request_id": name, "name": "novelty", "value": 0.5, "status": "ok", "detail": detail}
            )
    with store.write() as session:
        session.execute(insert(ServedRequestRow), requests)
        if scores:
            session.execute(insert(ServedScoreRow), scores)


def groundings(random: Random, mean_of_rest: float = 0.55) -> float:
    """Most answers are wholly grounded; the rest is spread."""
    return 1.0 if random.random() < 0.62 else random.betavariate(2 * mean_of_rest, 2 * (1 - mean_of_rest))


def put_days(
    store: Store, days: range, make: Callable[[int], Asked], per_day: int = 100, *, begin: float = BEGIN
) -> None:
    for day in days:
        put_day(store, day, (make(day) for _ in range(per_day)), begin=begin)
