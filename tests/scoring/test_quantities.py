"""Tests of quantities: which spellings are one quantity and which are not.
Knows nothing about the scores that compare them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.scoring.quantities import find_quantities, is_stated


def states(text: str, other: str) -> bool:
    """Whether a text states every quantity of the other, of which there must be one."""
    there = find_quantities(text)
    offers = {offer for q in there for offer in q.offers}
    amounts = [(q.kind, q.value) for q in there if q.value is not None]
    quantities = find_quantities(other)
    assert quantities
    return all(is_stated(q, offers, amounts) for q in quantities)


SAME = [
    ("10A", "10 A"), ("10 amps", "a 10A fuse"), ("10kg", "10 kg"), ("€9", "9 euros"), ("9 €", "9 euros"),
    ("9€", "EUR 9"), ("−18 °C", "-18 °C"), ("-18 °C", "minus 18 degrees Celsius"),
    ("-18°C", "18 °C below zero"), ("–18 °C", "-18 °C"), ("12:30", "12:30"), ("3 pm", "15:00"),
    ("3:00 p.m.", "3pm"), ("5%", "5 percent"), ("5 %", "five per cent"), ("30–40 days", "30-40 days"),
    ("30-40 days", "30 to 40 days"), ("30 to 40 days", "between 30 and 40 days"),
    ("30 days to 40 days", "30–40 days"), ("10 000 euros", "10,000 euros"), ("10 000 euros", "€10,000"),
    ("10\u202f000 euros", "10,000 euros"), ("10 500 km", "10,500 km"), ("1.500,50 €", "€1,500.50"),
    ("10'000 francs", "10,000"), ("½", "0.5"), ("2½ hours", "2.5 hours"), ("1/2 cup", "0.5 cups"),
    ("half an hour", "30 minutes"), ("two and a half hours", "2.5 h"), ("two thirds", "2/3"),
    ("1 hour 30 minutes", "90 minutes"), ("1 h 30 min", "1.5 hours"), ("3rd", "third"),
    ("21st century", "the 21st century"), ("v2.1.0", "2.1.0"), ("3.9.1\n$ run", "3.9.1"), ("1.2.3 kg", "1.2.3"), ("version 3.10", "Version 3.10"),
    ("20 GHz", "20GHz"), ("230 V", "230 volts"), ("2.4 GHz", "2400 MHz"), ("50 Hz", "50 hertz"),
    ("80 km/h", "80 kilometres per hour"), ("80 km per hour", "80 kph"), ("500 ml", "0.5 l"),
    ("60 dB", "60 decibels"), ("$5–10", "5 to 10 dollars"), ("5–10 million", "5 million to 10 million"),
    ("Ember 15", "the Ember 15 heater"), ("20 pounds", "£20"), ("20 pounds", "20 lb"),
    ("5 m²", "5 square metres"), ("5 square meters", "5 sqm"), ("0.2 ohm", "0.2 Ω"),
    ("10-amp fuse", "10 A"), ("100 W", "100 watts"), ("1.2 kW", "1200 W"), ("5 MW", "5 megawatts"),
    ("5 mW", "0.005 W"), ("3 t", "3 tonnes"), ("5 March 2024", "05/03/24"), ("at 7 a.m.", "07:00"),
    ("200 mA", "0.2 A"), ("5000 mAh", "5 Ah"), ("300 lx", "300 lux"), ("€ 9.00", "9 EUR"),
    ("30-day", "30 days"), ("10 GB", "10 gigabytes"), ("USD 5 million", "$5m"),
    ("5M users", "5 million users"), ("10k", "10,000"), ("1:4", "1:4"), ("75 % to 80 %", "75–80%"),
    ("5 to 10%", "5%–10%"), ("minus eighteen degrees", "-18 °C"), ("93 °C", "93 degrees"),
    ("60 days", "sixty days"), ("March 5", "5 March"), ("a dozen eggs", "12 eggs"), ("9 o'clock", "09:00"),
    ("six-month period", "6 months"), ("40 hours", "40h"), ("1,5 l", "1.5 litres"),
    ("6 ft 2 in", "6 ft 2 in"),
]  # fmt: skip
# The second is not stated by the first.
DIFFERENT = [
    ("1.5 bar", "15 bar"), ("-18 °C", "18 °C"), ("−18 °C", "18 °C"), ("18 °C", "-18 °C"),
    ("-18 °C", "18 degrees"), ("5", "5%"), ("5%", "5"), ("1230", "12:30"), ("12:30", "1230"),
    ("12 and 30", "12:30"), ("92.5 °C", "93 °C"), ("91 hours", "about 90 minutes"), ("10 kg", "100 kg"),
    ("10 V", "10 A"), ("5 MW", "5 mW"), ("the Ember 15", "15 people"), ("the Ember 15", "€15"),
    ("the Ember 20", "the Ember 15"), ("2 euros", "the Tide 2 Pro"), ("version 3.10", "version 3.1"),
    ("3 am", "3 pm"), ("3 am", "15:00"), ("30-45 days", "30-40 days"), ("30 hours", "30 minutes"),
    ("4th", "3rd"), ("80 km", "80 km/h"), ("20 °F", "20 °C"), ("10 kW", "10 kWh"), ("€20", "$20"),
    ("1/4", "1/2"), ("5 MB", "5 GB"), ("1:5", "5:1"), ("5 million", "5 m"), ("10 l", "10 ml"),
    ("2 hours", "2.5 hours"), ("1 hour", "1 hour 30 minutes"), ("6 March 2024", "5 March 2024"),
    ("fifty", "fifteen"), ("€1.500,50", "€1,500"), ("35", "3.5"), ("20 dollars", "20 pounds"),
    ("10,000", "0"), ("100 days", "10 days"), ("5%", "-5%"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_of_a_quantity_state_each_other(one: str, other: str) -> None:
    assert states(one, other) and states(other, one)


@pytest.mark.parametrize(("text", "other"), DIFFERENT)
def test_a_text_does_not_state_another_quantity(text: str, other: str) -> None:
    assert not states(text, other)


def test_a_hedged_number_is_stated_by_one_near_it_in_the_same_unit() -> None:
    assert states("91 minutes", "about 90 minutes") and states("1,497", "about 1,500")
    assert not states("about 1,500", "1,497")


@pytest.mark.parametrize(
    ("text", "sentence"), [("the Ember 15 heater", "Ember 15"), ("Paris 2024", "in 2024")]
)
def test_a_name_at_the_start_of_a_sentence_may_be_a_number(text: str, sentence: str) -> None:
    assert states(text, sentence)


@pytest.mark.parametrize("text", ["E12", "WD-40", "COVID-19", "5G", "one of them", "Vitamin A", "no numbers"])
def test_a_code_or_a_pronoun_is_no_quantity(text: str) -> None:
    assert find_quantities(text) == []


def test_offsets_are_those_of_the_text_as_written() -> None:
    text = "Store it at \u221218\u00a0°C for 1 hour 30 minutes, or 18 °C below zero, on 5 March 2024 at 3 pm."
    for q in find_quantities(text):
        assert text[q.start : q.end] == q.text
    assert [q.kind for q in find_quantities(text)] == ["celsius", "time", "celsius", "date", "clock"]


@given(
    st.integers(1, 10**6),
    st.sampled_from(["kg", "km", "A", "V", "W", "bar", "°C", "%", "ml", "euros", "lux"]),
)
def test_a_changed_number_sign_or_unit_is_another_quantity(number: int, unit: str) -> None:
    amount = f"it is {number} {unit}"
    assert states(f"it is {number}{unit}", amount)
    assert not states(f"it is {number + 1} {unit}", amount)
    assert not states(f"it is -{number} {unit}", amount)
    assert not states(f"it is {number} hours", amount)


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    quantities = find_quantities(text)
    assert all(text[q.start : q.end] == q.text for q in quantities)
    assert all(before.end <= after.start for before, after in zip(quantities, quantities[1:], strict=False))
