"""What tells a supported claim from an unsupported one: nine lexical features, no model.
Knows nothing about how they are weighed. Their measured worth: docs/grounding.md."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from workbench.text import STOP_WORDS, split_sentences, stem, words

NEGATIONS = frozenset(
    (
        "no not never none nobody nothing neither nor without cannot can't don't doesn't didn't isn't "
        "aren't wasn't weren't won't wouldn't shouldn't couldn't hasn't haven't hadn't "
    ).split()
)
NUMBER_WORDS = {
    w: str(n)
    for n, w in enumerate(
        (
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
            "sixteen seventeen eighteen nineteen twenty "
        ).split()
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100"}
NUMBER = re.compile(
    r"(?<![\w.])[$€£]?(\d{1,3}(?:[,\u00a0 ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(k|m|bn)?(?![\w])", re.I
)
SCALE = {"k": 1e3, "m": 1e6, "bn": 1e9}
NAME = re.compile(r"\b[A-Z][\w'’-]*\b")
ANTONYMS = {
    frozenset(pair.split("/"))
    for pair in (
        "increase/decrease rise/fall more/less before/after above/below first/last high/low open/closed "
        "include/exclude allow/forbid accept/reject always/never win/lose buy/sell free/paid "
        "maximum/minimum male/female early/late up/down north/south east/west true/false young/old "
        "most/least left/right "
    ).split()
}
_ANTONYM_WORDS = {
    stem(w): {stem(o) for p in ANTONYMS if w in p for o in p - {w}} for p in ANTONYMS for w in p
}


@dataclass(frozen=True)
class Sentence:
    """One sentence of a passage, ready to be compared."""

    passage: int
    text: str
    stems: tuple[str, ...]
    negated: bool


@dataclass(frozen=True)
class Evidence:
    """All sentences of the passages. idf: by stem, from these sentences: rare words weigh more."""

    sentences: tuple[Sentence, ...]
    stems: frozenset[str]
    numbers: frozenset[str]
    lowered: str
    idf: dict[str, float]

    def weight(self, token: str) -> float:
        return self.idf.get(token, self.idf[""])


def numbers_in(text: str) -> set[str]:
    """Numbers in one form: "1,500" = "1.5k" = "1500"; words up to twenty as digits."""
    found = set()
    for match in NUMBER.finditer(text):
        value = float(re.sub(r"[,\u00a0 ]", "", match.group(1))) * SCALE.get(
            (match.group(2) or "").lower(), 1
        )
        found.add(f"{value:g}" if value < 1e15 else match.group(1))
    found.update(NUMBER_WORDS[w] for w in words(text) if w in NUMBER_WORDS)
    return found


def content_stems(text: str) -> list[str]:
    """As content_tokens, number words as digits, so that "two" and "2" are one."""
    return [NUMBER_WORDS.get(w) or stem(w) for w in words(text) if w not in STOP_WORDS]


def _negated(text: str) -> bool:
    return any(w in NEGATIONS or w.endswith("n't") for w in words(text.replace("’", "'")))


@lru_cache(maxsize=2048)
def _sentences(text: str) -> tuple[tuple[str, tuple[str, ...], bool], ...]:
    return tuple((s.text, tuple(content_stems(s.text)), _negated(s.text)) for s in split_sentences(text))


def read_evidence(passages: Sequence[str]) -> Evidence:
    sentences = [
        Sentence(i, text, stems, negated)
        for i, passage in enumerate(passages)
        for text, stems, negated in _sentences(passage)
    ]
    counts = Counter(token for s in sentences for token in set(s.stems))
    total = len(sentences) + 1
    idf = {token: math.log(total / (n + 1)) + 1.0 for token, n in counts.items()}
    idf[""] = math.log(total) + 1.0
    joined = "\n".join(passages)
    return Evidence(tuple(sentences), frozenset(counts), frozenset(numbers_in(joined)), joined.lower(), idf)


@dataclass(frozen=True)
class ClaimFeatures:
    """ucov_all, cov_all: share of the claim's stems found anywhere, plain and weighted by rarity.
    cov_pair: weighted, in the best two neighbouring sentences.  bigrams: share of neighbouring stems that
    also neighbour in the best window of three.  missing: stems not found.  names_missing, numbers_missing:
    counts.  negation: 1 when only one of claim and nearest sentence is negated.  antonyms: opposed words.
    nearest: index of the most similar sentence, or None.
    """

    ucov_all: float
    cov_all: float
    cov_pair: float
    bigrams: float
    missing: float
    names_missing: float
    numbers_missing: float
    negation: float
    antonyms: float
    nearest: int | None
    missing_names: tuple[str, ...]
    missing_numbers: tuple[str, ...]

    def values(self) -> tuple[float, ...]:
        return (
            self.ucov_all, self.cov_all, self.cov_pair, self.bigrams, self.missing,
            self.names_missing, self.numbers_missing, self.negation, self.antonyms,
        )  # fmt: skip


FEATURES = (
    "ucov_all", "cov_all", "cov_pair", "bigrams", "missing", "names_missing", "numbers_missing", "negation",
    "antonyms",
)  # fmt: skip


def _missing_names(claim: str, evidence: Evidence) -> list[str]:
    """Capitalised words, not at the beginning of the sentence, that no passage holds."""
    found = []
    for match in NAME.finditer(claim):
        word = match.group(0)
        if match.start() == 0 or word.lower() in STOP_WORDS or len(word) < 2:
            continue
        base = re.sub(r"['’]s$", "", word).lower()
        if base not in evidence.lowered and stem(base) not in evidence.stems:
            found.append(word)
    return found


def measure_claim(claim: str, evidence: Evidence) -> ClaimFeatures:
    """The features of one claim (its text without markers) against the passages."""
    stems = content_stems(claim)
    kinds = sorted(set(stems))
    weights = {token: evidence.weight(token) for token in kinds}
    whole = sum(weights.values()) or 1.0
    in_any = [token for token in kinds if token in evidence.stems]
    best_pair, nearest, best_single = 0.0, None, -1.0
    sets = [frozenset(s.stems) for s in evidence.sentences]
    shares = [sum(weights[t] for t in kinds if t in own) / whole for own in sets]
    for i, own in enumerate(sets):
        if shares[i] > best_single:
            best_single, nearest = shares[i], i
        following = sets[i + 1] if _together(evidence, i, i + 1) else frozenset()
        if shares[i] or following:
            pair = sum(weights[t] for t in kinds if t in own or t in following) / whole
            best_pair = max(best_pair, pair)
    names = _missing_names(claim, evidence)
    numbers = sorted(numbers_in(claim) - evidence.numbers)
    near = evidence.sentences[nearest] if nearest is not None and best_single > 0 else None
    opposed = sum(bool(_ANTONYM_WORDS.get(t, set()) & set(near.stems)) for t in kinds) if near else 0
    return ClaimFeatures(
        ucov_all=len(in_any) / len(kinds) if kinds else 0.0,
        cov_all=sum(weights[t] for t in in_any) / whole,
        cov_pair=best_pair,
        bigrams=_bigram_cover(stems, evidence, shares),
        missing=float(len(kinds) - len(in_any)),
        names_missing=float(len(names)),
        numbers_missing=float(len(numbers)),
        negation=float(near is not None and near.negated != _negated(claim)),
        antonyms=float(opposed),
        nearest=nearest if near is not None else None,
        missing_names=tuple(names),
        missing_numbers=tuple(numbers),
    )


def _together(evidence: Evidence, i: int, j: int) -> bool:
    sentences = evidence.sentences
    return j < len(sentences) and sentences[i].passage == sentences[j].passage


def _bigram_cover(stems: Sequence[str], evidence: Evidence, shares: Sequence[float]) -> float:
    wanted = set(zip(stems, stems[1:], strict=False))
    if not wanted or not shares:
        return 0.0
    # Only windows around the sentences nearest in words can win.
    centres = sorted(range(len(shares)), key=lambda i: -shares[i])[:5]
    best = 0
    for centre in centres:
        window: list[str] = []
        for i in (centre - 1, centre, centre + 1):
            if 0 <= i < len(shares) and _together(evidence, min(i, centre), max(i, centre)):
                window.extend(evidence.sentences[i].stems)
        best = max(best, len(wanted & set(zip(window, window[1:], strict=False))))
    return best / len(wanted)
