"""Stores the prompts that optimisations proposed, and the accepted ones as versions of a prompt.
Knows nothing about how a prompt is proposed or checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import update
from sqlmodel import Session, col, select

from workbench.space.prompt import Prompt
from workbench.store.catalogue import add_version
from workbench.store.clock import wall_seconds
from workbench.store.database import Store
from workbench.store.dialects.inserts import put
from workbench.store.learning.tables import PromptProposalRow
from workbench.store.tables import sql_table

State = Literal["accepted", "rejected", "refused"]


@dataclass(frozen=True)
class ProposalRecord:
    """A prompt that an optimisation proposed, as stored."""

    optimisation: str
    """Hash of what decides the optimisation."""
    experiment_id: str | None
    """None where the experiment was deleted."""
    number: int
    """From 0, the prompt that it began with."""
    parent: int | None
    """The number of the proposal that it was made from; None for the first."""
    system: str | None
    template: str
    reason: str
    """Why it was changed, in the reflecting model's words."""
    state: State
    why: str = ""
    """Why it was rejected or refused, or what its check found, in words."""
    score: float | None = None
    """Its mean on the train questions it was tried on; None when it was not tried."""
    found: Mapping[str, Any] = field(default_factory=dict)
    """Its figures. That of number 0 also says how its optimisation stands (`OptimisedCell`)."""


def add_proposals(session: Session, proposals: Sequence[ProposalRecord]) -> None:
    """Store proposals. A resumed optimisation proposes the same ones again: they replace themselves."""
    rows = []
    for proposal in proposals:
        values = {name: getattr(proposal, name) for name in ProposalRecord.__dataclass_fields__}
        values["found"] = dict(proposal.found)
        rows.append(values | {"created_at": wall_seconds()})
    table = sql_table(PromptProposalRow)
    put(session, table, rows, keys=("optimisation", "number"), kept=("created_at",))


def change_first(session: Session, optimisation: str, found: Mapping[str, Any]) -> None:
    """Replace what number 0 says of how its optimisation stands."""
    row = PromptProposalRow
    session.execute(
        update(row)
        .where(col(row.optimisation) == optimisation, col(row.number) == 0)
        .values(found=dict(found))
    )


def get_proposals(store: Store, experiment_id: str) -> dict[str, list[ProposalRecord]]:
    """Optimisation → its proposals by number, in the order in which the experiment has them."""
    return _read(store, PromptProposalRow.experiment_id == experiment_id)


def _read(store: Store, condition: Any) -> dict[str, list[ProposalRecord]]:
    row = PromptProposalRow
    names = list(ProposalRecord.__dataclass_fields__)
    with store.read() as session:
        rows = list(session.exec(select(row).where(condition).order_by(col(row.number), col(row.id))))
        found: dict[str, list[ProposalRecord]] = {}
        for one in rows:
            record = ProposalRecord(**{name: getattr(one, name) for name in names})
            found.setdefault(one.optimisation, []).append(record)
    return dict(sorted(found.items(), key=lambda item: item[1][0].found.get("place", 0)))


def add_optimised_version(session: Session, prompt: Prompt, parent: str, reason: str) -> Prompt:
    """Save an accepted proposal as the next version of its name, unless a version has its text.

    parent: the label of the version that it was made from.
    """
    return add_version(session, prompt, "optimising", parent=parent, reason=reason)


def find_optimisations_named(store: Store, labels: Sequence[str]) -> list[list[ProposalRecord]]:
    """The proposals of each optimisation that saved any of these versions of prompts, newest first."""
    row, wanted = PromptProposalRow, set(labels)
    query = select(row.optimisation, row.found, row.id).where(row.number == 0).order_by(col(row.id).desc())
    with store.read() as session:
        firsts = session.exec(query).all()
    keys = [key for key, found, _ in firsts if wanted & set(found.get("versions", {}).values())]
    found = _read(store, col(row.optimisation).in_(keys)) if keys else {}
    return [found[key] for key in keys]
