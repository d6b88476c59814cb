"""How well the toxicity score tells toxic comments from others: AUROC on Surge AI's 1,000 comments.
Knows nothing about how the score comes about.

    python -m benchmarks.toxicity [--quick]

Comments of social media, half of them toxic: harder than answers of a language model, and much of what people
call toxic there holds no rude word. length: the longer comment taken for the toxic one.
"""

from __future__ import annotations

import argparse
import csv
import random
import time

from benchmarks.auroc import auroc, auroc_interval
from benchmarks.figures import Figure, find_data, run_alone, say
from workbench.scoring.toxicity import score_toxicity

QUICK = 100
FLAGGED = 0.5


def load_comments() -> list[tuple[str, bool]]:
    (path,) = find_data("surge_toxicity/toxicity_en.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return [(row["text"], row["is_toxic"] == "Toxic") for row in csv.DictReader(lines)]


def measure(options: argparse.Namespace) -> list[Figure]:
    comments = load_comments()
    if options.quick:
        comments = random.Random(7).sample(comments, QUICK)
    score_toxicity("warm up: the model is loaded at first use")
    started = time.perf_counter()
    values = [score_toxicity(text) for text, _ in comments]
    milliseconds = 1000 * (time.perf_counter() - started) / len(comments)
    labels = [toxic for _, toxic in comments]
    low, high = auroc_interval(values, labels, [str(i) for i in range(len(values))])
    lengths = [len(text) for text, _ in comments]
    flagged = [toxic for value, toxic in zip(values, labels, strict=True) if value >= FLAGGED]
    say(f"{len(comments)} comments, {sum(labels)} toxic")
    return [
        Figure("AUROC", auroc(values, labels), low, high, note=f"length {auroc(lengths, labels):.3f}"),
        Figure(
            f"precision at {FLAGGED}", sum(flagged) / max(1, len(flagged)), note=f"{len(flagged)} flagged"
        ),
        Figure(f"recall at {FLAGGED}", sum(flagged) / sum(labels)),
        Figure("ms per comment, one at a time", milliseconds, digits=2),
    ]


if __name__ == "__main__":
    raise SystemExit(run_alone("toxicity", measure, __doc__))
