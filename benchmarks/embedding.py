"""How fast the embedded encoder is, against onnxruntime alone on the same tokens.
Knows nothing about quality: squad_extraction and retrieval measure that.

    python -m benchmarks.embedding [--quick]

"bare, same runs" is session.run on ready-made arrays, in the same runs and threads as encode: the ratio is
what our own code costs (required: at least 0.80). The other bare rows are the usual batching, for comparison.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from benchmarks.figures import Figure, run_alone, say
from workbench.providers.embedded.encoder import MODEL_FOLDER, EmbeddedEncoder

REQUIRED_RATIO = 0.80
ROUNDS = 5
Feed = dict[str, NDArray[np.int64]]

_WORDS = tuple(
    """harbor ticket refund order customer parcel battery warranty branch account invoice password reset
delivery weather supplier address limit minute office return receipt exchange question document retrieval
passage answer model score prompt people Monday 2024 thirty blue small careful quickly arrives without under
the a of to and in that is was for it with as his on be at by had not are but from or have an they""".split()  # noqa: SIM905
)


def make_texts(count: int, words: int, seed: int = 7) -> list[str]:
    """Distinct texts of about so many words (two thirds to four thirds of it)."""
    random = np.random.default_rng(seed)
    sizes = random.integers(max(1, words * 2 // 3), words * 4 // 3 + 1, size=count)
    return [" ".join(random.choice(_WORDS, size=int(size))) + "." for size in sizes]


def feeds_of(encoder: EmbeddedEncoder, texts: Sequence[str], batch: int) -> list[Feed]:
    """The texts as arrays, sorted by length, longest first, padded within batches."""
    rows = sorted((encoder._ids_of(text)[: encoder.max_tokens] for text in texts), key=len, reverse=True)
    feeds: list[Feed] = []
    for start in range(0, len(rows), batch):
        group = rows[start : start + batch]
        ids = np.zeros((len(group), max(map(len, group))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(group):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        feeds.append({"input_ids": ids, "attention_mask": mask})
    return feeds


def session_with(threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(MODEL_FOLDER / "model.onnx"), options)


def fastest_together(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Best seconds of each, in interleaved rounds, so that a busy moment hits all alike."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds + 1):  # the first round warms up and counts too: best of all
        for name, work in works.items():
            started = time.perf_counter()
            work()
            best[name] = min(best[name], time.perf_counter() - started)
    return best


def compare(label: str, texts: list[str], rounds: int) -> list[Figure]:
    """Print one table; return encode's speed over that of the same runs bare, and its own."""
    encoder = EmbeddedEncoder()
    threads = encoder._threads
    singles = feeds_of(encoder, texts, 1)
    one, all_cores = session_with(1), session_with(threads)
    pool = ThreadPoolExecutor(threads)

    def fresh_encode() -> object:
        encoder._ids.clear()  # tokenizing is part of the work
        return encoder.encode(texts)

    works: dict[str, Callable[[], object]] = {
        "encode": fresh_encode,
        "encode, tokens remembered": lambda: encoder.encode(texts),
        "bare, same runs": lambda: list(pool.map(lambda feed: one.run(None, feed), singles)),
    }
    for batch in (8, 32):
        feeds = feeds_of(encoder, texts, batch)
        works[f"bare, batches of {batch}"] = lambda feeds=feeds: [all_cores.run(None, f) for f in feeds]  # type: ignore[misc]
    seconds = fastest_together(works, rounds)
    pool.shutdown()
    mean = sum(encoder.count_many(texts)) / len(texts)
    say(f"\n{label}: {len(texts)} texts, {mean:.0f} tokens on average, {threads} threads")
    for name, value in seconds.items():
        say(f"  {name:28} {len(texts) / value:8.1f} texts/s   {seconds['bare, same runs'] / value:5.2f}")
    ratio = seconds["bare, same runs"] / seconds["encode"]
    return [
        Figure(f"{label}, encode / bare onnxruntime", ratio, digits=2, bar=REQUIRED_RATIO),
        Figure(f"{label} a second", len(texts) / seconds["encode"], digits=0, note=f"{mean:.0f} tokens each"),
    ]


def measure(options: argparse.Namespace) -> list[Figure]:
    rounds = 2 if options.quick else ROUNDS
    sentences = compare("sentences", make_texts(200, 25), rounds)
    return sentences + compare("passages", make_texts(40, 200), rounds)


if __name__ == "__main__":
    raise SystemExit(run_alone("embedding", measure, __doc__))
