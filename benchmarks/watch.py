"""False alarms of Watch over quarters in which nothing changes, and how soon it finds a fall of grounding.
Knows nothing about the store: the days' sums are made as SQL would make them, and tested by the same code.

    python -m benchmarks.watch [--quick]

A quarter has 90 days of about 200 requests; all figures of WATCHED are tested, in all traffic and in five
tags. An answer is ungrounded with a probability that differs by day. Grounding is drawn from a mixture that
varies much, or from that of the answers of a sample run. Thumbs are given on 3 % of the answers. The winner's
file has the grounding of 100 held-out questions.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, run_alone, say
from workbench.analysis.change_detection import Days, Detection, Reference, detect_fall
from workbench.analysis.wilson import wilson_bounds
from workbench.scoring.support import SUPPORTED
from workbench.watch.changes import IN_PARTS, chance_of, least_on_scale, part_share
from workbench.watch.figures import WATCHED

Array = NDArray[np.float64]
DAYS, REQUESTS, TAGS, HELD_OUT = 90, 200, 5, 100
QUARTERS, FALLS = 1_000, 300
EARLIEST = 14
"""The first day on which a fall may begin, from 0."""
BY_NAME = {figure.name: (place, figure) for place, figure in enumerate(WATCHED, start=1)}


@dataclass(frozen=True)
class Answers:
    """What the grounding of answers is, beside how it differs by day."""

    ungrounded: float
    """The share of answers that are ungrounded."""
    of_grounded: Array
    """Quantiles of the grounding of those that are not, evenly spaced."""
    of_ungrounded: Array

    @property
    def gap(self) -> float:
        """The mean of a grounded answer less that of an ungrounded one."""
        return _mean(self.of_grounded) - _mean(self.of_ungrounded)

    def draw(self, random: np.random.Generator, lower: Array) -> Array:
        """Grounding of answers. lower: by how much the mean of each is to be lower."""
        is_ungrounded = random.random(len(lower)) < self.ungrounded + lower / self.gap
        at = random.random(len(lower))
        values = np.where(is_ungrounded, _at(self.of_ungrounded, at), _at(self.of_grounded, at))
        return np.asarray(values, dtype=float)


def _at(quantiles: Array, place: Array) -> Array:
    return np.interp(place, np.linspace(0, 1, len(quantiles)), quantiles)


def _mean(quantiles: Array) -> float:
    return float((quantiles[1:] + quantiles[:-1]).mean() / 2)


def _mixture() -> Answers:
    random = np.random.default_rng(0)
    good = np.where(random.random(20_001) < 0.7, 1.0, random.beta(5, 1.7, 20_001))
    return Answers(0.12, np.sort(good), np.sort(random.beta(1.5, 4, 20_001)))


MIXTURE = _mixture()
SAMPLE = Answers(
    0.028,
    np.array(
        [
            0.51,
            0.85,
            0.91,
            0.94,
            0.94,
            0.94,
            0.94,
            0.94,
            0.94,
            0.94,
            0.99,
            0.99,
            0.99,
            0.99,
            0.99,
            0.99,
            0.99,
            0.99,
            0.99,
            0.99,
            0.99,
        ]
    ),
    np.array([0.0, 0.05, 0.11, 0.11, 0.11, 0.11, 0.11, 0.4, 0.4, 0.44, 0.48]),
)
"""4,432 answers of the sample experiment by the embedded answerers."""


@dataclass(frozen=True)
class Setting:
    """How much days differ where nothing changes."""

    name: str
    day_sd: float
    """Standard deviation over days of the mean grounding, beside chance."""
    weekend: float = 0.0
    """How much lower grounding is on two days of seven."""
    answers: Answers = MIXTURE


SETTINGS = (
    Setting("days differ by 0.01", 0.01),
    Setting("days differ by 0.01, a sample run's answers", 0.01, answers=SAMPLE),
    Setting("days alike", 0.0),
    Setting("days differ by 0.03", 0.03),
    Setting("weekends lower by 0.04", 0.01, 0.04),
)
THOROUGH = 2
"""So many of the settings, the first ones, have the bars and QUARTERS quarters; the others have a fifth."""


@dataclass(frozen=True)
class Quarter:
    """The requests of a quarter: their values, days and tags."""

    day: NDArray[np.intp]
    tag: NDArray[np.intp]
    values: dict[str, Array]
    """Figure → values, NaN where a request has none; unbounded ones as x / (x + median)."""
    reference: Reference

    def days(self, figure: str, tag: int | None = None) -> Days:
        value = self.values[figure]
        used = ~np.isnan(value) if tag is None else ~np.isnan(value) & (self.tag == tag)
        day, value = self.day[used], value[used]
        count, total, squares = (np.bincount(day, w, DAYS) for w in (np.ones(len(day)), value, value**2))
        some = count > 0
        days = Days(count[some], total[some], squares[some])
        return days if BY_NAME[figure][1].worse == "lower" else days.turned()


def make_quarter(
    random: np.random.Generator, setting: Setting, fall: float = 0.0, since: int = DAYS
) -> Quarter:
    """A quarter in which grounding falls on a day, or not at all."""
    day = np.repeat(np.arange(DAYS), random.poisson(REQUESTS, DAYS))
    effect = random.normal(0, setting.day_sd, DAYS) - setting.weekend * (np.arange(DAYS) % 7 >= 5)
    lower = -effect + fall * (np.arange(DAYS) >= since)
    grounding = setting.answers.draw(random, lower[day])
    size = len(day)
    tag = random.choice(TAGS, size, p=[0.4, 0.25, 0.2, 0.1, 0.05])
    load = random.normal(0, 0.1, DAYS)[day]  # a day's latency
    unbounded = {
        "cost_usd": random.lognormal(0, 0.5, size),
        "tokens": random.lognormal(0, 0.4, size),
        "seconds": random.lognormal(load, 0.6),
    }
    scaled = {name: x / (x + np.median(x[:100])) for name, x in unbounded.items()}
    rated = random.random(size) < 0.03
    shares = {"refusals": 0.06, "personal_data": 0.004, "failures": 0.01}
    values = {
        "grounding": grounding,
        "ungrounded": (grounding < SUPPORTED).astype(float),
        "dislikes": np.where(rated, random.random(size) < 0.1 + 0.5 * (grounding < SUPPORTED), np.nan),
        "toxicity": random.beta(0.3, 20, size),
        **{name: (random.random(size) < share).astype(float) for name, share in shares.items()},
        **scaled,
    }
    held_out = setting.answers.draw(random, np.zeros(HELD_OUT))
    mean, half = float(held_out.mean()), 1.96 * float(held_out.std(ddof=1)) / HELD_OUT**0.5
    return Quarter(day, tag, values, Reference(mean, mean - half, HELD_OUT))


def test_figure(quarter: Quarter, name: str, tag: int | None = None) -> Detection | None:
    """The test of a figure, as `find_changes` makes it."""
    place, figure = BY_NAME[name]
    share = part_share(1 if tag is None else tag + 2)
    return detect_fall(
        quarter.days(name, tag),
        alpha=chance_of(place, share),
        least=least_on_scale(figure, in_part=tag is not None),
        reference=quarter.reference if name == "grounding" and tag is None else None,
    )


def find_alarms(quarter: Quarter) -> Iterator[str]:
    for name in BY_NAME:
        for tag in (None, *range(TAGS if name in IN_PARTS else 0)):
            found = test_figure(quarter, name, tag)
            if found is not None and found.is_fall:
                yield name if tag is None else f"{name} in tag {tag}"


def measure(options: argparse.Namespace) -> list[Figure]:
    quarters, falls = (20, 20) if options.quick else (QUARTERS, FALLS)
    figures = []
    for number, setting in enumerate(SETTINGS):
        is_bar = number < THOROUGH
        count = quarters if is_bar else max(20, quarters // 5)
        alarms = [list(find_alarms(make_quarter(_random(7, number, i), setting))) for i in range(count)]
        false = sum(bool(found) for found in alarms)
        names = sorted({name for found in alarms for name in found})
        low, high = wilson_bounds(false / count, count)
        note = f"{count:,} quarters" + (f"; {', '.join(names)}" if names else "")
        figures.append(
            Figure(f"false alarms, {setting.name}", false / count, low, high, 0.05, note=note, at_most=True)
        )
        say(f"{figures[-1].name}: {false} of {count}")
        for fall, days in ((0.10, 7), (0.25, 2)):
            found_on = [
                _find_fall(_random(8, number, i), setting, fall) for i in range(falls if is_bar else count)
            ]
            figures.append(
                _found_figure(
                    f"fall of {fall:.2f} within {days} days, {setting.name}", found_on, days, is_bar
                )
            )
            say(f"{figures[-1].name}: {figures[-1].value:.3f} ({figures[-1].note})")
    return figures


def _random(*seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def _find_fall(random: np.random.Generator, setting: Setting, fall: float) -> int | None:
    """On which day since a fall began it is found, from 1; None for never or before."""
    since = int(random.integers(EARLIEST, DAYS - 7))
    found = test_figure(make_quarter(random, setting, fall, since), "grounding")
    day = None if found is None else found.found_on
    return None if day is None or day < since else day - since + 1


def _found_figure(name: str, found_on: list[int | None], days: int, is_bar: bool) -> Figure:
    within = sum(day is not None and day <= days for day in found_on)
    low, high = wilson_bounds(within / len(found_on), len(found_on))
    known = [day if day is not None else DAYS for day in found_on]
    quantiles = "median {:.0f} days, 90 % within {:.0f}".format(*np.quantile(known, [0.5, 0.9]))
    return Figure(name, within / len(found_on), low, high, 0.9 if is_bar else None, note=quantiles)


if __name__ == "__main__":
    sys.exit(run_alone("watch", measure, __doc__))
