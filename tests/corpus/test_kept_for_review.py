"""Questions that somebody asked go to the drafts once, with their answers, quotes and source.
Knows nothing about where they were asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny_experiment import write_corpus
from workbench.corpus.corpus import load_corpus
from workbench.corpus.draft_file import keep_drafts, read_drafts
from workbench.corpus.draft_types import Quote
from workbench.corpus.kept_for_review import keep_for_review
from workbench.corpus.question_coverage import count_coverage
from workbench.corpus.question_editing import find_evidence_documents, today
from workbench.corpus.questions import load_questions
from workbench.corpus.samples import MARK
from workbench.corpus.types import Document, Turn
from workbench.errors import CorpusError, QuestionError

QUOTE = Quote("water.md", "The tank holds two litres.")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "tiny"
    write_corpus(path)
    return path


@pytest.fixture
def documents(corpus: Path) -> tuple[Document, ...]:
    return load_corpus(corpus, corpus.parent).documents


def test_a_question_waits_with_all_that_is_known_of_it(corpus: Path, documents: tuple[Document, ...]) -> None:
    turns = (Turn("user", "Is there a tank?"), Turn("assistant", "Yes."))
    kept = keep_for_review(
        corpus, " How much  is in it? ", documents, name="Playground", answers=["Two litres", " "],
        quotes=[QUOTE, Quote("returns.md", "The label costs 5 euros.")], history=turns,
    )  # fmt: skip
    [stored] = read_drafts(corpus)
    draft = stored.draft
    assert (kept, stored.review, draft.question) == ("waits", "waiting", "How much is in it?")
    assert draft.answers == ("Two litres",) and draft.history == turns and draft.needs_all and draft.passes
    keep_drafts(corpus, [draft.id], documents)
    questions, problems = load_questions(corpus / "questions.jsonl", documents)
    assert questions[-1].source == draft.source and draft.source.date == today() and not problems
    assert (draft.source.by, draft.source.name, len(questions[-1].evidence)) == ("person", "Playground", 2)


def test_what_is_asked_already_is_not_drafted_again(corpus: Path, documents: tuple[Document, ...]) -> None:
    assert keep_for_review(corpus, "what does the LABEL cost?", documents, name="x") == "is a question"
    assert keep_for_review(corpus, "Is it blue?", documents, name="x", answerable=False) == "waits"
    assert keep_for_review(corpus, "is it  blue?", documents, name="x") == "is a draft"
    assert [one.draft.answerable for one in read_drafts(corpus)] == [False]


def test_a_quote_that_is_not_found_leaves_the_draft_out_with_its_reason(
    corpus: Path, documents: tuple[Document, ...]
) -> None:
    lost = Quote("water.md", "It holds nine litres.")
    assert keep_for_review(corpus, "How much?", documents, name="x", quotes=[lost]) == "left out"
    assert read_drafts(corpus)[0].draft.failed_checks == {"quote": "the quote is not found in the document"}


def test_an_empty_question_and_a_sample_are_refused(corpus: Path, documents: tuple[Document, ...]) -> None:
    with pytest.raises(QuestionError, match="empty"):
        keep_for_review(corpus, "  ", documents, name="x")
    (corpus / MARK).write_text("A sample.")
    with pytest.raises(CorpusError, match="read-only"):
        keep_for_review(corpus, "Why?", documents, name="x")


def test_coverage_names_the_longest_document_first_that_nobody_asks_about(corpus: Path) -> None:
    asked = find_evidence_documents(corpus)
    assert sum("water.md" in names for names in asked) == 2 and sum(not names for names in asked) == 2
    words = {"water.md": 20, "heaters.md": 20, "long.md": 900, "short.md": 50}
    coverage = count_coverage(words, asked, [["short.md", "short.md"]])
    assert [d.document for d in coverage.documents] == ["long.md", "short.md", "heaters.md", "water.md"]
    assert (coverage.covered, coverage.uncovered_long) == (3, 1)
    assert (coverage.documents[1].drafts, coverage.documents[-1].questions) == (1, 2)
