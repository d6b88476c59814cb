"""Finds numbers written in words: "twenty-five", "two and a half hours", "a third of", "third", "twice".
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
_BIG = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
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
_OCCASIONS = {"once": 1, "twice": 2, "thrice": 3}
# In German, French, Spanish, Italian, Portuguese and Dutch, but for those that are other words in one of
# these or in English ("due", "once", "twee", "acht").
_OTHER_LANGUAGES = {
    word: number
    for number, words in {
        2: "zwei deux dois", 3: "drei trois tres três drie", 4: "vier quatre cuatro quatro",
        5: "fünf cinq cinco cinque vijf", 6: "sechs seis zes", 7: "sieben siete sette sete zeven",
        8: "huit ocho oito", 9: "neun nueve nove negen", 10: "zehn diez dieci", 11: "undici",
        12: "zwölf douze dodici twaalf", 14: "vierzehn quatorze catorce",
        15: "fünfzehn quinze quindici vijftien",
        20: "zwanzig vingt veinte vinte twintig", 30: "dreißig dreissig trente treinta trenta trinta dertig",
        40: "vierzig quarante cuarenta quaranta quarenta veertig",
        50: "fünfzig cinquante cincuenta cinquanta vijftig",
        60: "sechzig soixante sesenta sessanta sessenta zestig",
    }.items()
    for word in words.split()
}  # fmt: skip
# What makes such a word a part of another number, of a fraction or of a time.
_OTHER_PARTS = (
    "un une uno una um uma due duas sei onze doze acht elf seize sedici dezesseis dezasseis dix dez "
    "cento cent cents cem ciento cien doscientos trescientos cuatrocientos quinientos seiscientos "
    "duzentos trezentos quatrocentos quinhentos hundert honderd tausend duizend mil mille mila million "
    "millionen millions millones milhões milioni miljoen milliarde milliarden milliards miliardi "
    "miljard mezzo halb half demi demie media meia viertel drittel quart quarts tiers cuarto cuartos "
    "tercios quarti terzi komma virgule coma vírgula virgola uhr"
).split()
CARDINALS = "|".join(sorted((*_SMALL, *_BIG), key=len, reverse=True))
"""A pattern of the words that whole numbers are made of."""
_PART = "half|halves|(?:third|quarter|fifth|sixth|eighth|tenth)s?"
_UNIT = unit_pattern(gap="[ -]")
_DIGIT = "zero|one|two|three|four|five|six|seven|eight|nine"
# "an hour" is one hour behind these, while "an hour" elsewhere may mean "per hour" or nothing exact.
_BEFORE_ONE = r"\b(?:for|in|within|after|about|takes?|took|lasts?|lasted|least|most|than)\s"
_TIMES = "hour|day|week|month|year|decade|century|fortnight"
# At the beginning of a text "a day" is one where no noun follows: "a day pass" is none.
_ALONE = (
    rf"an?\s(?:{_TIMES})"
    r"(?:\W*\Z|[^\w\s]|\s(?:and|or|at|after|before|in|per|later|ago|from|for|of|to|is|was)\b)"
)
_NUMBERS = re.compile(
    r"\b(?=[abd-hmnoqstz])(?P<minus>(?:minus|negative)\s)?(?:"
    rf"(?P<words>(?:{CARDINALS})(?:(?:[ -]|\sand\s)(?:{CARDINALS}))*)"
    rf"(?P<point>\spoint(?:\s(?:{_DIGIT}))+)?(?P<half>\sand\sa\shalf)?(?P<part>[ -](?:{_PART})\b)?\b"
    rf"(?:(?P<unit>{_UNIT})(?P<half_more>\sand\sa\shalf\b)?|(?<=[sr])\sof\san?\s(?P<part_of>{_TIMES})\b)?"
    r"(?!-?(?:first|second|third|fourth|fifth|\w*th)\b)"
    rf"|(?P<article>(?:\A\W*(?={_ALONE})|{_BEFORE_ONE})an?\s)(?P<single>{_TIMES})(?P<and_half>\sand\sa\shalf)?\b"
    r"(?!['’-]\w)"
    rf"|(?:(?P<a_part>an?|one)\s)?(?P<fraction>half|third|quarter|fifth|sixth|eighth|tenth)"
    rf"(?:\s(?:of\s)?an?\s(?P<whole>{_TIMES}|dozen)\b|\sof\b|(?=\W*\Z))"
    # "Once" is more often "as soon as": "once a form is signed".
    rf"|(?P<occasions>twice|thrice|once(?=\s(?:(?:an?|per|every|each|in\san?)\s(?:{_TIMES})s?"
    r"|daily|weekly|monthly|yearly)\b)|(?<!.)once(?=\W*\Z))\b"
    rf"|(?:(?P<tens>twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[ -])?"
    rf"(?P<ordinal>{'|'.join(_ORDINALS)})\b)",
    re.IGNORECASE,
)
_OTHER_WORD = rf"(?:{'|'.join((*_OTHER_LANGUAGES, *_OTHER_PARTS))})(?!\w)"
_OTHER_NUMBERS = re.compile(
    # A run of words of numbers, as long as it goes: "treinta y cinco".
    rf"(?<![\w-])(?P<words>{_OTHER_WORD}(?:[ -](?:(?:et|y|e|und|en)[ -])?{_OTHER_WORD})*+)(?!-)"
    rf"(?P<unit>{_UNIT})?",
    re.IGNORECASE,
)
_VOCABULARY = frozenset((*_SMALL, *_BIG, *_ORDINALS, *_PARTS, *_OCCASIONS, *_TIMES.split("|")))
_BORDERS = str.maketrans(dict.fromkeys(string.punctuation + "‐‑–—“”‘’…", " "))


def ordinal_word(number: int) -> str:
    """The word by which an ordinal is compared: "third", and "21th" above twenty."""
    return _ORDINAL_WORDS.get(number) or f"{number}th"


def _value(names: list[str]) -> float:
    total, part = 0.0, 0.0
    for name in names:
        if name in _SMALL:
            part += _SMALL[name]
        elif name in ("hundred", "dozen"):
            part = max(part, 1.0) * _BIG[name]
        else:
            total, part = total + max(part, 1.0) * _BIG[name], 0.0
    return total + part


def _number(match: re.Match[str]) -> Amount | None:
    """The number of a match; None for "one" alone, which may be a pronoun."""
    names = [w for w in re.split(r"[ -]|\band\b", match.group("words").lower()) if w]
    unit = (match.group("unit") or "").strip(" -")
    part = (match.group("part") or "").strip(" -").lower()
    is_more = unit or part or match.group("half") or match.group("point")
    if names == ["one"] and not is_more and match.string.strip(" .") != match.group():
        return None
    value = _value(names)
    if match.group("point"):
        value += float("0." + "".join(str(_SMALL[word.lower()]) for word in match.group("point").split()[1:]))
    if part:
        value /= _PARTS.get(part) or _PARTS[part.removesuffix("s")]
    if match.group("half") or match.group("half_more"):
        value += 0.5
    value = -value if match.group("minus") else value
    unit = unit or (match.group("part_of") or "")
    return Amount(match.group(), match.start(), value, unit, is_fraction=bool(part))


def _fraction(match: re.Match[str]) -> Amount | None:
    """The number of "half of", "a quarter", "half an hour"; None for "third" alone, which is an ordinal."""
    name, whole = match.group("fraction").lower(), (match.group("whole") or "").lower()
    if name not in ("half", "quarter") and not match.group("a_part"):
        return None
    value = 1 / _PARTS[name]
    if whole == "dozen":
        return Amount(match.group(), match.start(), 12 * value)
    return Amount(match.group(), match.start(), value, whole, is_fraction=True)


def _other_number(match: re.Match[str]) -> Amount | None:
    """The number of a word of another language; None for a part of a longer number, which is not read."""
    value, unit = _OTHER_LANGUAGES.get(match["words"].lower()), (match["unit"] or "").strip(" -")
    return None if value is None else Amount(match.group(), match.start(), value, unit)


def find_spelled_numbers(text: str) -> Iterator[Amount | Quantity]:
    """The numbers in words of a text, in order, the English ones first.

    An ordinal in words offers a fact but needs none: "first" is often no number.
    """
    # Far faster than a search for one of many words.
    words = frozenset(text.lower().translate(_BORDERS).split())
    for match in () if words.isdisjoint(_VOCABULARY) else _NUMBERS.finditer(text):
        fraction = _fraction(match) if match.group("fraction") else None
        ordinal = match.group("ordinal") or (match.group("fraction") if not fraction else None)
        if ordinal:
            place = _SMALL.get((match.group("tens") or "").lower(), 0) + _ORDINALS[ordinal.lower()]
            facts = frozenset({f"ordinal {place}"})
            tokens = (ordinal_word(place),)
            yield Quantity(match.group(), match.start(), match.end(), "ordinal", tokens, facts, ())
        elif match.group("occasions"):
            yield Amount(match.group(), match.start(), _OCCASIONS[match.group("occasions").lower()], "times")
        elif match.group("single"):
            start = match.start("single") - (3 if match.group("article").lower().endswith("an ") else 2)
            value = 1.5 if match.group("and_half") else 1.0
            yield Amount(match.string[start : match.end()], start, value, match.group("single"))
        else:
            number = fraction or _number(match)
            if number:
                yield number
    if not words.isdisjoint(_OTHER_LANGUAGES):
        yield from filter(None, map(_other_number, _OTHER_NUMBERS.finditer(text)))
