"""Trainings among an experiment's models: how they are written, expanded and told apart."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.errors import ExperimentError
from workbench.space.config import Config
from workbench.space.experiment import Experiment
from workbench.space.file_writing import experiment_to_yaml
from workbench.space.files import parse_experiment
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.resolving import resolve
from workbench.space.search_space import expand

HEAD = "name: x\ncorpus: c\nprompts: [brief]\nmodels:\n"
SMOL = Model(name="smol", base_url="http://127.0.0.1:1/v1", model="smol", weights="/m", max_tokens=50)
REGISTERED = {m.name: m for m in (SMOL, Model(name="embedded/extractive"))}


class Names:
    def __init__(self, **more: Model) -> None:
        self.models = REGISTERED | {model.name: model for model in more.values()}

    def find_prompt(self, name: str) -> Prompt | None:
        return Prompt(name=name, template="{question} {passages}")

    def find_model(self, name: str) -> Model | None:
        return self.models.get(name)

    def prompt_names(self) -> list[str]:
        return ["brief"]

    def model_names(self) -> list[str]:
        return list(self.models)


def resolved(models: str, **more: Any) -> Experiment:
    return resolve(parse_experiment(HEAD + models), Names(**more))


def names(models: str, **more: Any) -> list[str]:
    return [model.name for model in resolved(models, **more).models]


def test_every_combination_of_settings_is_a_variant_named_by_what_varies() -> None:
    assert names(
        "  - smol\n  - tune: {parent: smol, data: {kind: sft}, rank: [8, 32], epochs: [1, 3], dropout: 0.1}\n"
        "    with: local-lora"
    ) == ["smol", *(f"smol-tuned-rank_{r}-epochs_{e}" for r in (8, 32) for e in (1, 3))]


def test_a_variant_has_its_parents_sampling_price_and_limits() -> None:
    [variant] = resolved("  - tune: {parent: smol}").models
    assert (variant.parent, variant.max_tokens, variant.is_made) == ("smol", 50, False)
    assert variant.tuned is not None and variant.tuned.parent == SMOL


def test_what_it_is_called_does_not_change_what_it_is() -> None:
    one, other = resolved(
        "  - {tune: {parent: smol, rank: 8}, name: a}\n  - {tune: {parent: smol, rank: 8}, name: b}"
    ).models
    assert one.content == other.content
    assert one.content != resolved("  - {tune: {parent: smol, rank: 9}}").models[0].content


def test_a_variant_keeps_its_identity_once_it_is_made_wherever_it_is_served() -> None:
    [variant] = resolved("  - tune: {parent: smol}").models
    made = variant.model_copy(update={"base_url": "http://10.0.0.1/v1", "model": "adapter"})
    prompt = Prompt(name="p", template="{question} {passages}")
    retrieval = expand(resolved("  - smol")).configs[0].retrieval
    assert made.is_made
    assert Config(prompt, retrieval, made).id == Config(prompt, retrieval, variant).id


def test_a_variant_may_be_the_parent_of_the_next_whichever_is_written_first() -> None:
    text = "  - tune: {parent: smol-tuned, rank: 4}\n  - tune: {parent: smol}"
    second, first = resolved(text).models
    assert (second.name, first.name) == ("smol-tuned-tuned", "smol-tuned")
    assert second.tuned is not None and second.tuned.parent == first


def test_a_variant_of_an_embedded_answerer_is_embedded_and_trained_by_its_own_recipe() -> None:
    [variant] = resolved("  - tune: {parent: embedded/extractive}").models
    assert variant.tuned is not None
    assert (variant.name, variant.embedded, variant.tuned.recipe) == (
        "embedded/extractive-tuned", True, "embedded",
    )  # fmt: skip


def test_a_name_that_a_shipped_model_has_gets_a_number() -> None:
    shipped = Model(name="embedded/extractive-tuned")
    assert names("  - tune: {parent: embedded/extractive}", shipped=shipped) == [
        "embedded/extractive-tuned-2"
    ]


def test_written_again_a_file_with_trainings_is_the_same() -> None:
    file = parse_experiment(
        HEAD + "  - smol\n  - {tune: {parent: smol, data: {kind: dpo}, rank: [8, 16]}, with: r, seed: 3}"
    )
    assert parse_experiment(experiment_to_yaml(file)) == file


def test_a_stored_experiment_with_trainings_reads_as_it_was_written() -> None:
    experiment = resolved("  - smol\n  - tune: {parent: smol, rank: [8, 16]}")
    assert Experiment.model_validate(experiment.model_dump(mode="json", exclude_defaults=True)) == experiment


def test_models_without_training_are_written_as_before_there_were_any() -> None:
    assert not {"tuned", "weights"} & SMOL.model_copy(update={"weights": None}).model_dump().keys()


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ("  - tune: {parent: smal}", "Did you mean 'smol'"),
        ("  - tune: smol", "experiment:5: tune must name what is trained"),
        (
            "  - {tune: {parent: smol}, rank: 4}",
            "experiment:5: A model with tune cannot have 'rank' beside it",
        ),
        ("  - tune: {parent: smol, rank: []}", "experiment:5: tune: rank is empty"),
        ("  - tune: {parent: smol, rank: {a: 1}}", "tune: rank is {'a': 1}"),
        ("  - tune: {parent: smol, data: {kind: rl}}", "must be 'sft', 'dpo' or 'kto'"),
        ("  - tune: {parent: smol, data: {knd: sft}}", "Did you mean 'kind'"),
        ("  - tune: {rank: 4}", "'models.0.parent' is missing"),
        ("  - {tune: {parent: smol}, name: embedded/extractive}", "is registered, and it is no variant"),
        ("  - tune: {parent: smol}\n  - tune: {parent: smol, rank: 4}", "two models are named 'smol-tuned'"),
        (
            "  - {tune: {parent: b}, name: a}\n  - {tune: {parent: a}, name: b}",
            "themselves made by these trainings, in a circle",
        ),
        (
            "  - tune: {parent: sys}\nsystems:\n  - {name: sys, url: http://127.0.0.1:1/ask}",
            "is a system or a route; only a model can be trained",
        ),
    ],
)
def test_what_cannot_be_trained_is_said_with_its_key(models: str, said: str) -> None:
    with pytest.raises(ExperimentError) as error:
        resolved(models)
    assert said in str(error.value)
