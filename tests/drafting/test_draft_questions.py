"""Drafting over whole corpora: quotes are found, nothing is asked twice, unanswerable questions stay unanswered.
Knows nothing about files."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import PROJECT
from workbench.corpus.corpus import load_corpus
from workbench.corpus.draft_types import KINDS, SEARCH_WORDS, Draft
from workbench.corpus.quotes import find_quotes
from workbench.corpus.readers.extracted_text import clean
from workbench.corpus.types import Corpus, Document
from workbench.drafting import checks
from workbench.drafting.draft_questions import draft_questions
from workbench.drafting.passages import read_passages
from workbench.drafting.types import DraftReport
from workbench.drafting.unanswerable import exchange, read_words
from workbench.drafting.vocabulary import read_vocabulary
from workbench.pipeline.question_copies import DUPLICATE, question_key

pytestmark = pytest.mark.xdist_group("drafts by rules")  # the samples are read and drafted from once


@cache
def sample(name: str) -> Corpus:
    return load_corpus(name, PROJECT / "corpora")


@cache
def drafted(name: str, count: int) -> DraftReport:
    return draft_questions(sample(name).documents, count)


read_once = cache(read_passages)


@pytest.fixture(autouse=True)
def passages_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading and encoding a sample takes longer than drafting from it, and depends on nothing but its text."""
    module = sys.modules[draft_questions.__module__]
    monkeypatch.setattr(module, "read_passages", lambda documents: read_once(tuple(documents)))


@pytest.mark.parametrize(("name", "count"), [("first-steps", 24), ("harbor-support", 147)])
def test_every_draft_of_the_samples_has_its_answer_in_a_quote_that_is_found(name: str, count: int) -> None:
    by_name = {d.name: d for d in sample(name).documents}
    report = drafted(name, count)
    for draft in report.drafts:
        is_query = draft.kind == SEARCH_WORDS
        assert draft.kind in KINDS
        assert is_query != (draft.question[0].isupper() and draft.question.endswith("?"))
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


STORIES = (
    " ".join(f"Captain {name} came at noon with nine others." for name in "abcdefghijklmnopqrstuvwxyz") + "\n"
)


@pytest.mark.parametrize(
    ("first", "question", "answer"),
    [
        (
            "Table salt (NaCl, also called common salt) is a mineral of sodium and chlorine.",
            "What is Table salt?",
            "a mineral of sodium and chlorine",
        ),
        (
            "The table salt was the first president of the club.",
            "Who was the table salt?",
            "the first president of the club",
        ),
        (
            "This short guide explains how salt is made.",
            "What is “Table salt” about?",
            "This short guide explains how salt is made.",
        ),
        (
            "Table salt is a mineral and is found in the sea.",
            "What is “Table salt” about?",
            "Table salt is a mineral and is found in the sea.",
        ),
    ],
)
def test_a_long_document_without_headings_is_asked_what_its_title_names_or_what_it_is_about(
    first: str, question: str, answer: str
) -> None:
    document = Document("salt.txt", "Table salt", f"{first} {STORIES}", "text")
    [draft] = draft_questions([document], 3, kinds=["heading"]).drafts
    assert (draft.question, draft.answers) == (question, (answer,))
    for other in (
        "Nobody knows who was first to use it.", "Why is this guide about salt?",
        "Table salt ( listen) is what some people eat too much of.",
    ):  # fmt: skip
        assert not draft_questions(
            [replace(document, text=f"{other} {STORIES}")], 3, kinds=["heading"]
        ).drafts
    short = Document("salt.txt", "Table salt", f"{first} {STORIES[:600]}", "text")
    assert not draft_questions([short], 3, kinds=["heading"]).drafts


def test_a_page_without_another_draft_is_asked_for_a_whole_section_or_for_what_it_says_first() -> None:
    code = "client = connect(key='k', limit=5)\nprint(client.rows[0], client.state)\n" * 60
    log = "Change log\n\n\nWe always recommend the newest release whenever possible.\n" + code
    notes = (
        "# c\n\n## Keys\n\nAsk at the desk for keys.\n\n## Doors\n\n```\n" + code + "```\n\nKeys fit doors.\n"
    )
    bare = "Python\n\n\nPython library GitHub repo\n" + code
    german = (
        "# Start\n\n" + code + "Bitte nutzen Sie nur die neueste Fassung und kein anderes Programm dafür.\n"
    )
    documents = [
        Document("a.txt", "a", log, "text"),
        Document("b.txt", "b", bare, "text"),
        Document("c.md", "c", notes, "markdown"),
        Document("d.txt", "d", german, "text"),
    ]
    report = draft_questions(documents, 9)
    asked = {draft.quotes[0].document: (draft.question, draft.answers[0]) for draft in report.drafts}
    assert asked == {
        "a.txt": (
            "What does “a” say first under “Change log”?",
            "We always recommend the newest release whenever possible.",
        ),
        "c.md": ("What does “c” say under “Keys”?", "Ask at the desk for keys."),
    }  # the other begins with the words of a link
    assert "1 of 4 documents do not look English" in report.notes[0]


def test_no_two_drafts_of_a_document_have_one_answer() -> None:
    said = "The pump is made for 25,000 shots of the machine."
    text = f"# Guide\n\n## Wear\n\n{said}\n\n## Old parts\n\n{said}\n"
    report = draft_questions([Document("a.md", "Guide", text, "markdown")], 5, kinds=["heading"])
    assert len(report.drafts) == 1 and report.dropped[DUPLICATE] == 1


@pytest.mark.timeout(400)  # it takes some 8 s; when each draft searched all rows it never ended
def test_thousands_of_rows_are_drafted_from() -> None:
    rows = "\n".join(f"Station: Stop {n}; Docks: {n * 3}; Roof: slate" for n in range(3000))
    report = draft_questions([Document("stops.csv", "stops", rows, "csv")], 120)
    assert len(report.drafts) == 120


def test_the_same_seed_gives_the_same_drafts_and_another_gives_others() -> None:
    documents = sample("first-steps").documents
    first, again = (draft_questions(documents, 16, seed=7).drafts for _ in range(2))
    assert first == again
    assert first != draft_questions(documents, 16, seed=8).drafts


def test_no_question_is_drafted_twice_nor_one_that_is_there_already() -> None:
    first = drafted("first-steps", 24).drafts
    keys = [question_key(d.question) for d in first]
    assert len(set(keys)) == len(keys)
    taken = [d.question for d in first]
    more = draft_questions(sample("first-steps").documents, 24, taken=taken).drafts
    assert not {question_key(d.question) for d in more} & set(keys)


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
    assert draft.as_row()["any"] is True and report.dropped == {DUPLICATE: 1}


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


def test_wordings_of_one_fact_share_a_group_an_answer_and_a_quote() -> None:
    report = draft_questions(sample("first-steps").documents, 30, kinds=["number", "date"], wordings=3)
    groups: dict[str, list[Draft]] = {}
    for draft in report.drafts:
        groups.setdefault(draft.group or draft.id, []).append(draft)
    assert {len(group) for group in groups.values()} & {2, 3}
    for group in groups.values():
        assert len({(draft.answers, draft.quotes, draft.evidence) for draft in group}) == 1
        assert len({draft.question for draft in group}) == len(group) <= 3


@pytest.mark.parametrize(
    "line",
    [
        "Role Content User You advise a client. Every client needs the money in 5 years for a house.",
        "User: What now? Every client needs the money in 5 years for a house. Assistant: I would wait.",
        "Read {{LETTER}}. Every client needs the money in 5 years for a house.",
    ],
)
def test_nothing_is_asked_of_what_stands_in_an_example_of_a_prompt(line: str) -> None:
    plain = "# Advice\n\nEvery client needs the money in 5 years for a house.\n"
    assert draft_questions([Document("a.md", "Advice", plain, "markdown")], 4).drafts
    report = draft_questions([Document("a.md", "Advice", f"# Advice\n\n{line}\n", "markdown")], 4)
    assert not report.drafts and checks.IN_AN_EXAMPLE in report.dropped


def test_an_answer_of_one_sentence_that_points_around_it_hangs_on_context() -> None:
    said = "If you contact support about a failed order, include this number to help the team."
    report = draft_questions([Document("a.md", "Orders", f"# Orders\n\n{said}\n", "markdown")], 4)
    assert not [d for d in report.drafts if d.kind == "situational"]
    assert checks.MISSING_CONTEXT in report.dropped


def test_a_place_is_exchanged_for_another_of_its_sort() -> None:
    text = "Larkin County grows. People move to Larkin County, and the county of theirs to Larkin."
    documents = [Document("a.md", "Places", text, "markdown")]
    words, vocabulary = read_words(documents), read_vocabulary(documents)
    question = "What is Larkin County?"
    (made,) = exchange(question, words, vocabulary, random.Random(7), places=False)
    assert made[0].endswith(" County?") and "Larkin" not in made[0]


def test_no_document_is_named_for_a_thing_that_its_title_does_not_name() -> None:
    text = "Larkin Cargo carries 80 kg. Everybody likes Larkin Cargo, and the wheels of Larkin."
    documents = [Document("a.md", "Larkin Cargo", text, "markdown")]
    words, vocabulary = read_words(documents), read_vocabulary(documents)
    for question, allowed in (
        ("What does Larkin Cargo carry?", True),
        ("What does Larkin Cargo carry, according to “Riding the Larkin Cargo”?", False),
        ("What happens at Level 3?", False),
        ("What is the price of “Ember 15, Ember 20” in pounds?", False),
        ("What is the price of “Ember 15” in pounds?", True),
    ):
        made = list(exchange(question, words, vocabulary, random.Random(7), places=False))
        assert bool(made) == allowed


def test_a_sentence_that_is_said_twice_gives_one_unanswerable_question() -> None:
    said = "Orders of the Ember 15 arrive within 3 working days."
    text = f"# Orders\n\n{said}\n\n## Again\n\n{said}\n\n## Once more\n\n{said}\n"
    report = draft_questions([Document("a.md", "Orders", text, "markdown")], 9, kinds=["unanswerable"])
    assert len(report.drafts) == 1


def test_the_small_sample_gives_unanswerable_questions_too() -> None:
    drafts = draft_questions(sample("first-steps").documents, 5, kinds=["unanswerable"]).drafts
    assert len(drafts) == 5 and not any(draft.answerable for draft in drafts)


def test_a_question_like_one_that_is_there_is_left_out_with_its_reason() -> None:
    document = Document("a.md", "A", "# A\n\nThe grey tank of the Tide 2 holds 1.8 litres.\n", "markdown")
    [draft] = draft_questions([document], 1, kinds=["number"]).drafts
    like = draft.question.replace("grey", "grey steel").replace("How many litres", "How many litres today")
    report = draft_questions([document], 1, kinds=["number"], taken=[like])
    [left] = report.left_out
    assert not report.drafts and left.is_left_out and "exists already" in left.checks["duplicate"]


def test_a_passage_with_the_same_answer_is_evidence_too() -> None:
    one = "# North\n\nUnopened Skiff kettles can be returned within 14 days of delivery.\n"
    other = "# South\n\nBack to us: unopened Skiff kettles, returned within 14 days of delivery or sooner.\n"
    documents = [Document("n.md", "North", one, "markdown"), Document("s.md", "South", other, "markdown")]
    drafts = draft_questions(documents, 5, kinds=["number"]).drafts
    assert {quote.document for quote in drafts[0].evidence} == {"n.md", "s.md"}


def test_a_long_csv_file_and_one_long_line_are_drafted_from() -> None:
    rows = "\n".join(f"Station: Stop {n}; Docks: {3 * n}; Roof: slate" for n in range(300))
    line = "The tank of the Tide 2 holds 1.8 litres. " * 300
    documents = [Document("a.csv", "stops", rows, "csv"), Document("b.txt", "b", line, "text")]
    report = draft_questions(documents, 4)
    assert len(report.drafts) == 4 and report.touched == 2
    assert len(draft_questions(documents, 1).drafts) == 1


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
