"""Says how many drafts by rules were right when they were read one by one, from the verdicts that were kept.
Knows nothing about how drafts are made and what makes one right.

    python -m benchmarks.drafting_right

labelled/draft_verdicts*.jsonl, one file per reader, have one line per draft: corpus, id, kind, verdict,
reason, and the words where the documents' licence is the project's own. reading: 1 of the rules as they
were; each further one of other drafts, made with another seed, after the mistakes of the one before were
mended; from 4 on by readers who had no part in the rules."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.figures import Figure, run_alone
from workbench.analysis.wilson import wilson_bounds
from workbench.corpus.draft_types import UNANSWERABLE

VERDICTS = Path(__file__).parent / "labelled"
BAR, BAR_UNANSWERABLE = 0.9, 0.95
READINGS = {
    1: "first reading", 2: "after mending", 3: "after mending again", 4: "fresh and stricter readers",
    5: "after mending what they found", 6: "other readers, search words too",
    7: "after mending what these found",
}  # fmt: skip


def read_verdicts() -> list[dict[str, str | int]]:
    files = sorted(VERDICTS.glob("draft_verdicts*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def measure(_: argparse.Namespace) -> list[Figure]:
    rows = read_verdicts()
    figures = []
    for reading, name in READINGS.items():
        read = [row for row in rows if row["reading"] == reading]
        for corpus in dict.fromkeys(str(row["corpus"]) for row in read):
            own = [row for row in read if row["corpus"] == corpus]
            figures.append(_share(f"{name}, {corpus}", own, BAR))
        for kind, _count in Counter(str(row["kind"]) for row in read).most_common():
            own = [row for row in read if row["kind"] == kind]
            figures.append(_share(f"{name}, {kind}", own, BAR_UNANSWERABLE if kind == UNANSWERABLE else None))
    return figures


def _share(name: str, rows: Iterable[Mapping[str, str | int]], bar: float | None) -> Figure:
    verdicts = [row["verdict"] for row in rows]
    right = verdicts.count("right")
    low, high = wilson_bounds(right / len(verdicts), len(verdicts))
    return Figure(name, right / len(verdicts), low, high, bar, 2, f"{right} of {len(verdicts)} right")


if __name__ == "__main__":
    raise SystemExit(run_alone("drafting_right", measure, __doc__))
