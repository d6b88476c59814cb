"""Finds dates and clock times in a text: "5 March 2024" = "2024-03-05", "3 pm" = "15:00".
Knows nothing about other numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from workbench.scoring.number_words import CARDINALS
from workbench.scoring.quantity import WITHIN, Quantity, with_free_ones

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
# A month that stands for itself. March, April, May, June and August may be names or verbs: each offers a
# month wherever it stands, and needs one only where it is surely one, which it is not in "by August Wilson".
_PLAIN = "January|February|July|September|October|November|December"
_OPEN = "March|April|May|June|August"
_SHORT = r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
_ANY_MONTH = rf"(?:(?:{_PLAIN}|{_OPEN})\b|{_SHORT})"
_BARE_MONTHS = re.compile(
    rf"\b(?=[ADFJMNOS][aceopu])(?:(?P<plain>{_PLAIN})\b|(?P<open>{_OPEN})\b|(?P<short>{_SHORT}))"
)
_RANGE = re.compile(r"\s?[-‐‑‒–—]\s?|\s(?:to|through|thru|until|till)\s", re.IGNORECASE)
_BEFORE_MONTH = re.compile(
    r"\b(?:in|of|by|until|till|since|from|to|through|before|after|during|early|late|mid|every|each|last|next"
    rf"|end)[ -]\Z|[‐‑‒–—]\Z|(?-i:{_ANY_MONTH})\s?-\Z",
    re.IGNORECASE,
)
_MONTH_AFTER = re.compile(rf"(?:{_RANGE.pattern})(?-i:{_ANY_MONTH})", re.IGNORECASE)
_NAME_OR_VERB = re.compile(
    r"['’]\w|\.\w|\s[A-Z][\w'’-]|(?<=March)\s(?:on|of|with|against|into|upon)\b|(?<=May)\s(?:I|we|you)\b"
)
_NOTHING_MORE = re.compile(r"\W*\Z")
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
    rf"(?P<spelled>{'|'.join(_HOURS)}|1[0-2]|[1-9])\b(?:\s?(?P<half3>{_HALF}))?"
    rf"|\b(?P<on_the_hour>{'|'.join(_HOURS)})\s(?:o['’]clock\b|(?P<half4>{_HALF}))"
    r"|(?:\b12\s)?\b(?P<named>noon|midday|midnight)\b(?!['’-]\w)",
    re.IGNORECASE,
)
_WEEK_PARTS = re.compile(
    r"\b(?:(?P<weekdays>weekdays?)|(?P<weekend>weekends?)|daily|(?:every|each)\sday)\b", re.IGNORECASE
)
# "Within 5 weekdays" and "within five weekdays" are working days.
_COUNT_BEFORE = re.compile(rf"(?:\d|\b(?:{CARDINALS}|few|several))[ -]\Z", re.IGNORECASE)
_HALVES = ("half", "half2", "half3", "half4")
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_SHORT_DAY = r"(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)"
# "Sun" alone is a star, "Sat" a verb: short names count beside a dash, another day or a number, and alone.
_WEEKDAYS = re.compile(
    r"\b(?i:(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b"
    rf"|\b{_SHORT_DAY}\b(?=\.?(?:\s?[-‐‑–—/,&]|\s(?:to|and|through)\b)\s?{_SHORT_DAY}|:?\s\d)"
    rf"|(?<=[a-z.][-‐‑–—/&]){_SHORT_DAY}\b|(?<=[a-z.]\s[-‐‑–—/&]\s){_SHORT_DAY}\b"
    rf"|(?<=(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:to|or) ){_SHORT_DAY}\b"
    rf"|(?<=(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) and ){_SHORT_DAY}\b"
    rf"|(?<=\A){_SHORT_DAY}(?=\W*\Z)"
)
IN_WORDS = re.compile(
    r"\b(?:noon|midday|midnight|past|quarter to|o['’]clock|\w{3,6}\s[ap]\.?\s?m|\w+days?|weekends?|daily"
    r"|(?:every|each)\sday"
    rf"|{_SHORT_DAY}|(?-i:{_ANY_MONTH}))(?!\w)",
    re.IGNORECASE,
)
"""What a text without digits must have for a time, a day or a month."""


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
    half = next((group(name) for name in _HALVES if group(name)), "").lower()[:1]
    is_open = bool(group("spelled") or group("on_the_hour"))  # whether it may be of either half of the day
    if group("named"):
        minutes = 0 if group("named").lower() == "midnight" else 720
    elif is_open:
        minutes = _spelled_minutes(match)
        minutes = minutes % 720 + 720 * (half == "p") if half in ("a", "p") else minutes
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
    """The minutes since midnight of "half past twelve", "a quarter to 3", "ten past nine", "nine o'clock"."""
    if match["on_the_hour"]:
        return (_HOURS.index(match["on_the_hour"].lower()) or 12) * 60
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


def _named(match: re.Match[str], kind: str, name: str, fact: str) -> Quantity:
    """A day of the week or a bare month: a text states it by its name, or by a range that it lies in."""
    needs = frozenset({fact, f"{WITHIN}{fact}"})
    return Quantity(match.group(), match.start(), match.end(), kind, (name,), frozenset({fact}), (needs,))


def _weekday(match: re.Match[str]) -> Quantity:
    name = next(day for day in _DAYS if day.startswith(match.group()[:3].lower()))
    return _named(match, "weekday", name, f"weekday {name}")


def _bare_month(match: re.Match[str]) -> Quantity | None:
    """The month of a match of _BARE_MONTHS; None for a short name that may be a word ("Jan", "Mar")."""
    text, start, end = match.string, match.start(), match.end()
    number = _MONTH_NUMBERS[match.group().rstrip(".").lower()]
    month = _named(match, "month", MONTHS[number - 1], f"month {number}")
    if match["plain"]:
        return month
    is_one = bool(
        _MONTH_AFTER.match(text, end)
        or (_BEFORE_MONTH.search(text, max(0, start - 11), start) and not _NAME_OR_VERB.match(text, end))
        or (match["open"] and start == 0 and _NOTHING_MORE.match(text, end))
    )
    if match["open"]:
        return month if is_one else replace(month, needs=())
    return replace(month, needs=()) if is_one else None


def _week_part(match: re.Match[str]) -> Quantity | None:
    """ "Weekdays" are Monday to Friday, "weekend" the other days: each lies in a range that holds its ends.

    "Every day" and "daily" state all days and need none. None for weekdays that are counted.
    """
    if match["weekdays"] and _COUNT_BEFORE.search(match.string, max(0, match.start() - 10), match.start()):
        return None
    if not (match["weekdays"] or match["weekend"]):
        words, all_days = tuple(match.group().lower().split()), {f"{WITHIN}weekday {day}" for day in _DAYS}
        return Quantity(match.group(), match.start(), match.end(), "weekday", words, frozenset(all_days), ())
    days = _DAYS[:5] if match["weekdays"] else _DAYS[5:]
    ends = (days[0], days[-1])
    offers = {f"weekday {day}" for day in ends} | {f"{WITHIN}weekday {day}" for day in days[1:-1]}
    needs = tuple(frozenset({f"weekday {day}", f"{WITHIN}weekday {day}"}) for day in ends)
    return Quantity(match.group(), match.start(), match.end(), "weekday", ends, frozenset(offers), needs)


def _without_within(quantity: Quantity) -> Quantity:
    """A day or month that ends a range: only its name states it."""
    needs = tuple(frozenset(f for f in need if not f.startswith(WITHIN)) for need in quantity.needs)
    return replace(quantity, needs=needs)


def _with_ranges(named: Iterable[Quantity], facts: list[str], text: str) -> list[Quantity]:
    """The quantities, in order. "Monday to Friday" states the days between, too, and needs both of its ends.

    facts: those that state the days of the week, or the months, in their order.
    """
    found: list[Quantity] = []
    for last in named:
        if found and _RANGE.fullmatch(text, found[-1].end, last.start):
            ends = [[n for n, fact in enumerate(facts) if fact in q.offers] for q in (found[-1], last)]
            if len(ends[0]) == len(ends[1]) == 1:
                start, count = ends[0][0], (ends[1][0] - ends[0][0]) % len(facts)
                between = {f"{WITHIN}{facts[(start + step) % len(facts)]}" for step in range(1, count)}
                found[-1] = _without_within(found[-1])
                last = _without_within(replace(last, offers=last.offers | between))
        found.append(last)
    return found


def find_dates(text: str) -> Iterator[Quantity]:
    """The dates and bare months of a text, in order, then its clock times, and then its days of the week."""
    full_dates = filter(None, map(_date, _DATES.finditer(text)))
    dates = with_free_ones(full_dates, filter(None, map(_bare_month, _BARE_MONTHS.finditer(text))))
    yield from _with_ranges(dates, [f"month {n}" for n in range(1, 13)], text)
    yield from filter(None, map(_clock, _CLOCKS.finditer(text)))
    weekdays = map(_weekday, _WEEKDAYS.finditer(text))
    yield from _with_ranges(weekdays, [f"weekday {day}" for day in _DAYS], text)
    yield from filter(None, map(_week_part, _WEEK_PARTS.finditer(text)))
