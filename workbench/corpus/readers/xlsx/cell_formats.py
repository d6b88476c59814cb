"""Writes the number in a cell as the sheet shows it, by its format: 1,234.50, 35%, 2025-03-01, 14:30.
Knows nothing about workbooks. Dates come as ISO 8601, as far as the format shows them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

# The formats that a file names by number alone (ECMA-376, part 1, 18.8.30). No currency is said where a file
# says none: it would be that of the country of whoever reads it.
BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "#,##0;-#,##0", 6: "#,##0;-#,##0",
    7: "#,##0.00;-#,##0.00", 8: "#,##0.00;-#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm", 37: "#,##0;(#,##0)",
    38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)", 41: "#,##0;-#,##0",
    42: "#,##0;-#,##0", 43: "#,##0.00;-#,##0.00", 44: "#,##0.00;-#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss",
    47: "mm:ss", 48: "##0.0E+0", 49: "@",
} | dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy-mm-dd") | {32: "h:mm", 33: "h:mm:ss"}  # fmt: skip
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]|(?P<general>General)'
    r"|(?P<half>AM/PM|A/P)|(?P<exponent>E[+-]0+)|(?P<date>y+|m+|d+|h+|s+|e+|\.0+(?=\s*(?:$|[;\]]|AM|A/P)))"
    r"|(?P<digit>[0#?])|(?P<sign>[.,%/])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(r'(?:"[^"]*"?|\\.|\[[^\]]*\]|[^;])*', re.DOTALL)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[\d.]+)")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b,
}  # fmt: skip
_LAST_DAY = 2_958_466  # the day after 9999-12-31; there are no dates from it on
_DATE_PARTS = str.maketrans("yed", "YYD")
DAYS_TO_1904 = 1_462
"""From the day zero of most workbooks to that of old ones from a Macintosh."""
_MOST_DIGITS = 11  # of a number in the format General, as in Excel


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


@dataclass(frozen=True)
class _Section:
    """A part of a format, for some of the numbers."""

    tokens: list[_Token]
    condition: tuple[str, float] | None
    """Which numbers it is for, where it says so: a comparison and its limit."""
    parts: str
    """The parts of a date or a time that it shows, see _parts; empty for a number."""

    def fits(self, number: float) -> bool:
        """Whether it is for a number."""
        return self.condition is None or _COMPARE[self.condition[0]](number, self.condition[1])

    @property
    def is_for_negatives(self) -> bool:
        """Whether it says that it is for negative numbers alone, and then writes their sign itself."""
        if self.condition is None:
            return False
        compare, limit = self.condition
        return compare == "<" and limit <= 0 or compare in ("<=", "=") and limit < 0


class CellFormat:
    """One format, such as "#,##0.00;[Red](#,##0.00)": up to three sections for numbers, and one for text."""

    def __init__(self, code: str) -> None:
        self.is_plain = code.strip().lower() in ("general", "", "@")
        """Whether it shows a value as it is."""
        sections = [_tokens(section) for section in _sections(code)]
        self._text = sections.pop() if len(sections) > 3 or _is_text(sections[-1]) else None
        conditions = [_condition(tokens) for tokens in sections[:3]]
        if len(conditions) > 1 and conditions[0] is not None and conditions[1] is None:
            is_for_others = len(conditions) == 2 and conditions[0] not in ((">", 0), (">=", 0))
            conditions[1] = None if is_for_others else ("<", 0)
        self._numbers = [
            _Section(tokens, condition, _parts(tokens))
            for tokens, condition in zip(sections, conditions, strict=False)
        ]

    def write_text(self, text: str) -> str:
        """The text of a cell as it is shown, such as "No. 12" for "12"."""
        if self._text is None:
            return text
        return "".join(
            text if t.kind == "general" or t.kind == "other" and t.text == "@" else _literal(t)
            for t in self._text
        )

    def write_number(self, number: float, *, from_1904: bool = False) -> str:
        """A number as it is shown; "" where the format shows nothing.

        from_1904: whether the workbook counts its days from 1904-01-01.
        """
        if self.is_plain or not self._numbers:
            return write_general(number)
        section, is_signed = self._section_of(number)
        if section.parts:
            return _write_time(section.parts, number, from_1904=from_1904)
        sign = "-" if number < 0 and is_signed else ""
        text = " ".join(_write_number(section.tokens, abs(number)).split())
        return sign + text if text and re.search(r"[1-9]|[^\W\d]", text) else text

    def _section_of(self, number: float) -> tuple[_Section, bool]:
        """The section for a number, and whether a negative one still needs its sign."""
        sections = self._numbers
        if any(section.condition is not None for section in sections):
            section = next((section for section in sections if section.fits(number)), sections[-1])
            return section, not section.is_for_negatives
        if len(sections) == 1 or number > 0 or number == 0 and len(sections) < 3:
            return sections[0], len(sections) == 1
        return (sections[1], False) if number < 0 else (sections[2], False)


def write_general(number: float) -> str:
    """A number in the format General; whole numbers keep all their digits, which may be those of an id."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.{_MOST_DIGITS}g}".replace("e", "E")


def _sections(code: str) -> list[str]:
    """The parts between semicolons, but for those in quotes and brackets."""
    parts, at = [], 0
    while at <= len(code):
        match = _SECTION.match(code, at)
        assert match is not None  # it matches nothing, too
        parts.append(match[0])
        at = match.end() + 1
    return parts


def _tokens(section: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(section):
        kind = match.lastgroup
        if kind is not None:
            found.append(_Token(kind, match[kind]))
    if any(token.kind == "date" and token.text[0] != "." for token in found):
        return found
    parted = []  # ".00" is a fraction of a second behind a time, and of a number otherwise
    for token in found:
        is_fraction = token.kind == "date"
        parted += [_Token("sign" if c == "." else "digit", c) for c in token.text] if is_fraction else [token]
    return parted


def _is_text(section: list[_Token]) -> bool:
    return any(token.kind == "other" and token.text == "@" for token in section)


def _is_elapsed(token: _Token) -> bool:
    return token.kind == "bracket" and bool(re.fullmatch(r"h+|m+|s+", token.text, re.IGNORECASE))


def _condition(section: list[_Token]) -> tuple[str, float] | None:
    for token in section:
        match = _CONDITION.fullmatch(token.text) if token.kind == "bracket" else None
        if match is not None:
            return match[1], float(match[2])
    return None


def _literal(token: _Token) -> str:
    if token.kind == "bracket":  # [$€-407] is a currency, [Red] a colour
        return token.text[1:].partition("-")[0] if token.text.startswith("$") else ""
    return token.text if token.kind in ("quoted", "escaped", "other") else ""


def _write_number(section: list[_Token], number: float) -> str:
    if any(token.kind == "general" for token in section):
        return "".join(write_general(number) if t.kind == "general" else _literal(t) for t in section)
    digits = [at for at, token in enumerate(section) if token.kind == "digit"]
    if not digits:
        return "".join("%" if token.text == "%" else _literal(token) for token in section)
    if any(token.kind == "exponent" for token in section):
        return _write_scientific(section, number)
    if any(token.kind == "sign" and token.text == "/" for token in section):
        return _write_fraction(section, number)
    points = [at for at, token in enumerate(section) if token.kind == "sign" and token.text == "."]
    point = points[0] if points else digits[-1] + 1
    commas = [at for at, token in enumerate(section) if token.kind == "sign" and token.text == ","]
    whole = [at for at in digits if at < point]
    last = whole[-1] if whole else -1
    value = Decimal(repr(number))
    value *= Decimal(100) ** sum(token.kind == "sign" and token.text == "%" for token in section)
    value /= Decimal(1000) ** sum(last < at and (at < point or at > digits[-1]) for at in commas)
    after = [at for at in digits if at > point]
    rounded = value.quantize(Decimal(1).scaleb(-len(after)), ROUND_HALF_UP)
    before, _, behind = f"{rounded:f}".partition(".")
    shown = _fill_whole(section, whole, before.lstrip("0"), any(at < last for at in commas))
    shown |= _fill_fraction(section, after, behind)
    if points and any(shown[at] for at in after):
        shown[point] = "."
    elif not whole:
        shown[digits[0]] = shown[digits[0]] or "0"
    return "".join(
        shown.get(at, "%" if t.text == "%" and t.kind == "sign" else _literal(t))
        for at, t in enumerate(section)
    )


def _fill_whole(section: list[_Token], places: list[int], digits: str, grouped: bool) -> dict[int, str]:
    """Place → what stands there; the first place takes all digits that are left."""
    shown = {}
    count = 0
    for at in reversed(places):
        here = digits if at == places[0] else digits[-1:]
        digits = digits[: len(digits) - len(here)]
        text = ""
        for digit in reversed(here or ("0" if section[at].text == "0" else "")):
            text = digit + ("," if grouped and count and count % 3 == 0 else "") + text
            count += 1
        shown[at] = text
    return shown


def _fill_fraction(section: list[_Token], places: list[int], digits: str) -> dict[int, str]:
    shown = dict(zip(places, digits, strict=True))
    for at in reversed(places):
        if section[at].text == "0" or shown[at] != "0":
            break
        shown[at] = ""
    return shown


def _write_scientific(section: list[_Token], number: float) -> str:
    first = next(at for at, token in enumerate(section) if token.kind == "digit")
    last = next(at for at, token in enumerate(section) if token.kind == "exponent")
    point = next((at for at, token in enumerate(section[:last]) if token.text == "."), last)
    places = sum(token.kind == "digit" for token in section[point:last])
    mantissa, _, exponent = f"{number:.{places}E}".partition("E")
    return _literals(section[:first]) + f"{mantissa}E{int(exponent):+03d}" + _literals(section[last + 1 :])


def _write_fraction(section: list[_Token], number: float) -> str:
    slash = next(at for at, token in enumerate(section) if token.text == "/")
    first = next(at for at, token in enumerate(section) if token.kind == "digit")
    end = slash + 1
    while end < len(section) and (section[end].kind == "digit" or section[end].text.isdecimal()):
        end += 1
    below = "".join(token.text for token in section[slash + 1 : end])
    if below.isdecimal() and below.strip("0"):
        over_all, under = round(number * int(below)), int(below)
    else:
        over_all, under = Fraction(number).limit_denominator(10 ** max(len(below), 1) - 1).as_integer_ratio()
    over = [at for at, token in enumerate(section[:slash]) if token.kind == "digit"]
    is_mixed = any(b - a > 1 for a, b in zip(over, over[1:], strict=False))
    whole, rest = divmod(over_all, under) if is_mixed else (0, over_all)
    parts = [str(whole)] if whole or not rest else []
    text = " ".join([*parts, f"{rest}/{under}"] if rest else parts)
    return _literals(section[: min(first, slash)]) + text + _literals(section[end:])


def _literals(tokens: list[_Token]) -> str:
    return "".join(map(_literal, tokens))


def _write_time(parts: str, number: float, *, from_1904: bool) -> str:
    """A date, a time, both or a duration; only dates depend on the day zero. parts: see _parts."""
    elapsed = next((part for part in parts if part in "abc"), "")
    has_date = any(part in "YMD" for part in parts)
    days = number + DAYS_TO_1904 if from_1904 and has_date else number
    if has_date and days < 0 or abs(days) >= _LAST_DAY and not elapsed:
        return write_general(number)
    shows_seconds = "s" in parts or elapsed == "c"
    moment, seconds = _moment(abs(days))
    sign = "-" if days < 0 and seconds else ""
    if elapsed:
        minutes, second = divmod(seconds, 60)
        hours, minute = divmod(minutes, 60)
        ending = f":{second:02}" if shows_seconds else ""
        shown = {"a": f"{hours}:{minute:02}{ending}", "b": f"{minutes}{ending}", "c": str(seconds)}
        return sign + shown[elapsed]
    date = ""
    if "D" in parts:
        date = f"{moment:%Y-%m-%d}"
    elif "M" in parts:
        date = f"{moment:%Y-%m}"
    elif "Y" in parts:
        date = f"{moment:%Y}"
    time = ""
    if "h" in parts:
        time = f"{moment:%H:%M:%S}" if shows_seconds else f"{moment:%H:%M}"
    elif "m" in parts:
        time = f"{moment:%M:%S}"
    return sign + " ".join(filter(None, (date, time)))


def _parts(section: list[_Token]) -> str:
    """The parts of a date or a time that a section shows; empty for a number.

    Y, M, D for a date; h, m, s for a time of day; a, b, c for all the hours, minutes, seconds of a duration.
    "m" beside hours or seconds is minutes.
    """
    letters = ""
    for token in section:
        if _is_elapsed(token):
            letters += {"h": "a", "m": "b", "s": "c"}[token.text[0].lower()]
        elif token.kind == "date" and token.text[0] != ".":
            letters += token.text[0].lower()
    letters = re.sub(r"(?<![ha])m(?!s)", "M", letters)
    return letters.translate(_DATE_PARTS)


def _moment(days: float) -> tuple[datetime, int]:
    """The moment, and all its seconds. Days count from 1900-01-01 as 1, with a 29 February that never was.

    Only seconds are rounded, for a number holds them inexactly; what a format does not show is cut off.
    """
    seconds = round(days * 86_400)
    shift = 1 if days < 60 else 0
    return datetime(1899, 12, 30) + timedelta(days=shift, seconds=seconds), seconds  # noqa: DTZ001
