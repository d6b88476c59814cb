"""Finds numbers written in words: "twenty-five", "two and a half hours", "a third of", "third".
Knows nothing about numbers in digits."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from workbench.scoring.amounts import Amount
from workbench.scoring.quantity import Quantity
from workbench.scoring.units import unit_pattern

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
_ORDINALS = {
    w: n
    for n, w in enumerate(
        (
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
            "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
        ).split(),
        1,
    )
}
_ORDINAL_WORDS = {number: word for word, number in _ORDINALS.items()}
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10,
}  # fmt: skip
_ONE_WORD = "|".join(sorted((*_SMALL, *_BIG), key=len, reverse=True))
_PART = "half|halves|(?:third|quarter|fifth|sixth|eighth|tenth)s?"
_UNIT = unit_pattern(gap="[ -]")
_NUMBERS = re.compile(
    r"\b(?=[abd-hmnoqstz])(?P<minus>(?:minus|negative)\s)?(?:"
    rf"(?P<words>(?:{_ONE_WORD})(?:(?:[ -]|\sand\s)(?:{_ONE_WORD}))*)"
    rf"(?P<half>\sand\sa\shalf)?(?P<part>[ -](?:{_PART})\b)?\b"
    rf"(?P<unit>{_UNIT})?(?!-?(?:first|second|third|fourth|fifth|\w*th)\b)"
    rf"|(?:a\s)?(?P<fraction>half|third|quarter)\s(?:of\b|(?P<hour>an\shour)\b)"
    rf"|(?:(?P<tens>twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[ -])?"
    rf"(?P<ordinal>{'|'.join(_ORDINALS)})\b)",
    re.IGNORECASE,
)
_VOCABULARY = frozenset((*_SMALL, *_BIG, *_ORDINALS, "half", "quarter"))
_BORDERS = str.maketrans(dict.fromkeys(string.punctuation + "‐‑–—“”‘’…", " "))


def ordinal_word(number: int) -> str:
    """The word by which an ordinal is compared: "third", and "21th" above twenty."""
    return _ORDINAL_WORDS.get(number) or f"{number}th"


def _value(names: list[str]) -> float:
    total, part = 0.0, 0.0
    for name in names:
        if name in _SMALL:
            part += _SMALL[name]
        elif name == "hundred":
            part = max(part, 1.0) * 100
        else:
            total, part = total + max(part, 1.0) * _BIG[name], 0.0
    return total + part


def _number(match: re.Match[str]) -> Amount | None:
    """The number of a match; None for "one" alone, which may be a pronoun."""
    names = [w for w in re.split(r"[ -]|\band\b", match.group("words").lower()) if w]
    unit = (match.group("unit") or "").strip(" -")
    part = (match.group("part") or "").strip(" -").lower()
    if names == ["one"] and not unit and not part and not match.group("half"):
        return None
    value = _value(names)
    if part:
        value /= _PARTS.get(part) or _PARTS[part.removesuffix("s")]
    if match.group("half"):
        value += 0.5
    return Amount(match.group(), match.start(), -value if match.group("minus") else value, unit)


def find_spelled_numbers(text: str) -> Iterator[Amount | Quantity]:
    """The numbers in words of a text, in order.

    An ordinal in words offers a fact but needs none: "first" is often no number.
    """
    # Far faster than a search for one of many words.
    if _VOCABULARY.isdisjoint(text.lower().translate(_BORDERS).split()):
        return
    for match in _NUMBERS.finditer(text):
        if match.group("ordinal"):
            number = _SMALL.get((match.group("tens") or "").lower(), 0)
            number += _ORDINALS[match.group("ordinal").lower()]
            facts = frozenset({f"ordinal {number}"})
            tokens = (ordinal_word(number),)
            yield Quantity(match.group(), match.start(), match.end(), "ordinal", tokens, facts, ())
        elif match.group("fraction"):
            value = 1 / _PARTS[match.group("fraction").lower()]
            hours = match.group("hour")
            yield Amount(match.group(), match.start(), value, "hour" if hours else "")
        else:
            number_in_words = _number(match)
            if number_in_words:
                yield number_in_words
