"""Which answers a person should look at next, and why: where a rating teaches most.
Knows nothing about pages. Configurations are chosen by rank and hidden from the rater."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import combinations

from workbench.errors import InputError
from workbench.results.status import get_ranking
from workbench.store.database import Store
from workbench.store.preferences import put_preference
from workbench.store.records import AnswerRecord, Preference
from workbench.store.review_queue import Reviewable, find_preferred, find_rated, find_reviewable

# Those that a choice is between: the leader and what comes near it.
CONTENDERS = 6
SCORES = ("correctness", "grounding", "refusal")
# Scores further apart than this disagree; contenders nearer than this are near-ties.
DISAGREE = 0.4


@dataclass(frozen=True)
class Thumb:
    """One answer to rate. why: in words, why this one."""

    answer_id: int
    seen: str
    why: str
    worth: float


@dataclass(frozen=True)
class Pair:
    """Two answers to one question, left and right as they are to be shown."""

    left_id: int
    right_id: int
    seen: tuple[str, str]
    why: str
    worth: float


def _shuffled(rater: str, *names: str) -> str:
    """Random, and the same each time for one rater."""
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


def next_thumbs(store: Store, experiment_id: str, rater: str) -> tuple[list[Thumb], int]:
    """(answers this rater has not rated, most worth a thumb first; how many are rated already)."""
    rated = find_rated(store, rater)
    by_seen: dict[str, Thumb] = {}
    done = set()
    for answer in find_reviewable(store, list(_contenders(store, experiment_id)), SCORES):
        if answer.seen in rated:
            done.add(answer.seen)
            continue
        worth, why = _teaches(answer)
        by_seen.setdefault(answer.seen, Thumb(answer.answer_id, answer.seen, why, worth))
    waiting = sorted(by_seen.values(), key=lambda t: (-round(t.worth, 1), _shuffled(rater, t.seen)))
    return waiting, len(done)


def _pair(one: Reviewable, other: Reviewable, near: bool, rater: str) -> Pair:
    apart = max(
        (abs(one.scores[n] - other.scores[n]) for n in one.scores.keys() & other.scores.keys()), default=0.0
    )
    directions = {
        one.scores[n] > other.scores[n]
        for n in one.scores.keys() & other.scores.keys()
        if abs(one.scores[n] - other.scores[n]) > 0.1
    }
    if len(directions) == 2:
        worth, why = 2.0, "Each of the two is ahead by another score: which counts, only a person can say."
    elif one.refused != other.refused:
        worth, why = 1.5, "One answers, the other declines."
    elif near:
        worth, why = (
            1.0 + apart,
            "Their configurations are too near to tell apart: a choice decides most here.",
        )
    else:
        worth, why = apart, "They answer differently."
    shown = [one, other]
    if _shuffled(rater, one.seen, other.seen)[0] in "01234567":
        shown.reverse()
    left, right = shown
    return Pair(left.answer_id, right.answer_id, (left.seen, right.seen), why, worth)


def _sort_pairs(
    answers: Sequence[Reviewable], chosen: Set[tuple[str, str]]
) -> tuple[list[list[tuple[Reviewable, Reviewable]]], int]:
    """(the pairs of different answers to one question that are not chosen between, those of the same two
    texts together; how many are chosen between). Those over other passages are not shown again."""
    by_question: dict[str, list[Reviewable]] = {}
    for answer in answers:
        by_question.setdefault(answer.question_id, []).append(answer)
    alike: dict[tuple[str, str, str], list[tuple[Reviewable, Reviewable]]] = {}
    done = set()
    for question_id, own in by_question.items():
        for one, other in combinations(own, 2):
            if one.text == other.text:
                continue
            texts = (one.text, other.text) if one.text < other.text else (other.text, one.text)
            if (min(one.seen, other.seen), max(one.seen, other.seen)) in chosen:
                done.add((question_id, *texts))
            alike.setdefault((question_id, *texts), []).append((one, other))
    return [pairs for key, pairs in alike.items() if key not in done], len(done)


def next_pairs(store: Store, experiment_id: str, rater: str) -> tuple[list[Pair], int]:
    """(pairs of different answers to one question this rater has not chosen between; how many are done)."""
    contenders = _contenders(store, experiment_id)
    answers = find_reviewable(store, list(contenders), SCORES)
    waiting, done = _sort_pairs(answers, find_preferred(store, rater))

    def best(pairs: Sequence[tuple[Reviewable, Reviewable]]) -> Pair:
        made = [_pair(a, b, contenders[a.trial_id] and contenders[b.trial_id], rater) for a, b in pairs]
        return max(made, key=lambda pair: pair.worth)

    shown = sorted(map(best, waiting), key=lambda p: (-round(p.worth, 1), _shuffled(rater, *p.seen)))
    return shown, done


def count_open_pairs(store: Store, experiment_id: str, rater: str) -> int:
    """How many pairs `next_pairs` would give, without weighing them."""
    answers = find_reviewable(store, list(_contenders(store, experiment_id)), ())
    return len(_sort_pairs(answers, find_preferred(store, rater))[0])


def prefer(store: Store, left: AnswerRecord, right: AnswerRecord, choice: str, *, rater: str) -> Preference:
    """Store a choice: "left", "right", "good" or "bad" (both). Raises InputError."""
    name = rater.strip()
    if not name:
        raise InputError("A choice needs the rater's name.", hint="Write it in the side bar.")
    words = {"left": "first", "right": "second", "good": "good", "bad": "bad"}
    if choice not in words:
        raise InputError(f"The choice is {choice!r}; it must be left, right, good or bad.")
    if left.question.text != right.question.text:
        raise InputError("The two answers are not to the same question.")
    made = Preference(
        first_seen=left.seen,
        second_seen=right.seen,
        rater=name,
        choice=words[choice],  # type: ignore[arg-type]
        question=left.question.text,
        first_answer=left.text,
        second_answer=right.text,
    )
    put_preference(store, made)
    return made


@dataclass(frozen=True)
class Agreement:
    """Two raters on what both have rated. kappa: Cohen's; None where it has no value (see `reason`)."""

    raters: tuple[str, str]
    kind: str
    count: int
    same: int
    kappa: float | None
    reason: str = ""


def measure_agreement(kind: str, by_rater: dict[str, dict[object, str]]) -> list[Agreement]:
    """by_rater: rater → what was seen → what they said. Cohen's kappa (1960) for every two raters."""
    found = []
    for one, other in combinations(sorted(by_rater), 2):
        both = sorted(by_rater[one].keys() & by_rater[other].keys(), key=str)
        if not both:
            continue
        said = [(by_rater[one][item], by_rater[other][item]) for item in both]
        same = sum(a == b for a, b in said)
        kappa, reason = _kappa(said)
        found.append(Agreement((one, other), kind, len(both), same, kappa, reason))
    return found


def _kappa(said: Sequence[tuple[str, str]]) -> tuple[float | None, str]:
    words = sorted({w for pair in said for w in pair})
    if len(words) < 2:
        return None, "both said the same of everything: kappa needs two answers"
    shares = [sum(a == w for a, _ in said) * sum(b == w for _, b in said) / len(said) ** 2 for w in words]
    by_chance, same = sum(shares), sum(a == b for a, b in said) / len(said)
    return (same - by_chance) / (1 - by_chance), ""


def find_agreement(store: Store) -> list[Agreement]:
    """How far every two raters agree, on thumbs and on choices."""
    from workbench.store.preferences import list_preferences
    from workbench.store.ratings import list_ratings

    thumbs: dict[str, dict[object, str]] = {}
    for rating in list_ratings(store):
        thumbs.setdefault(rating.rater, {})[rating.seen] = "up" if rating.value > 0 else "down"
    choices: dict[str, dict[object, str]] = {}
    for p in list_preferences(store):
        choices.setdefault(p.rater, {})[(p.first_seen, p.second_seen)] = p.choice
    return [*measure_agreement("thumbs", thumbs), *measure_agreement("choices", choices)]
