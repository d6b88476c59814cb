"""What a benchmark reports, where public data lie, and how a benchmark runs alone.
Knows nothing about what is measured."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
SKIPPED = "skipped: data set not found"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. low, high: its 95 % interval, where there is one.  bar: the least it must
    reach (with `at_most`: the most it may be), where there is one.  note: what it must be read beside."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    bar: float | None = None
    digits: int = 3
    note: str = ""
    at_most: bool = False

    @property
    def verdict(self) -> str:
        if self.bar is None:
            return ""
        if self.at_most:
            return "ok" if self.value <= self.bar else "above"
        return "ok" if self.value >= self.bar else "below"


class DataNotFound(Exception):
    """A benchmark's public data are not beside the checkout."""


def find_data(*names: str) -> list[Path]:
    """Files by their path under the data folder. Raises DataNotFound when any is absent."""
    paths = [DATA / name for name in names]
    if not all(path.is_file() for path in paths):
        raise DataNotFound(names[0].split("/")[0])
    return paths


def write_figures(path: Path, figures: Sequence[Figure]) -> None:
    path.write_text(json.dumps([asdict(figure) for figure in figures]), encoding="utf-8")


def read_figures(path: Path) -> list[Figure]:
    return [Figure(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def table(rows: Sequence[tuple[str, Figure]]) -> str:
    """Lines of: benchmark, figure, value, interval, bar, verdict, note."""
    cells = [("benchmark", "figure", "value", "95 %", "bar", "", "beside it")]
    for benchmark, figure in rows:
        d = figure.digits
        interval = "" if figure.low is None else f"{figure.low:.{d}f}-{figure.high:.{d}f}"
        bar = "" if figure.bar is None else f"{'≤ ' * figure.at_most}{figure.bar:.2f}"
        value = f"{figure.value:.{d}f}"
        cells.append((benchmark, figure.name, value, interval, bar, figure.verdict, figure.note))
    widths = [max(len(row[i]) for row in cells) for i in range(6)]
    lines = []
    for row in cells:
        aligned = [f"{cell:{side}{width}}" for cell, side, width in zip(row, "<<>>><", widths, strict=False)]
        lines.append("  ".join([*aligned, row[6]]).rstrip())
    return "\n".join(lines)


def run_alone(
    name: str,
    measure: Callable[[argparse.Namespace], Sequence[Figure]],
    description: str | None,
    add_options: Callable[[argparse.ArgumentParser], object] = lambda _: None,
) -> int:
    """A benchmark's command line: exit 0 unless a figure is below its bar; absent data are said plainly.

    --quick takes small samples and judges nothing: their figures are noise.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="small samples, to see that it runs")
    parser.add_argument("--figures", type=Path, metavar="FILE", help="write the figures as JSON, too")
    add_options(parser)
    options = parser.parse_args()
    try:
        figures = measure(options)
    except DataNotFound as absent:
        print(f"{name}: {SKIPPED} ({absent}; see benchmarks/README.md)")
        return 0
    if options.figures:
        write_figures(options.figures, figures)
    print("\n" + table([(name, figure) for figure in figures]))
    below = any(figure.verdict in ("below", "above") for figure in figures)
    return int(below and not options.quick)


def say(text: str = "") -> None:
    """Progress, seen at once also where the output is a file."""
    print(text, flush=True, file=sys.stdout)
