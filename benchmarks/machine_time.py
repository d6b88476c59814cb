"""How many seconds of a machine the embedded models take for a million tokens, which their costs rest on.
Knows nothing about prices: `embedded/machine_seconds.py` holds the figures that were measured once.

    python -m benchmarks.machine_time [--quick]

Processor time, which another load does not change much, divided by the reference machine's two cores. The
answerer is measured as it is charged: the sentences of its passages are encoded already.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.embedding import make_texts
from benchmarks.figures import Figure, run_alone
from workbench.corpus.corpus import load_corpus
from workbench.providers.embedded.encoder import shared_encoder
from workbench.providers.embedded.extractive import ExtractiveModel
from workbench.providers.embedded.machine_seconds import (
    ANSWERER_SECONDS_PER_MILLION,
    ENCODER_SECONDS_PER_MILLION,
)
from workbench.providers.types import ChatRequest, Message

CORES = 2
CORPORA = Path(__file__).resolve().parent.parent / "corpora"
PASSAGES = 4
PASSAGE_CHARACTERS = 900


def machine_seconds(work: Callable[[], int]) -> float:
    """For a million of the tokens that `work` says it did."""
    started = time.process_time()
    tokens = work()
    return (time.process_time() - started) / CORES / tokens * 1_000_000


def make_requests(count: int) -> list[ChatRequest]:
    """Questions of the sample corpus, each over the beginnings of a few documents."""
    corpus = load_corpus("harbor-support", CORPORA)
    requests = []
    for number, question in enumerate(corpus.questions[:count]):
        texts = [
            corpus.documents[(number + i) % len(corpus.documents)].text[:PASSAGE_CHARACTERS]
            for i in range(PASSAGES)
        ]
        passages = "\n\n".join(f"[{i}] Document\n{text}" for i, text in enumerate(texts, start=1))
        prompt = f"Answer in at most three sentences.\n\n{passages}\n\nQuestion: {question.text}"
        requests.append(ChatRequest((Message("user", prompt),), max_tokens=300))
    return requests


def measure(options: argparse.Namespace) -> list[Figure]:
    encoder, model = shared_encoder(), ExtractiveModel()
    texts = make_texts(30 if options.quick else 300, 120)
    requests = make_requests(20 if options.quick else 200)

    def embed() -> int:
        encoder.encode(texts)
        return sum(encoder.count_many(texts))

    def answer() -> int:
        return sum(model.answer(request).usage.input for request in requests)

    answer()  # the sentences are encoded

    def figure(name: str, work: Callable[[], int], charged: float) -> Figure:
        what = f"{name}: machine seconds per million tokens"
        return Figure(what, machine_seconds(work), digits=0, note=f"charged {charged:g}")

    return [
        figure("encoder", embed, ENCODER_SECONDS_PER_MILLION),
        figure("answerer", answer, ANSWERER_SECONDS_PER_MILLION),
    ]


if __name__ == "__main__":
    raise SystemExit(run_alone("machine_time", measure, __doc__))
