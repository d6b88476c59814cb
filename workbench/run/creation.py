"""Creates experiments: a prepared experiment becomes rows of the store, unless an unfinished one is
identical. Knows nothing about running them."""

from __future__ import annotations

from datetime import UTC, datetime

from workbench.calls.trusted_hosts import require_trust
from workbench.planning.preparation import Prepared, prices_to_json
from workbench.store.database import Store
from workbench.store.experiments import create_experiment, find_unfinished, set_budget, spec_hash


def find_or_create(
    store: Store, prepared: Prepared, *, today: str | None = None, owner: str | None = None
) -> tuple[str, bool]:
    """The newest unfinished experiment of identical content, else a new one; and whether it is new.

    Raises HostNotConfirmed when it would send something to a host that the user has not confirmed.

    owner: who holds a new experiment as soon as it is created, so that the app's worker does not take it.
        None: the experiment is queued.
    """
    require_trust(store, prepared.experiment)
    unfinished_id = find_unfinished(
        store, spec_hash(prepared.experiment, prepared.corpus.version, prepared.questions)
    )
    if unfinished_id is not None:
        set_budget(store, unfinished_id, prepared.experiment.budget_usd)
        return unfinished_id, False
    return create_from(store, prepared, today=today, owner=owner), True


def create_from(
    store: Store, prepared: Prepared, *, today: str | None = None, owner: str | None = None
) -> str:
    """Store a prepared experiment, queued or held by `owner`; returns its id. Raises as `find_or_create`."""
    require_trust(store, prepared.experiment)
    return create_experiment(
        store,
        prepared.experiment,
        configs=() if prepared.experiment.search.proposes else prepared.space.configs,
        questions=prepared.questions,
        corpus_path=str(prepared.corpus_path),
        corpus_version=prepared.corpus.version,
        today=today or datetime.now(UTC).date().isoformat(),
        prices=prices_to_json(prepared.prices),
        space_notes=prepared.notes,
        problems=prepared.warnings,
        owner=owner,
    )
