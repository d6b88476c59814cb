"""Typography is folded in one way, and every offset points at its source."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.typography import normalise, normalise_with_offsets, source_span

_MIXED = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(
            "ae -–−“”«»'’\u0301\u0308\u00ad\n\u200b\u202f\u00a0ﬁ…１!?Ａ\u1100\u1161\u11a8がか\u3099²₂½"
        ),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gebu\u0308hr Cafe\u0301", "Gebühr Café"),
        (
            "non\u2010slip non\u2011slip 30\u201340 a\u2014b a\u2015b \u2012",
            "non-slip non-slip 30-40 a-b a-b -",
        ),
        ("\u221218 °C", "-18 °C"),
        ("“Never” „nie“ ‚so‘ ‹ici› »doch« 「はい」", '"Never" "nie" \'so\' \'ici\' "doch" "はい"'),
        ("the driver’s seat, the driverʼs, the driver´s", "the driver's seat, the driver's, the driver's"),
        ("6′ 2″", "6' 2\""),
        ("10\u202f000 10\u00a0000 10\u2009000 a\u3000b", "10 000 10 000 10 000 a b"),
        (
            "dona\u00adtion care\u200btaker 24\u2060/\u20607 \ufeffx a\u200cb\u200dc",
            "donation caretaker 24/7 x abc",
        ),
        ("dona\u00ad\ntion box", "donation box"),
        ("\ufb01lter \ufb02ush o\ufb03ce ﬆ", "filter flush office st"),
        ("Wait… ⋯ ‥", "Wait... ... .."),
        ("１２．５％ ＡＢＣ ｶ", "12.5% ABC カ"),
        ("CO₂ H₂O", "CO2 H2O"),
        ("5 µg 5 μg 20 ℃ 3 ㎏ 9 ㎡ Ω", "5 μg 5 μg 20 °C 3 kg 9 m² Ω"),
        ("𝐁𝐨𝐥𝐝 𝑥", "Bold x"),
        ("« Bonjour »", '"Bonjour"'),
        ("dit «\u202fnon\u202f», puis rien", 'dit "non", puis rien'),
        ("»ja« und »nein«", '"ja" und "nein"'),
        ("Quoi\u202f? Prix\u00a0: 12\u00a0€", "Quoi? Prix: 12 €"),
        ("❤\ufe0f", "❤"),
        ("a\u2028b", "a\nb"),
    ],
)
def test_typography_is_folded(text, expected):
    assert normalise(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "m² 10⁻³ 1½ ① ×",  # they say something
        "CASE Case case naïve Straße",
        "a  b\t c\n\n  - d",  # white space is neither collapsed nor stripped
        "何ですか？ はい！ 元気。",  # sentences are split at these
        "**bold** `code` --flag [a](b)",
        "٣ ३ 三 ß æ",
        "a ¨ b",
    ],
)
def test_what_says_something_stays(text):
    assert normalise(text) == text


def test_every_dash_of_unicode_becomes_a_hyphen():
    dashes = [chr(c) for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)) == "Pd"]
    assert {normalise(dash) for dash in dashes} == {"-"}


def test_every_space_of_unicode_becomes_a_space():
    spaces = [chr(c) for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)) == "Zs"]
    assert {normalise(f"a{space}b") for space in spaces} == {"a b"}


@given(_MIXED)
def test_normalising_twice_changes_nothing_more(text):
    once = normalise(text)
    assert normalise(once) == once


@given(_MIXED)
def test_composed_and_decomposed_texts_are_the_same(text):
    assert normalise(unicodedata.normalize("NFD", text)) == normalise(unicodedata.normalize("NFC", text))


@given(_MIXED)
def test_the_text_is_the_same_with_offsets_and_without(text):
    assert normalise_with_offsets(text)[0] == normalise(text)


@given(_MIXED)
def test_offsets_ascend_from_the_text_s_beginning_to_its_end(text):
    normalised, offsets = normalise_with_offsets(text)
    assert len(offsets) == len(normalised) + 1
    assert list(offsets) == sorted(offsets)
    assert offsets[-1] == len(text)


@given(_MIXED, st.data())
def test_a_span_of_the_source_holds_what_its_stretch_came_from(text, data):
    normalised, offsets = normalise_with_offsets(text)
    if not normalised:
        return
    start = data.draw(st.integers(0, len(normalised) - 1))
    end = data.draw(st.integers(start + 1, len(normalised)))
    first, stop = source_span(text, offsets, start, end)
    assert 0 <= first < stop <= len(text)
    assert normalised[start:end].strip() in normalise(text[first:stop])


def test_a_span_of_the_source_ends_before_what_is_left_out():
    text = "« so\u200b\u00ad » da"
    normalised, offsets = normalise_with_offsets(text)
    start = normalised.index("so")
    assert text[slice(*source_span(text, offsets, start, start + 2))] == "so"


def test_a_span_of_the_source_holds_a_ligature_whole():
    text = "der \ufb01lter"
    _, offsets = normalise_with_offsets(text)
    assert text[slice(*source_span(text, offsets, 5, 7))] == "\ufb01l"


def test_a_long_text_is_normalised_in_little_time():
    text = "Die Gebu\u0308hr betra\u0308gt – so steht’s da – 10\u202f000\u00a0€. " * 20_000
    begun = time.process_time()
    normalise_with_offsets(text)
    assert time.process_time() - begun < 10
