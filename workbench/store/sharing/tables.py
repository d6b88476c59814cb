"""Defines the tables by which several processes share paid calls, budgets, limits, index builds and vectors.
Knows nothing about how any of it is kept: all of it must hold wherever the processes run."""

from __future__ import annotations

from typing import Any

from sqlmodel import Field

from workbench.store.tables import Table, json_column, now


class ParticipantRow(Table, table=True):
    """Something alive that makes paid calls or does pieces of an experiment: a run, a worker of a cluster."""

    __tablename__ = "participant"

    name: str = Field(primary_key=True)
    """`owner_name` of its process, with a part of its own: a process may hold several."""
    role: str
    """"run", "coordinator", "cluster worker", or "interactive"."""
    experiment_id: str | None = Field(default=None, index=True)
    """The experiment that it works for; None outside an experiment. No foreign key: it outlives deletions."""
    began_at: float = Field(default_factory=now)
    """Unix seconds, as all times here; of the database's clock where machines share it."""
    beat_at: float = Field(default_factory=now)
    """When it was last heard of."""
    doing: dict[str, Any] = json_column()
    """What pages show: what it does, its memory, its version."""


class ClaimRow(Table, table=True):
    """A paid call that somebody is about to send or has sent, so that nobody else does. Deleted in the
    transaction that stores the call."""

    __tablename__ = "claim"

    key: str = Field(primary_key=True)
    """The call's content key (`call_key`)."""
    holder: str = Field(index=True)
    """The participant."""
    experiment_id: str | None = Field(default=None, index=True)
    kind: str
    """What the call is for, as in the ledger."""
    model_name: str
    worst_usd: float | None = None
    """The most that it can cost, in US dollars; None without a price."""
    machine: str | None = None
    """The machine that it runs on where that is paid by the hour: calls at the same time cost it once."""
    claimed_at: float = Field(default_factory=now)


class LostCallRow(Table, table=True):
    """A call that was under way when its holder died. Whether its provider charged for it is not known."""

    __tablename__ = "lost_call"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(index=True)
    holder: str
    experiment_id: str | None = Field(default=None, index=True)
    kind: str
    model_name: str
    worst_usd: float | None = None
    """What it may have cost, at most: it counts against the budget."""
    claimed_at: float
    lost_at: float = Field(default_factory=now)


class PurseRow(Table, table=True):
    """The part of an experiment's budget that one participant may spend."""

    __tablename__ = "purse"

    experiment_id: str = Field(primary_key=True, foreign_key="experiment.id", ondelete="CASCADE")
    holder: str = Field(primary_key=True)
    granted_usd: float = 0.0
    """What it may spend in all: what it has spent and what it has reserved lie within."""
    spent_usd: float = 0.0
    """What it has spent, written in the transactions that store its calls."""


class LimitShareRow(Table, table=True):
    """One participant's share of what a provider allows."""

    __tablename__ = "limit_share"

    provider: str = Field(primary_key=True)
    """`provider_key`: address and key variable."""
    holder: str = Field(primary_key=True)
    wanted: float = 0.0
    """How many calls at once it could use now."""
    concurrency: float = 0.0
    """How many calls at once the provider has borne, as this participant learnt."""
    lowered_to: float | None = None
    """How many it bears since it refused this participant some, 0 while it has asked for a pause; None where
    it did neither."""
    share: float | None = None
    """How many calls it may have in flight now."""
    beat_at: float = Field(default_factory=now)


class BuildRow(Table, table=True):
    """Somebody builds an index that all will read, so that nobody else does."""

    __tablename__ = "build"

    fingerprint: str = Field(primary_key=True)
    holder: str
    until: float
    """When the lease runs out unless it is renewed."""


class SharedVectorRow(Table, table=True):
    """The vector of a text, for all homes that share the store. Each home keeps those that it uses in a file
    of its own, too."""

    __tablename__ = "shared_vector"

    key: bytes = Field(primary_key=True)
    """Of the model and the text: `text_key` in pipeline/vector_cache.py."""
    vector: bytes
    """Its numbers and their checksum, as in that file."""
    kept_at: float


class CorpusCopyRow(Table, table=True):
    """A copy of a corpus for machines that do not have its folder. Written after its files: without this row
    it is not whole."""

    __tablename__ = "corpus_copy"

    key: str = Field(primary_key=True)
    """A hash of its files: of their names, times and contents."""
    version: str = Field(index=True)
    """That of the corpus. Copies of one version differ in what it leaves out, such as questions."""
    bytes: int
    kept_at: float


class CorpusFileRow(Table, table=True):
    """A file of a copy of a corpus."""

    __tablename__ = "corpus_file"

    copy_key: str = Field(primary_key=True)
    """Of its copy. No foreign key: the files come first."""
    path: str = Field(primary_key=True)
    """Below the corpus's folder, with slashes."""
    modified: int
    """When the file was last changed, in Unix seconds: questions may ask for the documents of some days."""
    data: bytes


class StoreNameRow(Table, table=True):
    """The store's own name, by which it finds what it keeps elsewhere. One row at the most."""

    __tablename__ = "store_name"

    place: int = Field(default=1, primary_key=True)
    """1: another row would be another name."""
    name: str
    """Random letters and digits. It goes along when the store is moved."""
