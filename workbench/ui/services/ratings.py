"""What people think of answers: thumbs, preferences, and what to judge next.
Knows nothing about scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.feedback import review_queue
from workbench.feedback.ratings import rate_seen
from workbench.store import preferences, ratings
from workbench.store.database import Store
from workbench.store.records import AnswerRecord, Rating


@dataclass(frozen=True)
class Ratings:
    """What people think of answers."""

    store: Store

    def find_ratings(self, seen: str) -> list[Rating]:
        return ratings.find_ratings(self.store, [seen]).get(seen, [])

    def rate(
        self,
        answer: AnswerRecord,
        value: int,
        *,
        rater: str,
        comment: str = "",
        tags: Iterable[str] = (),
        stars: int | None = None,
        better_answer: str = "",
    ) -> None:
        """Store what a rater says of an answer, as `rate_seen` does.

        value: 1, -1, or 0 to withdraw it.
        """
        rate_seen(
            self.store,
            answer,
            value,
            rater=rater,
            comment=comment,
            tags=tags,
            stars=stars,
            better_answer=better_answer,
        )

    def next_thumbs(self, experiment_id: str, rater: str) -> tuple[list[review_queue.Thumb], int]:
        return review_queue.next_thumbs(self.store, experiment_id, rater)

    def next_pairs(self, experiment_id: str, rater: str) -> tuple[list[review_queue.Pair], int]:
        return review_queue.next_pairs(self.store, experiment_id, rater)

    def count_open_pairs(self, experiment_id: str, rater: str) -> int:
        return review_queue.count_open_pairs(self.store, experiment_id, rater)

    def prefer(self, left: AnswerRecord, right: AnswerRecord, choice: str, *, rater: str) -> None:
        review_queue.prefer(self.store, left, right, choice, rater=rater)

    def withdraw_preference(self, first_seen: str, second_seen: str, rater: str) -> None:
        preferences.withdraw_preference(self.store, first_seen, second_seen, rater)

    def find_agreement(self) -> list[review_queue.Agreement]:
        return review_queue.find_agreement(self.store)
