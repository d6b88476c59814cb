"""Reads a text as answers are compared: rare words, quantities, yes or no, negations.
Knows nothing about which text is the answer and which the reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from workbench.scoring.grounding_evidence import (
    NEGATING,
    RUN,
    character_pairs,
    folded,
    initials_of,
    is_unspaced,
)
from workbench.scoring.opposites import Relation, find_relations
from workbench.scoring.quantities import Quantity, find_quantities
from workbench.scoring.word_rarity import weight_of
from workbench.text import STOP_WORDS, Span, split_sentences, stem, word_spans

_SHORTEST_FUZZY = 6  # letters; "Bern" and "Bert" are two names, "Paterson" and "Patterson" may be one
_LEAST_WEIGHT = 1.0
_LETTER_WEIGHT = 4.0
_NEGATION_REACH = 4  # words
# "Vitamin A", "plan 'B'" and "option b", but not "A dog", "I" and the initial of "John B. Smith".
_LETTERED = re.compile(
    r"(?<!\w)(?:(?P<word>[^\W\d]\w*) [\"'(]{0,2}(?P<letter>[A-HJ-Z])"
    r"|(?P<marked>(?i:option|answer|choice|variant|item|point|section|clause|paragraph|part|class|type|group|plan|gate"
    r"|room|zone|building|platform|exit|annex|appendix|table|figure|form|vitamin|hepatitis)) [\"'(]{0,2}"
    r"(?P<small>[b-hj-z]|a(?=[\"')]|\W*\Z)))(?!\w|['-]\w|-|\.(?!\W*\Z))"
)
_YES = re.compile(r"\W*(?:yes|yeah|yep|correct|true|right|indeed)\b", re.IGNORECASE)
_NO = re.compile(
    r"\W*(?:no(?! (?:one|more|less|later|fewer|\d)|\. ?\d+\W*\Z)|nope|incorrect|false|wrong)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Content:
    """What a text says, as it is compared."""

    weights: dict[str, float]
    """Stem of each word that is no stop word → how rare it is."""
    lettered: dict[str, str]
    """Stem of each word before a single capital letter → the letter: "vitamin" → "A"."""
    quantities: tuple[Quantity, ...]
    """Its numbers, amounts, times and dates, in order."""
    yes: bool | None
    """Whether it begins with yes (True) or no (False); None when with neither."""
    negated: frozenset[str]
    """The stems up to four words after a negation."""
    negations: int
    """The number of negations, without a "no" at its beginning."""
    denies: bool
    """Whether there is a negation in its first sentence."""
    relations: frozenset[Relation]
    """Its "before", "above", "on" and the like, with the word or the quantity behind each."""
    initials: frozenset[str]
    """The acronyms that its runs of capitalised words may have."""


def _words_outside(text: str, quantities: tuple[Quantity, ...]) -> Iterator[Span]:
    """The words of a text that are no part of a quantity."""
    following = 0
    for word in word_spans(text):
        while following < len(quantities) and quantities[following].end <= word.start:
            following += 1
        if following == len(quantities) or word.end <= quantities[following].start:
            yield word


def _letters_of(text: str, quantities: tuple[Quantity, ...]) -> Iterator[tuple[str, str]]:
    """(stem of the word, the letter behind it), but for the letters of a range ("A to C")."""
    in_ranges = {place for q in quantities if q.kind == "letters" for place in range(q.start, q.end)}
    for match in _LETTERED.finditer(text):
        if match.end() - 1 not in in_ranges:
            word = match["word"] or match["marked"]
            yield stem(folded(word)), (match["letter"] or match["small"]).upper()


def _is_negation(word: Span, plain: str, text: str) -> bool:
    """Whether a word negates; the "No" of "No. 5" does not."""
    number = text[word.end : word.end + 3].lstrip(". ")[:1].isdigit()
    return (plain in NEGATING and not number) or plain.endswith("n't")


@lru_cache(maxsize=4096)
def read_content(text: str) -> Content:
    """Read an answer, a reference or a question, without frames and with normalised typography."""
    quantities = tuple(find_quantities(text))
    yes, no = _YES.match(text), _NO.match(text)
    opening = (yes or no).end() if (yes or no) else 0  # type: ignore[union-attr]
    lettered = dict(_letters_of(text, quantities))
    weights = dict.fromkeys(lettered.values(), _LETTER_WEIGHT)
    places = [(q.start, q.tokens[0]) for q in quantities if q.tokens]
    negated: set[str] = set()
    negations: list[int] = []
    reach = 0
    for word in _words_outside(text, quantities):
        plain = folded(word.text)
        if word.start < opening:
            continue
        reach -= 1
        if _is_negation(word, plain, text):
            negations.append(word.start)
            reach = _NEGATION_REACH
        elif len(plain) > 1 - (not plain.isascii()) and plain not in STOP_WORDS:
            tokens = character_pairs(plain) if is_unspaced(plain) else [stem(plain)]
            weights.update((token, max(_LEAST_WEIGHT, weight_of(token))) for token in tokens)
            places.append((word.start, tokens[0]))
            if reach >= 0:
                negated.update(tokens)
    sentences = split_sentences(text) if negations else []
    return Content(
        weights=weights,
        lettered=lettered,
        quantities=quantities,
        yes=True if yes else False if no else None,
        negated=frozenset(negated),
        negations=len(negations),
        denies=bool(sentences) and negations[0] < sentences[0].end,
        relations=find_relations(text, sorted(places)),
        initials=frozenset(i for match in RUN.finditer(text) for i in initials_of(match.group())),
    )


def has_word(content: Content, token: str) -> bool:
    """Whether a text has a word, also with one letter changed, or the name that it abbreviates."""
    if token in content.weights or token in content.initials:
        return True
    if len(token) < _SHORTEST_FUZZY or not token.isalpha():
        return False
    return any(
        other[0] == token[0]
        and abs(len(other) - len(token)) <= 1
        and OSA.distance(token, other, score_cutoff=1) <= 1
        for other in content.weights
    )
