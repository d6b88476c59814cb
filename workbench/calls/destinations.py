"""Lists the hosts that the models of an experiment or a configuration are at, and what each is sent.
Knows nothing about sending."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from workbench.providers.trust import Trust, pairs_of
from workbench.scoring.judged import find_judged, judge_sees
from workbench.settings import CHROMA_TOKEN
from workbench.space.address import Address
from workbench.space.config import Config
from workbench.space.experiment import Experiment
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval
from workbench.space.search_space import find_baseline_config

if TYPE_CHECKING:  # pages load this file, and not numpy
    from workbench.pipeline.caches import Caches
    from workbench.pipeline.vector_stores.registry import VectorIndexKind

QUESTIONS, PASSAGES, DOCUMENTS = "questions", "passages", "whole documents"
VECTORS = "vectors of passages and questions"
JUDGED = {"question": QUESTIONS, "answer": "answers", "passages": PASSAGES, "reference": "reference answers"}
# What each model of a retrieval setting is sent.
SENT: dict[str, tuple[str, ...]] = {
    "embedding": (DOCUMENTS, QUESTIONS),
    "second_embedding": (DOCUMENTS, QUESTIONS),
    "sparse_embedding": (DOCUMENTS, QUESTIONS),
    "context_model": (DOCUMENTS,),
    "query_model": (QUESTIONS,),
    "rerank_model": (QUESTIONS, PASSAGES),
}
# What a model that improves prompts is sent: train questions as they were answered.
REFLECTED = (QUESTIONS, PASSAGES, JUDGED["answer"], JUDGED["reference"])
Use = tuple[Model, tuple[str, ...]]
"""A model, and what it is sent in one of its roles."""


@dataclass(frozen=True)
class Destination:
    """An address that something is sent to, with the key in one variable or without a key."""

    host: str
    """Scheme, host and port."""
    api_key_env: str | None
    """The variable of the key that is sent along; None without one."""
    models: tuple[str, ...]
    """The names of the models there; none on a Chroma server."""
    sends: tuple[str, ...]
    """What is sent, in words."""
    this_machine: bool
    """Whether it is an address of this machine."""
    confirmed: bool
    """Whether it may be sent; else a run is refused."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"models": list(self.models), "sends": list(self.sends)}


def destination_of_vectors(caches: Caches, kinds: Iterable[VectorIndexKind]) -> tuple[Destination, ...]:
    """The Chroma server where these kinds of index are kept on one; whoever sets its variable confirms it."""
    if caches.server is None or "chroma" not in kinds:
        return ()
    address = Address.parse(caches.server.address)
    return (
        Destination(
            host=caches.server.address,
            api_key_env=CHROMA_TOKEN if caches.server.token else None,
            models=(),
            sends=(VECTORS,),
            this_machine=address is not None and address.on_this_machine,
            confirmed=True,
        ),
    )


def uses_of_experiment(experiment: Experiment) -> list[Use]:
    """Every model that an experiment may call, with what it is sent."""
    retrieval = experiment.retrieval
    uses: list[Use] = [(model, (QUESTIONS, PASSAGES)) for model in experiment.models]
    if retrieval.use_vectors:
        embedding = retrieval.models_in("embedding")
        if retrieval.use_second_vectors:
            embedding += retrieval.models_in("second_embedding")
        uses.extend((model, SENT["embedding"]) for model in embedding if isinstance(model, Model))
    for role in ("context_model", "sparse_embedding", "query_model", "rerank_model"):
        if retrieval.asking(role):
            asked = retrieval.models_in(role)
            uses.extend((model, SENT[role]) for model in asked if isinstance(model, Model))
    uses.extend((system.model, (QUESTIONS,)) for system in experiment.systems)
    uses.extend((model, (QUESTIONS, PASSAGES)) for route in experiment.routes for model in route.models)
    for own in (own for route in experiment.routes for own in route.retrievals):
        uses.extend(_uses_of_retrieval(own))
    baseline = find_baseline_config(experiment)
    if baseline is not None:
        uses.extend(use for use in uses_of_config(baseline) if use not in uses)
    uses.extend((optimisation.model, REFLECTED) for optimisation in experiment.optimise)
    judged = find_judged(experiment.scores, experiment.judge)
    uses.extend((score.judge, tuple(JUDGED[part] for part in judge_sees(score))) for score in judged)
    return uses


def uses_of_config(config: Config) -> list[Use]:
    """Every model that answering a question with a configuration calls, with what it is sent."""
    if config.system is not None:
        return [(config.model, (QUESTIONS,))]
    if config.route is not None:
        return [use for end in config.ends for use in uses_of_config(end)]
    return [(config.model, (QUESTIONS, PASSAGES)), *_uses_of_retrieval(config.retrieval)]


def _uses_of_retrieval(retrieval: Retrieval) -> list[Use]:
    roles = [(getattr(retrieval, role), what) for role, what in SENT.items()]
    return [(model, what) for model, what in roles if model is not None]


def list_destinations(uses: Iterable[Use], trust: Trust) -> tuple[Destination, ...]:
    """Each address once for each variable of a key, in the order of the uses; embedded models have none."""
    grouped: dict[tuple[str, str | None], list[Use]] = {}
    for model, what in uses:
        if model.base_url is not None:
            for variable, origin in pairs_of(model):
                grouped.setdefault((origin, variable or None), []).append((model, what))
    return tuple(
        Destination(
            host=origin,
            api_key_env=variable,
            models=tuple(dict.fromkeys(model.name for model, _ in of_host)),
            sends=tuple(dict.fromkeys(word for _, what in of_host for word in what)),
            this_machine=(address := Address.parse(origin)) is not None and address.on_this_machine,
            confirmed=not trust.refuse(model for model, _ in of_host),
        )
        for (origin, variable), of_host in grouped.items()
    )
