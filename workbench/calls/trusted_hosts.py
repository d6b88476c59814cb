"""Knows which hosts the user of a home trusts: those of registered models, and those confirmed by a yes.
Knows nothing about what is sent there. providers/trust.py decides by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.calls.destinations import uses_of_experiment
from workbench.providers.trust import Trust, choose, pairs_of
from workbench.space.experiment import Experiment
from workbench.space.model import Model
from workbench.store.catalogue import list_models
from workbench.store.confirmed_hosts import confirm, find_confirmed
from workbench.store.database import Store


def load_trust(store: Store, given: Iterable[Model] = ()) -> Trust:
    """What the user of this home has confirmed.

    given: models that this call alone may ask, whatever was confirmed.
    """
    registered = (stored.model for stored in list_models(store))
    return Trust.of([*registered, *given], find_confirmed(store))


def require_trust(store: Store, experiment: Experiment) -> None:
    """Raise HostNotConfirmed when an experiment would send something to a host that is not confirmed."""
    load_trust(store).require(model for model, _ in uses_of_experiment(experiment))


def trust_hosts(store: Store, models: Sequence[Model], hosts: Sequence[str]) -> None:
    """Remember a user's yes: these hosts may get what the models there are sent, with the keys they name.

    hosts: as in `--trust HOST`. Raises InputError for one that none of the models is at.
    """
    if hosts:
        confirm(store, [pair for model in choose(models, hosts) for pair in pairs_of(model)])
