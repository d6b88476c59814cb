"""How often a check's verdicts are wrong over simulated years, and how often they find what is true.
Knows nothing about documents or servers: replies and scores in, the product's verdicts out.

    python -m benchmarks.check [--quick]

A winner has 40 canaries. Where nothing changes, a year has 365 checks, one a day, and an alarm on any of them
is a false one. Replies: each has a chance of its own to be another of three wordings. Scores: each answer is
right by a chance of its own, drawn anew in each check; or the model is exchanged on day 100 for another one
that is as good, and answers the same each time. Then, falls: on schedule (days 0, 7, 30, 90), canaries are
lost from day 20 on.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, run_alone, say
from workbench.analysis.repeated_falls import find_falls
from workbench.analysis.wilson import wilson_bounds
from workbench.ship.kept_questions import Canary, CanaryReply
from workbench.store.serving.records import CanaryAnswer, ServiceCheck
from workbench.watch.answer_verdict import SAFETY
from workbench.watch.model_verdict import judge_each
from workbench.watch.verdict import FALSE_ALARM, CheckedCanaries

CANARIES, YEARS, DAYS = 40, 1_000, 365
SCHEDULE = (0, 7, 30, 90)
CHANGE, FALL = 100, 20  # days
SEED = 20_261_129
Array = NDArray[np.float64]


def share(name: str, times: int, of: int, most: float | None = None) -> Figure:
    """A share; most: what it must not exceed, beside chance."""
    bar = None if most is None else most + 2 * math.sqrt(most * (1 - most) / of)
    return Figure(name, times / of, *wilson_bounds(times / of, of), bar, at_most=most is not None)


def _checks(texts: Sequence[Sequence[Sequence[str]]], days: Sequence[int]) -> list[CheckedCanaries]:
    """texts: [checks][canaries][replies]."""
    return [
        CheckedCanaries(
            ServiceCheck(n, "s", day, 0.0, 0.0, "v", {}),
            {
                f"q{c}": tuple(CanaryAnswer(f"q{c}", "ok", request="r", answer=text) for text in replies)
                for c, replies in enumerate(row)
            },
        )
        for n, (row, day) in enumerate(zip(texts, days, strict=True))
    ]


class Model:
    """Replies in four wordings to each of the canaries' questions."""

    def __init__(self, random: np.random.Generator, noise: float) -> None:
        self._random = random
        self._noise = random.beta(noise * 4, (1 - noise) * 4, CANARIES) if noise else np.zeros(CANARIES)

    def reply(self, times: int = 1, changed: Array | None = None) -> list[list[str]]:
        """[canaries][times]. changed: which replies are those of another model."""
        draws = self._random.random((CANARIES, times)) < self._noise[:, None]
        wording = np.where(draws, self._random.integers(1, 4, draws.shape), 0)
        other = np.zeros(CANARIES, bool) if changed is None else changed
        return [
            [f"{'other ' * bool(o)}wording {w} of {c}" for w in row]
            for c, (row, o) in enumerate(zip(wording, other, strict=True))
        ]


def _canaries(replies: Sequence[Sequence[str]]) -> list[Canary]:
    return [
        Canary(question={"id": f"q{c}"}, then=[CanaryReply(answer=row[0], request="r")])
        for c, row in enumerate(replies)
    ]


def model_alarms(random: np.random.Generator, years: int, noise: float) -> int:
    """Years with a false "the model changed"."""
    alarms = 0
    for year in range(years):
        if year % 100 == 0:
            say(f"{noise:.0%} of replies differ: {alarms} false alarms in {year} years")
        model = Model(random, noise)
        canaries = _canaries(model.reply())
        texts = [model.reply(2 if day == 0 else 1) for day in range(DAYS)]
        alarms += any(
            v.kind == "changed" for v in judge_each(canaries, _checks(texts, range(DAYS)), seeded=False)
        )
    return alarms


def model_found(random: np.random.Generator, times: int, noise: float, changed: float) -> int:
    """How often a change on day 20 of so many replies is found on day 30."""
    found = 0
    for _ in range(times):
        model = Model(random, noise)
        other = random.random(CANARIES) < changed
        canaries = _canaries(model.reply())
        texts = [model.reply(2), model.reply(), model.reply(changed=other)]
        found += judge_each(canaries, _checks(texts, SCHEDULE[:3]), seeded=False)[-1].kind == "changed"
    return found


def answer_alarms(random: np.random.Generator, years: int, *, exchanged: bool) -> int:
    """Years with a false "the answers got worse", of one score."""
    alarms = 0
    for _ in range(years):
        chance = random.beta(6, 2, CANARIES)
        then = random.random(CANARIES) < chance
        if exchanged:
            now = np.tile(then, (DAYS, 1))
            now[CHANGE:] = random.random(CANARIES) < chance
        else:
            now = random.random((DAYS, CANARIES)) < chance
        falls = find_falls(now.astype(float) - then, range(DAYS), SAFETY * FALSE_ALARM)
        alarms += any(fall.is_fall for fall in falls)
    return alarms


def answers_found(
    random: np.random.Generator, times: int, lost: float, days: Sequence[int], *, noisy: bool
) -> int:
    """How often a fall on day 20, of so much of the mean, is found by the last of these days."""
    found = 0
    for _ in range(times):
        chance = random.beta(6, 2, CANARIES) if noisy else (random.random(CANARIES) < 0.75).astype(float)
        then = random.random(CANARIES) < chance
        now = random.random((len(days), CANARIES)) < chance
        gone = random.random(CANARIES) < lost / 0.75
        now[np.array(days) >= FALL] &= ~gone
        falls = find_falls(now.astype(float) - then, days, SAFETY * FALSE_ALARM / 2)
        found += any(fall.is_fall for fall, day in zip(falls, days, strict=True) if day >= FALL)
    return found


def measure(options: argparse.Namespace) -> list[Figure]:
    random = np.random.default_rng(SEED)
    years, times = (20, 40) if options.quick else (YEARS, 400)
    figures = []
    for exchanged in (False, True):
        what = "another model as good from day 100" if exchanged else "answers drawn anew"
        alarms = answer_alarms(random, years, exchanged=exchanged)
        name = f"false “answers got worse” in a year of daily checks, {what}"
        figures.append(share(name, alarms, years, FALSE_ALARM))
    for lost in (0.1, 0.2, 0.3):
        for noisy in (False, True):
            kind = "drawn anew" if noisy else "the same each time"
            found = answers_found(random, times, lost, SCHEDULE, noisy=noisy)
            figures.append(
                share(f"fall of {lost:.2f} found by day 90 of the schedule, answers {kind}", found, times)
            )
            daily = answers_found(random, times // 4, lost, range(60), noisy=noisy)
            figures.append(
                share(f"fall of {lost:.2f} found within 40 daily checks, answers {kind}", daily, times // 4)
            )
    for noise, changed in ((0.0, 0.2), (0.1, 0.3), (0.1, 0.5), (0.5, 0.5), (0.5, 1.0)):
        found = model_found(random, times, noise, changed)
        name = f"a change of {changed:.0%} of replies found on day 30, {noise:.0%} differ anyway"
        figures.append(share(name, found, times))
    for number, noise in enumerate((0.1, 0.5)):
        random = np.random.default_rng((SEED, number))
        started = time.perf_counter()
        alarms = model_alarms(random, years, noise)
        name = f"false “model changed” in a year of daily checks, {noise:.0%} of replies differ by themselves"
        figures.append(share(name, alarms, years, FALSE_ALARM))
        say(f"{name}: {alarms} of {years} ({time.perf_counter() - started:.0f} s)")
    return figures


if __name__ == "__main__":
    raise SystemExit(run_alone("check", measure, __doc__))
