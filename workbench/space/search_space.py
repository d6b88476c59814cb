"""Builds an experiment's configurations from its axes: product, exclusions, duplicates, random draw.
Knows nothing about answers or scores."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product
from typing import Any

from pydantic import ValidationError

from workbench.errors import ExperimentError
from workbench.fingerprint import fingerprint
from workbench.formatting import counted
from workbench.input.plain_data import shown
from workbench.nearest import did_you_mean
from workbench.parts.choice import split_text, write
from workbench.parts.retrieval_settings import (
    EMBEDDINGS,
    MODEL_ROLES,
    PART_AXES,
    RETRIEVAL_AXES,
    SETTING_BY_NAME,
    SETTINGS,
)
from workbench.space.asked_models import kind_asked, missing_model
from workbench.space.baseline import Baseline
from workbench.space.config import Config
from workbench.space.experiment import Condition, Experiment
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import ChunksAllOverlap, Retrieval, WrongKindOfModel
from workbench.space.route import Route
from workbench.space.system import System

EXCLUDABLE = ("prompt", "model", *RETRIEVAL_AXES)
"""The axes that rules may name."""


@dataclass(frozen=True)
class Space:
    """The configurations of an experiment."""

    configs: tuple[Config, ...]
    """Distinct configurations in the order in which they are tried."""
    grid_size: int
    """The number of combinations of all axes, or of configurations written out."""
    notes: tuple[str, ...]
    """What was left out and why, in words."""


MOST_COMBINATIONS = 100_000
"""More combinations of axes are not gone through: each takes about 0.1 ms, and memory."""
TRIES_PER_TRIAL = 100
"""So many combinations are drawn for each configuration that is wanted: some are left out or equal others."""

Setting = dict[str, Any]
"""Axis → value: one combination."""


@dataclass
class _LeftOut:
    """How many combinations were left out, by reason."""

    overlong: int = 0
    """Those whose overlap is not smaller than the chunk."""
    unfit: Counter[str] = field(default_factory=Counter)
    """Those that have no model of the kind that a part asks, by the kind of part."""
    excluded: int = 0
    """Those that match a rule of `exclude`."""
    same: int = 0
    """Those that send the same requests as another configuration."""

    def notes(self) -> tuple[str, ...]:
        notes = []
        if self.overlong:
            notes.append(f"{self.overlong} left out: chunk_overlap is not smaller than chunk_tokens.")
        for part, count in self.unfit.items():
            notes.append(f"{count} left out: they have no model of the kind that the {part} asks.")
        if self.excluded:
            notes.append(f"{self.excluded} left out by `exclude`.")
        if self.same:
            notes.append(f"{self.same} left out: they send the same requests as another configuration.")
        return tuple(notes)


def _axes(experiment: Experiment) -> dict[str, list[Any]]:
    """Axis → its values: prompts, models and the routes beside them as objects, the rest as settings."""
    axes: dict[str, list[Any]] = {"prompt": list(experiment.prompts)}
    axes.update({name: list(getattr(experiment.retrieval, name)) for name in RETRIEVAL_AXES})
    axes["model"] = [*experiment.models, *(route for route in experiment.routes if not route.is_whole)]
    for name, values in axes.items():
        if not values:
            where = f"{name}s" if name in ("prompt", "model") else f"retrieval.{name}"
            raise ExperimentError(f"{where} is an empty list: an axis needs at least one value.")
    return axes


def _check_axis(key: str, where: str) -> None:
    if key not in EXCLUDABLE:
        raise ExperimentError(f"{where}: {key!r} is not an axis.", hint=did_you_mean(key, EXCLUDABLE))


def _check_values(axis: str, values: Any, where: str) -> None:
    """Check that the values that a rule gives an axis can be values of an axis.

    values: one value or a list of them; a part with settings is a mapping.
    """
    _check_axis(axis, where)
    if values == []:
        raise ExperimentError(f"{where}: {axis} is an empty list: name at least one value.")
    for value in values if isinstance(values, list) else [values]:
        is_part = isinstance(value, dict) and axis in PART_AXES
        if not is_part and (isinstance(value, bool) or not isinstance(value, str | int | float | None)):
            raise ExperimentError(f"{where}: {axis} is {shown(value)}: it must be a name or a number.")


def _check_rules(experiment: Experiment) -> None:
    for i, rule in enumerate(experiment.exclude, start=1):
        for key, values in rule.items():
            _check_values(key, values, f"exclude, rule {i}")
        if not rule:
            raise ExperimentError(f"exclude, rule {i} is empty and would leave nothing.")
    for i, condition in enumerate(experiment.conditions, start=1):
        _check_axis(condition.axis, f"conditions, rule {i}")
        for key, values in condition.when.items():
            _check_values(key, values, f"conditions, rule {i}")
        if not condition.when:
            raise ExperimentError(f"conditions, rule {i}: `when` is empty; it names when the axis varies.")
        if condition.axis in condition.when:
            raise ExperimentError(f"conditions, rule {i}: {condition.axis} cannot depend on itself.")


ASKED_ON_AXES = {s.name: axis for s in SETTINGS if s.is_axis for axis in s.asked_by}
"""The axes of models that parts ask, each with the axis of these parts."""


def _check_asked(experiment: Experiment) -> None:
    """Raise ExperimentError for a part that asks a kind of model that the axis of models lacks."""
    axes = experiment.retrieval
    for role, axis in ASKED_ON_AXES.items():
        models = [model for model in getattr(axes, role) if model is not None]
        for text in axes.asking(role):
            kind = kind_asked(PART_AXES[axis], text)
            if kind is not None and not any(model.kind == kind for model in models):
                named = ", ".join(f"{model.name} (of kind {model.kind})" for model in models)
                label = SETTING_BY_NAME[role].label.lower()
                raise ExperimentError(
                    f"The {PART_AXES[axis].kind} {text} needs a {label} ({role}) of kind {kind} that it asks"
                    + (f"; there is only {named}." if named else ", and there is none."),
                    hint=missing_model(role, kind),
                    remedy=("register_model",),
                    about=role,
                )


def _with_fitting_models(setting: Setting, axes: dict[str, list[Any]], chosen: Collection[str]) -> Setting:
    """The setting with the first models of the kinds that its parts ask, unless its own are of them.

    chosen: the roles whose model stays in any case.
    """
    for role, axis in ASKED_ON_AXES.items():
        kind, model = kind_asked(PART_AXES[axis], setting[axis]), setting[role]
        if role in chosen or kind is None or (model is not None and model.kind == kind):
            continue
        fitting = (other for other in axes[role] if other is not None and other.kind == kind)
        setting = {**setting, role: next(fitting, model)}
    return setting


def _names(axis: str, value: Any) -> tuple[Any, ...]:
    """The names that a rule may use for a value.

    A prompt goes by its name or its label with the version, a model or route by its name, a part by its
    full text or its name without settings.
    """
    if isinstance(value, Prompt):
        return (value.name, value.label)
    if isinstance(value, Model | Route):
        return (value.name,)
    return (value, split_text(value)[0]) if axis in PART_AXES else (value,)


def _canonical_name(axis: str, name: Any) -> Any:
    """The canonical form of a name in a rule: a part with settings may be a mapping, as in `retrieval`."""
    return write(PART_AXES[axis], name) if axis in PART_AXES and isinstance(name, dict) else name


def _matches(setting: Setting, rule: dict[str, Any]) -> bool:
    """Whether a combination matches every entry of a rule."""
    for axis, allowed in rule.items():
        names = [
            _canonical_name(axis, name) for name in (allowed if isinstance(allowed, list) else [allowed])
        ]
        if not any(name in names for name in _names(axis, setting[axis])):
            return False
    return True


def _apply_conditions(
    setting: Setting, axes: dict[str, list[Any]], conditions: Sequence[Condition]
) -> Setting:
    """Give each axis whose condition does not hold its first value."""
    for condition in conditions:
        if not _matches(setting, condition.when):
            setting = {**setting, condition.axis: axes[condition.axis][0]}
    return setting


def _written_out(experiment: Experiment, axes: dict[str, list[Any]]) -> Iterator[Setting]:
    """The combinations written out under `configs`."""
    if not experiment.configs:
        raise ExperimentError("configs is an empty list: leave it out, or name at least one configuration.")
    for i, written in enumerate(experiment.configs, start=1):
        setting = {axis: values[0] for axis, values in axes.items()}
        for axis, name in written.items():
            if isinstance(name, list):
                raise ExperimentError(f"configs, number {i}: {axis} is a list: write one value.")
            _check_values(axis, name, f"configs, number {i}")
            setting[axis] = _canonical_name(axis, name)
            if axis in ("prompt", "model", *MODEL_ROLES):
                matches = [value for value in axes[axis] if name in _names(axis, value)]
                if not matches:
                    names = [known for value in axes[axis] for known in _names(axis, value)]
                    place = f"{axis}s" if axis in ("prompt", "model") else axis
                    raise ExperimentError(
                        f"configs, number {i}: {axis} {name!r} is not in this experiment's {place}.",
                        hint=did_you_mean(str(name), names),
                    )
                setting[axis] = matches[0]
        yield _with_fitting_models(setting, axes, written)


def _combined(axes: dict[str, list[Any]]) -> Iterator[Setting]:
    """The product of all axes. Prompts and models vary fastest, so that users of one index are adjacent."""
    order = (*RETRIEVAL_AXES, "prompt", "model")
    for values in product(*(axes[name] for name in order)):
        yield dict(zip(order, values, strict=True))


class _Retrievals:
    """Builds one canonical Retrieval per combination of retrieval axes, with its hash."""

    def __init__(self, experiment: Experiment) -> None:
        self._shared = {
            setting.name: getattr(experiment.retrieval, setting.name)
            for setting in SETTINGS
            if setting.one_for_all
        }
        self._by_setting: dict[
            tuple[Any, ...], tuple[Retrieval, str] | ChunksAllOverlap | WrongKindOfModel
        ] = {}

    def find(self, setting: Setting) -> tuple[Retrieval, str] | ChunksAllOverlap | WrongKindOfModel:
        """The retrieval and its hash, or why there is none."""
        key = tuple(id(v) if isinstance(v := setting[name], Model) else v for name in RETRIEVAL_AXES)
        if key not in self._by_setting:
            self._by_setting[key] = self._make(setting)
        return self._by_setting[key]

    def _make(self, setting: Setting) -> tuple[Retrieval, str] | ChunksAllOverlap | WrongKindOfModel:
        settings = {name: setting[name] for name in RETRIEVAL_AXES}
        try:
            retrieval = Retrieval(**settings, **self._shared)
        except (ChunksAllOverlap, WrongKindOfModel) as error:
            return error
        except ValidationError as error:
            first_error = error.errors()[0]
            name = ".".join(str(part) for part in first_error["loc"])
            if first_error["type"] == "part":
                raise ExperimentError(f"retrieval.{name}: {first_error['msg']}") from None
            raise ExperimentError(
                f"retrieval.{name} is {first_error['input']!r}: {first_error['msg']}."
            ) from None
        canonical = retrieval.canonical()
        return canonical, fingerprint(canonical.content)


def expand(experiment: Experiment) -> Space:
    """Every distinct configuration of the experiment, last its systems and the routes whose ends bring all
    they need; for a random search, those that were drawn, and every one of these.

    Raises ExperimentError for an empty axis, for a rule that names no axis, and when nothing is left.
    """
    systems = tuple({c.id: c for c in map(Config.of_system, reversed(experiment.systems))}.values())[::-1]
    alike = len(experiment.systems) - len(systems)
    whole = [Config.of_route(route) for route in experiment.routes if route.is_whole]
    same = (f"{alike} left out: they are asked the same way as another system.",) if alike else ()
    if systems and not experiment.prompts and not experiment.models:
        return Space(systems, len(systems), same)
    space = _expand_axes(experiment)
    baseline = find_baseline_config(experiment)
    routes = tuple({c.id: c for c in whole if c.id not in {other.id for other in space.configs}}.values())
    added = (
        *((f"{counted(len(routes), 'route')} added.",) if routes else ()),
        *((f"{counted(len(systems), 'system')} added.",) if systems else ()),
        *same,
    )
    space = replace(space, configs=(*space.configs, *routes))
    if baseline is None or baseline.system is not None or baseline.id in {c.id for c in space.configs}:
        return Space((*space.configs, *systems), space.grid_size, (*space.notes, *added))
    notes = (*space.notes, "1 configuration added: the baseline, which the axes do not have.", *added)
    return Space((*space.configs, baseline, *systems), space.grid_size, notes)


def _expand_axes(experiment: Experiment) -> Space:
    """The configurations that the axes make."""
    axes = _axes(experiment)
    _check_rules(experiment)
    _check_asked(experiment)
    written_out = experiment.configs is not None
    grid_size = len(experiment.configs or ()) if written_out else math.prod(len(v) for v in axes.values())
    left_out = _LeftOut()
    seen: set[tuple[str, str, str]] = set()
    configs: list[Config] = []
    retrievals = _Retrievals(experiment)
    hash_of = {id(v): fingerprint(v.content) for axis in ("prompt", "model") for v in axes[axis]}
    combinations = _written_out(experiment, axes) if written_out else _combined(axes)
    enough: int | None = None
    if not written_out and grid_size > MOST_COMBINATIONS:
        enough = _trials_drawn(experiment, grid_size)
        combinations = islice(_drawn_one_by_one(axes, grid_size, experiment.seed), TRIES_PER_TRIAL * enough)
    for combination in combinations:
        if enough is not None and len(configs) == enough:
            break
        setting = _apply_conditions(combination, axes, experiment.conditions)
        setting = _without_idle_examples(setting)
        found = retrievals.find(setting)
        if written_out and isinstance(found, WrongKindOfModel):
            raise found
        if isinstance(found, ExperimentError):
            left_out.overlong += isinstance(found, ChunksAllOverlap)
            if isinstance(found, WrongKindOfModel) and found.about is not None:
                left_out.unfit[PART_AXES[ASKED_ON_AXES[found.about]].kind] += 1
            continue
        retrieval, retrieval_hash = found
        # A rule about an embedding does not concern keyword search, which has none.
        setting |= {role: getattr(retrieval, role) for role in EMBEDDINGS}
        prompt, model = setting["prompt"], setting["model"]
        key = (hash_of[id(prompt)], retrieval_hash, hash_of[id(model)])
        if any(_matches(setting, rule) for rule in experiment.exclude):
            left_out.excluded += 1
        elif key in seen:
            left_out.same += 1
        else:
            seen.add(key)
            configs.append(_config(prompt, retrieval, model))
    if not configs:
        raise ExperimentError(
            "No configuration is left to try. " + " ".join(left_out.notes()),
            hint="Loosen `exclude` or give the axes other values.",
            about="exclude",
        )
    return Space(_draw(configs, experiment), grid_size, left_out.notes())


def _config(prompt: Prompt, retrieval: Retrieval, model: Model | Route) -> Config:
    if isinstance(model, Route):
        return Config.of_route(model.at(prompt, retrieval))
    return Config(prompt, retrieval, model)


def _trials_drawn(experiment: Experiment, grid_size: int) -> int:
    """How many configurations the strategy draws. Raises ExperimentError for one that needs them all."""
    search = experiment.search
    if search.chosen.part.draws:
        return int(search.settings["trials"])
    raise ExperimentError(
        f"The axes have {grid_size:,} combinations, and {search.strategy} would go through all of them; "
        f"at most {MOST_COMBINATIONS:,} can be.",
        hint="Leave values out, let an axis vary only where it matters (`conditions`), or draw some: "
        "search: {strategy: random, trials: 30}.",
        about="search",
    )


def _drawn_one_by_one(axes: dict[str, list[Any]], grid_size: int, seed: int) -> Iterator[Setting]:
    """Distinct combinations of all axes, drawn with the seed."""
    order, drawn, numbers = (*RETRIEVAL_AXES, "prompt", "model"), set[int](), random.Random(seed)
    while len(drawn) < grid_size:
        number = numbers.randrange(grid_size)
        if number in drawn:
            continue
        drawn.add(number)
        setting = {}
        for name in order:
            number, place = divmod(number, len(axes[name]))
            setting[name] = axes[name][place]
        yield setting


def _without_idle_examples(setting: Setting) -> Setting:
    """The combination without examples where its prompt has no place for them."""
    return (
        setting if not setting["examples"] or setting["prompt"].uses_examples else {**setting, "examples": 0}
    )


def find_baseline_config(experiment: Experiment) -> Config | None:
    """The configuration that the file names as the baseline; None where it names none."""
    if experiment.baseline is None:
        return None
    if experiment.baseline.system is not None:
        return Config.of_system(_find_system(experiment, experiment.baseline))
    axes = _axes(experiment)
    setting = {axis: values[0] for axis, values in axes.items()}
    setting |= {axis: value for axis, value in experiment.baseline if value is not None}
    named = {axis for axis, value in experiment.baseline if value is not None}
    setting = _with_fitting_models(setting, axes, named)
    setting = _without_idle_examples(setting)
    if isinstance(setting["model"], str):  # a route goes by its name
        route = _find_route(experiment, setting["model"])
        if route.is_whole:
            return Config.of_route(route)
        setting["model"] = route
    found = _Retrievals(experiment).find(setting)
    if isinstance(found, ExperimentError):
        raise ExperimentError(f"baseline: {found.message}", hint=found.hint)
    return _config(setting["prompt"], found[0], setting["model"])


def _find_route(experiment: Experiment, name: str) -> Route:
    return next(route for route in experiment.routes if route.name == name)


def _find_system(experiment: Experiment, baseline: Baseline) -> System:
    """The system that a baseline names. Raises ExperimentError where it names none or sets more than that."""
    others = [name for name, value in baseline if value is not None and name != "system"]
    if others:
        raise ExperimentError(
            f"baseline: a system has no {others[0]}.", hint="Name the system, and nothing else."
        )
    by_name = {system.name: system for system in experiment.systems}
    if baseline.system not in by_name:
        hint = did_you_mean(str(baseline.system), by_name) if by_name else "Describe it under `systems`."
        raise ExperimentError(f"baseline: there is no system {baseline.system!r}.", hint=hint)
    return by_name[baseline.system]


def _draw(configs: list[Config], experiment: Experiment) -> tuple[Config, ...]:
    """All configurations, or a random sample of them where the strategy draws one."""
    search = experiment.search
    if not search.chosen.part.draws or search.settings["trials"] >= len(configs):
        return tuple(configs)
    return tuple(random.Random(experiment.seed).sample(configs, search.settings["trials"]))


def knob_settings(config: Config) -> dict[str, str]:
    """Axis → value as text, "" where it makes no difference: what a search sees of a configuration."""
    if not config.has_settings:
        return dict.fromkeys(("prompt", *RETRIEVAL_AXES), "") | {"model": config.model.name}
    retrieval = config.retrieval
    settings = {
        name: "" if (value := getattr(retrieval, name)) is None else str(getattr(value, "name", value))
        for name in RETRIEVAL_AXES
    }
    return {"prompt": config.prompt.label, **settings, "model": config.model.name}
