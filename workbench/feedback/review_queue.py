"""Chooses which answers a person should review next, and says why: where a rating is most informative.
Knows nothing about pages. Configurations are chosen by rank and hidden from the rater."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations

from workbench.errors import InputError
from workbench.feedback.next_rating import Planned
from workbench.feedback.ratings import LONGEST_BETTER_ANSWER, USER_PREFIX
from workbench.feedback.reasons import read_tags
from workbench.results.status import get_ranking
from workbench.store.database import Store
from workbench.store.preferences import put_preference
from workbench.store.records import AnswerRecord, Preference
from workbench.store.review_queue import (
    Reviewable,
    ShownSeen,
    find_preferred,
    find_rated,
    find_reviewable,
    find_shown_seen,
)

# How many trials the review is about: the leader and those closest to it.
CONTENDERS = 6
SCORES = ("correctness", "grounding", "refusal")
FIRST = 10.0
"""What is planned is worth more than whatever the scores alone suggest."""
# Scores further apart than this disagree. On the labelled answers of two small models (benchmarks/labelled)
# one of the two is mistaken in 0.57 of those further apart, and in 0.21 of the others; with 0.4 it is 0.52
# and 0.19, with 0.6 0.51 and 0.32.
DISAGREE = 0.5


@dataclass(frozen=True)
class Thumb:
    """One answer to rate."""

    answer_id: int
    seen: str
    """Hash of what the rater sees (`seen_key`)."""
    why: str
    """Why this one comes first, in words."""
    worth: float
    """How informative a rating would be; higher comes first."""


@dataclass(frozen=True)
class Pair:
    """Two answers to one question, to choose between."""

    left_id: int
    """Id of the answer to show on the left."""
    right_id: int
    """Id of the answer to show on the right."""
    seen: tuple[str, str]
    """Hashes of what the rater sees, left and right (`seen_key`)."""
    why: str
    """Why this pair comes first, in words."""
    worth: float
    """How informative a choice would be; higher comes first."""


def _shuffled(rater: str, *names: str) -> str:
    """Return a sort key that is random, but always the same for one rater."""
    return hashlib.sha256("|".join((rater, *names)).encode()).hexdigest()


def _contenders(store: Store, experiment_id: str) -> dict[str, bool]:
    """Ids of the best trials, those that are ranked, tied ones first; whether each is tied."""
    rows = [row for row in get_ranking(store, experiment_id) if row.rank is not None]
    rows.sort(key=lambda row: (not row.tied, row.rank or 0))
    return {row.trial.id: row.tied for row in rows[:CONTENDERS]}


def _teaches(answer: Reviewable) -> tuple[float, str]:
    """How much a thumb on this answer would teach, and why."""
    correctness, grounding = answer.scores.get("correctness"), answer.scores.get("grounding")
    if answer.refused:
        return 0.5, "It declined: was that right?"
    if correctness is not None and grounding is not None and abs(correctness - grounding) > DISAGREE:
        if grounding > correctness:
            return 1.0 + grounding - correctness, (
                "The scores disagree: its claims are in the passages, but its words are not the reference's."
            )
        return 1.0 + correctness - grounding, (
            "The scores disagree: it says what the reference says, but the passages hardly support it."
        )
    if grounding is not None and 0.3 <= grounding <= 0.7:
        return 0.8, "The grounding score is unsure of it."
    if correctness is None:
        return 0.6, "There is no reference answer: only a person can tell."
    return 0.2, "A plain case, to see whether the scores agree with people."


def next_thumbs(
    store: Store, experiment_id: str, rater: str, planned: Sequence[Planned] = ()
) -> tuple[list[Thumb], int]:
    """Return (the answers that this rater has not rated, the most informative first; how many are rated).

    planned: what tells most about which configuration leads; it comes first. Before there is a plan, answers
    come first on which the scores disagree.
    """
    rated = find_rated(store, rater)
    by_seen: dict[str, Thumb] = {}
    for answer in find_reviewable(store, list(_contenders(store, experiment_id)), SCORES):
        if answer.seen not in rated:
            worth, why = _teaches(answer)
            by_seen.setdefault(answer.seen, Thumb(answer.answer_id, answer.seen, why, worth))
    waiting = sorted(by_seen.values(), key=lambda t: (-round(t.worth, 1), _shuffled(rater, t.seen)))
    first = [
        Thumb(p.answer_ids[0], p.seen[0], p.why, FIRST + p.narrows) for p in planned if p.seen[0] not in rated
    ]
    known = {thumb.seen for thumb in first}
    done = find_shown_seen(store, experiment_id, rated)
    return [*first, *(thumb for thumb in waiting if thumb.seen not in known)], len(done)


def _pair(first: Reviewable, second: Reviewable, near: bool, rater: str) -> Pair:
    shared = first.scores.keys() & second.scores.keys()
    apart = max((abs(first.scores[n] - second.scores[n]) for n in shared), default=0.0)
    directions = {
        first.scores[n] > second.scores[n] for n in shared if abs(first.scores[n] - second.scores[n]) > 0.1
    }
    if len(directions) == 2:
        worth, why = 2.0, "Each of the two is ahead by another score: which counts, only a person can say."
    elif first.refused != second.refused:
        worth, why = 1.5, "One answers, the other declines."
    elif near:
        worth, why = (
            1.0 + apart,
            "Their configurations are too close to tell apart: here a choice decides most.",
        )
    else:
        worth, why = apart, "They answer differently."
    shown = [first, second]
    if _shuffled(rater, first.seen, second.seen)[0] in "01234567":
        shown.reverse()
    left, right = shown
    return Pair(left.answer_id, right.answer_id, (left.seen, right.seen), why, worth)


def _open_pairs(
    answers: Sequence[Reviewable], done: Set[tuple[str, frozenset[str]]]
) -> list[list[tuple[Reviewable, Reviewable]]]:
    """The pairs of different answers to one question that are left to choose between.

    Pairs of the same two texts form one group: a choice between them counts whatever their passages.
    done: (question, the two texts) of what is chosen between.
    """
    by_question: dict[str, list[Reviewable]] = {}
    for answer in answers:
        by_question.setdefault(answer.question_id, []).append(answer)
    alike: dict[tuple[str, frozenset[str]], list[tuple[Reviewable, Reviewable]]] = {}
    for question_id, group in by_question.items():
        for first, second in combinations(group, 2):
            if first.text != second.text:
                key = (question_id, frozenset((first.text, second.text)))
                alike.setdefault(key, []).append((first, second))
    return [pairs for key, pairs in alike.items() if key not in done]


def next_pairs(
    store: Store, experiment_id: str, rater: str, planned: Sequence[Planned] = ()
) -> tuple[list[Pair], int]:
    """Return (the pairs of different answers to one question left for this rater, how many are done).

    planned: as in next_thumbs.
    """
    contenders = _contenders(store, experiment_id)
    answers = find_reviewable(store, list(contenders), SCORES)
    chosen = find_preferred(store, rater)
    done = _choices_in(store, experiment_id, chosen)
    waiting = _open_pairs(answers, done)

    def best(pairs: Sequence[tuple[Reviewable, Reviewable]]) -> Pair:
        candidates = [_pair(a, b, contenders[a.trial_id] and contenders[b.trial_id], rater) for a, b in pairs]
        return max(candidates, key=lambda pair: pair.worth)

    shown = sorted(map(best, waiting), key=lambda p: (-round(p.worth, 1), _shuffled(rater, *p.seen)))
    # A plan is some ratings old, and tells texts apart by their passages: a choice counts whatever those are.
    texts = {answer.seen: answer for answer in answers} | find_shown_seen(
        store, experiment_id, {key for p in planned for key in p.seen}
    )
    first = {
        key: _planned_pair(p, rater)
        for p in planned
        if (min(p.seen), max(p.seen)) not in chosen and (key := _known_by(p.seen, texts)) not in done
    }
    return [*first.values(), *(p for p in shown if _known_by(p.seen, texts) not in first)], len(done)


def _known_by(seen: Sequence[str], shown: Mapping[str, Reviewable | ShownSeen]) -> tuple[str, frozenset[str]]:
    """What a choice between two answers is known by: (question, the two texts)."""
    if any(key not in shown for key in seen):
        return "", frozenset(seen)
    return shown[seen[0]].question_id, frozenset(shown[key].text for key in seen)


def _planned_pair(planned: Planned, rater: str) -> Pair:
    (left_id, right_id), (left, right) = planned.answer_ids, planned.seen
    if _shuffled(rater, left, right)[0] in "01234567":
        left_id, right_id, left, right = right_id, left_id, right, left
    return Pair(left_id, right_id, (left, right), planned.why, FIRST + planned.narrows)


def _choices_in(
    store: Store, experiment_id: str, chosen: Set[tuple[str, str]]
) -> set[tuple[str, frozenset[str]]]:
    """(question, the two texts) of the choices between answers of an experiment."""
    return set(_texts_of(store, experiment_id, chosen).values())


def _texts_of(
    store: Store, experiment_id: str, pairs: Set[tuple[str, ...]]
) -> dict[tuple[str, ...], tuple[str, frozenset[str]]]:
    """Pair of keys → (question, the two texts), for those that the experiment shows."""
    shown = find_shown_seen(store, experiment_id, {key for pair in pairs for key in pair})
    return {
        pair: (shown[pair[0]].question_id, frozenset(shown[key].text for key in pair))
        for pair in pairs
        if all(key in shown for key in pair)
    }


def count_open_pairs(store: Store, experiment_id: str, rater: str) -> int:
    """How many pairs `next_pairs` would give, without weighing them."""
    answers = find_reviewable(store, list(_contenders(store, experiment_id)), ())
    return len(_open_pairs(answers, _choices_in(store, experiment_id, find_preferred(store, rater))))


def prefer(
    store: Store,
    left: AnswerRecord,
    right: AnswerRecord,
    choice: str,
    *,
    rater: str,
    tags: Iterable[str] = (),
    better_answer: str = "",
) -> Preference:
    """Store a choice: "left", "right", "good" or "bad" (both). Raises InputError.

    tags: why the answer that was not chosen is worse, or both are bad.
    better_answer: what the rater would have answered.
    """
    name = rater.strip()
    if not name:
        raise InputError("A choice needs the rater's name.", hint="Write it in the side bar.")
    words = {"left": "first", "right": "second", "good": "good", "bad": "bad"}
    if choice not in words:
        raise InputError(f"The choice is {choice!r}; it must be left, right, good or bad.")
    if left.question.asked != right.question.asked:
        raise InputError("The two answers are not to the same question.")
    preference = Preference(
        first_seen=left.seen,
        second_seen=right.seen,
        rater=name,
        choice=words[choice],  # type: ignore[arg-type]
        question=left.question.text,
        first_answer=left.text,
        second_answer=right.text,
        history=left.question.history,
        tags=read_tags(tags),
        better_answer=better_answer.strip()[:LONGEST_BETTER_ANSWER],
    )
    put_preference(store, preference)
    return preference


@dataclass(frozen=True)
class Agreement:
    """How far two raters agree on what both have rated."""

    raters: tuple[str, str]
    """In alphabetical order."""
    kind: str
    """What they rated, as `measure_agreement` was told."""
    count: int
    """How many items both rated."""
    same: int
    """On how many of those they agree."""
    kappa: float | None
    """Cohen's kappa; None where it has no value."""
    reason: str = ""
    """Why there is no kappa, in words."""


def measure_agreement(kind: str, by_rater: dict[str, dict[object, str]]) -> list[Agreement]:
    """Measure the agreement of every two raters by Cohen's kappa (Cohen 1960).

    kind: what was rated.
    by_rater: rater → item → judgement.
    """
    agreements = []
    for first, second in combinations(sorted(by_rater), 2):
        both = sorted(by_rater[first].keys() & by_rater[second].keys(), key=str)
        if not both:
            continue
        labels = [(by_rater[first][item], by_rater[second][item]) for item in both]
        same = sum(a == b for a, b in labels)
        kappa, reason = _kappa(labels)
        agreements.append(Agreement((first, second), kind, len(both), same, kappa, reason))
    return agreements


def _kappa(labels: Sequence[tuple[str, str]]) -> tuple[float | None, str]:
    values = sorted({w for pair in labels for w in pair})
    if len(values) < 2:
        return None, "both gave the same judgement each time: kappa needs two answers that differ"
    shares = [
        sum(a == w for a, _ in labels) * sum(b == w for _, b in labels) / len(labels) ** 2 for w in values
    ]
    by_chance, same = sum(shares), sum(a == b for a, b in labels) / len(labels)
    return (same - by_chance) / (1 - by_chance), ""


def find_agreement(store: Store) -> list[Agreement]:
    """Measure how far every two raters agree, on thumbs and on choices.

    Users of a service are no raters, and nobody is compared with a rater who is left out.
    """
    from workbench.store.preferences import list_preferences
    from workbench.store.ratings import list_ratings

    thumbs: dict[str, dict[object, str]] = {}
    for rating in list_ratings(store, counted=True):
        if rating.rater.startswith(USER_PREFIX):
            continue
        thumbs.setdefault(rating.rater, {})[rating.seen] = "up" if rating.value > 0 else "down"
    choices: dict[str, dict[object, str]] = {}
    for p in list_preferences(store, counted=True):
        choices.setdefault(p.rater, {})[(p.first_seen, p.second_seen)] = p.choice
    return [*measure_agreement("thumbs", thumbs), *measure_agreement("choices", choices)]
