"""Finds names in a claim, and whether passages contain them, also in another form: "USA", "Jovanović".
Knows nothing about what the claim says of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from workbench.scoring.grounding_evidence import RUN, Evidence, Reading, folded, initials_of
from workbench.scoring.word_rarity import is_common

_LETTER = re.compile(r"[^\W\d_]")
_SHORTEST_FUZZY = 6  # letters; "Bern" and "Bert" are two names, "Paterson" and "Patterson" may be one


@dataclass(frozen=True, slots=True)
class Name:
    """A capitalised word of a claim."""

    text: str
    """The word as written."""
    stem: str
    """The stem of its token."""


def names_of(claim: str, reading: Reading) -> list[Name]:
    """The capitalised words of a claim; its first word only if it is uncommon. A heading has none."""
    words = [t for t in reading.tokens if not t.quantity]
    capital = [t for t in words if claim[t.start].isupper()]
    if len(capital) > 4 and len(capital) > 0.8 * len(words):  # most words capitalised: a heading
        return []
    names = []
    for token in capital:
        text = claim[token.start : token.end]
        first = not _LETTER.search(claim, 0, token.start)
        if len(text) > 1 and not (first and (is_common(token.stem) or not text.isalpha())):
            names.append(Name(text, token.stem))
    return names


def find_aliased_stems(claim: str, names: list[Name], evidence: Evidence) -> set[str]:
    """The stems of names that the passages contain as an acronym, spelled out, or one letter off."""
    aliased: set[str] = set()
    runs: set[str] = set()
    for match in RUN.finditer(claim):
        initials = initials_of(match.group())
        if initials & evidence.acronyms or any(
            acronym[:-1] in initials for acronym in evidence.acronyms if len(acronym) > 2
        ):
            runs.update(folded(word) for word in re.findall(r"[\w’'-]+", match.group()))
    for name in names:
        word = folded(name.text)
        spelled_out = word.isalpha() and len(word) <= 6 and word in evidence.initials
        if word in runs or (name.stem not in evidence.places and (spelled_out or _nearly(word, evidence))):
            aliased.add(name.stem)
    return aliased


def name_occurs(name: Name, evidence: Evidence) -> bool:
    """Whether the passages contain the name, or each part of a name with hyphens."""
    word = folded(name.text)
    if word in evidence.words or name.stem in evidence.places:
        return True
    return "-" in word and all(part in evidence.words for part in word.split("-") if part)


def _nearly(word: str, evidence: Evidence) -> bool:
    """Whether the passages contain a word with the same first letter and at most one edit."""
    if len(word) < _SHORTEST_FUZZY:
        return False
    return any(
        candidate[:1] == word[0]
        and abs(len(candidate) - len(word)) <= 1
        and OSA.distance(word, candidate, score_cutoff=1) <= 1
        for candidate in evidence.words
    )
