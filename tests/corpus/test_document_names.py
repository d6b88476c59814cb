"""Documents whose names differ only by Unicode form or case: each is found by its own name.
Knows nothing about file systems."""

from __future__ import annotations

import unicodedata

from workbench.corpus.document_names import by_name, find_named
from workbench.corpus.question_rows import RowReader
from workbench.corpus.types import Document
from workbench.importing.documents import DocumentNames

COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "café.md") for form in ("NFC", "NFD"))
TEA = Document(COMPOSED, "Tea", "The café serves tea on Mondays.", "markdown")
COFFEE = Document(DECOMPOSED, "Coffee", "The café serves coffee on Fridays.", "markdown")


def test_each_of_two_forms_finds_its_own_document_and_one_alone_is_found_by_either() -> None:
    for both in ((TEA, COFFEE), (COFFEE, TEA)):
        assert find_named(by_name(both), COMPOSED) is TEA and find_named(by_name(both), DECOMPOSED) is COFFEE
    for one in (TEA, COFFEE):
        assert find_named(by_name([one]), COMPOSED) is one is find_named(by_name([one]), DECOMPOSED)
    assert find_named(by_name([TEA]), "tea.md") is None


def test_evidence_stays_in_the_document_that_it_names() -> None:
    reader = RowReader("questions.jsonl", [COFFEE, TEA])
    rows = [
        {"question": "When is tea?", "evidence": [{"document": COMPOSED, "quote": "serves tea"}]},
        {"question": "When is coffee?", "evidence": [{"document": DECOMPOSED, "quote": "serves coffee"}]},
    ]
    reader.look_up(rows)
    for number, row in enumerate(rows, start=1):
        reader.add_row(number, row)
    assert not reader.problems
    assert [q.evidence[0].document for q in reader.questions] == [COMPOSED, DECOMPOSED]


def test_an_import_finds_names_that_differ_by_case_or_form() -> None:
    upper, lower = (Document(name, name, "Text.", "markdown") for name in ("Guide.md", "guide.md"))
    names = DocumentNames([upper, lower, TEA, COFFEE], {})
    for name in ("Guide.md", "guide.md", COMPOSED, DECOMPOSED):
        assert names.find(name) == name
    assert names.find("GUIDE.MD") in ("Guide.md", "guide.md")
