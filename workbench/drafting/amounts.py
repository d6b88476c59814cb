"""Finds the one amount, date or time that a clause says, with the words that ask for it.
Knows nothing about subjects and verbs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.scoring.quantities import find_quantities

_MODIFIER = (
    r"(?:up to|at least|at most|no more than|not more than|no fewer than|no less than|more than|less than|"
    r"fewer than|about|around|approximately|roughly|nearly|almost|over|under|exactly|another|the first|"
    r"the last|only)\s+"
)
_PREPOSITION = r"(?:within|after|for|by|in|at|on|from|before|until|during|every|since|between|to|of|with)"
_BEFORE = re.compile(rf"(?:^|\s)(?P<prep>{_PREPOSITION}\s+)?(?P<modifier>{_MODIFIER})?$", re.IGNORECASE)
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(
    rf"(?:(?:the )?\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTH})(?:,? \d{{4}})?|"
    rf"(?:{_MONTH}) \d{{1,2}}(?:, \d{{4}})?(?!\d)|(?:{_MONTH}) \d{{4}}|\d{{4}}-\d\d-\d\d)"
)
_YEAR = re.compile(
    r"(?<![\d.,£€$-])(?:1[5-9]|20)\d\d(?![\d.,]*\d|[-–%]"
    r"| (?:guests|people|visitors|members|copies|items|years|seats)\b)"
)
_CLOCK = re.compile(
    r"(?<![\d.:])\d{1,2}(?::\d\d(?: ?[apAP]\.?[mM]\b)?| ?[apAP]\.?[mM]\b)(?: (?:ET|CT|PT|CET|GMT|UTC)\b)?"
)
_NUMBER_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_AMOUNT = re.compile(
    r"(?P<price>(?:[£€$]|CA\$|US\$)\s?\d+(?:,\d{3})*(?:\.\d+)?(?: (?:million|billion))?)"
    rf"|(?P<number>(?<![\w.,£€$-])(?:\d+(?:,\d{3})*(?:\.\d+)?(?: ?(?:to|–|or) ?\d+(?:,\d{3})*(?:\.\d+)?)?|"
    rf"\b(?:{_NUMBER_WORDS})\b(?: (?:to|or) (?:{_NUMBER_WORDS}))?)(?: (?:million|billion|thousand|hundred))?)"
    r"(?P<unit>\s?%|\s+(?:(?:working|business|calendar|consecutive|further|extra|full|public|square|cubic|"
    r"free|paid|different|new|other|additional)\s+)?[A-Za-z°Ω]+(?:-[a-z]+)?)?"
)
_SYMBOLS = {
    "g": "grams", "kg": "kilograms", "mm": "millimetres", "cm": "centimetres", "m": "metres",
    "km": "kilometres", "ml": "millilitres", "l": "litres", "W": "watts", "V": "volts", "min": "minutes",
    "bar": "bar", "percent": "percent", "GB": "gigabytes", "MB": "megabytes", "kWh": "kilowatt-hours",
    "miles": "miles", "feet": "feet", "people": "people", "children": "children", "men": "men",
    "women": "women", "euros": "euros",
}  # fmt: skip
_ASKS_YEAR = frozenset("in since until from by before".split())
_ASKS_TIME = frozenset("at from until by before after".split())
_ASKS_DATE = frozenset("on from by until since before after".split())
_NO_UNITS = frozenset(
    "of in on at is was as times its his her this has plus yes ss us minus less does goes per series species "
    "and or the to for with by from others exceptions things ways manners reasons cases purposes".split()
)
_NAME_BEFORE = re.compile(
    r"(?:[A-Z][\w-]*|[Nn]o\.|[Vv]ersion|[Pp]age|[Ss]tep|[Ll]evel|[Aa]rticle|[Cc]hapter|[Zz]one|[Gg]rade|[Tt]ype)\s$"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """An amount of a clause and the words that ask for it."""

    kind: str
    """"number", "price" or "date"."""
    start: int
    """Where its preposition, or else the amount with its modifier, begins in the text."""
    end: int
    """Where it ends."""
    answer: str
    """The amount with modifier and unit, as written, without the preposition."""
    wh: str
    """What a question begins with: "within how many days", "how much", "when"."""
    has_preposition: bool
    """Whether it is no object of the verb but says when, how long or within what."""


def find_asked(text: str) -> Asked | None:
    """The amount, date or time of a text; None where there is none, or more than one."""
    quantities = [  # "the first patent" and "Theresa May" are names, which need no number
        q for q in find_quantities(text) if q.needs and q.kind != "weekday" and not q.kind.startswith("name")
    ]
    dated = [m for pattern in (_DATE, _CLOCK) for m in pattern.finditer(text)]
    taken = [(m.start(), m.end()) for m in dated]
    years = [m for m in _YEAR.finditer(text) if not _inside(m.start(), taken)]
    taken += [(m.start(), m.end()) for m in years]
    amounts = [
        m
        for m in _AMOUNT.finditer(text)
        if not _inside(m.start(), taken) and not _NAME_BEFORE.search(text, 0, m.start())
    ]
    if len(dated) + len(years) + len(amounts) != 1 or len(quantities) > 1:
        return None
    if dated or years:
        return _ask_date(text, (dated or years)[0], is_year=bool(years))
    return _ask_amount(text, amounts[0])


def _inside(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in spans)


def _ask_date(text: str, match: re.Match[str], *, is_year: bool) -> Asked | None:
    before = _BEFORE.search(text, 0, match.start())
    prep = (before["prep"] or "").strip().lower() if before else ""
    if before is None or before["modifier"] or not prep:
        return None
    is_clock = bool(_CLOCK.fullmatch(match.group()))
    if is_year:
        wh = f"{prep} what year" if prep in _ASKS_YEAR else ""
    elif is_clock:
        wh = f"{prep} what time" if prep in _ASKS_TIME else ""
    elif prep == "in":
        wh = "" if re.search(r"\b\d{1,2}(?!\d)", match.group()) else "in what month"
    else:
        wh = f"{prep} what date" if prep in _ASKS_DATE else ""
    if not wh:
        return None
    return Asked("date", _start(before), match.end(), match.group(), wh, True)


def _start(before: re.Match[str]) -> int:
    groups = [before.start(name) for name in ("prep", "modifier") if before[name]]
    return min(groups) if groups else before.end()


def _ask_amount(text: str, match: re.Match[str]) -> Asked | None:
    before = _BEFORE.search(text, 0, match.start())
    if before is None:
        return None
    prep = (before["prep"] or "").strip().lower()
    if prep in ("between", "to", "of", "since"):
        return None
    answer_start = before.start("modifier") if before["modifier"] else match.start()
    modifier = (before["modifier"] or "").strip().lower()
    if modifier in ("the first", "the last", "another", "only", "exactly"):
        return None
    end = match.end()
    if match["price"]:
        kind, noun = "price", "how much"
        if re.match(r"\s*(?:[–-]|or |per\b|a |an |each)", text[end:]):
            return None
    else:
        unit = (match["unit"] or "").strip()
        if not unit or _NAME_BEFORE.search(text, 0, match.start()):
            return None
        kind = "number"
        if unit == "%":
            noun = "what percentage"
        else:
            word = unit.split()[-1]
            plural = _SYMBOLS.get(word) or (word if word.endswith("s") and len(word) > 3 else "")
            if not plural or word.lower() in _NO_UNITS or word[0].isupper() and word not in _SYMBOLS:
                return None
            noun = f"how many {' '.join([*unit.split()[:-1], plural])}"
    if prep == "every":
        wh, answer_start = "how often", before.start("prep")
    elif kind == "price" and prep == "at":
        wh = "at what price"
    else:
        wh = f"{prep} {noun}".strip()
    if text[end : end + 1] in ("-", "–", "/"):
        return None
    return Asked(kind, _start(before), end, text[answer_start:end].strip(), wh, bool(prep))
