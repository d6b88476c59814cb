"""Adapts the number of concurrent calls to a provider: one less per refusal, slowly more after successes.
Knows nothing about clients, clocks or what is sent: it is told how each attempt ended."""

from __future__ import annotations

from statistics import fmean

# After this many successes one more concurrent call is tried. A server at its limit then refuses about 2 %.
SUCCESSES_TO_GROW = 50
# While refusals do not depend on the concurrency, or it is far below where they began.
SUCCESSES_TO_GROW_FAST = 10
FAR_BELOW = 0.5
# Attempts at half the concurrency or less that show whether refusals depend on it; at least as many as are in
# flight at once, as a server may refuse the first or the last of a burst.
ATTEMPTS_TO_JUDGE = 30
HARDLY_FEWER = 0.6
FEWEST_TO_TOLERATE, MOST_TO_TOLERATE = 0.1, 0.7
# With a share this much above the tolerated one, refusals lower the concurrency again.
MANY_MORE = 0.25
# Climbing: twice the concurrency is kept unless calls then take so many times as long, as they do in a queue.
SLOWER = 1.6
# After twice the concurrency was no use, that is tried again after so many successes.
SUCCESSES_TO_CLIMB_AGAIN = 50


class AdaptiveConcurrency:
    """The number of calls that may be in flight at a provider, from 1 to `most`.

    A server that accepts n concurrent calls refuses exactly the others, so one less per refusal finds n at
    once, where halving overshoots. A server that refuses at random, or by a count of its own, still refuses
    at half the concurrency. Then the concurrency is restored and this share of refusals is tolerated. (AIMD,
    additive increase and multiplicative decrease, Chiu and Jain 1989, takes every refusal for congestion:
    30 % of random refusals bring it down to one concurrent call.)

    A server that queues in silence refuses nothing: its calls only take longer, until they time out. Begun
    below `most`, the concurrency climbs: it is doubled as long as calls take hardly longer for it.

    begin: the concurrency at the start; None means `most`.
    """

    def __init__(self, most: int, begin: int | None = None) -> None:
        self._most = most
        self._concurrency = float(min(most, begin or most))
        self._climbing = self._concurrency < most
        self._seconds: list[float] = []  # of the calls sent at this concurrency, while climbing
        self._seconds_at_half: float | None = None
        self._is_warm = False
        self.was_lowered = False
        """Whether a refusal or a time-out has ever lowered it."""
        self.part = 1.0
        """The part of all calls that this process sends, where others send some, too: so much of what tells
        whether one more is borne comes to it."""
        self._successes = 0
        self._refused_at = float("inf")  # the concurrency at the last refusal
        self._tolerated = 0.0
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._began_at: float | None = None  # the concurrency at which these refusals began
        self._high, self._low, self._recent = _Share(), _Share(), _Share()

    @property
    def allowed(self) -> int:
        """How many calls may be in flight now."""
        return max(1, int(self._concurrency))

    def note_accepted(self, sent_at: int, seconds: float | None = None) -> None:
        """An attempt was accepted.

        sent_at: `allowed` when it was sent.
        seconds: how long its reply took; None when there was none to time.
        """
        self._note(sent_at, refused=False)
        self._successes += 1
        if not self.was_lowered and self._concurrency < self._most:
            self._climb(sent_at, seconds)
            return
        free = self._tolerated or self._concurrency < FAR_BELOW * self._refused_at
        if self._concurrency < self._most and self._successes >= (
            self.part * (SUCCESSES_TO_GROW_FAST if free else SUCCESSES_TO_GROW)
        ):
            self._successes = 0
            self._concurrency = min(float(self._most), self._concurrency + max(1.0, 0.05 * self._concurrency))

    def _climb(self, sent_at: int, seconds: float | None) -> None:
        """Double the concurrency, unless calls took much longer since it was doubled last."""
        if not self._climbing:
            if self._successes >= SUCCESSES_TO_CLIMB_AGAIN:
                self._climbing, self._successes = True, 0
            return
        if seconds is None or sent_at != self.allowed:
            return
        if not self._is_warm:  # a server may load its model for the first call
            self._is_warm = True
            return
        self._seconds.append(seconds)
        if len(self._seconds) < max(1.0, self.part * self.allowed):
            return
        # The slower half: the first calls at this concurrency found hardly anyone in the queue.
        typical, self._seconds = fmean(sorted(self._seconds)[len(self._seconds) // 2 :]), []
        if self._seconds_at_half is not None and typical > SLOWER * self._seconds_at_half:
            self._concurrency = max(1.0, self._concurrency / 2)
            self._seconds_at_half, self._climbing, self._successes = None, False, 0
            return
        self._seconds_at_half = typical
        self._concurrency = min(float(self._most), 2 * self._concurrency)

    def raise_to(self, concurrency: int) -> None:
        """Take it from others that the provider bears so many, unless it was found here that it does not."""
        if self._climbing and not self.was_lowered and self._concurrency < concurrency:
            self._concurrency = min(float(self._most), float(concurrency))
            self._seconds, self._seconds_at_half = [], None

    @property
    def lowered_to(self) -> int | None:
        """How many it bears since it refused some; None where it has refused none, or bears all again."""
        return self.allowed if self.was_lowered and self.allowed < self._most else None

    def note_refused(self, sent_at: int) -> None:
        """An attempt was refused or came too late: too many calls, or a busy server.

        sent_at: `allowed` when it was sent.
        """
        self.was_lowered = True
        if self._tolerated:
            self._note(sent_at, refused=True)
            return
        if self._began_at is None:
            self._began_at = self._concurrency
        self._refused_at = float(sent_at)
        self._successes = 0
        self._concurrency = max(1.0, self._concurrency - 1.0)
        self._note(sent_at, refused=True)

    def _note(self, sent_at: int, *, refused: bool) -> None:
        if self._tolerated:
            self._watch(refused)
        elif self._began_at is not None:
            half = max(1.0, self._began_at / 2)
            (self._low if sent_at <= half else self._high).add(refused)
            if self._low.count >= max(ATTEMPTS_TO_JUDGE, half):
                self._judge(self._began_at)

    def _judge(self, began_at: float) -> None:
        """Tolerate the refusals if half the concurrency, or less, hardly reduced them."""
        low, high = self._low.value, self._high.value
        self._begin_anew()
        if max(FEWEST_TO_TOLERATE, HARDLY_FEWER * high) <= low <= MOST_TO_TOLERATE:
            self._tolerated = low
            self._concurrency = max(self._concurrency, began_at)

    def _watch(self, refused: bool) -> None:
        """Stop tolerating refusals once there are far fewer or far more than before."""
        self._recent.add(refused)
        if self._recent.count < max(ATTEMPTS_TO_JUDGE, self._concurrency):
            return
        now = self._recent.value
        self._recent = _Share()
        if now > self._tolerated + MANY_MORE or now < self._tolerated / 4:
            self._tolerated = 0.0
            self._begin_anew()


class _Share:
    """The share of attempts that were refused."""

    def __init__(self) -> None:
        self.count = self._refused = 0

    def add(self, refused: bool) -> None:
        self.count += 1
        self._refused += refused

    @property
    def value(self) -> float:
        return self._refused / self.count if self.count else 0.0
