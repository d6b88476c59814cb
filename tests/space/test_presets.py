"""Presets: what they make of the available prompts and models, and what they do not change.
Knows nothing about the page that offers them."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.space.experiment import ExperimentFile
from workbench.space.presets import PRESETS, Available, Preset, apply_preset, describe_changes

HAND = Available(
    prompts=["brief", "long"], models=["own", "embedded/extractive"], priced=["embedded/extractive"],
    prompt="brief", model="own",
)  # fmt: skip
NOW: dict[str, Any] = {
    "name": "mine", "corpus": "c", "questions": {"tags": ["t"], "limit": 9}, "prompts": ["long"], "models": ["own"],
    "repeats": 3, "exclude": [{"top_k": 2}], "scores": ["refusal", {"name": "heat", "rubric": "1 when hot"}],
    "judge": "own", "objective": {"maximize": ["refusal", "heat"], "at_most": {"tokens_per_answer": 300}},
    "budget_usd": 2.0, "holdout": 0.2, "seed": 3,
}  # fmt: skip


def named(name: str) -> Preset:
    return next(p for p in PRESETS if p.name == name)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.name)
def test_every_preset_makes_a_sound_file_and_leaves_what_is_not_its_own(preset: Preset) -> None:
    made = ExperimentFile.model_validate(apply_preset(preset, HAND, NOW))
    assert (made.name, made.corpus, made.budget_usd, made.holdout, made.seed) == ("mine", "c", 2.0, 0.2, 3)
    assert made.questions.tags == ["t"] and made.questions.limit == 9
    assert made.exclude == [] and made.repeats == 1
    assert preset.needs(HAND) == "" and preset.what.endswith(".")


def test_a_search_that_follows_one_aim_keeps_the_first() -> None:
    made = apply_preset(named("Everything, searched"), HAND, NOW)
    assert made["objective"] == {"maximize": "refusal", "at_most": {"tokens_per_answer": 300}}
    assert apply_preset(named("Prompts against each other"), HAND, NOW)["objective"] == NOW["objective"]


def test_scores_stay_and_what_the_preset_needs_is_added() -> None:
    made = apply_preset(named("Cheapest that holds"), HAND, NOW)
    assert made["scores"] == [*NOW["scores"], "correctness", "grounding"] and made["judge"] == "own"
    assert made["models"] == ["embedded/extractive"]
    quick = apply_preset(named("Quick look"), HAND, NOW)
    assert "judge" not in quick and "heat" not in str(quick["scores"])


def test_what_cannot_be_said_by_one_of_a_kind_is_not_offered() -> None:
    alone = Available(["brief"], ["own"], [], "brief", "own")
    refused = {p.name: p.needs(alone) for p in PRESETS if p.needs(alone)}
    assert set(refused) == {"Prompts against each other", "Models against each other", "Cheapest that holds"}
    assert refused["Prompts against each other"] == "It needs two prompts or more."


def test_changes_are_told_by_setting_and_nothing_else() -> None:
    quick = apply_preset(named("Quick look"), HAND, NOW)
    changes = describe_changes(NOW, quick)
    assert "prompts: long → brief" in changes and "repeats: 3 → 1" in changes
    assert "retriever: hybrid → keyword, hybrid" in changes and "judge: own → none" in changes
    assert not any(c.startswith(("models", "search", "embedding")) for c in changes)
    assert describe_changes(quick, quick) == []
    assert "search: grid → race" in describe_changes(NOW, apply_preset(named("Retrieval sweep"), HAND, NOW))
