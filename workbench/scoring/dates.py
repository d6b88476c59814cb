"""Finds dates and clock times in a text: "5 March 2024" = "2024-03-05", "3 pm" = "15:00".
Knows nothing about other numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.scoring.quantity import Quantity

MONTHS = "january february march april may june july august september october november december".split()
_MONTH_NUMBERS = {name[:length]: n for n, name in enumerate(MONTHS, 1) for length in (3, len(name))}
_MONTH_NUMBERS["sept"] = 9
# "may 5" and "march 5" in lower case are rather the verbs.
_MONTH = (
    r"(?:[Jj]an(?:uary)?|[Ff]eb(?:ruary)?|Mar(?:ch)?|[Aa]pr(?:il)?|May|[Jj]une?|[Jj]uly?|[Aa]ug(?:ust)?|"
    r"[Ss]ept?(?:ember)?|[Oo]ct(?:ober)?|[Nn]ov(?:ember)?|[Dd]ec(?:ember)?)\b\.?"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?:1\d|20)\d\d"
_DATES = re.compile(
    rf"\b(?P<d1>{_DAY})\s+(?:of\s+)?(?P<m1>{_MONTH})(?:,?\s+(?P<y1>{_YEAR}))?\b"
    rf"|\b(?P<m2>{_MONTH})\s+(?:the\s)?(?P<d2>{_DAY})\b(?!\s?%)(?:,?\s+(?P<y2>{_YEAR})\b)?"
    rf"|\b(?P<m3>{_MONTH}),?\s+(?:of\s+)?(?P<y3>{_YEAR})\b"
    rf"|\b(?P<y4>{_YEAR})[-‐‑/.](?P<m4>1[0-2]|0?[1-9])[-‐‑/.](?P<d4>{_DAY})\b"
    r"|\b(?P<a5>\d\d?)[/.](?P<b5>\d\d?)[/.](?P<y5>\d{4})\b"
    r"|\b(?P<a6>\d\d?)/(?P<b6>\d\d?)/(?P<y6>\d\d)\b"
)
_CLOCKS = re.compile(
    r"(?<![\w.:,])(?P<hour>[01]?\d|2[0-4])"
    r"(?:[:.](?P<minute>[0-5]\d)(?::[0-5]\d)?\s?(?P<half>[ap]\.?m\b\.?)|\s?(?P<half2>[ap]\.?m\b\.?|o['’]clock)"
    r"|:(?P<minute3>[0-5]\d)(?::[0-5]\d)?(?![\d:]))",
    re.IGNORECASE,
)


def _date(match: re.Match[str]) -> Quantity | None:
    """The date of a match of _DATES; None when its month or day is out of range."""
    group = match.group
    day = next((group(f"d{i}") for i in (1, 2, 4) if group(f"d{i}")), None)
    name = next((group(f"m{i}") for i in (1, 2, 3, 4) if group(f"m{i}")), None)
    year = next((group(f"y{i}") for i in (1, 2, 3, 4, 5) if group(f"y{i}")), None)
    if group("y6"):
        year = ("19" if int(group("y6")) >= 70 else "20") + group("y6")
    days: list[tuple[int, int]] = []  # (month, day) that it may be
    month = 0
    if name is None:
        first, second = int(group("a5") or group("a6")), int(group("b5") or group("b6"))
        days = [(m, d) for m, d in ((second, first), (first, second)) if 1 <= m <= 12 and 1 <= d <= 31]
        if not days:
            return None
        month = days[0][0]
    else:
        bare = name.rstrip(".").lower()
        month = int(bare) if bare.isdigit() else _MONTH_NUMBERS[bare]
        if day:
            days = [(month, int(re.sub(r"\D", "", day)))]
    offers = {f"month {m}" for m, _ in days} | {f"month {month}"} | {f"day {m}-{d}" for m, d in days}
    needs = [frozenset(f"day {m}-{d}" for m, d in days) if days else frozenset({f"month {month}"})]
    tokens = ([str(days[0][1])] if days else []) + [MONTHS[month - 1]]
    if year:
        tokens.append(year)
        offers.add(year)
        needs.append(frozenset({year}))
    return Quantity(
        match.group(), match.start(), match.end(), "date", tuple(tokens), frozenset(offers), tuple(needs)
    )


def _clock(match: re.Match[str]) -> Quantity | None:
    """The time of day of a match of _CLOCKS. Without "am" or "pm", hours up to 12 may be of either half."""
    hour = int(match.group("hour"))
    minute = int(match.group("minute") or match.group("minute3") or 0)
    half = (match.group("half") or match.group("half2") or "").lower()[:1]
    if half in ("a", "p") and not 1 <= hour <= 12:
        return None
    if half in ("a", "p"):
        minutes = (hour % 12 + 12 * (half == "p")) * 60 + minute
        offers = {f"clock {minutes}"}
        needs = offers | {f"dial {minutes % 720}"}
    else:
        minutes = hour % 24 * 60 + minute
        offers = {f"clock {minutes}"}
        either = hour <= 12 and not match.group("hour").startswith("0")
        needs = {f"clock {minutes}"}
        if either:
            offers.add(f"dial {minutes % 720}")
            needs = {f"clock {minutes % 720}", f"clock {minutes % 720 + 720}", f"dial {minutes % 720}"}
    tokens = (f"{minutes // 60:02d}:{minutes % 60:02d}",)
    return Quantity(
        match.group(), match.start(), match.end(), "clock", tokens, frozenset(offers), (frozenset(needs),)
    )


def find_dates(text: str) -> Iterator[Quantity]:
    """The dates of a text that contains a digit, in order, and then its clock times."""
    yield from filter(None, map(_date, _DATES.finditer(text)))
    yield from filter(None, map(_clock, _CLOCKS.finditer(text)))
