"""How long training data of 1,000 rows take to make, over the sample's documents with many questions.
Knows nothing about what the rows are worth.

The corpus has the 49 documents of the sample and a question for each of 550 sentences, 200 to train on.
A service answered 250 more questions, which people rated. Beside wall time stands the processor's: machines
may be shared.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from benchmarks.figures import Figure, run_alone, say
from workbench.api import prepare_experiment
from workbench.corpus.corpus import load_corpus
from workbench.corpus.types import Document, part_of_question
from workbench.run.creation import find_or_create
from workbench.run.open_home import open_workbench
from workbench.settings import Settings
from workbench.space.experiment import ExperimentFile
from workbench.store.database import Store
from workbench.store.ratings import put_rating
from workbench.store.records import PassageRecord, Rating
from workbench.store.serving.records import ServedRequest, Service
from workbench.store.serving.requests import add_requests
from workbench.store.serving.services import put_service
from workbench.store.trials import get_trials
from workbench.text import content_tokens, split_sentences, words
from workbench.training_data.build import build_training_data, data_key
from workbench.training_data.types import OfExperiment, Options, TrainingData
from workbench.training_data.write import write_training_data

PROJECT = Path(__file__).resolve().parent.parent
TRAIN, OTHERS, RATED, ROWS = 200, 350, 250, 1_000
BAR_SECONDS = 10.0


def _sentences(documents: tuple[Document, ...]) -> Iterator[tuple[Document, str]]:
    for document in documents:
        for span in split_sentences(document.text):
            text = document.text[span.start : span.end]
            plain = "\n" not in text and "|" not in text and "#" not in text
            if plain and 5 <= len(words(text)) <= 40 and document.text.count(text) == 1:
                yield document, text


def _id_in(train: bool, number: int) -> str:
    """An id whose fixed place is in the train part, or is not."""
    names = (f"q{number}-{n}" for n in range(1_000))
    return next(name for name in names if (part_of_question(name, 0.0) == "train") == train)


def make_home(folder: Path, train: int, others: int, rated: int) -> tuple[Settings, Store, str]:
    """A home with the corpus, an experiment over it and rated answers of a service."""
    corpus = folder / "corpora" / "many"
    shutil.copytree(PROJECT / "corpora" / "harbor-support" / "documents", corpus / "documents")
    (folder / "experiments").mkdir()
    shutil.copy(PROJECT / "experiments" / "prompts.yaml", folder / "experiments")
    settings = Settings(folder / "home", folder / "corpora", folder / "experiments", 0.10, "bench")
    found = list(_sentences(load_corpus(corpus, settings.corpora).documents))
    Random(7).shuffle(found)
    questions = train + others
    rows = [
        {
            "id": _id_in(n < train, n), "answer": text,
            "evidence": [{"document": document.name, "quote": text}],
            "question": f"What does “{document.title}” say about {' '.join(content_tokens(text)[:5])}?",
        }
        for n, (document, text) in enumerate(found[:questions])
    ]  # fmt: skip
    (corpus / "questions.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    store = open_workbench(settings)
    written = ExperimentFile.model_validate(
        {
            "name": "many", "corpus": "many", "prompts": ["short", "concise", "cited"],
            "models": ["embedded/extractive"],
            "retrieval": {
                "splitter": ["markdown"], "chunk_tokens": [128, 256], "retriever": ["hybrid"],
                "top_k": [2, 4],
            },
        }
    )  # fmt: skip
    experiment_id = find_or_create(store, prepare_experiment(written, settings, store))[0]
    _serve(store, experiment_id, found[questions : questions + rated])
    return settings, store, experiment_id


def _serve(store: Store, experiment_id: str, asked: list[tuple[Document, str]]) -> None:
    config = get_trials(store, experiment_id)[0].config
    put_service(
        store, Service("s", "many", "winner", {"config": config.to_json(), "corpus": {"name": "many"}})
    )
    requests = []
    for n, (document, text) in enumerate(asked):
        question = f"Tell me about {' '.join(content_tokens(text)[:6])}, number {n}"
        passage = PassageRecord(f"p{n}", document.name, document.title, 0, len(text), None, 20, text)
        requests.append(
            ServedRequest(f"r{n}", "s", 1.0, question, text, passages=(passage,), seen=f"seen{n}")
        )
        value = 1 if n % 3 else -1
        said = Rating(f"seen{n}", "ada", value, "", question, text, (), 0.0, better_answer="It is so.")
        put_rating(store, said)
    with store.write() as session:
        add_requests(session, requests)


Seconds = tuple[float, float]
"""On the clock, and of the processor."""


def _since(started: Seconds) -> Seconds:
    return time.perf_counter() - started[0], time.process_time() - started[1]


def make(settings: Settings, store: Store, experiment_id: str, limit: int) -> tuple[Seconds, TrainingData]:
    """How long making and writing take, and the data."""
    started = time.perf_counter(), time.process_time()
    data = build_training_data(store, settings, OfExperiment(experiment_id), "sft", Options(limit=limit))
    write_training_data(data, "trl", settings.home / "out", overwrite=True)
    return _since(started), data


def measure(options: argparse.Namespace) -> list[Figure]:
    train, others, rated, rows = (40, 60, 20, 100) if options.quick else (TRAIN, OTHERS, RATED, ROWS)
    with tempfile.TemporaryDirectory() as place:
        settings, store, experiment_id = make_home(Path(place), train, others, rated)
        empty, _ = make(settings, store, experiment_id, rows)
        # Vectors of documents stay, as after any run; those of questions go.
        file = settings.corpora / "many" / "questions.jsonl"
        file.write_text(file.read_text().replace("What does", "Please say, what does"))
        new, data = make(settings, store, experiment_id, rows)
        again, same = make(settings, store, experiment_id, rows)
        started = time.perf_counter(), time.process_time()
        data_key(store, settings, OfExperiment(experiment_id), "sft")
        key = _since(started)
        store.dispose()
    say(f"{dict(data.counts['origin'])}, {dict(data.counts['evidence'])}; left out: {dict(data.refused)}")
    assert same.sha256 == data.sha256
    beside = f"{len(data.rows):,} rows, 4 retrieval settings, {train} train questions and {rated} ratings"
    figures = []
    for name, (clock, processor) in (("documents not embedded yet", empty), ("new questions", new),
                                     ("the same again", again), ("the key alone", key)):  # fmt: skip
        bar = BAR_SECONDS if name == "new questions" else None
        figures.append(Figure(f"s: {name}", clock, digits=2, note=beside))
        figures.append(Figure(f"processor s: {name}", processor, bar=bar, at_most=bar is not None, digits=2))
    return figures


if __name__ == "__main__":
    raise SystemExit(run_alone("training_data", measure, __doc__))
