"""Defines a configuration: prompt, retrieval and model, a system, or a route, which decide an answer.
Knows nothing about experiments: the same configuration has the same id in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from workbench.fingerprint import fingerprint
from workbench.parts.retrieval_settings import MODEL_ROLES, PART_AXES, RETRIEVAL_AXES
from workbench.parts.setting_labels import SETTING_LABELS
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import Retrieval, shown_value, words_of
from workbench.space.route import End, Route, RouteModel
from workbench.space.system import System, SystemModel

# What stands in a system's configuration for settings that it does not have. Nothing reads or shows them.
_NO_PROMPT = Prompt(name="none", template="{question}")
_NO_RETRIEVAL = Retrieval(retriever="keyword")
# Settings whose values say what they are in a short name: "64 keyword top 2 mmr". Others need their label.
_WITHOUT_LABEL = {
    "splitter", "chunk_tokens", "chunk_overlap", "embedding", "retriever", "top_k", "rerank", "query",
}  # fmt: skip
_LABELS = {name: SETTING_LABELS[name].lower() for name in RETRIEVAL_AXES if name not in _WITHOUT_LABEL}


@dataclass(frozen=True)
class Config:
    """Everything that decides an answer: a prompt, a retrieval and a model, or a system that has its own. A
    route stands in the place of the model."""

    prompt: Prompt
    retrieval: Retrieval
    model: Model

    @classmethod
    def of_system(cls, system: System) -> Config:
        """The configuration of a system: it has no prompt and no retrieval of ours."""
        return cls(_NO_PROMPT, _NO_RETRIEVAL, system.model)

    @classmethod
    def of_route(cls, route: Route) -> Config:
        """The configuration of a route whose ends are whole. It has the prompt and the retrieval that both
        ends share; where they differ, none."""
        cheap = route.ends[0]
        assert isinstance(cheap, End) and isinstance(cheap.prompt, Prompt) and cheap.retrieval is not None
        if route.ends_alike:
            return cls(cheap.prompt, cheap.retrieval, route.model)
        return cls(_NO_PROMPT, _NO_RETRIEVAL, route.model)

    @property
    def system(self) -> System | None:
        """The system that it is; None for a prompt, a retrieval and a model."""
        return self.model.system if isinstance(self.model, SystemModel) else None

    @property
    def route(self) -> Route | None:
        """The route that it is; None for one model or a system."""
        return self.model.route if isinstance(self.model, RouteModel) else None

    @property
    def has_settings(self) -> bool:
        """Whether it has a prompt and a retrieval: not a system, nor a route whose ends have their own."""
        return self.system is None and (self.route is None or self.route.ends_alike)

    @cached_property
    def ends(self) -> tuple[Config, ...]:
        """The configurations that may answer: the cheap and the strong end of a route; else itself."""
        if self.route is None:
            return (self,)
        ends = []
        for end in self.route.ends:
            assert isinstance(end, End) and isinstance(end.prompt, Prompt) and isinstance(end.model, Model)
            assert end.retrieval is not None
            ends.append(Config(end.prompt, end.retrieval, end.model))
        return tuple(ends)

    @property
    def instructions(self) -> str:
        """What its prompts tell a model, of a route both ends'; "" for a system, which has its own."""
        prompts = [end.prompt for end in self.ends if end.system is None]
        return "\n".join(dict.fromkeys(f"{prompt.system or ''}\n{prompt.template}" for prompt in prompts))

    @cached_property
    def id(self) -> str:
        """12 hexadecimal digits, equal for configurations that send the same requests, whatever the names."""
        if self.system is not None:
            return fingerprint("system", self.system.content)[:12]
        if self.route is not None:
            return fingerprint("route", self.route.content)[:12]
        return fingerprint(self.prompt.content, self.retrieval.content, self.model.content)[:12]

    @property
    def models(self) -> list[Model]:
        """Every model that answering a question may call."""
        if self.route is not None:
            return list({id(m): m for end in self.ends for m in end.models}.values())
        retrieval = self.retrieval
        models = [self.model, *(getattr(retrieval, role) for role in MODEL_ROLES)]
        return [model for model in models if model is not None]

    @property
    def name(self) -> str:
        """The full name, of all that it consists of."""
        if not self.has_settings:
            return self.model.name
        return " · ".join((self.prompt.label, self.retrieval.label, self.model.name))

    def to_json(self) -> dict[str, Any]:
        if self.system is not None:
            return {"system": self.system.model_dump(mode="json")}
        if self.route is not None:
            return {"route": self.route.model_dump(mode="json")}
        return {
            "prompt": self.prompt.model_dump(mode="json"),
            "retrieval": self.retrieval.model_dump(mode="json"),
            "model": self.model.model_dump(mode="json"),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Config:
        if "system" in data:
            return cls.of_system(System.model_validate(data["system"]))
        if "route" in data:
            return cls.of_route(Route.model_validate(data["route"]))
        return cls(
            prompt=Prompt.model_validate(data["prompt"]),
            retrieval=Retrieval.model_validate(data["retrieval"]),
            model=Model.model_validate(data["model"]),
        )


@dataclass(frozen=True)
class Labels:
    """What an experiment calls its prompts, models and routes, and what it says of them without deciding any
    answer: versions, prices, limits, the variable of a key."""

    prompts: Mapping[str, Prompt]
    """Fingerprint of the content → the prompt."""
    models: Mapping[str, Model]
    """Fingerprint of the content → the model, or the system."""
    routes: Mapping[str, str]
    """Fingerprint of the shape → the route's name."""

    @classmethod
    def of(cls, prompts: Sequence[Prompt], models: Sequence[Model], routes: Sequence[Route] = ()) -> Labels:
        """Of several with the same content the first one counts. models: those of systems, too."""
        return cls(
            {fingerprint(prompt.content): prompt for prompt in reversed(prompts)},
            {fingerprint(model.content): model for model in reversed(models)},
            {fingerprint(route.shape): route.name for route in reversed(routes)},
        )

    def put_on(self, config: Config) -> Config:
        """The same configuration, with the same id, under these labels."""
        if (route := config.route) is not None:
            labelled = [self.put_on(end) for end in config.ends]
            ends = [End(prompt=e.prompt, retrieval=e.retrieval, model=e.model) for e in labelled]
            return Config.of_route(route.with_ends(ends, self.routes.get(fingerprint(route.shape))))
        retrieval = config.retrieval
        roles = {role: self._own(getattr(retrieval, role)) for role in MODEL_ROLES}
        prompt = self.prompts.get(fingerprint(config.prompt.content), config.prompt)
        model = self.models.get(fingerprint(config.model.content), config.model)
        return Config(prompt, retrieval.model_copy(update=roles), model)

    def _own(self, model: Model | None) -> Model | None:
        return None if model is None else self.models.get(fingerprint(model.content), model)


def _retrieval_words(retrieval: Retrieval) -> dict[str, str]:
    """Retrieval setting → the words that it adds to a short name; "" adds none."""
    words = {name: words_of(name, getattr(retrieval, name)) for name in RETRIEVAL_AXES}
    return words | {
        "splitter": shown_value(retrieval.splitter),
        "chunk_tokens": str(retrieval.chunk_tokens),
        "chunk_overlap": f"overlap {retrieval.chunk_overlap}",
        "embedding": retrieval.embedding.name if retrieval.embedding else "",
        "retriever": shown_value(retrieval.retriever),
        "top_k": f"top {retrieval.top_k}",
    }


def _said(retrieval: Retrieval, words: Mapping[str, str], varying: Sequence[str]) -> str:
    """What varies, in words: "64 keyword top 2 mmr, returned text window:1"; settings whose words begin with
    their label stand between commas. A configuration in which all that varies is switched off says so:
    "rerank none"."""
    said = {axis: words[axis] for axis in varying if words[axis]} or {
        axis: f"{_LABELS.get(axis, axis)} {shown_value(getattr(retrieval, axis))}"
        for axis in varying
        if axis in PART_AXES
    }
    short = " ".join(text for axis, text in said.items() if axis not in _LABELS)
    return ", ".join(filter(None, [short, *(text for axis, text in said.items() if axis in _LABELS)]))


def short_names(configs: Sequence[Config]) -> list[str]:
    """A short name for each configuration: what varies among them, and the model or route; the own name of a
    system and of a route without settings.

    Distinct configurations get distinct names.
    """
    of_settings = iter(_names_of_settings([config for config in configs if config.has_settings]))
    names = [next(of_settings) if config.has_settings else config.model.name for config in configs]
    id_of_name: dict[str, str] = {}
    for i, (config, name) in enumerate(zip(configs, names, strict=True)):
        if id_of_name.setdefault(name, config.id) != config.id:
            names[i] = f"{name} ({config.id[:4]})"
    return names


def _names_of_settings(configs: Sequence[Config]) -> list[str]:
    """A name for each configuration, of what varies among them, and of the model."""
    words = [_retrieval_words(c.retrieval) for c in configs]
    varying = [axis for axis in words[0] if len({w[axis] for w in words}) > 1] if words else []
    for axis in ("embedding", "sparse_embedding"):  # the retriever says already whether there is one
        if axis in varying and len({w[axis] for w in words} - {""}) < 2:
            varying.remove(axis)
    many_prompts = len({c.prompt.label for c in configs}) > 1
    many_models = len({c.model.name for c in configs}) > 1
    names = []
    for config, config_words in zip(configs, words, strict=True):
        parts = [config.prompt.label] if many_prompts or len(configs) == 1 else []
        if varying:
            parts.append(_said(config.retrieval, config_words, varying))
        if many_models or not parts:
            parts.append(config.model.name.removeprefix("embedded/"))
        names.append(" · ".join(parts))
    return names
