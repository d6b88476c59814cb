"""Tests that what stands in a passage word for word is supported, and that a changed copy is not.
Knows nothing about claims in other words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.corpus.reading import load_documents
from workbench.pipeline.chunking import chunk_document
from workbench.scoring.grounding import score_grounding
from workbench.scoring.support import SUPPORTED
from workbench.text import split_sentences

CORPORA = Path(__file__).parents[2] / "corpora"
RETURNS = (
    "Open a return in your account first; parcels that arrive without a return number wait on a shelf for up to "
    "two weeks while we find out whose they are. Registration is free, and must be done within 60 days of delivery."
)
TABLE = (
    "| Place | Hotel | Meals |\n|---|---|---|\n| London | 180 | 45 |\n| Other places in the US | 160 | 40 |\n"
    "| Staying with friends | 30 as a present for the host | 40 |"
)
RECORDS = (
    "code: E11; product: Tide 2 Pro; meaning: pump dry; three dry runs lock it; minutes: 30; warranty: no\n"
    "code: E12; product: Tide 2 Pro; meaning: pump locked; minutes: 20; warranty: yes\n"
)


def support(answer: str, *passages: str, question: str | None = None) -> float:
    value = score_grounding(answer, list(passages), question).value
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("answer", "passage"),
    [
        (RETURNS, RETURNS),
        ("Parcels that arrive without a return number wait on a shelf for up to two weeks", RETURNS),
        ("registration is FREE", RETURNS),
        ("**Registration is free**, and must be done\nwithin 60 days of delivery [1].", RETURNS),
        ("- Registration is free, and must be done within 60 days of delivery.", RETURNS),
        ("It takes 30–40 days.", "It takes 30-40 days."),
        ("The fuse is a 10A fuse.", "The fuse is a 10 A fuse."),
        ("It costs 10 000 euros.", "It costs 10,000 euros."),
        ("The driver’s “rule”…", 'The driver\'s "rule"...'),
        ("Read the manual first.", "Read [the manual](https://example.com/a(1)) first.[^2]"),
        ("Read [the manual](https://example.com) first.", "Read the manual first."),
        ("温度は30度です。", "警告。温度は30度です。"),
        ("Ember 15", "The Ember 15 is a heater."),
    ],
)
def test_a_copy_in_other_typography_markup_or_case_is_supported(answer: str, passage: str) -> None:
    assert support(answer, "Nothing to see here.", passage) > 0.95


@pytest.mark.parametrize(
    ("answer", "passage"),
    [
        ("It takes 1.5 hours.", "It takes 11.5 hours."),
        ("Store it at 18 °C.", "Store it at -18 °C."),
        ("Store it at 18 °C.", "Store it at −18 °C."),
        ("Store it at -18 °C.", "Store it at 18 °C."),
        ("The limit is 10 kg.", "The limit is 100 kg."),
        ("It takes 40 days.", "It takes 30-40 weeks."),
        ("The price is 5 euros.", "The price is 5 million euros."),
        ("Use version 3.1.", "Use version 3.12."),
        ("Dogs are allowed on the tram.", "Dogs are not allowed on the tram."),
        ("Dogs are allowed on the tram.", "It is not true that dogs are allowed on the tram."),
        ("Dogs are allowed on the tram.", "That dogs are allowed on the tram is a myth."),
        ("Dogs are allowed on the tram.", "No dogs are allowed on the tram."),
        ("Open the door of the machine.", "Never open the door of the machine."),
    ],
)
def test_what_only_looks_like_a_copy_is_not_supported(answer: str, passage: str) -> None:
    assert support(answer, passage) < SUPPORTED


@pytest.mark.parametrize(
    "passage", ["Are dogs allowed on the tram?", "Is it so that dogs are allowed on the tram?"]
)
def test_a_passage_that_only_asks_it_does_not_support_a_claim(passage: str) -> None:
    assert support("Dogs are allowed on the tram.", passage) < SUPPORTED


def test_a_copy_without_the_condition_it_stands_under_is_no_copy() -> None:
    assert support("Parking is free.", "Parking is free unless there is a concert.") < 0.99


def test_a_copy_of_one_clause_is_supported_whatever_the_others_deny() -> None:
    passage = "Switching off does no harm up to version 3.1, but from version 3.2 on the old firmware is erased first."
    assert support("From version 3.2 on the old firmware is erased first.", passage) > 0.95


@pytest.mark.parametrize(
    "row",
    [
        "| Other places in the US | 160 | 40 |",
        "| Other places in the US | 40 |",
        "| 160 | Other places in the US |",
        "| **London** | 180 |",
    ],
)
def test_a_row_with_cells_of_one_row_is_supported(row: str) -> None:
    assert support(row, TABLE) > 0.95


@pytest.mark.parametrize(
    "row",
    ["| Other places in the US | 190 | 40 |", "| Other places in the US | 180 |", "| London | 160 | 45 |"],
)
def test_a_row_with_a_cell_of_another_row_is_not_supported(row: str) -> None:
    grounding = score_grounding(row, [TABLE])
    assert grounding.value is not None and grounding.value < SUPPORTED
    assert "row" in grounding.claims[0].reason


def test_records_are_compared_field_by_field() -> None:
    assert support("code: E12; minutes: 20; warranty: yes", RECORDS) > 0.95
    assert support("code: E11; product: Tide 2 Pro; minutes: 30", RECORDS) > 0.95
    assert support("code: E12; product: Tide 2 Pro; minutes: 30", RECORDS) < SUPPORTED
    assert support("code: E12; product: Tide 2 Pro; warranty: no", RECORDS) < SUPPORTED


def test_the_place_of_a_copy_is_the_clause_that_it_stands_in() -> None:
    claim = score_grounding("Registration is free", ["Something else.", RETURNS]).claims[0]
    assert claim.best_passage == 1 and claim.best_sentence == RETURNS[claim.best_start : claim.best_end]
    assert claim.best_sentence.startswith("Registration is free")


COPIED = [
    "Goods can be returned within 30 days of delivery.",
    "The heater weighs 12.5 kg and draws 10 A.",
    "Store the filter at -18 °C, away from light.",
    "The workshop closes on 24 December 2025 at 16:30.",
    "The fee is €35 for members; guests pay €50.",
    "Up to 40% of the price is paid back by the insurer.",
]
SENTENCES = st.sampled_from(COPIED)
FILLERS = st.lists(
    st.sampled_from(["Penguins feed on krill.", "The committee meets twice a year.", "Ask at the desk."]),
    max_size=4,
)
LOOKS = st.sampled_from(
    [
        lambda text: text.replace("-", "−"),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: text.upper(),
        lambda text: f"**{text}**",
        lambda text: f"3. {text} [2]",
        lambda text: f"> {text}",
        lambda text: text.replace(" ", "  "),
        lambda text: f"\u200b{text}",
    ]
)


@settings(max_examples=60, deadline=None)
@given(sentence=SENTENCES, before=FILLERS, after=FILLERS)
def test_a_claim_copied_from_a_passage_is_supported(
    sentence: str, before: list[str], after: list[str]
) -> None:
    assert support(sentence, " ".join([*before, sentence, *after])) > 0.95


@settings(max_examples=60, deadline=None)
@given(sentence=SENTENCES, look=LOOKS)
def test_typography_changes_nothing(sentence: str, look: object) -> None:
    assert support(look(sentence), sentence) == support(sentence, sentence)  # type: ignore[operator]


CHANGES = [
        ("30 days", "90 days"), ("30 days", "30 weeks"), ("12.5 kg", "125 kg"), ("12.5 kg", "12.5 g"), ("10 A", "16 A"),
        ("-18", "18"), ("-18", "-8"), ("24 December", "23 December"), ("2025", "2024"), ("16:30", "17:30"),
        ("€35", "€53"), ("€50", "$50"), ("40%", "45%"),
    ]  # fmt: skip
CHANGED = st.sampled_from(
    [(sentence, change) for sentence in COPIED for change in CHANGES if change[0] in sentence]
)


@settings(max_examples=80, deadline=None)
@given(changed=CHANGED, filler=FILLERS)
def test_a_changed_number_unit_sign_or_date_is_not_supported(
    changed: tuple[str, tuple[str, str]], filler: list[str]
) -> None:
    sentence, change = changed
    grounding = score_grounding(sentence.replace(*change), [" ".join([*filler, sentence])])
    assert min(claim.support for claim in grounding.claims) < SUPPORTED


@settings(max_examples=30, deadline=None)
@given(
    order=st.permutations([RETURNS, TABLE, RECORDS, "Dogs are not allowed on the tram."]), sentence=SENTENCES
)
def test_the_order_of_the_passages_changes_nothing(order: list[str], sentence: str) -> None:
    answer = f"{sentence} Registration is free. | London | 180 |"
    usual = [RETURNS, TABLE, RECORDS, "Dogs are not allowed on the tram."]
    assert support(answer, *order) == pytest.approx(support(answer, *usual))


@pytest.mark.parametrize("corpus", sorted(path.name for path in CORPORA.iterdir() if path.is_dir()))
def test_every_sentence_of_a_corpus_is_supported_by_its_document_and_its_chunk(corpus: str) -> None:
    documents, _ = load_documents(CORPORA / corpus / "documents")
    for document in documents:
        chunks = [chunk.text for chunk in chunk_document(document, "sentence", 256, 0)]
        for sentence in split_sentences(document.text)[::3]:
            own = next((chunk for chunk in chunks if sentence.text in chunk), document.text)
            for passage in (document.text, own):
                value = score_grounding(sentence.text, [passage]).value
                assert value is None or value >= 0.9, (document.name, sentence.text)
