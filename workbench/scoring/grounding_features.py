"""Measures the features of a claim that tell whether passages support it; each makes sense on its own.
Knows nothing about how they are weighted. Their measured worth: docs/grounding.md."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from os.path import commonprefix

import numpy as np
from numpy.typing import NDArray

from workbench.scoring.exchanged_values import find_exchanged_value
from workbench.scoring.grounding_evidence import BEGINNING, Evidence, Reading, Sentence, read_text
from workbench.scoring.named_entities import find_aliased_stems, name_occurs, names_of
from workbench.scoring.opposites import COMPLEMENTS, OPPOSITES, ORDINALS, find_opposed
from workbench.scoring.quantities import Quantity, is_stated
from workbench.scoring.word_rarity import weight_of
from workbench.text import stem

Occurrences = NDArray[np.bool_]  # [stems of the claim, sentences]
Weights = NDArray[np.float64]

FEATURES = (
    "cover", "pairs", "similarity", "quoted", "found",
    "names_missing", "numbers_missing", "number_differs", "negation", "opposite", "swapped",
)  # fmt: skip
HELPS = frozenset(("cover", "pairs", "similarity", "quoted", "found"))  # the others count against a claim
WINDOW_SENTENCES = 3
# A negation or an opposite word counts only in a sentence about the same matter: not up to the first of these
# shares of the claim's words, weighted, that the sentence has, and fully from the second on.
SAME_MATTER, SURELY_SAME = 0.6, 0.9
SURELY_ASKED = 0.95
LEAST_QUOTED = 3  # words; fewer follow each other by chance
# Verbs and adjectives of symmetric relations.
_MUTUAL = frozenset(stem(w) for w in "married met meet similar equal resemble border fought played".split())
_BY = re.compile(r"\bby\b", re.IGNORECASE)


@dataclass(frozen=True)
class ClaimFeatures:
    """The features of a claim, but for its similarity, and the facts that say why it lacks support.

    A weight is the rarity of a stem in English text (word_rarity.py). Stems occur as they are or in another
    form, but for `found`, where they occur as they are.
    """

    cover: float = 0.0
    """The largest share of the claim's stems, by weight, in three neighbouring sentences of a passage."""
    pairs: float = 0.0
    """The share of the pairs of its stems, by weight, that occur together in one sentence."""
    quoted: float = 0.0
    """1 when the nearest sentence contains its stems one after another, else 0."""
    found: float = 0.0
    """The share of its stems that occur in any passage, unweighted."""
    names_missing: float = 0.0
    """ln(1 + the number of its names that no passage has)."""
    numbers_missing: float = 0.0
    """The share of its numbers and words with digits that no passage has."""
    number_differs: float = 0.0
    """1 when the sentences around the nearest have another number of the same kind, or the claim is a stretch
    of the nearest with its numbers exchanged; above 0 when the nearest has another ordinal before the same
    word; else 0."""
    negation: float = 0.0
    """Above 0 when only one of the claim and the nearest sentences is negated; 1 when they are surely about
    the same matter."""
    opposite: float = 0.0
    """Above 0 when the nearest sentence has an opposite of one of its words; 1 when they are surely about the
    same matter."""
    swapped: float = 0.0
    """1 when the nearest sentence has two of its names in exchanged order, else 0."""
    nearest: int | None = None
    """The index in Evidence.sentences of the sentence that shares most stems; None when none shares any."""
    share: float = 0.0
    """The largest share of its stems, by weight, in one sentence."""
    missing_names: tuple[str, ...] = ()
    """The names that no passage has."""
    missing_numbers: tuple[str, ...] = ()
    """The numbers and words with digits that no passage has."""
    other_numbers: tuple[tuple[str, str], ...] = ()
    """(the claim's number, another of the same kind in the sentences around the nearest)."""
    opposed: tuple[str, str] | None = None
    """(the claim's word or stem, its opposite in the nearest sentence), or None."""
    asked: bool = False
    """Whether nearly all of its words come together only in a question of a passage."""
    exchanged: tuple[str, str] | None = None
    """Two names, in the claim's order, that the nearest sentence has in exchanged order, or None."""

    def values(self, similarity: float) -> tuple[float, ...]:
        """The values in the order of FEATURES, given the cosine of the claim and its nearest sentence."""
        return tuple(similarity if name == "similarity" else getattr(self, name) for name in FEATURES)


def _variants(token: str, evidence: Evidence) -> list[str]:
    """Stems of the passages that begin as this one and differ in a short ending: announc, announcement."""
    if len(token) <= BEGINNING or not token.isalpha():
        return []
    variants = []
    for candidate in evidence.by_beginning.get(token[:BEGINNING], ()):
        same = len(commonprefix((token, candidate)))
        long_beginning = same > BEGINNING and len(token) - same <= 4 and len(candidate) - same <= 4
        nearly_whole = same >= min(len(token), len(candidate)) - 1 and abs(len(token) - len(candidate)) <= 3
        if long_beginning or nearly_whole:
            variants.append(candidate)
    return variants


def _find(kinds: list[str], evidence: Evidence, aliased: set[str]) -> tuple[Occurrences, Occurrences]:
    """Which sentences contain the stems: as they are, and as they are or in another form.

    aliased: stems of names that the passages have in another form; they occur in every sentence.
    """
    exact = np.zeros((len(kinds), len(evidence.sentences)), dtype=bool)
    for i, token in enumerate(kinds):
        exact[i, evidence.places.get(token, ())] = True
    loose = exact.copy()
    for i, token in enumerate(kinds):
        for variant in _variants(token, evidence):
            loose[i, evidence.places[variant]] = True
        if token in aliased and not exact[i].any():
            exact[i] = loose[i] = True
    return exact, loose


def _add_stated(exact: Occurrences, loose: Occurrences, reading: Reading, evidence: Evidence) -> None:
    """Mark a quantity's stems as occurring where a sentence states it in other words: "1 h" and "60 minutes".

    exact, loose: as `_find` gives them for the reading's distinct stems; they are changed.
    """
    rows = {token: row for row, token in enumerate(dict.fromkeys(reading.stems))}
    for quantity in reading.quantities:
        own = [rows[t.stem] for t in reading.tokens if t.quantity and t.start == quantity.start]
        if not own or not quantity.needs:
            continue
        for place in np.flatnonzero(~exact[own].all(axis=0)):
            others = evidence.sentences[place].reading.quantities
            offers = {offer for other in others for offer in other.offers}
            if others and is_stated(quantity, offers, []):
                exact[own, place] = loose[own, place] = True


def find_occurrences(stems: list[str], evidence: Evidence) -> Occurrences:
    """Which sentences contain which stems, as they are or in another form."""
    return _find(stems, evidence, set())[1]


def _windows(occurrences: Occurrences, passages: NDArray[np.int64], length: int) -> Occurrences:
    """Which stems occur in the `length` sentences of the same passage that begin with each sentence.

    passages: the index of each sentence's passage.
    """
    wide = occurrences.copy()
    for step in range(1, min(length, occurrences.shape[1])):
        wide[:, :-step] |= occurrences[:, step:] & (passages[:-step] == passages[step:])
    return wide


def _pairs(loose: Occurrences, weights: Weights) -> float:
    """The share of pairs of stems, by the product of their weights, that occur together in one sentence."""
    if len(weights) < 2:
        return float(loose.any())
    meet = (loose.astype(np.float32) @ loose.T.astype(np.float32)) > 0
    above = np.triu_indices(len(weights), 1)
    worth = weights[above[0]] * weights[above[1]]
    return float((worth * meet[above]).sum() / worth.sum())


def _nearest(score: Weights, sentences: tuple[Sentence, ...]) -> list[int]:
    """Indexes of the three best sentences. Ties go by text, so that the order of passages does not matter."""
    best = np.argsort(-score, kind="stable")[:3]
    ties = np.flatnonzero(score >= score[best[-1]] - 1e-12)
    return sorted(ties.tolist(), key=lambda i: (-round(float(score[i]), 9), sentences[i].text))[:3]


def _about_others(reading: Reading, near: Sentence, sentences: tuple[Sentence, ...]) -> NDArray[np.bool_]:
    """Which rows are about something else than a claim that says a number of something.

    They are all but those whose first cell is named in the claim, where the nearest sentence is a row. The
    head of a table is then none of them.
    """
    stems = set(reading.stems)
    about = [bool(s.key) and s.key <= stems for s in sentences]
    keys = {token for s, is_about in zip(sentences, about, strict=True) if is_about for token in s.key}
    says_number = any(token.quantity and token.stem not in keys for token in reading.tokens)
    if not near.key or not keys or not says_number:
        return np.zeros(len(sentences), dtype=bool)
    rows = zip(sentences, about, strict=True)
    return np.array([bool(s.key) and not is_about for s, is_about in rows], dtype=bool)


def _around(index: int, sentences: tuple[Sentence, ...], others: NDArray[np.bool_]) -> list[Sentence]:
    """The sentence with the one before and the one after it in the same passage.

    others: which sentences are rows about something else; they are left out.
    """
    neighbours = range(max(0, index - 1), min(len(sentences), index + 2))
    passage = sentences[index].passage
    return [sentences[i] for i in neighbours if sentences[i].passage == passage and not others[i]]


def _negation_differs(reading: Reading, near: Sentence, close: list[Sentence], common: set[str]) -> bool:
    """Whether a claim is negated and no close sentence is, or only one of it and the nearest sentence is, and
    what is negated there is common to both.

    common: the stems that the claim and the nearest sentence share.
    """
    if reading.negations and not any(s.reading.negations for s in close):
        return True
    differs = bool(reading.negations) != bool(near.reading.negations)
    return differs and not common.isdisjoint(near.reading.negated ^ reading.negated)


def _quoted(reading: Reading, near: Sentence) -> bool:
    """Whether the sentence contains the claim's stems one after another, and both or neither are negated."""
    stems, sentence_stems = reading.stems, near.reading.stems
    if len(stems) < LEAST_QUOTED or bool(reading.negations) != bool(near.reading.negations):
        return False
    return any(
        sentence_stems[i : i + len(stems)] == stems for i in range(len(sentence_stems) - len(stems) + 1)
    )


def _opposed(kinds: list[str], reading: Reading, near: Sentence) -> tuple[str, str] | None:
    """A word of the claim that the sentence lacks, and an opposite of it that the sentence has."""
    sentence_stems = set(near.reading.stems)
    for token in kinds:
        if token not in sentence_stems:
            for opposite in sorted(OPPOSITES.get(token, ())):
                if opposite in sentence_stems:
                    return token, opposite
    return find_opposed(reading.relations, near.reading.relations)


def _denies_opposite(opposed: tuple[str, str], reading: Reading, near: Reading) -> bool:
    """Whether a claim and a sentence say one thing, by a word and the denial of its opposite."""
    one_negation = reading.negations + near.negations == 1
    denied = opposed[0] in reading.negated or opposed[1] in near.negated
    return one_negation and denied and frozenset(opposed) in COMPLEMENTS


def _exchanged(claim: str, reading: Reading, near: Sentence) -> tuple[str, str] | None:
    """Two names around the same words that the sentence has in exchanged order, unless one is passive."""
    tokens, sentence_tokens = reading.tokens, near.reading.tokens
    counts, sentence_counts = Counter(reading.stems), Counter(near.reading.stems)
    place = {t.stem: k for k, t in enumerate(sentence_tokens)}
    names = [
        k
        for k, t in enumerate(tokens)
        if claim[t.start].isupper() and counts[t.stem] == 1 and sentence_counts[t.stem] == 1
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
        passive = bool(_BY.search(claim, tokens[x].end, tokens[y].start)) != bool(
            _BY.search(near.text, sentence_tokens[j].end, sentence_tokens[i].start)
        )
        if not passive:
            return claim[tokens[x].start : tokens[x].end], claim[tokens[y].start : tokens[y].end]
    return None


def _other_number(quantity: Quantity, close: list[Sentence], claimed: set[str]) -> str | None:
    """A number in the close sentences that the claim does not have: of the same kind, or the same of another.

    claimed: the offers of the claim's quantities.
    """
    candidates = [candidate for sentence in close for candidate in sentence.reading.quantities]
    for candidate in candidates:
        if candidate.kind == quantity.kind and not (candidate.offers & claimed):
            return candidate.text
    for candidate in candidates:
        same = candidate.value is not None and candidate.value == quantity.value
        if same and candidate.kind and quantity.kind and candidate.kind != quantity.kind:
            return candidate.text
    return None


@dataclass(frozen=True)
class _Numbers:
    """How a claim's numbers compare with the passages."""

    missing: tuple[str, ...]
    """The numbers and words with digits that no passage has."""
    share: float
    """Their share of the claim's numbers and words with digits that are missing; 0 when it has none."""
    differing: tuple[tuple[str, str], ...]
    """(the claim's number, another of the same kind in the close sentences)."""


def _numbers(reading: Reading, evidence: Evidence, near: Sentence, close: list[Sentence]) -> _Numbers:
    quantities = reading.quantities
    absent = [q for q in quantities if not is_stated(q, evidence.offers, evidence.amounts)]
    coded = [
        t.stem
        for t in reading.tokens
        if not t.quantity and t.stem not in evidence.places and any(c.isdigit() for c in t.stem)
    ]
    offers = {offer for s in close for q in s.reading.quantities for offer in q.offers}
    offers.update(offer for s in close for offer in s.title_offers)
    amounts = [(q.kind, q.value) for s in close for q in s.reading.quantities if q.value is not None]
    claimed = {o for q in quantities for o in q.offers}
    unstated = [q for q in quantities if not is_stated(q, offers, amounts)]
    pairs = [(q.text.strip(), _other_number(q, close, claimed)) for q in unstated]
    differing = tuple((number, other_number) for number, other_number in pairs if other_number is not None)
    total = len(quantities) + len(coded)
    missing = tuple(q.text.strip() for q in absent) + tuple(coded)
    return _Numbers(missing, len(missing) / total if total else 0.0, differing)


def measure_claim(claim: str, evidence: Evidence) -> ClaimFeatures:
    """Measure the features of a claim, its text without markers, against the passages."""
    reading = read_text(claim)
    kinds = list(dict.fromkeys(reading.stems))
    sentences = evidence.sentences
    names = names_of(claim, reading)
    aliased = find_aliased_stems(claim, names, evidence)
    missing_names = tuple(
        dict.fromkeys(n.text for n in names if n.stem not in aliased and not name_occurs(n, evidence))
    )
    if not sentences or not kinds:
        return ClaimFeatures(names_missing=math.log1p(len(missing_names)), missing_names=missing_names)
    weights = np.array([weight_of(token) for token in kinds])
    whole = float(weights.sum()) or 1.0
    exact, loose = _find(kinds, evidence, aliased)
    _add_stated(exact, loose, reading, evidence)
    passages = np.array([s.passage for s in sentences])
    share = weights @ loose / whole
    alike_by = share + 0.5 * (weights @ exact) / whole
    others = _about_others(reading, sentences[_nearest(alike_by, sentences)[0]], sentences)
    order = _nearest(np.where(others, -1.0, alike_by), sentences)
    near = sentences[order[0]]
    close = _around(order[0], sentences, others)
    most = float(share.max())
    alike = [i for i in order if share[i] >= SAME_MATTER * most]
    wider = [s for i in alike for s in _around(i, sentences, others)]
    numbers = _numbers(reading, evidence, near, close)
    same_matter = min(1.0, max(0.0, (most - SAME_MATTER) / (SURELY_SAME - SAME_MATTER)))
    common = set(reading.stems) & set(near.reading.stems)
    opposed = _opposed(kinds, reading, near) if same_matter > 0 else None
    negated = _negation_differs(reading, near, wider, common)
    if opposed and negated and _denies_opposite(opposed, reading, near.reading):
        opposed, negated = None, False
    another_ordinal = opposed is not None and ORDINALS.keys() >= set(opposed)
    exchanged = _exchanged(claim, reading, near)
    differing = numbers.differing
    if same_matter == 1.0 and not differing and not near.key:
        nearest = [sentences[i].reading for i in order if share[i] >= SURELY_SAME * most]
        found = [pair for s in nearest if (pair := find_exchanged_value(reading, s))]
        differing = tuple(found[:1]) if len(found) == len(nearest) else ()
    return ClaimFeatures(
        cover=float((weights @ _windows(loose, passages, WINDOW_SENTENCES)).max()) / whole,
        pairs=_pairs(loose, weights),
        quoted=float(_quoted(reading, near)),
        found=float(exact.any(axis=1).mean()),
        names_missing=math.log1p(len(missing_names)),
        numbers_missing=numbers.share,
        number_differs=max(float(bool(differing)), same_matter * another_ordinal),
        negation=same_matter * negated,
        opposite=same_matter * (opposed is not None),
        swapped=float(exchanged is not None),
        nearest=order[0] if share[order[0]] > 0 else None,
        share=most,
        missing_names=missing_names,
        missing_numbers=numbers.missing,
        other_numbers=differing,
        opposed=opposed,
        exchanged=exchanged,
        asked=most >= SURELY_ASKED and near.text.rstrip().endswith(("?", "？")),
    )
