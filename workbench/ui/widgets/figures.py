"""Formats figures for people: means with intervals and counts, money, time, states.
Knows nothing about where they come from."""

from __future__ import annotations

import time

from workbench.analysis.judge_summary import is_marked
from workbench.analysis.leaderboard import win_share
from workbench.formatting import dollars, dollars_per_thousand, duration, spent_dollars, uncapitalised
from workbench.parts.score_labels import label_of_score
from workbench.results.progress_words import about, roughly
from workbench.space.scores import COST_MEASURES, more_is_better
from workbench.store.figures import Figure, Preferred

# Only symbols that common fonts have: others are drawn as empty boxes.
STATES = {
    "queued": "waiting for the worker",
    "running": "▶ running",
    "stopping": "stopping",
    "stopped": "stopped",
    "stopped: budget": "stopped: budget",
    "paused": "paused",
    "interrupted": "interrupted",
    "done": "✓ done",
    "failed": "✗ failed",
}


def label_of(score: str) -> str:
    """Return the label of a score or cost."""
    return label_of_score(score)


def aim_text(measure: str) -> str:
    """Return for example "highest correctness" or "lowest cost per 1,000 questions"."""
    return f"{'highest' if more_is_better(measure) else 'lowest'} {uncapitalised(label_of(measure))}"


def figure_text(figure: Figure | None) -> str:
    """Return for example "0.710 (0.64–0.78), n 98, 2 failed"; "!" marks over a tenth."""
    if figure is None or (figure.mean is None and not figure.count):
        return "—"
    if figure.mean is None:
        return "—"
    text = f"{figure.mean:.3f}"
    if figure.low is not None and figure.high is not None:
        text += f" ({figure.low:.2f}–{figure.high:.2f})"
    text += f", n {figure.count:,}"
    if figure.failed:
        text += f", {figure.failed} failed{'!' if is_marked(figure) else ''}"
    return text


def preferred_text(preferred: Preferred) -> str:
    """Return for example "60% of 5 (23%–88%), 1 both good": the share won in blind review, then the ties."""
    if not preferred.total:
        return ""
    parts, share = [], win_share(preferred)
    if share is not None:
        parts.append(f"{share[0]:.0%} of {preferred.won + preferred.lost} ({share[1]:.0%}–{share[2]:.0%})")
    parts += [f"{preferred.both_good} both good"] if preferred.both_good else []
    parts += [f"{preferred.both_bad} both bad"] if preferred.both_bad else []
    return ", ".join(parts)


def money_text(amount: float | None) -> str:
    return "unpriced" if amount is None else dollars(amount)


def spent_text(amount: float | None) -> str:
    """Return what was spent or saved; what embedded models cost is often too little to be read."""
    return "unpriced" if amount is None else spent_dollars(amount)


def per_1k_text(cost: float | None) -> str:
    """Return for example "$0.42 per 1,000 questions"; "no price" for None.

    cost: dollars per 1,000 questions.
    """
    return "no price" if cost is None else f"{dollars_per_thousand(cost / 1000)} questions"


def mean_text(figure: Figure | None) -> tuple[str, str]:
    """Return the mean and its interval apart: ("0.520", "0.44–0.60"); ("—", "") without a mean."""
    if figure is None or figure.mean is None:
        return "—", ""
    has_interval = figure.low is not None and figure.high is not None
    return f"{figure.mean:.3f}", f"{figure.low:.2f}–{figure.high:.2f}" if has_interval else ""


def answer_cost_text(amount: float | None) -> str:
    """Return one answer's cost, said for a thousand answers, as one costs too little to be read."""
    return "unpriced" if amount is None else dollars_per_thousand(amount)


def seconds_text(seconds: float | None) -> str:
    return "—" if seconds is None else duration(seconds)


def measure_text(measure: str, value: float, *, digits: int = 2) -> str:
    """Return a value of a score or a cost. digits: how many a score has after the point."""
    if measure == "cost_per_1k_questions":
        return dollars(value)
    if measure in COST_MEASURES:
        return duration(value) if measure.startswith("seconds") else f"{value:,.0f}"
    return f"{value:.{digits}f}"


UNITS = {"cost_per_1k_questions": "$"}
"""Units that the labels do not say."""


def with_unit(measure: str) -> str:
    """Return the label with its unit if it has one: "Cost per 1,000 questions, $"."""
    return label_of(measure) + (f", {UNITS[measure]}" if measure in UNITS else "")


def cost_texts(bounds: dict[str, float] | None) -> tuple[str, str | None]:
    """Return (the upper end, "at least …" for the lower end or None where both read the same).

    bounds: dollars, with the keys low and high; None if not known.
    """
    if bounds is None:
        return "not known", None
    low, high = dollars(bounds["low"]), dollars(bounds["high"])
    return (high, None) if low == high else (f"≤ {high}", f"at least {low}")


def time_texts(bounds: dict[str, float] | None, unmeasured: list[str]) -> tuple[str, str | None]:
    """Return (about how long, the range or why it is only a guess).

    bounds: seconds, with the keys low and high; None if not known.
    unmeasured: models that have not answered often enough to know their speed.
    """
    if bounds is None:
        return "not known", None
    low, high = roughly(bounds["low"]), roughly(bounds["high"])
    if unmeasured:
        return f"{low} to {high}", f"a guess: {unmeasured[0]} is new" if len(unmeasured) == 1 else "a guess"
    if low == high:
        return about(bounds["high"]), None
    return about((bounds["low"] * bounds["high"]) ** 0.5), f"{low} to {high}"


def ago(moment: float | None, now: float | None = None) -> str:
    """Return for example "3 min ago"; "" for None."""
    if moment is None:
        return ""
    passed = max(0.0, (now or time.time()) - moment)
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "min")):
        if passed >= size:
            count = int(passed // size)
            return f"{count} {word}{'s' if count > 1 and word != 'min' else ''} ago"
    return "just now"
