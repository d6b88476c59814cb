"""Estimates the seconds and dollars of model calls as ranges, from past calls where there are some.
Knows nothing about what the calls are for."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.calls.clients import model_key
from workbench.calls.worst_case import PASSAGES_PER_SEARCH, TOKENS_PER_PASSAGE
from workbench.planning.machine_speed import slowness
from workbench.planning.plan_types import Range, Rates, between
from workbench.providers.embedded.machine_seconds import answering_seconds, encoding_seconds
from workbench.providers.prices import Prices
from workbench.providers.token_counts import CHARACTERS_PER_TOKEN
from workbench.providers.types import Usage
from workbench.space.model import Model
from workbench.space.system import SystemModel
from workbench.store.database import Store
from workbench.store.ledger import CallStatistics, get_call_statistics

# For a model that has not been called yet: the shortest and the longest answer, and seconds.
FEWEST_OUTPUT_TOKENS = 20
MOST_OUTPUT_TOKENS = 300
SECONDS_PER_CALL = (0.5, 6.0)
SECONDS_PER_RERANKING = (0.05, 2.0)
# Of a cross-encoder on two cores: 6 layers of 384 quantised, and 12 of 768 that are not.
ONNX_SECONDS_PER_TOKEN = (0.00005, 0.001)
QUESTION_TOKENS = 30
# Past calls from which a model's seconds and dollars are taken.
ENOUGH_CALLS = 10
# Embedded models, measured on 2 idle cores with texts of 64 and of 400 tokens.
EMBEDDED_SECONDS_PER_CALL = (0.003, 0.012)
EMBEDDED_SECONDS_PER_TEXT = (0.002, 0.03)
SECONDS_PER_TEXT = (0.002, 0.05)


class Estimate:
    """A running sum over kinds of calls."""

    def __init__(self, prices: Prices, store: Store) -> None:
        self.seconds = Range(0, 0)
        self.unpriced: dict[str, None] = {}
        """Names of the models that have no price, in order."""
        self.unmeasured: dict[str, None] = {}
        """Names of the models elsewhere whose speed is not known, in order: their seconds are a guess."""
        self.slowness = slowness()
        """How many times longer work takes on this machine now than where it was measured."""
        self._prices = prices
        self._store = store
        self._costs: list[Range] = []
        self._past: dict[tuple[str, str], CallStatistics] = {}

    @property
    def cost_usd(self) -> Range | None:
        """None when some model has no price."""
        return None if self.unpriced else sum(self._costs, Range(0, 0))

    def include(self, other: Estimate) -> None:
        """Add what another estimate sums up."""
        self.seconds += other.seconds
        self._costs += other._costs
        self.unpriced |= other.unpriced
        self.unmeasured |= other.unmeasured

    def price_calls(
        self,
        model: Model,
        kind: str,
        calls: int,
        *,
        tokens: int,
        most_output: int | None = None,
        fewest: int | None = None,
    ) -> None:
        """Add calls of one model.

        tokens: of one prompt, about.
        most_output: the most tokens of a reply; None means the model's max_tokens.
        fewest: how many of the calls are sure to be made; None means all.
        """
        if calls > 0:
            rates = self.rates(model, kind, tokens=tokens, most_output=most_output)
            self.add([(calls, rates)], calls if fewest is None else fewest, calls)
            self.note_price(model)

    def price_reranking(self, model: Model, calls: int, passages: int, chunk_tokens: int) -> None:
        """Add calls of a reranking model, a chat model or one of kind reranker.

        passages: how many one call ranks.
        chunk_tokens: the most tokens of one.
        """
        if model.kind == "chat":
            self.price_calls(model, "rerank", calls, tokens=passages * chunk_tokens)
        elif calls > 0:
            # A cross-encoder reads the question with each passage, and writes nothing.
            tokens = passages * (chunk_tokens + QUESTION_TOKENS)
            self.add([(calls, self._reranking_rates(model, passages, tokens))], calls, calls)
            self.note_price(model)

    def _reranking_rates(self, model: Model, passages: int, tokens: int) -> Rates:
        past = self._past_calls("rerank", model_key(model))
        if past.calls >= ENOUGH_CALLS and past.mean_seconds is not None:
            seconds = Range(past.mean_seconds * 0.8, past.mean_seconds * 1.25)
        elif model.embedded:
            seconds = Range(*ONNX_SECONDS_PER_TOKEN) * (tokens * self.slowness)
        else:
            seconds = Range(*SECONDS_PER_RERANKING)
            self.unmeasured[model.name] = None
        shared = seconds if model.embedded else seconds * (1 / model.limits.concurrency)
        price = self._prices.get(model.name)
        if price is None:
            return Rates(Range(0, 0), shared)
        # A search holds 100 passages, of which a long one counts as several.
        searches = 1 + passages * (tokens // passages // TOKENS_PER_PASSAGE) // PASSAGES_PER_SEARCH
        low, high = Usage(input=tokens // 3, searches=1), Usage(input=int(tokens * 1.3), searches=searches)
        costs = Range(price.cost(low, shared.low) or 0.0, price.cost(high, shared.high) or 0.0)
        if past.calls >= ENOUGH_CALLS and past.mean_cost_usd is not None:
            costs = Range(past.mean_cost_usd * 0.7, past.mean_cost_usd * 1.5)
        return Rates(costs, shared)

    def note_price(self, model: Model) -> None:
        if self._prices.get(model.name) is None and not self._told(model):
            self.unpriced[model.name] = None

    def _told(self, model: Model) -> bool:
        """Whether a system has told what enough of its past answers cost: then no price is needed."""
        past = self._past_calls("generate", model_key(model)) if isinstance(model, SystemModel) else None
        return past is not None and past.calls >= ENOUGH_CALLS and past.mean_cost_usd is not None

    def add(self, work: Sequence[tuple[int, Rates]], fewest: int, most: int) -> None:
        """Add between the `fewest` cheapest and the `most` expensive of these calls."""
        self.seconds += between([(n, rates.seconds) for n, rates in work], fewest, most)
        self._costs.append(between([(n, rates.cost_usd) for n, rates in work], fewest, most))

    def rates(self, model: Model, kind: str, *, tokens: int, most_output: int | None = None) -> Rates:
        """What one call takes: from past calls of this model where there are some."""
        past = self._past_calls(kind, model_key(model))
        seconds = Range(*SECONDS_PER_CALL)
        if model.embedded:  # the past says little: the machine may have been busier, or less so
            seconds = Range(*EMBEDDED_SECONDS_PER_CALL) * self.slowness
        elif past.calls >= ENOUGH_CALLS and past.mean_seconds is not None:
            seconds = Range(past.mean_seconds * 0.8, past.mean_seconds * 1.25)
        else:
            self.unmeasured[model.name] = None
        shared = seconds * (1 / (2 if model.embedded else model.limits.concurrency))
        price = self._prices.get(model.name)
        if price is None and not self._told(model):
            return Rates(Range(0, 0), shared)
        low = Usage(input=tokens // 3, output=FEWEST_OUTPUT_TOKENS)
        high = Usage(input=int(tokens * 1.3), output=most_output or model.max_tokens or MOST_OUTPUT_TOKENS)
        charged = shared  # a machine is paid once for calls that overlap
        if model.embedded:
            charged = Range(answering_seconds(low.input), answering_seconds(high.input))
        costs = (price.cost(low, charged.low), price.cost(high, charged.high)) if price else (0.0, 0.0)
        if past.calls >= ENOUGH_CALLS and past.mean_cost_usd is not None:
            costs = (past.mean_cost_usd * 0.7, past.mean_cost_usd * 1.5)
        return Rates(Range(costs[0] or 0.0, costs[1] or 0.0), shared)

    def _past_calls(self, kind: str, key: str) -> CallStatistics:
        if (kind, key) not in self._past:
            self._past[kind, key] = get_call_statistics(self._store, kind, key)
        return self._past[kind, key]

    def time_sentences(self, characters: int) -> Range:
        """Add the sentences that are encoded to split documents, each with the one before it; returns their
        seconds."""
        tokens = 2 * characters // CHARACTERS_PER_TOKEN
        seconds = Range(0.7, 1.5) * (encoding_seconds(tokens) * self.slowness)
        self.seconds += seconds
        return seconds

    def price_texts(self, model: Model, texts: int, *, tokens: int, fewest: int | None = None) -> None:
        """Add texts to embed, each of at most so many tokens.

        fewest: how many of the texts are sure to be embedded; None means all.
        """
        if texts <= 0:
            return
        seconds_each = Range(*(EMBEDDED_SECONDS_PER_TEXT if model.embedded else SECONDS_PER_TEXT))
        fewest = texts if fewest is None else fewest
        each = seconds_each * (self.slowness if model.embedded else 1.0)
        self.seconds += between([(texts, each)], fewest, texts)
        self.note_price(model)
        price = self._prices.get(model.name)
        if price is not None:
            charged = seconds_each
            if model.embedded:
                charged = Range(encoding_seconds(tokens // 2), encoding_seconds(tokens))
            low = price.cost(Usage(input=tokens // 2), charged.low) or 0.0
            high = price.cost(Usage(input=tokens), charged.high) or 0.0
            self._costs.append(between([(texts, Range(low, high))], fewest, texts))
