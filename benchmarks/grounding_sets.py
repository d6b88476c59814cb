"""Public sets of answers with contexts that people have judged: WiCE, BEGIN, SciFact, HaluEval QA.
Knows nothing about how grounding is scored. The data lie outside the repository."""

from __future__ import annotations

import ast
import csv
import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.figures import find_data

# A numpy array of strings as text: string literals after one another, without commas.
_LITERAL = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Judged:
    """group: rows of one group are about the same text."""

    answer: str
    passages: tuple[str, ...]
    supported: bool
    group: str


def _table(
    path: Path, delimiter: str, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL
) -> Iterator[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter=delimiter, quoting=quoting)


def load_wice() -> list[Judged]:
    """349 claims of Wikipedia against the pages they cite, all of it: supported, or partially or not."""
    (path,) = find_data("wice/entailment_claim_dev.jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Judged(
            row["claim"],
            ("\n".join(row["evidence"]),),
            row["label"] == "supported",
            row["meta"]["claim_title"],
        )
        for row in rows
    ]


def load_begin(part: str) -> list[Judged]:
    """Replies of dialogue systems against the knowledge they had: fully attributable, or not (or generic)."""
    (path,) = find_data(f"begin/begin_dev_{part}.tsv.gz")
    return [
        Judged(
            row["response"], (row["knowledge"],), row["begin_label"] == "Fully attributable", row["knowledge"]
        )
        for row in _table(path, "\t", csv.QUOTE_NONE)
    ]


def _read_abstracts(path: Path) -> dict[str, str]:
    def said(literal: str) -> str:
        return literal[1:-1] if "\n" in literal else str(ast.literal_eval(literal))

    return {
        row["doc_id"]: f"{row['title']}\n"
        + " ".join(said(m.group()) for m in _LITERAL.finditer(row["abstract"]))
        for row in _table(path, ",")
    }


def load_scifact() -> list[Judged]:
    """809 claims, each against each abstract that it is judged on: supported, or contradicted or neither."""
    claims, corpus = find_data("scifact/claims_train.csv.gz", "scifact/corpus_train.csv.gz")
    abstracts = _read_abstracts(corpus)
    found: dict[tuple[str, str], Judged] = {}
    for row in _table(claims, ","):
        cited = (
            [row["evidence_doc_id"]] if row["evidence_label"] else re.findall(r"\d+", row["cited_doc_ids"])
        )
        for document in cited:
            found[row["id"], document] = Judged(
                row["claim"], (abstracts[document],), row["evidence_label"] == "SUPPORT", row["id"]
            )
    return list(found.values())


def load_halueval() -> list[Judged]:
    """1,000 questions, each with its right answer and one that a model was told to make up."""
    (path,) = find_data("halueval_qa1000/qa_data.json")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Judged(row[key], (row["knowledge"],), key == "right_answer", str(number))
        for number, row in enumerate(rows)
        for key in ("right_answer", "hallucinated_answer")
    ]


# Each: how it loads, and the family that is left out together when weights are fitted again.
SETS: dict[str, tuple[Callable[[], list[Judged]], str]] = {
    "WiCE": (load_wice, "wice"),
    "BEGIN wow": (lambda: load_begin("wow"), "begin"),
    "BEGIN cmu": (lambda: load_begin("cmu"), "begin"),
    "BEGIN topical-chat": (lambda: load_begin("tc"), "begin"),
    "SciFact claims": (load_scifact, "scifact"),
    "HaluEval QA": (load_halueval, "halueval"),
}
