"""Checks what a gate is to compare and reads its corpus, before any question is sent.
Knows nothing about asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.calls.destinations import Destination, list_destinations, uses_of_config
from workbench.calls.trusted_hosts import load_trust, trust_hosts
from workbench.corpus.corpus import load_corpus, require_own_folder
from workbench.corpus.types import Corpus
from workbench.errors import InputError
from workbench.gate.conditions import Condition, choose_conditions
from workbench.gate.questions import GateQuestions, choose_gate_questions
from workbench.gate.sides import Side, ask_for_revision, open_side
from workbench.providers.prices import Prices, find_price
from workbench.providers.trust import Trust
from workbench.settings import Settings
from workbench.space.code_needed import code_of_config
from workbench.store.confirmed_hosts import find_named_folders
from workbench.store.database import Store
from workbench.user_code.permission import Code, allow, look_in, refused, require, use_settings


@dataclass(frozen=True)
class GateRequest:
    """What is to be compared, and how."""

    candidate: str
    """A file, an address or a trial's id (sides.py)."""
    base: str
    corpus: str | None = None
    """The corpus by name or path; None for the one that both were chosen on."""
    questions: str | None = None
    """A question file to ask instead of the corpus's own."""
    tags: tuple[str, ...] = ()
    """Only questions with one of these tags; empty for all."""
    conditions: tuple[Condition, ...] = ()
    """What is demanded; empty for the defaults."""
    repeats: int = 1
    """How often each question is asked."""
    budget_usd: float | None = None
    """The most that is spent in US dollars; None for no limit."""
    seed: int = 7
    """The seed for the order of the questions."""


@dataclass(frozen=True)
class ReadyGate:
    """A gate that was checked, with all that it works on."""

    request: GateRequest
    candidate: Side
    base: Side
    corpus: Corpus
    questions: GateQuestions
    conditions: tuple[Condition, ...]
    prices: Prices
    trust: Trust
    notes: tuple[str, ...]

    @property
    def plants(self) -> bool:
        """Whether instructions can be planted among the passages of both."""
        return self.candidate.config.system is None and self.base.config.system is None

    @property
    def destinations(self) -> tuple[Destination, ...]:
        """The hosts that questions go to."""
        uses = [*uses_of_config(self.candidate.config), *uses_of_config(self.base.config)]
        return list_destinations(uses, self.trust)


def permit(
    store: Store, settings: Settings, request: GateRequest, hosts: Sequence[str], *, allow_code: bool
) -> list[Code]:
    """Remember a user's yes: these hosts may get what the sides send, and their code may run, as it is now.

    Returns the code that was allowed. Nothing is sent or run.
    """
    use_settings(settings)
    sides = [open_side(text, store) for text in (request.candidate, request.base)]
    trust_hosts(store, [model for side in sides for model in side.config.models], hosts)
    allowed: list[Code] = []
    for side in sides if allow_code else ():
        if side.file is not None:
            look_in(side.file.parent)
        allowed += refused(code_of_config(side.config))
        allow(allowed)
    return allowed


def open_sides(store: Store, settings: Settings, request: GateRequest, trust: Trust) -> tuple[Side, Side]:
    """Open the candidate and the base; nothing is sent.

    Raises InputError for what cannot be opened, CodeNotAllowed for code that may not run, HostNotConfirmed
    for an address that `trust` does not allow.
    """
    use_settings(settings)
    candidate, base = open_side(request.candidate, store), open_side(request.base, store)
    for side in (candidate, base):
        if side.file is not None:
            look_in(side.file.parent)
        require(code_of_config(side.config))
    trust.require([*candidate.config.models, *base.config.models])
    return candidate, base


def prepare_gate(store: Store, settings: Settings, request: GateRequest) -> ReadyGate:
    """Check a request and read its corpus; no question is sent. Raises InputError."""
    if request.repeats < 1:
        raise InputError(f"--repeats {request.repeats}: it must be at least 1.")
    if request.budget_usd is not None and not request.budget_usd > 0:
        raise InputError(f"--budget-usd {request.budget_usd:g}: it must be more than 0 dollars.")
    trust = load_trust(store)
    sides = open_sides(store, settings, request, trust)
    candidate, base = (ask_for_revision(side, trust) for side in sides)
    corpus, told = _read_corpus(store, settings, request, candidate, base)
    file = None if request.questions is None else Path(request.questions).expanduser()
    questions = choose_gate_questions(corpus, file=file, tags=request.tags, seed=request.seed)
    plants = candidate.config.system is None and base.config.system is None
    conditions = choose_conditions(
        request.conditions, questions.all, has_injections=plants or bool(corpus.injections)
    )
    prices = _find_prices(settings, candidate, base)
    _require_prices(request, conditions, candidate, prices)
    systems = () if plants else ("No instruction can be planted among the passages of a system.",)
    notes = (*candidate.notes, *base.notes, *told, *systems)
    return ReadyGate(request, candidate, base, corpus, questions, conditions, prices, trust, notes)


def _read_corpus(
    store: Store, settings: Settings, request: GateRequest, candidate: Side, base: Side
) -> tuple[Corpus, list[str]]:
    """The corpus over which both answer, and what is to be known of it."""
    named = request.corpus or candidate.corpus or base.corpus
    if named is None:
        raise InputError(
            "Neither the candidate nor the base says on which corpus it answers.",
            hint="Name it: --corpus NAME.",
        )
    if request.corpus is None:
        if candidate.corpus and base.corpus and candidate.corpus != base.corpus:
            raise InputError(
                f"The base was chosen on another corpus: {base.corpus!r}, and the candidate on "
                f"{candidate.corpus!r}.",
                hint="Say on which corpus to compare them: --corpus NAME.",
            )
        file = candidate.file if candidate.corpus else base.file
        require_own_folder(named, settings.corpora, file=file, named=find_named_folders(store))
    corpus = load_corpus(named, settings.corpora, cache_dir=settings.cache / "documents")
    notes = [
        f"{side.name} was chosen on other documents: version {side.corpus_version} of {side.corpus!r}, "
        f"and these are {corpus.version}."
        for side in (candidate, base)
        if side.corpus_version not in (None, corpus.version)
    ]
    return corpus, notes


def _find_prices(settings: Settings, candidate: Side, base: Side) -> Prices:
    prices: dict[str, Any] = {}
    for model in (*base.config.models, *candidate.config.models):
        price = find_price(model, settings.compute_usd_per_hour)
        if model.name in prices and prices[model.name] != price:
            raise InputError(
                f"Candidate and base both have a model {model.name!r}, with different prices.",
                hint="Give one of them another name, or both the same price.",
            )
        prices[model.name] = price
    return prices


def _require_prices(
    request: GateRequest, conditions: Sequence[Condition], candidate: Side, prices: Prices
) -> None:
    unpriced = [name for name, price in prices.items() if price is None]
    # A system may tell the cost of each answer.
    own = [m.name for m in candidate.config.models if m.name in unpriced and candidate.config.system is None]
    hint = "Give it a price, `price: {free: true}`, or leave that out."
    if request.budget_usd is not None and unpriced:
        raise InputError(f"A budget needs a price for {', '.join(unpriced)}, which has none.", hint=hint)
    if own and any(c.measure == "cost_per_1k_questions" for c in conditions):
        raise InputError(
            f"cost_per_1k_questions needs a price for {', '.join(own)}, which has none.", hint=hint
        )
