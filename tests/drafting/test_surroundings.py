"""What stands around a sentence decides whether it is asked about: what it speaks of, and what follows.
Knows nothing about files."""

from __future__ import annotations

import pytest

from workbench.corpus.types import Document
from workbench.drafting.checks import MISSING_CONTEXT, NOT_PLAIN
from workbench.drafting.draft_questions import draft_questions
from workbench.drafting.siblings import find_siblings
from workbench.drafting.surroundings import GOES_ON, SAID_TWICE, UNEXPLAINED
from workbench.drafting.types import DraftReport

KINDS = ["fact", "situational", "number", "price", "date", "name", "definition"]


def report(*texts: str, title: str = "Linden") -> DraftReport:
    """What is drafted of the sentences of documents."""
    documents = [
        Document(f"{number}.md", f"{title} {number}" if number else title, text, "markdown")
        for number, text in enumerate(texts)
    ]
    return draft_questions(documents, 9, kinds=KINDS)


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("A guild of smiths met in a barn.", "The guild was founded in 1767 on the wharf of Ghent."),
        ("His method is in a book of 1303.", "The opening pages contain a diagram of four wheels."),
        ("The pump was tried in two mills.", "Both mills of Ghent require the water of a deep river."),
        (
            "A prompt routes letters by metrics.",
            "If the metrics are low for a week, ask the clerk for others.",
        ),
        ("The council reads a bill three times.", "Stage 3 requires a vote of all the clerks."),
        ("Long letters come first in a prompt.", "Questions at the end require a clear mind of the clerk."),
        ("Smiths know three laws of the wheel.", "The third law requires a wheel of six spokes."),
        (
            "Hillview won the cup twice.",
            "Hillview Rovers was relegated from the country's top flight in 2013.",
        ),
        ("It was a cold year.", "Richard Smith left for Acre on 5 June, with his friends."),
    ],
)
def test_what_only_the_sentence_before_explains_is_not_asked(before: str, sentence: str) -> None:
    found = report(f"# Linden\n\n{before} {sentence}\n")
    assert not [d for d in found.drafts if d.quotes[0].text == sentence]
    assert found.dropped[UNEXPLAINED] >= 1


@pytest.mark.parametrize(
    "sentence",
    [
        "The Linden guild was founded in 1767 on a wharf.",
        "The causes of mill fires include dust, dry straw and old lamps.",
        "The river pump of a mill requires a deep shaft.",
        "Richard Smith left for Acre on 5 June 1191, with his friends.",
    ],
)
def test_what_is_named_or_completed_is_asked(sentence: str) -> None:
    [draft] = report(f"# Linden\n\nPumps are old. {sentence}\n").drafts
    assert draft.quotes[0].text == sentence


def test_the_thing_that_a_title_names_is_asked_about_with_the_title() -> None:
    text = "# The Quay plan\n\nMembers like it. The plan was changed on 1 May 2024.\n"
    [draft] = report(text, title="The Quay plan").drafts
    assert draft.question == "On what date was the plan changed, according to “The Quay plan”?"


@pytest.mark.parametrize(
    "following",
    [
        "It is also made for cafés.",
        "However, cafés need a second one.",
        "Additionally, cafés need a second one.",
        "\n\n- for cafés\n- for offices",
    ],
)
def test_a_sentence_that_the_text_goes_on_with_is_not_the_whole_answer(following: str) -> None:
    said = "Linden pumps are used to warm the river baths."
    assert len(report(f"# Linden\n\n{said} Otters swim.\n").drafts) == 1
    found = report(f"# Linden\n\n{said} {following}\n")
    assert not found.drafts and found.dropped[GOES_ON] == 1


def test_advice_that_goes_on_is_not_the_whole_answer() -> None:
    said = "If the lamp of a Linden pump stays red, call the depot."
    assert len(report(f"# Linden\n\n{said} Otters swim.\n").drafts) == 1
    assert report(f"# Linden\n\n{said} Keep the bill.\n").dropped[GOES_ON] == 1
    other = "If the lamp of a Linden pump turns blue, wait for a smith."
    assert len(report(f"# Linden\n\n{said} {other}\n").drafts) == 2


def test_another_amount_of_the_same_elsewhere_contradicts() -> None:
    said = "Members must send an appeal of a bill within 180 days."
    assert len(report(f"# Linden\n\n{said}\n\n## Fees\n\nA bill is due in 60 days.\n").drafts) >= 1
    other = "## Help\n\nAn appeal of a bill reaches us from members within 60 days."
    assert report(f"# Linden\n\n{said}\n\n{other}\n").dropped[SAID_TWICE] >= 1


def test_another_sentence_of_the_same_says_more() -> None:
    said = "The Head of Sales is responsible for the sales team and its targets."
    more = "The Head of Sales is responsible for all shops of the north."
    found = report(f"# Linden\n\n{said}\n\n## North\n\n{more}\n")
    assert not found.drafts and found.dropped[SAID_TWICE] == 2


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Our Linden pumps contain parts of old steel mills.", MISSING_CONTEXT),
        ("Linden replaced him with a smith from Ghent in May 1756.", MISSING_CONTEXT),
        ("If a Linden pump meets a rival pump, the clerk sends a smith to meet that pump.", MISSING_CONTEXT),
        ("Wheels and Belts for Mills and Small Workshops\nFittings were changed in 1767.", NOT_PLAIN),
    ],
)
def test_what_points_around_or_was_joined_is_dropped(sentence: str, reason: str) -> None:
    found = report(f"# Linden\n\n{sentence}\n")
    left = {verdict for draft in found.left_out for verdict in draft.checks.values()}
    assert not found.drafts and reason in {*found.dropped, *left}


def test_documents_alike_are_named_in_questions_of_facts() -> None:
    text = "# {0}\n\nMills in {0} repair pumps, wheels and belts. {1}\n"
    facts = (
        "Every Wheel Permit requires a stamp of two clerks.",
        "All Belt Orders require a letter of a smith.",
    )
    documents = [
        Document(f"{name}.md", name, text.format(name, fact), "markdown")
        for name, fact in zip(("North", "South"), facts, strict=True)
    ]
    fact = "All Badger Dens require the shade of a tree."
    other = Document("Otters.md", "Otters", f"# Otters\n\nOtters swim in rivers. {fact}\n", "markdown")
    assert find_siblings(documents) == {"North.md", "South.md"}
    assert find_siblings([documents[0], other]) == frozenset()
    asked = [draft.question for draft in draft_questions(documents, 9, kinds=["fact"]).drafts]
    assert len(asked) == 2 and all("according to “" in question for question in asked)
    [alone] = draft_questions([other], 9, kinds=["fact"]).drafts
    assert alone.question == "What do all Badger Dens require?"


def test_a_guide_may_speak_of_the_parts_of_its_thing_and_prose_may_not() -> None:
    text = "Rinse it once a week. The tank holds 2 litres."
    guide = Document("a.md", "Linden 2", f"# Linden 2\n\n{text}\n", "markdown")
    prose = Document("a.txt", "Linden 2", text, "text")
    [draft] = draft_questions([guide], 9, kinds=["number"]).drafts
    assert draft.question == "How many litres does the tank hold, according to “Linden 2”?"
    assert draft_questions([prose], 9, kinds=["number"]).dropped == {UNEXPLAINED: 1}


@pytest.mark.parametrize(
    "sentence",
    [
        "Trevithick of Linden visited the northern mills later in 1804.",
        "Holden's announcement occurred in May 2013.",
    ],
)
def test_what_continues_a_story_is_not_asked(sentence: str) -> None:
    assert report(f"# Linden\n\nSmiths of Holden met. {sentence}\n").dropped == {UNEXPLAINED: 1}


def test_who_is_named_in_short_needs_the_title() -> None:
    short = "Hale became the chair of the guild in 1904."
    asked = []
    for before in ("Smiths met Hale.", "Smiths met Bo Hale."):
        drafts = report(f"# Linden\n\n{before}\n\n{short}\n").drafts
        asked += [draft.question for draft in drafts if draft.quotes[0].text == short]
    assert [question.endswith("according to “Linden”?") for question in asked] == [False, True]


def test_the_question_of_a_case_names_its_document() -> None:
    [draft] = report(
        "# Linden\n\nIf a game is tied at the end of the day, the guild gives two cups.\n"
    ).drafts
    assert draft.question == "What happens if a game is tied at the end of the day, according to “Linden”?"


def test_documents_whose_titles_differ_by_a_year_are_alike() -> None:
    old, new = (
        Document(f"{y}.md", f"Leave {y}", text, "markdown") for y, text in ((2024, "Rest."), (2025, "Work."))
    )
    assert find_siblings([old, new]) == {"2024.md", "2025.md"}
