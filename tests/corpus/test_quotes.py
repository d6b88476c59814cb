"""Tests what a quote is forgiven, what it is not, and at how many places it stands.
Knows nothing about question files."""

from __future__ import annotations

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workbench.corpus.quotes import find_quote, find_quotes, nearest_text


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
        ("1. Press start\n2. Wait\n", "1. Press start\n2. Wait", "1. Press start\n2. Wait"),
        ("1. Press start\n2. Wait\n", "1. Press start 2. Wait", "1. Press start\n2. Wait"),
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


def test_a_long_quote_may_be_cut_within_a_number_written_with_spaces() -> None:
    text = "In 1990 it had increased from a low of 8277 (95% estimate 5353-10 649) to a peak."
    cut = "increased from a low of 8277 (95% estimate 5353-10"
    assert find_quotes(text, cut) == [(15, 65)]
    assert find_quotes(text, cut.replace("low of", "low  of")) == [(15, 65)]
    assert find_quotes(text, "(95% estimate 5353-10") == []
    assert find_quotes(text.replace("10 649", "10.649"), cut) == []


def test_a_number_at_the_end_of_a_range_or_a_name_is_whole() -> None:
    assert find_quotes("It takes 10-15 days", "15 days") == [(12, 19)]
    assert find_quotes("COVID-19 rules hold", "19 rules") == [(6, 14)]


def test_a_quote_with_words_left_out_is_one_place_from_its_first_part_to_its_last() -> None:
    text = "We open at nine on weekdays and close at six. We never close for lunch."
    assert find_quotes(text, "We open at nine … close at six") == [(0, 44)]
    assert find_quotes(text, "We open at nine [...] never close for lunch.") == [(0, 70)]
    assert find_quotes(text, "close at six … We open at nine") == []


def test_the_place_of_a_character_reference_is_the_whole_of_it() -> None:
    text = "Salt &amp; pepper &lt;here&gt;"
    assert [text[slice(*place)] for place in find_quotes(text, "salt & pepper <here>")] == [text]


def test_a_part_of_a_word_is_found_where_it_is_asked_for_and_in_a_cut_passage() -> None:
    text = "The environment officer of the town hall decides on the desktop."
    assert find_quotes(text, "environ") == []
    assert find_quotes(text, "environ", parts_of_words=True) == [(4, 11)]
    cut = "ronment officer of the town hall decides on the desk"
    assert [text[slice(*place)] for place in find_quotes(text, cut)] == [cut]


WORDS = st.sampled_from(
    ["We", "open", "İ", "ß", "Straße", "non-stop", "environ-", "ment", "co\u00adop", "e\u0301te\u0301", "ﬁlter", "½", "10", "kg",
     "1.5", "-18", "(−5", "12:30", "67:837-839", "1990).", ", 1990", "p.", "a)", "1.", "-", "*", "|", "|---|", ">", "#", "##", "…", "...",
     "**bold", "bold**", "_so_", "`code", "`", "```", "~~", "[link", "link](x.md)", "](https://example.org/a_b)", "![plan", "[1]",
     "[1].", "²", "word¹", "10²", "&amp;", "&", "<b>", "</b>", "<td", "class='x'>", "<!--", "-->", "“so”", "«", "»", "'", '"', "\\", "×",
     "{x}", "博物馆", "“a", "(T)", "~1.7×", "\u200b", "x_y", "†", "¬", "==", "—", "–"]
)  # fmt: skip
GAPS = st.sampled_from(
    [" ", " ", "\n", "   \n", "\n\n", "  ", "\t", "\u00a0", "\n> ", "\n    ", "\r\n", "\n- ", "\n| "]
)


@given(st.lists(st.tuples(WORDS, GAPS), min_size=3, max_size=14), st.data())
def test_a_stretch_between_spaces_is_found_at_its_place(
    words: list[tuple[str, str]], data: st.DataObject
) -> None:
    text = "".join(word + gap for word, gap in words)
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    start = sum(len(word + gap) for word, gap in words[:first])
    stretch = "".join(word + gap for word, gap in words[first : last + 1]).rstrip()
    start += len(stretch) - len(stretch.lstrip())
    assume(any(map(str.isalnum, stretch)))
    end = start + len(stretch.strip())
    # An earlier place of the same letters may overlap it.
    assert any(a <= start < b and text[a:b] == text[start:end] for a, b in find_quotes(text, stretch))


@given(st.text(max_size=80), st.text(max_size=30))
def test_any_text_and_quote_can_be_compared(text: str, quote: str) -> None:
    assert all(0 <= start < end <= len(text) for start, end in find_quotes(text, quote))


@given(st.text(alphabet="ab1. -\n*_`\"'|>[](){}<>&;#:…¹ß—", min_size=1, max_size=60))
def test_a_text_without_ends_that_are_layout_is_found_in_itself(text: str) -> None:
    text = f"Here {text} there"
    assert find_quotes(text, text)


def test_a_thousand_quotes_are_found_in_a_megabyte_in_seconds() -> None:
    lines = [f"Rule {n} of the “house” – see [it](x.md) – costs {n * 7} euros." for n in range(18_000)]
    text = "\n".join(lines)
    assert len(text) > 1_000_000
    begin = time.process_time()
    assert all(find_quotes(text, line) for line in lines[::18])
    assert all(not find_quotes(text, f"{line} never") for line in lines[:20])
    assert nearest_text(text, f"{lines[40]} never")
    assert time.process_time() - begin < 20


@pytest.mark.parametrize(
    "part", ["-", "[", "](", "<a ", "&amp", "| ", "'", ">", "* ", "#", "`", "<!--", "1. ", "¹", "\\"]
)
def test_a_long_run_of_marks_is_read_in_a_moment(part: str) -> None:
    begin = time.process_time()
    find_quotes(f"Before {part * 30_000} after", "before … after")
    assert time.process_time() - begin < 5


def test_quotation_marks_around_a_quote_belong_to_its_place_where_the_text_has_them() -> None:
    text = "Choose “resume” or never resume."
    assert [text[slice(*place)] for place in find_quotes(text, '"resume"')] == ["“resume”", "resume"]
    assert [text[slice(*place)] for place in find_quotes(text, "“resume”")] == ["“resume”", "resume"]
    assert [text[slice(*place)] for place in find_quotes(text, "resume")] == ["resume", "resume"]
