"""Experiments and trials in the store: creating, listing, states, leases.
Knows nothing about how an experiment is carried out."""

from __future__ import annotations

import json
import os
import secrets
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Integer, String, cast, func, insert, type_coerce, update
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import Session, col, delete, select

from workbench.corpus.types import PROBE, Question, Span
from workbench.errors import InputError, LeaseLost, StoreError
from workbench.fingerprint import fingerprint
from workbench.space.config import Config, short_names
from workbench.space.experiment import Experiment
from workbench.store.engine import Store
from workbench.store.ledger import batched
from workbench.store.records import (
    ACTIVE,
    RESUMABLE,
    ExperimentQuestion,
    ExperimentRecord,
    HeldLease,
    Lease,
    State,
    TrialRecord,
)
from workbench.store.tables import (
    ConfigRow,
    ExperimentQuestionRow,
    ExperimentRow,
    TrialRow,
)

LEASE_SECONDS = 15.0
UNDER_WAY = "seconds_under_way"  # of the present holder, in `progress` until it ends
# No lease runs out so late, unless the clock was set back since it was renewed.
LONGEST_LEASE_SECONDS = 60.0


def wall_seconds() -> float:
    """Unix seconds, the only time that processes share. It may jump: see HeldLease."""
    return time.time()


_NEXT: dict[str, tuple[str, ...]] = {
    "queued": ("running", "stopped", "failed"),
    "running": ("stopping", "stopped", "stopped: budget", "paused", "interrupted", "done", "failed"),
    "stopping": ("stopped", "stopped: budget", "interrupted", "done", "failed", "paused"),
    **dict.fromkeys(RESUMABLE, ("queued", "running")),
    "done": (),
}


def spec_hash(experiment: Experiment, corpus_version: str, questions: Sequence[ExperimentQuestion]) -> str:
    """What makes two experiments the same: all they contain but display names of the corpus and limits."""
    asked = [
        [
            q.question.id,
            q.question.text,
            q.question.answers,
            [[s.document, s.start, s.end] for s in q.question.evidence],
            q.question.answerable,
            q.part,
        ]
        for q in questions
    ]
    return fingerprint(experiment.model_dump(mode="json", exclude={"budget_usd"}), corpus_version, asked)


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
) -> str:
    """Store a queued experiment with its trials and questions; returns its id.

    configs: those that are sure to be tried; a search adds others with `add_trials` as it finds them.
    """
    experiment_id = secrets.token_hex(4)
    now = wall_seconds()
    row = ExperimentRow(
        id=experiment_id,
        name=experiment.name,
        spec=experiment.model_dump(mode="json"),
        spec_hash=spec_hash(experiment, corpus_version, questions),
        corpus_name=experiment.corpus,
        corpus_path=corpus_path,
        corpus_version=corpus_version,
        today=today,
        prices=prices,
        space_notes=list(space_notes),
        problems=list(problems),
        budget_usd=experiment.budget_usd,
        progress={},
        created_at=now,
    )
    with store.write() as session:
        session.add(row)
        session.flush()
        add_trials(session, experiment_id, list(zip(configs, short_names(configs), strict=True)))
        if questions:
            session.execute(
                insert(ExperimentQuestionRow), [_question_values(experiment_id, q) for q in questions]
            )
    return experiment_id


def add_trials(
    session: Session, experiment_id: str, configs: Sequence[tuple[Config, str]], *, first: int = 1
) -> None:
    """Store trials of these configurations with their names, numbered from `first`."""
    if not configs:
        return
    now = wall_seconds()
    session.execute(
        insert(ConfigRow).prefix_with("OR IGNORE"),
        [{"id": c.id, "spec": c.to_json(), "created_at": now} for c, _ in configs],
    )
    rows = [
        {
            "id": f"{experiment_id}-{number:04d}",
            "experiment_id": experiment_id,
            "number": number,
            "config_id": config.id,
            "name": name,
            "state": "queued",
            "in_final": False,
        }
        for number, (config, name) in enumerate(configs, start=first)
    ]
    session.execute(insert(TrialRow), rows)


def _question_values(experiment_id: str, item: ExperimentQuestion) -> dict[str, Any]:
    question = item.question
    return {
        "experiment_id": experiment_id,
        "question_id": question.id,
        "position": item.position,
        "part": item.part,
        "text": question.text,
        "answers": list(question.answers),
        "evidence": [[s.document, s.start, s.end] for s in question.evidence],
        "answerable": question.answerable,
        "tags": list(question.tags),
    }


def question_from_row(row: ExperimentQuestionRow) -> Question:
    return Question(
        id=row.question_id,
        text=row.text,
        answers=tuple(row.answers),
        evidence=tuple(Span(d, int(s), int(e)) for d, s, e in row.evidence),
        answerable=row.answerable,
        tags=tuple(row.tags),
    )


def _ran_out(row: ExperimentRow, now: float) -> bool:
    return not now <= row.lease_until <= now + LONGEST_LEASE_SECONDS


def effective_state(row: ExperimentRow, now: float) -> State:
    """The stored state, or "interrupted" when it claims to run and nobody holds it any more."""
    if row.state in ("running", "stopping") and (_ran_out(row, now) or _holder_is_gone(row)):
        return "interrupted"
    return row.state  # type: ignore[return-value]


def _record(row: ExperimentRow, now: float) -> ExperimentRecord:
    progress = dict(row.progress or {})
    under_way = progress.pop(UNDER_WAY, 0.0)
    return ExperimentRecord(
        id=row.id,
        name=row.name,
        experiment=Experiment.model_validate(row.spec),
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
        progress=progress,
        notes=row.notes,
        archived=row.archived,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        seconds=row.seconds + under_way,
    )


def _row(session: Session, experiment_id: str) -> ExperimentRow:
    row = session.get(ExperimentRow, experiment_id)
    if row is None:
        raise InputError(
            f"There is no experiment {experiment_id!r}.", hint="`python -m workbench list` shows them."
        )
    return row


def get_experiment(store: Store, experiment_id: str) -> ExperimentRecord:
    with store.read() as session:
        return _record(_row(session, experiment_id), wall_seconds())


def list_experiments(store: Store, *, archived: bool = False) -> list[ExperimentRecord]:
    """Newest first."""
    query = select(ExperimentRow).order_by(col(ExperimentRow.created_at).desc())
    if not archived:
        query = query.where(col(ExperimentRow.archived).is_(False))
    with store.read() as session:
        now = wall_seconds()
        return [_record(row, now) for row in session.exec(query)]


def find_unfinished(store: Store, hash_of_spec: str) -> str | None:
    """The newest experiment of equal content that is not done."""
    query = (
        select(ExperimentRow.id)
        .where(ExperimentRow.spec_hash == hash_of_spec, ExperimentRow.state != "done")
        .where(col(ExperimentRow.archived).is_(False))
        .order_by(col(ExperimentRow.created_at).desc())
        .limit(1)
    )
    with store.read() as session:
        return session.exec(query).first()


def get_questions(store: Store, experiment_id: str) -> list[ExperimentQuestion]:
    query = (
        select(ExperimentQuestionRow)
        .where(ExperimentQuestionRow.experiment_id == experiment_id)
        .order_by(col(ExperimentQuestionRow.position))
    )
    with store.read() as session:
        return [
            ExperimentQuestion(question_from_row(row), row.part, row.position) for row in session.exec(query)
        ]


def find_question_ids(store: Store, texts: Iterable[str]) -> dict[str, str]:
    """Ids of questions that were asked in some experiment, by their text; the newest where several are."""
    found: dict[str, str] = {}
    with store.read() as session:
        for batch in batched(dict.fromkeys(texts)):
            query = (
                select(ExperimentQuestionRow.text, ExperimentQuestionRow.question_id)
                .join(ExperimentRow)
                .where(col(ExperimentQuestionRow.text).in_(batch), ExperimentQuestionRow.part != PROBE)
                .order_by(col(ExperimentRow.created_at))
            )
            found.update(session.exec(query).all())
    return found


def _trials() -> Any:
    """What _trial_record takes; the configuration as it is written, since reading it is most of the work."""
    row = TrialRow
    columns = (row.id, row.experiment_id, row.number, row.name, row.state, row.in_final, row.note)
    query = sqlalchemy_select(*map(col, columns), type_coerce(col(ConfigRow.spec), String))
    return query.join(ConfigRow, col(ConfigRow.id) == col(row.config_id))


@lru_cache(maxsize=4_000)
def _config(spec: str) -> Config:
    """A page asks for all of an experiment's configurations at each draw; equal texts are equal ones."""
    return Config.from_json(json.loads(spec))


def _trial_record(found: Sequence[Any]) -> TrialRecord:
    id_, experiment_id, number, name, state, in_final, note, spec = found
    return TrialRecord(
        id=id_,
        experiment_id=experiment_id,
        number=number,
        name=name,
        config=_config(spec),
        state=state,
        in_final=in_final,
        note=note,
    )


def get_trials(store: Store, experiment_id: str) -> list[TrialRecord]:
    query = _trials().where(col(TrialRow.experiment_id) == experiment_id).order_by(col(TrialRow.number))
    with store.read() as session:
        return [_trial_record(found) for found in session.execute(query).all()]


def find_trial(store: Store, trial_id: str) -> TrialRecord | None:
    with store.read() as session:
        found = session.execute(_trials().where(col(TrialRow.id) == trial_id)).one_or_none()
        return None if found is None else _trial_record(found)


def count_trials(store: Store, experiment_id: str) -> dict[str, int]:
    """Trials by state."""
    query = (
        select(TrialRow.state, func.count())
        .where(TrialRow.experiment_id == experiment_id)
        .group_by(TrialRow.state)
    )
    with store.read() as session:
        return {state: int(n) for state, n in session.exec(query)}


def count_all_trials(store: Store) -> dict[str, tuple[int, int]]:
    """Experiment id → (trials, those that are done)."""
    done = func.sum(cast(col(TrialRow.state) == "done", Integer))
    query = sqlalchemy_select(col(TrialRow.experiment_id), func.count(), done).group_by(
        col(TrialRow.experiment_id)
    )
    with store.read() as session:
        return {key: (int(every), int(done)) for key, every, done in session.execute(query).all()}


def move(session: Session, row: ExperimentRow, state: State, message: str = "") -> None:
    """The one place where an experiment changes its state. Raises StoreError for an impossible step."""
    if state != row.state and state not in _NEXT[row.state]:
        raise StoreError(f"Experiment {row.id} is {row.state!r} and cannot become {state!r}.")
    now = wall_seconds()
    row.state = state
    row.message = message
    if state == "running" and row.started_at is None:
        row.started_at = now
    if state not in ACTIVE:
        row.lease_owner, row.lease_until = None, 0.0
    if state in ("done", "failed"):
        row.finished_at = now
    if state in ("queued", "running"):
        row.finished_at, row.stop_requested = None, False
    session.add(row)


def request_stop(store: Store, experiment_id: str) -> State:
    """Ask for a clean stop; returns the state after. An idle or ended experiment is left as it is."""
    with store.write() as session:
        row = _row(session, experiment_id)
        now = wall_seconds()
        if row.state == "queued":
            move(session, row, "stopped", "Stopped before it began.")
        elif effective_state(row, now) == "interrupted":
            move(session, row, "interrupted", row.message)
        elif row.state == "running":
            row.stop_requested = True
            row.state = "stopping"
            session.add(row)
        return effective_state(row, now)


def queue(store: Store, experiment_id: str) -> State:
    """Put a stopped, paused, interrupted or failed experiment back in the queue.

    Raises InputError for one that is done or is running.
    """
    with store.write() as session:
        row = _row(session, experiment_id)
        state = effective_state(row, wall_seconds())
        if state == "queued":
            return state
        if state not in RESUMABLE and not _holder_is_gone(row):
            why = "is done: there is nothing left to resume" if state == "done" else f"is {state} already"
            again = "Run its file again to ask failed answers anew; what worked is reused."
            raise InputError(f"Experiment {experiment_id} {why}.", hint=again if state == "done" else None)
        if row.state in ("running", "stopping"):
            move(session, row, "interrupted")
        move(session, row, "queued")
        return "queued"


def owner_name(worker_id: str) -> str:
    """host:pid:id, so that others can see whether the holder still lives."""
    return f"{socket.gethostname()}:{os.getpid()}:{worker_id}"


def process_is_gone(host: str, pid: int) -> bool:
    """True only when it is sure: the process would be on this host and is not there."""
    if host != socket.gethostname():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    # A process that has died and was not asked after by who started it is still listed, as a zombie.
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state in ("Z", "X")


def _holder_is_gone(row: ExperimentRow) -> bool:
    if row.state not in ("running", "stopping") or not row.lease_owner:
        return False
    host, pid, _ = row.lease_owner.rsplit(":", 2)
    return process_is_gone(host, int(pid))


def _may_be_taken(row: ExperimentRow, silent: Sequence[HeldLease] | None, now: float) -> bool:
    if row.state == "queued":
        return True
    if silent is None:
        return _ran_out(row, now)
    return any(
        (h.experiment_id, h.epoch, h.until) == (row.id, row.lease_epoch, row.lease_until) for h in silent
    )


def find_leases(store: Store) -> list[HeldLease]:
    """Of every experiment that claims to run, whether or not its holder still lives."""
    columns = (ExperimentRow.id, ExperimentRow.lease_epoch, ExperimentRow.lease_until)
    query = select(*columns).where(col(ExperimentRow.state).in_(("running", "stopping")))
    with store.read() as session:
        now = wall_seconds()
        return [HeldLease(i, epoch, until, until < now) for i, epoch, until in session.exec(query)]


def claim(
    store: Store,
    owner: str,
    *,
    experiment_id: str | None = None,
    silent: Sequence[HeldLease] | None = None,
) -> Lease | None:
    """Take the lease of a queued experiment, or one of the `silent` ones, which their holder does not renew
    any more (None: those that have run out by the wall clock).

    With `experiment_id`, of that one, also when it was stopped or its holder is gone. None: nothing to take.
    """
    now = wall_seconds()
    with store.write() as session:
        if experiment_id is not None:
            row = _row(session, experiment_id)
            free = row.state in ("queued", *RESUMABLE) or _ran_out(row, now) or _holder_is_gone(row)
            if not free or row.state == "done":
                return None
        else:
            waiting = session.exec(
                select(ExperimentRow)
                .where(col(ExperimentRow.state).in_(("queued", "running", "stopping")))
                .order_by(col(ExperimentRow.created_at))
            )
            found = next((row for row in waiting if _may_be_taken(row, silent, now)), None)
            if found is None:
                return None
            row = found
            if row.state == "stopping":  # its holder died before it could stop: that ends it, too
                move(session, row, "stopped", "Stopped by you.")
                return None
        if row.state in ("running", "stopping"):
            move(session, row, "interrupted")
        known = dict(row.progress or {})
        row.seconds += known.pop(UNDER_WAY, 0.0)  # of a holder that died
        row.progress = known
        move(session, row, "running")
        row.lease_owner, row.lease_until = owner, now + LEASE_SECONDS
        row.lease_epoch += 1
        return Lease(row.id, owner, row.lease_epoch)


def hold(session: Session, lease: Lease) -> None:
    """Check and renew the lease inside a write. Raises LeaseLost when another worker has taken over."""
    result = session.execute(
        update(ExperimentRow)
        .where(col(ExperimentRow.id) == lease.experiment_id, col(ExperimentRow.lease_epoch) == lease.epoch)
        .where(col(ExperimentRow.lease_owner) == lease.owner)
        .values(lease_until=wall_seconds() + LEASE_SECONDS)
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLost(f"Another worker has taken over experiment {lease.experiment_id}.")


def finish(
    store: Store,
    lease: Lease,
    state: State,
    message: str,
    *,
    seconds: float,
    progress: dict[str, Any] | None = None,
) -> None:
    """End the work under a lease; `seconds` is added to what the experiment took so far."""
    with store.write() as session:
        hold(session, lease)
        row = _row(session, lease.experiment_id)
        row.seconds += seconds
        known = dict(row.progress or {})
        known.pop(UNDER_WAY, None)
        row.progress = known if progress is None else progress
        move(session, row, state, message)


def set_budget(store: Store, experiment_id: str, budget_usd: float | None) -> None:
    """Another cap, or none. Raises InputError for what is no cap, or where a model has no price."""
    with store.write() as session:
        row = _row(session, experiment_id)
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


def heartbeat(store: Store, lease: Lease, progress: dict[str, Any] | None) -> tuple[bool, float | None]:
    """Renew the lease and write progress, if any; returns (stop requested, budget in dollars)."""
    with store.write() as session:
        hold(session, lease)
        row = _row(session, lease.experiment_id)
        if progress is not None:
            row.progress = progress | {UNDER_WAY: time.time() - lease.claimed_at}
            session.add(row)
        return row.stop_requested, row.budget_usd


def is_stop_requested(store: Store, experiment_id: str) -> bool:
    query = select(ExperimentRow.stop_requested).where(ExperimentRow.id == experiment_id)
    with store.read() as session:
        return bool(session.exec(query).first())


def set_trial_states(
    session: Session, trial_ids: Sequence[str], state: str, *, in_final: bool | None = None, note: str = ""
) -> None:
    """note: why, where the state needs a reason."""
    values: dict[str, Any] = {"state": state, "note": note}
    if state == "done":
        values["finished_at"] = wall_seconds()
    if in_final is not None:
        values["in_final"] = in_final
    session.execute(update(TrialRow).where(col(TrialRow.id).in_(trial_ids)).values(**values))


def drop_trials(session: Session, notes: Mapping[str, str]) -> None:
    """Trial id → why the search asks it no more. What it has answered stays."""
    if notes:
        rows = [{"id": id_, "state": "dropped", "note": note} for id_, note in notes.items()]
        session.execute(update(TrialRow), rows)


def edit_experiment(
    store: Store,
    experiment_id: str,
    *,
    name: str | None = None,
    notes: str | None = None,
    archived: bool | None = None,
) -> None:
    with store.write() as session:
        row = _row(session, experiment_id)
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
    """Delete an experiment and its answers. Calls and ratings stay: they were paid for, or given.

    Raises InputError while it runs.
    """
    with store.write() as session:
        row = _row(session, experiment_id)
        if effective_state(row, wall_seconds()) in ("running", "stopping"):
            raise InputError(f"Experiment {experiment_id} is running; stop it before deleting it.")
        session.execute(delete(ExperimentRow).where(col(ExperimentRow.id) == experiment_id))
