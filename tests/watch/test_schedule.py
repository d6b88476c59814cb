"""When checks fall due, on a simulated clock.
Knows nothing about what a check does."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError, ProviderError, WorkbenchError
from workbench.input.time_span import parse_time_span, time_span_in_words
from workbench.store.serving.records import ServiceCheck
from workbench.watch.schedule import (
    DAY,
    RETRY_SECONDS,
    check_on_schedule,
    find_due,
)

START = 1_000_000.0


def made(*days: float, finished: bool = True) -> list[ServiceCheck]:
    return [
        ServiceCheck(
            n, "s", int(day), START + day * DAY, START + day * DAY + 9 if finished else None, "v", {}
        )
        for n, day in enumerate(days)
    ]


@pytest.mark.parametrize(
    ("today", "checks", "every", "day", "why"),
    [
        (0, (), None, 7, "day 7"),
        (8, (), None, 7, "day 7"),
        (8, (3,), None, 7, "day 7"),
        (8, (7.5,), None, 30, "day 30"),
        (40, (), None, 30, "day 30"),  # one check makes up for both days
        (40, (31,), None, 90, "day 90"),
        (0, (), 1, 1, "every 1 day"),
        (6.5, (6,), 1, 7, "day 7"),
        (10.5, (10,), 1, 11, "every 1 day"),
        (10.5, (12,), 1, 11.5, "every 1 day"),  # made before the clock was set back
        (100, (91, 95), 7, 102, "every 1 week"),
    ],
)
def test_the_next_check(
    today: float, checks: tuple[float, ...], every: float | None, day: float, why: str
) -> None:
    due = find_due(START, made(*checks), START + today * DAY, every and every * DAY)
    assert due is not None and due.why == why
    assert (due.at - START) / DAY == pytest.approx(day)


def test_after_day_90_nothing_is_due_without_a_period_and_an_unfinished_check_does_not_count() -> None:
    assert find_due(START, made(90.1), START + 91 * DAY) is None
    due = find_due(START, made(90.1, finished=False), START + 91 * DAY)
    assert due is not None and due.why == "day 90"


@given(st.lists(st.floats(0, 400), max_size=8), st.floats(0, 400), st.sampled_from([None, 0.5, 1.0, 7.0]))
def test_a_check_that_was_made_now_leaves_nothing_due_now(
    days: list[float], today: float, every: float | None
) -> None:
    checks = made(*sorted(d for d in days if d <= today), today)
    due = find_due(START, checks, START + today * DAY, every and every * DAY)
    assert due is None or due.at > START + today * DAY


@pytest.mark.parametrize(
    ("text", "seconds", "words"),
    [
        ("1d", DAY, "1 day"),
        ("12h", DAY / 2, "12 hours"),
        ("2w", 14 * DAY, "2 weeks"),
        ("90m", 5_400, "90 minutes"),
    ],
)
def test_periods(text: str, seconds: float, words: str) -> None:
    assert parse_time_span(text, "--every") == seconds and time_span_in_words(seconds) == words


@pytest.mark.parametrize("text", ["", "d", "0d", "-1d", "1y", "1 d 2 h", "∞"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(InputError, match="no span of time"):
        parse_time_span(text, "--every")


def test_a_quarter_of_a_server_that_cannot_check_for_an_hour() -> None:
    clock, checks, errors = START, made(), []

    async def sleep(seconds: float) -> None:
        nonlocal clock
        clock += seconds

    async def check() -> None:
        if 30 * DAY <= clock - START < 30 * DAY + 1_000:
            raise ProviderError("The server does not answer.", kind="refused")
        checks.append(ServiceCheck(len(checks), "s", 0, clock, clock + 5, "v", {}))

    def note(error: WorkbenchError) -> None:
        errors.append(str(error))

    asyncio.run(
        check_on_schedule(
            lambda: find_due(START, checks, clock), check, now=lambda: clock, on_error=note, sleep=sleep
        )
    )
    at = [(c.started_at - START) / DAY for c in checks]
    assert at == pytest.approx([7, 30 + RETRY_SECONDS / DAY, 90], abs=0.01)
    assert errors == ["The server does not answer."]
