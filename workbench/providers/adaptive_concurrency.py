"""How many calls at a time a provider is given: one less for each refusal, slowly more while it takes them.
Knows nothing about clients, clocks or what is asked: it is told how each attempt ended."""

from __future__ import annotations

# A success in so many tries whether one more is taken: at a server that refuses, about 2 % of the calls.
SUCCESSES_TO_GROW = 50
# While the level is not what refusals depend on, or far below where they began.
SUCCESSES_TO_GROW_FAST = 10
FAR_BELOW = 0.5
# Attempts at half the level or less that show whether refusals depend on it.
ATTEMPTS_TO_JUDGE = 30
HARDLY_FEWER = 0.6
FEWEST_TO_TOLERATE, MOST_TO_TOLERATE = 0.1, 0.7
# So many more than tolerated, and they are taken as refusals again.
MANY_MORE = 0.25


class Level:
    """allowed: calls at a time, from 1 to `most`.

    A server that takes n at a time refuses exactly what is beyond: one less for each refusal finds n at once,
    where halving overshoots. A server that refuses at random, or by a count of its own, goes on refusing at
    half the level: then the level is put back, and so large a share of refusals is tolerated. (TCP's additive
    increase and multiplicative decrease, Chiu and Jain 1989, takes every loss for congestion: 30 % of random
    refusals bring it down to one call at a time.)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._level = float(most)
        self._successes = 0
        self._refused_at = float("inf")  # the level of the last refusal
        self._tolerated = 0.0
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._began_at: float | None = None  # the level at which these refusals began
        self._high, self._low, self._recent = _Share(), _Share(), _Share()

    @property
    def allowed(self) -> int:
        return max(1, int(self._level))

    def note_accepted(self, sent_at: int) -> None:
        """An attempt was taken in. sent_at: what was allowed when it was sent."""
        self._note(sent_at, refused=False)
        self._successes += 1
        free = self._tolerated or self._level < FAR_BELOW * self._refused_at
        if self._level < self._most and self._successes >= (
            SUCCESSES_TO_GROW_FAST if free else SUCCESSES_TO_GROW
        ):
            self._successes = 0
            self._level = min(float(self._most), self._level + max(1.0, 0.05 * self._level))

    def note_refused(self, sent_at: int) -> None:
        """An attempt was sent away: too many, or too busy."""
        if self._tolerated:
            self._note(sent_at, refused=True)
            return
        if self._began_at is None:
            self._began_at = self._level
        self._refused_at = float(sent_at)
        self._successes = 0
        self._level = max(1.0, self._level - 1.0)
        self._note(sent_at, refused=True)

    def _note(self, sent_at: int, *, refused: bool) -> None:
        if self._tolerated:
            self._watch(refused)
        elif self._began_at is not None:
            half = max(1.0, self._began_at / 2)
            (self._low if sent_at <= half else self._high).add(refused)
            if self._low.count >= ATTEMPTS_TO_JUDGE:
                self._judge(self._began_at)

    def _judge(self, began_at: float) -> None:
        """Did half the level, or less, bring fewer refusals?"""
        low, high = self._low.value, self._high.value
        self._begin_anew()
        if max(FEWEST_TO_TOLERATE, HARDLY_FEWER * high) <= low <= MOST_TO_TOLERATE:
            self._tolerated = low
            self._level = max(self._level, began_at)

    def _watch(self, refused: bool) -> None:
        """While refusals are tolerated: as many as before, far fewer, or far more?"""
        self._recent.add(refused)
        if self._recent.count < ATTEMPTS_TO_JUDGE:
            return
        now = self._recent.value
        self._recent = _Share()
        if now > self._tolerated + MANY_MORE or now < self._tolerated / 4:
            self._tolerated = 0.0
            self._begin_anew()


class _Share:
    """How many of how many."""

    def __init__(self) -> None:
        self.count = self._refused = 0

    def add(self, refused: bool) -> None:
        self.count += 1
        self._refused += refused

    @property
    def value(self) -> float:
        return self._refused / self.count if self.count else 0.0
