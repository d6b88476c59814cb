"""Drafting over whole corpora: quotes are found, nothing is asked twice, unanswerable questions stay unanswered.
Knows nothing about files."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import PROJECT
from workbench.corpus.corpus import load_corpus
from workbench.corpus.draft_types import KINDS
from workbench.corpus.quotes import find_quotes
from workbench.corpus.readers.extracted_text import clean
from workbench.corpus.types import Corpus, Document
from workbench.drafting import checks
from workbench.drafting.draft_questions import draft_questions
from workbench.drafting.types import DraftReport


@cache
def sample(name: str) -> Corpus:
    return load_corpus(name, PROJECT / "corpora")


@cache
def drafted(name: str, count: int) -> DraftReport:
    return draft_questions(sample(name).documents, count)


@pytest.mark.parametrize(("name", "count"), [("first-steps", 24), ("harbor-support", 147)])
def test_every_draft_of_the_samples_has_its_answer_in_a_quote_that_is_found(name: str, count: int) -> None:
    by_name = {d.name: d for d in sample(name).documents}
    report = drafted(name, count)
    for draft in report.drafts:
        assert draft.kind in KINDS and draft.question[0].isupper() and draft.question.endswith("?")
        for quote in (*draft.quotes, *draft.evidence):
            assert quote.text in by_name[quote.document].text
            assert find_quotes(by_name[quote.document].text, quote.text)
        assert draft.answerable == bool(draft.answers) == bool(draft.evidence)


def test_no_long_document_is_left_without_a_draft_at_three_per_document() -> None:
    documents = sample("harbor-support").documents
    report = drafted("harbor-support", 3 * len(documents))
    touched = {quote.document for draft in report.drafts for quote in draft.quotes}
    assert {d.name for d in documents if len(d.text.split()) > 200} <= touched
    assert len(report.drafts) == 3 * len(documents) and report.touched == len(documents)


def test_the_same_seed_gives_the_same_drafts_and_another_gives_others() -> None:
    documents = sample("first-steps").documents
    first, again = (draft_questions(documents, 16, seed=7).drafts for _ in range(2))
    assert first == again
    assert first != draft_questions(documents, 16, seed=8).drafts


def test_no_question_is_drafted_twice_nor_one_that_is_there_already() -> None:
    first = drafted("first-steps", 24).drafts
    keys = [checks.question_key(d.question) for d in first]
    assert len(set(keys)) == len(keys)
    taken = [d.question for d in first]
    more = draft_questions(sample("first-steps").documents, 24, taken=taken).drafts
    assert not {checks.question_key(d.question) for d in more} & set(keys)


def test_unanswerable_questions_name_something_that_no_document_has() -> None:
    report = draft_questions(sample("harbor-support").documents, 20, kinds=["unanswerable"])
    assert len(report.drafts) == 20
    assert not any(draft.answerable or draft.answers for draft in report.drafts)


def test_the_same_sentence_in_two_documents_is_evidence_in_both() -> None:
    text = "# {}\n\n## Returns\n\nUnopened Skiff kettles can be returned within 14 days of delivery.\n"
    documents = [Document(f"{n}.md", n, text.format(n), "markdown") for n in ("North", "South")]
    report = draft_questions(documents, 5, kinds=["number"])
    [draft] = report.drafts
    assert {quote.document for quote in draft.evidence} == {"North.md", "South.md"}
    assert draft.as_row()["any"] is True and report.dropped == {checks.DUPLICATE: 1}


def test_where_two_documents_differ_the_question_names_its_document() -> None:
    text = "# {}\n\n## Returns\n\nUnopened Skiff kettles can be returned within {} days of delivery.\n"
    documents = [
        Document(f"{n}.md", n, text.format(n, d), "markdown") for n, d in (("North", 14), ("South", 30))
    ]
    questions = [d.question for d in draft_questions(documents, 5, kinds=["number"]).drafts]
    assert sorted(q.rsplit("“")[-1] for q in questions) == ["North”?", "South”?"]


def test_a_corpus_of_one_sentence_and_one_in_another_language_say_what_is_wrong() -> None:
    one = draft_questions([Document("a.txt", "a", "Nothing here.", "text")], 5)
    assert one.drafts == () and "0 drafts, of 5 asked for" in one.notes[-1]
    german = (
        "Die Garantie gilt zwei Jahre ab dem Tag der Lieferung, und die Teile werden zehn Jahre vorgehalten. "
        * 5
    )
    other = draft_questions([Document("b.txt", "b", german, "text")], 5)
    assert other.drafts == () and "do not look English" in other.notes[0]


PIECES = st.sampled_from([
    "The pump of the Tide 2 holds 1.8 litres.", "Orders leave at 16:00 and arrive within 3 days.", "## Care & <b>",
    "- Chat: 90 seconds", "- Phone: 5 minutes", "| Part | Price |\n|---|---|\n| Ring | £4 |", "**Can I use pods?** No.",
    "“Quoted” [link](http://x.y/z) costs $5.", "```\ncode 5 days\n```", "Quay is a plan for offices | cafés.", "…",
    "Zone 1 is the Netherlands, Belgium and France.", "\u200bOdd\u00a0spaces are kept for 7\u202fdays.",
])  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, min_size=1, max_size=8), st.text(max_size=40).map(clean))
def test_whatever_a_document_holds_quotes_are_found_and_nothing_in_a_question_is_live(
    pieces: list[str], odd: str
) -> None:
    document = Document("a.md", "Title", "# Title\n\n" + "\n\n".join([*pieces, odd]), "markdown")
    for draft in draft_questions([document], 20).drafts:
        assert not any(mark in draft.question for mark in "<>[]|`*")
        for quote in (*draft.quotes, *draft.evidence):
            assert quote.text in document.text and find_quotes(document.text, quote.text)
