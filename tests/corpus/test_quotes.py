"""Tests what a quote is forgiven, what it is not, and at how many places it stands.
Knows nothing about question files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.quotes import find_quote, find_quotes


@pytest.mark.parametrize(
    ("text", "quote", "stretch"),
    [
        ("Die Gebu\u0308hr betra\u0308gt fünf Euro.", "Die Gebühr beträgt fünf Euro", "Die Gebu\u0308hr betra\u0308gt fünf Euro"),
        ("Wait… then press start.", "Wait... then", "Wait… then"),
        ("Das Schild sagt „frisch“ seit Mai.", 'sagt "frisch" seit', "sagt „frisch“ seit"),
        ("A non\u2010slip mat.", "non-slip mat", "non\u2010slip mat"),
        ("The plank is 6\u2032 long.", "6' long", "6\u2032 long"),
        ("It costs 10\u202f000 euros.", "10 000 euros", "10\u202f000 euros"),
        ("The \ufb01lter is \ufb02ushed.", "filter is flushed", "\ufb01lter is \ufb02ushed"),
        ("A dona\u00adtion box, 24\u2060/\u20607.", "donation box, 24/7", "dona\u00adtion box, 24\u2060/\u20607"),
        ("The [parking permit](https://example.org/a_(b)) costs 12.", "permit costs 12", "permit](https://example.org/a_(b)) costs 12"),
        ("See ![the plan](plan.png) and [rules][1] first.", "the plan and rules first", "the plan](plan.png) and [rules][1] first"),
        ("Use \\*all\\* of a\\_b now.", "Use *all* of a_b now", "Use \\*all\\* of a\\_b now"),
        ("- Bring gloves\n- Bring boots\n", "Bring gloves Bring boots", "Bring gloves\n- Bring boots"),
        ("1. Press start\n2. Wait\n", "1. Press start\n2. Wait", "Press start\n2. Wait"),
        ("> ## Opening **hours**\n> Nine to _five_", "Opening hours Nine to five", "Opening **hours**\n> Nine to _five"),
        ("| Size | Price |\n| small | 3 |", "small 3", "small | 3"),
        ("The environ-\nment officer.", "The environment officer", "The environ-\nment officer"),
        ("A well-\nknown rule.", "a well-known rule", "A well-\nknown rule"),
        ("First rule.  Second\trule.", "First rule. Second rule.", "First rule.  Second\trule."),
        ("In İzmir CLOSED", "In İzmir closed", "In İzmir CLOSED"),
    ],
)  # fmt: skip
def test_a_quote_is_found_whatever_the_typography(text: str, quote: str, stretch: str) -> None:
    place = find_quote(text, quote)
    assert (place and text[slice(*place)]) == stretch


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("The valve opens at 15 bar.", "opens at 1.5 bar"),
        ("Dogs are not allowed.", "Dogs are allowed"),
        ("Store it at -18 degrees.", "at 18 degrees"),
        ("Keep it for 30-40 days.", "for 3040 days"),
        ("An area of 10² cm.", "area of 102 cm"),
        ("Add 1½ cups.", "Add 11/2 cups"),
        ("Nothing.", "**"),
        ("", "words"),
    ],
)
def test_what_says_something_else_is_not_found(text: str, quote: str) -> None:
    assert find_quotes(text, quote) == []


def test_all_places_are_found_the_literal_one_first() -> None:
    text = "Call the desk. Then: call the desk! Or recall the desk."
    places = find_quotes(text, "call the desk")
    assert [text[slice(*place)] for place in places] == ["call the desk", "Call the desk"]


def test_a_number_does_not_stand_inside_a_longer_one() -> None:
    text = "112 euros or 12 euros"
    assert [text[slice(*place)] for place in find_quotes(text, "12 euros")] == ["12 euros"]
    assert find_quote(text, "12 euros") == (13, 21)


def test_without_spaces_between_words_a_part_of_a_text_is_found() -> None:
    assert find_quote("博物馆每天上午九点开门", "上午九点") == (5, 9)


def test_places_do_not_overlap() -> None:
    assert find_quotes("na na na", "na na") == [(0, 5)]


TYPOGRAPHY = {
    " ": [" ", "\n", "\u00a0", "  "],
    "-": ["-", "\u2010", "\u2013"],
    "'": ["'", "’"],
    "fi": ["fi", "ﬁ"],
}


@given(st.data())
def test_typography_changes_nothing_in_what_is_found(data: st.DataObject) -> None:
    plain = "The office closes at five; a driver's non-stop shift of 30-40 hours ends."
    typeset = plain
    for sign, variants in TYPOGRAPHY.items():
        parts = typeset.split(sign)
        typeset = "".join(
            part + (data.draw(st.sampled_from(variants)) if i < len(parts) - 1 else "")
            for i, part in enumerate(parts)
        )
    place = find_quote(f"Before. {typeset} After.", plain)
    assert place is not None and f"Before. {typeset} After."[slice(*place)] == typeset


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("5 bar opens it", "1.5 bar opens it"),
        ("It opens at 1", "It opens at 1.5 bar"),
        ("18 degrees will do", "Store it cold: -18 degrees will do"),
        ("18 degrees will do", "Store it cold: −18 degrees will do"),
        ("It takes 15", "It takes 150 days"),
    ],
)
def test_a_part_of_a_number_is_no_place_of_a_quote(quote: str, text: str) -> None:
    assert find_quotes(text, quote) == []


def test_a_number_at_the_end_of_a_range_or_a_name_is_whole() -> None:
    assert find_quotes("It takes 10-15 days", "15 days") == [(12, 19)]
    assert find_quotes("COVID-19 rules hold", "19 rules") == [(6, 14)]
