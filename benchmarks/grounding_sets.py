"""Public sets of answers with contexts that people have judged: WiCE, BEGIN, SciFact, HaluEval QA, and pairs
of claim and evidence that help to fit. Knows nothing about how grounding is scored; the data lie outside."""

from __future__ import annotations

import ast
import csv
import gzip
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.figures import find_data

# A numpy array of strings as text: string literals after one another, without commas.
_LITERAL = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Judged:
    """group: rows of one group are about the same text.  question: empty where the set has none."""

    answer: str
    passages: tuple[str, ...]
    supported: bool
    group: str
    question: str = ""


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
        Judged(row[key], (row["knowledge"],), key == "right_answer", str(number), row["question"])
        for number, row in enumerate(rows)
        for key in ("right_answer", "hallucinated_answer")
    ]


def _lines(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8-sig") as lines:
        return [line.rstrip("\n") for line in lines]


_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}", "--": "–"}


def _untokenized(text: str) -> str:
    """FEVER's Wikipedia as written: brackets, quotes, and no space before a comma."""
    for token, sign in _BRACKETS.items():
        text = text.replace(token, sign)
    text = re.sub(r"``\s?|\s?''", '"', text)
    text = re.sub(r"\s+([,.;:?!)\]%]|'s\b|n't\b|')", r"\1", text)
    return re.sub(r"([(\[])\s+", r"\1", text)


def load_fever() -> list[Judged]:
    """Claims against Wikipedia sentences: entailed, or not (refuted, or the page does not say)."""
    folder = "nli/fever_dev/RTE-Fever__processed__dev"
    texts, claims, labels = map(
        _lines, find_data(f"{folder}.raw.input0.gz", f"{folder}.raw.input1.gz", f"{folder}.label.gz")
    )
    found = {
        (text, claim): Judged(_untokenized(claim), (_untokenized(text),), label == "entailment", claim)
        for text, claim, label in zip(texts, claims, labels, strict=True)
    }
    for path in find_data(
        "nli/fever_nli_aug/Augmented_Datasets__fever_test_syn.zip",
        "nli/fever_nli_aug/Augmented_Datasets__fever_validation_syn.zip",
    ):
        with zipfile.ZipFile(path) as packed:
            for line in packed.read(packed.namelist()[0]).decode("utf-8").splitlines():
                row = json.loads(line)
                text, claim = row["premise"], row["old_hypothesis"]
                found[text, claim] = Judged(
                    _untokenized(claim), (_untokenized(text),), row["label"] == "ENTAILMENT", claim
                )
    return list(found.values())


def load_factcheck() -> list[Judged]:
    """3,305 claims of a model against retrieved web snippets: completely supported, or partially or not."""
    (path,) = find_data("nli/factcheck_gpt_stance/subtasks__subtask3_claim_evidence_stance.jsonl.gz")
    rows = [json.loads(line) for line in _lines(path)]
    return [
        Judged(row["claim"], (row["evidence"],), row["stance"] == "completely-support", row["claim"])
        for row in rows
    ]


def load_scitail() -> list[Judged]:
    """2,126 sentences of science made of exam questions, against a sentence found on the web."""
    (path,) = find_data("nli/scitail_test/data__scitail__test.jsonl.gz")
    rows = [json.loads(line) for line in _lines(path)]
    return [
        Judged(row["hypothesis"], (row["premise"],), row["label"] == "entailment", row["hypothesis"])
        for row in rows
    ]


def load_mnli() -> list[Judged]:
    """9,815 sentences of ten genres and what people wrote that follows, may be or contradicts."""
    (path,) = find_data("nli/mnli_dev/data__mnli__dev.jsonl.gz")
    rows = [json.loads(line) for line in _lines(path)]
    return [
        Judged(row["hypothesis"], (row["premise"],), row["label"] == "entailment", row["premise"])
        for row in rows
    ]


def load_conjunctions() -> list[Judged]:
    """623 sentences of Wikipedia with a conjunction, and what follows from them or not (ConjNLI dev)."""
    (path,) = find_data("nli/conjnli/data__NLI__conj_dev.tsv.gz")
    return [
        Judged(row["Hypothesis"], (row["Premise"],), row["Label"] == "entailment", row["Premise"])
        for row in csv.DictReader(_lines(path), delimiter="\t", quoting=csv.QUOTE_NONE)
    ]


def load_edits() -> list[Judged]:
    """Captions, and sentences that people edited by a word or two so that they follow or do not."""
    (path,) = find_data("nli/cad_nli/NLI__all_combined__test.tsv.gz")
    return [
        Judged(row["sentence2"], (row["sentence1"],), row["gold_label"] == "entailment", row["sentence1"])
        for row in csv.DictReader(_lines(path), delimiter="\t", quoting=csv.QUOTE_NONE)
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

# Pairs of claim and evidence that are no answers of a RAG system: to fit, and to be left out in turn.
PAIRS: dict[str, tuple[Callable[[], list[Judged]], str]] = {
    "FEVER": (load_fever, "fever"),
    "Factcheck-GPT": (load_factcheck, "factcheck"),
    "SciTail": (load_scitail, "scitail"),
    "MNLI": (load_mnli, "mnli"),
    "ConjNLI": (load_conjunctions, "conjunctions"),
    "Edited captions": (load_edits, "edits"),
}
