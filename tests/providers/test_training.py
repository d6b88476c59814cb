"""Tests the files of variants and their training, with a fake encoder.
Knows nothing about prompts."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence

import numpy as np
import pytest

from workbench.errors import InputError, ModelError
from workbench.providers.embedded.feature_names import FEATURES
from workbench.providers.embedded.features import measure, question_type
from workbench.providers.embedded.selector import confidence_of
from workbench.providers.embedded.training import Example, Thumb, data_sha256, train_variant
from workbench.providers.embedded.units import NumberedPassage, split_units
from workbench.providers.embedded.variant import BASE_NAME, from_json, shipped_variants, to_json
from workbench.providers.types import Vectors

TODAY = "2026-11-24"
BASE = shipped_variants()[BASE_NAME]


def encode(texts: Sequence[str]) -> Vectors:
    """Unit vectors without meaning, the same for the same text."""
    seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") for text in texts]
    rows = np.stack([np.random.default_rng(seed).normal(size=16) for seed in seeds]).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def example(number: int) -> Example:
    """An example whose answer is in the second passage, under its heading, where the parent does not look first."""
    topic = f"topic{number}"
    first = NumberedPassage(1, "A", f"The {topic} is often discussed here. Nothing more is known.")
    second = NumberedPassage(2, "B", f"## {topic}\n\nIt weighs {number} tons. It was never moved.")
    end = second.text.index("tons.") + 5
    return Example(f"q{number}", f"How heavy is {topic}?", (first, second), ((1, end - 15, end),))


EXAMPLES = [example(number) for number in range(12)]


def first_choice(variant_weights: tuple[float, ...], item: Example) -> str:
    units = [unit for unit in split_units(item.passages) if unit.kind != "heading"]
    rows = measure(item.question, item.passages, units, encode)
    return units[int(np.argmax(rows @ np.array(variant_weights)))].text


def test_the_shipped_variant_says_where_it_comes_from() -> None:
    assert BASE.parent is None and "CC BY-SA 4.0" in BASE.trained_on.licence
    assert len(BASE.trained_on.question_ids) > 1000


def test_a_variant_survives_its_file() -> None:
    assert from_json(to_json(BASE)) == BASE


@pytest.mark.parametrize(
    "change, message",
    [
        ({"format": 99}, "format 99"),
        ({"threshold": 2}, "'threshold' is 2"),
        ({"weights": {"cosine": 1}}, "'weights' must have"),
        ({"confidence": None}, "'confidence' must have"),
        ({"trained_on": {"x": 1}}, "training record"),
        ({"name": 3}, "'name'"),
    ],
)
def test_a_damaged_file_is_explained(change: dict[str, object], message: str) -> None:
    text = json.dumps({**json.loads(to_json(BASE)), **change})
    with pytest.raises(ModelError, match=message) as caught:
        from_json(text, "mine.json")
    assert "mine.json" in str(caught.value)


def test_training_learns_what_the_parent_did_not_know() -> None:
    variant = train_variant(BASE, EXAMPLES, "mine", encode=encode, trained_at=TODAY)
    right = [first_choice(variant.weights, item).endswith("tons.") for item in EXAMPLES]
    before = [first_choice(BASE.weights, item).endswith("tons.") for item in EXAMPLES]
    assert sum(right) > sum(before)
    assert variant.parent == BASE_NAME and variant.fingerprint != BASE.fingerprint


def test_training_is_deterministic_and_recorded() -> None:
    one, two = (train_variant(BASE, EXAMPLES, "mine", encode=encode, trained_at=TODAY) for _ in range(2))
    assert one == two
    assert one.trained_on.question_ids == tuple(sorted(item.id for item in EXAMPLES))
    assert one.trained_on.data_sha256 == data_sha256(EXAMPLES[::-1])
    assert one.trained_on.counts["examples"] == 12
    assert {"before", "after", "strength"} <= set(one.trained_on.metrics)


def test_few_examples_move_the_weights_less_than_many() -> None:
    def moved(count: int) -> float:
        trained = train_variant(
            BASE, EXAMPLES[:count], "mine", encode=encode, trained_at=TODAY, strengths=(32.0,)
        )
        return float(np.abs(np.subtract(trained.weights, BASE.weights) * np.array(BASE.scales)).sum())

    assert 0 < moved(1) < moved(12)


def test_unanswerable_examples_teach_when_to_decline() -> None:
    unanswerable = [
        Example(f"u{n}", "Who paints zebras?", (NumberedPassage(1, "A", f"Ships carry {n} tons. It rains."),))
        for n in range(8)
    ]
    variant = train_variant(BASE, [*EXAMPLES, *unanswerable], "mine", encode=encode, trained_at=TODAY)
    assert variant.confidence != BASE.confidence

    def sure(item: Example) -> bool:
        units = [unit for unit in split_units(item.passages) if unit.kind != "heading"]
        rows = measure(item.question, item.passages, units, encode)
        return confidence_of(variant, rows) >= variant.threshold

    assert np.mean([sure(item) for item in EXAMPLES]) > np.mean([sure(item) for item in unanswerable])


def test_a_few_examples_leave_the_decline_threshold_alone() -> None:
    variant = train_variant(BASE, EXAMPLES[:2], "mine", encode=encode, trained_at=TODAY)
    assert (variant.confidence, variant.threshold) == (BASE.confidence, BASE.threshold)


def test_thumbs_train_too() -> None:
    thumbs = [
        Thumb(item.id, item.question, item.passages, f"It weighs {n} tons.", up=True)
        for n, item in enumerate(EXAMPLES)
    ]
    variant = train_variant(BASE, [], "mine", encode=encode, trained_at=TODAY, thumbs=thumbs)
    assert variant.trained_on.counts["thumbs_up"] == 12
    assert first_choice(variant.weights, EXAMPLES[3]).endswith("tons.")


def test_nothing_to_learn_is_an_error() -> None:
    bare = dataclasses.replace(EXAMPLES[0], evidence=())
    with pytest.raises(InputError, match="nothing to learn"):
        train_variant(BASE, [bare], "mine", encode=encode, trained_at=TODAY)


def test_features_are_finite_and_named() -> None:
    item = EXAMPLES[0]
    units = split_units(item.passages)
    rows = measure(item.question, item.passages, units, encode)
    assert rows.shape == (len(units), len(FEATURES)) and np.isfinite(rows).all()
    assert measure("", item.passages, units, encode).shape == rows.shape
    assert measure("x?", [], [], encode).shape == (0, len(FEATURES))


@pytest.mark.parametrize(
    "question, kind",
    [
        ("When did it open?", "date"),
        ("How many are there?", "number"),
        ("Who built it?", "name"),
        ("Where is it?", "name"),
        ("Why is it closed?", "reason"),
        ("What is it?", None),
    ],
)
def test_question_types(question: str, kind: str | None) -> None:
    assert question_type(question) == kind
