"""The filters that ask nobody, the excerpts, and the order of tasks.
Knows nothing about models."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import PROJECT
from workbench.corpus.corpus import load_corpus
from workbench.corpus.draft_types import MODEL_KINDS, OK
from workbench.corpus.sections import LONGEST_EVIDENCE
from workbench.corpus.types import Document
from workbench.drafting import checks
from workbench.drafting.model import filters
from workbench.drafting.model.excerpts import read_excerpts
from workbench.drafting.model.tasks import TaskQueue, choose_kinds
from workbench.drafting.passages import read_passages
from workbench.pipeline.question_copies import check_duplicate, question_key


@pytest.mark.parametrize("question", [
    "What does the document say about bikes?", "How long is this policy valid?", "What is mentioned in the text?",
    "According to the passage, who may ride?", "How long does it take?", "What is listed above?",
])  # fmt: skip
def test_questions_that_hang_on_what_is_not_there(question: str) -> None:
    assert checks.check_written_context("direct", question) != OK
    assert checks.check_written_context("follow-up", question) == OK


@pytest.mark.parametrize("question", [
    "How long may I keep a bike before I bring it back?", "What is open this year in winter?",
    "Who signs the document of membership?", "I have lost my key. What does it cost to replace it?",
])  # fmt: skip
def test_questions_that_make_sense_alone(question: str) -> None:
    assert checks.check_written_context("direct", question) == OK


def test_the_answer_must_be_in_the_quote() -> None:
    quote = "The tank of the Tide holds two litres and weighs 3 kg."
    question = "How much does the tank of the Tide hold?"
    assert filters.check_answer(question, "two litres", [quote]) == OK
    assert filters.check_answer(question, "The tank holds two litres.", [quote]) == OK
    assert filters.check_answer(question, "five litres", [quote]) != OK
    assert filters.check_answer(question, "not answered", [quote]) == filters.NO_ANSWER


def test_a_question_must_not_hold_its_answer() -> None:
    assert filters.check_given_away("direct", "Does the blue card open the lockers?", "the blue card") != OK
    assert filters.check_given_away("direct", "Is it the blue or the red card?", "the blue card") == OK
    assert filters.check_given_away("comparison", "Is the Tide larger than the Ember?", "the Tide") == OK


def test_a_heading_is_no_question() -> None:
    text = "## Unlocking\n\nScan the code. Can I ride alone? Yes."
    assert filters.check_copied("unanswerable", "Unlocking", [text]) == filters.COPIED
    assert filters.check_copied("direct", "Can I ride alone?", [text]) == OK
    assert filters.check_copied("direct", "Who may ride alone?", [text]) == OK


def test_nearly_the_same_words_are_a_duplicate() -> None:
    keys = [question_key("How long may visitors park in the yard behind the station?")]
    assert check_duplicate("How long may visitors park in the yard behind the station?", keys) != OK
    assert check_duplicate("How long may visitors park behind the station in the yard now?", keys) != OK
    assert check_duplicate("What do visitors pay in the yard?", keys) == OK
    other = [question_key("What is the power of the Ember 20?")]
    assert check_duplicate("What is the power of the Ember 30?", other) == OK


@given(st.lists(st.sampled_from(["# H", "word " * 40, "- item one two", "| a | b |", "x" * 4000, "", "Ja."])))
@settings(max_examples=40, deadline=None)
def test_excerpts_are_short_and_lie_in_their_document(blocks: list[str]) -> None:
    document = Document("a.md", "A", "\n\n".join(blocks), "markdown")
    for excerpt in read_excerpts(document):
        assert 0 <= excerpt.place.start < excerpt.place.end <= len(document.text)
        assert len(excerpt.text) <= LONGEST_EVIDENCE


def test_every_part_of_a_long_section_is_in_an_excerpt() -> None:
    paragraphs = [
        f"Paragraph {n} says that the pump of hall {n} is checked every month." * 4 for n in range(12)
    ]
    document = Document("a.md", "A", "# Pumps\n\n" + "\n\n".join(paragraphs), "markdown")
    excerpts = read_excerpts(document)
    assert len(excerpts) > 2
    assert all(any(paragraph in excerpt.text for excerpt in excerpts) for paragraph in paragraphs)


def test_a_corpus_of_one_sentence_has_an_excerpt() -> None:
    (excerpt,) = read_excerpts(Document("a.txt", "A", "The tank holds two litres.", "text"))
    assert excerpt.text == "The tank holds two litres."


def test_tasks_come_evenly_over_documents_and_kinds_and_in_the_same_order() -> None:
    documents = load_corpus("first-steps", PROJECT / "corpora").documents
    passages = read_passages(documents)
    kinds = choose_kinds((), follow_ups=True)
    assert kinds == MODEL_KINDS

    def take() -> list[tuple[str, str, int]]:
        queue = TaskQueue(documents, kinds, 7, passages)
        taken = []
        for _ in range(10):
            for task in queue.take(4):
                queue.note(task, 1)
                taken.append((task.document, task.kind, task.excerpts[0].place.start))
        return taken

    tasks = take()
    assert tasks == take()
    assert set(Counter(name for name, _, _ in tasks).values()) == {5}
    counts = Counter(kind for _, kind, _ in tasks)
    assert set(counts) == set(MODEL_KINDS) and counts["direct"] == max(counts.values())
    assert counts["unanswerable"] in (5, 6, 7)


def test_a_document_whose_drafts_fail_does_not_take_the_turns_of_all_others() -> None:
    documents = load_corpus("first-steps", PROJECT / "corpora").documents
    queue = TaskQueue(documents, ("direct",), 7, read_passages(documents))
    failing = documents[0].name
    taken = []
    for _ in range(5):
        for task in queue.take(8):
            queue.note(task, int(task.document != failing))
            taken.append(task.document)
    assert Counter(taken)[failing] <= 8 and len(set(taken)) == len(documents)
