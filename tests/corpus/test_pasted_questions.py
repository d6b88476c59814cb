"""Pasted questions in every form that people paste, and what is said about lines that are none.
Knows nothing about pages."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.pasted_questions import read_pasted
from workbench.corpus.question_editing import settle_unanswered
from workbench.corpus.questions import ReadQuestions, read_pasted_questions
from workbench.corpus.types import Document

PARKING = Document("parking.md", "Parking", "Visitors may park for 90 minutes.", "markdown")


def read(text: str) -> ReadQuestions:
    return read_pasted_questions(text, [PARKING])


def pairs(text: str) -> list[tuple[str, tuple[str, ...]]]:
    found = read(text)
    assert found.problems == ()
    return [(q.text, q.answers) for _, q in found.questions]


LATE = ("How late is the desk open?", ("21:00", "at nine"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How late is the desk open? || 21:00 || at nine", [LATE]),
        ("How late is the desk open?\t21:00\tat nine", [LATE]),
        ("How late is the desk open?\t21:00 || at nine\t", [LATE]),
        ("1. How late is the desk open? || 21:00 || at nine || 21:00", [LATE]),
        ("17\tHow late is the desk open?\t21:00\tat nine", [LATE]),
        ('"How late is the\ndesk open?"\t"21:00"\tat nine', [LATE]),
        ("question\tanswer\nHow late is the desk open?\t21:00 || at nine", [LATE]),
        ("question,answer,tags\nHow late is the desk open?,21:00 || at nine,desk", [LATE]),
        ("\n\nquestion;answer\nHow late is the desk open?;21:00 || at nine", [LATE]),
        ("Q: How late is the desk open?\nA: 21:00\nA: at nine", [LATE]),
        ("Question 1: How late is\nthe desk open?\n\nAnswer: 21:00\nAnswer: at\nnine\n", [LATE]),
        ("| Question | Answer |\n|---|:---|\n| How late is the desk open? | 21:00 || at nine |", [LATE]),
        ('{"question": "How late is the desk open?", "answer": ["21:00", "at nine"]}', [LATE]),
        ('[\n{"question": "How late is the desk open?", "answer": ["21:00", "at nine"]}]', [LATE]),
        ("question\nIs there a lift, and where?", [("Is there a lift, and where?", ())]),
        ('"Who" is who? || me\n"Open?', [('"Who" is who?', ("me",)), ('"Open?', ())]),
        ("[1] is a mark?\n- Why?\n* How?\tSo.\n(2) When?\n#3 Where?\n• Who?", [
            ("[1] is a mark?", ()), ("Why?", ()), ("How?", ("So.",)), ("When?", ()), ("Where?", ()), ("Who?", ()),
        ]),
        ("How long?\r\n\r\nWhy? || Because.\rHow?", [("How long?", ()), ("Why?", ("Because.",)), ("How?", ())]),
        ("Is 5 | 10 a ratio?", [("Is 5 | 10 a ratio?", ())]),
        ("", []),
        (" \n\t\n", []),
    ],
)  # fmt: skip
def test_every_form_that_people_paste_is_read(text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert pairs(text) == expected


def test_comments_and_headings_are_counted_and_left_out() -> None:
    found = read("# Parking\n// old ones\n## More\nHow long?")
    assert [q.text for _, q in found.questions] == ["How long?"] and found.comments == 3


def test_what_is_wrong_names_its_line() -> None:
    found = read("How long?\n|| at nine\n\nhow  LONG? || 90 minutes")
    assert [line for line, _ in found.questions] == [1]
    assert [(p.where, p.what) for p in found.problems] == [
        ("line 2", "it has no question; the line is left out"),
        ("line 4", "it asks the same as line 1; the line is left out"),
    ]
    found = read("Q: How long?\nA: 90 minutes\n\nSome remark")
    assert [p.where for p in found.problems] == ["line 4"] and len(found.questions) == 1
    found = read('{"question": "How long?"}\n{broken')
    assert [p.where for p in found.problems] == ["line 2"] and len(found.questions) == 1
    found = read("question\tanser\nHow long?\tan hour")
    assert found.problems[0].what.endswith("'anser' is not known and is ignored; did you mean 'answer'?")
    found = read("question,reference answer\nHow long?,an hour\nWho?,Ann")
    assert found.problems[0].what.endswith("ignored; did you mean 'answer'?")
    found = read("question,Zzz\nHow long?,an hour\nWho?,Ann")
    assert "there is: answer, answerable, answers, any, document, " in found.problems[0].what
    found = read("question\tdocument\tquote\nHow long?\tparking.md\t90 hours")
    assert found.problems[0].where == "line 2" and "is not in parking.md" in found.problems[0].what


def test_a_table_says_what_the_documents_answer_and_where() -> None:
    text = "question\tanswerable\tdocument\tquote\tanswer\nIs there a pool?\tno\t\t\t\nHow long?\t\tparking.md\t90 minutes\t"
    (_, pool), (_, parking) = read(text).questions
    assert pool.answerable is False and parking.answerable is True and parking.evidence[0].start == 22


@pytest.mark.parametrize("choice", [None, False, True])
def test_a_question_without_an_answer_is_what_the_user_says_and_never_taken_for_answerable(
    choice: bool | None,
) -> None:
    found = read("Is there a swimming pool?\nHow long may visitors park? || 90 minutes")
    assert [q.answerable for _, q in found.questions] == [None, True]
    settled = settle_unanswered([q for _, q in found.questions], choice)
    assert [q.answerable for q in settled] == [choice, True]


WORDS = st.text(
    st.characters(categories=("L", "N", "P", "Zs"), exclude_characters="|#"), min_size=1, max_size=30
)
CELL = WORDS.map(lambda text: " ".join(text.split())).filter(lambda text: text[:1].isalpha())
ROWS = st.lists(
    st.tuples(CELL.map(lambda t: f"What of {t}?"), st.lists(CELL, max_size=3, unique=True)),
    max_size=6, unique_by=lambda row: row[0].lower(),
)  # fmt: skip


def _expected(rows: list[tuple[str, list[str]]]) -> list[dict[str, object]]:
    return [{"question": q} | ({"answer": a} if a else {}) for q, a in rows]


@given(ROWS)
def test_a_list_is_read_back_as_it_was_written(rows: list[tuple[str, list[str]]]) -> None:
    expected = _expected(rows)
    for lines in (
        [" || ".join([q, *a]) for q, a in rows],
        ["\t".join([q, *a]) for q, a in rows],
        [f"{n}. {q}{''.join(f' || {part}' for part in a)}" for n, (q, a) in enumerate(rows, 1)],
        ["\n".join([f"Q: {q}", *(f"A: {part}" for part in a)]) for q, a in rows],
        [json.dumps(row) for row in expected],
    ):
        found = read_pasted("\n\n".join(lines))
        assert [row for _, row in found.rows] == expected and not found.problems and not found.comments


@given(ROWS, st.sampled_from([" ", "\n", '"', "\t"]))
def test_cells_copied_from_a_spreadsheet_may_hold_anything(
    rows: list[tuple[str, list[str]]], odd: str
) -> None:
    copied = io.StringIO()
    cells = [[q, *(f"{part}{odd}end" for part in a)] for q, a in rows]
    csv.writer(copied, delimiter="\t", lineterminator="\n").writerows(cells)
    found = read_pasted(copied.getvalue())
    assert [row["question"] for _, row in found.rows] == [q for q, _ in rows]
    assert [row.get("answer", []) for _, row in found.rows] == [row[1:] for row in cells]


@given(st.text(max_size=200))
def test_nothing_that_is_pasted_raises_and_each_line_is_one_of_the_text(text: str) -> None:
    found = read_pasted_questions(text)
    lines = max(1, len(text.splitlines()) + text.count("\r") + 1)
    assert all(1 <= line <= lines and q.text for line, q in found.questions)
