"""Tests that no consumer of texts tells apart what differs only in typography: all use workbench/typography.py.
Knows nothing about what typography is: test_typography.py does."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from workbench.corpus.kept_for_review import keep_for_review
from workbench.corpus.question_rows import RowReader
from workbench.corpus.quotes import find_quotes
from workbench.corpus.types import Document
from workbench.drafting.checks import holds_answer
from workbench.pipeline.question_copies import question_key
from workbench.pipeline.search_terms import search_terms
from workbench.scoring.agreement import compare
from workbench.scoring.claims import split_claims
from workbench.scoring.grounding import score_grounding
from workbench.scoring.refusal import is_refusal
from workbench.scoring.token_f1 import token_f1
from workbench.typography import comparable

PLAIN = 'The driver\'s "Gebühr" for the non-stop café shift of 30-40 days is 12 euros...'
TYPESET = {
    "decomposed": unicodedata.normalize("NFD", PLAIN),
    "curly quotes": PLAIN.replace("'", "’").replace('"Gebühr"', "“Gebühr”"),
    "German quotes": PLAIN.replace('"Gebühr"', "„Gebühr“"),
    "dashes": PLAIN.replace("30-40", "30–40").replace("non-stop", "non‑stop"),
    "spaces": PLAIN.replace("12 ", "12\u00a0").replace("30-40 ", "30-40\u2009"),
    "invisible": PLAIN.replace("driver", "dri\u00adver").replace("shift", "sh\u200bift"),
    "ellipsis": PLAIN.replace("...", "…"),
    "full width": PLAIN.replace("12", "１２"),
}


@pytest.mark.parametrize("name", TYPESET)
def test_typography_makes_no_difference(name: str) -> None:
    typeset = TYPESET[name]
    assert comparable(typeset) == comparable(PLAIN)
    assert find_quotes(typeset, PLAIN) and find_quotes(PLAIN, typeset)
    assert compare(typeset, PLAIN).value == pytest.approx(compare(PLAIN, PLAIN).value)
    assert token_f1(typeset, PLAIN) == 1.0
    assert score_grounding(typeset, [PLAIN]).value == score_grounding(PLAIN, [typeset]).value
    assert [c.text for c in split_claims(typeset, "", 9)] == [c.text for c in split_claims(PLAIN, "", 9)]
    assert search_terms(typeset) == search_terms(PLAIN)
    assert question_key(typeset) == question_key(PLAIN)
    assert holds_answer(typeset, "12 euros") and not holds_answer(typeset, "2 euros")


def test_typography_makes_no_difference_to_refusals() -> None:
    assert is_refusal("I don’t know.") and is_refusal("I don't know.")


def test_names_and_tags_are_read_with_composed_accents() -> None:
    name = unicodedata.normalize("NFD", "Gebühren.md")
    reader = RowReader("questions.jsonl", [Document(name, "Fees", "Nine euros.", "markdown")])
    reader.add_row(
        1, {"question": "Fee?", "tags": [name], "evidence": [{"document": "Gebühren.md", "quote": "Nine"}]}
    )
    assert [e.document for e in reader.questions[0].evidence] == [name]
    assert reader.questions[0].tags == ("Gebühren.md",)


def test_a_question_that_is_there_is_kept_once_whatever_its_typography(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    assert keep_for_review(tmp_path, "What’s the café’s non‑stop fee?", [], name="Playground") == "waits"
    again = unicodedata.normalize("NFD", "what's the café's  non-stop fee?")
    assert keep_for_review(tmp_path, again, [], name="Playground") == "is a draft"
