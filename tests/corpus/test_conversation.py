"""Earlier turns of a follow-up question: read from JSON, CSV cells and text, and written back.
Knows nothing about what is done with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.conversation import alternating, as_line, read_turns, turns_to_json, write_turns
from workbench.corpus.question_editing import delete_questions, find_ids, put_question
from workbench.corpus.question_rows import make_question_id
from workbench.corpus.questions import load_questions, read_pasted_questions
from workbench.corpus.types import AskedQuestion, Turn
from workbench.errors import QuestionError

RETURNS = (Turn("user", "How do I return a parcel?"), Turn("assistant", "Bring it to a shop."))
ROWS = turns_to_json(RETURNS)
TEXTS = st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" \n:"), min_size=1).map(
    str.strip
)
TURNS = st.lists(st.builds(Turn, st.sampled_from(["user", "assistant"]), TEXTS.filter(bool)), max_size=5)


@given(TURNS)
def test_turns_survive_json(turns: list[Turn]) -> None:
    begun = tuple(turns[next((n for n, turn in enumerate(turns) if turn.role == "user"), len(turns)) :])
    assert read_turns(turns_to_json(turns)).turns == begun


def test_turns_survive_being_written_as_lines_even_where_a_line_looks_like_a_turn() -> None:
    turns = (
        Turn("user", "Two lines:\nof one turn"),
        Turn("assistant", "He said:\nUser: what?\nThat is all."),
    )
    read = read_turns(write_turns(turns)).turns
    assert [turn.role for turn in read] == ["user", "assistant"]
    assert read[0] == turns[0] and read[1].text.split() == turns[1].text.split()


@pytest.mark.parametrize(
    ("value", "left", "said"),
    [
        ([{"role": "assistant", "content": "Hello!"}, *ROWS], RETURNS, "begins with the assistant"),
        ([*ROWS, {"role": "user", "content": " "}], RETURNS, "1 of the turns in history is empty"),
        ([*ROWS, {"role": "user", "content": "And by post?"}], RETURNS, "ends with the question itself"),
        ([{"role": "assistant", "content": "Hello!"}], (), "begins with the assistant"),
        ([], (), ""),
        (None, (), ""),
    ],
)  # fmt: skip
def test_what_is_no_turn_before_the_question_is_left_out_and_said(
    value: object, left: object, said: str
) -> None:
    read = read_turns(value, "And by post?")
    assert read.turns == left and said in " ".join(read.left_out) and bool(said) == bool(read.left_out)


@pytest.mark.parametrize(
    "value", ["How do I return it?", 7, {"role": "user"}, [["user", "Hi"]], [{"role": "bot", "content": "Hi"}],
              [{"role": "user", "content": 3}]],
)  # fmt: skip
def test_anything_else_is_an_error_that_shows_the_form(value: object) -> None:
    with pytest.raises(QuestionError, match="history .* must be a list of turns such as"):
        read_turns(value)


def test_turns_of_one_role_in_a_row_are_joined_for_models() -> None:
    assert alternating([Turn("user", "Hi"), Turn("user", "there"), RETURNS[1]]) == (
        Turn("user", "Hi\n\nthere"), RETURNS[1],
    )  # fmt: skip


def test_lists_tell_equal_follow_up_questions_apart() -> None:
    assert (
        as_line(AskedQuestion("And by post?", RETURNS)) == "And by post? (after: How do I return a parcel?)"
    )
    assert as_line(AskedQuestion("And by post?")) == "And by post?"


def test_the_same_words_after_another_conversation_are_another_question() -> None:
    other = (Turn("user", "How do I get an invoice?"),)
    ids = {make_question_id("And by post?", history) for history in ((), RETURNS, other)}
    assert len(ids) == 3
    assert make_question_id("and by  post?", RETURNS) == make_question_id("And by post?", RETURNS)


def test_a_file_keeps_follow_up_questions_apart_and_names_the_line_of_what_it_leaves_out(
    tmp_path: Path,
) -> None:
    rows = [
        {"question": "And by post?", "history": ROWS},
        {"question": "And by post?"},
        {"question": "And by post?", "history": ROWS},
        {"question": "And then?", "history": "not a conversation"},
        {"question": "And now?", "history": [{"role": "assistant", "content": "Hello!"}]},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    questions, problems = load_questions(file, [])
    assert [q.history for q in questions] == [RETURNS, (), ()]
    assert [p.where.rpartition(":")[2] for p in problems] == ["3", "4", "5"]
    assert "it asks the same as line 1" in problems[0].what and problems[2].severity == "warning"


def test_a_question_with_turns_is_edited_and_deleted_by_its_id(tmp_path: Path) -> None:
    row = {"question": "And by post?", "history": ROWS}
    (tmp_path / "questions.jsonl").write_text(json.dumps(row) + "\n")
    question_id = make_question_id("And by post?", RETURNS)
    assert find_ids(tmp_path) == {question_id}
    changed = put_question(tmp_path, row | {"id": question_id, "answer": "Yes"}, [])
    assert changed.history == RETURNS and find_ids(tmp_path) == {question_id}
    assert delete_questions(tmp_path, [question_id])[0]["history"] == ROWS


def test_cells_of_tables_hold_turns_as_json_or_as_lines(tmp_path: Path) -> None:
    text = "User: How do I return a parcel?\nAssistant: Bring it to a shop."
    for cell in (text, json.dumps(ROWS)):
        quoted = cell.replace('"', '""')
        file = tmp_path / "questions.csv"
        file.write_text(f'question,history\nAnd by post?,"{quoted}"\nHow long?,\n')
        questions, problems = load_questions(file, [])
        assert [q.history for q in questions] == [RETURNS, ()] and not problems


def test_pasted_json_holds_turns() -> None:
    read = read_pasted_questions(json.dumps([{"question": "And by post?", "history": ROWS}]))
    assert [question.history for _, question in read.questions] == [RETURNS]
