"""Bad input to an import: each has one clear message, or is listed by row; nothing is lost in silence.
Knows nothing about the command line and pages."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.importing.samples import (
    BEIR,
    PRICE,
    as_csv,
    as_json,
    as_jsonl,
    as_parquet,
    as_zip,
    assistant,
    user,
)
from tests.importing.test_formats import CORPUS, prepare, problems, questions
from workbench.corpus.questions import question_to_json
from workbench.errors import QuestionError
from workbench.importing import archives, source_reading
from workbench.importing.columns import parse_map
from workbench.importing.source_reading import read_source


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.jsonl", b"", "is empty"),
        ("a.csv", b" \n ", "is empty"),
        ("a.json", b'[{"question": "Q?"}, {"quest', "cut off"),
        ("a.json", b"[" * 100_000, "nested too deeply"),
        ("a.json", b'{"a": 1, "a": 2}', "twice"),
        ("a.parquet", b"PAR1 and no more", "damaged"),
        ("a.parquet", b"hello", "damaged"),
        ("a.zip", b"PK\x03\x04broken", "damaged"),
        ("a.gz", b"\x1f\x8bbroken", "damaged"),
        ("a.xlsx", b"hello", "'.xlsx' cannot be imported"),
        ("a.jsonl", bytes(range(256)) * 10, "binary data"),
        ("a.csv", b"name,colour\na,b\n", "No column is understood as the question (the columns are: 'name', 'colour')"),
        ("a.json", b"[]", "contains no question"),
        ("a.json", b"[1, 2]", "row 1: expected an object, found a number"),
        ("a.yaml", b"a: &a [1]\nb: [*a", "not valid YAML"),
        ("a.yaml", b"tests: file://tests.csv\nprompts: []\n", "in another file: file://tests.csv"),
        ("corpus.jsonl", as_jsonl({"_id": "1", "title": "T", "text": "X"}), "documents of a BEIR data set"),
        ("a.zip", as_zip({"readme.md": b"# Hello"}), "no file that can be imported"),
        ("a.zip", as_zip({"a.csv": b"question\nQ?\n", "b.csv": b"question\nQ?\n"}), "format of a.zip is not recognised"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_imported_has_one_clear_message(name: str, data: bytes, message: str) -> None:
    with pytest.raises(QuestionError) as error:
        prepare(name, data)
    assert message in str(error.value)


def test_a_missing_file_and_an_empty_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="There is no file"):
        read_source(tmp_path / "none.csv")
    with pytest.raises(QuestionError, match="no file that can be imported"):
        read_source(tmp_path)


def test_a_line_that_is_cut_off_is_listed_and_the_others_are_imported() -> None:
    prepared = prepare("a.jsonl", b'{"question": "One?"}\n{"question": "Tw\n\n{"question": "Three?"}\n')
    assert [(row, q.text) for row, q in prepared.questions] == [(1, "One?"), (4, "Three?")]
    assert "2: it is not JSON" in problems(prepared) and prepared.rows == 3


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
def test_other_encodings_are_read_and_guesses_are_said(encoding: str) -> None:
    data = "question,answer\nWie hoch ist die Gebühr für Bücher?,„fünf“ Euro\n".encode(encoding)
    prepared = prepare("a.csv", data)
    assert questions(prepared)[0].text == "Wie hoch ist die Gebühr für Bücher?"
    assert ("windows-1252" in problems(prepared)) is (encoding == "cp1252")


def test_ids_that_are_there_already_are_skipped_renamed_or_merged_and_each_is_said() -> None:
    rows = as_jsonl(
        {"id": "1", "question": "Same?"}, {"id": "2", "question": "Other?"}, {"id": "3", "question": "Twice?"},
        {"id": "3", "question": "twice?  "}, {"id": "3", "question": "Another?"}, {"question": ""}, {"id": "9"},
    )  # fmt: skip
    there = {"1": {"id": "1", "question": "same?"}, "2": {"id": "2", "question": "Not the same?"}}
    prepared = prepare("a.jsonl", rows, questions=there)
    assert [q.text for q in questions(prepared)] == ["Other?", "Twice?", "Another?"]
    assert (prepared.already, prepared.duplicates, prepared.rows) == (1, 1, 7)
    said = problems(prepared)
    assert "2: the corpus has the id '2' for another question; it gets the id 'q-" in said
    assert "4: it asks the same as row 3; the line is left out" in said
    assert "5: row 3 has the id '3' for another question" in said
    assert "6: it has no question" in said and "7: it has no question" in said
    assert len({q.id for q in questions(prepared)}) == 3


def test_a_table_with_one_row_per_context_puts_them_together() -> None:
    rows = as_csv(
        {"id": "1", "question": "Q?", "context": PRICE},
        {"id": "1", "question": "Q?", "context": CORPUS[1].text[:60]},
    )
    prepared = prepare("a.csv", rows, format_name="table")
    assert len(questions(prepared)[0].evidence) == 2 and "what it adds goes there" in problems(prepared)


def test_follow_up_questions_of_different_conversations_are_different_questions() -> None:
    rows = as_jsonl(
        *({"messages": [user(text), assistant("Yes."), user("Why?")], "ideal": "A"} for text in "ab")
    )
    assert len(questions(prepare("a.jsonl", rows))) == 2


def test_a_conversation_without_a_last_question_is_said() -> None:
    rows = as_jsonl(
        {"input": [user("Q?"), assistant("Said.")], "ideal": "A"},
        {"input": [assistant("Hello.")], "ideal": "A"},
    )
    prepared = prepare("a.jsonl", rows)
    assert [(q.text, q.history) for q in questions(prepared)] == [("Q?", ())]
    assert "1: the conversation ends with a reply of the assistant" in problems(prepared)
    assert "2: the conversation in 'input' has no question of a user; the line is left out" in problems(
        prepared
    )


def test_parquet_with_nested_types_and_values_that_json_lacks() -> None:
    rows = [
        {"question": "Q?", "answers": {"text": ["A", "B"]}, "score": float("nan"), "raw": b"\xff", "n": [[1]]}
    ]
    (question,) = questions(
        prepare("a.parquet", as_parquet(*rows), format_name="table", mapping={"answers.text": "answer"})
    )
    assert question.answers == ("A", "B")


def test_nan_is_read_as_no_value() -> None:
    assert (
        questions(prepare("a.jsonl", b'{"question": "Q?", "answer": NaN, "score": Infinity}\n'))[0].answers
        == ()
    )


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_reading, "MOST_ROWS", 3)
    monkeypatch.setattr(archives, "MOST_BYTES", 1000)
    with pytest.raises(QuestionError, match="has 4 rows; the limit is 3"):
        prepare("a.jsonl", as_jsonl(*[{"question": f"{i}?"} for i in range(4)]))
    with pytest.raises(QuestionError, match="4 rows"):
        prepare("a.parquet", as_parquet(*[{"question": f"{i}?"} for i in range(4)]))
    with pytest.raises(QuestionError, match="unpacks to more than"):
        prepare("a.jsonl.gz", gzip.compress(b" " * 5000))
    with pytest.raises(QuestionError, match="unpacks to more than"):
        prepare("a.zip", as_zip({"a.jsonl": b" " * 5000}))


def test_a_judgement_of_a_document_that_is_not_there_is_counted() -> None:
    files = BEIR | {"boats/qrels/test.tsv": b"query-id\tcorpus-id\tscore\n1\tnone\t1\n2\tD1\tmuch\n"}
    prepared = prepare("a.zip", as_zip(files))
    assert "1 judgements name a document" in problems(prepared) and "is no judgement" in problems(prepared)
    assert questions(prepared)[0].evidence == ()


def test_a_map_that_is_wrong_says_what_is_allowed() -> None:
    with pytest.raises(QuestionError, match="'colour' is not a field"):
        parse_map(["a=colour"])
    with pytest.raises(QuestionError, match="not COLUMN=FIELD"):
        parse_map(["question"])
    with pytest.raises(QuestionError, match="Did you mean 'text'"):
        prepare("a.csv", b"text\nQ?\n", mapping=parse_map(["txt=question"]))
    assert parse_map(["a=b=question", "c=ignore"]) == {"a=b": "question", "c": None}
    with pytest.raises(QuestionError, match="Did you mean 'ragas'"):
        prepare("a.csv", b"question\nQ?\n", format_name="raga")


WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), min_size=1, max_size=40
).filter(str.strip)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": st.text("abcdef-0123", min_size=1, max_size=9), "question": WORDS},
        optional={
            "answer": WORDS, "answerable": st.booleans(), "tags": st.lists(WORDS, min_size=1, max_size=2, unique=True),
            "group": WORDS.map(str.strip), "evidence": st.just([{"document": "hire.md", "quote": PRICE}]),
            "history": st.lists(st.builds(user, WORDS.map(str.strip)), min_size=1, max_size=2),
        },
    ),
    min_size=1, max_size=6, unique_by=lambda row: row["id"],
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_the_workbenchs_own_rows_come_back_as_they_were(rows: list[dict[str, Any]]) -> None:
    prepared = prepare("questions.jsonl", as_jsonl(*rows), format_name="workbench")
    documents = {d.name: d for d in CORPUS}
    once = [question_to_json(q, documents) for q in questions(prepared)]
    assert [row["id"] for row in once] == [row["id"] for row in rows]
    assert all(row["source"]["by"] == "import" for row in once)
    again = prepare("other.jsonl", as_jsonl(*once))
    assert [question_to_json(q, documents) for q in questions(again)] == once  # the first source stays


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["a.json", "a.jsonl", "a.csv", "a.yaml", "a.zip", "a.parquet", "a"]),
    st.one_of(st.binary(max_size=200), st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(
            ["question", "input", "data", "paragraphs", "qas", "context", "messages", "role", "content", "annotations",
             "document", "output", "tests", "vars", "assert", "goldens", "turns", "snapshot", "meta", "ideal", "item",
             "supporting_facts", "answers", "user_input", "inputs", "outputs", "example_id", "reference_context"]),
            inner, max_size=4)), max_leaves=15).map(as_json)),
)  # fmt: skip
def test_whatever_a_file_holds_it_is_read_or_refused_with_a_message(name: str, data: bytes) -> None:
    from workbench.errors import InputError

    try:
        prepared = prepare(name, data)
    except InputError as error:
        assert str(error)
        return
    json.dumps([p.as_row() for p in prepared.problems])


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["question,answer", "One?,1", '"Two?,2', "Three?,3"], 3),
        (["question,answer", "One?,1", 'Two?,"2', "Three?,3,4"], 3),
        (['question,"answer', "One?,1"], 1),
        (["sep=;", "question;answer", '"One?;1'], 3),
    ],
)
def test_a_quotation_mark_that_is_never_closed_swallows_no_rows(lines: list[str], line: int) -> None:
    with pytest.raises(QuestionError, match=f"a quotation mark in line {line} is never closed"):
        prepare("a.csv", "\n".join(lines).encode())


def test_quotation_marks_that_are_closed_or_within_a_cell_are_read() -> None:
    data = b'question,answer\n"One, ""two""\nor three?",1\nIs "4" a number?,"4"\n\n"Last?","5"'
    assert [q.text for q in questions(prepare("a.csv", data))] == [
        'One, "two"\nor three?', 'Is "4" a number?', "Last?",
    ]  # fmt: skip


def test_a_history_of_named_lines_is_read_and_one_that_cannot_be_leaves_its_question_out() -> None:
    prepared = prepare(
        "a.csv",
        as_csv(
            {"question": "And by post?", "history": "User: How do I return it?\nAssistant: In a shop."},
            {"question": "And then?", "history": "gibberish"},
            {"question": "And later?", "history": '[{"role": "wizard", "content": "x"}]'},
            {"question": "And alone?", "history": '[{"role": "system", "content": "Be kind."}]'},
        ),
    )
    asked = [(q.text, [turn.text for turn in q.history]) for q in questions(prepared)]
    assert asked == [("And by post?", ["How do I return it?", "In a shop."]), ("And alone?", [])]
    said = problems(prepared)
    assert said.count("the history in 'history' cannot be read: it must be a list of turns") == 2
    assert said.count("the line is left out") == 2
