"""Creates, lists, changes and deletes experiments in the store.
Knows nothing about how an experiment is carried out, or by whom."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, delete, select

from workbench.corpus.conversation import turns_to_json
from workbench.errors import InputError
from workbench.fingerprint import fingerprint
from workbench.parts.retrieval_settings import SETTING_BY_NAME
from workbench.space.config import Config, short_names
from workbench.space.experiment import Experiment
from workbench.store import clock
from workbench.store.database import Store
from workbench.store.leases import UNDER_WAY, effective_state, grant_lease, row_of
from workbench.store.processes import host_of
from workbench.store.questions import question_values
from workbench.store.records import ACTIVE, CARRIED_OUT, ExperimentQuestion, ExperimentRecord
from workbench.store.sharing.corpus_copies import Needs
from workbench.store.sharing.lost_calls import disown
from workbench.store.tables import ExperimentQuestionRow, ExperimentRow
from workbench.store.trials import add_trials

# The settings of all strategies were once fields of every search. Hashes still include them, so that they
# stay the same.
_FORMER_FIELDS = dict.fromkeys(("trials", "first", "keep", "block", "confidence", "answers"))

# Fields of models and of their prices that came later. Hashes hold them only where they are used.
_LATER_MODEL_FIELDS = frozenset(
    "stop extra_query extra_headers key_header organization project path query_prefix document_prefix "
    "dimensions per_thousand_searches per_call".split()
)

# A setting of retrieval that came after routes, whose ends may hold a retrieval with all its settings.
_LATER_SETTING = "sparse_embedding"

_FORMER_BASELINE = frozenset(
    "prompt model embedding splitter chunk_tokens chunk_overlap retriever top_k rerank query".split()
)


def spec_hash(
    experiment: Experiment, corpus_version: str, questions: Sequence[ExperimentQuestion], examples: str = ""
) -> str:
    """Hash what makes two experiments the same: their content, the corpus version and the questions.

    The budget is left out.

    examples: hash of the examples that prompts show; "" for none.
    """
    question_contents = [
        [
            q.question.id,
            q.question.text,
            q.question.answers,
            [e.as_row() for e in q.question.evidence],
            q.question.answerable,
            q.part,
            *([turns_to_json(q.question.history)] if q.question.history else ()),
            *(["draft"] if q.question.is_draft else []),
            *([dict(q.question.filter)] if q.question.filter else []),
        ]
        for q in questions
    ]
    spec = experiment.model_dump(mode="json", exclude={"budget_usd"})
    spec["search"] = _FORMER_FIELDS | spec["search"]
    if spec["baseline"] is None:  # it came later than the experiments that are found by this hash
        del spec["baseline"]
    else:  # as did some of its settings
        baseline = spec["baseline"]
        spec["baseline"] = {n: v for n, v in baseline.items() if v is not None or n in _FORMER_BASELINE}
    if not spec["questions"]["drafts"]:  # so did this
        del spec["questions"]["drafts"]
    for later in ("systems", "routes", "optimise"):  # and these
        if not spec[later]:
            del spec[later]
    for route in spec.get("routes", ()):  # and what a router reads of a retrieval
        if not route["weights"]["retrieval"]:
            del route["weights"]["retrieval"]
    spec["retrieval"] = _without_later_settings(spec["retrieval"])
    spec = _without_unused(spec)
    return fingerprint(spec, corpus_version, question_contents, *([examples] if examples else []))


def _without_later_settings(retrieval: dict[str, Any]) -> dict[str, Any]:
    """The axes without those that came later, where they have their defaults, and with one reranking model in
    place of a list of one: as they were hashed before."""
    kept = {
        name: value
        for name, value in retrieval.items()
        if SETTING_BY_NAME[name].always_identifies
        or value != ([SETTING_BY_NAME[name].default] if SETTING_BY_NAME[name].is_axis else None)
    }
    if len(kept["rerank_model"]) == 1:
        kept["rerank_model"] = kept["rerank_model"][0]
    return kept


def _without_unused(node: Any) -> Any:
    """An experiment's JSON without the fields of models and retrievals that came later, where they are not
    used: so what was begun before is still found."""
    if isinstance(node, list):
        return [_without_unused(item) for item in node]
    if not isinstance(node, dict):
        return node
    is_model = ("api_key_env" in node and "base_url" in node) or "input_per_million" in node
    kept = {k: v for k, v in node.items() if not (is_model and k in _LATER_MODEL_FIELDS and not v)}
    if kept.get(_LATER_SETTING, ...) is None:
        del kept[_LATER_SETTING]
    return {name: _without_unused(value) for name, value in kept.items()}


def new_experiment_id() -> str:
    return secrets.token_hex(4)


def create_experiment(
    store: Store,
    experiment: Experiment,
    *,
    configs: Sequence[Config],
    questions: Sequence[ExperimentQuestion],
    corpus_path: str,
    corpus_version: str,
    today: str,
    prices: dict[str, Any],
    space_notes: Sequence[str] = (),
    problems: Sequence[str] = (),
    owner: str | None = None,
    new_id: str | None = None,
    reuse: bool = False,
    place: str | None = None,
    examples: str = "",
) -> str:
    """Store an experiment with its trials and questions; returns its id.

    configs: the configurations that are sure to be tried; a search adds others with `add_trials`.
    today: the date that prompts show.
    prices: model name → price as JSON, None for an unpriced model.
    space_notes: what the search space leaves out, in words.
    problems: what was wrong with the corpus or should be known, in words.
    owner: who holds the lease from the start; None queues the experiment for the first free worker.
    new_id: the id of a new experiment, from `new_experiment_id`; None makes one.
    reuse: return the newest unfinished experiment of identical content, if there is one, instead of creating
        another. Of two programs that do so at the same moment, one creates it.
    place: where it is queued or carried out (`place_of`).
    examples: hash of the examples that its prompts show; "" for none.
    """
    experiment_id = new_id or new_experiment_id()
    row = ExperimentRow(
        id=experiment_id,
        name=experiment.name,
        spec=experiment.model_dump(mode="json"),
        spec_hash=spec_hash(experiment, corpus_version, questions, examples),
        corpus_name=experiment.corpus,
        corpus_path=corpus_path,
        corpus_version=corpus_version,
        today=today,
        prices=prices,
        space_notes=list(space_notes),
        problems=list(problems),
        budget_usd=experiment.budget_usd,
        progress={},
        place=place,
    )
    hashes = [row.spec_hash] if reuse else []
    if reuse and examples:  # those created before examples were part of the content have it without them
        hashes.append(spec_hash(experiment, corpus_version, questions))
    with store.write() as session:
        row.created_at = clock.shared_seconds(session)
        for known in hashes:
            unfinished_id = _find_unfinished(session, known)
            if unfinished_id is not None:
                return unfinished_id
        session.add(row)
        session.flush()
        add_trials(session, experiment_id, list(zip(configs, short_names(configs), strict=True)))
        if questions:
            session.execute(
                insert(ExperimentQuestionRow), [question_values(experiment_id, q) for q in questions]
            )
        if owner is not None:
            grant_lease(session, row, owner)
    return experiment_id


@lru_cache(maxsize=64)
def _experiment(spec: str) -> Experiment:
    """An experiment from its JSON. It never changes, a page or a run reads it a dozen times in a second, and
    checking it takes longer than reading its row."""
    return Experiment.model_validate(json.loads(spec))


def _record(row: ExperimentRow, now: float) -> ExperimentRecord:
    progress = dict(row.progress or {})
    under_way = progress.pop(UNDER_WAY, 0.0)
    return ExperimentRecord(
        id=row.id,
        name=row.name,
        experiment=_experiment(json.dumps(row.spec)),
        corpus_path=row.corpus_path,
        corpus_version=row.corpus_version,
        today=row.today,
        prices=row.prices,
        space_notes=tuple(row.space_notes),
        problems=tuple(row.problems),
        state=effective_state(row, now),
        message=row.message,
        stop_requested=row.stop_requested,
        budget_usd=row.budget_usd,
        baseline=row.baseline,
        progress=progress,
        notes=row.notes,
        archived=row.archived,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        seconds=row.seconds + under_way,
        machine=host_of(row.lease_owner) if row.lease_owner else "",
    )


def get_experiment(store: Store, experiment_id: str) -> ExperimentRecord:
    """Get an experiment by id. Raises InputError when there is none."""
    return store.query(lambda session: _record(row_of(session, experiment_id), clock.shared_seconds(session)))


def get_spec_hash(store: Store, experiment_id: str) -> str:
    """Get the hash of an experiment's content when it was created. Raises InputError when there is none."""
    with store.read() as session:
        return row_of(session, experiment_id).spec_hash


def list_experiments(store: Store, *, archived: bool = False) -> list[ExperimentRecord]:
    """List experiments, newest first; archived ones only when `archived` is set."""
    query = select(ExperimentRow).order_by(col(ExperimentRow.created_at).desc())
    if not archived:
        query = query.where(col(ExperimentRow.archived).is_(False))
    with store.read() as session:
        now = clock.shared_seconds(session)
        return [_record(row, now) for row in session.exec(query)]


def list_active_experiments(store: Store) -> list[ExperimentRecord]:
    """Those that wait or are carried out at present, newest first, archived ones too."""
    query = select(ExperimentRow).where(col(ExperimentRow.state).in_(ACTIVE))
    with store.read() as session:
        now = clock.shared_seconds(session)
        found = [
            _record(row, now) for row in session.exec(query.order_by(col(ExperimentRow.created_at).desc()))
        ]
    return [record for record in found if record.state in ACTIVE]


def find_needed_corpora(session: Session) -> Needs:
    """What corpora unfinished experiments need of the store, archived ones too."""
    rows = session.exec(
        select(ExperimentRow.corpus_version, ExperimentRow.state).where(col(ExperimentRow.state) != "done")
    ).all()
    return Needs({version for version, _ in rows}, any(state in CARRIED_OUT for _, state in rows))


def _find_unfinished(session: Session, hash_of_spec: str) -> str | None:
    """The id of the newest experiment with this hash that is neither done nor archived; None without one."""
    query = (
        select(ExperimentRow.id)
        .where(ExperimentRow.spec_hash == hash_of_spec, ExperimentRow.state != "done")
        .where(col(ExperimentRow.archived).is_(False))
        .order_by(col(ExperimentRow.created_at).desc())
        .limit(1)
    )
    return session.exec(query).first()


def set_budget(store: Store, experiment_id: str, budget_usd: float | None) -> None:
    """Change the budget in dollars; None removes it.

    Raises InputError when it is not a positive number, or a model of the experiment has no price.
    """
    with store.write() as session:
        row = row_of(session, experiment_id)
        if budget_usd is not None:
            if not 0 < budget_usd < float("inf"):
                raise InputError(f"The budget is {budget_usd}; it must be a number of dollars above 0.")
            unpriced = [name for name, price in row.prices.items() if price is None]
            if unpriced:
                raise InputError(
                    f"A budget needs a price for every model; {', '.join(unpriced)} had none when experiment "
                    f"{experiment_id} was created.",
                    hint="Give it a price and run the file again: what is stored is reused.",
                )
        row.budget_usd = budget_usd
        session.add(row)


def set_baseline(store: Store, experiment_id: str, trial_id: str | None) -> None:
    """Remember which trial people chose as the baseline; None forgets it."""
    with store.write() as session:
        row = row_of(session, experiment_id)
        row.baseline = trial_id
        session.add(row)


def edit_experiment(
    store: Store,
    experiment_id: str,
    *,
    name: str | None = None,
    notes: str | None = None,
    archived: bool | None = None,
) -> None:
    """Change what is not None. Raises InputError for an empty name."""
    with store.write() as session:
        row = row_of(session, experiment_id)
        if name is not None:
            if not name.strip():
                raise InputError("An experiment's name cannot be empty.")
            row.name = name.strip()
        if notes is not None:
            row.notes = notes
        if archived is not None:
            row.archived = archived
        session.add(row)


def delete_experiment(store: Store, experiment_id: str) -> None:
    """Delete an experiment and its answers. Calls stay, since they were paid for, and so do people's ratings.

    Raises InputError while it runs.
    """
    with store.write() as session:
        row = row_of(session, experiment_id)
        if effective_state(row, clock.shared_seconds(session)) in ("running", "stopping"):
            raise InputError(f"Experiment {experiment_id} is running; stop it before deleting it.")
        session.execute(delete(ExperimentRow).where(col(ExperimentRow.id) == experiment_id))
        disown(session, experiment_id)
