"""Drafts on disk: kept, dropped, edited, undone; what is damaged or changed since is said and nothing is lost.
Knows nothing about rules."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tiny_experiment import write_corpus
from workbench.corpus.corpus import load_corpus
from workbench.corpus.draft_file import (
    FILE,
    add_drafts,
    drop_drafts,
    edit_draft,
    keep_drafts,
    read_draft_file,
    read_drafts,
    undo_review,
)
from workbench.corpus.draft_types import Draft, Quote
from workbench.corpus.question_editing import find_ids, put_question, today
from workbench.corpus.questions import load_questions
from workbench.corpus.samples import MARK
from workbench.corpus.types import Turn
from workbench.corpus.unreviewed_drafts import with_drafts
from workbench.errors import CorpusError, QuestionError


def make(number: int, quote: Quote) -> Draft:
    return Draft(
        f"q-{number}", f"Question {number}?", ("an answer",), (quote,), (quote,), True, "number",
        source_name="number", checks={"quote": "ok"},
    )  # fmt: skip


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "tiny"
    write_corpus(path)
    return path


@pytest.fixture
def drafts(corpus: Path) -> list[Draft]:
    document = load_corpus(corpus, corpus.parent).documents[0]
    quote = Quote(document.name, document.text.strip().split("\n")[0])
    made = [make(n, quote) for n in range(3)]
    add_drafts(corpus, made)
    return made


def reviews(corpus: Path) -> list[str]:
    return [one.review for one in read_drafts(corpus)]


def test_drafts_come_back_as_they_were_and_are_added_once(corpus: Path, drafts: list[Draft]) -> None:
    assert [one.draft for one in read_drafts(corpus)] == drafts
    assert add_drafts(corpus, drafts) == 0 and len(read_drafts(corpus)) == 3


def test_a_kept_draft_is_a_question_with_its_source_which_editing_keeps(
    corpus: Path, drafts: list[Draft]
) -> None:
    documents = load_corpus(corpus, corpus.parent).documents
    assert keep_drafts(corpus, ["q-1"], documents) == ["q-1"]
    assert keep_drafts(corpus, ["q-1"], documents) == []
    assert reviews(corpus) == ["waiting", "kept", "waiting"]
    put_question(corpus, {"id": "q-1", "question": "Reworded?", "answer": "x"}, documents)
    questions, problems = load_questions(corpus / "questions.jsonl", documents)
    [kept] = [q for q in questions if q.id == "q-1"]
    assert kept.text == "Reworded?" and kept.source is not None and not problems
    assert (kept.source.by, kept.source.name) == ("rule", "number")


def test_a_draft_that_a_filter_failed_is_left_out_and_can_be_kept_and_undone(
    corpus: Path, drafts: list[Draft]
) -> None:
    near = replace(make(7, drafts[0].quotes[0]), checks={"duplicate": "nearly q-0"}, group="g-1")
    odd = replace(make(8, drafts[0].quotes[0]), checks={"wording": "long: 30 words"})
    assert add_drafts(corpus, [near, odd]) == 1  # advice on wording only asks a person to look
    assert reviews(corpus)[-2:] == ["left out", "waiting"]
    documents = load_corpus(corpus, corpus.parent).documents
    assert keep_drafts(corpus, ["q-7"], documents) == ["q-7"]
    questions, _ = load_questions(corpus / "questions.jsonl", documents)
    assert [q.group for q in questions if q.id == "q-7"] == ["g-1"]
    assert undo_review(corpus, ["q-7", "q-8"]) == ["q-7"] and reviews(corpus)[-2:] == ["left out", "waiting"]
    assert drop_drafts(corpus, ["q-7"]) == ["q-7"] and reviews(corpus)[-2] == "dropped"


def test_undo_puts_a_draft_back_and_takes_its_question_out(corpus: Path, drafts: list[Draft]) -> None:
    before = find_ids(corpus)
    keep_drafts(corpus, ["q-0", "q-2"], load_corpus(corpus, corpus.parent).documents)
    drop_drafts(corpus, ["q-1"])
    assert find_ids(corpus) == before | {"q-0", "q-2"} and reviews(corpus) == ["kept", "dropped", "kept"]
    undo_review(corpus, ["q-0", "q-1"])
    assert find_ids(corpus) == before | {"q-2"} and reviews(corpus) == ["waiting", "waiting", "kept"]


def test_an_edited_draft_keeps_id_source_and_evidence(corpus: Path, drafts: list[Draft]) -> None:
    same = edit_draft(corpus, "q-0", question=f" {drafts[0].question} ", answers=drafts[0].answers)
    assert same.draft.source_edited == ""
    edit_draft(corpus, "q-0", question="  Better? ", answers=["a", "b"])
    draft = read_drafts(corpus)[0].draft
    assert draft.source_edited == today()
    assert (draft.question, draft.answers) == ("Better?", ("a", "b"))
    assert (draft.id, draft.evidence, draft.source_by) == ("q-0", drafts[0].evidence, "rule")
    with pytest.raises(QuestionError, match="empty"):
        edit_draft(corpus, "q-0", question=" ", answers=[])


def test_unknown_ids_lost_evidence_damage_and_samples_are_errors_that_change_nothing(
    corpus: Path, drafts: list[Draft]
) -> None:
    documents = load_corpus(corpus, corpus.parent).documents
    with pytest.raises(QuestionError, match="no draft 'q-9'"):
        keep_drafts(corpus, ["q-0", "q-9"], documents)
    add_drafts(corpus, [make(5, Quote(documents[0].name, "words that nobody wrote anywhere"))])
    with pytest.raises(QuestionError, match="cannot be kept"):
        keep_drafts(corpus, ["q-0", "q-5"], documents)
    add_drafts(corpus, [make(6, Quote("gone.md", "words"))])
    with pytest.raises(QuestionError, match="'q-5' cannot be kept: .* Nor can 'q-6'") as error:
        keep_drafts(corpus, ["q-0", "q-5", "q-6"], documents)
    assert "left out" not in str(error.value) and "Drop them: q-5 q-6" in error.value.hint
    assert set(reviews(corpus)) == {"waiting"} and "q-0" not in find_ids(corpus)
    (corpus / MARK).write_text("A sample.")
    with pytest.raises(CorpusError, match="read-only"):
        drop_drafts(corpus, ["q-0"])
    text = (corpus / FILE).read_text()
    (corpus / FILE).write_text(text + "{half a line\n")
    with pytest.raises(QuestionError, match=r"drafts\.jsonl:6 is not a draft"):
        read_drafts(corpus)


def test_a_damaged_line_is_named_and_stays_as_it_is_while_the_others_are_reviewed(
    corpus: Path, drafts: list[Draft]
) -> None:
    lines = (corpus / FILE).read_text().splitlines()
    (corpus / FILE).write_text("\n".join([lines[0], "{half a line", *lines[1:]]) + "\n")
    file = read_draft_file(corpus)
    assert [one.draft for one in file.drafts] == drafts and "drafts.jsonl:2" in file.errors[0].message
    assert drop_drafts(corpus, ["q-1"]) == ["q-1"] and add_drafts(corpus, [make(9, drafts[0].quotes[0])]) == 1
    written = (corpus / FILE).read_text().splitlines()
    assert written[1] == "{half a line" and len(written) == 5
    assert [one.review for one in read_draft_file(corpus).drafts] == [
        "waiting",
        "dropped",
        "waiting",
        "waiting",
    ]


def test_a_draft_keeps_its_whole_source_and_its_history_as_a_question(
    corpus: Path, drafts: list[Draft]
) -> None:
    turns = (Turn("user", "How late is the desk open?"), Turn("assistant", "Until nine."))
    draft = replace(
        drafts[0], id="q-10", source_by="model", source_name="gpt", source_prompt="3",
        source_date="2026-11-29", history=turns,
    )  # fmt: skip
    add_drafts(corpus, [draft])
    assert read_drafts(corpus)[-1].draft == draft
    documents = load_corpus(corpus, corpus.parent).documents
    keep_drafts(corpus, ["q-10"], documents)
    questions, problems = load_questions(corpus / "questions.jsonl", documents)
    [kept] = [q for q in questions if q.id == "q-10"]
    assert (kept.source, kept.history) == (draft.source, turns) and not problems


def test_an_edit_is_checked_again_and_lets_a_draft_wait_that_passes_now(
    corpus: Path, drafts: list[Draft]
) -> None:
    add_drafts(corpus, [replace(drafts[0], id="q-11", checks={"answer": "the answer is not in the quote"})])
    quote = Quote(drafts[0].quotes[0].document, "other words")
    stored = edit_draft(
        corpus,
        "q-11",
        question="Better?",
        answers=["x"],
        quotes=[quote],
        check=lambda draft: {"answer": "ok"},
    )
    assert stored == read_drafts(corpus)[-1] and stored.review == "waiting" and stored.draft.passes
    assert stored.draft.quotes == (quote,) and stored.draft.evidence == drafts[0].evidence


def test_lines_have_the_fields_of_questions_and_those_of_drafts(corpus: Path, drafts: list[Draft]) -> None:
    row = json.loads((corpus / FILE).read_text().split("\n")[0])
    assert {"id", "question", "answer", "evidence", "answerable", "tags"} <= set(row)
    assert row["kind"] == "number" and row["group"] is None and row["checks"] == {"quote": "ok"}
    assert row["source"] == {"by": "rule", "name": "number"}


def test_drafts_that_wait_and_passed_are_asked_after_the_questions(corpus: Path, drafts: list[Draft]) -> None:
    quote = drafts[0].quotes[0]
    doubtful = replace(make(3, quote), checks={"wording": "it reads oddly"})
    failed = replace(make(4, quote), checks={"quote": "it is not there"})
    moved = replace(make(5, quote), evidence=(Quote(quote.document, "These words are gone."),))
    add_drafts(corpus, [doubtful, failed, moved])
    drop_drafts(corpus, ["q-0"])
    plain = load_corpus(corpus, corpus.parent)
    keep_drafts(corpus, ["q-1"], plain.documents)
    kept = load_corpus(corpus, corpus.parent)
    asked = with_drafts(kept, corpus)
    assert [q.id for q in asked.questions[: len(kept.questions)]] == [q.id for q in kept.questions]
    [draft] = asked.questions[len(kept.questions) :]
    assert draft.id == "q-2" and draft.is_draft and draft.evidence and draft.source is not None
    assert not any(q.is_draft for q in kept.questions)
    [problem] = [p for p in asked.problems if "q-5" in p.where]
    assert "These words are gone" in problem.what and problem.what.endswith("the draft is not asked")


def test_a_draft_that_a_person_edits_keeps_its_source_and_says_so(corpus: Path, drafts: list[Draft]) -> None:
    edit_draft(corpus, "q-1", question="How many?", answers=["two"])
    keep_drafts(corpus, ["q-1"], load_corpus(corpus, corpus.parent).documents)
    kept = load_corpus(corpus, corpus.parent).questions[-1]
    assert kept.text == "How many?" and kept.source == replace(drafts[1].source, edited=today())
