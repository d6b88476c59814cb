"""Thumbs on answers, with their reasons: give, change, withdraw.
Knows nothing about pages; it attaches a thumb to what was seen, so every answer that shows it has it."""

from __future__ import annotations

import time
from typing import Any, Unpack

from workbench.errors import InputError
from workbench.feedback.reasons import LIKED_STARS, Said, read_tags, value_of_stars
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import find_answers, find_experiment_of_answer
from workbench.store.database import Store
from workbench.store.ratings import put_rating, withdraw_rating
from workbench.store.records import AnswerRecord, Rating
from workbench.store.serving.records import ServedRequest

THUMBS = {"up": 1, "down": -1, "none": 0}
_WORDS = {value: word for word, value in THUMBS.items()}
LONGEST_COMMENT = 4_000
LONGEST_BETTER_ANSWER = 20_000
LONGEST_RATER = 200
"""Characters of a rater's name in a file."""
USER_PREFIX = "user:"
"""What the names of raters begin with who are users of a service; a hash follows."""


def get_answer(store: Store, answer_id: int) -> AnswerRecord:
    """One answer by its id. Raises InputError when there is none."""
    experiment_id = find_experiment_of_answer(store, answer_id)
    if experiment_id is None:
        raise InputError(
            f"There is no answer {answer_id}.",
            hint="An experiment's list of answers shows their ids.",
            remedy=("list_answers",),
        )
    return find_answers(store, experiment_id, AnswerFilter(answer_id=answer_id))[0]


def rate_answer(
    store: Store,
    answer_id: int,
    thumb: str | None,
    *,
    rater: str,
    **said: Unpack[Said],
) -> AnswerRecord:
    """Give a thumb ("up" or "down"), change it, or withdraw it ("none"); returns the answer it is about.

    thumb: None where `stars` say it.
    """
    stars = said.get("stars")
    if thumb is None and stars is None:
        raise InputError("The rating is missing: say up, down or none, or give stars.")
    if thumb is not None and thumb not in THUMBS:
        raise InputError(f"The rating is {thumb!r}; it must be up, down or none.")
    if thumb is not None and stars is not None and THUMBS[thumb] != value_of_stars(stars):
        raise InputError(
            f"The thumb is {thumb}, but {stars} stars stand for {_WORDS[value_of_stars(stars)]}.",
            hint=f"Give one of the two; from {LIKED_STARS} stars on it is a thumb up.",
        )
    answer = get_answer(store, answer_id)
    value = value_of_stars(stars) if stars is not None else THUMBS[thumb or "none"]
    rate_seen(store, answer, value, rater=rater, **said)
    return answer


def rate_seen(
    store: Store,
    answer: AnswerRecord,
    value: int,
    *,
    rater: str,
    **said: Unpack[Said],
) -> None:
    """As rate_answer, for an answer at hand. All that the rater says is replaced by what is given.

    value: 1, -1, or 0 to withdraw; with stars, what they stand for.
    """
    name = rater.strip()
    if not name:
        raise InputError("A rating needs the rater's name.", hint="Set WORKBENCH_RATER, or --rater NAME.")
    if answer.state != "ok":
        raise InputError("This answer failed: there is nothing to rate.")
    if value == 0:
        withdraw_rating(store, answer.seen, name)
        return
    put_rating(
        store,
        Rating(
            seen=answer.seen,
            rater=name,
            value=value,
            **_as_stored(said),
            question=answer.question.text,
            answer=answer.text,
            passages=tuple(p.key for p in answer.passages),
            updated_at=time.time(),
            history=answer.question.history,
        ),
    )


def _as_stored(said: Said) -> dict[str, Any]:
    """The fields of a rating that say it. Raises InputError for a tag that there is not."""
    return {
        "comment": said.get("comment", "").strip()[:LONGEST_COMMENT],
        "tags": read_tags(said.get("tags", ())),
        "stars": said.get("stars"),
        "better_answer": said.get("better_answer", "").strip()[:LONGEST_BETTER_ANSWER],
    }


def rate_served(
    store: Store,
    request: ServedRequest,
    value: int,
    *,
    user: str = "",
    now: float | None = None,
    **said: Unpack[Said],
) -> None:
    """Give a thumb on an answer of a service, or change it; value is 1 or -1. It holds as much of the
    texts as the request does.

    user: the hash of the user's key; "" without one: such thumbs on equal answers count as one person's.
    now: when it was given, in Unix seconds; None for now.

    Raises InputError for a request that has no answer.
    """
    if request.state != "ok":
        raise InputError("This request was not answered: there is nothing to rate.")
    put_rating(
        store,
        Rating(
            seen=request.seen,
            rater=f"{USER_PREFIX}{user[:12] or 'unknown'}",
            value=value,
            **_as_stored(said),
            question=request.question,
            answer=request.answer,
            passages=tuple(passage.key for passage in request.passages),
            updated_at=time.time() if now is None else now,
            history=request.history,
        ),
    )
