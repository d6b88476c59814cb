"""Finds a claim that joins a value of a sentence with words of another: "9:00 on Saturdays, 8:30 on weekdays"
does not say "8:30 on Saturdays". Knows nothing about passages and support."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.scoring.grounding_evidence import Reading
from workbench.scoring.quantities import Quantity, is_stated

_SEPARATOR = re.compile(r"[;,]|\s(?:and|or|but|while|whereas)\s|\s[-–—]\s")
# A part with a subject of its own ("children 5 euros", "and the shop opens at 10:00") shares none before it.
_OWN_SUBJECT = re.compile(
    r"\W*(?:(?:and|or|but|while|whereas)\s+)?(?:(?:the|an?|its|our|their|your|each|every|that|those)\s+\w"
    r"|(?:[a-z]+s|children|people|women|men)\s\W?\d)"
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a sentence, from the separator before its values to the one behind them."""

    start: int
    end: int
    values: tuple[Quantity, ...]
    offers: frozenset[str]
    """The offers of all its quantities."""
    stems: dict[str, int]
    """Stem of each word → its last offset in the sentence."""


def _parts(text: str, sentence: Reading, values: Sequence[Quantity]) -> list[_Part]:
    """The parts of a sentence around its values; values without a separator between them are one part's.

    What stands between the first and the last separator of a gap belongs to both parts.
    """
    groups: list[list[Quantity]] = [[values[0]]]
    borders: list[tuple[int, int]] = []  # (start of the first separator, end of the last) between two groups
    for before, value in zip(values, values[1:], strict=False):
        found = list(_SEPARATOR.finditer(text, before.end, value.start))
        if found:
            borders.append((found[0].start(), found[-1].end()))
            groups.append([])
        groups[-1].append(value)
    starts = [0, *(first for first, _ in borders)]
    ends = [*(last for _, last in borders), len(text)]
    return [_part(sentence, *part) for part in zip(starts, ends, groups, strict=True)]


def _part(sentence: Reading, start: int, end: int, values: list[Quantity]) -> _Part:
    inside = [q for q in sentence.quantities if start <= q.start and q.end <= end]
    stems = {t.stem: t.start for t in sentence.tokens if start <= t.start and t.end <= end and not t.quantity}
    return _Part(start, end, tuple(values), frozenset(o for q in inside for o in q.offers), stems)


def _states(offers: Iterable[str], quantity: Quantity) -> bool:
    return is_stated(quantity, {*offers}, [])


def _value_offers(part: _Part) -> set[str]:
    return {offer for value in part.values for offer in value.offers}


def find_value_of_another(claim: Reading, text: str, sentence: Reading) -> tuple[str, str] | None:
    """(the claim's value, the sentence's) where the sentence says the claim's of something else; else None.

    text: the sentence, which has all words of the claim.
    """
    for quantity in claim.quantities:
        values = [q for q in sentence.quantities if q.kind == quantity.kind]
        parts = _parts(text, sentence, values) if len(values) > 1 and quantity.needs else []
        stating = [part for part in parts if _states(_value_offers(part), quantity)]
        if len(stating) != 1 or len(parts) < 2:
            continue
        own = stating[0]
        others = [q for q in claim.quantities if q is not quantity and q.needs]
        if any(q.kind == quantity.kind and _is_shared_value(q, own, parts) for q in others):
            continue
        for part in parts:
            if part is not own and _says_of(part, own, claim, others, text, sentence):
                return quantity.text.strip(), part.values[0].text.strip()
    return None


def _is_shared_value(quantity: Quantity, own: _Part, parts: list[_Part]) -> bool:
    """Whether another part states a value, but not as many as the own one.

    "9:00 to 17:00 on weekdays and to 13:00 on Sundays" says "9:00 to 13:00 on Sundays".
    """
    return any(
        _states(part.offers, quantity) and len(part.values) != len(own.values)
        for part in parts
        if part is not own
    )


def _says_of(
    part: _Part, own: _Part, claim: Reading, others: list[Quantity], text: str, sentence: Reading
) -> bool:
    """Whether another part has what the claim says its value of, and the own has something else there."""
    claimed = {offer for q in claim.quantities for offer in q.offers}
    unclaimed = {
        q.kind
        for q in sentence.quantities
        if own.start <= q.start and q.end <= own.end and q.offers.isdisjoint(claimed)
    }
    for other in others:
        if other.kind in unclaimed and _states(part.offers, other) and not _states(own.offers, other):
            return True
    if any(_states(_value_offers(part), other) for other in others):  # its words may be of that value
        return False
    words = {t.stem for t in claim.tokens if not t.quantity}
    has_own_words = any(w in own.stems and w not in part.stems for w in words)
    return any(
        _is_not_shared(word, part, own, text, words, has_own_words=has_own_words)
        for word in words
        if word in part.stems and word not in own.stems
    )


def _is_not_shared(
    word: str, part: _Part, own: _Part, text: str, claimed: set[str], *, has_own_words: bool
) -> bool:
    """Whether a word of another part is surely not said of the part with the claim's value, because that has
    a word in the same place, before or behind its value, that the claim has not.

    A part without a subject of its own shares that of an earlier one.
    """
    is_before = part.stems[word] < part.values[0].start
    if is_before and part.start < own.start:
        return not has_own_words and bool(_OWN_SUBJECT.match(text, own.start))
    return any(
        (offset < own.values[0].start) if is_before else (offset > own.values[-1].start)
        for stem, offset in own.stems.items()
        if stem not in claimed
    )
