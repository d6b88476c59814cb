"""What goes between the coordinator of a run and the workers of a cluster: orders, and what became of them.
Knows nothing about how they travel, nor about how they are carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.errors import ProviderError
from workbench.pipeline.embedding_parts import Part
from workbench.run.progress import Work
from workbench.run.retrieval_work import Group
from workbench.run.search_loop import TrialBatch
from workbench.settings import Settings, VectorIndexChoice
from workbench.space.retrieval import Retrieval
from workbench.store.records import Lease, TrialRecord

SMALLEST_ORDER, LARGEST_ORDER = 2, 16
"""Answers of one order. A lost worker costs what its orders had not stored; each costs a few milliseconds."""
ORDERS_EACH = 8
"""As many orders as this for each worker, where there is work enough: the last ones end at about one time."""


@dataclass(frozen=True)
class RunAddress:
    """Where a worker finds a run, and which code it must have. Holds no secret: the address of a shared
    database is the worker's own setting."""

    lease: Lease
    home: Path
    """The coordinator's data folder."""
    corpora: Path
    experiments: Path
    shared: Path | None
    has_own_database: bool
    """Whether the store is the file in `home`."""
    compute_usd_per_hour: float
    vector_index: VectorIndexChoice
    code: str
    """`code_fingerprint` of the coordinator."""
    corpus_copy: str = ""
    """The key of a copy of its corpus in the store, for workers that lack it; "" before there is one."""

    @classmethod
    def of(cls, lease: Lease, settings: Settings, code: str) -> RunAddress:
        """The address of a run that is carried out with these settings."""
        return cls(
            lease, settings.home, settings.corpora, settings.experiments, settings.shared,
            settings.database_url is None, settings.compute_usd_per_hour, settings.vector_index, code,
        )  # fmt: skip

    def settings(self, own: Settings) -> Settings:
        """The worker's settings for the run. What changes figures is as the coordinator has it; so are the
        folders, where the store is in them and this machine sees them."""
        own = replace(own, compute_usd_per_hour=self.compute_usd_per_hour, vector_index=self.vector_index)
        if not (self.has_own_database and self.home.is_dir()):
            return own
        return replace(
            own,
            home=self.home,
            corpora=self.corpora if self.corpora.is_dir() else own.corpora,
            experiments=self.experiments if self.experiments.is_dir() else own.experiments,
        )


@dataclass(frozen=True)
class Ranked:
    """What is known of a retrieval setting's rankings once they are stored."""

    keys: Mapping[str, str]
    """By question id, the key of its ranking."""
    problems: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By question id, the kind and the words of what went wrong."""
    unusable: str = ""
    """Why none can be ranked."""

    @classmethod
    def of(cls, group: Group, ids: Sequence[str]) -> Ranked:
        """Of these questions of a group."""
        wanted = set(ids)
        keys = {id_: key for id_, key in group.keys.items() if id_ in wanted}
        problems = {id_: (e.kind, str(e)) for id_, e in group.problems.items() if id_ in wanted}
        return cls(keys, problems, group.unusable)

    def add_to(self, group: Group) -> None:
        """Let a group know it."""
        group.keys.update(self.keys)
        group.unusable = group.unusable or self.unusable
        for id_ in self.keys:
            group.problems.pop(id_, None)
        for id_, (kind, words) in self.problems.items():
            group.problems[id_] = ProviderError(words, kind=kind)
        if not self.unusable:
            group.ranked.update(id_ for id_ in self.keys if id_ not in self.problems)


@dataclass(frozen=True)
class RankOrder:
    """Rank questions under one retrieval setting and store the rankings."""

    run: RunAddress
    retrieval: Retrieval
    question_ids: tuple[str, ...]


@dataclass(frozen=True)
class EmbedOrder:
    """Embed a part of the texts of a corpus and store their vectors. What is stored already is skipped."""

    run: RunAddress
    retrieval: Retrieval
    """A setting that searches these texts."""
    index: str
    """The key of the index that the vectors are for: a setting may have two embeddings."""
    part: Part


@dataclass(frozen=True)
class AnswerOrder:
    """Answer some questions of one trial. What is stored already is skipped."""

    run: RunAddress
    trial: TrialRecord
    question_ids: tuple[str, ...]
    probe_ids: tuple[str, ...]
    rankings: Mapping[str, Ranked]
    """By `fingerprints.group` of the retrieval settings that the trial uses, of these questions."""


Order = EmbedOrder | RankOrder | AnswerOrder


@dataclass
class Outcome:
    """What became of an order. Everything else is in the store."""

    worker: str = ""
    """Who carried it out, in words."""
    stages: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Stage → pieces done, reused and failed since this worker last said so. Only of stages whose pieces
    belong to one order."""
    works: dict[str, Work] = field(default_factory=dict)
    """What was counted of work that several orders share: see Progress.take."""
    answered: int = 0
    """Answers that it stored, probes included."""
    new: int = 0
    """Those of them that were asked for now."""
    found: int = 0
    """Answers that were stored before."""
    answers: int = 0
    """Answers to questions, stored now or before."""
    left: int = 0
    """What was not done: answers that were not given."""
    ranked: Ranked | None = None
    unusable: dict[str, str] = field(default_factory=dict)
    """Model → why it cannot be used."""
    problems: list[str] = field(default_factory=list)
    providers: dict[str, str] = field(default_factory=dict)
    """Provider → what is wrong with it."""
    stopped: tuple[str, str] | None = None
    """The state and the words of what demands that the run stops; None where nothing does."""
    refused: str = ""
    """Why this worker can carry out no order of the run: other code, no store, no corpus."""
    lacks_corpus: bool = False
    """Whether it would carry out orders if it found the corpus."""
    bug: str = ""
    """The traceback of what nobody has foreseen."""


def order_size(answers: int, workers: int) -> int:
    """How many answers an order should have: bounded, and small enough that all workers are busy."""
    return max(SMALLEST_ORDER, min(LARGEST_ORDER, answers // max(1, workers * ORDERS_EACH)))


def cut_batch(batch: TrialBatch, size: int, repeats: int) -> list[TrialBatch]:
    """A batch in pieces of about `size` answers, each with the probes that vary its questions. Together
    they are the batch."""
    at_once = max(1, size // repeats)
    pieces = []
    for begin in range(0, len(batch.questions), at_once):
        questions = batch.questions[begin : begin + at_once]
        ids = {item.question.id for item in questions}
        probes = [probe for probe in batch.probes if probe.base.question.id in ids]
        pieces.append(replace(batch, questions=questions, probes=probes))
    return pieces
