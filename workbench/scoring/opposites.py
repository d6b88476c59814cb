"""Lists words that say the opposite of each other, and compares the small ones of two texts: before, after;
also which of several ("the third floor").
Knows nothing about claims, passages and answers."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from workbench.text import STOP_WORDS, stem

_PAIRS = (
    "increase/decrease rise/fall more/less before/after above/below first/last high/low open/closed "
    "include/exclude allow/forbid accept/reject always/never win/lose buy/sell free/paid maximum/minimum "
    "male/female early/late up/down north/south east/west true/false young/old most/least left/right "
    "higher/lower larger/smaller largest/smallest better/worse best/worst longer/shorter major/minor "
    "begin/end start/end inside/outside public/private present/absent married/divorced born/died "
    "legal/illegal possible/impossible positive/negative activate/inhibit enhance/reduce raise/lower "
    "gain/loss success/failure strong/weak same/different earlier/later older/younger above/under "
    "over/under on/off enable/disable permit/prohibit required/optional cheap/expensive fast/slow "
    "hot/cold wet/dry day/night promote/prevent promote/inhibit induce/inhibit oldest/youngest front/back "
    "top/bottom upper/lower inner/outer highest/lowest longest/shortest newest/oldest biggest/smallest "
    "heavier/lighter heaviest/lightest wider/narrower thicker/thinner faster/slower fastest/slowest "
    "cheaper/dearer cheapest/dearest entrance/exit arrive/depart arrival/departure indoor/outdoor "
    "indoors/outdoors winter/summer add/remove lock/unlock full/empty allow/prohibit permit/forbid "
    "rose/fell rose/decrease fell/increase rose/drop grew/shrank"
)
# Of these the one is that the other is not; "not hot" may be warm.
_COMPLEMENTS = (
    "open/closed include/exclude allow/forbid allow/prohibit permit/prohibit permit/forbid accept/reject "
    "true/false legal/illegal possible/impossible enable/disable required/optional lock/unlock present/absent"
)


def _table(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Word → its opposites."""
    table: dict[str, set[str]] = {}
    for first, second in pairs:
        table.setdefault(first, set()).add(second)
        table.setdefault(second, set()).add(first)
    return {word: frozenset(opposites) for word, opposites in table.items()}


_WORDS = [(first, second) for first, _, second in (pair.partition("/") for pair in _PAIRS.split())]
OPPOSITES = _table((stem(first), stem(second)) for first, second in _WORDS)
"""Stem → the stems of its opposites."""
COMPLEMENTS = frozenset(frozenset(map(stem, pair.split("/"))) for pair in _COMPLEMENTS.split())
"""Pairs of stems of which the one is that the other is not: "closed" is "not open"."""
# Those that are no content words, their opposites and ordinals: they count by the word that follows them.
_RELATIONS = _table(pair for pair in _WORDS if not STOP_WORDS.isdisjoint(pair))
ORDINALS = dict(
    zip(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(),
        "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th".split(),
        strict=True,
    )
)
"""Word → the same in digits. Each is another than the others: "the third floor" is not the second."""
_IN_WORDS = {digits: word for word, digits in ORDINALS.items()}
_ORDINAL_STEMS = frozenset(map(stem, ORDINALS))
_TO = re.compile(r"\s*(?:to|through|until|[-‐‑–—])\s*(?:the\s*)?", re.IGNORECASE)
_RELATIONS |= {word: frozenset(ORDINALS) - {word} for word in ORDINALS}
_RELATION = re.compile(rf"\b(?:{'|'.join(sorted({*_RELATIONS, *_IN_WORDS}))})\b", re.IGNORECASE)

Relation = tuple[str, str]
"""A small word with an opposite, or an ordinal, and the stem of the content word that follows: ("before",
"noon")."""


def find_relations(text: str, places: Sequence[tuple[int, str]]) -> frozenset[Relation]:
    """The relations of a text. Of two words in a row ("on or before Monday") each has the word behind both;
    so have ordinals ("the second and third floor"), and those between two ("first to fourth grade").

    places: (offset, stem) of each content word and quantity, in order.
    """
    found: set[Relation] = set()
    ordinals: list[
        tuple[int, str]
    ] = []  # (offset of its end, word) of those without another word behind them
    for match in _RELATION.finditer(text):
        word = _IN_WORDS.get(match.group().lower(), match.group().lower())
        following = bisect_left(places, (match.end(), ""))
        if following >= len(places):
            continue
        behind = places[following][1]
        if word in ORDINALS:
            if ordinals and _TO.fullmatch(text, ordinals[-1][0], match.start()):
                order = list(ORDINALS)
                between = order[order.index(ordinals[-1][1]) + 1 : order.index(word)]
                ordinals += [(match.end(), each) for each in between]
            ordinals.append((match.end(), word))
            if behind in _ORDINAL_STEMS:
                continue
            found.update((each, behind) for _, each in ordinals)
            ordinals = []
        else:
            found.add((word, behind))
    return frozenset(found)


def find_opposed(said: Iterable[Relation], other: frozenset[Relation]) -> tuple[str, str] | None:
    """(a word, its opposite) where the other text has the opposite before the same word; else None.

    The order of what they join does not matter then: "lunch before the pool closes" and "the pool closes
    after lunch" agree.
    """
    for word, following in sorted(said):
        if (word, following) not in other:
            for opposite in sorted(_RELATIONS[word]):
                if (opposite, following) in other:
                    return word, opposite
    return None
