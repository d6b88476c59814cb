"""Measures how far an answer agrees with a reference answer: words, numbers, yes and no, negation.
Knows nothing about passages, refusals and scores. benchmarks/correctness.py measures how right it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from workbench.scoring.answer_content import Content, has_word, read_content
from workbench.scoring.frames import strip_frames
from workbench.scoring.opposites import find_opposed
from workbench.scoring.quantities import Quantity, is_stated
from workbench.scoring.quantity import WITHIN
from workbench.scoring.verbatim import tokens_of
from workbench.text import UNSPACED
from workbench.typography import normalise

# How many times as much it counts that the answer has what the reference says as that it says nothing else:
# a long right answer is right.
BETA = 8.0
ASKED_WEIGHT = 0.2  # of a word of the reference that the question has as well
QUANTITY_WEIGHT = 8.0  # about that of a rare word

# What the agreement is multiplied by:
OTHER_QUANTITIES = 0.3  # when other quantities stand where all of the reference's should be
OTHER_ANSWER = 0.1  # when one says yes and the other no
REVERSED = 0.5  # when only one of them negates, or one says "before noon" and the other "after noon"
OTHER_LETTER = 0.7  # "Vitamin A" and "Vitamin B"
# A number of a reference that has more words than this is one point of many.
_LONG_REFERENCE_WORDS = 40
_LONGEST_NEGATED_WORDS = 30

# "48小时" as "48 小时".
_NUMBER_BORDER = re.compile(rf"(?<=\d)(?={UNSPACED})|(?<={UNSPACED})(?=\d)")
_COMPOUND = re.compile(r"(?<!\w)[^\W\d_]++(?:-[^\W\d_]++)+")
_WORD = re.compile(r"\w+")
_ABBREVIATION = re.compile(r"(?<![\w.])(?:[A-Z]\.){2,}(?!\w)")
# ">" begins a quoted line, too.
_BOUND = re.compile(r"(?:≥|≤|[<>]=|<|(?<=\S )>)(?=\s?[€$£]?\d)")
_BOUNDS = {
    "≥": "at least ", ">=": "at least ", "≤": "at most ", "<=": "at most ",
    "<": "less than ", ">": "more than ",
}  # fmt: skip
_SHARP = re.compile(r"(?<=\b[A-Za-z])#(?!\w)")
_YES_NO_QUESTION = re.compile(
    r"(?:.*[.,!:;]\s+)?(?:(?:so|and|but)\s)?(?:is|are|was|were|do|does|did|can|could|may|must|shall|should|will|"
    r"would|has|have|had|am|isn't|aren't|don't|doesn't|can't|won't)\b(?!.*\bor\b)[^?]*\?*\s*$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far an answer agrees with a reference answer."""

    value: float
    """The agreement, in [0, 1]."""
    covered: float
    """The share of what the reference says that is in the answer, weighted by rarity."""
    missing: tuple[str, ...] = ()
    """The reference's quantities that the answer does not state, as written."""
    instead: tuple[str, ...] = ()
    """The answer's quantities of the same kinds that are not in the reference, as written."""
    other_answer: bool = False
    """Whether one says yes and the other no."""
    is_reversed: bool = False
    """Whether only one of the two negates what both speak of."""
    opposed: tuple[str, str] | None = None
    """(the reference's word, the answer's) where one says "before noon" and the other "after noon"."""


@dataclass(frozen=True, slots=True)
class _Shared:
    """What an answer and a reference share, by weights."""

    found: float
    """The weight of what the reference says and the answer as well."""
    whole: float
    """The weight of all that the reference says."""
    extra: float
    """The weight of what only the answer says, without what the question says."""
    needed: list[Quantity]
    """The quantities of the reference that the question does not have."""
    missing: list[Quantity]
    """Those of them that the answer does not state."""
    instead: list[Quantity]
    """The answer's quantities of the kinds of missing ones that are not in the reference."""


def _unstated(quantities: Iterable[Quantity], content: Content) -> list[Quantity]:
    """The quantities that a text does not state."""
    offers = {offer for q in content.quantities for offer in q.offers if not offer.startswith(WITHIN)}
    amounts = [(q.kind, q.value) for q in content.quantities if q.value is not None]
    return [q for q in quantities if q.needs and not is_stated(q, offers, amounts)]


def _share(answer: Content, reference: Content, question: Content) -> _Shared:
    asked = question.weights
    needed = _unstated(reference.quantities, question)
    if not needed and all(token in asked for token in reference.weights):  # "Ember or Tide?", "Ember"
        asked, needed = {}, [q for q in reference.quantities if q.needs]
    missing = _unstated(needed, answer)
    found = QUANTITY_WEIGHT * (len(needed) - len(missing))
    whole = QUANTITY_WEIGHT * len(needed)
    for token, weight in reference.weights.items():
        weight *= ASKED_WEIGHT if token in asked else 1.0
        whole += weight
        found += weight if has_word(answer, token) else 0.0
    # "2002" is stated by "25 December 2002", which is then no other quantity.
    facts = {fact for q in reference.quantities for need in q.needs for fact in need}
    given = _unstated(_unstated(answer.quantities, question), reference)
    others = [q for q in given if q.offers.isdisjoint(facts)]
    extra = QUANTITY_WEIGHT * len(others) + sum(
        weight
        for token, weight in answer.weights.items()
        if token not in question.weights and not has_word(reference, token)
    )
    kinds = {q.kind for q in missing}
    return _Shared(found, whole, extra, needed, missing, [q for q in others if q.kind in kinds])


def _harmonic(recall: float, precision: float) -> float:
    """F-beta of recall and precision (van Rijsbergen 1979)."""
    whole = BETA * BETA * precision + recall
    return (1 + BETA * BETA) * precision * recall / whole if whole else 0.0


def _says_yes(content: Content) -> bool:
    """Whether a text answers a question for yes or no with yes: in a word, or by having no negation."""
    return not content.denies if content.yes is None else content.yes


def _is_reversed(answer: Content, reference: Content, question: Content) -> bool:
    """Whether only one of the two negates what both speak of, as far as can be told from short texts."""
    shared = [token for token in reference.weights if token in answer.weights]
    if question.negations or len(reference.weights) > _LONGEST_NEGATED_WORDS:
        return False
    whole = sum(reference.weights[token] for token in shared)
    differ = sum(
        reference.weights[token]
        for token in shared
        if (token in reference.negated) != (token in answer.negated)
    )
    one_has_none = bool(answer.negations) != bool(reference.negations)
    return differ > 0.5 * whole or (one_has_none and differ > 0.2 * whole)


def _has_other_letter(answer: Content, reference: Content, question: Content) -> bool:
    """Whether a word has a letter in one of them ("Vitamin A") and in the other none or another one."""
    return any(
        (word in answer.weights and word in reference.weights)
        and answer.lettered.get(word) != reference.lettered.get(word)
        and word not in question.lettered
        for word in answer.lettered.keys() | reference.lettered.keys()
    )


def _contains(text: str, part: str) -> bool:
    """Whether a text has the words of another in one piece, stop words included; "C" is not in "C#"."""
    tokens, searched = (tokens_of(_SHARP.sub(" sharp", words)) for words in (text, part))
    if not searched:
        return text.strip() == part.strip()
    length = len(searched)
    return any(
        tokens[i : i + length] == searched and tokens[i + length : i + length + 1] not in (["+"], ["sharp"])
        for i in range(len(tokens) - length + 1)
    )


def _names_all(answer: Content, reference: Content) -> bool:
    """Whether an answer states each quantity of a reference, also "fifth", which often is none."""
    offers = {offer for q in answer.quantities for offer in q.offers}
    return bool(reference.quantities) and all(not q.offers.isdisjoint(offers) for q in reference.quantities)


def _join_compounds(text: str, other: str) -> str:
    """The text with "e-mail" as "email", where the other writes it so."""
    spelled = {word.lower() for word in _WORD.findall(other)}

    def join(match: re.Match[str]) -> str:
        joined = match.group().replace("-", "")
        return joined if joined.lower() in spelled else match.group()

    return _COMPOUND.sub(join, text)


def _without_points(match: re.Match[str]) -> str:
    return match.group().replace(".", "")


def _in_one_spelling(answer: str, reference: str, question: str) -> tuple[str, str]:
    """Answer and reference in normalised typography, without frames."""
    texts = (
        _BOUND.sub(lambda match: _BOUNDS[match.group()], normalise(text)) for text in (answer, reference)
    )
    texts = (strip_frames(_ABBREVIATION.sub(_without_points, text), question) for text in texts)
    answer, reference = (_NUMBER_BORDER.sub(" ", text) for text in texts)
    return _join_compounds(answer, reference), _join_compounds(reference, answer)


def compare(answer: str, reference: str, question: str = "") -> Agreement:
    """How far an answer agrees with a reference, given as text.

    The reference's words, weighted by rarity, and quantities that the question does not have must be in the
    answer; what else the answer says counts little. Other numbers, the other of yes and no, or a negation too
    few or too many lower the value.
    """
    question = normalise(question)
    answer, reference = _in_one_spelling(answer, reference, question)
    asked, given, wanted = read_content(question), read_content(answer), read_content(reference)
    asks_yes_or_no = wanted.yes is not None or bool(_YES_NO_QUESTION.match(question))
    begins = given.yes is not None or wanted.yes is not None
    other_answer = asks_yes_or_no and begins and _says_yes(given) != _says_yes(wanted)
    shared = _share(given, wanted, asked)
    if not shared.whole:
        named = _names_all(given, wanted) or _contains(answer, reference)
        same = not other_answer if wanted.yes is not None else named
        return Agreement(float(same), float(same), other_answer=other_answer)
    covered = shared.found / shared.whole
    value = _harmonic(covered, shared.found / (shared.found + shared.extra) if shared.found else 0.0)
    if shared.instead:
        length = max(1.0, len(wanted.weights) / _LONG_REFERENCE_WORDS)
        value *= 1 - (1 - OTHER_QUANTITIES) * len(shared.missing) / len(shared.needed) / length
    is_reversed = not begins and _is_reversed(given, wanted, asked)
    opposed = find_opposed(wanted.relations, given.relations)
    value *= OTHER_ANSWER if other_answer else REVERSED if is_reversed or opposed else 1.0
    value *= OTHER_LETTER if _has_other_letter(given, wanted, asked) else 1.0
    missing, instead = (tuple(q.text.strip() for q in part) for part in (shared.missing, shared.instead))
    return Agreement(min(1.0, value), covered, missing, instead, other_answer, is_reversed, opposed)
