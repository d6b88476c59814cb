"""The same sweep in this project and in context-grid, side by side: seconds, and how good each one's pick is.
Knows nothing about context-grid but its command (`context_grid_sweep.py`); it is no dependency.

    python -m benchmarks.context_grid --python PYTHON --demo FOLDER [--quick]

PYTHON is the interpreter of an environment with context-grid alone; FOLDER holds lab_demo.py and
lab_corpus.py of its examples. Both tools combine what both have: recursive chunks, dense, keyword and hybrid
search, chunk, parent and window. (MMR, which both have too, is left out: one configuration with it takes
context-grid six times as long.) context-grid embeds by tf-idf, its default without a
server; this project with its built-in encoder.

Each tool chooses on one half of the questions, by its own score: context-grid by recall@5 of chunks, this
project by the share of the evidence within TOKENS tokens. Both picks are then scored alike on the other half,
and both ways round: the share of the evidence's characters within TOKENS tokens of what is given. Seconds are
of processor time for the sweep alone, from empty caches, the median of ROUNDS; the tools take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.equal_tokens import EqualTokens, Tried
from benchmarks.figures import DataNotFound, Figure, run_alone, say
from benchmarks.free_axes import Half, best_of, half_of
from benchmarks.peoples_sets import PeoplesSet, load_claude
from workbench.analysis.confidence_intervals import difference_intervals
from workbench.corpus.types import Document, Evidence, Question
from workbench.pipeline.corpus_texts import CorpusTexts, Texts
from workbench.pipeline.given import Given
from workbench.pipeline.joining import join
from workbench.pipeline.types import Chunking
from workbench.scoring.retrieval_metrics import covered_share
from workbench.settings import quieten_libraries

TOKENS, ROUNDS, PASSAGES = 512, 3, 50
SIZES = (128, 256)
THEIR_AXES = {
    "chunker": [f"recursive:{size}" for size in SIZES],
    "index": ["dense", "bm25", "hybrid"],
    "ingestion": [None, "parent-document:4", "sentence-window:2"],
    "k": 10,
}
OUR_SETTINGS = tuple(
    Tried.of(splitter="recursive", chunk_tokens=size, chunk_overlap=0, retriever=retriever, returns=returns)
    for size, retriever in product(SIZES, ("dense", "keyword", "hybrid"))
    for returns in ("chunk", f"parent:{4 * size}", "window:2")
)
SCRIPT = Path(__file__).with_name("context_grid_sweep.py")


@dataclass(frozen=True)
class Outcome:
    """What one tool picked on one half of the questions."""

    seconds: float
    """Of the sweep."""
    pick: str
    recalls: np.ndarray
    """For each question, with the pick."""


def call(python: Path, *arguments: str, job: object = None) -> Any:
    # -P: the names of the benchmarks beside the script are those of standard modules.
    command = [str(python), "-P", str(SCRIPT), *arguments]
    done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"context-grid failed: {done.stderr[-600:]}")
    return json.loads(done.stdout)


def load_demo(python: Path, folder: Path) -> PeoplesSet:
    """Its 33 documents, and those questions whose quotes stand in them as they are."""
    found = call(python, "demo", str(folder))
    documents = {n: Document(n, n, text, "markdown") for n, text in found["documents"].items()}
    questions = []
    for row in found["questions"]:
        places = [(n, documents[n].text.find(quote), len(quote)) for n, quote in row["evidence"]]
        if all(start >= 0 for _, start, _ in places):
            evidence = tuple(Evidence(n, start, start + length) for n, start, length in places)
            questions.append(Question(row["id"], row["question"], (), evidence))
    return PeoplesSet("its demo", tuple(documents.values()), tuple(questions))


def sweep_theirs(python: Path, one: PeoplesSet, half: Half, texts: Texts, rounds: int) -> Outcome:
    text = {document.name: document.text for document in one.documents}

    def rows(inside: Half) -> list[dict[str, object]]:
        asked = [q for q, is_in in zip(one.questions, inside, strict=True) if is_in]
        quotes = [[(e.document, text[e.document][e.start : e.end]) for e in q.evidence] for q in asked]
        return [{"id": q.id, "question": q.text, "evidence": e} for q, e in zip(asked, quotes, strict=True)]

    job = {
        "documents": text,
        "questions": rows(half),
        "held_out": rows(np.ones_like(half)),
        "rounds": rounds,
        "headline": "recall@5",
        "passages": PASSAGES,
        "axes": THEIR_AXES,
    }
    found = call(python, "sweep", job=job)
    assert not found["texts_differ"], found["texts_differ"]
    recalls = [share_of(found["passages"][q.id], q, texts) for q in one.questions]
    return Outcome(statistics.median(found["seconds"]), found["pick"], np.array(recalls))


def share_of(spans: Sequence[tuple[str, int, int]], question: Question, texts: Texts) -> float:
    """The share of the evidence in the first of these passages, joined and cut as this project's are."""
    chunks = [texts.passage(*span) for span in spans]
    found = [Given(chunk, 0.0, chunk) for chunk in chunks]
    given = join(found, [(chunk.start, chunk.end) for chunk in chunks], texts, TOKENS)
    return covered_share([passage.chunk for passage in given], question.evidence)


def sweep_ours(one: PeoplesSet, half: Half, rounds: int) -> Outcome:
    asked = PeoplesSet(
        one.name, one.documents, tuple(q for q, inside in zip(one.questions, half, strict=True) if inside)
    )
    seconds = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            started = time.process_time()
            values = asyncio.run(EqualTokens(asked, Path(folder), [TOKENS]).measure(OUR_SETTINGS))
            seconds.append(time.process_time() - started)
    pick = best_of(OUR_SETTINGS, values, 0, np.ones(len(asked.questions), dtype=bool))
    with tempfile.TemporaryDirectory() as folder:
        everything = asyncio.run(EqualTokens(one, Path(folder), [TOKENS]).measure([pick]))
    return Outcome(statistics.median(seconds), str(pick), everything[pick][:, 0])


def measure_set(python: Path, one: PeoplesSet, rounds: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        measured = EqualTokens(one, Path(folder), [TOKENS])
        texts = Texts(CorpusTexts(one.documents, Path(folder)), Chunking.of(OUR_SETTINGS[0].retrieval))
        half = half_of(measured)
        theirs, ours = [], []
        for chosen_on, times in ((half, rounds), (~half, 1)):
            theirs.append(sweep_theirs(python, one, chosen_on, texts, times))
            ours.append(sweep_ours(one, chosen_on, times))
            for name, of_both in (("context-grid", theirs), ("this project", ours)):
                say(f"{one.name}, {name}: {of_both[-1].seconds:.1f} s, {of_both[-1].pick}")
    recalls = [np.where(half, by[1].recalls, by[0].recalls) for by in (theirs, ours)]
    difference = recalls[1] - recalls[0]
    interval = difference_intervals(difference[:, None], of_unit=True, clusters=measured.clusters)[0]
    low, high = interval or (None, None)
    picks = [" | ".join(dict.fromkeys(o.pick for o in by)) for by in (theirs, ours)]
    note = f"recall {recalls[0].mean():.3f} → {recalls[1].mean():.3f}; {picks[0]} → {picks[1]}"
    count = f"{len(OUR_SETTINGS)} configurations, {int(half.sum())} questions"
    return [
        Figure(
            f"{one.name}, the pick's recall against context-grid's", difference.mean(), low, high, note=note
        ),
        Figure(f"{one.name}, seconds of context-grid", theirs[0].seconds, digits=1, note=count),
        Figure(f"{one.name}, seconds of this project", ours[0].seconds, digits=1, note=count),
    ]


def measure(options: argparse.Namespace) -> list[Figure]:
    quieten_libraries()
    wanted = options.set or ["demo", "claude"]
    if options.python is None or ("demo" in wanted and options.demo is None):
        raise DataNotFound("an environment with context-grid")
    figures = []
    sets = {
        "demo": lambda: load_demo(options.python, options.demo),
        "claude": lambda: load_claude(options.quick),
    }
    for name in wanted:
        figures += measure_set(options.python, sets[name](), 1 if options.quick else ROUNDS)
    return figures


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--python", type=Path, help="the interpreter of an environment with context-grid")
    parser.add_argument("--demo", type=Path, help="the folder of lab_demo.py and lab_corpus.py")
    parser.add_argument("--set", action="append", choices=["demo", "claude"], help="only this set")


if __name__ == "__main__":
    raise SystemExit(run_alone("context_grid", measure, __doc__, add_options))
