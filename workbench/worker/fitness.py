"""Decides which experiments a worker of a shared store takes: those of its place, and others that it can run.
Knows nothing about leases."""

from __future__ import annotations

import time
from collections.abc import Callable

from workbench.calls.destinations import uses_of_experiment
from workbench.errors import WorkbenchError
from workbench.providers.trust import find_key_in
from workbench.run.corpus_of_experiment import is_in_reach
from workbench.settings import Settings
from workbench.space.address import Address
from workbench.space.code_needed import code_of_experiment
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.places import place_of
from workbench.user_code.permission import refused, use_settings

LOOK_AGAIN_SECONDS = 60.0
"""How long it is remembered that something for an experiment is lacking here."""


class Fitness:
    """What a worker can carry out. `may_take` may read a corpus, so call it in no transaction."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._place = place_of(settings)
        self._lacking_until: dict[str, float] = {}

    def may_take(self, experiment_id: str, place: str | None) -> bool:
        """Whether an experiment was queued here, or has here what it needs: its corpus in the same version
        with the examples that its prompts show, the keys of its models, none of which may be a server of the
        other machine, and leave to run its code. One that lacks something is left for others.

        place: where it was queued; None in a store of one home.
        """
        if place in (None, self._place) or self._place is None:
            return True
        if self._clock() < self._lacking_until.get(experiment_id, 0.0):
            return False
        try:
            fit = self._has_all(experiment_id)
        except WorkbenchError:  # such as: it has no document that can be read
            fit = False
        if not fit:
            self._lacking_until[experiment_id] = self._clock() + LOOK_AGAIN_SECONDS
        return fit

    def _has_all(self, experiment_id: str) -> bool:
        record = get_experiment(self._store, experiment_id)
        use_settings(self._settings)
        if not all(_is_reachable(model) for model, _ in uses_of_experiment(record.experiment)):
            return False
        if refused(code_of_experiment(record.experiment)):
            return False
        return is_in_reach(record, self._settings, self._store)


def _is_reachable(model: Model) -> bool:
    """Whether a model is not a server of the machine where it was named, and its keys are here."""
    address = Address.parse(model.base_url or "")
    if address is not None and address.on_this_machine:
        return False
    return all(find_key_in(variable, model) is not None for variable in model.key_variables)
