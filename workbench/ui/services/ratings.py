"""What people think of answers: thumbs, preferences, and what to judge next.
Knows nothing about scores."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Unpack

from workbench.feedback import raters, review_queue
from workbench.feedback.next_rating import Planned, count_ratings_of
from workbench.feedback.ratings import rate_seen
from workbench.feedback.reasons import Said
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.store import preferences, ratings
from workbench.store.database import Store
from workbench.store.records import AnswerRecord, Rating

if TYPE_CHECKING:
    from workbench.planning.judge_check_price import JudgeCheckPrice
    from workbench.rating_files.import_ratings import ImportedRatings
    from workbench.rating_files.types import ReadRatings
    from workbench.results.judge_agreement import JudgeAgreement


@dataclass(frozen=True)
class Ratings:
    """What people think of answers."""

    store: Store
    settings: Settings

    def find_ratings(self, seen: str) -> list[Rating]:
        return ratings.find_ratings(self.store, [seen]).get(seen, [])

    def rate(self, answer: AnswerRecord, value: int, *, rater: str, **said: Unpack[Said]) -> None:
        """Store what a rater says of an answer, as `rate_seen` does.

        value: 1, -1, or 0 to withdraw it.
        """
        rate_seen(self.store, answer, value, rater=rater, **said)

    def next_thumbs(
        self, experiment_id: str, rater: str, planned: Sequence[Planned] = ()
    ) -> tuple[list[review_queue.Thumb], int]:
        """(what to rate next, how many are rated)."""
        return review_queue.next_thumbs(self.store, experiment_id, rater, planned)

    def next_pairs(
        self, experiment_id: str, rater: str, planned: Sequence[Planned] = ()
    ) -> tuple[list[review_queue.Pair], int]:
        """(between what to choose next, how many are chosen between)."""
        return review_queue.next_pairs(self.store, experiment_id, rater, planned)

    def count_ratings_of(self, experiment_id: str) -> int:
        """How many thumbs and choices on an experiment's answers count."""
        return count_ratings_of(self.store, experiment_id)

    def count_open_pairs(self, experiment_id: str, rater: str) -> int:
        return review_queue.count_open_pairs(self.store, experiment_id, rater)

    def prefer(
        self,
        left: AnswerRecord,
        right: AnswerRecord,
        choice: str,
        *,
        rater: str,
        tags: Iterable[str] = (),
        better_answer: str = "",
    ) -> None:
        """Store a choice between two answers, as `review_queue.prefer` does."""
        review_queue.prefer(
            self.store, left, right, choice, rater=rater, tags=tags, better_answer=better_answer
        )

    def withdraw_preference(self, first_seen: str, second_seen: str, rater: str) -> None:
        preferences.withdraw_preference(self.store, first_seen, second_seen, rater)

    def find_agreement(self) -> list[review_queue.Agreement]:
        return review_queue.find_agreement(self.store)

    def list_raters(self) -> list[raters.Rater]:
        return raters.list_raters(self.store)

    def leave_out(self, name: str) -> None:
        raters.leave_out(self.store, name)

    def take_back(self, name: str) -> None:
        raters.take_back(self.store, name)

    def read_file(self, name: str, data: bytes) -> ReadRatings:
        """The ratings in a file that was uploaded. Raises InputError for one that cannot be read."""
        from workbench.rating_files.reading import read_ratings_bytes

        return read_ratings_bytes(name, data)

    def label_of(self, form: str) -> str:
        """What people call a format of ratings."""
        from workbench.rating_files.reading import label_of

        return label_of(form)

    def import_read(self, read: ReadRatings, *, rater: str, dry_run: bool = False) -> ImportedRatings:
        """Store ratings that were read, or say what that would do.

        rater: the name that all get; "" keeps those of the file.
        """
        from workbench.rating_files.import_ratings import import_ratings
        from workbench.service.users import hash_user, load_salt

        return import_ratings(
            self.store,
            read.ratings,
            hash_user=partial(hash_user, load_salt(self.settings.home)),
            now=time.time(),
            rater=rater,
            dry_run=dry_run,
            choices=read.choices,
        )

    def export(self, kind: str, experiment_id: str | None = None) -> str:
        """All ratings, or those on what an experiment shows, as the text of a file: "jsonl" or "csv"."""
        from workbench.rating_files.exporting import as_csv, as_jsonl, export_lines

        lines = export_lines(self.store, experiment_id)
        return as_csv(lines) if kind == "csv" else as_jsonl(lines)

    def judge_agreements(self) -> list[JudgeAgreement]:
        """How far each score that rated answers have agrees with the thumbs, from what is stored."""
        from workbench.results.judge_agreement import find_judge_agreement

        return find_judge_agreement(self.store)

    def price_judge_check(self, judge: Model) -> JudgeCheckPrice:
        """What asking a judge about the rated answers takes. Raises InputError when nobody has rated."""
        from workbench.planning.judge_check_price import price_judge_check
        from workbench.run.judge_check import calls_per_answer
        from workbench.scoring.labelled_answers import labels_from_ratings

        rows = labels_from_ratings(self.store)
        return price_judge_check(self.store, self.settings, rows, judge, calls_per_answer(judge))
