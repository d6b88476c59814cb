"""Tests numbers, times, dates and amounts in many spellings: correctness and grounding read them as one, or not.
Knows nothing about how they are read: test_quantities.py tests that."""

from __future__ import annotations

import pytest

from workbench.scoring.agreement import compare
from workbench.scoring.grounding import score_grounding
from workbench.scoring.quantities import find_quantities

# fmt: off
SAME = [
    ("1,5 bar", "1.5 bar"),
    ("-18 °C", "−18 °C"),
    ("minus 18 degrees", "-18 °C"),
    ("–18°C", "-18 °C"),
    ("−18 °C", "minus eighteen degrees Celsius"),
    ("18 degrees below zero", "-18 °C"),
    ("+18 °C", "18 °C"),
    ("+5", "5"),
    ("10kg", "10 kg"),
    ("10 kilograms", "10kg"),
    ("10kgs", "10 kg"),
    ("10-kg", "10 kg"),
    ("12.30 pm", "12:30"),
    ("12h30", "12:30"),
    ("half past twelve", "12:30"),
    ("half past 12", "12:30"),
    ("quarter past three", "3:15"),
    ("quarter to three", "2:45"),
    ("a quarter to 3", "2:45"),
    ("ten past nine", "9:10"),
    ("12:30 am", "00:30"),
    ("12:30 pm", "12:30"),
    ("12 noon", "12:00"),
    ("noon", "12 pm"),
    ("midnight", "00:00"),
    ("midnight", "24:00"),
    ("noon", "12:00"),
    ("midnight", "12 am"),
    ("9 am", "09:00"),
    ("9 a.m.", "9:00 AM"),
    ("9AM", "9 am"),
    ("17:00", "5 pm"),
    ("17.30 Uhr", "17:30"),
    ("17 Uhr", "17:00"),
    ("5:30 p. m.", "17:30"),
    ("0900 hours", "09:00"),
    ("09:00-17:00", "9 am to 5 pm"),
    ("9–17", "9 to 17"),
    ("9-5", "9 to 5"),
    ("from 9:00 to 17:00", "9:00–17:00"),
    ("1,500", "1500"),
    ("1 500", "1500"),
    ("1'500", "1500"),
    ("1’500", "1,500"),
    ("1,500.50", "1.500,50"),
    ("12,34,567", "1234567"),
    ("₹12,34,567", "₹1,234,567"),
    ("1,23,456", "123456"),
    ("1\u202f500", "1,500"),
    ("1.234.567", "1,234,567"),
    ("1.234.567", "1234567"),
    ("1 234 567", "1,234,567"),
    ("1_000_000", "1,000,000"),
    ("10,00", "10"),
    ("10.0", "10"),
    ("10.00", "10"),
    ("0,5", "0.5"),
    (".5", "0.5"),
    ("0.50", "0.5"),
    ("1 h", "60 min"),
    ("60 minutes", "an hour"),
    ("one hour", "60 minutes"),
    ("90 min", "1.5 h"),
    ("monday to friday", "Monday–Friday"),
    ("MONDAY", "Monday"),
    ("weekdays", "Monday to Friday"),
    ("weekdays", "Mon–Fri"),
    ("the weekend", "Saturday and Sunday"),
    ("Monday through Friday", "Monday-Friday"),
    ("A–C", "A to C"),
    ("A-C", "A through C"),
    ("May–September", "May to September"),
    ("in July", "July"),
    ("nine o'clock", "9:00"),
    ("seven am", "7 am"),
    ("five p.m.", "17:00"),
    ("quarter past 5 pm", "17:15"),
    ("Mon, Wed and Fri", "Monday, Wednesday and Friday"),
    ("5 kWh", "5 kilowatt-hours"),
    ("twelve o’clock", "noon"),
    ("17.30", "17:30"),
    ("at 8.30", "8:30"),
    ("zwei Wochen", "2 Wochen"),
    ("fünf Euro", "5 Euro"),
    ("fünf Prozent", "5 %"),
    ("cinq jours", "5 jours"),
    ("tres semanas", "3 semanas"),
    ("vijf dagen", "5 dagen"),
    ("twice", "2 times"),
    ("twice a week", "two times a week"),
    ("once a week", "one time a week"),
    ("thrice a day", "3 times a day"),
    ("an hour and a half", "90 minutes"),
    ("one and a half hours", "90 min"),
    ("1½ hours", "90 minutes"),
    ("1:30 h", "90 minutes"),
    ("half an hour", "30 min"),
    ("a quarter of an hour", "15 minutes"),
    ("three quarters of an hour", "45 minutes"),
    ("1.5 kg", "1,500 g"),
    ("1500g", "1.5kg"),
    ("2 weeks", "14 days"),
    ("a fortnight", "two weeks"),
    ("14 days", "a fortnight"),
    ("a week", "7 days"),
    ("a day", "24 hours"),
    ("24 h", "1 day"),
    ("a year", "12 months"),
    ("half a year", "6 months"),
    ("two years", "24 months"),
    ("18 months", "1.5 years"),
    ("48 hours", "2 days"),
    ("50 %", "half"),
    ("50%", "half of it"),
    ("half", "50 percent"),
    ("a quarter", "25%"),
    ("25 %", "one quarter"),
    ("three quarters", "75%"),
    ("a third", "1/3"),
    ("1/2", "half"),
    ("1/2", "50%"),
    ("two thirds", "2/3"),
    ("20%", "a fifth"),
    ("10 percentage points", "10 pp"),
    ("5 percent", "5%"),
    ("5 per cent", "5 %"),
    ("5 pct", "5%"),
    ("30–40", "30-40"),
    ("30 to 40", "30–40"),
    ("between 30 and 40", "30-40"),
    ("from 30 to 40", "30 – 40"),
    ("30 - 40 days", "30–40 days"),
    ("30 to 40 kg", "30-40 kg"),
    ("30kg-40kg", "30-40 kg"),
    ("5~10", "5-10"),
    ("29 Nov 2026", "2026-11-29"),
    ("29 November 2026", "Nov 29, 2026"),
    ("November 29th, 2026", "29.11.2026"),
    ("11/29/2026", "29/11/2026"),
    ("29-11-2026", "2026-11-29"),
    ("29.11.26", "2026-11-29"),
    ("2026/11/29", "29 Nov 2026"),
    ("the 29th of November 2026", "2026-11-29"),
    ("03/04/2026", "4 March 2026"),
    ("03/04/2026", "3 April 2026"),
    ("03/2026", "March 2026"),
    ("29 Nov", "November 29"),
    ("29th November", "Nov. 29"),
    ("in 2026", "2026"),
    ("29 Nov ’26", "29 Nov 2026"),
    ("2026-11-29T12:30", "29 November 2026, 12:30"),
    ("v3.10", "version 3.10"),
    ("v2", "version 2"),
    ("€20", "20 EUR"),
    ("20 €", "20 euros"),
    ("20 Euro", "€20.00"),
    ("EUR 20", "20 €"),
    ("US$20", "$20"),
    ("20 dollars", "$20"),
    ("£20", "20 GBP"),
    ("20 pounds", "£20"),
    ("50 cents", "$0.50"),
    ("50 cents", "0.50 euros"),
    ("99¢", "$0.99"),
    ("CHF 20.-", "20 Swiss francs"),
    ("€ 1.500,00", "1,500 euros"),
    ("$1.5 million", "$1,500,000"),
    ("$1.5m", "1.5 million dollars"),
    ("1.5M", "1,500,000"),
    ("1.5 mn", "1.5 million"),
    ("2 bn", "2 billion"),
    ("€3k", "3,000 euros"),
    ("20 Kč", "20 CZK"),
    ("20 zł", "20 PLN"),
    ("20 euro", "20 euros"),
    ("3rd", "third"),
    ("the 3rd floor", "third floor"),
    ("21st", "twenty-first"),
    ("1st", "first"),
    ("№ 5", "No. 5"),
    ("twenty-one", "21"),
    ("twenty one", "21"),
    ("a dozen", "12"),
    ("two dozen", "24"),
    ("half a dozen", "6"),
    ("one hundred and five", "105"),
    ("a hundred", "100"),
    ("two hundred", "200"),
    ("a thousand", "1,000"),
    ("one million", "1,000,000"),
    ("a million", "1000000"),
    ("twelve hundred", "1200"),
    ("one", "1"),
    ("zero", "0"),
    ("ten", "10"),
    ("Ten", "10."),
    ("eleven thousand", "11,000"),
    ("two point five", "2.5"),
    ("seventy-five percent", "75%"),
    ("minus five", "-5"),
    ("1e6", "1,000,000"),
    ("1.5e3", "1500"),
    ("1.5×10³", "1500"),
    ("1.5 x 10^3", "1,500"),
    ("10^6", "1,000,000"),
    ("10⁶", "1 million"),
    ("2×10⁻³", "0.002"),
    ("10²", "100"),
    ("20°", "20 degrees"),
    ("68 °F", "20 °C"),
    ("20C", "20 °C"),
    ("20 ºC", "20 °C"),
    ("20 Celsius", "20 °C"),
    ("20 ℃", "20 °C"),
    ("20 ± 2", "20 ± 2"),
    ("20 ± 2 mm", "20 +/- 2 mm"),
    ("20 ± 2 mm", "20±2mm"),
    ("about 20", "20"),
    ("~20", "20"),
    ("≈20", "20"),
    ("5 m²", "5 m2"),
    ("5 sq m", "5 m²"),
    ("5 square meters", "5 m²"),
    ("3 m³", "3 m3"),
    ("3 cubic metres", "3 m³"),
    ("5 m^2", "5 m²"),
    ("80 km/h", "80 kph"),
    ("1 km", "1000 m"),
    ("5 ft", "5'"),
    ("6'2\"", "6 ft 2 in"),
    ("10 in", "10\""),
    ("10 inches", "25.4 cm"),
    ("5 µg", "5 μg"),
    ("5 mcg", "5 µg"),
    ("500 mL", "0.5 L"),
    ("1 l", "1000 ml"),
    ("10 L", "10 l"),
    ("10 GB", "10,000 MB"),
    ("2 TB", "2000 GB"),
    ("100 Mbit/s", "100 Mbps"),
    ("5 V", "5 volts"),
    ("230V", "230 V"),
    ("2 kW", "2000 W"),
    ("1 bar", "100 kPa"),
    ("0.2 MPa", "2 bar"),
    ("10 hPa", "10 mbar"),
    ("1 t", "1000 kg"),
    ("50 dB", "50 dB(A)"),
    ("8 oz", "0.5 lb"),
    ("10 l/min", "10 litres per minute"),
    ("7 Nm", "7 N·m"),
    ("7 N m", "7 Nm"),
    ("3 x 4", "3×4"),
    ("3 by 4", "3 × 4"),
    ("3×4×5 mm", "3 x 4 x 5 mm"),
    ("16:9", "16 : 9"),
    ("24/7", "24/7"),
    ("+49 30 123456", "+49 30 123456"),
    ("+49 30 123456", "+4930123456"),
    ("(030) 123-456", "030 123456"),
    ("555-1234", "555 1234"),
    ("800-555-0199", "800.555.0199"),
    ("4111 1111 1111 1111", "4111-1111-1111-1111"),
    ("192.168.1.1", "192.168.1.1"),
    ("H2O", "H₂O"),
    ("CO2", "CO₂"),
    ("10-15%", "10% to 15%"),
    ("10–15 percent", "10-15%"),
    ("Mon–Fri", "Monday to Friday"),
    ("Mon-Fri", "Monday to Friday"),
    ("Monday", "Mon"),
    ("The answer is 42.", "42"),
    ("**42**", "42"),
    ("42 [1]", "42"),
    ("42.", "42"),
    ("\"42\"", "42"),
    ("`42`", "42"),
    ("42\u00a0%", "42%"),
    ("４２", "42"),
    ("٤٢", "42"),
    ("४२", "42"),
    ("Forty-two", "42"),
    ("ﬁlter", "filter"),
    ("naïve", "nai\u0308ve"),
    ("“yes”", "yes"),
    ("don’t", "don't"),
    ("e‑mail", "e-mail"),
    ("co\u00adoperate", "cooperate"),
    ("café", "CAFE\u0301"),
    ("AC/DC", "AC/DC"),
    ("Straße", "Strasse"),
    ("«oui»", "oui"),
    ("non–stop", "non-stop"),
    ("A &amp; B", "A & B"),
    ("[Tide 2](x.md)", "Tide 2"),
    ("*Tide* 2", "Tide 2"),
    ("| Tide 2 |", "Tide 2"),
    ("- Tide 2", "Tide 2"),
    ("1. Tide 2", "Tide 2"),
    ("Tide\u200b 2", "Tide 2"),
    ("TIDE 2", "Tide 2"),
]
# Grounding compares the words beside a number as well, and these differ.
ONLY_CORRECT = [
    ("17.30", "17:30"),
    ("60 minutes", "an hour"),
    ("an hour and a half", "90 minutes"),
    ("a fortnight", "two weeks"),
    ("14 days", "a fortnight"),
    ("a week", "7 days"),
    ("a day", "24 hours"),
    ("a year", "12 months"),
    ("one", "1"),
    ("Monday", "Mon"),
    ("1. Tide 2", "Tide 2"),
]
DIFFERENT = [
    ("twice a week", "three times a week"),
    ("once a week", "twice a week"),
    ("1.5 bar", "15 bar"),
    ("15 bar", "1.5 bar"),
    ("18 °C", "−18 °C"),
    ("-5", "5"),
    ("−5 %", "5 %"),
    ("10 kg", "10 g"),
    ("10 mg", "10 g"),
    ("12:30", "1230"),
    ("12:30 pm", "00:30"),
    ("9 am", "9 pm"),
    ("9:00–17:00", "9:00–18:00"),
    ("1,500", "1.5"),
    ("3 weeks", "14 days"),
    ("10 percentage points", "10 %"),
    ("30-45", "30-40"),
    ("20-40 days", "30-40 days"),
    ("28 Nov 2026", "29 Nov 2026"),
    ("29 Nov 2025", "29 Nov 2026"),
    ("29 Oct 2026", "29 Nov 2026"),
    ("03/04/2026", "5 March 2026"),
    ("2025", "2026"),
    ("44 BC", "44 AD"),
    ("version 3.10", "version 3.1"),
    ("Python 3.10", "Python 3.1"),
    ("3.10.1", "3.10.2"),
    ("release 3.2", "release 3.20"),
    ("iOS 17", "iOS 16"),
    ("€20", "$20"),
    ("US$20", "€20"),
    ("C$20", "US$20"),
    ("€1", "€100"),
    ("3rd", "4th"),
    ("first", "second"),
    ("nineteen", "90"),
    ("fifty", "15"),
    ("10²", "102"),
    ("10³", "10²"),
    ("20 °C", "20 °F"),
    ("20 ± 2 mm", "20 ± 3 mm"),
    ("5 m²", "5 m"),
    ("80 km/h", "80 mph"),
    ("10 GB", "10 TB"),
    ("100 MB/s", "100 Mbit/s"),
    ("2 kWh", "2 kW"),
    ("3×4 cm", "3×5 cm"),
    ("24/7", "247"),
    ("A4", "A3"),
    ("E12", "E13"),
    ("030 123456", "030 123457"),
    ("555-1234", "555-1235"),
    ("XJ-900-22", "XJ-900-23"),
    ("5G", "4G"),
    ("10.0.0.1", "10.0.0.2"),
    ("Room 12", "Room 21"),
    ("Monday", "Tuesday"),
    ("weekdays", "Monday to Thursday"),
    ("weekdays", "Saturday and Sunday"),
    ("Monday to Friday", "Monday to Saturday"),
    ("A–C", "A to D"),
    ("A–C", "B to C"),
    ("until the end of March", "until the end of May"),
    ("May–September", "May to August"),
    ("nine o'clock", "10:00"),
    ("seven am", "7 pm"),
    ("Mon, Wed and Fri", "Monday, Wednesday and Thursday"),
    ("17.30", "17:45"),
    ("zwei Wochen", "drei Wochen"),
    ("cinq jours", "6 jours"),
    ("30–40", "3040"),
    ("30-40 days", "3040 days"),
]
# Grounding sees no numbers in these.
ONLY_INCORRECT = [
    ("44 BC", "44 AD"),
    ("first", "second"),
]
# fmt: on


def grounding_of(answer: str, passage: str) -> float:
    beginning = "The value for the Nordic model is"
    text = f"The desk is here. {beginning} {passage.rstrip('.')}. We sell nothing else."
    value = score_grounding(f"{beginning} {answer.rstrip('.')}.", [text]).value
    assert value is not None
    return value


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_agree_either_way(one: str, other: str) -> None:
    assert compare(one, other).value >= 0.99 and compare(other, one).value >= 0.99
    if (one, other) not in ONLY_CORRECT:
        assert grounding_of(one, other) >= 0.7 and grounding_of(other, one) >= 0.7


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_differs_is_wrong_either_way(one: str, other: str) -> None:
    assert compare(one, other).value < 0.9 and compare(other, one).value < 0.9
    if (one, other) not in ONLY_INCORRECT:
        assert grounding_of(one, other) < 0.5 and grounding_of(other, one) < 0.5


@pytest.mark.parametrize(
    ("passage", "right", "wrong"),
    [
        (
            "The desk is open from Monday to Friday.",
            "The desk is open on Tuesday.",
            "The desk is open on Sunday.",
        ),
        ("The desk is open on weekdays.", "The desk is open on Wednesday.", "The desk is open on Saturday."),
        (
            "The pool is open from May to September.",
            "The pool is open in July.",
            "The pool is open in October.",
        ),
        (
            "The pool is open from 1 May to 3 September.",
            "The pool is open in June.",
            "The pool is open in April.",
        ),
        (
            "The lift is closed until 5 June 2027.",
            "The lift is closed until June.",
            "The lift is closed until July.",
        ),
    ],
)
def test_a_range_states_what_lies_in_it(passage: str, right: str, wrong: str) -> None:
    assert score_grounding(right, [passage]).value >= 0.7
    assert score_grounding(wrong, [passage]).value < 0.5


@pytest.mark.parametrize(
    ("right", "wrong", "passage"),
    [
        ("The dog of June is ill.", "The dog of April is ill.", "June's dog is ill and cannot walk."),
        (
            "The house of August was sold.",
            "The house of May was sold.",
            "August's house was sold to a baker.",
        ),
        ("The store is managed by April.", "The store is managed by June.", "April manages the store."),
        (
            "The deal of May was rejected.",
            "The deal of June was rejected.",
            "Parliament rejected the deal of Theresa May.",
        ),
        (
            "A speech by May ended the meeting.",
            "A speech by August ended the meeting.",
            "The meeting ended with a speech by Prime Minister May.",
        ),
        (
            "Parliament heard from May that talks had failed.",
            "Parliament heard from June that talks had failed.",
            "May told Parliament that talks had failed.",
        ),
        (
            "The plan of March was dropped by the board.",
            "The plan of April was dropped by the board.",
            "The board dropped March's plan.",
        ),
        ("The pool opens in May.", "The pool opens in June.", "The pool opens in May."),
        ("The rent is due by August.", "The rent is due by March.", "The rent is due in August."),
    ],
)
def test_a_person_called_like_a_month_states_the_name_and_no_other(
    right: str, wrong: str, passage: str
) -> None:
    assert score_grounding(right, [passage]).value >= 0.7
    assert score_grounding(wrong, [passage]).value < 0.5


@pytest.mark.parametrize(
    ("right", "wrong", "passage"),
    [
        ("Plans A, B and C are covered.", "Plans A to D are covered.", "Plans A to C are covered."),
        (
            "Vitamins A, B, C, D and E are tested.",
            "Vitamins A to F are tested.",
            "Vitamins A to E are tested.",
        ),
        ("Plans A to C are covered.", "Plans A to D are covered.", "Plans A, B and C are covered."),
        ("Plans A to C are covered.", "Plans B to C are covered.", "Plans A, B & C are covered."),
        ("Plan B is covered.", "Plans B to D are covered.", "Plans A to C are covered."),
    ],
)
def test_a_range_of_letters_states_its_letters_and_they_state_it(
    right: str, wrong: str, passage: str
) -> None:
    assert score_grounding(right, [passage]).value >= 0.7
    assert score_grounding(wrong, [passage]).value < 0.5


@pytest.mark.parametrize("list_", ["A and D", "A, C and D", "C, B and A", "A, B or C"])
def test_letters_that_do_not_rise_one_by_one_are_no_range(list_: str) -> None:
    assert find_quantities(f"Plans {list_} are covered.") == []


@pytest.mark.parametrize("counted", ["five", "5", "twenty", "a few"])
def test_counted_weekdays_are_working_days(counted: str) -> None:
    passage = f"Within {counted} working days you get a reply."
    assert score_grounding(f"Within {counted} weekdays you get a reply.", [passage]).value >= 0.5
    assert score_grounding("You get a reply on weekdays.", [passage]).value < 0.5


@pytest.mark.parametrize("always", ["every day", "daily", "each day"])
def test_every_day_states_all_days_and_no_day_states_it(always: str) -> None:
    passage = f"The desk is open {always}."
    for part in ("on weekdays", "on Tuesday", "on Saturday and Sunday", "at the weekend"):
        assert score_grounding(f"The desk is open {part}.", [passage]).value >= 0.7
    assert score_grounding("Open weekdays.", [f"Open {always}."]).value >= 0.7
    assert score_grounding("The desk is open on weekdays.", ["The desk is open on Monday."]).value < 0.5


@pytest.mark.parametrize(
    ("part", "range_"),
    [("weekdays", "Monday to Saturday"), ("the weekend", "Friday to Monday"), ("May", "April to June")],
)
def test_a_part_of_a_wider_range_is_stated_and_is_another_answer(part: str, range_: str) -> None:
    assert grounding_of(part, range_) >= 0.7 > 0.5 > grounding_of(range_, part)
    assert compare(part, range_).value < 0.9 and compare(range_, part).value < 0.9


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("The play is by August Wilson.", 0),
        ("He was married to June Carter.", 0),
        ("It was painted by April O'Neil.", 0),
        ("May I help you?", 0),
        ("May, as he said, is late.", 0),
        ("They came to March on Rome.", 0),
        ("The minister Theresa May opened it.", 0),
        ("April is a nurse.", 0),
        ("The rent is paid by Jan Smith.", 0),
        ("The rent is due by August.", 1),
        ("It is closed until May.", 1),
        ("It opens in March for guests.", 1),
        ("It is open from April to June.", 2),
        ("It is open April–October.", 2),
        ("It is open every July.", 1),
        ("It is open March-May.", 2),
        ("The month of May is mild.", 1),
        ("June's dog is ill.", 0),
        ("April manages the store.", 0),
    ],
)
def test_a_month_that_is_also_a_verb_or_a_name_is_needed_only_where_it_is_surely_one(
    text: str, needed: int
) -> None:
    assert sum(bool(quantity.needs) for quantity in find_quantities(text)) == needed


def test_a_short_name_of_a_month_states_it() -> None:
    passage = "The pool is open Apr–Oct and the hall from Nov. to Mar."
    assert score_grounding("The pool is open from April to October.", [passage]).value >= 0.7
    assert score_grounding("The pool is open from May to October.", [passage]).value < 0.5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("cinco euros", 5),
        ("treinta y cinco euros", None),
        ("trente jours", 30),
        ("trente et un jours", None),
        ("vingt-deux jours", None),
        ("zwanzig Tage", 20),
        ("einundzwanzig Tage", None),
        ("zwei Millionen Euro", None),
        ("trois jours", 3),
        ("trois cents jours", None),
        ("trois cent euros", None),
        ("mil quinientos veinte euros", None),
        ("cinq virgule deux", None),
        ("drei Uhr", None),
        ("doze off", None),
        ("onze kinderen", None),
        ("a twee girl", None),
        ("außer acht lassen", None),
    ],
)
def test_a_number_word_of_another_language_is_read_whole_or_not_at_all(
    text: str, value: float | None
) -> None:
    assert [quantity.value for quantity in find_quantities(text)] == ([] if value is None else [value])


def test_a_surname_like_a_month_is_grounded_as_a_name() -> None:
    assert score_grounding("May I help you with the boat?", ["Ask at the desk."]).value is None
    passage = "The minister Theresa May opened the bridge over the river."
    assert score_grounding("Theresa May opened the bridge over the river.", [passage]).value >= 0.9


def test_a_day_before_a_noun_is_no_24_hours() -> None:
    passage = "A single ticket costs €2.80 and a day pass €7.50."
    assert score_grounding("A day pass costs €7.50.", [passage]).value >= 0.7
    assert score_grounding("A day pass costs €9.50.", [passage]).value < 0.5


def test_a_row_named_by_a_day_or_a_month_is_the_one_that_is_compared() -> None:
    days = "| Day | Opens | Closes |\n|---|---|---|\n| Monday | 8:00 | 17:00 |\n| Saturday | 9:00 | 13:00 |"
    assert score_grounding("On Saturday it closes at 1 pm.", [days]).value >= 0.7
    assert score_grounding("On Saturday it closes at 17:00.", [days]).value < 0.5
    months = "| Month | Price |\n|---|---|\n| July | 90 euros |\n| August | 110 euros |"
    assert score_grounding("The price in July is 90 euros.", [months]).value >= 0.7
    assert score_grounding("The price in July is 110 euros.", [months]).value < 0.5


def test_a_full_date_states_its_day_of_the_week() -> None:
    passage = "The bank opened its doors on October 12, 1875 in the town of Leeds."
    assert score_grounding("The bank opened on Tuesday, October 12, 1875.", [passage]).value >= 0.7
    assert score_grounding("The bank opened on Friday, October 12, 1875.", [passage]).value < 0.5
