"""Questions that are kept out are recognised in other words, case and typography, and told from others.
Knows nothing about what they are kept out of."""

from __future__ import annotations

import pytest

from workbench.pipeline.question_copies import ProtectedQuestions

KEPT_OUT = ProtectedQuestions(
    ["How long may visitors park behind the station?", "What does plan 2 cost in Berlin?", "Who are you?"]
)


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("how long may VISITORS park behind the station", 0),
        ("HOW LONG MAY VISITORS NOW PARK BEHIND THE STATION", 0),
        ("How Long May Visitors Park Behind The Station Now?", 0),
        ("Behind the station, how long may a visitor park?", 0),
        ("what does plan 2 cost in berlin now?", 1),
        ("Who are you?", 2),
        ("How long may visitors park behind the Museum?", None),
        ("What does plan 3 cost in Berlin?", None),
        ("What does plan 2 cost in Hamburg?", None),
        ("Is it?", None),
        ("", None),
    ],
)
def test_copies_are_told_from_other_questions(question: str, place: int | None) -> None:
    assert KEPT_OUT.find_copies([question]) == [place]


def test_nothing_is_a_copy_where_nothing_is_kept_out() -> None:
    assert ProtectedQuestions([]).find_copies(["Who are you?"]) == [None]
