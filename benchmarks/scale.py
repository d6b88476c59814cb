"""Whether a long experiment stays as small and as fast as it began: memory and rate over 100,000 answers.
Knows nothing about how the engine works: it watches a process of the command line.

    python -m benchmarks.scale      about 15 minutes; --quick a twentieth of it
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, run_alone, say
from benchmarks.latency_server import LatencyServer
from benchmarks.runs import (
    Outcome,
    Sample,
    experiment,
    prompts,
    retrieval,
    served_model,
    workplace,
)

LATENCY_SECONDS = 0.05
QUESTIONS = 200
RETRIEVALS = retrieval(chunk_tokens=[64, 128], retriever=["keyword", "hybrid"], top_k=[1, 2, 3, 4, 5])
SETTINGS = 20
MOST_MEGABYTES = 600
TENTHS = 10


def rates_by_tenth(seconds: Sequence[float]) -> list[float]:
    """Calls a second in each tenth of the calls. seconds: when each came, in order."""
    ends = [seconds[min(len(seconds) - 1, len(seconds) * n // TENTHS)] for n in range(TENTHS + 1)]
    return [len(seconds) / TENTHS / (end - start) for start, end in zip(ends[:-1], ends[1:], strict=True)]


def cpu_by_tenth(seconds: Sequence[float], samples: Sequence[Sample]) -> list[float]:
    """Milliseconds of processor time a call in each tenth: what a busy neighbour cannot slow down."""
    ends = [seconds[min(len(seconds) - 1, len(seconds) * n // TENTHS)] for n in range(TENTHS + 1)]
    at = np.interp(ends, [s.seconds for s in samples], [s.cpu_seconds for s in samples])
    return [float(x) for x in np.diff(at) * 1000 * TENTHS / len(seconds)]


def memory_by_tenth(seconds: Sequence[float], samples: Sequence[Sample]) -> list[float]:
    """Resident megabytes at the end of each tenth of the calls."""
    ends = [seconds[min(len(seconds) - 1, len(seconds) * n // TENTHS)] for n in range(1, TENTHS + 1)]
    return [float(x) for x in np.interp(ends, [s.seconds for s in samples], [s.megabytes for s in samples])]


def run_long(answers: int, scores: list[str]) -> tuple[Outcome, list[float]]:
    """(the command's outcome, when each call came): an experiment of so many answers, no two alike."""
    manners = math.ceil(answers / (SETTINGS * QUESTIONS))
    with LatencyServer(latency_seconds=LATENCY_SECONDS) as server, workplace() as place:
        content = experiment(
            prompts=prompts(manners), retrieval=RETRIEVALS, models=[served_model(server.base_url)],
            questions={"limit": answers // (SETTINGS * manners)}, scores=scores,
        )  # fmt: skip
        outcome = place.run(content, sampled=True)
        status = outcome.status
        if outcome.exit_code or status["failed_answers"]:
            raise RuntimeError(f"The experiment did not end well: {status}\n{outcome.errors[-2000:]}")
        return outcome, [request.seconds for request in server.log()]


def figures_of(name: str, outcome: Outcome, seconds: Sequence[float]) -> list[Figure]:
    rates, memory = rates_by_tenth(seconds), memory_by_tenth(seconds, outcome.samples)
    cpu = cpu_by_tenth(seconds, outcome.samples)
    answers = outcome.status["answers"]
    say(f"{name}: {answers} answers, {len(seconds)} calls in {outcome.seconds:.0f} s")
    say(f"  calls a second by tenth: {' '.join(f'{r:.0f}' for r in rates)}")
    say(f"  CPU ms a call by tenth:  {' '.join(f'{c:.1f}' for c in cpu)}")
    say(f"  megabytes by tenth:      {' '.join(f'{m:.0f}' for m in memory)}")
    peak = max(s.megabytes for s in outcome.samples)
    speed = f"{rates[-1]:.0f} calls a second; CPU a call {cpu[-1]:.1f} ms, in the first {cpu[0]:.1f}"
    aside = max(s.children_megabytes for s in outcome.samples)
    return [
        Figure(f"{name}: peak memory, MB", peak, bar=MOST_MEGABYTES, at_most=True, digits=0,
               note=f"{answers} answers in {outcome.seconds:.0f} s; its statistics, aside: {aside:.0f} MB"),
        Figure(f"{name}: memory at the end, of that after two tenths", memory[-1] / memory[1], bar=1.15,
               at_most=True, note="flat is 1; the first tenths import, index and open connections"),
        Figure(f"{name}: rate, last tenth of the first's", rates[-1] / rates[0], bar=0.9,
               note=speed),
    ]  # fmt: skip


def measure(options: argparse.Namespace) -> list[Figure]:
    part = options.answers / 100_000 if options.answers else 1 / 20 if options.quick else 1.0
    plain = run_long(round(100_000 * part), ["retrieval", "refusal"])
    found = figures_of("100,000 answers" if part == 1 else f"{part:g} of 100,000", *plain)
    # Below 4,000 answers there is nothing to see.
    grounded = run_long(4_000 if part < 1 else 5_000, ["grounding", "retrieval", "refusal"])
    return found + figures_of("5,000 with grounding", *grounded)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--answers", type=int, help="instead of 100,000")


if __name__ == "__main__":
    sys.exit(run_alone(Path(__file__).stem, measure, __doc__, _add_options))
