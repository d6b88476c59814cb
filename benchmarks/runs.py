"""Experiments on a home of their own, run by the product's entry points, and how much memory that takes.
Knows nothing about what is measured."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PROJECT = Path(__file__).resolve().parents[1]
CORPUS = PROJECT / "corpora" / "harbor-support"
EMBEDDED = "embedded/minilm"
SAMPLE_SECONDS = 0.5


def prompts(count: int, tag: str = "") -> list[dict[str, Any]]:
    """Prompts that differ in a word, so that every one of them makes requests of its own."""
    template = "Passages:\n\n{passages}\n\nQuestion: {question}\n\nAnswer in the manner "
    return [{"name": f"manner-{tag}{n}", "template": f"{template}{tag}{n}."} for n in range(count)]


def served_model(base_url: str, served: str = "stub-a", **fields: Any) -> dict[str, Any]:
    limits = {"concurrency": 32, "timeout_seconds": 30} | fields.pop("limits", {})
    return {
        "name": fields.pop("name", served), "base_url": base_url, "model": served, "max_tokens": 60,
        "price": {"input_per_million": 1.0, "output_per_million": 2.0}, "limits": limits, **fields,
    }  # fmt: skip


def retrieval(**axes: Any) -> dict[str, Any]:
    return {
        "splitter": ["markdown"], "chunk_tokens": [128], "chunk_overlap": [16], "embedding": [EMBEDDED],
        "retriever": ["keyword"], "top_k": [4],
    } | axes  # fmt: skip


def experiment(**fields: Any) -> dict[str, Any]:
    """An experiment file's content; all questions that are not training's are asked, none is held out."""
    return {
        "name": "measured", "corpus": str(CORPUS), "holdout": 0.0, "scores": ["retrieval", "refusal"],
        "objective": {"maximize": "retrieval_recall"},
    } | fields  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """Of a process. seconds: on this machine's monotonic clock.  megabytes: resident memory.  cpu_seconds:
    of all its threads so far.  children_megabytes: resident memory of the processes it has begun."""

    seconds: float
    megabytes: float
    cpu_seconds: float
    children_megabytes: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """exit_code: negative when a signal ended it.  status: what --json printed, {} when killed."""

    exit_code: int
    status: dict[str, Any]
    seconds: float
    samples: tuple[Sample, ...]
    errors: str


class Workplace:
    """A home, and a folder for experiment files. Commands run in processes of their own.

    database_url: of the shared store; None for the home's own file.
    before: words that stand before each command, such as those that run it in another network namespace.
    """

    def __init__(self, folder: Path, database_url: str | None = None, before: Sequence[str] = ()) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.store_address: Path | str = database_url or self.home / "workbench.db"
        self.variables = {
            "WORKBENCH_HOME": str(self.home),
            # Machine time would make costs, and with them leaderboards, differ from run to run.
            "WORKBENCH_COMPUTE_USD_PER_HOUR": "0",
        } | ({"WORKBENCH_DATABASE_URL": database_url} if database_url else {})
        self._before = list(before)

    def write(self, content: dict[str, Any]) -> Path:
        path = self.folder / f"{content['name']}.yaml"
        path.write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML
        return path

    def start(
        self, *arguments: str, module: str = "workbench", output: int | IO[str] = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        """Start a command of the workbench, or another module. output: where both of its streams go."""
        return subprocess.Popen(
            [*self._before, sys.executable, "-m", module, *arguments], cwd=self.folder, text=True,
            env={**os.environ, "PYTHONPATH": str(PROJECT), **self.variables},
            stdout=output, stderr=output,
        )  # fmt: skip

    def command(self, *arguments: str) -> Any:
        """What a command prints with --json. Raises RuntimeError with its errors when it fails."""
        outcome = self.finish(self.start(*arguments, "--json"))
        if outcome.exit_code:
            raise RuntimeError(f"{' '.join(arguments)}: exit {outcome.exit_code}\n{outcome.errors[-2000:]}")
        return outcome.status

    def run(self, content: dict[str, Any], *, sampled: bool = False) -> Outcome:
        return self.finish(self.start("run", str(self.write(content)), "--json"), sampled=sampled)

    def finish(
        self, process: subprocess.Popen[str], *, sampled: bool = False, kill_after: float | None = None
    ) -> Outcome:
        """Wait for a command's end, or kill it (-9) after so many seconds."""
        started = time.perf_counter()
        samples: list[Sample] = []
        while True:
            wait = SAMPLE_SECONDS if sampled else None
            try:
                out, errors = process.communicate(timeout=wait if kill_after is None else kill_after)
                break
            except subprocess.TimeoutExpired:
                if kill_after is not None:
                    process.send_signal(signal.SIGKILL)
                    kill_after = None
                elif sampled and (sample := take_sample(process.pid)) is not None:
                    samples.append(sample)
        status = json.loads(out) if out.strip() else {}
        return Outcome(process.returncode, status, time.perf_counter() - started, tuple(samples), errors)


def run_here(place: Workplace, content: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """(status, wall seconds) of an experiment in this process, from its file to its leaderboard."""
    from workbench.api import run_experiment
    from workbench.run.background_process import BackgroundProcess

    path = place.write(content)
    statistics = BackgroundProcess()  # as the command line and the app's worker have it
    started = time.perf_counter()
    result = run_experiment(path, home=place.home, run_statistics=statistics)
    seconds = time.perf_counter() - started
    statistics.close()
    if result.state != "done":
        raise RuntimeError(f"The experiment ended as {result.state}: {result.status['message']}")
    return result.status, seconds


def take_sample(process_id: int) -> Sample | None:
    """None where the system does not say (it is Linux's /proc) or the process has ended."""
    place = Path(f"/proc/{process_id}")
    try:
        status = (place / "status").read_text(encoding="utf-8")
        # The second field is a name in brackets; user and system time are the 14th and 15th (man 5 proc).
        fields = (place / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    megabytes, ticks = _resident(status), int(fields[11]) + int(fields[12])
    if megabytes is None:
        return None
    children = sum(_resident(text) or 0.0 for text in _children(place))
    return Sample(time.monotonic(), megabytes, ticks / os.sysconf("SC_CLK_TCK"), children)


def _resident(status: str) -> float | None:
    """Megabytes, from the text of /proc/…/status; None for a process that has ended."""
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(found[0]) / 1024 if found else None


def _children(place: Path) -> Iterator[str]:
    for listed in place.glob("task/*/children"):
        with suppress(OSError):
            for child in listed.read_text(encoding="utf-8").split():
                yield Path(f"/proc/{child}/status").read_text(encoding="utf-8")


@contextmanager
def workplace(database_url: str | None = None, before: Sequence[str] = ()) -> Iterator[Workplace]:
    """A Workplace in a folder that is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="workbench-bench-") as folder:
        yield Workplace(Path(folder), database_url, before)


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
