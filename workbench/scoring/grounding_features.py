"""What tells a supported claim from an unsupported one: features that make sense on their own.
Knows nothing about how they are weighed. Their measured worth: docs/grounding.md."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from os.path import commonprefix

import numpy as np
from numpy.typing import NDArray

from workbench.scoring.grounding_evidence import BEGINNING, Evidence, Reading, Sentence, read_text
from workbench.scoring.named_entities import is_there, known_by_alias, names_of
from workbench.scoring.quantities import Quantity, is_stated
from workbench.scoring.word_rarity import weight_of
from workbench.text import stem

Found = NDArray[np.bool_]  # [stems of the claim, sentences]
Weights = NDArray[np.float64]

FEATURES = (
    "cover", "pairs", "similarity", "quoted", "found",
    "names_missing", "numbers_missing", "number_differs", "negation", "opposite", "swapped",
)  # fmt: skip
HELPS = frozenset(("cover", "pairs", "similarity", "quoted", "found"))  # the others count against a claim
WINDOW_SENTENCES = 3
# A negation or an opposite word tells something only of a sentence about the same matter.
SAME_MATTER, SURELY_SAME = 0.6, 0.9  # shares of its words, weighted, that the sentence has: from none to all
LEAST_QUOTED = 3  # words; fewer stand together by chance
_OPPOSITES = (
    "increase/decrease rise/fall more/less before/after above/below first/last high/low open/closed "
    "include/exclude allow/forbid accept/reject always/never win/lose buy/sell free/paid "
    "maximum/minimum male/female early/late up/down north/south east/west true/false young/old "
    "most/least left/right higher/lower larger/smaller largest/smallest better/worse best/worst "
    "longer/shorter major/minor begin/end start/end inside/outside public/private present/absent "
    "married/divorced born/died legal/illegal possible/impossible positive/negative "
    "activate/inhibit enhance/reduce raise/lower gain/loss success/failure strong/weak same/different "
    "earlier/later older/younger above/under over/under enable/disable permit/prohibit required/optional "
    "cheap/expensive fast/slow hot/cold wet/dry day/night promote/prevent promote/inhibit induce/inhibit"
)


def _opposites() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in _OPPOSITES.split():
        one, other = (stem(w) for w in pair.split("/"))
        table.setdefault(one, set()).add(other)
        table.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in table.items()}


OPPOSITES = _opposites()
# Relations that hold both ways round.
_MUTUAL = frozenset(stem(w) for w in "married met meet similar equal resemble border fought played".split())
_BY = re.compile(r"\bby\b", re.IGNORECASE)


@dataclass(frozen=True)
class ClaimFeatures:
    """For a claim: share of its stems, weighted by rarity, in the best three neighbouring sentences (cover);
    of its pairs of stems, weighted, that meet in one sentence (pairs); whether it is word for word in the
    nearest sentence (quoted); share of its stems found anywhere (found); ln(1 + names that are nowhere);
    share of its numbers that are nowhere. The last four are 1 where they set it against the nearest sentence.
    Similarity, cosine of claim and nearest sentence, is measured elsewhere.

    nearest: index of the sentence that shares most, or None.  share: of the stems, in that one sentence.
    The other fields say why support is lacking.
    """

    cover: float = 0.0
    pairs: float = 0.0
    quoted: float = 0.0
    found: float = 0.0
    names_missing: float = 0.0
    numbers_missing: float = 0.0
    number_differs: float = 0.0
    negation: float = 0.0
    opposite: float = 0.0
    swapped: float = 0.0
    nearest: int | None = None
    share: float = 0.0
    missing_names: tuple[str, ...] = ()
    missing_numbers: tuple[str, ...] = ()
    other_numbers: tuple[tuple[str, str], ...] = ()
    opposed: tuple[str, str] | None = None
    exchanged: tuple[str, str] | None = None

    def values(self, similarity: float) -> tuple[float, ...]:
        return tuple(similarity if name == "similarity" else getattr(self, name) for name in FEATURES)


def _like(token: str, evidence: Evidence) -> list[str]:
    """Stems of the passages that begin as this one and differ in a short ending: announc, announcement."""
    if len(token) <= BEGINNING or not token.isalpha():
        return []
    found = []
    for other in evidence.by_beginning.get(token[:BEGINNING], ()):
        same = len(commonprefix((token, other)))
        long_beginning = same > BEGINNING and len(token) - same <= 4 and len(other) - same <= 4
        nearly_whole = same >= min(len(token), len(other)) - 1 and abs(len(token) - len(other)) <= 3
        if long_beginning or nearly_whole:
            found.append(other)
    return found


def _find(kinds: list[str], evidence: Evidence, aliased: set[str]) -> tuple[Found, Found]:
    """Where the stems are: as they are, and also in another form."""
    exact = np.zeros((len(kinds), len(evidence.sentences)), dtype=bool)
    for i, token in enumerate(kinds):
        exact[i, evidence.places.get(token, ())] = True
    loose = exact.copy()
    for i, token in enumerate(kinds):
        for other in _like(token, evidence):
            loose[i, evidence.places[other]] = True
        if token in aliased and not exact[i].any():
            exact[i] = loose[i] = True
    return exact, loose


def _windows(found: Found, passages: NDArray[np.int64], length: int) -> Found:
    """What is found in each sentence or the next ones of the same passage."""
    wide = found.copy()
    for step in range(1, min(length, found.shape[1])):
        wide[:, :-step] |= found[:, step:] & (passages[:-step] == passages[step:])
    return wide


def _pairs(loose: Found, weights: Weights) -> float:
    if len(weights) < 2:
        return float(loose.any())
    meet = (loose.astype(np.float32) @ loose.T.astype(np.float32)) > 0
    above = np.triu_indices(len(weights), 1)
    worth = weights[above[0]] * weights[above[1]]
    return float((worth * meet[above]).sum() / worth.sum())


def _nearest(score: Weights, sentences: tuple[Sentence, ...]) -> list[int]:
    """The three best sentences. Equals in order of their text: the order of passages must not matter."""
    best = np.argsort(-score, kind="stable")[:3]
    ties = np.flatnonzero(score >= score[best[-1]] - 1e-12)
    return sorted(ties.tolist(), key=lambda i: (-round(float(score[i]), 9), sentences[i].text))[:3]


def _around(index: int, sentences: tuple[Sentence, ...]) -> list[Sentence]:
    """The sentence, the one before and the one after, of the same passage."""
    here = range(max(0, index - 1), min(len(sentences), index + 2))
    return [sentences[i] for i in here if sentences[i].passage == sentences[index].passage]


def _negation_differs(reading: Reading, near: Sentence, close: list[Sentence], common: set[str]) -> bool:
    """It denies and nothing close does; or it and the nearest sentence deny different things."""
    if reading.negations and not any(s.reading.negations for s in close):
        return True
    apart = bool(reading.negations) != bool(near.reading.negations)
    return apart and not common.isdisjoint(near.reading.negated ^ reading.negated)


def _quoted(reading: Reading, near: Sentence) -> bool:
    """All its words stand in the sentence, one after another, and nothing is denied in one of them only."""
    own, there = reading.stems, near.reading.stems
    if len(own) < LEAST_QUOTED or bool(reading.negations) != bool(near.reading.negations):
        return False
    return any(there[i : i + len(own)] == own for i in range(len(there) - len(own) + 1))


def _opposed(kinds: list[str], near: Sentence) -> tuple[str, str] | None:
    there = set(near.reading.stems)
    for token in kinds:
        if token not in there:
            for other in sorted(OPPOSITES.get(token, ())):
                if other in there:
                    return token, other
    return None


def _exchanged(claim: str, reading: Reading, near: Sentence) -> tuple[str, str] | None:
    """Two names around the same words, the other way round in the sentence, and not by turning it passive."""
    tokens, there = reading.tokens, near.reading.tokens
    own, others = Counter(reading.stems), Counter(near.reading.stems)
    place = {t.stem: k for k, t in enumerate(there)}
    names = [
        k
        for k, t in enumerate(tokens)
        if claim[t.start].isupper() and own[t.stem] == 1 and others[t.stem] == 1
    ]
    for x, y in zip(names, names[1:], strict=False):
        i, j = place[tokens[x].stem], place[tokens[y].stem]
        middle = [t.stem for t in tokens[x + 1 : y]]
        if j >= i or not middle or not _MUTUAL.isdisjoint(middle):
            continue
        if any(claim[t.start].isupper() for t in tokens[x + 1 : y]):
            continue
        between = near.reading.stems[j + 1 : i]
        if not set(middle) <= set(between) or len(between) > len(middle) + 3:
            continue
        turned = bool(_BY.search(claim, tokens[x].end, tokens[y].start)) != bool(
            _BY.search(near.text, there[j].end, there[i].start)
        )
        if not turned:
            return claim[tokens[x].start : tokens[x].end], claim[tokens[y].start : tokens[y].end]
    return None


def _other_number(quantity: Quantity, close: list[Sentence], claimed: set[str]) -> str | None:
    """A number of the same kind in the sentences close by that the claim does not have."""
    for sentence in close:
        for other in sentence.reading.quantities:
            if other.kind == quantity.kind and not (other.offers & claimed):
                return other.text
    return None


@dataclass(frozen=True)
class _Numbers:
    missing: tuple[str, ...]
    share: float
    differing: tuple[tuple[str, str], ...]


def _numbers(reading: Reading, evidence: Evidence, near: Sentence, close: list[Sentence]) -> _Numbers:
    quantities = reading.quantities
    absent = [q for q in quantities if not is_stated(q, evidence.offers, evidence.amounts)]
    coded = [
        t.stem
        for t in reading.tokens
        if not t.quantity and t.stem not in evidence.places and any(c.isdigit() for c in t.stem)
    ]
    offers = {offer for s in close for q in s.reading.quantities for offer in q.offers}
    amounts = [(q.kind, q.value) for s in close for q in s.reading.quantities if q.value is not None]
    claimed = {o for q in quantities for o in q.offers}
    apart = [q for q in quantities if not is_stated(q, offers, amounts)]
    pairs = [(q.text.strip(), _other_number(q, close, claimed)) for q in apart]
    differing = tuple((own, other) for own, other in pairs if other is not None)
    total = len(quantities) + len(coded)
    missing = tuple(q.text.strip() for q in absent) + tuple(coded)
    return _Numbers(missing, len(missing) / total if total else 0.0, differing)


def measure_claim(claim: str, evidence: Evidence) -> ClaimFeatures:
    """The features of one claim (its text without markers) against the passages, but for its similarity."""
    reading = read_text(claim)
    kinds = list(dict.fromkeys(reading.stems))
    sentences = evidence.sentences
    names = names_of(claim, reading)
    aliased = known_by_alias(claim, names, evidence)
    missing_names = tuple(
        dict.fromkeys(n.text for n in names if n.stem not in aliased and not is_there(n, evidence))
    )
    if not sentences or not kinds:
        return ClaimFeatures(names_missing=math.log1p(len(missing_names)), missing_names=missing_names)
    weights = np.array([weight_of(token) for token in kinds])
    whole = float(weights.sum()) or 1.0
    exact, loose = _find(kinds, evidence, aliased)
    passages = np.array([s.passage for s in sentences])
    share = weights @ loose / whole
    order = _nearest(share + 0.5 * (weights @ exact) / whole, sentences)
    near = sentences[order[0]]
    close = _around(order[0], sentences)
    most = float(share.max())
    alike = [i for i in order if share[i] >= SAME_MATTER * most]
    wider = [s for i in alike for s in _around(i, sentences)]
    numbers = _numbers(reading, evidence, near, close)
    same_matter = min(1.0, max(0.0, (most - SAME_MATTER) / (SURELY_SAME - SAME_MATTER)))
    common = set(reading.stems) & set(near.reading.stems)
    opposed = _opposed(kinds, near) if same_matter > 0 else None
    exchanged = _exchanged(claim, reading, near)
    return ClaimFeatures(
        cover=float((weights @ _windows(loose, passages, WINDOW_SENTENCES)).max()) / whole,
        pairs=_pairs(loose, weights),
        quoted=float(_quoted(reading, near)),
        found=float(exact.any(axis=1).mean()),
        names_missing=math.log1p(len(missing_names)),
        numbers_missing=numbers.share,
        number_differs=float(bool(numbers.differing)),
        negation=same_matter * _negation_differs(reading, near, wider, common),
        opposite=same_matter * (opposed is not None),
        swapped=float(exchanged is not None),
        nearest=order[0] if share[order[0]] > 0 else None,
        share=most,
        missing_names=missing_names,
        missing_numbers=numbers.missing,
        other_numbers=numbers.differing,
        opposed=opposed,
        exchanged=exchanged,
    )
