"""Finds a claim that joins a value of a sentence with words of another: "9:00 on Saturdays, 8:30 on weekdays"
does not say "8:30 on Saturdays"; and a copy of it with one value changed for another of it.
Knows nothing about passages and support."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.scoring.grounding_evidence import Reading
from workbench.scoring.quantities import Quantity, is_stated
from workbench.text import stem

_SEPARATOR = re.compile(r"[;,]|\s(?:and|or|but|while|whereas)\s|\s[-–—]\s")
_LEAST_WORDS = 2  # of a stretch, beside its values
_YEAR = re.compile(r"1[1-9]\d\d|20\d\d")
_STRONG = re.compile(r";|while|whereas")
# What joins the word behind it to something else.
_PREPOSITION = re.compile(
    r"\b(?P<word>in|on|at|for|during|from|to|by|with|without|of|until|per|under|over)"
    r"\s+(?:(?:the|an?|its|our|their|your|each|every|all)\s+)?\Z",
    re.IGNORECASE,
)
# These stand before a value without being what it is said of.
_ADVERBS = frozenset(
    stem(word)
    for word in "otherwise later usually normally sometimes often typically today currently originally "
    "previously formerly always afterwards approximately roughly nearly almost least maximum minimum".split()
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

    What stands between the first and the last separator of a gap belongs to both parts, where none of them is
    a strong one ("while", ";").
    """
    groups: list[list[Quantity]] = [[values[0]]]
    borders: list[tuple[int, int]] = []  # (start of the first separator, end of the last) between two groups
    for before, value in zip(values, values[1:], strict=False):
        found = list(_SEPARATOR.finditer(text, before.end, value.start))
        found = [match for match in found if _STRONG.search(match.group())] or found
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
        values = [q for q in sentence.quantities if _kind(q) == _kind(quantity)]
        parts = _parts(text, sentence, values) if len(values) > 1 and quantity.needs else []
        stating = [part for part in parts if _states(_value_offers(part), quantity)]
        if len(stating) != 1 or len(parts) < 2:
            continue
        own = stating[0]
        others = [q for q in claim.quantities if q is not quantity and q.needs]
        elsewhere = {offer for part in parts if part is not own for offer in part.offers}
        if any(_kind(q) == _kind(quantity) and _states(elsewhere, q) for q in others):
            continue  # it says several values, each of what may be its own
        for part in parts:
            if part is not own and _says_of(part, own, claim, others, text, sentence):
                return quantity.text.strip(), part.values[0].text.strip()
    return None


def find_changed_value(claim: Reading, sentence: Reading) -> tuple[str, str] | None:
    """(the claim's value, the sentence's) where the claim is a stretch of the sentence with some, not all, of
    its values changed; else None.

    Where all differ, the words may be shared by several values: "300 units in 2001 and 500 in 2002".
    """
    said, written = _with_values(claim), _with_values(sentence)
    if sum(isinstance(part, str) for part in said) < _LEAST_WORDS:
        return None
    marks, searched = _marks(said), _marks(written)
    changed: tuple[str, str] | None = None
    for start in range(len(searched) - len(marks) + 1):
        if searched[start : start + len(marks)] != marks:
            continue
        pairs = zip(said, written[start : start + len(said)], strict=True)
        values = [(a, b) for a, b in pairs if isinstance(a, Quantity) and isinstance(b, Quantity)]
        differing = [(a, b) for a, b in values if not _states(b.offers, a)]
        if not differing:
            return None
        if len(differing) < len(values) and changed is None:
            changed = differing[0][0].text.strip(), differing[0][1].text.strip()
    return changed


def _marks(parts: list[str | Quantity]) -> list[str]:
    """The words, and the kinds of the quantities."""
    return [part if isinstance(part, str) else f"{_kind(part)} quantity" for part in parts]


def _with_values(reading: Reading) -> list[str | Quantity]:
    """The stems of a text's words, and its quantities, in order."""
    quantities = {q.start: q for q in reading.quantities}
    parts: list[str | Quantity] = []
    for token in reading.tokens:
        if not token.quantity:
            parts.append(token.stem)
        elif token.start in quantities:
            parts.append(quantities.pop(token.start))
    return parts


def _kind(quantity: Quantity) -> str:
    """What a number counts; years are not of the kind of other bare numbers."""
    return "year" if not quantity.kind and _YEAR.fullmatch(quantity.text.strip()) else quantity.kind


def _says_of(
    part: _Part, own: _Part, claim: Reading, others: list[Quantity], text: str, sentence: Reading
) -> bool:
    """Whether another part has what the claim says its value of, and the own has something else there."""
    claimed = {offer for q in claim.quantities for offer in q.offers}
    unclaimed = {
        _kind(q)
        for q in sentence.quantities
        if own.start <= q.start and q.end <= own.end and q.offers.isdisjoint(claimed)
    }
    for other in others:
        if _kind(other) in unclaimed and _states(part.offers, other) and not _states(own.offers, other):
            return True
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
    rivals = [place for rival, place in own.stems.items() if rival not in claimed and rival not in _ADVERBS]
    before = [place for place in rivals if place < own.values[0].start]
    if part.stems[word] > part.values[0].start:
        return any(place > own.values[-1].start for place in rivals)
    preposition = _preposition_before(text, part.stems[word])
    if preposition and any(_preposition_before(text, place) == preposition for place in before):
        return True
    if part.start > own.start:
        return bool(before)
    return not has_own_words and any(_preposition_before(text, place) is None for place in before)


def _preposition_before(text: str, place: int) -> str | None:
    """The preposition before the word at a place, if there is one."""
    match = _PREPOSITION.search(text, max(0, place - 20), place)
    return match["word"].lower() if match else None
