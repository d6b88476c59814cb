"""Defines the training of a model variant: as an experiment file asks for it, and as one job carries it out.
Knows nothing about recipes, processes or what was trained: tuning/ does."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, FiniteFloat, model_serializer, model_validator

from workbench.errors import ExperimentError
from workbench.fingerprint import fingerprint, once_per_object
from workbench.input.checked_model import CheckedModel
from workbench.space.prompt import Name

if TYPE_CHECKING:
    from workbench.space.model import Model

Setting = bool | int | FiniteFloat | str
"""The value of one setting of a recipe, such as a rank or a learning rate."""
Kind = Literal["sft", "dpo", "kto"]
"""What the rows of training data are: prompts with answers, with pairs of answers, or with thumbs."""
EMBEDDED_RECIPE = "embedded"
"""The recipe of the embedded answerer, which is trained in this process within seconds."""
DEFAULT_RECIPE = "local-lora"
"""The recipe of every other model."""
DEFAULT_SEED = 7


def default_recipe(parent: Model) -> str:
    """The name of the recipe that trains a model where none is named."""
    return EMBEDDED_RECIPE if parent.embedded else DEFAULT_RECIPE


class TuneData(CheckedModel):
    """What a variant learns from."""

    kind: Kind = "sft"
    folder: str | None = None
    """A folder that `training-data` wrote; None makes the data from the experiment's corpus, its train
    questions and the ratings in the home."""


class Tune(CheckedModel):
    """A training, or several: an entry of `models`. Every list in `settings` is an axis."""

    parent: str
    """The name of the model to train: a registered one, or one that stands before it among the models."""
    data: TuneData = TuneData()
    recipe: str | None = None
    """The name or the folder of a recipe; `with` in a file. None takes the one for this kind of parent."""
    name: Name | None = None
    """What the variants are called; None takes the parent's name. Settings that vary are added."""
    seed: int = Field(default=DEFAULT_SEED, ge=0, lt=2**32)
    settings: dict[str, Setting | list[Setting]] = {}
    """Settings of the recipe: one value, or a list of which each is tried."""

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, data: Any) -> Any:
        """`{tune: {parent: …, rank: [8, 32]}, with: RECIPE}`: what has no field here is a setting."""
        if not isinstance(data, dict) or "tune" not in data:
            return data
        others = sorted(set(data) - {"tune", "with", "name", "seed"})
        if others:
            raise ExperimentError(
                f"A model with tune cannot have {others[0]!r} beside it.",
                hint="Write the recipe's settings inside tune, and the recipe in with.",
                about="models",
            )
        inner = data["tune"]
        if not isinstance(inner, dict):
            raise ExperimentError(
                "tune must name what is trained, such as {parent: smol, data: {kind: sft}}.", about="models"
            )
        fields = {"parent", "data", "name", "seed"}
        for name, value in inner.items():
            if name not in fields and not _is_setting(value):
                raise ExperimentError(
                    f"tune: {name} is {value!r}; write a value, or a list of values of which each is tried.",
                    about="models",
                )
        read = {name: inner[name] for name in fields if name in inner}
        read |= {name: data[name] for name in ("name", "seed") if name in data}
        if "with" in data:
            read["recipe"] = data["with"]
        return read | {"settings": {name: value for name, value in inner.items() if name not in fields}}

    @model_serializer(mode="plain")
    def _to_written(self) -> dict[str, Any]:
        """As a file has it, without what is as usual."""
        inner: dict[str, Any] = {"parent": self.parent}
        if data := self.data.model_dump(mode="json", exclude_defaults=True):
            inner["data"] = data
        beside: dict[str, Any] = {} if self.recipe is None else {"with": self.recipe}
        beside |= {"name": self.name} if self.name else {}
        beside |= {"seed": self.seed} if self.seed != DEFAULT_SEED else {}
        return {"tune": inner | self.settings, **beside}

    @model_validator(mode="after")
    def _some_values(self) -> Self:
        for name, value in self.settings.items():
            if value == []:
                raise ExperimentError(f"tune: {name} is empty; give it a value.", about="models")
        return self

    @property
    def combinations(self) -> list[dict[str, Setting]]:
        """The settings of each variant: the product of all lists, the last one varying fastest."""
        columns = [value if isinstance(value, list) else [value] for value in self.settings.values()]
        return [dict(zip(self.settings, values, strict=True)) for values in product(*columns)]

    @property
    def varied(self) -> list[str]:
        """The settings that differ between the variants."""
        return [n for n, value in self.settings.items() if isinstance(value, list) and len(value) > 1]

    @property
    def label(self) -> str:
        """What it is in a few words: "smol tuned: rank 8, 32; epochs 1"."""
        settings = [
            f"{name} {', '.join(map(str, value if isinstance(value, list) else [value]))}"
            for name, value in self.settings.items()
        ]
        inside = [*settings, *([self.data.kind] if self.data.kind != "sft" else [])]
        first = self.name or f"{self.parent} tuned"
        return f"{first}: {'; '.join(inside)}" if inside else first

    def name_of(self, settings: dict[str, Setting], first: str | None = None) -> str:
        """The name of one variant, such as "smol-tuned-rank_8-epochs_1".

        first: what it begins with; None means the entry's own name, or the parent's.
        """
        first = first or self.name or f"{self.parent}-tuned"
        return "-".join([first, *(f"{name}_{settings[name]}" for name in self.varied)])


def _is_setting(value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(isinstance(one, bool | int | float | str) for one in values)


class Tuning(CheckedModel):
    """One training with everything inline: what a model is that a run trains first."""

    parent: Model
    """The model that is trained, with all that decides its replies."""
    recipe: str
    """The name or the folder of the recipe."""
    recipe_sha256: str = ""
    """Hash of the recipe's files; "" until it is read."""
    data: TuneData = TuneData()
    data_key: str = ""
    """Hash of what the training data are made from; "" until that is known."""
    settings: dict[str, Setting] = {}
    seed: int = DEFAULT_SEED

    @property
    def key(self) -> str:
        """Equal trainings have equal keys, whatever their models are called."""
        return _key_of(self)


@once_per_object  # a cached property would be copied along with a copy that has other fields
def _key_of(tuning: Tuning) -> str:
    return fingerprint(
        "tuning", tuning.parent.content, tuning.recipe_sha256 or tuning.recipe, tuning.data.kind,
        tuning.data_key, tuning.settings, tuning.seed,
    )  # fmt: skip
