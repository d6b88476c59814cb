"""Where passages stand that somebody else retrieved.
Knows nothing about who retrieved them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.passage_places import PassagePlaces
from workbench.corpus.types import Document
from workbench.replies.system_passages import SystemPassage

RETURNS = "# Returns\n\nGoods can be returned within 30 days — “unused”.\nThe label costs 5 euros. The label costs 5 euros."
DOCUMENTS = [
    Document("a/returns.md", "Returns", RETURNS, "markdown"),
    Document("b/heaters.pdf", "Heaters", "Never cover a heater. Page two: call us.", "pdf", (0, 22)),
    Document("b/empty.md", "Empty", "", "markdown"),
]
PLACES = PassagePlaces(DOCUMENTS)


def found(passage: SystemPassage) -> tuple[str, str] | None:
    place = PLACES.find(passage)
    return None if place is None else (place.document.name, place.document.text[place.start : place.end])


LABEL = "The label costs 5 euros."


@pytest.mark.parametrize(
    ("passage", "document", "text"),
    [
        (SystemPassage("Never cover a heater.", "b/heaters.pdf", 0, 21), "b/heaters.pdf", "Never cover a heater."),
        (SystemPassage("", "b/heaters.pdf", 0, 5), "b/heaters.pdf", "Never"),
        (SystemPassage("Never cover a heater.", "b/heaters.pdf", 3, 9), "b/heaters.pdf", "Never cover a heater."),
        (SystemPassage("Never cover a heater.", "b/heaters.pdf", 900, 999), "b/heaters.pdf", "Never cover a heater."),
        (SystemPassage("Never cover a heater.", "a/returns.md", 0, 21), "b/heaters.pdf", "Never cover a heater."),
        (SystemPassage("Never cover a heater."), "b/heaters.pdf", "Never cover a heater."),
        (SystemPassage("Never   cover\na heater."), "b/heaters.pdf", "Never cover a heater."),
        (SystemPassage('Goods can be returned within 30 days - "unused".'), "a/returns.md", "Goods can be returned within 30 days — “unused”."),
    ],
)  # fmt: skip
def test_a_passage_has_the_place_of_its_text(passage: SystemPassage, document: str, text: str) -> None:
    assert found(passage) == (document, text)


@pytest.mark.parametrize(
    "name",
    ["a/returns.md", "/data/docs/a/returns.md", "returns.md", "RETURNS", "Returns", r"C:\docs\returns.md"],
)
def test_a_document_may_go_by_other_names(name: str) -> None:
    place = PLACES.find(SystemPassage(LABEL, name))
    assert place is not None and place.document.name == "a/returns.md"


def test_of_several_places_the_nearest_counts_else_the_first() -> None:
    first, second = RETURNS.index(LABEL), RETURNS.rindex(LABEL)
    assert PLACES.find(SystemPassage(LABEL)).start == first  # type: ignore[union-attr]
    assert PLACES.find(SystemPassage(LABEL, "a/returns.md", second + 2, second + 9)).start == second  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "passage",
    [
        SystemPassage("We sell kettles."),
        SystemPassage("", "b/empty.md", 0, 5),
        SystemPassage("x", "nowhere.md"),
    ],
)
def test_what_is_in_no_document_has_no_place(passage: SystemPassage) -> None:
    assert found(passage) is None


@given(st.text(max_size=40), st.text(max_size=12), st.integers(-5, 200), st.integers(-5, 200))
def test_a_place_is_always_within_its_document(text: str, name: str, start: int, end: int) -> None:
    place = PLACES.find(SystemPassage(text, name, start, end))
    assert place is None or 0 <= place.start <= place.end <= len(place.document.text)


@given(st.integers(0, len(RETURNS) - 1), st.integers(1, 60))
def test_any_stretch_with_words_is_found_again(start: int, length: int) -> None:
    text = RETURNS[start : start + length].strip()
    place = PLACES.find(SystemPassage(text)) if text else None
    if place is not None and place.document.name == "a/returns.md":
        assert place.document.text[place.start : place.end] == text
    elif any(map(str.isalnum, text)):
        assert place is not None
