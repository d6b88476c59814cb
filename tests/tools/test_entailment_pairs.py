"""Tests of the rules that make pairs for the entailment model, and of the order of its batches.
Knows nothing about the network: torch is no requirement of the project."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.entailment import additions, contradictions, scopes
from tools.entailment.batches import BatchStream, learning_rate, make_batches
from tools.entailment.edit import Edit, Rule
from tools.entailment.edits import edit_all
from tools.entailment.pair import Pair, read_pairs, write_pairs
from tools.entailment.pairs import changed_spans, edited_pairs
from tools.entailment.questions import declare
from tools.entailment.rephrasing import rephrase

NAMES = ("Carthage", "Remus")


def edit(rule: Rule, text: str, seed: int = 1, names: Sequence[str] = NAMES) -> Edit:
    found = rule(text, random.Random(seed), names)
    assert found is not None
    assert found.text != text
    return found


@pytest.mark.parametrize(
    "rule, text",
    [
        (contradictions.number, "The fee is 1,500 euros."),
        (contradictions.number, "It has three wheels."),
        (contradictions.number, "Pressure is 1.5 bar."),
        (contradictions.unit, "Goods can be returned within 30 days."),
        (contradictions.date, "The office closes on Monday."),
        (contradictions.name, "Many people live in Rome today."),
        (contradictions.roles, "Rome defeated Carthage in 202 BC."),
        (contradictions.directions, "The price rose from 10 to 20 euros."),
        (contradictions.clauses, "The match was stopped because heavy rain flooded the whole field."),
        (contradictions.opposite, "Sales increased last year."),
        (contradictions.negation, "The lock is included in the price."),
        (contradictions.negation, "The lock is not included in the price."),
        (contradictions.rank, "Berlin is the largest city in Germany."),
        (contradictions.rank, "He was the second president."),
        (scopes.scope, "Some members can borrow books."),
        (scopes.scope, "It usually opens at nine."),
        (scopes.condition, "You may park here if you have a permit."),
        (additions.advice, "The filter is washable."),
    ],
)  # fmt: skip
def test_a_changed_fact_scope_or_addition_does_not_follow(rule: Rule, text: str) -> None:
    for seed in range(5):
        assert not edit(rule, text, seed).follows


def test_exchanged_roles_keep_the_verb_between_them() -> None:
    assert (
        edit(contradictions.roles, "Rome defeated Carthage in 202 BC.").text
        == "Carthage defeated Rome in 202 BC."
    )


def test_two_names_joined_by_and_are_no_roles() -> None:
    assert contradictions.roles("They visited Rome and Carthage.", random.Random(1), NAMES) is None


def test_an_adjective_before_a_noun_is_no_role() -> None:
    text = "Star Wars is an American film."
    assert contradictions.roles(text, random.Random(1), NAMES) is None


def test_the_largest_becomes_another_place_in_the_order() -> None:
    texts = {edit(contradictions.rank, "Berlin is the largest city.", seed).text for seed in range(20)}
    assert "Berlin is the second-largest city." in texts
    assert all("largest" in text for text in texts)


def test_a_sentence_without_one_of_its_parts_follows_and_the_whole_does_not_follow_from_it() -> None:
    found = edit(additions.conjunct, "The museum opened in 1990, and it was closed again in the year 2001.")
    assert found.text == "The museum opened in 1990."
    assert found.follows
    assert found.reverse is False


def test_a_part_of_a_negated_sentence_is_not_taken_to_follow() -> None:
    text = "The museum was not opened in 1990, and it was never closed in the year 2001."
    assert additions.conjunct(text, random.Random(1), NAMES) is None


def test_a_weaker_degree_follows() -> None:
    assert edit(scopes.weaker, "All members can borrow books.").follows


def test_only_added_does_not_follow_and_only_removed_does() -> None:
    assert not edit(scopes.only, "Books are delivered on Monday.").follows
    assert edit(scopes.only, "Books are only delivered on Monday.").follows


def test_the_same_seed_gives_the_same_edits() -> None:
    text = "Romulus founded Rome in 753 BC, and later became its first king."
    assert edit_all(text, random.Random(3), NAMES) == edit_all(text, random.Random(3), NAMES)


@given(st.text(max_size=200), st.integers(0, 100))
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_edited_and_rephrased(text: str, seed: int) -> None:
    assert all(e.text.strip() != text.strip() for e in edit_all(text, random.Random(seed), NAMES))
    assert isinstance(rephrase(text, random.Random(seed)), str)


def test_a_passive_sentence_is_rephrased_with_the_same_roles() -> None:
    texts = {rephrase("Rome was founded by Romulus.", random.Random(seed)) for seed in range(60)}
    assert any(text.endswith(("founded Rome.", "established Rome.")) for text in texts)
    assert not any(text.endswith(("founded Romulus.", "established Romulus.")) for text in texts)


@pytest.mark.parametrize(
    "question, answer, statement",
    [
        ("Who founded Rome?", "Romulus", "Romulus founded Rome."),
        ("What is the capital of France?", "Paris", "The capital of France is Paris."),
        ("When was the bridge built?", "1890", "The bridge was built in 1890."),
        ("Where is the museum located?", "Bern", "The museum is located in Bern."),
        ("What did Maria Jensen found?", "a school", "Maria Jensen founded a school."),
        ("When did the war begin?", "1914", "The war began in 1914."),
        ("Why did it fail?", "rain", None),
    ],
)  # fmt: skip
def test_a_question_and_its_answer_become_a_statement(
    question: str, answer: str, statement: str | None
) -> None:
    assert declare(question, answer) == statement


def test_the_changed_words_are_marked() -> None:
    claim = "Rome has three rivers."
    assert [claim[a:b] for a, b in changed_spans(claim, "Rome has two rivers.")] == ["three"]


def test_where_words_are_missing_their_neighbours_are_marked() -> None:
    claim = "Books are sold."
    assert [claim[a:b] for a, b in changed_spans(claim, "Books are not sold.")] == ["are sold."]


PARAGRAPH = (
    "Romulus founded Rome in 753 BC on the Palatine hill.",
    "Most of the citizens lived near the river and worked on farms.",
    "The largest temple was built by Tarquin in the year 509 BC.",
)


def test_the_edited_claim_is_also_paired_with_evidence_that_has_the_edit() -> None:
    pairs = list(edited_pairs([PARAGRAPH] * 40, 400, random.Random(2)))
    kinds = {pair.kind for pair in pairs}
    assert {"number", "number in both", "roles", "elsewhere", "kept"} <= kinds
    assert all(pair.entailed for pair in pairs if pair.kind.endswith("in both") or pair.kind == "kept")
    assert not any(pair.entailed for pair in pairs if pair.kind in ("number", "roles", "elsewhere", "rank"))


def test_a_sentence_from_elsewhere_is_not_in_its_evidence() -> None:
    pairs = edited_pairs([PARAGRAPH] * 40, 400, random.Random(2))
    assert all(s not in p.evidence for p in pairs if p.kind == "elsewhere" for s in PARAGRAPH if s == p.claim)


def test_pairs_survive_their_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    pairs = [Pair("edits", "number", "é 3", "é 2", False, ((2, 3),)), Pair("mnli", "natural", "a", "b", True)]
    write_pairs(tmp_path / "pairs.jsonl", pairs)
    assert read_pairs(tmp_path / "pairs.jsonl") == pairs


@given(st.lists(st.integers(3, 128), min_size=1, max_size=300), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_every_pair_is_in_one_batch_and_no_batch_costs_more_than_allowed(
    lengths: list[int], seed: int
) -> None:
    batches = make_batches(lengths, 256, seed)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[i] for i in batch) <= 256 for batch in batches)


def test_a_run_that_goes_on_gets_the_batches_that_it_would_have_had() -> None:
    lengths = [random.Random(i).randrange(5, 120) for i in range(200)]
    whole = BatchStream(lengths, 512, seed=4)
    batches = [whole.batch_at(step) for step in range(120)]  # more than one pass
    again = BatchStream(lengths, 512, seed=4)
    assert [again.batch_at(step) for step in range(70, 120)] == batches[70:]


def test_passes_differ_in_order() -> None:
    stream = BatchStream([10] * 100, 100, seed=4)
    first = [stream.batch_at(step) for step in range(10)]
    assert first != [stream.batch_at(step) for step in range(10, 20)]


def test_the_learning_rate_rises_to_its_peak_and_falls_to_a_fiftieth() -> None:
    rates = [learning_rate(step / 100, 1.0) for step in range(101)]
    peak = rates.index(max(rates))
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[peak] == pytest.approx(1.0)
    assert rates[-1] == pytest.approx(0.02)
