"""Defines a route: two ends, a cheap and a strong one, and the rule that says which of them answers.
Knows nothing about asking them, nor about how its rule was fitted."""

from __future__ import annotations

import base64
import binascii
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from workbench.errors import ExperimentError
from workbench.input.checked_model import CheckedModel
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING, MODEL_ROLES
from workbench.space.model import EMBEDDED_PREFIX, Limits, Model
from workbench.space.prompt import Name, Prompt
from workbench.space.retrieval import Retrieval

VECTOR_DIMENSIONS = 384
"""Of the embedded encoder, by whose vectors a router decides."""
QUESTION_FEATURES = (
    "words", "numbers", "clauses", "names", "compares", "explains", "counts", "yes_no", "follow_up",
)  # fmt: skip
"""What a router reads of a question's words (pipeline/question_features.py)."""

RETRIEVAL_FEATURES = (
    "lead", "spread", "covered", "covered_together", "covered_elsewhere", "sentence", "sentence_elsewhere",
    "same_document",
)  # fmt: skip
"""What a router may read of what its cheap end retrieves (pipeline/retrieval_features.py)."""


class End(CheckedModel):
    """A configuration at one end of a route. What is left out is that of the cell of the experiment."""

    prompt: str | Prompt | None = None
    """By name, or written out."""
    retrieval: Retrieval | None = None
    """Written out; a setting that is left out has its default, not the cell's value."""
    model: str | Model
    """Who answers: by name, or written out."""

    @model_validator(mode="before")
    @classmethod
    def _embedded_by_name(cls, data: Any) -> Any:
        """Embedded encoders may be named, and the usual one need not be."""
        if not isinstance(data, dict) or not isinstance(data.get("retrieval"), dict):
            return data
        retrieval = {"embedding": DEFAULT_EMBEDDING, **data["retrieval"]}
        for role in MODEL_ROLES:
            name = retrieval.get(role)
            if isinstance(name, str) and name.startswith(EMBEDDED_PREFIX):
                retrieval[role] = {"name": name, "kind": "embedding"}
        return {**data, "retrieval": Retrieval.model_validate(retrieval).canonical()}

    @property
    def content(self) -> list[Any]:
        """What decides its answers; None stands for what is the cell's, a text for what is only named."""
        return [getattr(part, "content", part) for part in (self.prompt, self.retrieval, self.model)]


def _kind_of_entry(value: Any) -> str:
    if isinstance(value, End) or (isinstance(value, dict) and ("prompt" in value or "retrieval" in value)):
        return "End"
    return "Model" if isinstance(value, dict | Model) else "str"


Entry = Annotated[
    Annotated[str, Tag("str")] | Annotated[Model, Tag("Model")] | Annotated[End, Tag("End")],
    Discriminator(_kind_of_entry),
]
"""An end as it is written: a model by name, a model, or a configuration."""
Share = Annotated[float, Field(ge=0, le=1)]


class Escalation(CheckedModel):
    """When a cascade asks its strong end, too. Any of the signs is enough; all of them are free."""

    grounding_below: Share | None = None
    """Where the cheap answer's grounding is below this; None looks at no grounding."""
    declined: bool = False
    """Where the cheap end declined to answer."""
    thin_retrieval: Share | None = None
    """Where the cheap end's passages hold less than this share of the question's content words; None looks
    at no passages."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.grounding_below is None and not self.declined and self.thin_retrieval is None:
            raise ExperimentError(
                "escalate_when names no sign, so nothing would ever be escalated.",
                hint="Set grounding_below, declined or thin_retrieval.",
                about="routes",
            )
        return self

    def reasons(self, grounding: float | None, declined: bool, coverage: float | None) -> tuple[str, ...]:
        """The signs that an answer of the cheap end shows, as keys of this rule.

        grounding: None where nothing is claimed.  coverage: the share of the question's content words in the
        passages; None where the question has none.
        """
        thin, ungrounded = self.thin_retrieval, self.grounding_below
        shown = {
            "declined": self.declined and declined,
            "grounding_below": ungrounded is not None and grounding is not None and grounding < ungrounded,
            "thin_retrieval": thin is not None and coverage is not None and coverage < thin,
        }
        return tuple(name for name, holds in shown.items() if holds)


USUAL_ESCALATION = Escalation(grounding_below=0.5, declined=True)
"""What a cascade does that sets nothing."""


class RouterWeights(CheckedModel):
    """A logistic regression: how likely the cheap end's answer is worse than the strong one's."""

    intercept: float = 0.0
    features: dict[Literal[QUESTION_FEATURES], float] = {}  # type: ignore[valid-type]
    """Weight of each feature of the question's words."""
    retrieval: dict[Literal[RETRIEVAL_FEATURES], float] = {}  # type: ignore[valid-type]
    """Weight of each feature of what the cheap end retrieves; {} decides before anything is retrieved."""
    vector: str = Field(default="", max_length=1000)
    """Weights of the embedded encoder's vector, as base64 of one signed byte each; "" for none."""
    scale: float = 0.0
    """What one step of such a byte weighs."""
    strong_above: Share = 0.5
    """The strong end is asked where the probability is above this."""

    @model_validator(mode="after")
    def _decodes(self) -> Self:
        _ = self.vector_weights
        return self

    @cached_property
    def vector_weights(self) -> tuple[float, ...]:
        """The weight of each dimension; () without a vector."""
        if not self.vector:
            return ()
        try:
            steps = base64.b64decode(self.vector, validate=True)
        except (binascii.Error, ValueError):
            steps = b""
        if len(steps) != VECTOR_DIMENSIONS:
            raise ExperimentError(
                f"weights.vector must be base64 of {VECTOR_DIMENSIONS} bytes.",
                hint="Take it as the command `route` wrote it.",
                about="routes",
            )
        return tuple(self.scale * (step - 256 if step > 127 else step) for step in steps)


# Set by hand: long questions, comparisons and explanations are harder for small models.
USUAL_WEIGHTS = RouterWeights(
    intercept=-1.0, features={"words": 0.04, "clauses": 0.3, "compares": 0.6, "explains": 0.6, "counts": 0.3}
)
"""Those of a router that was not fitted to an experiment's answers."""


class Route(CheckedModel):
    """A configuration that sends easy questions to a cheap end and others to a strong one."""

    name: Name
    cascade: list[Entry] | None = None
    """The cheap and the strong end: the cheap one is asked first, the strong one where its answer shows a
    sign of `escalate_when`."""
    router: list[Entry] | None = None
    """The cheap and the strong end: the question decides which is asked, with what the cheap end retrieves
    where the weights read that."""
    escalate_when: Escalation = USUAL_ESCALATION
    """Of a cascade."""
    weights: RouterWeights = USUAL_WEIGHTS
    """Of a router; the command `route` fits them."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.cascade is None) == (self.router is None):
            raise ExperimentError(
                f"Route {self.name!r} must have one of cascade and router.",
                hint="Write cascade: [cheap, strong] or router: [cheap, strong].",
                about="routes",
            )
        kind = "cascade" if self.cascade is not None else "router"
        if len(self.ends) != 2:
            raise ExperimentError(
                f"Route {self.name!r}: {kind} has {len(self.ends)} ends; it needs two, the cheap one first.",
                about="routes",
            )
        for key, belongs_to in (("escalate_when", "cascade"), ("weights", "router")):
            if belongs_to != kind and key in self.model_fields_set and self._differs(key):
                raise ExperimentError(
                    f"Route {self.name!r}: {key} belongs to a {belongs_to}, and this is a {kind}.",
                    about="routes",
                )
        cheap, strong = self.ends
        if _content(cheap) == _content(strong):
            raise ExperimentError(
                f"Route {self.name!r}: both ends are the same.",
                hint="A route needs two models or configurations, the cheap one first.",
                about="routes",
            )
        return self

    def _differs(self, key: str) -> bool:
        return bool(getattr(self, key) != Route.model_fields[key].default)

    @property
    def kind(self) -> Literal["cascade", "router"]:
        return "cascade" if self.cascade is not None else "router"

    @property
    def ends(self) -> tuple[str | Model | End, ...]:
        """The cheap and the strong end, as written."""
        return tuple((self.cascade if self.cascade is not None else self.router) or ())

    def with_ends(self, ends: list[Any], name: str | None = None) -> Route:
        """The same rule between other ends, under another name if one is given."""
        fields = {field: getattr(self, field) for field in Route.model_fields}
        return Route.model_validate({**fields, self.kind: ends, "name": name or self.name})

    @property
    def is_whole(self) -> bool:
        """Whether both ends are configurations of their own: no cell of an experiment plays a part."""
        return all(
            isinstance(end, End) and end.prompt is not None and end.retrieval is not None for end in self.ends
        )

    @cached_property
    def ends_alike(self) -> bool:
        """Whether both ends have the same prompt and retrieval: a route between two models."""
        return _content(self.ends[0])[:2] == _content(self.ends[1])[:2]

    @property
    def models(self) -> list[Model]:
        """The models at its ends that are resolved already."""
        ends = [end.model if isinstance(end, End) else end for end in self.ends]
        return [model for model in ends if isinstance(model, Model)]

    @property
    def prompts(self) -> list[Prompt]:
        """The prompts that its ends bring and that are resolved already."""
        return [e.prompt for e in self.ends if isinstance(e, End) and isinstance(e.prompt, Prompt)]

    @property
    def retrievals(self) -> list[Retrieval]:
        """The retrievals that its ends bring."""
        return [e.retrieval for e in self.ends if isinstance(e, End) and e.retrieval is not None]

    def at(self, prompt: Prompt, retrieval: Retrieval) -> Route:
        """The route in a cell of an experiment: what its ends leave out is the cell's."""
        return self.with_ends([_fill(end, prompt, retrieval) for end in self.ends])

    @property
    def content(self) -> dict[str, Any]:
        """What decides an answer: ends and rule, not the name."""
        rule = (self.escalate_when if self.kind == "cascade" else self.weights).model_dump(mode="json")
        if not rule.get("retrieval"):  # routers that look at no retrieval keep the identity that they had
            rule.pop("retrieval", None)
        return {self.kind: [_content(end) for end in self.ends], "rule": rule}

    @property
    def shape(self) -> dict[str, Any]:
        """What a route and its form in each cell of an experiment have in common."""
        return {**self.content, self.kind: [model.content for model in self.models]}

    @cached_property
    def model(self) -> RouteModel:
        """The route in the place of a model."""
        limits = [model.limits for model in self.models]
        widest = max(limits, key=lambda limit: limit.concurrency, default=Limits())
        strong = self.models[-1] if self.models else None
        sampling = {"temperature": strong and strong.temperature, "max_tokens": strong and strong.max_tokens}
        return RouteModel(name=self.name, kind="route", limits=widest, route=self, **sampling)


def _content(end: str | Model | End) -> list[Any]:
    return end.content if isinstance(end, End) else [None, None, getattr(end, "content", end)]


def _fill(end: str | Model | End, prompt: Prompt, retrieval: Retrieval) -> End:
    if isinstance(end, End):
        own = {"prompt": end.prompt or prompt, "retrieval": end.retrieval or retrieval}
        return end.model_copy(update=own)
    return End(prompt=prompt, retrieval=retrieval, model=end)


class RouteModel(Model):
    """A route in the place of a model: what stands for it on pages. It is never called itself."""

    kind: Literal["route"] = "route"  # type: ignore[assignment]
    route: Route
    """What it is."""

    @model_validator(mode="before")
    @classmethod
    def _parts_of_address(cls, data: Any) -> Any:
        return data

    @model_validator(mode="after")
    def _complete(self) -> Self:
        return self  # the route has been checked

    @property
    def embedded(self) -> bool:
        return all(model.embedded for model in self.route.models)

    @property
    def where(self) -> str:
        return " or ".join(dict.fromkeys(model.where for model in self.route.models))

    @property
    def content(self) -> dict[str, Any]:
        return {"route": self.route.content}
