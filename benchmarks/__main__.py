"""Runs the benchmarks one after another, each in a process of its own, and prints one table of figures.
Knows nothing about what they measure.

    python -m benchmarks [NAME ...] [--quick]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, read_figures, say, table

# In this order: speed first, while the machine is cool; the long ones last.
NAMES = (
    "first_page", "embedding", "machine_time", "workbooks", "vector_index", "sparse", "large_corpus",
    "planning", "event_loop", "statistics", "liked", "gate", "throughput", "storm", "reuse", "judging",
    "search", "squad_extraction", "retrieval", "retrieval_axes", "follow_ups", "chunk_contexts",
    "free_axes", "context_grid", "several_texts", "drafting", "correctness", "grounding", "copies",
    "labelled_answers", "refusals", "prompt_optimisation", "toxicity", "bbq", "route", "pages",
    "matrix", "watch", "check", "training_data", "at_once", "faults", "request_log", "writers", "serve",
    "cluster", "cluster_indexing", "cluster_faults", "partition", "scale",
)  # fmt: skip
PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Outcome:
    """figures: none where data are absent or it failed.  exit_code: the process's."""

    name: str
    figures: tuple[Figure, ...]
    exit_code: int

    @property
    def state(self) -> str:
        """Without figures: why there are none."""
        return "failed: see its output above" if self.exit_code else "skipped: its output above says why"


def run_one(name: str, quick: bool, folder: Path) -> Outcome:
    file = folder / f"{name}.json"
    command = [sys.executable, "-m", f"benchmarks.{name}", "--figures", str(file)]
    started = time.perf_counter()
    say(f"== {name}")
    done = subprocess.run(command + ["--quick"] * quick, cwd=PROJECT, check=False)
    say(f"== {name}: {time.perf_counter() - started:.0f} s\n")
    figures = tuple(read_figures(file)) if file.exists() else ()
    return Outcome(name, figures, done.returncode)


def main() -> int:
    """Exit 0; 1 when a benchmark failed or a figure is below its bar (with --quick only when one failed)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Run the benchmarks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all without any")
    parser.add_argument("--quick", action="store_true", help="small samples, to see that they run")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}: there are {', '.join(NAMES)}")
    with tempfile.TemporaryDirectory() as folder:
        outcomes = [run_one(name, options.quick, Path(folder)) for name in options.names or NAMES]
    rows = [(one.name, figure) for one in outcomes for figure in one.figures]
    if rows:
        say(table(rows))
    for one in outcomes:
        if not one.figures:
            say(f"{one.name}  {one.state}")
    if options.quick:
        say("--quick: small samples, so these figures are noise.")
    return int(any(one.exit_code for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
