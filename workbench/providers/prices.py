"""What a call costs: the user's own price, else a snapshot of genai-prices, else unpriced.
Knows nothing about budgets or ledgers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from workbench.formatting import dollars
from workbench.providers.addresses import is_nearby
from workbench.space.model import Model, Price
from workbench.space.system import SystemModel

if TYPE_CHECKING:  # commands import this module, and types.py imports numpy
    from workbench.providers.types import Usage


@dataclass(frozen=True, slots=True)
class PriceSnapshot:
    """US dollars, as they were when an experiment was created. source: "yours", "genai-prices 0.2.3",
    "machine time"."""

    source: str
    input_per_million: float = 0.0
    output_per_million: float = 0.0
    cached_per_million: float | None = None
    per_hour: float | None = None
    per_thousand_searches: float | None = None
    per_call: float | None = None

    def cost(self, usage: Usage, compute_seconds: float | None) -> float | None:
        """Of one call. Cached input at its own price; reasoning is part of output. With an hourly price, of
        the call's seconds; None when those are not known. With a price of searches, of those."""
        if self.per_call is not None:
            return self.per_call
        if self.per_hour is not None:
            return None if compute_seconds is None else self.per_hour * max(0.0, compute_seconds) / 3600
        if self.per_thousand_searches is not None:
            return self.per_thousand_searches * max(0.0, usage.searches) / 1000
        cached = min(max(0, usage.cached), max(0, usage.input))
        cached_price = self.input_per_million if self.cached_per_million is None else self.cached_per_million
        fresh = max(0, usage.input) - cached
        total = (
            fresh * self.input_per_million
            + cached * cached_price
            + max(0, usage.output) * self.output_per_million
        )
        return total / 1_000_000

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PriceSnapshot:
        return cls(**data)


# By model name; None means unpriced.
Prices = dict[str, PriceSnapshot | None]


def find_price(model: Model, compute_usd_per_hour: float) -> PriceSnapshot | None:
    """The model's price: its own, an embedded one's machine time, a public table's; None is unpriced, which
    is never taken for free."""
    if model.price is not None:
        return _own(model.price)
    if model.embedded:
        return PriceSnapshot("machine time", per_hour=compute_usd_per_hour)
    return _public(model) if model.base_url is not None else None


def _own(price: Price) -> PriceSnapshot:
    if price.free:
        return PriceSnapshot("yours: free")
    if price.per_hour is not None:
        return PriceSnapshot("yours", per_hour=price.per_hour)
    if price.per_thousand_searches is not None:
        return PriceSnapshot("yours", per_thousand_searches=price.per_thousand_searches)
    if price.per_call is not None:
        return PriceSnapshot("yours", per_call=price.per_call)
    return PriceSnapshot(
        "yours",
        input_per_million=price.input_per_million or 0.0,
        output_per_million=price.output_per_million or 0.0,
        cached_per_million=price.cached_per_million,
    )


def _public(model: Model) -> PriceSnapshot | None:
    """genai-prices by the served name, for hosts it knows: a local server's model of a public name costs
    what its owner pays for the machine, not what a vendor asks."""
    if isinstance(model, SystemModel) or is_nearby(model.base_url) or not model.model:
        return None
    from importlib.metadata import version

    from genai_prices import Usage as PricedUsage
    from genai_prices import calc_price

    def price_of(**tokens: int) -> float:
        found = calc_price(PricedUsage(**tokens), model_ref=str(model.model), provider_api_url=model.base_url)
        return float(found.total_price)

    million = 1_000_000
    # Small counts, scaled: tiered tables ask more above some hundred thousand tokens of one call.
    try:
        per_input = price_of(input_tokens=1000) * million / 1000
        per_output = price_of(output_tokens=1000) * million / 1000
        per_cached = price_of(input_tokens=1000, cache_read_tokens=1000) * million / 1000
    except (LookupError, ValueError):
        return None
    return PriceSnapshot(f"genai-prices {version('genai-prices')}", per_input, per_output, per_cached)


def describe_price(price: PriceSnapshot | None) -> str:
    """A price in words: "$0.10 in, $0.40 out per million tokens (yours)"."""
    if price is None:
        return "unpriced"
    if price.source == "yours: free":
        return "free (your word)"
    if price.per_hour is not None:
        return f"{dollars(price.per_hour)} an hour ({price.source})"
    if price.per_thousand_searches is not None:
        return f"{dollars(price.per_thousand_searches)} per 1,000 searches ({price.source})"
    if price.per_call is not None:
        return f"{dollars(price.per_call)} per call ({price.source})"
    return (
        f"{dollars(price.input_per_million)} in, {dollars(price.output_per_million)} out "
        f"per million tokens ({price.source})"
    )
