"""Kills a running experiment (-9) at random moments, resumes it, and counts what was lost or paid again.
Knows nothing about how results are kept: it compares what the store says before and after.

    python -m benchmarks.faults      about eight minutes; --quick five runs
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, run_alone, say
from benchmarks.latency_server import LatencyServer
from benchmarks.runs import (
    PROJECT,
    Workplace,
    experiment,
    prompts,
    retrieval,
    served_model,
    workplace,
)

RUNS = 50
CONCURRENCY = 8
LATENCY_SECONDS = 0.08
START_SECONDS = 2.0  # until a run sends its first request, about
TIMES = ("experiment", "trial", "seconds_p50", "seconds_p95", "seconds", "state")
# Of equal means the faster ranks first: what follows from the order depends on times, too.
ORDERED_BY_TIME = ("rank", "leader", "verdict", "difference", "tied_with_leader")

MakePlace = Callable[[], AbstractContextManager[Workplace]]
Answers = dict[tuple[str, str, int], Any]
"""By trial, question and repeat, an answer's text and scores."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What an experiment left: its leaderboard without times and ids, its good answers by where they belong
    (each with text and scores), and how many calls its ledger holds."""

    leaderboard: Any
    answers: Answers
    calls: int
    state: str
    charged_usd: float
    """At most: what was spent, and what may have been charged for lost calls."""


@dataclass(frozen=True, slots=True)
class Disturbed:
    """Of one run that was killed. in_flight: sent and not committed, at each kill.  again: requests
    beyond those of an undisturbed run.  differs: what is not as in an undisturbed run, in words, or ""."""

    kills: int
    answers_then: int
    lost: int
    in_flight: tuple[int, ...]
    again: int
    differs: str

    @property
    def beyond(self) -> int:
        """Calls paid again beyond those in flight, and calls in flight beyond the concurrency limit."""
        return max(0, self.again - sum(self.in_flight)) + sum(max(0, n - CONCURRENCY) for n in self.in_flight)


def content(base_url: str) -> dict[str, Any]:
    """Served vectors and generations, a held-out final, shared and repeated calls: 88 answers."""
    embedding = {
        "name": "served-embedding", "kind": "embedding", "base_url": base_url, "model": "stub-embed",
        "price": {"input_per_million": 0.1}, "limits": {"concurrency": CONCURRENCY},
    }  # fmt: skip
    return experiment(
        corpus=str(PROJECT / "corpora" / "first-steps"), prompts=prompts(2), repeats=2, holdout=0.3,
        retrieval=retrieval(embedding=[embedding], retriever=["dense", "hybrid"], top_k=[2]),
        models=[served_model(base_url, limits={"concurrency": CONCURRENCY})],
        scores=["grounding", "correctness", "retrieval", "refusal"], objective={"maximize": "correctness"},
    )  # fmt: skip


def look(place: Workplace, name: str | None = None) -> Ended | None:
    """What the store of a home says of its newest experiment, or of the newest of this name; None where there
    is none yet. Read with the product's queries."""
    from workbench.results.leaderboard import leaderboard_to_json
    from workbench.store.answers import find_answers
    from workbench.store.database import open_store
    from workbench.store.experiments import list_experiments
    from workbench.store.ledger import get_spend
    from workbench.store.sharing.lost_calls import get_doubt

    store = open_store(place.store_address)
    try:
        found = [row for row in list_experiments(store) if name in (None, row.name)]
        if not found:
            return None
        answers = {
            (a.trial_name, a.question.id, a.repeat): (a.text, {s.name: s.value for s in a.scores})
            for a in find_answers(store, found[0].id, limit=None)
            if a.state == "ok"
        }
        board = without_times(leaderboard_to_json(store, found[0].id), found[0].id)
        del board["name"]
        board["trials"].sort(key=lambda trial: trial["name"])
        spend = get_spend(store)
        charged = spend.spent_usd + get_doubt(store).usd
        return Ended(board, answers, spend.calls, found[0].state, charged)
    finally:
        store.dispose()


def without_times(value: Any, experiment_id: str) -> Any:
    """The same without times and what they decide, and without the id that names of trials begin with."""
    if isinstance(value, dict):
        left_out = TIMES + ORDERED_BY_TIME
        return {k: without_times(v, experiment_id) for k, v in value.items() if k not in left_out}
    if isinstance(value, list):
        return [without_times(v, experiment_id) for v in value]
    if isinstance(value, str):
        return value.replace(experiment_id, "")
    return round(value, 9) if isinstance(value, float) else value


def undisturbed(
    server: LatencyServer,
    latency: float = LATENCY_SECONDS,
    written: dict[str, Any] | None = None,
    make_place: MakePlace = workplace,
) -> Ended:
    """What an experiment leaves that nothing disturbs: the one of this benchmark, or another."""
    server.behave(latency_seconds=latency)
    with make_place() as place:
        outcome = place.run(written or content(server.base_url))
        found = look(place)
        if outcome.exit_code or found is None or found.state != "done":
            raise RuntimeError(f"The undisturbed run failed: {outcome.errors[-2000:]}")
        return found


def wait_for(process: subprocess.Popen[str], server: LatencyServer, requests: int, seconds: float) -> None:
    """Wait until so many seconds after the server has got so many requests, or the process has ended."""
    while process.poll() is None and server.count() < requests:
        time.sleep(0.01)
    time.sleep(seconds)


def kill_at(process: subprocess.Popen[str], server: LatencyServer, requests: int, seconds: float) -> None:
    """Kill a process so many seconds after the server has got so many requests."""
    wait_for(process, server, requests, seconds)
    process.kill()
    process.communicate()


def disturbed(
    server: LatencyServer, calm: Ended, kills: int, chance: random.Random, make_place: MakePlace = workplace
) -> Disturbed:
    """One run on a home of its own, killed so often at random moments of its work, and resumed."""
    server.behave(latency_seconds=LATENCY_SECONDS)
    in_flight: list[int] = []
    then: Answers = {}
    with make_place() as place:
        path = str(place.write(content(server.base_url)))
        for _ in range(kills):
            at = chance.randint(server.count(), calm.calls)
            wait = chance.uniform(0, 2 * LATENCY_SECONDS if at else START_SECONDS)
            kill_at(place.start("run", path, "--json"), server, at, wait)
            seen = look(place) if (place.home / "workbench.db").exists() else None
            time.sleep(2 * LATENCY_SECONDS)  # the server counts what is still on its way to it
            in_flight.append(server.count() - (seen.calls if seen else 0) - sum(in_flight))
            then |= seen.answers if seen else {}
        if seen is None or seen.state != "done":
            place.command("run", path)
        end = look(place)
        again = server.count() - calm.calls
    assert end is not None
    return Disturbed(kills, len(then), lost_of(then, end), tuple(in_flight), again, difference(calm, end))


def lost_of(then: Answers, end: Ended) -> int:
    """How many answers that were stored then are gone or others in the end."""
    return sum(end.answers.get(key) != value for key, value in then.items())


def difference(calm: Ended, end: Ended) -> str:
    """What is not as in an undisturbed run, in words, or ""."""
    if end.state != "done":
        return f"it ended as {end.state}"
    if end.answers != calm.answers:
        return f"{sum(calm.answers.get(k) != v for k, v in end.answers.items())} answers differ"
    keys = [key for key in calm.leaderboard if end.leaderboard.get(key) != calm.leaderboard[key]]
    return f"the leaderboard differs: {', '.join(keys)}" if keys else ""


def measure(options: argparse.Namespace) -> list[Figure]:
    chance = random.Random(options.seed)
    runs: list[Disturbed] = []
    with LatencyServer(latency_seconds=LATENCY_SECONDS) as server:
        calm = undisturbed(server)
        say(f"undisturbed: {len(calm.answers)} answers, {calm.calls} calls")
        for number in range(5 if options.quick else RUNS):
            # Every third run is killed again while it resumes.
            run = disturbed(server, calm, 2 if number % 3 == 2 else 1, chance)
            runs.append(run)
            say(
                f"{number + 1}: killed at {run.answers_then} answers, {list(run.in_flight)} in flight; lost "
                f"{run.lost}, sent again {run.again}; {run.differs or 'the same in the end'}"
            )
    kills = sum(r.kills for r in runs)
    busy = sum(n > 0 for r in runs for n in r.in_flight)
    note = f"{kills} kills in {len(runs)} runs, {busy} of them with calls in flight"
    at_kills = sum(sum(r.in_flight) for r in runs)
    paid = f"{sum(r.again for r in runs)} were sent again, {at_kills} were in flight"
    differ = sum(bool(r.differs) for r in runs)
    return [
        zero("committed answers lost", sum(r.lost for r in runs), note),
        zero("calls paid again beyond those in flight", sum(r.beyond for r in runs), paid),
        zero("runs that end otherwise than an undisturbed one", differ, "times left out"),
    ]


def zero(name: str, value: int, note: str) -> Figure:
    """A figure that must be 0."""
    return Figure(name, value, bar=0, at_most=True, digits=0, note=note)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=7, help="of the moments")


if __name__ == "__main__":
    sys.exit(run_alone(Path(__file__).stem, measure, __doc__, _add_options))
