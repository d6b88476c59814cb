"""What a corpus's questions are for, and what is said where they are few or lack something.
Knows nothing about pages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.types import Evidence, Question
from workbench.planning.question_counts import ENOUGH, QuestionCounts, count_parts, describe_gaps


@given(st.sets(st.text(max_size=8), max_size=80))
def test_each_question_is_in_one_part(ids: set[str]) -> None:
    counts = count_parts([Question(id_, "A?") for id_ in ids])
    assert counts.total == len(ids)
    assert (counts.advice() == "") == (len(ids) >= ENOUGH)


def test_parts_and_what_so_few_tell_are_said_in_words() -> None:
    counts = QuestionCounts(search=11, holdout=5, train=4)
    assert counts.in_words() == "20 questions: 11 to choose the winner, 5 to confirm it, 4 for training."
    assert "with 11 to choose by, two configurations must differ by about 0.30" in counts.advice()
    assert "with 1 to choose by, no difference can be detected" in QuestionCounts(1, 0, 0).advice()
    assert QuestionCounts(25, 15, 10).advice() == ""


def test_what_no_question_has_is_named_with_the_scores_that_need_it() -> None:
    bare = [Question("a", "A?", answerable=None), Question("b", "B?", answerable=None)]
    answer, evidence, unknown = describe_gaps(bare)
    assert "correctness cannot be computed" in answer and "Recall@k" in evidence
    assert "whether the documents answer 2 questions; refusal accuracy leaves them out" in unknown
    complete = Question("c", "C?", ("yes",), (Evidence("d.md", 0, 3),))
    assert describe_gaps([complete]) == [] and describe_gaps([]) == []
