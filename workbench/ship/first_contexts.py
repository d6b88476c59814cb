"""Says what a winner's first question costs beside itself: the chunk contexts that a model has yet to write.
Knows nothing about writing them."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.formatting import counted, dollars
from workbench.pipeline.stage_counts import ContextCount
from workbench.providers.prices import PriceSnapshot
from workbench.providers.types import Usage

USUAL_OUTPUT_TOKENS = 300
"""The longest reply that is expected of a model without max_tokens."""


@dataclass(frozen=True)
class ContextsToWrite:
    """The chunk contexts that are written before a corpus can be searched for the first time."""

    model: str
    """The name of the context model."""
    calls: int
    """How many calls that takes, about; stored ones are not made again."""
    most_usd: float | None
    """What they cost at most, about, in US dollars; None when the model has no price by tokens."""

    @classmethod
    def of(cls, count: ContextCount, price: PriceSnapshot | None) -> ContextsToWrite:
        usage = Usage(input=count.tokens, output=count.model.max_tokens or USUAL_OUTPUT_TOKENS)
        each = None if price is None else price.cost(usage, None)
        left = count.count.left
        return cls(count.model.name, left, None if each is None else each * left)

    def __str__(self) -> str:
        cost = "at an unknown cost" if self.most_usd is None else f"for up to about {dollars(self.most_usd)}"
        return (
            f"Before its first answer over these documents, {self.model} writes a context for each of about "
            f"{counted(self.calls, 'chunk')}, once: {counted(self.calls, 'call')} {cost}."
        )
