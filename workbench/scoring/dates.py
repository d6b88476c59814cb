"""Finds dates and clock times in a text: "5 March 2024" = "2024-03-05", "3 pm" = "15:00".
Knows nothing about other numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

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
_YEAR_OR_SHORT = rf"(?:{_YEAR}|['’]\d\d)"
_DATES = re.compile(
    rf"\b(?P<d1>{_DAY})\.?\s+(?:of\s+)?(?P<m1>{_MONTH})(?:,?\s+(?P<y1>{_YEAR_OR_SHORT}))?\b"
    rf"|\b(?P<m2>{_MONTH})\s+(?:the\s)?(?P<d2>{_DAY})\b(?!\s?%)(?:,?\s+(?P<y2>{_YEAR_OR_SHORT})\b)?"
    rf"|\b(?P<m3>{_MONTH}),?\s+(?:of\s+)?(?P<y3>{_YEAR})\b"
    rf"|\b(?P<y4>{_YEAR})[-‐‑/.](?P<m4>1[0-2]|0?[1-9])[-‐‑/.](?P<d4>{_DAY})(?:\b|(?=T\d\d:))"
    rf"|\b(?P<m7>1[0-2]|0[1-9])/(?P<y7>{_YEAR})\b"
    r"|\b(?P<a5>\d\d?)(?P<mark5>[-‐‑/.])(?P<b5>\d\d?)(?P=mark5)(?P<y5>\d{4})\b"
    r"|\b(?P<a6>\d\d?)/(?P<b6>\d\d?)/(?P<y6>\d\d)\b"
    r"|\b(?P<a8>[0-3]\d)\.(?P<b8>[01]\d)\.(?P<y8>\d\d)\b(?!\.\d)"
)
_HOURS = "twelve one two three four five six seven eight nine ten eleven".split()
_PAST = {"quarter": 15, "half": 30, "five": 5, "ten": 10, "twenty": 20, "twenty-five": 25}
_HALF = r"[ap]\.?\s?m\b\.?"
_LASTS = r"\s?(?:hours?|hrs?|h)\b"
_CLOCKS = re.compile(
    r"(?:(?<![\w.:,])|(?<=\dT))(?P<hour>[01]?\d|2[0-4])"
    rf"(?:[:.](?P<minute>[0-5]\d)(?::[0-5]\d)?\s?(?P<half>{_HALF}|uhr\b)"
    rf"|\s?(?P<half2>{_HALF}|o['’]clock\b|uhr\b)"
    rf"|(?P<mark>[:h])(?P<minute3>[0-5]\d)(?::[0-5]\d)?(?![\w:])(?P<lasts>{_LASTS})?)"
    rf"|\b(?P<military>0\d)(?P<minute4>[0-5]\d){_LASTS}"
    rf"|\b(?:a\s)?(?:(?P<past>{'|'.join(_PAST)}|[1-5]?\d)(?:\sminutes)?\spast|quarter\sto)\s"
    rf"(?P<spelled>{'|'.join(_HOURS)}|1[0-2]|[1-9])\b"
    r"|(?:\b12\s)?\b(?P<named>noon|midday|midnight)\b(?!['’-]\w)",
    re.IGNORECASE,
)
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_SHORT_DAY = r"(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)"
# "Sun" alone is a star, "Sat" a verb: short names count beside a dash, another day or a number, and alone.
_WEEKDAYS = re.compile(
    r"\b(?i:(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b"
    rf"|\b{_SHORT_DAY}\b(?=\.?(?:\s?[-‐‑–—/,&]|\s(?:to|and|through)\b)\s?{_SHORT_DAY}|:?\s\d)"
    rf"|(?<=[a-z.][-‐‑–—/&]){_SHORT_DAY}\b|(?<=[a-z.]\s[-‐‑–—/&]\s){_SHORT_DAY}\b"
    rf"|(?<=(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) to ){_SHORT_DAY}\b"
    rf"|(?<=\A){_SHORT_DAY}(?=\W*\Z)"
)
IN_WORDS = re.compile(rf"\b(?:noon|midday|midnight|past|quarter to|\w+days?|{_SHORT_DAY})\b", re.IGNORECASE)
"""What a text without digits must have for a time or a day."""


def _date(match: re.Match[str]) -> Quantity | None:
    """The date of a match of _DATES; None when its month or day is out of range."""
    group = match.group
    day = next((group(f"d{i}") for i in (1, 2, 4) if group(f"d{i}")), None)
    name = next((group(f"m{i}") for i in (1, 2, 3, 4, 7) if group(f"m{i}")), None)
    year = next((group(f"y{i}").strip("'’") for i in range(1, 9) if group(f"y{i}")), None)
    if year and len(year) == 2:
        year = ("19" if int(year) >= 70 else "20") + year
    days: list[tuple[int, int]] = []  # (month, day) that it may be
    month = 0
    if name is None:
        first, second = (
            int(next(group(f"{side}{i}") for i in (5, 6, 8) if group(f"{side}{i}"))) for side in "ab"
        )
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
        offers |= {f"weekday {day_name}" for m, d in days for day_name in _days_of_week(int(year), m, d)}
    return Quantity(
        match.group(), match.start(), match.end(), "date", tuple(tokens), frozenset(offers), tuple(needs)
    )


def _clock(match: re.Match[str]) -> Quantity | None:
    """The time of day of a match of _CLOCKS. Without "am" or "pm", hours up to 12 may be of either half.

    "1:30 hours" is a duration, and "1h30" may be one.
    """
    group = match.group
    half = (group("half") or group("half2") or "").lower()[:1]
    is_open = bool(group("spelled"))  # whether it may be of either half of the day
    if group("named"):
        minutes = 0 if group("named").lower() == "midnight" else 720
    elif group("spelled"):
        minutes = _spelled_minutes(match)
    else:
        hour = int(group("hour") or group("military"))
        minutes = hour % 24 * 60 + int(group("minute") or group("minute3") or group("minute4") or 0)
        if half in ("a", "p"):
            if not 1 <= hour <= 12:
                return None
            minutes = minutes % 720 + 720 * (half == "p")
        else:
            is_open = hour <= 12 and not (group("hour") or "0").startswith("0")
    if group("lasts"):
        return _time(match, minutes, {f"time {minutes * 60}"}, {f"time {minutes * 60}"})
    offers = needs = {f"clock {minutes}"}
    if half in ("a", "p") or group("named"):
        needs = offers | {f"dial {minutes % 720}"}
    elif is_open:
        offers = offers | {f"dial {minutes % 720}"}
        needs = {f"clock {minutes % 720}", f"clock {minutes % 720 + 720}", f"dial {minutes % 720}"}
    if (group("mark") or "").lower() == "h":
        offers, needs = offers | {f"time {minutes * 60}"}, needs | {f"time {minutes * 60}"}
    return _time(match, minutes, offers, needs)


def _time(match: re.Match[str], minutes: int, offers: set[str], needs: set[str]) -> Quantity:
    kind = "time" if match.group("lasts") else "clock"
    tokens = (f"{minutes // 60:02d}:{minutes % 60:02d}",)
    return Quantity(
        match.group(), match.start(), match.end(), kind, tokens, frozenset(offers), (frozenset(needs),)
    )


def _spelled_minutes(match: re.Match[str]) -> int:
    """The minutes since midnight of "half past twelve", "a quarter to 3", "ten past nine"."""
    spelled, past = match["spelled"].lower(), match["past"]
    hour = int(spelled) % 12 if spelled.isdigit() else _HOURS.index(spelled)
    if past is None:  # a quarter to
        return (hour or 12) * 60 - 15
    return (hour or 12) * 60 + (int(past) if past.isdigit() else _PAST[past.lower()])


def _days_of_week(year: int, month: int, day: int) -> list[str]:
    """The name of a date's day of the week, which a text with the date states, too; none for 31 April."""
    try:
        return [_DAYS[date(year, month, day).weekday()]]
    except ValueError:
        return []


def _weekday(match: re.Match[str]) -> Quantity:
    name = next(day for day in _DAYS if day.startswith(match.group()[:3].lower()))
    fact = frozenset({f"weekday {name}"})
    return Quantity(match.group(), match.start(), match.end(), "weekday", (name,), fact, (fact,))


def find_dates(text: str) -> Iterator[Quantity]:
    """The dates of a text, in order, then its clock times, and then its days of the week."""
    yield from filter(None, map(_date, _DATES.finditer(text)))
    yield from filter(None, map(_clock, _CLOCKS.finditer(text)))
    yield from map(_weekday, _WEEKDAYS.finditer(text))
