"""Experiments: their list, names, states, budgets, and what went wrong in them.
Knows nothing about what they showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.results import status
from workbench.results.cluster_members import ClusterMember, list_cluster_members
from workbench.results.counters import Counters, find_counters
from workbench.results.served import describe_served
from workbench.results.trained_on import describe_trained_on
from workbench.space.code_needed import code_of_experiment
from workbench.space.system import System
from workbench.store import answers, experiments, leases, ledger, trials
from workbench.store.database import Store
from workbench.store.places import place_of
from workbench.store.records import ExperimentRecord
from workbench.ui.services.worker import WorkerAccess
from workbench.user_code.permission import require


@dataclass(frozen=True)
class ExperimentCard:
    """An experiment with the figures that the list of experiments shows."""

    record: ExperimentRecord
    trials: int
    """How many configurations it has so far."""
    trials_done: int
    spent_usd: float
    """Dollars spent on its model calls."""


@dataclass(frozen=True)
class Experiments:
    """The experiments: their list, names, states and budgets."""

    store: Store
    worker: WorkerAccess
    """Woken when an experiment is queued."""

    def list_experiments(self, *, archived: bool = False) -> list[ExperimentRecord]:
        return experiments.list_experiments(self.store, archived=archived)

    def list_systems(self) -> dict[str, System]:
        """Return every system of a stored experiment by its name, as the newest experiment has it."""
        newest_last = reversed(self.list_experiments(archived=True))
        return {system.name: system for record in newest_last for system in record.experiment.systems}

    def list_active_experiments(self) -> list[ExperimentRecord]:
        """Return those that wait or are carried out at present, newest first."""
        return experiments.list_active_experiments(self.store)

    def list_cards(self, *, archived: bool = False) -> list[ExperimentCard]:
        counted, spent = trials.count_all_trials(self.store), ledger.get_spends(self.store)
        return [
            ExperimentCard(r, *counted.get(r.id, (0, 0)), spent.get(r.id, 0.0))
            for r in self.list_experiments(archived=archived)
        ]

    def get_experiment(self, experiment_id: str) -> ExperimentRecord:
        return experiments.get_experiment(self.store, experiment_id)

    def get_status(self, experiment_id: str) -> dict[str, Any]:
        return status.get_status(self.store, experiment_id)

    def list_cluster_members(self, experiment_id: str) -> list[ClusterMember]:
        """Return who carries an experiment out at present, where several processes do."""
        return list_cluster_members(self.store, experiment_id)

    def get_counters(self, experiment_id: str) -> Counters:
        """Return how far the experiment is; `get_status` holds the same figures and more."""
        return find_counters(self.store, experiment_id)

    def rename_experiment(self, experiment_id: str, name: str) -> None:
        experiments.edit_experiment(self.store, experiment_id, name=name)

    def write_notes(self, experiment_id: str, notes: str) -> None:
        experiments.edit_experiment(self.store, experiment_id, notes=notes)

    def archive_experiment(self, experiment_id: str, archived: bool = True) -> None:
        experiments.edit_experiment(self.store, experiment_id, archived=archived)

    def delete_experiment(self, experiment_id: str) -> None:
        experiments.delete_experiment(self.store, experiment_id)

    def stop_experiment(self, experiment_id: str) -> str:
        return leases.request_stop(self.store, experiment_id)

    def change_budget(self, experiment_id: str, budget_usd: float | None) -> None:
        """Set another budget cap, or none; a running experiment obeys it within seconds."""
        from workbench.run import budget_change

        budget_change.change_budget(self.store, experiment_id, budget_usd)

    def resume_experiment(self, experiment_id: str) -> str:
        """Queue it. Raises HostNotConfirmed when it would send something to a host that needs a yes, and
        CodeNotAllowed when code would run that needs one."""
        from workbench.calls.trusted_hosts import require_trust

        experiment = self.get_experiment(experiment_id).experiment
        require_trust(self.store, experiment)
        require(code_of_experiment(experiment))
        state = leases.queue(self.store, experiment_id, place=place_of(self.worker.settings))
        self.worker.wake_worker()
        return state

    def get_served_warnings(self, experiment_id: str) -> list[str]:
        """Return a warning for each pair of models that one thing answered for, and for each model that was
        trained on questions of the experiment."""
        return [
            *describe_served(self.store, experiment_id),
            *describe_trained_on(self.store, experiment_id),
        ]

    def find_failures(self, experiment_id: str) -> list[answers.FailureGroup]:
        return answers.group_failures(self.store, experiment_id)

    def get_bill(self, since: float) -> ledger.Bill:
        return ledger.get_bill(self.store, since)
