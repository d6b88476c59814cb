"""Counts the terms of texts and gives each term its texts with BM25's scores, in compact arrays.
Knows nothing about chunks, questions or files. The scores are those of bm25s, bit by bit."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

K1, B = 1.5, 0.75

BLOCK = 4_096
"""Texts whose terms are in memory as strings at once."""


class Vocabulary(Sequence[str]):
    """The distinct terms, in order, found by bisection: a mapped file serves as well as memory."""

    def __init__(self, letters: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        """letters: the terms in UTF-8, one after another.  ends: where each of them ends."""
        self.letters = letters
        self.ends = ends

    @classmethod
    def of(cls, terms: Iterable[str]) -> Vocabulary:
        """The vocabulary of distinct terms, which ascend by their UTF-8 bytes."""
        encoded = [_bytes_of(term) for term in terms]
        ends = np.cumsum([len(one) for one in encoded], dtype=np.int64)
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), ends)

    def __len__(self) -> int:
        return len(self.ends)

    def _bytes_at(self, number: int) -> bytes:
        start = int(self.ends[number - 1]) if number else 0
        return self.letters[start : int(self.ends[number])].tobytes()

    def __getitem__(self, number: Any) -> Any:
        if isinstance(number, slice):
            return [self[n] for n in range(*number.indices(len(self)))]
        return self._bytes_at(range(len(self))[number]).decode("utf-8", "surrogatepass")

    def find(self, term: str) -> int | None:
        """The term's number; None when no text has it."""
        wanted = _bytes_of(term)
        place = bisect_left(range(len(self)), wanted, key=self._bytes_at)
        return place if place < len(self) and self._bytes_at(place) == wanted else None


def _bytes_of(term: str) -> bytes:
    return term.encode("utf-8", "surrogatepass")


class _Counts:
    """The terms of texts with how often each text has them, as numbers."""

    def __init__(self, texts: Iterable[Sequence[str]]) -> None:
        """texts: the terms of each text, with repeats."""
        self.blocks: deque[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]] = deque()
        """(text, term, times) of each pair, by text; terms by the order in which they were met."""
        self.numbers: dict[str, int] = {}
        lengths = [np.zeros(0, np.int64)]
        iterator, first = iter(texts), 0
        while len(counted := self._count(iterator, first)):
            lengths.append(counted)
            first += len(counted)
        self.lengths = np.concatenate(lengths)

    def _count(self, texts: Iterator[Sequence[str]], first: int) -> NDArray[np.int64]:
        """Count the terms of the next block; returns how many each text has."""
        block, numbers = list(islice(texts, BLOCK)), self.numbers
        lengths = np.array([len(terms) for terms in block], dtype=np.int64)
        ids = np.fromiter(
            (numbers.setdefault(term, len(numbers)) for terms in block for term in terms),
            dtype=np.int64,
            count=int(lengths.sum()),
        )
        pairs = np.repeat(np.arange(len(block), dtype=np.int64), lengths) * max(1, len(numbers)) + ids
        distinct, times = np.unique(pairs, return_counts=True)
        text, term = np.divmod(distinct, max(1, len(numbers)))
        self.blocks.append(((text + first).astype(np.int32), term.astype(np.int32), times.astype(np.float32)))
        return lengths


def build_postings(texts: Iterable[Sequence[str]]) -> tuple[Vocabulary, dict[str, NDArray[Any]]]:
    """The terms of texts, and the scores of bm25s's index of them (Lucene's variant, K1 and B): "data",
    "indices" and "indptr", a sparse matrix by columns, one column per term of the vocabulary.

    texts: the terms of each text, with repeats. They are read once, BLOCK of them at a time.

    bm25s keeps all terms of all texts as Python objects while it builds, 3 to 7 GB for a million chunks; this
    takes 16 bytes for each distinct term of a text (tests/pipeline/test_postings.py compares the two).
    """
    counts = _Counts(texts)
    terms = sorted(counts.numbers, key=_bytes_of)
    order = np.empty(len(terms), dtype=np.int64)
    order[[counts.numbers[term] for term in terms]] = np.arange(len(terms))
    vocabulary = Vocabulary.of(terms)
    counts.numbers.clear()
    del terms
    frequencies = np.zeros(len(vocabulary), dtype=np.int64)
    for _, met, _ in counts.blocks:
        frequencies += np.bincount(order[met], minlength=len(vocabulary))
    pointers = np.concatenate(([0], np.cumsum(frequencies)))
    idf = _idf(frequencies, len(counts.lengths))
    scores = np.empty(int(pointers[-1]), dtype=np.float32)
    indices = np.empty(int(pointers[-1]), dtype=np.int32)
    # As bm25s calculates it, in the same order and with the same types.
    saturation = (
        K1 * ((1 - B) + B * counts.lengths / counts.lengths.mean()) if len(scores) else counts.lengths
    )
    heads = pointers[:-1].copy()
    while counts.blocks:  # a block is freed as soon as it is placed
        text, met, times = counts.blocks.popleft()
        by_term = np.argsort(order[met], kind="stable")
        text, term, times = text[by_term], order[met[by_term]], times[by_term]
        firsts = np.flatnonzero(np.diff(term, prepend=-1))
        in_block = np.diff(firsts, append=len(term))
        places = heads[term] + np.arange(len(term)) - np.repeat(firsts, in_block)
        scores[places] = idf[term] * (times / (saturation[text] + times))
        indices[places] = text
        heads[term[firsts]] += in_block
    return vocabulary, {"data": scores, "indices": indices, "indptr": pointers}


def _idf(frequencies: NDArray[np.int64], texts: int) -> NDArray[np.float32]:
    """How rare each term is. `math.log`, as in bm25s: numpy's may differ in the last bit."""
    distinct, which = np.unique(frequencies, return_inverse=True)
    values: Mapping[int, float] = {
        int(count): math.log(1 + (texts - int(count) + 0.5) / (int(count) + 0.5)) for count in distinct
    }
    table = np.array([values[int(count)] for count in distinct], dtype=np.float32)
    idf: NDArray[np.float32] = table[which]
    return idf
