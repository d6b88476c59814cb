"""The answers of an experiment, filtered and in order.
Knows nothing about what people think of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from workbench.feedback.ratings import get_answer
from workbench.results.kept import Kept
from workbench.store import answer_filters, answer_list, answers
from workbench.store.answer_filters import AnswerFilter, Matches
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.records import AnswerRecord

_counts: Kept[Matches] = Kept(most=50)


@dataclass(frozen=True)
class Answers:
    """The answers of an experiment, filtered and in order."""

    store: Store

    def get_answer(self, answer_id: int) -> AnswerRecord:
        return get_answer(self.store, answer_id)

    def count_matches(self, experiment_id: str, answer_filter: AnswerFilter) -> Matches:
        """Return how many answers match, by trial. It is kept for the next answer, unless thumbs decide: of
        a million answers it takes a second."""
        count = partial(answer_filters.count_matches, self.store, experiment_id, answer_filter)
        if answer_filter.liked is not None:
            return count()
        return _counts.get(self.store, get_experiment(self.store, experiment_id), answer_filter, count)

    def find_tags(self, experiment_id: str) -> list[str]:
        return answer_filters.find_tags(self.store, experiment_id)

    def find_answer_at(
        self, experiment_id: str, answer_filter: AnswerFilter, matches: Matches, at: int
    ) -> AnswerRecord:
        """Return the matching answer at position `at`, counted from 0.

        In the order of trials only the answers of its own trial are searched, however many match in all.
        """
        if answer_filter.worst_first is not None:
            answer_ids = answer_filters.locate_worst(self.store, experiment_id, answer_filter, at)
            return get_answer(self.store, answer_ids[0])
        trial_id, offset = matches.locate(at)
        of_trial = replace(answer_filter, trial_id=trial_id)
        return answers.find_answers(self.store, experiment_id, of_trial, offset=offset, limit=1)[0]

    def list_answers(
        self,
        experiment_id: str,
        answer_filter: AnswerFilter,
        matches: Matches,
        at: int,
        scores: Sequence[str],
    ) -> list[answer_list.ListedAnswer]:
        """Return a page of the matching answers from position `at`, with the values of these scores."""
        return answer_list.list_answers(self.store, experiment_id, answer_filter, matches, at, scores)
