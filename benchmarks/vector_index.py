"""Exact search beside an index in Chroma, here and on a server: seconds to build and ask, agreement, memory.
Knows nothing about documents or models: its vectors are made up.

    python -m benchmarks.vector_index [--quick] [--sizes N ...] [--chroma-sizes N ...] [--dimensions D]

500 queries, 50 hits each, as an experiment asks them (at once) and as the Playground does (one by one). Every
measurement has a process of its own, whose peak memory is what it took beyond the vectors. Vectors lie near a
plane of 24 dimensions, as those of texts do; in random directions an approximate index misses most of them.
The server is `chroma run` on this machine: its memory and processor time are its own, and not in the figures.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.figures import Figure, run_alone, say
from tests.chroma_server import ChromaServerProcess
from workbench.pipeline.caches import Caches
from workbench.pipeline.types import Chunk
from workbench.pipeline.vector_index import MOST_EXACT_CHUNKS, open_vector_index
from workbench.pipeline.vector_stores.registry import open_vector_store
from workbench.pipeline.vector_stores.types import IndexContent, VectorServer, VectorStore
from workbench.providers.types import Vectors
from workbench.store.database import open_store
from workbench.store.sharing.builds import Builds

Place = Literal["exact", "chroma", "server"]
"""How vectors are searched, and for Chroma's indexes where they are."""

QUERIES = 500
HITS = 50
MAIN_SIZE = 20_000
LATENT_DIMENSIONS = 24
REQUIRED_SPEED = 10.0
REQUIRED_AGREEMENT = 0.98
MOST_SECONDS_PER_QUESTION = 0.5


@dataclass(frozen=True, slots=True)
class Measured:
    build_seconds: float
    """Until the index can be asked."""

    query_seconds: float
    """All queries at once."""

    one_seconds: float
    """One query, the median."""

    processor_seconds: float
    """Of building and asking all queries, on all cores, a child's included."""

    extra_megabytes: float
    """Peak memory beyond what the process had with the vectors, a child's included."""

    hits: list[set[int]]
    """Positions of each query's hits."""


def make_vectors(count: int, dimensions: int) -> tuple[Vectors, Vectors]:
    """Unit vectors of chunks [count, d] and of queries [QUERIES, d]."""
    random = np.random.default_rng(7)
    plane = random.standard_normal((LATENT_DIMENSIONS, dimensions), dtype=np.float32)
    latent = random.standard_normal((count + QUERIES, LATENT_DIMENSIONS), dtype=np.float32)
    vectors = latent @ plane
    for start in range(0, len(vectors), 10_000):  # in blocks, or this would be the peak of the memory
        block = vectors[start : start + 10_000]
        block += random.standard_normal(block.shape, dtype=np.float32)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return vectors[:count], vectors[count:]


def peak_megabytes(who: int = resource.RUSAGE_SELF) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def processor_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


@contextmanager
def open_place(place: Place, folder: Path) -> Iterator[VectorStore]:
    """An empty store of this kind."""
    if place != "server":
        yield open_vector_store(place, Caches(folder, folder))
        return
    server = ChromaServerProcess(folder / "server")
    server.start()
    try:
        caches = Caches(
            folder, folder, "chroma", VectorServer(server.url, None, Builds(open_store(folder / "w.db")))
        )
        yield open_vector_store("chroma", caches)
    finally:
        server.kill()


def measure_one(place: Place, count: int, dimensions: int) -> Measured:
    vectors, queries = make_vectors(count, dimensions)
    chunks = [Chunk("d", "D", i, i + 1, "x", 1) for i in range(count)]
    before = peak_megabytes()
    with tempfile.TemporaryDirectory() as folder, open_place(place, Path(folder)) as store:
        processor, started = processor_seconds(), time.perf_counter()
        index = open_vector_index(store, IndexContent("benchmark", chunks, vectors)).index
        built = time.perf_counter()
        rankings = index.query(queries, HITS)
        asked, processor = time.perf_counter(), processor_seconds() - processor
        singles = []
        for i in range(25):
            begun = time.perf_counter()
            index.query(queries[i : i + 1], HITS)
            singles.append(time.perf_counter() - begun)
    return Measured(
        build_seconds=built - started,
        query_seconds=asked - built,
        one_seconds=statistics.median(singles),
        processor_seconds=processor,
        extra_megabytes=peak_megabytes() - before + peak_megabytes(resource.RUSAGE_CHILDREN),
        hits=[{position for position, _ in ranking} for ranking in rankings],
    )


def in_a_process(place: Place, count: int, dimensions: int) -> Measured:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        measured = pool.apply(measure_one, (place, count, dimensions))
    say(
        f"{count:>9,} × {dimensions}  {place:6}  build {measured.build_seconds:8.2f} s"
        f"   {QUERIES} queries {measured.query_seconds:6.2f} s   one {1000 * measured.one_seconds:6.1f} ms"
        f"   processor {measured.processor_seconds:6.2f} s"
        f"   memory +{measured.extra_megabytes:.0f} MB"
    )
    return measured


def compare(exact: Measured, chroma: Measured, count: int) -> list[Figure]:
    total = exact.build_seconds + exact.query_seconds
    speed = (chroma.build_seconds + chroma.query_seconds) / total
    agreement = statistics.mean(len(a & b) / len(a) for a, b in zip(exact.hits, chroma.hits, strict=True))
    speed_bar, agreement_bar = (REQUIRED_SPEED, REQUIRED_AGREEMENT) if count == MAIN_SIZE else (None, None)
    note = f"{total:.2f} s; Chroma {chroma.build_seconds:.1f} to build, {chroma.query_seconds:.2f} to ask"
    return [
        Figure(f"{count:,} chunks, times faster", speed, digits=1, bar=speed_bar, note=note),
        Figure(f"{count:,} chunks, nearest that Chroma finds", agreement, bar=agreement_bar),
    ]


def compare_places(here: Measured, server: Measured, count: int) -> list[Figure]:
    agreement = statistics.mean(len(a & b) / len(a) for a, b in zip(here.hits, server.hits, strict=True))
    name = f"{count:,} chunks on a server"
    build, ask = server.build_seconds / here.build_seconds, server.query_seconds / here.query_seconds
    return [
        Figure(f"{name}, build time beside Chroma here", build),
        Figure(f"{name}, {QUERIES} queries beside Chroma here", ask),
        Figure(f"{name}, one query beside Chroma here", server.one_seconds / here.one_seconds),
        Figure(f"{name}, hits as Chroma's here", agreement, bar=REQUIRED_AGREEMENT),
    ]


def measure(options: argparse.Namespace) -> list[Figure]:
    sizes = [1_000, 2_000] if options.quick else options.sizes
    chroma_sizes = [1_000] if options.quick else options.chroma_sizes
    figures = []
    for count in sizes:
        exact = in_a_process("exact", count, options.dimensions)
        if count in chroma_sizes:
            chroma = in_a_process("chroma", count, options.dimensions)
            figures += compare(exact, chroma, count)
            if count == max(size for size in chroma_sizes if size <= MAIN_SIZE):
                figures += compare_places(chroma, in_a_process("server", count, options.dimensions), count)
        if count == MOST_EXACT_CHUNKS:
            figures.append(
                Figure(
                    f"{count:,} chunks, seconds for one question", exact.one_seconds,
                    bar=MOST_SECONDS_PER_QUESTION, at_most=True,
                )
            )  # fmt: skip
    return figures


def add_options(parser: argparse.ArgumentParser) -> None:
    sizes = [1_000, 5_000, MAIN_SIZE, 100_000, MOST_EXACT_CHUNKS]
    parser.add_argument("--sizes", type=int, nargs="+", default=sizes, metavar="N")
    parser.add_argument(
        "--chroma-sizes", type=int, nargs="*", default=[1_000, 5_000, MAIN_SIZE], metavar="N",
        help="for which sizes Chroma builds an index too: 100,000 take it half an hour",
    )  # fmt: skip
    parser.add_argument("--dimensions", type=int, default=384)


if __name__ == "__main__":
    raise SystemExit(run_alone("vector_index", measure, __doc__, add_options))
