"""How the engine gets through a server that misbehaves, and finds out how much one that refuses will take.
Knows nothing about retries or limits: it watches what the server gets and what is stored in the end.

    python -m benchmarks.storm      about three minutes
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, run_alone, say
from benchmarks.latency_server import LatencyServer, Request
from benchmarks.runs import (
    Workplace,
    experiment,
    mean,
    prompts,
    retrieval,
    run_here,
    served_model,
    workplace,
)

LATENCY_SECONDS = 0.2
TIMEOUT_SECONDS = 2
STORM = {"refused": 0.30, "error": 0.10, "stall": 0.05, "cut": 0.05, "malformed": 0.05}
CONCURRENCY = 32
MOST_AT_A_TIME = 16
STARTED_AT = 64
SETTLING_SECONDS = 10.0


def _content(
    server: LatencyServer, name: str, answers: int, concurrency: int, timeout: float
) -> dict[str, Any]:
    """Keyword retrieval with a passage or two: no two configurations send the same."""
    limits = {"concurrency": concurrency, "timeout_seconds": timeout}
    return experiment(
        name=name, prompts=prompts(answers // 200, f"{name}-"), retrieval=retrieval(top_k=[1, 3]),
        models=[served_model(server.base_url, limits=limits)], questions={"limit": 100},
    )  # fmt: skip


def _unexplained(place: Workplace, experiment_id: str) -> tuple[int, Counter[str]]:
    """(answers that have neither a text nor a reason for having none, failures by kind)."""
    from workbench.store.answers import find_answers, group_failures
    from workbench.store.database import open_store

    store = open_store(place.home / "workbench.db")
    answers = find_answers(store, experiment_id, limit=None)
    unexplained = sum(not a.text if a.state == "ok" else not a.error for a in answers)
    groups = group_failures(store, experiment_id)
    return unexplained, Counter({g.kind: g.count for g in groups})


def storm(server: LatencyServer, place: Workplace, answers: int) -> list[Figure]:
    server.behave(latency_seconds=LATENCY_SECONDS)
    _, calm = run_here(place, _content(server, "calm", answers, CONCURRENCY, TIMEOUT_SECONDS))
    server.behave(latency_seconds=LATENCY_SECONDS, faults=STORM)
    status, wild = run_here(place, _content(server, "storm", answers, CONCURRENCY, TIMEOUT_SECONDS))
    missing = answers - status["answers"]
    unexplained, failures = _unexplained(place, status["experiment"])
    met = Counter(request.outcome or "stall" for request in server.log())
    say(f"storm: calm {calm:.1f} s, storm {wild:.1f} s; {dict(met)}; failed answers {dict(failures)}")
    why = ", ".join(f"{n} {kind}" for kind, n in failures.most_common()) or "none"
    return [
        Figure("storm: answers without text or reason", missing + unexplained, bar=0, at_most=True, digits=0,
               note=f"{answers} answers; failed: {why}"),
        Figure("storm: wall time, of the calm run's", wild / calm, bar=8, at_most=True, digits=1,
               note=f"{sum(met.values())} attempts, {met['answered']} answered"),
    ]  # fmt: skip


def adaptation(server: LatencyServer, place: Workplace, answers: int) -> list[Figure]:
    server.behave(latency_seconds=LATENCY_SECONDS, refuse_above=MOST_AT_A_TIME)
    status, seconds = run_here(place, _content(server, "adaptation", answers, STARTED_AT, 30))
    log = server.log()
    settled = [r for r in log if r.seconds > log[0].seconds + SETTLING_SECONDS]
    say(f"adaptation: {seconds:.1f} s, {status['failed_answers']} failed; by 5 s: {_by_time(log)}")
    if not settled:
        raise RuntimeError("The run was over before it could settle: ask for more answers.")
    refused = sum(r.outcome == "refused" for r in settled) / len(settled)
    level = mean([min(r.in_flight, MOST_AT_A_TIME) for r in settled])
    ideal = answers * LATENCY_SECONDS / MOST_AT_A_TIME
    return [
        Figure("adaptation: refused after 10 s", refused, bar=0.05, at_most=True,
               note=f"{len(settled)} calls; {sum(r.outcome == 'refused' for r in log)} refused in all"),
        Figure("adaptation: calls at a time after 10 s", level, bar=12, digits=1,
               note=f"the server takes 16, it began with 64; {seconds:.0f} s, the ideal is {ideal:.0f}"),
    ]  # fmt: skip


def _by_time(log: list[Request]) -> str:
    """Mean calls at a time and refusals in each 5 seconds."""
    slots: dict[int, list[Request]] = {}
    for request in log:
        slots.setdefault(int((request.seconds - log[0].seconds) / 5), []).append(request)
    return " ".join(
        f"{mean([r.in_flight for r in found]):.0f}/{sum(r.outcome == 'refused' for r in found)}"
        for _, found in sorted(slots.items())
    )


def measure(options: argparse.Namespace) -> list[Figure]:
    with LatencyServer(latency_seconds=LATENCY_SECONDS) as server, workplace() as place:
        found = storm(server, place, 400 if options.quick else 2_000)
        return found + adaptation(server, place, 1_200 if options.quick else 3_000)


if __name__ == "__main__":
    sys.exit(run_alone(Path(__file__).stem, measure, __doc__))
