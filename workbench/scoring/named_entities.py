"""Names in a claim, and whether passages hold them, also in another form: "USA", "Jovanović".
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
    """A capitalised word of a claim. stem: as in its tokens."""

    text: str
    stem: str


def names_of(claim: str, reading: Reading) -> list[Name]:
    """Capitalised words: the first of a claim only if it is no common word; none in a text of capitals."""
    words = [t for t in reading.tokens if not t.quantity]
    capital = [t for t in words if claim[t.start].isupper()]
    if len(capital) > 4 and len(capital) > 0.8 * len(words):  # a heading
        return []
    found = []
    for token in capital:
        text = claim[token.start : token.end]
        first = not _LETTER.search(claim, 0, token.start)
        if len(text) > 1 and not (first and (is_common(token.stem) or not text.isalpha())):
            found.append(Name(text, token.stem))
    return found


def known_by_alias(claim: str, names: list[Name], evidence: Evidence) -> set[str]:
    """Stems of names that the passages hold as an acronym, or spelled out, or otherwise written."""
    found: set[str] = set()
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
            found.add(name.stem)
    return found


def is_there(name: Name, evidence: Evidence) -> bool:
    word = folded(name.text)
    if word in evidence.words or name.stem in evidence.places:
        return True
    return "-" in word and all(part in evidence.words for part in word.split("-") if part)


def _nearly(word: str, evidence: Evidence) -> bool:
    if len(word) < _SHORTEST_FUZZY:
        return False
    return any(
        other[:1] == word[0]
        and abs(len(other) - len(word)) <= 1
        and OSA.distance(word, other, score_cutoff=1) <= 1
        for other in evidence.words
    )
