"""Reads from a server's refusal how long it asks to wait: its headers, else its words.
Knows nothing about waiting."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

# Of the newer and of the older form. Tokens and requests have limits of their own; a refused call waits for
# the one that is used up.
_LIMIT = re.compile(r"(?:x-|anthropic-)?ratelimit-(?:(.+)-)?(remaining|reset)(?:-(.+))?", re.I)
_DURATION = re.compile(
    r"(\d+(?:\.\d+)?)\s*(milliseconds?|ms|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)(?![a-z])", re.I
)
_DURATIONS = r"((?:\d+(?:\.\d+)?\s*[a-z]+(?:,|\band\b|\s)*)+)"
_ASKED = re.compile(
    rf"(?:try again|retry|wait(?: for)?|again|available|resets?|retry[-_ ]?(?:after|delay))\W{{0,3}}"
    rf"(?:in|after|at least)?\W{{0,4}}{_DURATIONS}",
    re.I,
)
_SECONDS_OF = {"h": 3600.0, "m": 60.0, "s": 1.0}
_LATER_THAN = 1e8
"""A number of seconds beyond this is a time, not a duration."""


def read_wait(headers: Mapping[str, str], words: str, *, limits: bool) -> float | None:
    """Seconds to wait, by the most exact of what was said; None when nothing was.

    headers: by lower-case name.  words: the server's message.  limits: whether it was a limit that refused,
    so that the headers of limits and the words count.
    """
    now = _unix_seconds(headers.get("date"))
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    wait = retry_after_seconds(headers.get("retry-after"), now)
    if wait is not None or not limits:
        return wait
    wait = wait_in_words(words)
    return wait if wait is not None else _read_limits(headers, now)


def retry_after_seconds(value: str | None, now: float | None = None) -> float | None:
    """The seconds in a header: a number, "1m30s", a date of HTTP or of ISO 8601, or a Unix time in seconds or
    milliseconds; None for anything else.

    now: the server's own time, from its Date header: ours may be wrong, or jump.
    """
    if not value:
        return None
    number = _number(value)
    if number is not None and number < _LATER_THAN:
        return number
    if number is None:
        duration = _duration(value)
        if duration is not None:
            return duration
        at = _unix_seconds(value)
    else:
        at = number / 1000 if number > 1000 * _LATER_THAN else number
    return None if at is None else max(0.0, at - (time.time() if now is None else now))


def wait_in_words(words: str) -> float | None:
    """ "Please try again in 1m30s." """
    asked = _ASKED.search(words)
    return _duration(asked[1]) if asked else None


def _read_limits(headers: Mapping[str, str], now: float | None) -> float | None:
    """By the limits that are used up; where none says so, by the one that is renewed first."""
    left: dict[str, float | None] = {}
    resets: dict[str, float] = {}
    for name, value in headers.items():
        match = _LIMIT.fullmatch(name)
        if match is None:
            continue
        of = match[1] or match[3] or ""
        if match[2].lower() == "remaining":
            left[of] = _number(value)
        elif (wait := retry_after_seconds(value, now)) is not None:
            resets[of] = wait
    used_up = [wait for of, wait in resets.items() if left.get(of) == 0]
    return max(used_up) if used_up else min(resets.values(), default=None)


def _number(text: str | None) -> float | None:
    """A number of 0 or more; None for anything else."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _duration(text: str) -> float | None:
    """The sum of "1m30s" or "2 minutes and 5 seconds"; None when there is none."""
    found = _DURATION.findall(text.strip())
    if not found:
        return None
    return sum(
        float(n) * (0.001 if u.lower().startswith(("ms", "mil")) else _SECONDS_OF[u[0].lower()])
        for n, u in found
    )


def _unix_seconds(date: str | None) -> float | None:
    """Of a date; None for what is none."""
    from datetime import datetime

    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return read((date or "").strip()).timestamp()
        except (TypeError, ValueError, OverflowError):
            continue
    return None
