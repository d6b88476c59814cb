"""Writes values of watched figures, times, and facts of alarms: alike on pages, in commands and mails.
Knows nothing about how they are computed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from workbench.formatting import dollars, duration

if TYPE_CHECKING:
    from workbench.watch.figures import FigureValue, WatchedFigure

PER_THOUSAND = 1_000
"""A cost is said for so many answers, because one costs too little to be read."""
SUREST = 0.999
"""Beyond this, it does not matter how sure an alarm is."""
MOST_BESIDE = 3
"""So many changes around the beginning of an alarm are said one by one."""
VERDICTS = {"model": "Model", "corpus": "Corpus", "questions": "Questions", "answers": "Answers"}
"""What a check has a verdict on → its title."""


def label_of(figure: WatchedFigure) -> str:
    """What a figure is called where its values are written by `value_text`."""
    return f"Cost of {PER_THOUSAND:,} answers" if figure.unit == "usd" else figure.label


def value_text(figure: WatchedFigure, value: float) -> str:
    """A value of a figure: 0.842, 12.5%, $1.20 (of 1,000 answers), 980 (tokens), 1.2 s."""
    if figure.unit == "share":
        return f"{value:.1%}"
    if figure.unit == "usd":
        return dollars(value * PER_THOUSAND)
    if figure.unit == "tokens":
        return f"{value:,.0f}"
    return duration(value) if figure.unit == "seconds" else f"{value:.3f}"


def interval_text(figure: WatchedFigure, value: FigureValue) -> str:
    """The 95 % interval of a value: "0.791–0.804"."""
    return f"{value_text(figure, value.low)}–{value_text(figure, value.high)}"


def with_interval(figure: WatchedFigure, value: FigureValue) -> str:
    """A value with its 95 % interval: "0.798 (0.791–0.804)"."""
    return f"{value_text(figure, value.mean)} ({interval_text(figure, value)})"


def sure_text(sure: float) -> str:
    """How sure an alarm is, from a number in [0, 1]: "95% sure", "over 99.9% sure"; never 100%."""
    return "over 99.9% sure" if sure > SUREST else f"{100 * sure:.3g}% sure"


def alarm_notes(figure: str, evidence: Mapping[str, Any]) -> list[str]:
    """What else is to be known of an alarm, in sentences: whether its figure recovered, and what changed
    around the day on which it began.

    figure: its name.  evidence: the alarm's.
    """
    from workbench.watch.figures import BY_NAME, FigureValue

    said = []
    if found := evidence.get("recovered"):
        value = FigureValue(**{name: found[name] for name in ("mean", "low", "high", "count")})
        now = with_interval(BY_NAME[figure], value)
        said.append(f"It has recovered: {now} since {day_text(found['since'])} (UTC).")
    beside = [f"{day_text(mark['at'])}, {_inner(mark['what'])}" for mark in evidence.get("beside") or ()]
    if beside:
        more = [f"… and {len(beside) - MOST_BESIDE:,} more"] if len(beside) > MOST_BESIDE else []
        said.append(f"Around the day it began: {'; '.join([*beside[:MOST_BESIDE], *more])}.")
    return said


def _inner(sentence: str) -> str:
    """A sentence as a part of another one."""
    article, space, rest = sentence.removesuffix(".").partition(" ")
    return f"{article.lower() if article == 'The' else article}{space}{rest}"


def day_text(seconds: float) -> str:
    """The day (UTC) of a time in Unix seconds: "2026-11-03"."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def time_text(seconds: float) -> str:
    """A time in Unix seconds, to the minute: "2026-11-03 23:06 UTC"."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
