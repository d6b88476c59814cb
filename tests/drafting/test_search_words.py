"""Search words over small documents: which words, for which passage, and where none are certain.
Knows nothing about files."""

from __future__ import annotations

import pytest

from workbench.corpus.draft_types import RULE_KINDS, SEARCH_WORDS
from workbench.corpus.sections import read_sections
from workbench.corpus.types import Document
from workbench.drafting.checks import FINDS_ANOTHER
from workbench.drafting.draft_corpus import check_kinds
from workbench.drafting.draft_questions import draft_questions
from workbench.drafting.noun_phrases import NounPhrases
from workbench.drafting.passages import read_passages
from workbench.drafting.rules.search_words import SearchWords
from workbench.drafting.types import Candidate
from workbench.drafting.vocabulary import read_vocabulary
from workbench.drafting.whole_passages import cut_passages

FROST = (
    "The housing must be drained before the first frost, or the water inside it splits the seam. Open the lower "
    "valve and leave it open until spring comes. Damage by frost is repaired at cost."
)
MOTOR = (
    "The drive belt of the dryer runs from the motor to the drum. Turn the drum by hand, and look at the drive "
    "belt and the tension pulley. If the belt of the drum squeals, loosen the tension pulley by half a turn. The "
    "pulley of a sound dryer turns freely."
)


def queries(*documents: Document, siblings: tuple[str, ...] = ()) -> list[Candidate]:
    sections = {document.name: read_sections(document) for document in documents}
    passages = read_passages(documents)
    rule = SearchWords(sections, read_vocabulary(documents), passages.usual, siblings)
    return [candidate for own in sections.values() for section in own for candidate in rule.draft(section)]


def page(text: str, title: str = "Cove filter", name: str = "a.md", kind: str = "markdown") -> Document:
    return Document(name, title, text, kind)


def test_a_whole_section_is_found_by_its_heading() -> None:
    [query] = queries(page(f"# Cove filter\n\n## Winter storage\n\n{FROST}\n"))
    assert (query.kind, query.question, query.answer) == (SEARCH_WORDS, "Winter storage", FROST)
    assert query.bare_question == query.question and not query.names_title


def test_a_heading_of_one_word_and_documents_alike_need_the_title() -> None:
    [query] = queries(page(f"# Cove filter\n\n## Frost\n\n{FROST}\n"))
    assert query.question == "Cove filter Frost" and query.names_title
    [query] = queries(page(f"# Cove filter\n\n## Winter storage\n\n{FROST}\n"), siblings=("a.md",))
    assert query.question == "Cove filter Winter storage"


@pytest.mark.parametrize(
    "heading", ["If it freezes", "What is not covered", "Drain the housing", "Tips", "Fixed"]
)
def test_a_heading_that_names_nothing_is_no_search_word(heading: str) -> None:
    found = queries(page(f"# Cove filter\n\n## {heading}\n\n{FROST}\n"))
    assert not any(query.question.endswith(heading) for query in found)


def test_a_paragraph_is_found_by_two_phrases_that_it_is_about() -> None:
    [query] = queries(page(MOTOR, "Dryer", "dryer.txt", "text"))
    assert query.question == "Dryer drive belt tension pulley" and query.answer == MOTOR


def test_words_that_stand_together_in_another_passage_do_not_tell_one() -> None:
    filler = "\n\n".join(f"Captain {number} came at noon with nine others." for number in range(40))
    again = (
        "A drive belt and a tension pulley are in the box of spare parts, which nobody should open in haste."
    )
    dryer = [page(f"{MOTOR}\n\n{filler}\n\n{last}", "Dryer", "dryer.txt", "text") for last in ("", again)]
    assert [query.answer for query in queries(dryer[0])] == [MOTOR]
    assert not queries(dryer[1])


@pytest.mark.parametrize(
    ("sentence", "phrases"),
    [
        ("The drive belt slips.", []),  # "drive belt slips" may be a noun
        ("Look at the drive belt of the dryer.", ["drive belt", "dryer"]),
        ("It was drafted in Port Ellery by the council.", ["Port Ellery", "council"]),
        ("Take good care of the same thing in March.", []),
        ("It is available and was replaced.", []),
    ],
)
def test_noun_phrases_end_where_a_verb_may_begin(sentence: str, phrases: list[str]) -> None:
    usual = [
        "The belt of the dryer.",
        "The dryer has a drive belt.",
        "The council met in the council of Port Ellery.",
    ]
    document = page("\n\n".join(usual))
    reader = NounPhrases([*usual, sentence], read_vocabulary([document]))
    assert [phrase.text for phrase in reader.find(sentence)] == phrases


def test_a_saved_page_is_cut_by_its_short_lines() -> None:
    text = f"Dryer\n\nCare\n{FROST}\nDrive belts\n{MOTOR}\n"
    found = [p for s in read_sections(page(text, "Dryer", "a.txt", "text")) for p in cut_passages(s)]
    assert [(p.heading, p.whole.text) for p in found if p.heading] == [
        ("Care", FROST),
        ("Drive belts", MOTOR),
    ]
    joined = "Tips for Owners Make sure that the housing is drained before the first frost of every single year, or the seam splits and leaks."
    assert not [p for s in read_sections(page(joined, "Dryer", "a.txt", "text")) for p in cut_passages(s)]


def test_questions_come_first_and_search_words_fill_the_count() -> None:
    text = (
        f"# Cove filter\n\n## Winter storage\n\n{FROST} Keep a spare drive belt at hand.\n\n"
        f"## Drive belt\n\n{MOTOR}\n"
    )
    drafted = draft_questions([page(text)], 9, kinds=RULE_KINDS)
    asked = [(draft.kind, draft.question) for draft in drafted.drafts]
    assert asked == [
        ("heading", "What does “Cove filter” say about “Winter storage”?"),
        (SEARCH_WORDS, "Drive belt tension pulley"),
    ]
    one = draft_questions([page(text)], 1, kinds=RULE_KINDS)
    assert [draft.kind for draft in one.drafts] == ["heading"]
    without = draft_questions([page(text)], 9)
    assert [draft.kind for draft in without.drafts] == ["heading"]
    assert any("Search words may add some" in note for note in without.notes)
    assert check_kinds(["all"]) == RULE_KINDS


def test_search_words_that_lead_to_another_passage_are_left_out_with_the_reason() -> None:
    documents = [
        page(f"# Dryer\n\n## Winter rest\n\n{MOTOR}\n", "Dryer"),
        page(f"# Cove filter\n\n## Frost\n\n{FROST} Winter is hard.\n", "Cove filter in winter", "b.md"),
    ]
    report = draft_questions(documents, 9, kinds=[SEARCH_WORDS])
    reasons = {draft.question: draft.left_out_for for draft in report.left_out}
    assert reasons == {"Winter rest": FINDS_ANOTHER}
