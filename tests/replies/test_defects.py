"""Counts of defects in words. Knows nothing about how they are found."""

from __future__ import annotations

from workbench.replies.defects import describe_defects


def test_each_defect_is_told_with_its_share() -> None:
    counts = {"cut_at_max_tokens": 3, "repeats_itself": 1, "template_marks": 2}
    assert describe_defects(counts, 40, 64) == [
        "3 of 40 answers were cut at max_tokens 64",
        "1 of 40 answers repeats itself until the end",
        "2 of 40 answers held marks of a chat template, which were taken out",
    ]


def test_empty_answers_say_how_many_were_thinking() -> None:
    assert describe_defects({"empty": 4}, 9) == ["4 of 9 answers were empty"]
    assert describe_defects({"empty": 4, "only_thinking": 4}, 9) == [
        "4 of 9 answers were empty: all was thinking"
    ]
    assert describe_defects({"empty": 4, "only_thinking": 1}, 9) == [
        "4 of 9 answers were empty: all was thinking in 1 of them"
    ]


def test_without_defects_or_with_unknown_flags_there_is_nothing_to_tell() -> None:
    assert describe_defects({}, 40) == [] and describe_defects({"declined": 3}, 40) == []
