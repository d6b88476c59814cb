"""Who made a question: told in words, counted, and kept by everything that edits questions.
Knows nothing about experiments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_experiment import write_corpus
from workbench.corpus.corpus import copy_corpus, load_corpus
from workbench.corpus.question_editing import (
    add_evidence,
    add_questions,
    change_questions,
    delete_questions,
    put_question,
    restore_questions,
    today,
)
from workbench.corpus.question_sources import (
    count_sources,
    drafts_in_words,
    is_from,
    maker_of,
    source_in_words,
)
from workbench.corpus.questions import load_questions, read_question_file
from workbench.corpus.types import QuestionSource

DRAFTED = {"by": "model", "name": "llama-8b", "prompt": "3", "date": "2026-11-29"}
QUOTE = "Salt softeners confuse the probe of the tank."


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus with one more question, which a model drafted."""
    path = tmp_path / "tiny"
    write_corpus(path)
    row = {"id": "d", "question": "What confuses it?", "answer": "Salt", "group": "salt", "source": DRAFTED}
    with (path / "questions.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")
    return path


def row_of(corpus: Path, question_id: str = "d") -> dict[str, Any]:
    lines = (corpus / "questions.jsonl").read_text().splitlines()
    return next(row for row in map(json.loads, lines) if row["id"] == question_id)


def test_a_question_that_nobody_claims_is_a_persons() -> None:
    assert (
        maker_of(None)
        == maker_of(QuestionSource("person", ""))
        == maker_of(QuestionSource("?", ""))
        == "person"
    )
    assert is_from(None, "person") and not is_from(None, "drafted")
    assert is_from(QuestionSource("rule", "table"), "drafted") and is_from(QuestionSource("rule", ""), "rule")
    assert not is_from(QuestionSource("import", "qa.csv"), "drafted")


def test_sources_are_counted_where_there_are_several() -> None:
    rule, model, file = (QuestionSource(by, "x") for by in ("rule", "model", "import"))
    assert count_sources([rule, rule]) == count_sources([]) == count_sources([None]) == {}
    assert count_sources([None, rule, rule]) == {"person": 1, "drafted": 2}
    assert count_sources([None, rule, model, file]) == {
        "person": 1, "drafted": 2, "rule": 1, "model": 1, "import": 1,
    }  # fmt: skip
    assert count_sources([rule, model]) == {"drafted": 2, "rule": 1, "model": 1}


def test_sources_and_drafts_are_said_in_words() -> None:
    assert source_in_words(None) == ""
    assert source_in_words(QuestionSource("rule", "table", "", "2026-11-29")) == (
        "drafted by a rule (table), 2026-11-29"
    )
    assert source_in_words(QuestionSource(**DRAFTED)) == "drafted by llama-8b (prompts 3), 2026-11-29"
    assert source_in_words(QuestionSource("import", "qa.csv", edited="2026-11-30")) == (
        "imported (qa.csv), edited 2026-11-30"
    )
    assert drafts_in_words(38, 120) == "38 of 120 questions are drafts that nobody has reviewed."
    assert drafts_in_words(1, 5) == "1 of 5 questions is a draft that nobody has reviewed."
    assert drafts_in_words(7, 7) == "All 7 questions are drafts that nobody has reviewed."
    assert drafts_in_words(0, 7) == ""


def test_no_edit_loses_the_source_or_the_group(corpus: Path) -> None:
    documents = load_corpus(corpus, corpus.parent).documents
    put_question(
        corpus, {"id": "d", "question": "What confuses it?", "answer": ["Salt"], "tags": ["a"]}, documents
    )
    assert (row_of(corpus)["source"], row_of(corpus)["group"]) == (DRAFTED, "salt")  # the words are the same
    put_question(corpus, {"id": "d", "question": "What confuses the probe?", "answer": "Salt"}, documents)
    edited = DRAFTED | {"edited": today()}
    assert (row_of(corpus)["source"], row_of(corpus)["group"]) == (edited, "salt")
    change_questions(corpus, ["d"], add_tag="b", answerable=True)
    add_evidence(corpus, "d", {"document": "water.md", "quote": QUOTE}, documents)
    restore_questions(corpus, delete_questions(corpus, ["d"]))
    (corpus.parent / "q.csv").write_text("id,question\nd,Another?\n")
    uploaded = read_question_file(corpus.parent / "q.csv", documents, "q.csv")
    assert add_questions(corpus, [q for _, q in uploaded.questions], documents) == (0, 1)
    row = row_of(corpus)
    assert (row["source"], row["group"], row["tags"]) == (edited, "salt", ["b"])
    assert row["question"] == "What confuses the probe?" and len(row["evidence"]) == 1
    copy_corpus(corpus, corpus.parent, "copy")
    assert row_of(corpus.parent / "copy") == row
    questions, problems = load_questions(corpus / "questions.jsonl", documents)
    assert questions[-1].source == QuestionSource(**edited) and not problems


def test_a_persons_own_question_is_not_called_edited(corpus: Path) -> None:
    put_question(corpus, {"id": "p", "question": "Why?", "source": {"by": "person", "name": ""}}, ())
    put_question(corpus, {"id": "p", "question": "Why not?"}, ())
    assert row_of(corpus, "p")["source"] == {"by": "person", "name": ""}
