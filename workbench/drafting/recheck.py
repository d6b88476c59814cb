"""Checks a draft again after a person has changed its words, as far as that needs neither model nor search.
Knows nothing about pages and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workbench.corpus.conversation import as_line
from workbench.corpus.draft_types import OK, QUOTE_NOT_FOUND, Draft
from workbench.corpus.quotes import find_quotes
from workbench.corpus.sections import Place
from workbench.corpus.types import Document
from workbench.drafting import checks
from workbench.drafting.personal_data import PERSONAL_DATA, check_personal_data
from workbench.drafting.types import Candidate
from workbench.pipeline.question_copies import DUPLICATE, question_key

AGAIN = ("quote", "answer", "context", "wording", "duplicate", PERSONAL_DATA)
"""The checks that are run again, where the draft has them. The others are not known after an edit."""


def recheck(draft: Draft, documents: Mapping[str, Document], others: Iterable[str]) -> dict[str, str]:
    """The verdicts on a draft as it is now; those that are not known any more are left out.

    others: the corpus's questions and the other drafts, each as a line.
    """
    verdicts = {
        "quote": _check_quotes(draft, documents),
        "answer": _check_answer(draft),
        "context": _check_context(draft),
        "wording": OK,  # a person has written it
        "duplicate": DUPLICATE if question_key(as_line(draft.asked)) in map(question_key, others) else OK,
        PERSONAL_DATA: check_personal_data(draft),
    }
    return {name: verdicts[name] for name in draft.checks if name in AGAIN}


def _check_context(draft: Draft) -> str:
    if draft.source_by == "rule":
        return checks.check_context(_as_candidate(draft))
    return checks.check_written_context(draft.kind, draft.question)


def _as_candidate(draft: Draft) -> Candidate:
    answer = draft.answers[0] if draft.answers else ""
    return Candidate(draft.kind, draft.question, answer, Place(0, 0), Place(0, 0))


def _check_quotes(draft: Draft, documents: Mapping[str, Document]) -> str:
    for quote in draft.quotes:
        document = documents.get(quote.document)
        if document is None or not find_quotes(document.text, quote.text):
            return QUOTE_NOT_FOUND
    return OK


def _check_answer(draft: Draft) -> str:
    quotes = "\n".join(quote.text for quote in draft.quotes)
    found = any(checks.holds_answer(quotes, answer) for answer in draft.answers)
    return OK if found or not draft.answers else checks.ANSWER_NOT_IN_QUOTE
