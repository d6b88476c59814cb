"""Rules that change a fact: of the original and the changed sentence neither follows from the other.
Knows nothing about evidence."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from tools.entailment.edit import (
    NAME,
    NEGATED,
    NOT_NAMES,
    SMALL_NUMBERS,
    Edit,
    choose_word,
    exchange_table,
    find_names,
    lower_first,
    replaced,
    upper_first,
)

_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def number(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """Another number: 1,497 → 1,502, three → five, 1984 → 1979."""
    found = list(
        re.finditer(rf"(?<![\w.-])\d[\d,]*(?:\.\d+)?(?![\w-])|\b(?:{'|'.join(SMALL_NUMBERS)})\b", text)
    )
    if not found:
        return None
    match = chance.choice(found)
    old = match.group()
    if old in SMALL_NUMBERS:
        new = chance.choice([w for w in SMALL_NUMBERS if w != old])
        return Edit("number", replaced(text, *match.span(), new), False, False)
    plain = old.replace(",", "")
    if "." in plain:
        whole, part = plain.split(".")
        shift = chance.choice((-2, -1, 1, 2, 5))
        new = f"{abs(int(whole) + shift) if chance.random() < 0.5 else whole}.{part}"
        if new == plain:
            new = (
                f"{int(whole) + 1}{part[0]}"
                if chance.random() < 0.3
                else f"{whole}.{(int(part[0]) + 3) % 10}{part[1:]}"
            )
        return Edit("number", replaced(text, *match.span(), new), False, False)
    value = int(plain[:12] or 0)
    choices = [value + d for d in (-7, -3, -2, -1, 1, 2, 3, 10)] + [value * 10, value // 10, value * 2]
    new_value = chance.choice([v for v in choices if v > 0 and v != value])
    new = f"{new_value:,}" if "," in old else str(new_value)
    return Edit("number", replaced(text, *match.span(), new), False, False)


_UNITS = exchange_table(
    "million/billion thousand/million km/miles kilometres/miles kilometers/miles metres/feet meters/feet "
    "kg/pounds hours/days days/weeks weeks/months months/years minutes/hours seconds/minutes years/decades "
    "euros/dollars pounds/dollars inches/feet square_miles/square_kilometers century/decade hour/day "
    "centuries/decades day/week week/month month/year minute/hour percent/people"
)


def unit(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """Another unit after a number: 30 days → 30 weeks."""
    numbers = rf"(?:\d[\d,.]*|{'|'.join(SMALL_NUMBERS)}|one)\s+"
    found = [
        m for m in re.finditer(rf"\b{numbers}([a-z]+(?: miles| kilometers)?)\b", text) if m.group(1) in _UNITS
    ]
    if not found:
        return None
    match = chance.choice(found)
    new = chance.choice(_UNITS[match.group(1)])
    return Edit("unit", replaced(text, *match.span(1), new), False, False)


def date(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """Another month or weekday."""
    found = list(re.finditer(rf"\b(?:{'|'.join(_MONTHS + _DAYS)})\b", text))
    if not found:
        return None
    match = chance.choice(found)
    pool = _MONTHS if match.group() in _MONTHS else _DAYS
    new = chance.choice([w for w in pool if w != match.group()])
    return Edit("date", replaced(text, *match.span(), new), False, False)


def name(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """A name exchanged for another name of the same document."""
    found = find_names(text)
    if not found:
        return None
    match = chance.choice(found)
    length = len(match.group().split())
    pool = [
        n for n in names if n not in text and match.group() not in n and abs(len(n.split()) - length) <= 1
    ]
    if not pool:
        return None
    return Edit("name", replaced(text, *match.span(), chance.choice(pool)), False, False)


_BETWEEN_NAMES = re.compile(rf"\b(?P<a>{NAME})(?P<middle>\s[^.;:()]{{3,60}}?\s)(?P<b>{NAME})\b")
_MUTUAL = re.compile(
    r"\b(?:and|or|met|married|like|between|as well as|with|versus|against|nor)\b|,\s*$|^\s*,"
)


def roles(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """Two names around a verb in exchanged places: "Rome defeated Carthage" → "Carthage defeated Rome"."""
    found = []
    for match in _BETWEEN_NAMES.finditer(text):
        a, middle, b = match.group("a"), match.group("middle"), match.group("b")
        if a.split()[0] in NOT_NAMES or b.split()[0] in NOT_NAMES or a == b or _MUTUAL.search(middle.strip()):
            continue
        if re.search(r"\b\w+(?:ed|s|t|w|m|n|e)\b", middle) is None:
            continue
        if not re.match(
            r"[,.;]|$|\s(?:in|on|at|to|as|and|for|after|before|during|with|from|by)\b", text[match.end() :]
        ):
            continue  # "American television": an adjective
        found.append(match)
    if not found:
        return None
    match = chance.choice(found)
    swapped = f"{match.group('b')}{match.group('middle')}{match.group('a')}"
    return Edit("roles", replaced(text, *match.span(), swapped), False, False)


def directions(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """Both ends exchanged: "from A to B" → "from B to A"."""
    match = re.search(
        r"\bfrom\s(?P<a>(?:the\s)?[\w$€£%'’-]+(?:\s[\w'’-]+){0,2})\sto\s(?P<b>(?:the\s)?[\w$€£%'’-]+)", text
    )
    if match is None or match.group("a") == match.group("b"):
        return None
    new = f"from {match.group('b')} to {match.group('a')}"
    return Edit("directions", replaced(text, *match.span(), new), False, False)


_CONNECTED = re.compile(
    r"^(?P<a>[A-Z][^.;]{15,120}?),?\s(?P<link>because|before|after|until)\s(?P<b>(?!of\b|being\b|\w+ing\b|\d)[^.;]{15,120})(?P<end>\.?)$"
)


def clauses(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """Cause and effect, earlier and later exchanged: "A because B" → "B because A"."""
    match = _CONNECTED.match(text)
    if (
        match is None
        or match.group("b").split()[0].lower() in ("the", "which", "that", "a", "an")
        and len(match.group("b").split()) < 4
    ):
        return None
    a, b = lower_first(match.group("a")), upper_first(match.group("b"))
    return Edit("clauses", f"{b} {match.group('link')} {a}{match.group('end')}", False, False)


_OPPOSITES = exchange_table(
    """increase/decrease increased/decreased increases/decreases increasing/decreasing rise/fall rose/fell
    more/fewer more/less before/after above/below high/low higher/lower open/closed opened/closed always/never
    won/lost wins/loses bought/sold free/paid maximum/minimum early/late earlier/later north/south east/west
    northern/southern eastern/western true/false young/old younger/older left/right largest/smallest
    larger/smaller larger/lesser major/minor began/ended begins/ends beginning/end male/female men/women
    inside/outside internal/external public/private allowed/forbidden allows/forbids accept/reject
    accepted/rejected include/exclude includes/excludes included/excluded success/failure
    successful/unsuccessful
    strong/weak stronger/weaker same/different positive/negative legal/illegal possible/impossible rich/poor
    wealthy/poor common/rare commonly/rarely often/rarely frequently/rarely usually/rarely
    majority/minority supported/opposed support/oppose with/without gained/lost
    first/last best/worst better/worse longer/shorter long/short fast/slow faster/slower hot/cold
    upper/lower modern/ancient domestic/foreign formal/informal direct/indirect active/inactive
    required/optional permanent/temporary enabled/disabled enable/disable present/absent father/son
    mother/daughter husband/wife teacher/student employer/employee buyer/seller import/export
    imported/exported parent/child attacked/defended arrived/departed entered/left joined/left
    expanded/shrank improved/worsened raised/lowered raise/lower agree/disagree agreed/disagreed
    encouraged/discouraged appeared/disappeared safe/dangerous cheap/expensive easy/difficult simple/complex
    wide/narrow deep/shallow thick/thin full/empty liberal/conservative urban/rural summer/winter
    spring/autumn morning/evening day/night north/east south/west until/since"""
)


def opposite(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """A word exchanged for its opposite: rose → fell."""
    chosen = choose_word(text, _OPPOSITES, chance)
    if chosen is None:
        return None
    match, new = chosen
    return Edit("opposite", replaced(text, *match.span(), new), False, False)


_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|will|would|must|should|may|does|do|did)\b(?!\s+(?:not|never|no)\b|n)"
)


def negation(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """A "not" put in or taken out."""
    match = NEGATED.search(text)
    if match is not None and "cannot" not in text and "can't" not in text and "won't" not in text:
        new = text[: match.start()] + text[match.end() :]
        return Edit("negation", new, False, False)
    match = _AUXILIARY.search(text)
    if match is None or match.end() >= len(text) - 2 or text.rstrip().endswith("?"):
        return None
    word = (
        "never"
        if match.group() in ("has", "have", "had", "was", "were") and chance.random() < 0.25
        else "not"
    )
    return Edit("negation", f"{text[: match.end()]} {word}{text[match.end() :]}", False, False)


_RANKS = "first second third fourth fifth sixth".split()
_SUPERLATIVE = re.compile(
    r"\b(?P<the>[Tt]he|its|their|[\w]+['’]s)\s(?P<best>(?:most|least)\s\w+|(?:larg|small|old|high|low|long|short|great|tall|wealthi|busi|fast|earli|young|rich|strong|bigg|deep|near|wid)est)\b"
)


def rank(text: str, chance: random.Random, names: Sequence[str]) -> Edit | None:
    """Another place in an order: the largest → the second-largest, the first → the third."""
    match = re.search(r"\b(second|third|fourth|fifth)[ -](?=\w+est\b|most\b)", text)
    if match is not None:
        pool = ["", *(f"{r}-" for r in _RANKS[1:5] if r != match.group(1))]
        return Edit("rank", replaced(text, *match.span(), chance.choice(pool)), False, False)
    match = _SUPERLATIVE.search(text)
    if match is not None and " of the most" not in text and "one of" not in text:
        place = chance.choice(("second", "second", "third", "fourth"))
        joint = chance.choice("- ")
        return Edit(
            "rank", replaced(text, match.start("best"), match.start("best"), place + joint), False, False
        )
    found = list(re.finditer(rf"\b(?:{'|'.join(_RANKS)})\b(?!\s+of\s+all)", text))
    if not found:
        return None
    match = chance.choice(found)
    new = chance.choice([r for r in _RANKS if r != match.group()])
    return Edit("rank", replaced(text, *match.span(), new), False, False)
