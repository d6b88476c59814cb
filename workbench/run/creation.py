"""Creates experiments: a prepared experiment becomes rows of the store, unless an unfinished one is
identical. Knows nothing about running them."""

from __future__ import annotations

from datetime import UTC, datetime

from workbench.calls.trusted_hosts import require_trust
from workbench.pipeline.examples import ExamplePool
from workbench.planning.preparation import Prepared, prices_to_json
from workbench.run.examples_of_experiment import examples_key
from workbench.store.database import Store
from workbench.store.experiments import create_experiment, list_experiments, new_experiment_id, set_budget

RESUMABLE = ("stopped", "stopped: budget", "paused", "interrupted")


def find_or_create(
    store: Store,
    prepared: Prepared,
    *,
    today: str | None = None,
    owner: str | None = None,
    place: str | None = None,
) -> tuple[str, bool]:
    """The newest unfinished experiment of identical content, else a new one; and whether it is new.

    Two programs that call it at the same moment get the same experiment. Raises HostNotConfirmed when it
    would send something to a host that the user has not confirmed.

    owner: who holds a new experiment as soon as it is created, so that the app's worker does not take it.
        None: the experiment is queued.
    place: where a new experiment is queued or carried out (`place_of`).
    """
    require_trust(store, prepared.experiment)
    new_id = new_experiment_id()
    experiment_id = create_experiment(
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
        new_id=new_id,
        place=place,
        examples=examples_key(prepared.experiment, ExamplePool.of_questions(prepared.corpus.questions)),
        reuse=True,
    )
    is_new = experiment_id == new_id
    if not is_new:
        set_budget(store, experiment_id, prepared.experiment.budget_usd)
    return experiment_id, is_new


def unfinished_with_other_questions(store: Store, prepared: Prepared) -> str | None:
    """The id of the newest unfinished experiment that differs in nothing but its questions, such as drafts
    that were reviewed since; None without one."""
    spec = prepared.experiment.model_copy(update={"budget_usd": None})
    for record in list_experiments(store):
        same = record.experiment.model_copy(update={"budget_usd": None}) == spec
        if same and record.corpus_version == prepared.corpus.version and record.state in RESUMABLE:
            return record.id
    return None
