"""Reads recipes: folders that say how a training job is run and how its result is served.
Knows nothing about running one. The shipped ones are in workbench/tuning/recipes/."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from workbench.errors import ExperimentError, InputError, TuningError
from workbench.files.reading import read_bytes, read_text
from workbench.input.checked_model import CheckedModel
from workbench.input.yaml_reading import parse_yaml, to_plain
from workbench.lru_cache import LruCache
from workbench.nearest import did_you_mean
from workbench.settings import Settings
from workbench.space.tuning import Kind, Setting
from workbench.tuning.command import INNER, check_placeholders
from workbench.tuning.settings_of_recipe import RecipeSetting, complete_settings
from workbench.user_code.permission import Code

SHIPPED = Path(__file__).parent / "recipes"
RECIPE_FILE = "recipe.yaml"
FOLDER_OF_USERS = "recipes"
"""The folder of users' own recipes, below that of experiments."""
PLACEHOLDERS = {
    "python": "the interpreter of the recipe's own environment",
    "recipe": "the recipe's folder",
    "script": "the recipe's script",
    "data": "the file of training data, TRL's rows as JSONL",
    "kind": "sft, dpo or kto",
    "out": "the folder for checkpoints and results",
    "weights": "the parent's weights",
    "settings_file": "a JSON file with all of this and the settings",
    "seed": "the seed",
    "name": "the new model's name",
}
"""What a command may name in braces."""
SERVE_PLACEHOLDERS = {
    "python": "the interpreter of the recipe's own environment",
    "recipe": "the recipe's folder",
    "weights": "the parent's weights",
    "adapter": "the adapter that was made",
    "model": "the whole model that was made",
    "port": "a free port",
    "program": "the program that it needs",
    "name": "the name that requests will use",
}
_CODE = (".py", ".sh", ".yaml", ".txt")


class Result(CheckedModel):
    """What a recipe's command leaves below `{out}`."""

    kind: Literal["embedded", "adapter", "weights", "hosted"]
    peft: str | None = None
    """The folder of a PEFT adapter; None when there is none."""
    gguf: str | None = None
    """The GGUF file of an adapter or a model; None when there is none."""
    weights: str | None = None
    """The folder of a whole model; None when there is none."""


class Serve(CheckedModel):
    """One way of serving the result. Of several, the first that this machine and these weights allow."""

    command: str = ""
    """What starts a server that speaks OpenAI's protocol at 127.0.0.1:{port}; SERVE_PLACEHOLDERS stand for
    values. "" where `load` is given."""
    load: Literal["", "vllm", "ollama", "llama.cpp"] = ""
    """The kind of the parent's server, which is given the adapter while it runs; "" starts a server."""
    needs: tuple[Literal["peft", "gguf", "weights"], ...] = ()
    """Which files of the result it takes."""
    option_of_adapter: str = ""
    """The option that names one more adapter, for trainings of trainings; "" where there is none."""
    weights: Literal["gguf", "folder", "any"] = "any"
    """Which parents' weights it takes."""
    program: str = ""
    """A program that must be on the PATH, which {program} stands for; "" needs none."""


class RecipePrice(CheckedModel):
    """What the machine costs while it trains."""

    per_hour: float | None = Field(default=None, ge=0)
    """US dollars; None means unknown."""
    per_million_tokens: float | None = Field(default=None, ge=0)
    """US dollars for a million trained tokens, where a provider trains; None means unknown."""
    free: bool = False
    """Whether it costs nothing."""


class Speed(CheckedModel):
    """How long a training takes, for plans."""

    seconds_to_start: float = Field(default=0.0, ge=0)
    """Seconds before the first step."""
    seconds_per_row: float | None = Field(default=None, ge=0)
    """Seconds per row and epoch; None means unknown."""
    epochs: str = "epochs"
    """The setting that says how often the rows are gone through."""


class Recipe(CheckedModel):
    """How a training is run, and how its result is served."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")
    label: str = ""
    """What pages call it."""
    help: str = ""
    """What it does, in a sentence or two."""
    kinds: tuple[Kind, ...] = ("sft", "dpo", "kto")
    """The kinds of training data that it takes."""
    settings: dict[str, RecipeSetting] = {}
    script: str = ""
    """The script's name in the folder; "" where there is none."""
    requirements: str = ""
    """The file of pinned requirements of an environment of its own; "" needs none."""
    cpu_index: dict[str, str] = {}
    """Package → a further package index that holds its build for CPUs. Where the machine runs Linux and has
    no GPU of NVIDIA, that build is installed: it is many times smaller."""
    command: str = ""
    """What trains; PLACEHOLDERS stand for values. "" for the embedded recipe and where a provider trains."""
    provider: Literal["", "openai"] = ""
    """The protocol by which the parent's own server trains it; "" where `command` trains."""
    through: str = ""
    """A command that carries `command` out elsewhere, such as `ssh box {command}`; "" for this machine."""
    poll_seconds: float = Field(default=10, gt=0, le=3600)
    """How often a provider is asked how far its job is."""
    stop_seconds: float = Field(default=60, gt=0, le=3600)
    """How long the command may take to end after it was asked to, before it is killed."""
    most_gigabytes: float = Field(default=50, gt=0)
    """The most that its folder may hold; a training that writes more is stopped."""
    result: Result
    serve: tuple[Serve, ...] = ()
    price: RecipePrice = RecipePrice()
    gpus: int = Field(default=0, ge=0)
    """How many GPUs a training uses, for plans."""
    speed: Speed = Speed()
    folder: str = ""
    """Where it lies. Set when it is read."""
    sha256: str = ""
    """Hash of its files. Set when it is read."""

    @model_validator(mode="after")
    def _complete(self) -> Recipe:
        if (self.result.kind == "hosted") != bool(self.provider):
            raise TuningError(f"The recipe {self.name}: a result of kind hosted and provider go together.")
        if self.result.kind in ("embedded", "hosted"):
            return self
        if not self.command:
            raise TuningError(f"The recipe {self.name} has no command.")
        check_placeholders(self.command, PLACEHOLDERS)
        if self.through:
            check_placeholders(self.through, {INNER: ""})
            if f"{{{INNER}}}" not in self.through:
                raise TuningError(f"The recipe {self.name}: through does not name {{{INNER}}}.")
        for way in self.serve:
            if bool(way.command) == bool(way.load):
                raise TuningError(f"The recipe {self.name}: a way to serve has either command or load.")
            if way.command:
                check_placeholders(way.command, SERVE_PLACEHOLDERS)
        return self

    @property
    def is_shipped(self) -> bool:
        return Path(self.folder).parent == SHIPPED

    @cached_property
    def code(self) -> tuple[Code, ...]:
        """What needs the user's yes: the files of a recipe that does not ship with the workbench."""
        if self.is_shipped:
            return ()
        return tuple(Code.of_file(file) for file in _files_of(Path(self.folder)))

    def complete(self, settings: dict[str, Setting]) -> dict[str, Setting]:
        """All settings, with defaults. Raises TuningError."""
        return complete_settings(self.name, self.settings, settings)


def _files_of(folder: Path) -> list[Path]:
    """The files that decide what a recipe does, by name."""
    files = (p for p in folder.rglob("*") if p.suffix in _CODE and p.is_file())
    return sorted(f for f in files if "__pycache__" not in f.parts)


def _hash_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in _files_of(folder):
        content = read_bytes(file)
        digest.update(f"{file.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


# The pages Design and Trainings list all recipes each time they are drawn; parsing takes longer than reading.
_PARSED: LruCache[tuple[Path, str], Recipe] = LruCache(64)


def _parse_recipe(text: str, file: Path) -> Recipe:
    recipe = _PARSED.find((file, text))
    if recipe is None:
        written: Any = to_plain(parse_yaml(text, str(file)))
        if not isinstance(written, dict):
            raise TuningError(f"{file}: it must be a mapping with name, command and result.")
        given = {key: value for key, value in written.items() if key not in ("folder", "sha256")}
        recipe = Recipe.model_validate({"name": file.parent.name, **given})
        _PARSED.keep((file, text), recipe)
    return recipe


def read_recipe(folder: Path) -> Recipe:
    """The recipe in a folder. Raises TuningError, which names the file."""
    file = folder / RECIPE_FILE
    try:
        recipe = _parse_recipe(read_text(file), file)
        return recipe.model_copy(update={"folder": str(folder), "sha256": _hash_of(folder)})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise TuningError(f"{file}: {where}: {first['msg']}.") from None
    except TuningError as error:
        message = error.message if str(file) in error.message else f"{file}: {error.message}"
        raise TuningError(message, hint=error.hint) from None
    except (ExperimentError, InputError) as error:
        raise TuningError(error.message, hint=error.hint) from None
    except OSError as error:
        raise TuningError(f"{folder} cannot be read: {error.strerror}.") from None


def _folders(settings: Settings) -> dict[str, Path]:
    """Name → folder. A shipped recipe is not hidden by one of the same name."""
    places = [settings.experiments / FOLDER_OF_USERS, SHIPPED]
    return {p.parent.name: p.parent for f in places if f.is_dir() for p in sorted(f.glob(f"*/{RECIPE_FILE}"))}


def recipe_names(settings: Settings) -> list[str]:
    """The names of all recipes, also of broken ones."""
    return sorted(_folders(settings))


def usd_per_hour(recipe: Recipe, settings: Settings) -> float | None:
    """What the machine costs that trains: as the recipe says; this machine at the rate of the settings. None
    where it is not known, and where a provider charges by tokens."""
    if recipe.result.kind == "hosted":
        return None
    if recipe.price.free:
        return 0.0
    if recipe.price.per_hour is not None:
        return recipe.price.per_hour
    return None if recipe.through else settings.compute_usd_per_hour


def list_recipes(settings: Settings) -> dict[str, Recipe]:
    """The shipped recipes and those in experiments/recipes/, by name; broken ones are left out."""
    found = {}
    for name, folder in sorted(_folders(settings).items()):
        with suppress(TuningError):
            found[name] = read_recipe(folder)
    return found


def find_recipe(name: str, settings: Settings) -> Recipe:
    """A recipe by its name, or by the path of its folder. Raises TuningError."""
    folders = _folders(settings)
    folder = folders.get(name)
    with suppress(OSError, RuntimeError, ValueError):  # too long a name, no such user: it is no recipe
        folder = Path(name).expanduser().resolve() if "/" in name or "\\" in name else folder
        if folder is not None and (folder / RECIPE_FILE).is_file():
            return read_recipe(folder)
    raise TuningError(
        f"There is no recipe {name[:80]!r}.",
        hint=f"{did_you_mean(name, folders)} Your own are in "
        f"{settings.experiments / FOLDER_OF_USERS}; a path works, too.",
        about="models",
    )
