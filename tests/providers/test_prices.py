"""What calls cost: the same work the same, whatever the machine's load.
Knows nothing about budgets or ledgers."""

from __future__ import annotations

import pytest

from workbench.providers.prices import describe_price, find_price
from workbench.providers.types import Usage
from workbench.space.model import Model

EMBEDDED = [Model(name="embedded/minilm", kind="embedding"), Model(name="embedded/extractive")]


@pytest.mark.parametrize("model", EMBEDDED, ids=lambda m: m.name)
def test_an_embedded_model_costs_the_same_for_the_same_tokens_however_long_it_took(model: Model) -> None:
    price = find_price(model, compute_usd_per_hour=0.10)
    assert price is not None
    costs = {price.cost(Usage(input=1000), seconds) for seconds in (0.01, 0.03, 9.0, None)}
    assert len(costs) == 1 and 0 < costs.pop() < 0.10 / 3600
    assert "million tokens" in describe_price(price)


@pytest.mark.parametrize("model", EMBEDDED, ids=lambda m: m.name)
def test_the_price_of_an_embedded_model_follows_the_users_rate(model: Model) -> None:
    cheap, dear = (find_price(model, compute_usd_per_hour=rate) for rate in (0.10, 0.30))
    assert cheap is not None and dear is not None
    assert dear.cost(Usage(input=10), None) == pytest.approx(3 * (cheap.cost(Usage(input=10), None) or 0.0))
