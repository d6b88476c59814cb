"""Puts pairs into batches of about equal cost, in an order that a seed and a pass determine.
Knows nothing about the network, so that a run that was stopped goes on with the very batch it was at."""

from __future__ import annotations

import random
from collections.abc import Sequence

_POOL = 2048  # pairs that are sorted by length together


def make_batches(lengths: Sequence[int], most_tokens: int, seed: int) -> list[list[int]]:
    """Indexes of pairs in batches of at most `most_tokens` with padding; each pair once.

    lengths: the number of tokens of each pair.
    """
    chance = random.Random(seed)
    order = list(range(len(lengths)))
    chance.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), _POOL):
        batch: list[int] = []
        for index in sorted(order[start : start + _POOL], key=lambda i: lengths[i]):
            if batch and (len(batch) + 1) * lengths[index] > most_tokens:
                batches.append(batch)
                batch = []
            batch.append(index)
        batches.append(batch)
    chance.shuffle(batches)
    return batches


def learning_rate(share: float, peak: float, warm_up: float = 0.06) -> float:
    """The rate after this share of the time: up to the peak, then down in a line to a fiftieth of it."""
    if share < warm_up:
        return peak * (0.02 + 0.98 * share / warm_up)
    return peak * max(0.02, (1.0 - share) / (1.0 - warm_up))


class BatchStream:
    """Batches by their number, pass after pass, each pass in another order."""

    def __init__(self, lengths: Sequence[int], most_tokens: int, seed: int) -> None:
        """As `make_batches`; pass n is shuffled by seed + n."""
        self._lengths, self._most_tokens, self._seed = lengths, most_tokens, seed
        self._pass, self._begins = 0, 0
        self._batches = make_batches(lengths, most_tokens, seed)

    def batch_at(self, step: int) -> list[int]:
        """Indexes of the pairs of a step; steps are asked for in order, from any on."""
        while step >= self._begins + len(self._batches):
            self._begins += len(self._batches)
            self._pass += 1
            self._batches = make_batches(self._lengths, self._most_tokens, self._seed + self._pass)
        return self._batches[step - self._begins]
