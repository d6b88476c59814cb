"""Kills (-9) a worker, the coordinator, the scheduler or PostgreSQL in the middle of runs on a cluster, and
counts what was lost or paid again. Knows nothing about how they come back: it compares runs with a calm one.

    python -m benchmarks.cluster_faults [--parts worker,postgresql] [--kills 20] [--in-each-run 4]

About half an hour on a quiet machine of two cores.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.cluster import cluster_of, twice_asked
from benchmarks.faults import Answers, Ended, difference, look, lost_of, undisturbed, zero
from benchmarks.figures import Figure, run_alone, say
from benchmarks.latency_server import LatencyServer
from benchmarks.runs import PROJECT, Workplace, experiment, prompts, retrieval, served_model, workplace
from tests.postgresql_server import Server, running_server
from workbench.cluster.local_cluster import StartedCluster

KILLS, KILLS_IN_EACH_RUN = 20, 4
WORKERS, CONCURRENCY, LATENCY_SECONDS = 2, 6, 0.3
STARTS = 8
"""So often a run is started before it counts as one that does not end."""
LOST_USD = WORKERS * CONCURRENCY * 0.001
"""What calls that were under way in all workers can have cost: so much room each kill needs in the budget."""
AWAY_SECONDS = 3.0
"""For so long at most a database is away before it is started again."""
END_SECONDS = 1800.0


def content(base_url: str, budget_usd: float | None = None) -> dict[str, Any]:
    """About 100 answers with a held-out final. No two of them share a call."""
    return experiment(
        corpus=str(PROJECT / "corpora" / "first-steps"), prompts=prompts(4), holdout=0.3,
        retrieval=retrieval(top_k=[1, 2]),
        models=[served_model(base_url, limits={"concurrency": CONCURRENCY})],
        scores=["grounding", "correctness", "retrieval", "refusal"], objective={"maximize": "correctness"},
        budget_usd=budget_usd,
    )  # fmt: skip


@dataclass
class Site:
    """A run on a cluster and a database of its own. Made by `site`."""

    server: LatencyServer
    database: Server
    place: Workplace
    path: str
    chance: random.Random
    stack: ExitStack
    cluster: StartedCluster = field(init=False)
    process: subprocess.Popen[str] = field(init=False)
    """The run's."""
    messages: list[str] = field(default_factory=list)
    """What the run said when it paused."""

    def start(self) -> None:
        """Start the run, or resume it, on a cluster that is whole."""
        self.process = self.place.start("run", self.path, "--cluster", self.cluster.address, "--json")

    def start_cluster(self) -> None:
        self.cluster = self.stack.enter_context(cluster_of(self.place, WORKERS))

    def wait_for(self, requests: int, seconds: float) -> None:
        """Wait until so many seconds after the server has got so many requests; resume the run where it has
        paused."""
        while self.server.count() < requests and not self.is_done():
            time.sleep(0.01)
        time.sleep(seconds)

    def is_done(self) -> bool:
        """Whether the run is. Where it has ended before that it is started again."""
        if self.process.poll() is None:
            return False
        _, errors = self.process.communicate()
        found = look(self.place)
        if found is not None and found.state == "done":
            return True
        self.messages.append(" ".join(errors.split())[-300:])
        say(f"  it is started again after: {self.messages[-1]}")
        if "Traceback" in errors or len(self.messages) > STARTS:
            raise RuntimeError(f"The run does not go on: {errors[-3000:]}")
        if self.cluster.has_ended:
            self.start_cluster()
        self.start()
        return False

    def wait_until_done(self) -> None:
        """Raises RuntimeError when it takes longer than END_SECONDS."""
        until = time.monotonic() + END_SECONDS
        while not self.is_done():
            if time.monotonic() > until:
                raise RuntimeError(f"The run does not end: {self.server.count()} calls, {self.messages}")
            time.sleep(0.1)

    def workers(self) -> list[int]:
        """The living processes of workers that take part in the run."""
        from workbench.store.database import open_store
        from workbench.store.processes import owner_is_gone
        from workbench.store.sharing.participants import list_participants

        everybody = list_participants(open_store(self.place.store_address))
        names = [one.name for one in everybody if one.role == "cluster worker"]
        return [process_of(name) for name in names if not owner_is_gone(name)]


def count_in_flight(place: Workplace, is_cut_off: Callable[[str], bool]) -> int:
    """Calls that those who are cut off have claimed and not stored. is_cut_off: whether somebody of this name
    is."""
    from sqlmodel import select

    from workbench.store.database import open_store
    from workbench.store.sharing.tables import ClaimRow, LostCallRow

    with open_store(place.store_address).read() as session:
        found = {
            (row.key, row.holder)
            for table in (ClaimRow, LostCallRow)
            for row in session.exec(select(table))
            if is_cut_off(row.holder)
        }
    return len(found)


def process_of(name: str) -> int:
    """The process of a participant."""
    return int(name.rsplit(":", 2)[1].partition(".")[0])


def kill_worker(site: Site) -> set[int]:
    if not (found := site.workers()):
        return set()
    chosen = site.chance.choice(found)
    with suppress(ProcessLookupError):
        os.kill(chosen, signal.SIGKILL)
    return {chosen}


def kill_coordinator(site: Site) -> set[int]:
    site.process.kill()
    site.process.wait()
    return {site.process.pid}


def kill_scheduler(site: Site) -> set[int]:
    site.cluster.scheduler.kill()
    site.cluster.scheduler.wait()
    return set()


def kill_postgresql(site: Site) -> set[int]:
    site.database.stop()
    time.sleep(site.chance.uniform(0, AWAY_SECONDS))
    site.database.start()
    return set()


KILLERS: dict[str, Callable[[Site], set[int]]] = {
    "worker": kill_worker, "coordinator": kill_coordinator, "scheduler": kill_scheduler,
    "postgresql": kill_postgresql,
}  # fmt: skip
"""Each returns the processes that it killed whose calls may be paid again."""


@dataclass(frozen=True, slots=True)
class Disturbed:
    """One run that was disturbed."""

    kills: int
    then: int
    """Answers that were stored at the last kill."""
    lost: int
    in_flight: int
    """Calls that were under way in what was killed."""
    twice: int
    """Calls that the server got a second time."""
    over_usd: float
    """By how much the budget was exceeded, lost calls at their worst."""
    differs: str
    """What is not as in a calm run, or ""."""
    messages: tuple[str, ...]


@contextmanager
def site(
    server: LatencyServer, database: Server, written: dict[str, Any], chance: random.Random
) -> Iterator[Site]:
    """A run that has just been started."""
    url = database.make_database()
    with workplace(url) as place, ExitStack() as stack:
        made = Site(server, database, place, str(place.write(written)), chance, stack)
        made.start_cluster()
        made.start()
        try:
            yield made
        finally:
            made.process.kill()
            made.process.wait()


def disturbed(
    server: LatencyServer, database: Server, calm: Ended, part: str, kills: int, chance: random.Random
) -> Disturbed:
    """One run in which something is killed so often, at random moments of its work."""
    server.behave(latency_seconds=LATENCY_SECONDS)
    written = content(server.base_url, budget_usd=calm.charged_usd + kills * LOST_USD)
    then: Answers = {}
    in_flight = done = 0
    with site(server, database, written, chance) as run:
        for moment in sorted(chance.sample(range(1, calm.calls), kills)):
            run.wait_for(moment, chance.uniform(0, LATENCY_SECONDS))
            if run.is_done():
                break
            killed = KILLERS[part](run)
            done += 1
            in_flight += count_in_flight(run.place, lambda name, killed=killed: process_of(name) in killed)
            seen = look(run.place)
            then |= seen.answers if seen else {}
        run.wait_until_done()
        end = look(run.place)
    assert end is not None
    over = max(0.0, end.charged_usd - written["budget_usd"])
    twice = twice_asked(server.log())
    return Disturbed(
        done,
        len(then),
        lost_of(then, end),
        in_flight,
        twice,
        over,
        difference(calm, end),
        tuple(run.messages),
    )


def measure_part(part: str, kills: int, in_each_run: int, chance: random.Random) -> list[Figure]:
    """Runs until so many kills were made."""
    runs: list[Disturbed] = []
    with LatencyServer() as server, running_server(safe=True) as database:
        calm = undisturbed(server, LATENCY_SECONDS, content(server.base_url))
        say(f"{part}, undisturbed: {len(calm.answers)} answers, {calm.calls} calls")
        while (left := kills - sum(run.kills for run in runs)) > 0:
            began = time.monotonic()
            run = disturbed(server, database, calm, part, min(left, in_each_run), chance)
            runs.append(run)
            say(
                f"{part} {len(runs)}, {time.monotonic() - began:.0f} s: {run.kills} kills, the last at "
                f"{run.then} answers; lost {run.lost}, in flight {run.in_flight}, twice {run.twice}; "
                f"{run.differs or 'the same in the end'}; started again {len(run.messages)} times"
            )
    note = f"{sum(run.kills for run in runs)} kills in {len(runs)} runs"
    paid = f"{sum(r.twice for r in runs)} were paid twice, {sum(r.in_flight for r in runs)} were in flight"
    paused = sum(bool(run.messages) for run in runs)
    return [
        zero(f"{part}: answers lost", sum(run.lost for run in runs), note),
        zero(
            f"{part}: calls paid again beyond those in flight",
            sum(max(0, run.twice - run.in_flight) for run in runs), paid,
        ),
        zero(
            f"{part}: runs that end otherwise than an undisturbed one", sum(bool(r.differs) for r in runs),
            f"{paused} were started again",
        ),
        zero(f"{part}: runs over their budget", sum(run.over_usd > 1e-9 for run in runs), "lost calls count"),
    ]  # fmt: skip


def measure(options: argparse.Namespace) -> list[Figure]:
    chance = random.Random(options.seed)
    kills = 2 if options.quick else options.kills
    return [
        figure
        for part in options.parts.split(",")
        for figure in measure_part(part, kills, options.in_each_run, chance)
    ]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--parts", default=",".join(KILLERS), help=f"what is killed: {', '.join(KILLERS)}")
    parser.add_argument("--kills", type=int, default=KILLS, help="of each part")
    parser.add_argument("--in-each-run", type=int, default=KILLS_IN_EACH_RUN, help="kills in one run")
    parser.add_argument("--seed", type=int, default=7, help="of the moments")


if __name__ == "__main__":
    sys.exit(run_alone(Path(__file__).stem, measure, __doc__, _add_options))
