"""Disconnects one of two machines for 30 seconds during a run, and counts what was lost or paid twice.
Knows nothing about how they find together again: it compares runs with an undisturbed one.

    sudo python -m benchmarks.partition      about five minutes

The machines are two network namespaces with names of their own, joined by a bridge to this one, which has
PostgreSQL and the model server. That needs root and the programs ip and unshare.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.cluster import twice_asked
from benchmarks.cluster_faults import content, count_in_flight
from benchmarks.faults import Answers, Ended, difference, look, lost_of, undisturbed, zero
from benchmarks.figures import Figure, run_alone, say
from benchmarks.latency_server import LatencyServer
from benchmarks.runs import Workplace, workplace
from tests.postgresql_server import Server, running_server
from workbench.cluster.local_cluster import DASK

NETWORK, HERE = "10.87.43.0/24", "10.87.43.1"
BRIDGE = "workbench0"
LATENCY_SECONDS = 0.5
AWAY_SECONDS = 30.0
END_SECONDS = 600.0
SCHEDULER_PORT = "8786"
PRELOAD = "workbench.cluster.preload"


class CannotMeasure(Exception):
    """This machine has no network namespaces, or does not let this user make any."""


@dataclass
class Machine:
    """A namespace of the network with a host's name of its own."""

    name: str
    number: int

    @property
    def address(self) -> str:
        return f"10.87.43.{self.number + 1}"

    @property
    def link(self) -> str:
        """This side's end of its cable."""
        return f"workbench{self.number}"

    @property
    def before(self) -> list[str]:
        """What stands before a command that it runs."""
        rename = 'hostname "$0" && exec "$@"'
        return ["ip", "netns", "exec", self.name, "unshare", "--uts", "sh", "-c", rename, self.name]

    def connect(self) -> None:
        _ip("netns", "add", self.name)
        _ip("link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("link", "set", self.link, "master", BRIDGE, "up")
        _ip("-n", self.name, "address", "add", f"{self.address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            _ip("-n", self.name, "link", "set", link, "up")

    def owns(self, participant: str) -> bool:
        """Whether a participant of this name runs on it."""
        return participant.startswith(f"{self.name}/")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


@contextmanager
def two_machines() -> Iterator[tuple[Machine, Machine]]:
    """Two machines that reach each other and this one. Raises CannotMeasure."""
    if os.getuid() != 0 or not (shutil.which("ip") and shutil.which("unshare")):
        raise CannotMeasure("it needs root, ip and unshare")
    machines = Machine("machine-a", 1), Machine("machine-b", 2)
    try:
        try:
            _ip("link", "add", BRIDGE, "type", "bridge")
            _ip("address", "add", f"{HERE}/24", "dev", BRIDGE)
            _ip("link", "set", BRIDGE, "up")
            for machine in machines:
                machine.connect()
        except subprocess.CalledProcessError as error:
            raise CannotMeasure(str(error.stderr).strip()) from error
        yield machines
    finally:
        for machine in machines:
            subprocess.run(["ip", "netns", "delete", machine.name], check=False, capture_output=True)
        for link in (BRIDGE, *(machine.link for machine in machines)):
            subprocess.run(["ip", "link", "delete", link], check=False, capture_output=True)


@dataclass(frozen=True)
class Cut:
    """What was there when the cable was pulled."""

    in_flight: int
    """Calls that the machine had claimed and not stored."""
    then: Sequence[Answers]
    """Of each run, the answers that were stored."""


@dataclass
class Run:
    """An experiment that one machine carries out, again where it has paused."""

    place: Workplace
    name: str
    path: str
    options: Sequence[str] = ()
    messages: list[str] = field(default_factory=list)
    """What it said when it paused."""

    @classmethod
    def start(cls, place: Workplace, written: dict[str, Any], *options: str) -> Run:
        run = cls(place, written["name"], str(place.write(written)), ("--trust", HERE, *options))
        run._start()
        return run

    def _start(self) -> None:
        self.process = self.place.start("run", self.path, *self.options, "--json")

    def wait_until_done(self) -> Ended:
        """What it left. Raises RuntimeError when it does not end."""
        until = time.monotonic() + END_SECONDS
        while time.monotonic() < until:
            try:
                _, errors = self.process.communicate(timeout=until - time.monotonic())
            except subprocess.TimeoutExpired:
                self.process.kill()
                break
            found = look(self.place, self.name)
            if found is not None and found.state == "done":
                return found
            self.messages.append(errors.strip().splitlines()[-1])
            say(f"  {self.name} is started again: {self.messages[-1]}")
            self._start()
        raise RuntimeError(f"{self.name} does not end: {self.messages}")


def _content(server: LatencyServer, name: str) -> dict[str, Any]:
    return content(server.base_url.replace("127.0.0.1", HERE)) | {"name": name}


def _cut_off(machine: Machine, runs: Sequence[Run], server: LatencyServer, requests: int) -> Cut:
    """Pull a machine's cable for AWAY_SECONDS once the server has got so many requests."""
    until = time.monotonic() + END_SECONDS
    while server.count() < requests:
        if time.monotonic() > until:
            raise RuntimeError(f"The server got {server.count()} requests only.")
        time.sleep(0.01)
    count_in_flight(runs[0].place, machine.owns)  # the store is open
    _ip("link", "set", machine.link, "down")
    in_flight = count_in_flight(runs[0].place, machine.owns)
    then = [look(run.place, run.name) for run in runs]
    time.sleep(AWAY_SECONDS)
    _ip("link", "set", machine.link, "up")
    return Cut(in_flight, [found.answers if found else {} for found in then])


def measure_two_runs(server: LatencyServer, database: Server, calm: Ended) -> list[Figure]:
    """Runs of equal content on both machines share their calls; one machine is cut off."""
    server.behave(latency_seconds=LATENCY_SECONDS)
    url = database.make_database().replace("127.0.0.1", HERE)
    with two_machines() as (a, b), workplace(url, a.before) as here, workplace(url, b.before) as there:
        runs = [
            Run.start(place, _content(server, name)) for place, name in ((here, "here"), (there, "there"))
        ]
        return _measure("two runs", server, calm, b, runs)


def measure_cluster(server: LatencyServer, database: Server, calm: Ended) -> list[Figure]:
    """A coordinator, its scheduler and a worker on one machine, a worker on the other, which is cut off."""
    server.behave(latency_seconds=LATENCY_SECONDS)
    url = database.make_database().replace("127.0.0.1", HERE)
    with (
        two_machines() as (a, b),
        workplace(url, a.before) as here,
        workplace(url, b.before) as there,
        ExitStack() as stack,
    ):
        address = f"tcp://{a.address}:{SCHEDULER_PORT}"
        for place in (here, there):
            place.variables |= DASK
        for place, program, arguments in (
            (here, "dask_scheduler", ("--host", a.address, "--port", SCHEDULER_PORT)),
            (here, "dask_worker", (address, "--nthreads", "8", "--preload", PRELOAD)),
            (there, "dask_worker", (address, "--nthreads", "8", "--preload", PRELOAD)),
        ):
            log = stack.enter_context((place.folder / f"{program}.log").open("w"))
            module = f"distributed.cli.{program}"
            started = place.start(*arguments, "--no-dashboard", module=module, output=log)
            stack.callback(started.wait)
            stack.callback(started.terminate)
        runs = [Run.start(here, _content(server, "here"), "--cluster", address)]
        return _measure("a cluster", server, calm, b, runs)


def _measure(
    what: str, server: LatencyServer, calm: Ended, machine: Machine, runs: Sequence[Run]
) -> list[Figure]:
    """Cut a machine off in the middle of the runs, and see how they end."""
    try:
        cut = _cut_off(machine, runs, server, calm.calls // 2)
        ends = [run.wait_until_done() for run in runs]
    finally:
        for run in runs:
            run.process.kill()
            run.process.wait()
    twice = twice_asked(server.log())
    differ = [difference(calm, end) for end in ends]
    lost = sum(lost_of(then, end) for then, end in zip(cut.then, ends, strict=True))
    stored = sum(len(answers) for answers in cut.then)
    paused = [message for run in runs for message in run.messages]
    say(f"{what}: cut off at {stored} answers, {cut.in_flight} in flight; {twice} twice; {differ} {paused}")
    return [
        zero(f"{what}: answers lost", lost, f"{stored} were stored when the cable was pulled for 30 s"),
        zero(f"{what}: calls paid twice beyond those in flight there", max(0, twice - cut.in_flight),
             f"{twice} were paid twice, {cut.in_flight} were in flight"),
        zero(f"{what}: runs that end otherwise than an undisturbed one", sum(map(bool, differ)),
             f"{len(paused)} times a run paused and was resumed"),
    ]  # fmt: skip


def measure(options: argparse.Namespace) -> list[Figure]:
    try:
        with two_machines():
            pass
    except CannotMeasure as error:
        say(f"partition: skipped: {error}")
        return []
    with LatencyServer("0.0.0.0") as server, running_server(safe=True, network=NETWORK) as database:
        calm = undisturbed(server, LATENCY_SECONDS, content(server.base_url))
        say(f"undisturbed: {len(calm.answers)} answers, {calm.calls} calls")
        return [*measure_two_runs(server, database, calm), *measure_cluster(server, database, calm)]


if __name__ == "__main__":
    sys.exit(run_alone(Path(__file__).stem, measure, __doc__))
