"""Sends a question that somebody asked to the drafts of a corpus, to be reviewed ("keep as a question").
Knows nothing about where it was asked: in the Playground, in an experiment, or of a service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from workbench.corpus.draft_file import add_drafts, read_draft_file
from workbench.corpus.draft_types import ASKED, OK, QUOTE_NOT_FOUND, Draft, Quote
from workbench.corpus.question_editing import read_rows, today
from workbench.corpus.question_rows import make_question_id, turns_of_row, what_is_asked
from workbench.corpus.quotes import find_quotes
from workbench.corpus.types import Document, QuestionSource, Turn
from workbench.errors import QuestionError

Kept = Literal["waits", "left out", "is a draft", "is a question"]
"""What became of a question: it waits for review now, it was left out because a quote was not found, it was a
draft already, or the corpus has it."""


def asked_by_person(name: str) -> QuestionSource:
    """The source of a question that a person asked today.

    name: where it was asked.
    """
    return QuestionSource("person", name, date=today())


def asked_of_service(service: str, why: str) -> QuestionSource:
    """The source of a question that people asked a service and somebody took over today.

    service: its name.
    why: what was wrong with the request, such as "disliked".
    """
    return asked_by_person(f"{service}: {why}")


def find_service(source_name: str) -> str:
    """The name of the service that a question was asked of, from the name of its source."""
    return source_name.rpartition(": ")[0]


def find_same(corpus: Path, question: str, history: Sequence[Turn] = ()) -> Kept | None:
    """Whether a corpus has the question already, whatever its typography and case; None when it has not.

    history: the earlier turns, oldest first, in which it is a follow-up question.
    """
    same = what_is_asked(question, tuple(history))
    rows = read_rows(corpus).values()
    if any(what_is_asked(row["question"], turns_of_row(row)) == same for row in rows):
        return "is a question"
    drafts = (one.draft for one in read_draft_file(corpus).drafts)
    if any(what_is_asked(draft.question, draft.history) == same for draft in drafts):
        return "is a draft"
    return None


def keep_for_review(
    corpus: Path,
    question: str,
    documents: Iterable[Document],
    *,
    name: str,
    answers: Sequence[str] = (),
    quotes: Sequence[Quote] = (),
    answerable: bool = True,
    history: Sequence[Turn] = (),
) -> Kept:
    """Add a question to a corpus's drafts, unless it or a draft asks the same.

    documents: those of the corpus, in which the quotes are looked up; one that is not found is said on the
        draft.
    name: where it was asked, such as "Playground".
    answers: what is right, not what was answered.
    answerable: whether the documents answer it.

    Raises QuestionError for an empty question, and CorpusError for a sample corpus, which is read-only.
    """
    text = " ".join(question.split())
    if not text:
        raise QuestionError("The question is empty.")
    same = find_same(corpus, text, history)
    if same is not None:
        return same
    source = asked_by_person(name)
    texts = {document.name: document.text for document in documents}
    found = all(find_quotes(texts.get(quote.document, ""), quote.text) for quote in quotes)
    draft = Draft(
        make_question_id(text, tuple(history)), text, tuple(a.strip() for a in answers if a.strip()),
        tuple(quotes), tuple(quotes), answerable, ASKED, source_by=source.by, source_name=source.name,
        source_date=source.date, history=tuple(history),
        needs_all=len(quotes) > 1,
        checks={"quote": OK if found else QUOTE_NOT_FOUND} if quotes else {},
    )  # fmt: skip
    return "waits" if add_drafts(corpus, [draft]) else "left out"
