"""Another cap on an experiment's money, or none, while it waits or runs: what runs obeys within seconds.
Knows nothing about how the cap is held: budget.py does that."""

from __future__ import annotations

from workbench.errors import InputError
from workbench.planning.preparation import check_worst_cases
from workbench.providers.prices import PriceSnapshot
from workbench.store.database import Store
from workbench.store.experiments import get_experiment, set_budget


def change_budget(store: Store, experiment_id: str, budget_usd: float | None) -> None:
    """budget_usd: dollars for the whole experiment, None for no cap. Raises InputError where the experiment
    is done, or a cap could not be held."""
    record = get_experiment(store, experiment_id)
    if record.state == "done":
        raise InputError(f"Experiment {experiment_id} is done: nothing more is spent on it.")
    prices = {name: PriceSnapshot.from_json(p) if p else None for name, p in record.prices.items()}
    check_worst_cases(record.experiment.model_copy(update={"budget_usd": budget_usd}), prices)
    set_budget(store, experiment_id, budget_usd)
