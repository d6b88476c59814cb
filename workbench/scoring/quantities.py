"""Finds numbers, amounts, times and dates in a text and normalises them: "10A" = "10 amperes".
Knows nothing about claims, passages and answers."""

from __future__ import annotations

import re
from dataclasses import replace

from workbench.scoring.amounts import Amount, make_quantity, plain_number
from workbench.scoring.dates import IN_WORDS, find_dates
from workbench.scoring.number_words import find_spelled_numbers, ordinal_word
from workbench.scoring.quantity import Quantity, is_stated, with_free_ones
from workbench.scoring.units import CURRENCY_CODES, CURRENCY_SIGNS, find_unit, unit_pattern
from workbench.text import STOP_WORDS

__all__ = ["Quantity", "find_quantities", "is_stated"]

_DASH = "[-‐‑‒–−]"
_SPACE = "[ \u00a0\u2009\u202f]"
_SCALES = {
    "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "mio": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9,
    "b": 1e9, "trillion": 1e12, "tn": 1e12,
}  # fmt: skip
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅕": 0.2, "⅛": 0.125}
_GROUPS_OF_THREE = re.compile(r"\d{1,3}(?:\.\d{3}){2,}")
# Numbers that are dialled, and those of cards, in groups.
_DIALLED = re.compile(
    r"(?<![\w.,:/-])(?:\+\d{1,3}[ ./-]?\(?|\(0|0\d{2,4}[ /-])[\d ()./-]{4,17}\d(?![\w/]|[.,:-]\d)"
    r"|(?<![\w.,:/-])\(?\d{3}\)?[ .-]\d{3}[.-]\d{4}(?![\w/]|[.,:-]\d)"
    r"|(?<![\w.-])\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?!\w)"
)
_TIMES_TEN_TO = re.compile(r"\s?[x×*·]\s?10\^?|\A10(?=[\^⁻⁰¹²³⁴-⁹])\^?")
_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_UNIT = unit_pattern(gap=rf"{_SPACE}?[-‐‑]?")
_MINUS = (
    rf"(?:(?<![^\s(\[{{:=~<>≤≥/\"'“‘*_|])(?<!\d\s){_DASH}(?=[{CURRENCY_SIGNS}]?\.?\d)|\b(?:minus|negative)\s)"
)
_NUMBERS = re.compile(
    rf"(?<![\w.])(?<!(?-i:[A-Z])[-‐‑])(?=[-‐‑‒–−{CURRENCY_SIGNS}mnuegcijvaphsrdk\d.½¼¾⅓⅔⅕⅛])(?P<minus>{_MINUS})?"
    rf"(?P<currency>(?:{CURRENCY_CODES}|[{CURRENCY_SIGNS}]){_SPACE}?(?P<minus_inside>{_DASH}(?=\d))?)?"
    r"(?P<version>v(?:\.|ersions?)?\s?(?=\d))?"
    r"(?:(?P<fraction>(?:\d{1,4}[ -])?[1-9]/(?:[2-9]|1[0-6])(?![\d/])|\d{0,4} ?[½¼¾⅓⅔⅕⅛])"
    r"|(?P<scientific>\d+(?:\.\d+)?e[+-]?\d{1,2}(?!\w|\.\d)"  # 1.5e3, 1.5 × 10³, 10^6
    r"|(?:\d+(?:\.\d+)?\s?[x×*·]\s?)?10(?:\^-?\d{1,2}|⁻?[⁰¹²³⁴-⁹]{1,2})(?!\w))"
    r"|(?P<ratio>\d{1,5}(?::| : )\d{1,5}(?![\d:]))"
    r"|(?P<ordinal>\d{0,3}(?:1st|2nd|3rd|\dth))"
    r"|(?P<number>\d{1,3}(?:[,'’\u00a0\u2009\u202f]\d{3})+(?!\d)(?:\.\d+)?"  # 10,000.5
    r"|\d{1,2}(?:,\d\d)+,\d{3}(?!\d)(?:\.\d+)?"  # 12,34,567
    r"|\d{1,3}(?:\.\d{3})+,\d\d?(?!\d)|\d{1,3}(?:\.\d{3}){2,}(?![.\d])|\d{1,3}(?:_\d{3})+(?!\d)"  # 1.500,50
    r"|\d{1,3}(?: \d{3}){2,}(?! ?\d)|(?<=\A)\d{1,3} \d{3}(?=\W*\Z)"  # 1 234 567
    r"|\d+(?:\.\d+){2,}"  # 3.11.2
    rf"|\d{{1,3}}(?: \d{{3}})*(?: 000)(?!\d)|\d{{1,3}}(?: \d{{3}})+(?={_UNIT})"  # 10 000
    r"|\d+,\d{1,2}(?![\d,])|\d*\.\d+|\d+))"
    r"(?P<scale>[ -]?(?:thousand|million|billion|trillion|mn|mio|bn|tn)\b"
    rf"|{_SPACE}?(?-i:[kKMB]|bn|(?<=\d)[mb])\b)?"
    rf"(?P<unit>{_UNIT})?(?!\w)(?!\.\d)",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"(?:[~≈±]|\b(?:about|around|approximately|approx\.?|roughly|nearly|almost|over|more than|some|circa"
    r"|ca\.?|c\.)) ?$",
    re.IGNORECASE,
)
_BELOW_ZERO = re.compile(r"\s+below\s+(?:zero|freezing)\b", re.IGNORECASE)
_VERSION_BEFORE = re.compile(r"\b(?:versions?|release|firmware|update)\s\Z", re.IGNORECASE)
_NAME_BEFORE = re.compile(r"(?P<start>(?:^|[.!?:;|*#>•\n\"“(-])\s*)?(?<!\w)(?P<name>[A-Z][a-z][\w'’-]*) \Z")
_RANGE = re.compile(rf"\s?(?:{_DASH}|\b(?:to|or|and|through|x)\b|[x×/])\s?", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|both)\s+\Z", re.IGNORECASE)
_PARTS_GAP = re.compile(r",?\s?(?:and\s)?", re.IGNORECASE)
_DIGIT = re.compile(r"\d|[½¼¾⅓⅔⅕⅛]")
_TIMES = re.compile(r"(?<=\d)(?<!\b0)x(?=\d)", re.IGNORECASE)
# "at 17." may be a time of day, as may "at 9 on Fridays"; "at 18 °C" and "at 5 to 10 bar" are none.
_HOUR_BEFORE = re.compile(r"\bat \Z", re.IGNORECASE)
_HOUR_AFTER = re.compile(r"\W*(?:\Z|(?<=[.,;:!?)])\s)|\s(?:on|every|each|daily|during)\b", re.IGNORECASE)
_TIME_WITH_POINT = re.compile(r"(?:[01]?\d|2[0-3])\.[0-5]\d")
# "Groups A–C" are "groups A to C", and "groups A, B and C" are the same.
_LETTERS = re.compile(
    rf"(?<![\w.'’-])[A-Z](?:(?P<range>\s?{_DASH}\s?|\s(?:to|through)\s)|(?:,\s[A-Z]){{0,24}},?\s(?:and|&)\s)[A-Z]"
    r"(?![\w'’-]|\.\w)"
)
_YEARS = range(1100, 2100)
_ADDED_KINDS = frozenset({"time", "months", "length", "mass"})


def _label(text: str, start: int, kind: str, label: str, offers: set[str], needs: set[str]) -> Quantity:
    """A number that counts nothing: of a name or a version, a ratio, an ordinal."""
    tokens = tuple(label.split())
    return Quantity(text, start, start + len(text), kind, tokens, frozenset(offers), (frozenset(needs),))


def _letters(match: re.Match[str]) -> Quantity | None:
    """A range of letters, compared by each of them, or a list of them, which states the range and needs none.

    None for letters that do not rise one by one: those joined by a dash are a name.
    """
    letters = re.findall(r"[A-Z]", match.group())
    between = [chr(code) for code in range(ord(letters[0]), ord(letters[-1]) + 1)]
    if len(between) < 2 or (not match["range"] and letters != between):
        return None
    fact = f"letters {between[0]}-{between[-1]}".lower()
    label = _label(match.group(), match.start(), "letters", " ".join(between).lower(), {fact}, {fact})
    return label if match["range"] else replace(label, needs=())


def _dialled(match: re.Match[str]) -> Quantity:
    digits = re.sub(r"\D", "", match.group())
    return _label(
        match.group(), match.start(), "dialled", digits, {f"dialled {digits}"}, {f"dialled {digits}"}
    )


def _is_dotted(digits: str) -> bool:
    """Whether digits have several points and no value, such as "3.11.2"."""
    return digits.count(".") > 1 and not _GROUPS_OF_THREE.fullmatch(digits)


def _named(match: re.Match[str], text: str) -> Quantity | None:
    """The number as a part of a name ("Ember 15") or of a version ("version 3.10"); None when it is neither.

    At the start of a sentence a capital says nothing ("Buy 15"), so that the number may be either.
    """
    digits, start = match.group("number"), match.start()
    if _is_dotted(digits):
        return _label(match.group(), start, "", digits, {digits}, {digits})
    if "," in digits or (digits.isdigit() and len(digits) < 9 and int(digits) in _YEARS):
        return None
    if match.group("version") or ("." in digits and _VERSION_BEFORE.search(text, max(0, start - 10), start)):
        plain = plain_number(float(digits))
        offers = {f"version {digits}", digits, plain}
        return _label(match.group(), start, "version", digits, offers, {f"version {digits}", f"bare {plain}"})
    before = _NAME_BEFORE.search(text, max(0, start - 32), start)
    if not before or before.group("name").lower() in STOP_WORDS:
        return None
    name = f"name {before.group('name').lower().removesuffix('s')}"
    fact = f"{name} {digits}"
    if before.group("start") is None or re.search(r"\.\d*0\Z", digits):  # "Python 3.10" is not 3.1
        return _label(
            match.group(), start, name, digits, {fact}, {fact, f"bare {digits}", f"version {digits}"}
        )
    bare = make_quantity(Amount(match.group(), start, float(digits)))
    return replace(bare, offers=bare.offers | {fact}, needs=(bare.needs[0] | {fact},))


def _hour(match: re.Match[str], text: str) -> Quantity | None:
    """A bare number that may be a time of day, too ("closes at 17."); None where it is surely none."""
    digits, start = match.group("number"), match.start()
    has_minutes = bool(_TIME_WITH_POINT.fullmatch(digits))
    if not has_minutes and not (len(digits) <= 2 and digits.isdigit() and int(digits) <= 24):
        return None
    is_alone = has_minutes and text.strip(" .") == digits
    if not is_alone and not _HOUR_BEFORE.search(text, max(0, start - 4), start):
        return None
    if not _HOUR_AFTER.match(text, match.end()):
        return None
    (clock,) = find_dates(digits.replace(".", ":") if has_minutes else f"{digits}:00")
    bare = make_quantity(Amount(match.group(), start, float(digits)))
    return replace(bare, offers=bare.offers | clock.offers, needs=(bare.needs[0] | clock.needs[0],))


def _value_of(digits: str) -> float:
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d\d?", digits) or _GROUPS_OF_THREE.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d+,\d{1,2}", digits):
        digits = digits.replace(",", ".")
    factor, _, power = _TIMES_TEN_TO.sub("e", digits.lower()).partition("e")
    factor = re.sub(r"[^\d.]", "", factor)
    return float(f"{factor or 1}e{power.translate(_LOWERED) or 0}")


def _value_of_fraction(text: str) -> float:
    sign = next((sign for sign in _FRACTIONS if sign in text), "")
    if sign:
        return float(text.replace(sign, "").strip() or 0) + _FRACTIONS[sign]
    whole, _, part = text.replace("-", " ").rpartition(" ")
    above, below = part.split("/")
    return float(whole or 0) + int(above) / int(below)


def _from_digits(match: re.Match[str], text: str) -> Amount | Quantity:
    """The amount or other quantity of a match of _NUMBERS in a text."""
    written, start = match.group(), match.start()
    if match.group("ratio"):
        ratio = match.group("ratio").replace(" ", "")
        return _label(written, start, "ratio", ratio, {f"ratio {ratio}"}, {f"ratio {ratio}"})
    if match.group("ordinal"):
        number = int(match.group("ordinal")[:-2])
        fact = f"ordinal {number}"
        return _label(written, start, "ordinal", ordinal_word(number), {fact}, {fact})
    scale, unit = (match.group("scale") or "").strip(" -\u00a0\u2009\u202f"), match.group("unit") or ""
    currency = (match.group("currency") or "").rstrip("-‐‑‒–− \u00a0\u2009\u202f")
    minus = bool(match.group("minus") or match.group("minus_inside"))
    digits, is_bare = match.group("number"), not (scale or unit or currency or minus)
    if digits and (is_bare or _is_dotted(digits) and "," not in digits):  # "3.9.1" is no amount of anything
        named = _named(match, text) or _hour(match, text)
        if named:
            return named
    if unit == "s" and re.fullmatch(r"1[89]\d0|20\d0", match.group("number") or ""):
        fact = f"decade {match.group('number')}"
        return _label(written, start, "decade", written.lower(), {fact}, {fact})
    if scale == "m" and not currency:  # "5m" is five metres, "$5m" five million
        scale, unit = "", "m"
    factor = _SCALES.get(scale.lower(), 1.0)
    fraction = match.group("fraction")
    value = _value_of_fraction(fraction) if fraction else _value_of(digits or match.group("scientific"))
    value *= factor
    within = 0.05 if _HEDGE.search(text, max(0, start - 16), start) else 0.0
    if scale and digits:  # "5.2 million" equals 5,234,100 when rounded to its digits
        rounding = 0.5 * factor * 10.0 ** -len(digits.partition(".")[2])
        within = min(max(within, rounding / max(value, 1e-9)), 0.05)
    below_zero = _BELOW_ZERO.match(text, match.end())
    if below_zero:
        written += below_zero.group()
    if minus or below_zero:
        value = -value
    unit = currency or unit.strip(" -‐‑\u00a0\u2009\u202f")
    return Amount(written, start, value, unit, within, factor, is_fraction=bool(fraction))


def _join_neighbours(parts: list[Amount | Quantity], text: str) -> list[Quantity]:
    """Make quantities of amounts, in order.

    The first number of a range has the unit and scale of the second ("30-40 days", "5 to 10 million"), the
    second the currency of the first ("$5-10"). The parts of "1 hour 30 minutes" are one amount.
    """
    joined: list[Amount | Quantity] = []
    for part in parts:
        before = joined[-1] if joined else None
        if isinstance(part, Amount) and isinstance(before, Amount):
            gap = text[before.end : part.start]
            follows_between = _BETWEEN.search(text, max(0, before.start - 10), before.start)
            if _RANGE.fullmatch(gap) and ("and" not in gap or follows_between):
                if (part.unit or part.scale > 1) and not before.unit:
                    has_scale_too = before.scale == 1 and before.value < part.value / part.scale
                    scale = part.scale if has_scale_too else 1.0
                    joined[-1] = replace(before, unit=part.unit, value=before.value * scale)
                elif _YEARS.start <= before.value < _YEARS.stop and re.fullmatch(
                    r"\d\d", part.text
                ):  # "1951-52"
                    part = replace(part, value=before.value // 100 * 100 + part.value)
                elif before.unit and not part.unit and before.text.startswith(before.unit):
                    part = replace(part, unit=before.unit)
            elif _PARTS_GAP.fullmatch(gap) and _is_smaller_part(part, before):
                joined[-1] = _sum(before, part, text)
                continue
        joined.append(part)
    return [make_quantity(part) if isinstance(part, Amount) else part for part in joined]


def _is_smaller_part(part: Amount, before: Amount) -> bool:
    """Whether the second amount counts smaller units of the first: the minutes of "1 hour 30 minutes"."""
    if not (part.unit and before.unit):
        return False
    small, large = find_unit(part.unit)[0], find_unit(before.unit)[0]
    return small.kind == large.kind and small.kind in _ADDED_KINDS and small.factor < large.factor


def _sum(large: Amount, small: Amount, text: str) -> Amount:
    """Both parts in the smaller unit."""
    ratio = find_unit(large.unit)[0].factor / find_unit(small.unit)[0].factor
    return replace(
        small, text=text[large.start : small.end], start=large.start, value=large.value * ratio + small.value
    )


def find_quantities(text: str) -> list[Quantity]:
    """Return the quantities of a text in order, without overlaps.

    Where two overlap, a date goes before a number in digits, and that before a number in words.
    """
    text = _TIMES.sub("×", text)  # "3x4" as "3 × 4"
    parts: list[Amount | Quantity] = []
    if _DIGIT.search(text) or IN_WORDS.search(text):
        parts = with_free_ones(list(find_dates(text)), map(_dialled, _DIALLED.finditer(text)))
        parts = with_free_ones(parts, (_from_digits(match, text) for match in _NUMBERS.finditer(text)))
    parts = with_free_ones(parts, filter(None, map(_letters, _LETTERS.finditer(text))))
    return _join_neighbours(with_free_ones(parts, find_spelled_numbers(text)), text)
