"""Answers that language models wrote, with people's labels: ExpertQA's claims, FaithBench's summaries.
Knows nothing about how grounding is scored; the data lie outside.

expertqa/: domain_test, domain_val, rand_test and rand_val.jsonl.gz, from data/lfqa of
github.com/chaitanyamalaviya/ExpertQA (Malaviya et al. 2023, MIT).
faithbench/: FaithBench.csv, from assign of github.com/forrestbao/FaithBench (Bao et al. 2024). It names no
licence. Nothing is fitted on either.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Callable

from benchmarks.figures import find_data
from benchmarks.grounding_sets import Judged

_LEAST_EVIDENCE = 200  # characters; shorter is an address without the page's text
_ADDRESS = re.compile(r"^\s*(?:\[\d+\]:?\s*)?\S*https?://\S+\s*")


def load_expertqa() -> list[Judged]:
    """1,690 sentences of answers by GPT-4 and Bing against the text that they cite: completely supported, or
    partially, or not. An expert of the field labelled each."""
    names = ("domain_test", "domain_val", "rand_test", "rand_val")
    rows: dict[tuple[str, str], Judged] = {}
    for path in find_data(*(f"expertqa/{name}.jsonl.gz" for name in names)):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                question = json.loads(line)
                for answer in question["answers"].values():
                    for claim in answer["claims"]:
                        evidence = tuple(
                            _ADDRESS.sub("", text)
                            for text in claim["evidence"]
                            if len(text) > _LEAST_EVIDENCE
                        )
                        if evidence and claim["support"] in ("Complete", "Partial", "Incomplete"):
                            rows[question["question"], claim["claim_string"]] = Judged(
                                claim["claim_string"],
                                evidence,
                                claim["support"] == "Complete",
                                question["question"],
                                question["question"],
                            )
    return list(rows.values())


def load_faithbench() -> list[Judged]:
    """800 summaries by ten models of passages on which detectors disagree: none of the annotators marked an
    unwanted or questionable addition, or one did."""
    (path,) = find_data("faithbench/FaithBench.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            Judged(
                row["summary"],
                (row["source"],),
                row["worst-label"] in ("Consistent", "Benign"),
                row["source"],
            )
            for row in csv.DictReader(lines)
        ]


MODEL_ANSWERS: dict[str, tuple[Callable[[], list[Judged]], str]] = {
    "ExpertQA": (load_expertqa, "expertqa"),
    "FaithBench": (load_faithbench, "faithbench"),
}
