"""Finds numbers, dates, money and units in a text and normalises them: "5 March 2024" = "2024-03-05".
Knows nothing about claims and passages; it tells whether one text states a quantity of another."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
    rf"|\b(?P<m2>{_MONTH})\s+(?P<d2>{_DAY})\b(?!\s?%)(?:,?\s+(?P<y2>{_YEAR})\b)?"
    rf"|\b(?P<m3>{_MONTH}),?\s+(?:of\s+)?(?P<y3>{_YEAR})\b"
    rf"|\b(?P<y4>{_YEAR})[-/.](?P<m4>1[0-2]|0?[1-9])[-/.](?P<d4>{_DAY})\b"
    r"|\b(?P<a5>\d\d?)[/.](?P<b5>\d\d?)[/.](?P<y5>\d{4})\b"
)

_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "mio": 1e6, "m": 1e6,
    "billion": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12, "tn": 1e12,
}  # fmt: skip
_CURRENCIES = {
    "$": "usd", "us$": "usd", "usd": "usd", "dollar": "usd", "dollars": "usd", "€": "eur", "eur": "eur",
    "euro": "eur", "euros": "eur", "£": "gbp", "gbp": "gbp", "¥": "jpy", "yen": "jpy", "jpy": "jpy",
    "chf": "chf", "₹": "inr", "rupees": "inr", "inr": "inr",
}  # fmt: skip


def _unit_table() -> dict[str, tuple[str, float]]:
    """Name of a unit → (its dimension, its size in the dimension's base unit)."""
    rows = """
    length 1000 km kilometre kilometres kilometer kilometers
    length 1 metre metres meter meters
    length 0.01 cm centimetre centimetres centimeter centimeters
    length 0.001 mm millimetre millimetres millimeter millimeters
    length 1609.344 mile miles mi
    length 0.3048 ft foot feet
    length 0.0254 inch inches
    length 0.9144 yard yards
    mass 1 kg kilogram kilograms kilo kilos
    mass 0.001 g gram grams
    mass 0.000001 mg milligram milligrams
    mass 1000 tonne tonnes
    mass 0.45359237 lb lbs
    mass 0.028349523 oz ounce ounces
    time 1 second seconds sec secs
    time 60 minute minutes min mins
    time 3600 hour hours hr hrs h
    time 86400 day days
    time 604800 week weeks
    months 1 month months
    months 12 year years yr yrs
    volume 1 l litre litres liter liters
    volume 0.001 ml millilitre millilitres milliliter milliliters
    share 1 % percent pct
    energy 1 kwh
    power 1 w watt watts
    power 1000 kw kilowatt kilowatts
    power 1000000 mw megawatt megawatts
    data 1 kb kilobyte kilobytes
    data 1000 mb megabyte megabytes
    data 1000000 gb gigabyte gigabytes
    data 1000000000 tb terabyte terabytes
    celsius 1 °c
    fahrenheit 1 °f
    """
    table = {}
    for row in rows.strip().splitlines():
        dimension, factor, *names = row.split()
        table.update({name: (dimension, float(factor)) for name in names})
    return table


_UNITS = _unit_table()
_UNIT_NAMES = "|".join(sorted((re.escape(u) for u in {*_UNITS, *_CURRENCIES} if len(u) > 1), key=len)[::-1])
_NUMBERS = re.compile(
    r"(?<![\w.])(?P<cur>(?:US\$|USD|EUR|GBP|CHF|INR|JPY|[$€£¥₹])\s?)?(?P<minus>(?<![\w\s])-)?"
    r"(?P<num>\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+){2,}|\d+,\d{1,2}(?![\d,])|\d*\.\d+|\d+)"
    r"(?P<scale>[ -]?(?:thousand|million|billion|trillion|mn|mio|bn|tn)\b|[ \u00a0]?[kmb]\b)?"
    rf"(?P<unit>\s?%|[ -]?(?:per cent|{_UNIT_NAMES})\b|\s?[glhw]\b)?(?!\w)(?!\.\d)",
    re.IGNORECASE,
)
_SMALL = {
    w: n
    for n, w in enumerate(
        (
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
            "sixteen seventeen eighteen nineteen"
        ).split()
    )
} | {w: 10 * n for n, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SMALL["dozen"] = 12
_BIG = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ONE_WORD = "|".join(sorted((*_SMALL, *_BIG), key=len)[::-1])
_NUMBER_WORDS = re.compile(
    rf"\b(?P<words>(?:{_ONE_WORD})(?:(?:[ -]|\sand\s)(?:{_ONE_WORD}))*)\b"
    rf"(?P<unit>[ -](?:per cent|{_UNIT_NAMES})\b)?(?!-?(?:first|second|third|fourth|fifth|\w*th)\b)",
    re.IGNORECASE,
)
_HAS_NUMBER_WORD = re.compile(rf"\b(?:{_ONE_WORD})\b", re.IGNORECASE)
_HEDGE = re.compile(
    r"\b(?:about|around|approximately|roughly|nearly|almost|over|more than|some|circa|ca\.?|c\.)\s*$", re.I
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number, amount or date of a text."""

    text: str
    """The quantity as written."""
    start: int
    """The offset in the text of its first character."""
    end: int
    """The offset in the text after its last character."""
    kind: str
    """What its number counts, such as "time", "usd" or "date"; empty for a bare number."""
    tokens: tuple[str, ...]
    """The quantity in normalised words, by which texts are compared."""
    offers: frozenset[str]
    """The normalised facts that a text with this quantity states, such as "time 5400" or "day 3-5"."""
    needs: tuple[frozenset[str], ...]
    """A text states this quantity when its offers include at least one fact of each of these sets."""
    value: float | None = None
    """Its number, with its scale but not its unit's factor; None for dates and version numbers."""
    within: float = 0.0
    """The share of the value by which an equal number may differ: 0.05 after "about", and up to 0.05 for a
    number with a scale, such as "5.2 million"."""


def _plain(value: float) -> str:
    """The number in up to 12 significant digits."""
    return f"{value:.12g}"


def _date(match: re.Match[str]) -> Quantity | None:
    """The date of a match of _DATES; None when its month or day is out of range."""
    group = match.group
    day = next((group(f"d{i}") for i in (1, 2, 4) if group(f"d{i}")), None)
    name = next((group(f"m{i}") for i in (1, 2, 3, 4) if group(f"m{i}")), None)
    year = next((group(f"y{i}") for i in (1, 2, 3, 4, 5) if group(f"y{i}")), None)
    days: list[tuple[int, int]] = []  # (month, day) that it may be
    month = 0
    if group("a5"):
        first, second = int(group("a5")), int(group("b5"))
        days = [(m, d) for m, d in ((second, first), (first, second)) if 1 <= m <= 12 and 1 <= d <= 31]
        if not days:
            return None
        month = days[0][0]
    else:
        assert name is not None
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


def _amount(
    text: str, start: int, end: int, value: float, unit: str, currency: str, within: float
) -> Quantity:
    """A number with its unit or currency, where it has one; both are as written."""
    raw = _plain(value)
    unit = unit.strip(" -\u00a0").lower().replace("per cent", "percent")
    kinds: list[tuple[str, str]] = []  # (kind, value in the kind's base)
    tokens = [raw]
    currency = _CURRENCIES.get(currency.strip().lower(), "") or _CURRENCIES.get(unit, "")
    if currency:
        kinds.append((currency, raw))
        tokens.append(currency)
    elif unit in _UNITS:
        kind, factor = _UNITS[unit]
        kinds.append((kind, _plain(float(f"{value * factor:.6g}"))))
        tokens.append({"share": "percent"}.get(kind, unit.rstrip("s") if len(unit) > 3 else unit))
    same = frozenset(f"{kind} {amount}" for kind, amount in kinds)
    bare = f"bare {raw}"
    offers = same | {raw} if kinds else frozenset({raw, bare})
    needs = same | {bare} if kinds else frozenset({raw})
    kind = kinds[0][0] if kinds else ""
    return Quantity(text, start, end, kind, tuple(tokens), offers, (needs,), value, within)


def _from_digits(match: re.Match[str], text: str) -> Quantity:
    """The quantity of a match of _NUMBERS in a text."""
    digits = match.group("num")
    if digits.count(".") > 1:  # a version or an address
        names = frozenset({digits})
        return Quantity(digits, match.start(), match.end(), "", (digits,), names, (names,))
    if re.fullmatch(r"\d+,\d{1,2}", digits):
        digits = digits.replace(",", ".")
    value = float(re.sub(r"[,\u00a0\u202f]", "", digits))
    scale, unit = (match.group("scale") or "").strip(" -\n\t\r\u00a0").lower(), match.group("unit") or ""
    currency = match.group("cur") or ""
    if scale == "m" and not currency:  # "5m" is five metres, "$5m" five million
        scale, unit = "", "metre"
    if scale == "b" and not currency:
        scale = "billion"
    value *= _SCALES.get(scale, 1.0)
    if match.group("minus"):
        value = -value
    within = 0.05 if _HEDGE.search(text, max(0, match.start() - 16), match.start()) else 0.0
    if scale:  # "5.2 million" equals 5,234,100 when rounded to its digits
        within = max(within, 0.5 * _SCALES[scale] * 10.0 ** -len(digits.partition(".")[2]) / max(value, 1e-9))
        within = min(within, 0.05)
    return _amount(match.group(), match.start(), match.end(), value, unit, currency, within)


def _from_words(match: re.Match[str], text: str) -> Quantity | None:
    """The quantity of a match of _NUMBER_WORDS in a text; None for "one" alone, which may be a pronoun."""
    names = [w for w in re.split(r"[ -]|\band\b", match.group("words").lower()) if w]
    unit = match.group("unit") or ""
    if names == ["one"] and not unit:
        return None
    total, part = 0.0, 0.0
    for name in names:
        if name in _SMALL:
            part += _SMALL[name]
        elif name == "hundred":
            part = max(part, 1) * 100
        else:
            total, part = total + max(part, 1) * _BIG[name], 0.0
    within = 0.05 if _HEDGE.search(text, max(0, match.start() - 16), match.start()) else 0.0
    return _amount(match.group(), match.start(), match.end(), total + part, unit, "", within)


_DIGIT = re.compile(r"\d")


def find_quantities(text: str) -> list[Quantity]:
    """Return the quantities of a text in order, without overlaps.

    Where two overlap, a date goes before a number in digits, and that before a number in words.
    """
    quantities: list[Quantity] = []
    if _DIGIT.search(text):
        for match in _DATES.finditer(text):
            date = _date(match)
            if date:
                quantities.append(date)
        for match in _NUMBERS.finditer(text):
            if not any(q.start < match.end() and match.start() < q.end for q in quantities):
                quantities.append(_from_digits(match, text))
    if _HAS_NUMBER_WORD.search(text):
        for match in _NUMBER_WORDS.finditer(text):
            if not any(q.start < match.end() and match.start() < q.end for q in quantities):
                spelled = _from_words(match, text)
                if spelled:
                    quantities.append(spelled)
    return sorted(quantities, key=lambda q: q.start)


def is_stated(
    quantity: Quantity, offers: frozenset[str] | set[str], amounts: list[tuple[str, float]]
) -> bool:
    """Whether a text states the quantity.

    offers: the offers of the text's quantities.
    amounts: (kind, value) of those with a value.
    """
    if all(not need.isdisjoint(offers) for need in quantity.needs):
        return True
    if not quantity.within or quantity.value is None:
        return False
    tolerance = abs(quantity.value) * quantity.within
    return any(
        abs(value - quantity.value) <= tolerance and (not kind or not quantity.kind or kind == quantity.kind)
        for kind, value in amounts
    )
