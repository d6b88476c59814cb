"""Stores ratings that were given elsewhere, on whatever shows their texts here.
Knows nothing about the formats that they were read from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from workbench.corpus.types import AskedQuestion
from workbench.feedback.ratings import LONGEST_BETTER_ANSWER, LONGEST_COMMENT, LONGEST_RATER, USER_PREFIX
from workbench.importing.types import RowProblem
from workbench.rating_files.choices import import_choices
from workbench.rating_files.types import ReadRating
from workbench.results.rated_texts import Shown, TextKey, even, find_shown, on_shown, text_key
from workbench.store.answers import add_rankings, find_passages
from workbench.store.database import Store
from workbench.store.ratings import Outcome, find_ratings, put_ratings, seen_key
from workbench.store.records import PassageRecord, Preference, Rating
from workbench.store.serving.requests import find_requests
from workbench.store.serving.services import list_services
from workbench.traces.import_requests import imported_id, passage_record

NO_TRACE = (
    "its trace {trace!r} is neither in the file nor among the requests imported here; import the traces with "
    "`requests import` first, or name their file with --traces"
)


@dataclass(frozen=True)
class ImportedRatings:
    """What an import of ratings did, in ratings of the file."""

    matched: int
    """How many are on something that is shown here: by an experiment or a service."""
    kept: int
    """How many are on a text that nothing shows here: stored, for training and exports; they count for no
    configuration until one shows the text."""
    new: int
    """How many were not stored before."""
    already: int
    """How many were already stored, unchanged."""
    changed: int
    """How many replace what the same rater said before."""
    older: int
    """How many are older than what the same rater said here, which stays."""
    places: int
    """On how many different things shown the matched ones are: a text may be shown with several sets of
    passages."""
    raters: int
    choices: int
    """How many choices between two answers are new or changed."""
    choices_already: int
    """How many choices were stored before, or are older than what the rater chose here."""
    problems: tuple[RowProblem, ...]
    """The ratings that were left out, and why."""


def import_ratings(
    store: Store,
    read: Sequence[ReadRating],
    *,
    hash_user: Callable[[str], str],
    now: float,
    rater: str = "",
    dry_run: bool = False,
    choices: Sequence[Preference] = (),
) -> ImportedRatings:
    """Match ratings to what is shown here, by question and answer with all white space alike, and store them.

    hash_user: what is stored of a user's key.
    now: the time of ratings whose file says none, in Unix seconds.
    rater: the name that all get; "" keeps those of the file.
    dry_run: nothing is written; what is returned is the same.
    choices: choices between two answers, which are stored as they are.
    """
    problems: list[RowProblem] = []
    ordered = sorted(
        read, key=lambda one: one.given_at or now
    )  # of a rater's two on one text the last counts
    by_trace = _find_traces(store, ordered)
    shown = find_shown(
        store, (text_key(AskedQuestion(r.question, r.history), r.answer) for r in ordered if r.answer)
    )
    known = find_ratings(store, {key for r in ordered if r.answer and (key := _own_seen(r))})
    passages: dict[str, PassageRecord] = {}
    to_store: list[Rating] = []
    spans: list[tuple[int, bool]] = []
    for one in ordered:
        given, stored = _rating(one, rater, hash_user, now)
        places = by_trace.get(one.trace, []) if not one.answer else _places(store, one, given, shown, known)
        if not one.answer and not places:
            problems.append(RowProblem(one.row, f"{NO_TRACE.format(trace=one.trace[:40])}; it is left out"))
            continue
        on = on_shown(given, places) or [given]
        if not places:
            passages |= {passage.key: passage for passage in stored}
        spans.append((len(on), bool(places)))
        to_store += on
    if not dry_run and passages:
        with store.write() as session:
            add_rankings(session, [], list(passages.values()))
    outcomes = put_ratings(store, to_store, dry_run=dry_run)
    taken, left = import_choices(store, choices, now=now, rater=rater, dry_run=dry_run)
    counted = _count(to_store, spans, outcomes, problems)
    return replace(
        counted,
        choices=taken,
        choices_already=left,
        raters=len({rater.strip() or one.rater for one in choices} | {one.rater for one in to_store}),
    )


def _count(
    stored: Sequence[Rating],
    spans: Sequence[tuple[int, bool]],
    outcomes: Sequence[Outcome],
    problems: list[RowProblem],
) -> ImportedRatings:
    """spans: of each rating of the file, in order: (how many things it is on, whether they are shown)."""
    kinds: Counter[str] = Counter()
    places: set[str] = set()
    begin = 0
    for length, is_shown in spans:
        of_rating = set(outcomes[begin : begin + length])
        kinds[next(kind for kind in ("changed", "new", "older", "same") if kind in of_rating)] += 1
        if is_shown:
            places |= {rating.seen for rating in stored[begin : begin + length]}
        begin += length
    matched = sum(is_shown for _, is_shown in spans)
    return ImportedRatings(
        matched=matched,
        kept=len(spans) - matched,
        new=kinds["new"],
        already=kinds["same"],
        changed=kinds["changed"],
        older=kinds["older"],
        places=len(places),
        raters=len({rating.rater for rating in stored}),
        choices=0,
        choices_already=0,
        problems=tuple(problems),
    )


def _rating(
    one: ReadRating, rater: str, hash_user: Callable[[str], str], now: float
) -> tuple[Rating, list[PassageRecord]]:
    """The rating on its own text, and the passages that it brings."""
    stored = list(one.stored_passages) or [passage_record(passage) for passage in one.passages]
    keys = one.passage_keys or tuple(passage.key for passage in stored)
    name = (rater.strip() or one.rater.strip())[
        :LONGEST_RATER
    ] or f"{USER_PREFIX}{hash_user(one.user)[:12] or 'unknown'}"
    rating = Rating(
        seen=seen_key(AskedQuestion(one.question, one.history), one.answer, keys),
        rater=name,
        value=one.value,
        comment=one.comment[:LONGEST_COMMENT],
        question=one.question,
        answer=one.answer,
        passages=keys,
        updated_at=now if one.given_at is None else one.given_at,
        history=one.history,
        better_answer=one.better_answer[:LONGEST_BETTER_ANSWER],
        stars=one.stars,
        tags=one.tags,
        source=one.source,
    )
    return rating, stored


def _own_seen(one: ReadRating) -> str:
    """What was seen, for a rating of an export of this program; "" for others."""
    if one.passages:
        return ""
    return seen_key(AskedQuestion(one.question, one.history), one.answer, one.passage_keys)


def _places(
    store: Store,
    one: ReadRating,
    given: Rating,
    shown: dict[TextKey, list[Shown]],
    known: dict[str, list[Rating]],
) -> list[Shown]:
    """What shows the text: the very thing that was seen, else with the same passages, else all of them."""
    found = shown.get(text_key(AskedQuestion(one.question, one.history), one.answer), [])
    if same := [place for place in found if place.seen == given.seen]:
        return same
    if any(rating.rater == given.rater for rating in known.get(given.seen, [])):
        return []  # it is stored as a text that nothing shows, and stays so
    if one.passages and len(found) > 1:
        texts = [even(passage.text) for passage in one.passages]
        stored = find_passages(store, {key for place in found for key in place.passages})
        alike = [p for p in found if [even(stored[k].text) for k in p.passages if k in stored] == texts]
        return alike or found
    return found


def _find_traces(store: Store, read: Sequence[ReadRating]) -> dict[str, list[Shown]]:
    """Trace → the answer to its request, where that was imported here."""
    traces = {one.trace for one in read if one.trace and not one.answer}
    services = [service.id for service in list_services(store, archived=True) if service.kind == "imported"]
    ids = {imported_id(service, trace): trace for trace in traces for service in services}
    found: dict[str, list[Shown]] = {}
    for id_, request in find_requests(store, ids).items():
        if request.state == "ok" and request.seen:
            place = Shown(
                request.seen,
                AskedQuestion(request.question, request.history),
                request.answer,
                tuple(passage.key for passage in request.passages),
            )
            found.setdefault(ids[id_], []).append(place)
    return found
