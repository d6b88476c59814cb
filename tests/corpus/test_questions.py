"""Tests question files, quotes, and edits of a file line by line.
Knows nothing about experiments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.question_editing import (
    add_questions,
    change_questions,
    delete_questions,
    find_ids,
    put_question,
    restore_questions,
)
from workbench.corpus.questions import (
    load_questions,
    question_to_json,
    read_pasted_questions,
    read_question_file,
    read_row,
    save_questions,
)
from workbench.corpus.quotes import find_quote, find_quotes
from workbench.corpus.types import Document, Evidence, Question, part_of, part_of_question
from workbench.errors import QuestionError

TEXT = "# Returns\n\nGoods can be returned within **30 days**\nof delivery. Heaters cost €15.\n"
RETURNS = Document("returns.md", "Returns", TEXT, "markdown")


def pasted(text: str) -> list[Question]:
    return [question for _, question in read_pasted_questions(text).questions]


def write(tmp_path: Path, *rows: object, name: str = "questions.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows), encoding="utf-8")
    return path


def test_only_the_question_is_needed(tmp_path: Path) -> None:
    questions, problems = load_questions(write(tmp_path, {"question": "How long?"}), [RETURNS])
    assert problems == [] and questions[0].answers == () and questions[0].id
    assert questions[0].answerable is None


@pytest.mark.parametrize(
    ("row", "answerable"),
    [
        ({}, None),
        ({"answer": "30 days"}, True),
        ({"evidence": [{"document": "returns.md"}]}, True),
        ({"answerable": None}, None),
        ({"answerable": None, "answer": ["30 days"]}, True),
        ({"answer": "30 days", "answerable": False}, False),
        ({"answerable": True}, True),
        ({"answerable": False}, False),
    ],
)
def test_whether_the_documents_answer_is_known_by_the_mark_an_answer_or_evidence(
    tmp_path: Path, row: dict[str, object], answerable: bool | None
) -> None:
    questions, problems = load_questions(write(tmp_path, {"question": "How long?"} | row), [RETURNS])
    assert problems == [] and questions[0].answerable is answerable
    save_questions(tmp_path / "again.jsonl", questions, [RETURNS])
    assert load_questions(tmp_path / "again.jsonl", [RETURNS])[0] == questions


def test_a_quote_across_lines_and_emphasis_is_found(tmp_path: Path) -> None:
    row = {
        "question": "How long?",
        "evidence": [{"document": "returns.md", "quote": "within 30 days of delivery"}],
    }
    questions, problems = load_questions(write(tmp_path, row), [RETURNS])
    span = questions[0].evidence[0]
    assert problems == [] and TEXT[span.start : span.end].startswith("within **30 days**\nof")


def test_evidence_can_be_a_span(tmp_path: Path) -> None:
    row = {"question": "How long?", "evidence": [{"document": "returns.md", "start": 11, "end": 20}]}
    questions, _ = load_questions(write(tmp_path, row), [RETURNS])
    assert (questions[0].evidence[0].start, questions[0].evidence[0].end) == (11, 20)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{broken", "not JSON"),
        ({"answer": "x"}, "no question"),
        (["a list"], "expected an object"),
        (
            {"question": "Q?", "evidence": [{"document": "returns.md", "quote": "within 13 years"}]},
            "is not in returns.md",
        ),
        (
            {"question": "Q?", "evidence": [{"document": "retuns.md", "quote": "x"}]},
            "did you mean 'returns.md'",
        ),
        ({"question": "Q?", "answerable": "maybe"}, "true or false"),
    ],
)
def test_what_is_wrong_names_file_and_line_and_the_rest_goes_on(
    tmp_path: Path, row: object, words: str
) -> None:
    path = write(tmp_path, {"question": "First?"}, row, {"question": "Last?"})
    questions, problems = load_questions(path, [RETURNS])
    assert [q.text for q in questions][0] == "First?" and [q.text for q in questions][-1] == "Last?"
    assert problems[0].where == "questions.jsonl:2" and words in problems[0].what
    with pytest.raises(QuestionError, match="questions.jsonl:2"):
        load_questions(path, [RETURNS], strict=True)


def test_a_quote_that_is_not_found_shows_the_nearest_text(tmp_path: Path) -> None:
    row = {"question": "Q?", "evidence": [{"document": "returns.md", "quote": "Heaters cost €51."}]}
    _, problems = load_questions(write(tmp_path, row), [RETURNS])
    assert "Heaters cost €15." in problems[0].what


def test_a_second_use_of_an_id_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, {"id": "a", "question": "One?"}, {"id": "a", "question": "Two?"})
    questions, problems = load_questions(path, [])
    assert [q.text for q in questions] == ["One?"] and "on line 1 already" in problems[0].what


def test_a_typo_in_a_key_is_a_warning_with_the_nearest(tmp_path: Path) -> None:
    _, problems = load_questions(write(tmp_path, {"question": "Q?", "anwser": "x"}), [])
    assert problems[0].severity == "warning" and "'answer'" in problems[0].what


def test_a_csv_file_holds_the_same(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    path.write_text(
        "id,question,answer,document,evidence,answerable,tags\n"
        'a,How long?,30 days || a month,returns.md,within 30 days of delivery,yes,returns || time\n'
        "b,Why?,,,,no,\n",
        encoding="utf-8-sig",
    )  # fmt: skip
    questions, problems = load_questions(path, [RETURNS])
    assert problems == []
    assert questions[0].answers == ("30 days", "a month") and questions[0].tags == ("returns", "time")
    assert len(questions[0].evidence) == 1 and not questions[1].answerable


def test_what_is_saved_is_read_back_equal(tmp_path: Path) -> None:
    row = {
        "id": "a", "question": "How long?", "answer": ["30 days", "a month"], "tags": ["x"],
        "evidence": [{"document": "returns.md", "quote": "within 30 days"}],
    }  # fmt: skip
    questions, _ = load_questions(write(tmp_path, row), [RETURNS])
    save_questions(tmp_path / "saved.jsonl", questions, [RETURNS])
    assert load_questions(tmp_path / "saved.jsonl", [RETURNS])[0] == questions


@given(st.text("ab1. -\n*_`\"'|>[](){}&;#:…İ\u00ad\u0301", min_size=1, max_size=60), st.data())
def test_evidence_survives_as_a_quote_or_as_a_place(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert_survives(text, start, end)


def test_evidence_whose_own_words_are_found_elsewhere_keeps_all_its_places() -> None:
    assert find_quotes("111>'>", ">'>") == [(3, 4), (5, 6)]
    assert_survives("111>'>", 3, 6)


def assert_survives(text: str, start: int, end: int) -> None:
    document = Document("a.md", "A", text, "markdown")
    found = find_quotes(text, text[start:end])
    for places in ([(start, end)], found or [(start, end)]):
        first, *others = places
        question = Question(
            "q", "Where?", evidence=(Evidence("a.md", *first, tuple(others)),), answerable=True
        )
        row = json.loads(json.dumps(question_to_json(question, {"a.md": document})))
        assert read_row(row, [document]) == question


@given(
    words=st.lists(st.text(st.characters(categories=("Ll", "Lu", "Nd")), min_size=1, max_size=6), min_size=3, max_size=9),
    gaps=st.lists(st.sampled_from([" ", "\n", "  ", "\t", " \n "]), min_size=9, max_size=9),
)  # fmt: skip
def test_a_found_quote_covers_the_same_words_whatever_the_white_space(
    words: list[str], gaps: list[str]
) -> None:
    text = "Before. " + "".join(w + g for w, g in zip(words, gaps, strict=False)) + "After."
    found = find_quote(text, " ".join(words))
    assert found is not None and text[found[0] : found[1]].split() == words


def test_questions_are_put_changed_and_deleted_line_by_line(tmp_path: Path) -> None:
    write(tmp_path, '{"id": "odd",  "question": "Keep me?"}', "{a broken line")
    put_question(tmp_path, {"question": "New?", "answer": "Yes."}, [RETURNS])
    added = put_question(tmp_path, {"id": "n", "question": "Newer?"}, [RETURNS])
    put_question(tmp_path, {"id": "n", "question": "Newest?"}, [RETURNS])
    lines = (tmp_path / "questions.jsonl").read_text().splitlines()
    assert lines[:2] == ['{"id": "odd",  "question": "Keep me?"}', "{a broken line"] and len(lines) == 4
    [removed] = delete_questions(tmp_path, [added.id])
    assert (
        removed["question"] == "Newest?" and len((tmp_path / "questions.jsonl").read_text().splitlines()) == 3
    )


def test_deleted_questions_are_put_back_and_all_or_none_are_deleted(tmp_path: Path) -> None:
    write(
        tmp_path, '{"id": "a", "question": "A?", "own": 1}', "{a broken line", '{"id": "b", "question": "B?"}'
    )
    with pytest.raises(QuestionError, match="'gone'"):
        delete_questions(tmp_path, ["a", "gone"])
    assert find_ids(tmp_path) == {"a", "b"}
    rows = delete_questions(tmp_path, ["a", "b"])
    assert find_ids(tmp_path) == set()
    put_question(tmp_path, {"id": "b", "question": "Written again?"}, [])
    restore_questions(tmp_path, rows)
    lines = (tmp_path / "questions.jsonl").read_text().splitlines()
    assert lines[0] == "{a broken line" and "Written again?" in lines[1]
    assert lines[2:] == ['{"id": "a", "question": "A?", "own": 1}']


def test_many_questions_are_changed_at_once_and_the_others_stay_as_they_were_written(tmp_path: Path) -> None:
    write(
        tmp_path,
        '{"id": "a",  "question": "A?", "tags": ["x"], "own": 1}',
        "{a broken line",
        '{"id": "b",  "question": "B?", "tags": "odd"}',
        '{"id": "c",  "question": "C?"}',
    )
    assert change_questions(tmp_path, ["a", "b", "gone"], add_tag="y", remove_tag="x", answerable=False) == 2
    lines = (tmp_path / "questions.jsonl").read_text().splitlines()
    assert json.loads(lines[0]) == {"id": "a", "question": "A?", "own": 1, "tags": ["y"], "answerable": False}
    assert lines[1] == "{a broken line" and json.loads(lines[2])["tags"] == ["y"]
    assert lines[3] == '{"id": "c",  "question": "C?"}'
    assert change_questions(tmp_path, ["a"], add_tag="y", answerable=False) == 0


def test_a_question_with_evidence_that_is_not_there_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="is not in returns.md"):
        row = {"question": "Q?", "evidence": [{"document": "returns.md", "quote": "nowhere to be seen"}]}
        put_question(tmp_path, row, [RETURNS])
    assert not (tmp_path / "questions.jsonl").exists()


def test_an_uploaded_file_adds_what_is_new_and_keeps_what_is_there(tmp_path: Path) -> None:
    assert add_questions(tmp_path, pasted("One?\nTwo?")) == (2, 0)
    data = b'{"question": "Two?"}\n{"question": "Three?"}\n{broken'
    (tmp_path / "more.jsonl").write_bytes(data)
    read = read_question_file(tmp_path / "more.jsonl", [RETURNS], "more.jsonl")
    assert [line for line, _ in read.questions] == [1, 2] and read.problems[0].where == "more.jsonl:3"
    assert add_questions(tmp_path, [q for _, q in read.questions], [RETURNS]) == (1, 1)


def test_a_line_separator_inside_a_question_survives_saving_and_editing(tmp_path: Path) -> None:
    """JSON keeps U+2028 as it is, and it does not end a line of the file."""
    path = tmp_path / "questions.jsonl"
    first, second = Question("a", "What\u2028now?"), Question("b", "And\u0085then?")
    save_questions(path, [first, second])
    assert load_questions(path, [])[0] == [first, second]
    add_questions(tmp_path, [Question("c", "New?")])
    assert [q.id for q in load_questions(path, [])[0]] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"question": "half \\ud800 a character"}', "half a character"),
        ("[" * 100_000, "nested too deeply"),
        ('{"question": ' + "1" * 5_000 + "}", "number in it is too long"),
    ],
)
def test_json_that_no_store_can_take_is_a_problem_of_its_line(tmp_path: Path, line: str, words: str) -> None:
    questions, problems = load_questions(write(tmp_path, line, {"question": "Good?"}), [])
    assert [q.text for q in questions] == ["Good?"]
    assert problems[0].where == "questions.jsonl:1" and words in problems[0].what


@pytest.mark.parametrize("name", ["questions.jsonl", "questions.csv"])
def test_a_question_file_in_a_wrong_encoding_is_named_and_left_as_it_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    data = 'question\n"Größe?"\n'.encode("latin-1")
    path.write_bytes(data)
    questions, problems = load_questions(path, [])
    assert questions == [] and problems[0].where == name and "line 2 is not UTF-8" in problems[0].what
    with pytest.raises(QuestionError, match="UTF-8"):
        load_questions(path, [], strict=True)
    with pytest.raises(QuestionError, match="left as it is"):
        add_questions(tmp_path, pasted("New?"))
    assert path.read_bytes() == data


def test_a_table_with_semicolons_is_read_and_one_without_a_question_column_says_so(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    path.write_text('id;question;answer;answerable\n1;"What, when?";5 euros||five;yes\n')
    questions, problems = load_questions(path, [])
    assert (
        problems == [] and questions[0].text == "What, when?" and questions[0].answers == ("5 euros", "five")
    )
    path.write_text("frage,antwort\nWas?,Das\n")
    _, problems = load_questions(path, [])
    assert "'question'" in problems[0].what and "'frage'" in problems[0].what
    path.write_text("question\n" + "x" * 200_000 + "\n")
    _, problems = load_questions(path, [])
    assert "not a row of a table" in problems[0].what


@pytest.mark.parametrize(
    ("table", "answers"),
    [
        (b"sep=;\nquestion;answer\nHow?;5, or 6\n", ("5, or 6",)),
        ("question\tanswer\nHow?\t5\n".encode("utf-16"), ("5",)),
        (b'question,answers\nHow?,"[""5"", ""six""]"\n', ("5", "six")),
        (b"question,answer\nHow?,[see the list]\n", ("[see the list]",)),
    ],
)
def test_a_table_as_spreadsheets_and_data_frames_write_it_is_read(
    tmp_path: Path, table: bytes, answers: tuple[str, ...]
) -> None:
    path = tmp_path / "questions.csv"
    path.write_bytes(table)
    questions, problems = load_questions(path, [])
    assert problems == [] and [(q.text, q.answers) for q in questions] == [("How?", answers)]


def test_evidence_in_a_cell_may_be_json(tmp_path: Path) -> None:
    cell = json.dumps([{"document": "returns.md", "quote": "30 days"}]).replace('"', '""')
    path = write(tmp_path, f'question,evidence\nHow long?,"{cell}"', name="questions.csv")
    questions, problems = load_questions(path, [RETURNS])
    assert problems == [] and questions[0].evidence[0].document == "returns.md"


def test_a_column_that_is_not_known_is_reported_once(tmp_path: Path) -> None:
    path = write(tmp_path, "question,answr,Level", "How?,5,1", "Who?,Ann,2", name="questions.csv")
    _, problems = load_questions(path, [])
    assert [(p.where, p.severity) for p in problems] == [("questions.csv:1", "warning")] * 2
    assert "did you mean 'answer'?" in problems[0].what and "'Level'" in problems[1].what


def test_problems_of_an_uploaded_file_bear_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "upload.jsonl").write_bytes(b'{"question": "Good?"}\n{bad\n')
    read = read_question_file(tmp_path / "upload.jsonl", [], "mine.jsonl")
    added, problems = add_questions(tmp_path, [q for _, q in read.questions])[0], read.problems
    assert added == 1 and problems[0].where == "mine.jsonl:2"


def test_a_quote_that_stands_twice_is_one_piece_of_evidence_with_two_places(tmp_path: Path) -> None:
    document = Document("desk.md", "Desk", "Lost? Call the desk.\n\nBroken? Call the desk.\n", "markdown")
    row = {"question": "Whom?", "evidence": [{"document": "desk.md", "quote": "Call the desk"}]}
    questions, problems = load_questions(write(tmp_path, row), [document])
    (piece,) = questions[0].evidence
    assert problems == [] and [document.text[p.start : p.end] for p in piece.places] == ["Call the desk"] * 2
    assert Evidence.from_row(piece.as_row()) == piece
    save_questions(tmp_path / "again.jsonl", questions, [document])
    assert load_questions(tmp_path / "again.jsonl", [document])[0] == questions


def test_evidence_by_its_offsets_has_that_place_alone(tmp_path: Path) -> None:
    document = Document("desk.md", "Desk", "Call the desk. Call the desk.", "markdown")
    row = {"question": "Whom?", "evidence": [{"document": "desk.md", "start": 15, "end": 28}]}
    questions, _ = load_questions(write(tmp_path, row), [document])
    save_questions(tmp_path / "again.jsonl", questions, [document])
    assert load_questions(tmp_path / "again.jsonl", [document])[0][0].evidence == (
        Evidence("desk.md", 15, 28),
    )


def test_a_document_is_found_whether_its_name_is_composed_or_not(tmp_path: Path) -> None:
    document = Document("Gebu\u0308hren.md", "G", "Fünf Euro.", "markdown")
    row = {"question": "Wie viel?", "evidence": [{"document": "Geb\u00fchren.md", "quote": "Fünf Euro"}]}
    questions, problems = load_questions(write(tmp_path, row), [document])
    assert problems == [] and questions[0].evidence[0].document == document.name


@pytest.mark.parametrize("name", [r"rules\parking.md", "./rules/parking.md"])
def test_a_document_is_found_by_its_path_as_other_programs_write_it(tmp_path: Path, name: str) -> None:
    document = Document("rules/parking.md", "Parking", "It costs 5 euros.", "markdown")
    row = {"question": "How much?", "evidence": [{"document": name, "quote": "5 euros"}]}
    questions, problems = load_questions(write(tmp_path, row), [document])
    assert problems == [] and questions[0].evidence[0].document == document.name


def test_a_csv_file_may_call_its_column_answers(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    path.write_text("question,answers\nHow long?,30 days || a month\n", encoding="utf-8")
    assert load_questions(path, [])[0][0].answers == ("30 days", "a month")


FEES = Document("fees.md", "Fees", "The fee is 5 euros. Pay at the desk.", "markdown")
HOURS = Document("hours.md", "Hours", "We open at nine.", "markdown")


def test_a_document_alone_is_evidence_as_a_whole(tmp_path: Path) -> None:
    row = {"question": "Where are fees?", "evidence": {"document": "fees.md"}}
    questions, problems = load_questions(write(tmp_path, row), [FEES])
    (piece,) = questions[0].evidence
    assert problems == [] and piece.whole and piece.places == ()
    assert piece.is_touched_by("fees.md", 3, 5) and not piece.is_touched_by("hours.md", 3, 5)


def test_any_makes_several_pieces_one_with_alternatives(tmp_path: Path) -> None:
    row = {
        "question": "Where?",
        "evidence": [{"document": "fees.md", "quote": "at the desk"}, {"document": "hours.md"}],
        "any": True,
    }
    questions, problems = load_questions(write(tmp_path, row), [FEES, HOURS])
    (piece,) = questions[0].evidence
    assert problems == [] and [option.document for option in piece.options] == ["fees.md", "hours.md"]
    assert [FEES.text[p.start : p.end] for p in piece.places] == ["at the desk"]
    assert piece.is_touched_by("hours.md", 0, 1) and piece.is_touched_by("fees.md", 30, 36)


def test_any_with_one_piece_changes_nothing(tmp_path: Path) -> None:
    row = {"question": "Where?", "evidence": [{"document": "fees.md", "quote": "at the desk"}]}
    plain, _ = load_questions(write(tmp_path, row), [FEES])
    marked, _ = load_questions(write(tmp_path, row | {"any": True}), [FEES])
    assert plain == marked


@pytest.mark.parametrize(
    "evidence",
    [
        [{"document": "fees.md"}],
        [{"document": "fees.md"}, {"document": "hours.md", "quote": "at nine"}],
        [{"document": "fees.md", "start": 0, "end": 7}, {"document": "fees.md"}],
    ],
)
@pytest.mark.parametrize("any_suffices", [True, False])
def test_all_forms_of_evidence_are_written_and_stored_as_they_were_read(
    tmp_path: Path, evidence: list[dict[str, object]], any_suffices: bool
) -> None:
    row = {"question": "Where?", "evidence": evidence, "any": any_suffices}
    questions, problems = load_questions(write(tmp_path, row), [FEES, HOURS])
    save_questions(tmp_path / "again.jsonl", questions, [FEES, HOURS])
    assert problems == [] and load_questions(tmp_path / "again.jsonl", [FEES, HOURS])[0] == questions
    for piece in questions[0].evidence:
        assert Evidence.from_row(json.loads(json.dumps(piece.as_row()))) == piece


@pytest.mark.parametrize(
    "piece",
    [{"quoet": "at the desk"}, {"quote": None}, {"start": 3}, {"start": None, "end": None}],
)
def test_a_piece_with_anything_but_the_document_is_not_the_whole_document(
    tmp_path: Path, piece: dict[str, object]
) -> None:
    row = {"question": "Where?", "evidence": [{"document": "fees.md"} | piece]}
    questions, problems = load_questions(write(tmp_path, row), [FEES])
    assert questions[0].evidence == () and len(problems) == 1
    assert "nothing but the document" in problems[0].what


def test_any_must_be_true_or_false(tmp_path: Path) -> None:
    row = {"question": "Where?", "any": "one"}
    _, problems = load_questions(write(tmp_path, row), [])
    assert "any is 'one'; it must be true or false" in problems[0].what


def test_a_csv_file_names_whole_documents_and_alternatives(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    path.write_text(
        "question,document,quote,any\n"
        "Where?,fees.md || hours.md,,yes\n"
        "When?,fees.md || hours.md,at the desk || at nine,\n"
        "What?,fees.md,The fee || at the desk,no\n"
    )
    questions, problems = load_questions(path, [FEES, HOURS])
    assert problems == []
    where, when, what = (question.evidence for question in questions)
    assert [option.whole for option in where[0].options] == [True, True] and len(where) == 1
    assert [(e.document, e.whole) for e in when] == [("fees.md", False), ("hours.md", False)]
    assert [e.document for e in what] == ["fees.md", "fees.md"]


def test_group_history_and_source_survive_writing_and_reading(tmp_path: Path) -> None:
    row = {
        "id": "q1", "question": "And by post?", "answerable": True, "group": "returns",
        "source": {"by": "model", "name": "small", "prompt": "v1", "date": "2026-11-29"},
        "history": [{"role": "user", "content": "Can I return it?"}, {"role": "assistant", "content": "Yes."}],
    }  # fmt: skip
    question = read_row(row, [])
    assert question_to_json(question, {}) == row
    assert part_of(question, 0.3) == part_of_question("returns", 0.3)


def test_a_question_whose_history_cannot_be_read_is_left_out() -> None:
    with pytest.raises(QuestionError, match="list of turns"):
        read_row({"question": "And by post?", "history": ["Can I return it?"]}, [])


@given(st.text(min_size=1, max_size=20), st.floats(0, 0.8))
def test_a_draft_is_never_held_out(question_id: str, holdout: float) -> None:
    assert part_of(Question(question_id, "?", is_draft=True), holdout) in ("train", "search")


def test_a_piece_of_several_that_are_needed_may_have_alternatives_of_its_own(tmp_path: Path) -> None:
    rooms = Document("rooms.md", "Rooms", "A room costs 120 euros.\n", "markdown")
    prices = Document("prices.md", "Prices", "Breakfast: 15 euros.\n", "markdown")
    menu = Document("menu.md", "Menu", "Breakfast: 15 euros.\n", "markdown")
    either = {"any": [{"document": d, "quote": "15 euros"} for d in ("prices.md", "menu.md")]}
    row = {
        "id": "q",
        "question": "Both?",
        "evidence": [{"document": "rooms.md", "quote": "120 euros"}, either],
    }
    documents = [rooms, prices, menu]
    questions, problems = load_questions(write(tmp_path, row), documents)
    assert problems == [] and [len(piece.options) for piece in questions[0].evidence] == [1, 2]
    back = question_to_json(questions[0], {d.name: d for d in documents})
    assert back["evidence"] == row["evidence"] and "any" not in back
    wrong = row | {"evidence": [{"any": [{"document": "none.md"}, {"document": "menu.md"}]}, {"any": []}]}
    questions, problems = load_questions(write(tmp_path, wrong), documents)
    assert [e.document for e in questions[0].evidence] == ["menu.md"] and "no document 'none.md'" in problems[
        0
    ].what
