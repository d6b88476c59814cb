"""Tests of the grounding score: its range, equal forms of quantities and names, and the reasons it gives.
Knows nothing about how good it is: benchmarks/grounding.py measures that."""

from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.scoring.claims import split_claims
from workbench.scoring.grounding import GroundingScore, score, score_grounding
from workbench.scoring.grounding_evidence import read_text
from workbench.scoring.grounding_features import FEATURES, HELPS
from workbench.scoring.grounding_support import COEFFICIENTS
from workbench.scoring.quantities import find_quantities, is_stated
from workbench.scoring.types import AnswerContext, ScoredPassage

RETURNS = (
    "Goods can be returned within 30 days of delivery. The buyer pays for the parcel. Filters are excluded."
)
HISTORY = (
    "Harbor Heating was founded by Maria Jensen in Aarhus on 5 March 1984. Nordwind acquired Harbor Heating in 2019. "
    "It employs 1,500 people in the United States and made a profit of $5m."
)
OTHER = (
    "Penguins live on the coast of Antarctica. They feed on krill and small fish, and nest in large colonies."
)
SENTENCES = [
    "Goods can be returned within 30 days of delivery.",
    "Nordwind acquired Harbor Heating in 2019.",
    "They feed on krill and small fish, and nest in large colonies.",
]


def support(answer: str, *passages: str) -> float:
    value = score_grounding(answer, list(passages)).value
    assert value is not None
    return value


# --- what always holds ----------------------------------------------------------------------------


def check(grounding: GroundingScore, answer: str) -> None:
    assert grounding.value is None or (math.isfinite(grounding.value) and 0 <= grounding.value <= 1)
    assert (grounding.value is None) == (not grounding.claims) and (grounding.claims or grounding.reason)
    for claim in grounding.claims:
        assert 0 <= claim.support <= 1 and 0 <= claim.start < claim.end <= len(answer)
        assert claim.support >= 0.5 or claim.reason


@settings(max_examples=60, deadline=None)
@given(answer=st.text(max_size=200), passages=st.lists(st.text(max_size=200), max_size=3))
def test_no_text_makes_it_raise_or_leave_its_range(answer: str, passages: list[str]) -> None:
    check(score_grounding(answer, passages), answer)


PIECES = st.sampled_from(
    ["Goods ", "30 days", "$5", "5m", "1,5", "-", " May ", "5th", "2024-13-45", "99/99/2024", ", and ", "not ", "U.S.",
     "NATO ", "|", "\n", "[1]", "%", " million", ". ", "Ö", "日本", "\u202e", "👩‍👩‍👧", "1" * 40, "e9", "twenty-", "hundred "]
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(answer=st.lists(PIECES, max_size=14).map("".join), passage=st.lists(PIECES, max_size=14).map("".join))
def test_fragments_of_numbers_dates_and_scripts_do_not_make_it_raise(answer: str, passage: str) -> None:
    check(score_grounding(answer, [passage, RETURNS]), answer)


@settings(max_examples=25, deadline=None)
@given(order=st.permutations([RETURNS, HISTORY, OTHER, RETURNS]), sentence=st.sampled_from(SENTENCES))
def test_the_order_of_passages_does_not_matter(order: list[str], sentence: str) -> None:
    changed = sentence.replace("in", "near")
    assert support(changed, *order) == pytest.approx(support(changed, RETURNS, HISTORY, OTHER, RETURNS))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_copied_sentence_is_supported(sentence: str) -> None:
    grounding = score_grounding(sentence, [OTHER, HISTORY, RETURNS])
    assert grounding.value is not None and grounding.value > 0.85 and not grounding.claims[0].reasons


@pytest.mark.parametrize(
    "sentence", [*SENTENCES, "Harbor Heating employs 1,500 people.", "Bananas grow on the moon."]
)
def test_an_irrelevant_passage_does_not_lower_support(sentence: str) -> None:
    noise = "The committee meets twice a year. Minutes are kept for ten years by the secretary."
    assert (
        support(sentence, RETURNS, HISTORY, OTHER, noise) >= support(sentence, RETURNS, HISTORY, OTHER) - 0.02
    )


def test_the_same_input_gives_the_same_score() -> None:
    assert score_grounding(HISTORY, [OTHER, HISTORY]) == score_grounding(HISTORY, [OTHER, HISTORY])


def test_the_signs_of_the_shipped_weights_make_sense() -> None:
    data = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    assert set(data["weights"]) == set(FEATURES)
    assert all((weight >= 0) == (name in HELPS) for name, weight in data["weights"].items() if weight)
    assert all(len(sha) == 64 for one in data["data"].values() for sha in one["sha256"].values())


# --- numbers, dates, units ------------------------------------------------------------------------


def says(claim: str, passage: str) -> bool:
    there = find_quantities(passage)
    offers = {offer for q in there for offer in q.offers}
    amounts = [(q.kind, q.value) for q in there if q.value is not None]
    own = find_quantities(claim)
    assert own
    return all(is_stated(q, offers, amounts) for q in own)


SAME = [
    ("5 March 2024", "2024-03-05"), ("March 5th, 2024", "5 March 2024"), ("2024/03/05", "the 5th of March 2024"),
    ("Mar. 5, 2024", "5 March 2024"), ("March 2024", "2024-03-05"), ("in 2024", "5 March 2024"), ("05/03/2024", "5 March 2024"),
    ("1.5k users", "1,500 users"), ("1500", "1,500"), ("twenty-five", "25"), ("two hundred and five", "205"),
    ("a dozen eggs and 3 more", "12 eggs, 3 more"), ("USD 5 million", "$5m"), ("5 million dollars", "$5,000,000"),
    ("€20", "20 EUR"), ("45%", "45 per cent"), ("forty-five percent", "45 %"), ("90 minutes", "1.5 hours"), ("2 weeks", "14 days"),
    ("1 year", "12 months"), ("5 km", "5,000 metres"), ("500 g", "0.5 kg"), ("30 days", "30-day"), ("30 days", "thirty days"),
    ("5.2 million", "5,234,100"), ("about 1,500", "1,497"), ("3.11.2", "version 3.11.2"), ("20 GB", "20GB"), ("50", "50 euros"),
]  # fmt: skip
DIFFERENT = [
    ("5 March 2024", "2024-05-13"), ("5 March 2024", "5 March 2023"), ("March 2024", "2024-05-13"), ("30 days", "90 days"),
    ("30 days", "30 hours"), ("$5m", "€5m"), ("5 million", "5 billion"), ("45%", "54%"), ("1.5k", "1.5 million"), ("5 km", "5 miles"),
    ("1,497", "about 1,500"), ("3.11.2", "3.11.3"), ("twelve", "20"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "passage"), SAME)
def test_one_quantity_in_two_forms_is_one(claim: str, passage: str) -> None:
    assert says(claim, passage)


@pytest.mark.parametrize(("claim", "passage"), DIFFERENT)
def test_two_quantities_are_not_taken_for_one(claim: str, passage: str) -> None:
    assert not says(claim, passage)


@pytest.mark.parametrize(
    ("one", "other"),
    [("5 March 2024", "2024-03-05"), ("1.5k", "1,500"), ("$5m", "USD 5 million"), ("45%", "45 percent")],
)
def test_equal_forms_are_equal_words(one: str, other: str) -> None:
    assert read_text(one).stems == read_text(other).stems


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_a_number_with_and_without_commas_is_one(number: int) -> None:
    assert says(f"{number:,}", str(number)) and says(str(number), f"it was {number:,} then")


@settings(max_examples=60, deadline=None)
@given(st.dates())
def test_a_date_is_one_in_all_its_forms(date: object) -> None:
    if not 1100 <= date.year <= 2099:  # type: ignore[attr-defined]
        return
    forms = [f"{date:%Y-%m-%d}", f"{date:%B} {date.day}, {date.year}", f"{date.day} {date:%b} {date.year}"]  # type: ignore[attr-defined]
    assert all(says(one, other) for one in forms for other in forms)


# --- what lowers support --------------------------------------------------------------------------

WORSE = [
    (
        "number",
        "Goods can be returned within 30 days of delivery.",
        "Goods can be returned within 90 days of delivery.",
    ),
    ("year", "Nordwind acquired Harbor Heating in 2019.", "Nordwind acquired Harbor Heating in 2014."),
    (
        "unit",
        "Goods can be returned within 30 days of delivery.",
        "Goods can be returned within 30 hours of delivery.",
    ),
    ("name", "Harbor Heating was founded by Maria Jensen.", "Harbor Heating was founded by Peter Larsen."),
    (
        "negation",
        "Goods can be returned within 30 days of delivery.",
        "Goods cannot be returned within 30 days of delivery.",
    ),
    ("exchanged", "Nordwind acquired Harbor Heating in 2019.", "Harbor Heating acquired Nordwind in 2019."),
    ("opposite", "They nest in large colonies.", "They nest in small colonies before breeding."),
    ("invented", "The buyer pays for the parcel.", "The shop sends a courier to fetch the parcel for free."),
]


@pytest.mark.parametrize(("right", "wrong"), [w[1:] for w in WORSE], ids=[w[0] for w in WORSE])
def test_what_is_wrong_has_less_support(right: str, wrong: str) -> None:
    assert support(wrong, RETURNS, HISTORY, OTHER) < support(right, RETURNS, HISTORY, OTHER) - 0.1


# A sentence with several values, what it says, and stretches of it with one value exchanged for another.
EXCHANGED = [
    (
        "On Saturdays the office opens at 9:00; on weekdays it opens at 8:30.",
        ["On Saturdays the office opens at 9:00.", "On weekdays it opens at 8:30.", "On Mondays it opens at 8:30."],
        ["On Saturdays the office opens at 8:30.", "On weekdays the office opens at 9:00."],
    ),
    (
        "The firm sold 300 units in 2001 and 500 units in 2002.",
        ["The firm sold 500 units in 2002.", "In 2002 the firm sold 500 units."],
        ["The firm sold 500 units in 2001."],
    ),
    (
        "Guests check in from 3 pm and leave by 11 am; a late departure until 2 pm costs 25 euros and a form.",
        ["Guests check in from 3 pm and leave by 11 am.", "A late departure until 2 pm costs 25 euros."],
        ["Guests check in from 2 pm and leave by 11 am.", "Guests check in from 11 am and leave by 11 am."],
    ),
    (
        "In 2019 the company employed 300 people and in 2020 it had 400.",
        [
            "In 2019 the company employed 300 people.",
            "In 2020 the company had 400 people.",
            "In 2020 the company employed 400 people.",
            "The company had 400 people in 2020.",
        ],
        ["In 2019 the company employed 400 people.", "In 2020 the company employed 300 people."],
    ),
    (
        "Employees get 20 days, and 25 days after 5 years.",
        ["Employees get 20 days.", "Employees get 25 days after 5 years.", "After 5 years employees get 25 days."],
        [],
    ),
    (
        "The firm grew 5% in 2001, 7% in 2002 and again 5% in 2003.",
        ["The firm grew 5% in 2003.", "The firm grew 7% in 2002.", "The firm grew again 5% in 2003."],
        ["The firm grew 7% in 2001."],
    ),
    (
        "The ticket cost 5 euros in 2010 and 2011, and 6 euros from 2012 on.",
        ["The ticket cost 5 euros in 2010.", "The ticket cost 5 euros in 2011.", "The ticket cost 6 euros from 2012 on."],
        [],
    ),
    (
        "Trains leave at 9:00, 11:00 and 15:00 from platform 5.",
        ["Trains leave at 11:00 from platform 5.", "Trains leave at 15:00 from platform 5."],
        [],
    ),
    (
        "Founded in 1998 by Ann Lee, the firm has 20 staff and made 300 pumps in 2010.",
        ["The firm was founded in 1998.", "The firm made 300 pumps in 2010.", "The firm has 20 staff."],
        [],
    ),
    (
        "The shop opens at 9:00 and closes at 17:00 on Saturdays, but at 20:00 on Fridays.",
        ["On Saturdays the shop opens at 9:00.", "The shop closes at 17:00 on Saturdays.", "It closes at 20:00 on Fridays."],
        ["The shop opens at 9:00 and closes at 20:00 on Saturdays."],
    ),
    (
        "On top is a plateau 650 metres (2,132 feet) long and 30 metres wide.",
        ["On top is a plateau 650 metres long and 30 metres wide.", "On top is a plateau 2,132 feet long."],
        [],
    ),
    (
        "Standard rooms cost 80 euros in May and 90 euros in June.",
        ["Standard rooms cost 90 euros in June.", "In June standard rooms cost 90 euros."],
        ["Standard rooms cost 90 euros in May.", "Standard rooms cost 80 euros in June."],
    ),
    (
        "A pass is 30 euros for 10 swims or 50 euros for 20 swims, and is good for 12 months.",
        ["A pass is 50 euros for 20 swims.", "A pass is good for 12 months.", "A pass for 10 swims is 30 euros."],
        ["A pass is 50 euros for 10 swims."],
    ),
    (
        "Children under 6 travel free, those from 6 to 14 pay 2 euros, and adults pay 4 euros.",
        ["Children from 6 to 14 pay 2 euros.", "Adults pay 4 euros.", "Children under 6 travel free."],
        [],
    ),
    (
        "The old bridge of 1890 carried 2 lanes, the new one of 1990 carries 4 lanes.",
        ["The new one of 1990 carries 4 lanes.", "The old bridge of 1890 carried 2 lanes."],
        ["The old bridge of 1890 carried 4 lanes."],
    ),
    (
        "She won in 1998, was second in 1999 and won again in 2001 with 45 points.",
        ["She won again in 2001 with 45 points.", "She won in 1998.", "In 2001 she won with 45 points."],
        [],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("passage", "right", "wrong"), EXCHANGED)
def test_a_copy_with_one_value_exchanged_for_another_of_the_sentence_is_a_wrong_one(
    passage: str, right: list[str], wrong: list[str]
) -> None:
    assert [claim for claim in right if support(claim, OTHER, passage) < 0.7] == []
    assert [claim for claim in wrong if support(claim, OTHER, passage) >= 0.5] == []


def test_a_value_that_another_sentence_states_is_not_taken_for_exchanged() -> None:
    passage = "In Bern the shop sold 300 lamps in 2019 and 400 lamps in 2020."
    claim = "In Bern the shop sold 400 lamps in 2019."
    assert support(claim, passage) < 0.5
    assert support(claim, passage, "In Bern the shop sold 400 lamps in 2019, most of them red.") >= 0.7


def test_a_relation_turned_passive_is_not_taken_for_exchanged() -> None:
    claim = score_grounding("Harbor Heating was acquired by Nordwind in 2019.", [HISTORY]).claims[0]
    assert claim.support > 0.5


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("The USA employs 1,500 people.", "It employs 1,500 people in the United States of America."),
        ("The United States employs 1,500 people.", "It employs 1,500 people in the USA."),
        ("It is part of the World Health Organization.", "It is part of the WHO."),
        ("Jovanovic won the match.", "Jovanović won the match."),
        ("Paterson won the match.", "Patterson won the match."),
    ],
)
def test_a_name_in_another_form_is_not_missing(claim: str, passage: str) -> None:
    scored = score_grounding(claim, [passage]).claims[0]
    assert scored.support > 0.5 and not scored.reasons


# --- why ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("Goods can be returned within 90 days of delivery.", "It says 90 days, the nearest sentence 30 days."),
        ("Harbor Heating was founded by Olaf Svendsen.", "Olaf, Svendsen are not in the passages."),
        ("Goods cannot be returned within 30 days.", "denied in only one"),
        ("Quantum bananas orbit purple moons.", "Nothing in the passages comes close."),
    ],
)  # fmt: skip
def test_a_weak_claim_says_why(answer: str, why: str) -> None:
    claim = min(score_grounding(answer, [RETURNS, HISTORY]).claims, key=lambda c: c.support)
    assert claim.support < 0.5 and any(why in reason for reason in claim.reasons)


def test_the_nearest_sentence_is_given_with_its_place() -> None:
    passages = [OTHER, RETURNS]
    claim = score_grounding("Filters are excluded from this.", passages).claims[0]
    assert claim.best_passage == 1 and claim.best_sentence == "Filters are excluded."
    assert passages[1][claim.best_start : claim.best_end] == claim.best_sentence


def test_the_scorer_keeps_claims_with_their_nearest_sentence_and_reasons() -> None:
    grounding = score(
        AnswerContext(
            question="?",
            answer="Goods can be returned within 90 days.",
            references=(),
            evidence=(),
            answerable=True,
            passages=(ScoredPassage("a.md", 0, len(RETURNS), RETURNS),),
        )  # fmt: skip
    )
    (claim,) = grounding.detail["claims"]  # type: ignore[misc]
    assert RETURNS[claim["sentence_start"] : claim["sentence_end"]] == claim["sentence"]
    assert claim["reason"] == claim["reasons"][0] == "It says 90 days, the nearest sentence 30 days."


# --- claims ---------------------------------------------------------------------------------------


def claims(answer: str) -> list[str]:
    return [c.text for c in split_claims(answer)]


def test_a_sentence_that_says_several_things_is_several_claims() -> None:
    answer = "Goods can be returned within 30 days of delivery, but the buyer pays for the parcel to the depot [1]."
    assert claims(answer) == [
        "Goods can be returned within 30 days of delivery",
        "but the buyer pays for the parcel to the depot.",
    ]


def test_a_wrong_clause_is_the_one_that_is_marked() -> None:
    answer = "Goods can be returned within 30 days of delivery, and the secret moon base pays for bananas."
    good, bad = score_grounding(answer, [RETURNS]).claims
    assert good.support > 0.5 > bad.support and answer[bad.start : bad.end].startswith(
        "and the secret moon base"
    )


def test_list_items_and_table_rows_are_claims_without_markers_citations_and_rules() -> None:
    answer = "- Heaters: 5 years [1]\n- Filters: none【2†source】\n\n| Part | Term |\n|---|---|\n| Pump | 2 years |\n\n```\ncode = 1\n```"
    assert claims(answer) == [
        "Heaters: 5 years",
        "Filters: none",
        "Pump 2 years",
        "code = 1",
    ]


def test_spans_of_claims_lie_in_the_answer_in_order_and_do_not_overlap() -> None:
    answer = f"{HISTORY} {RETURNS}\n\n1. {OTHER}\n2. It is cheap, although the price of the parts has risen by 5 %."
    parts = split_claims(answer)
    assert all(a.end <= b.start for a, b in zip(parts, parts[1:], strict=False))
    assert all(answer[c.start : c.end].strip() for c in parts)


# --- bad input ------------------------------------------------------------------------------------


def test_without_passages_nothing_is_supported_and_it_is_said() -> None:
    for passages in ([], [""], ["  \n"]):
        grounding = score_grounding("Goods can be returned within 30 days.", passages)
        assert (
            grounding.value == 0
            and grounding.reason == "There are no passages." == grounding.claims[0].reason
        )


@pytest.mark.parametrize("answer", ["", " \n\t", "[1]", "---", "```", "👍👍", "?!", "I don't know."])
def test_what_claims_nothing_has_no_score(answer: str) -> None:
    grounding = score_grounding(answer, [RETURNS])
    assert grounding.value is None and grounding.reason


def long_answers() -> list[str]:
    chance = random.Random(7)
    word = ["goods", "returned", "Nordwind", "30", "not", "days", "parcel"]
    return [
        (HISTORY + " ") * 250,
        "a" * 50_000,
        "".join(chance.choice("abcdefg .") for _ in range(50_000)),
        " ".join(chance.choice(word) for _ in range(9_000)),
        "| 1,234.5 | 2024-03-05 | USD 5 million |" * 1_250,
        "日本語の文章です" * 6_250,
        "1" * 50_000,
        "(" * 50_000,
        "A." * 25_000,
    ]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("index", range(9))
def test_an_answer_of_50_000_characters_is_scored(index: int) -> None:
    answer = long_answers()[index]
    check(score_grounding(answer, [HISTORY, RETURNS]), answer)


LANGUAGES = [
    ("German", "Die Ware kann innerhalb von 30 Tagen zurückgegeben werden, wenn sie unbenutzt ist.", "Der Mond besteht ausschließlich aus grünem Käse und wird von 77 Riesen bewohnt."),
    ("French", "Les marchandises peuvent être retournées dans un délai de 30 jours après la livraison.", "La lune est entièrement faite de fromage vert et habitée par 77 géants."),
    ("Russian", "Товар можно вернуть в течение 30 дней после доставки без объяснения причин.", "Луна целиком состоит из зелёного сыра и населена 77 великанами."),
    ("Japanese", "商品は配達後30日以内に返品することができます。", "月は緑のチーズでできていて巨人が住んでいます。"),
    ("Arabic", "يمكن إرجاع البضائع خلال 30 يومًا من تاريخ التسليم إذا كانت غير مستعملة", "القمر مصنوع بالكامل من الجبن الأخضر ويسكنه العمالقة"),
    ("Hebrew", "ניתן להחזיר את המוצר תוך 30 יום ממועד המסירה ללא נימוק", "הירח עשוי כולו מגבינה ירוקה ומאוכלס בענקים"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong"), [x[1:] for x in LANGUAGES], ids=[x[0] for x in LANGUAGES])
def test_another_language_is_scored_by_equal_words_and_said_so(right: str, wrong: str) -> None:
    true, false = score_grounding(right, [right, OTHER]), score_grounding(wrong, [right, OTHER])
    assert true.value is not None and false.value is not None and true.value > 0.7 > 0.5 > false.value
    assert "does not look English" in true.reason


@pytest.mark.parametrize(
    "text",
    [
        "def returns(days: int = 30) -> bool:\n    return days <= 30  # within the period",
        "| Product | Warranty | Price |\n|---|---|---|\n| A2 heater | 5 years | $1,200 |",
        "🔥 Heaters are hot! 🔥 They reach 80 °C 🌡️ within 5 minutes.",
        "\u202eGoods can be returned within 30 days\u202c of delivery.",
    ],
    ids=["code", "table", "emoji", "right to left mark"],
)
def test_code_tables_emoji_and_marks_are_supported_by_their_copies(text: str) -> None:
    assert support(text, text) > 0.7
    assert support(text, OTHER) < 0.5


def test_text_in_english_is_not_said_to_be_another_language() -> None:
    assert score_grounding(HISTORY, [HISTORY]).reason == ""


@pytest.mark.parametrize("answer", ["", " ", "\n\n"])
def test_an_answer_without_words_has_no_claims(answer: str) -> None:
    assert split_claims(answer) == []
