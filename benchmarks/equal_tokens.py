"""The share of the evidence within so many tokens given to the model, for many settings of retrieval.
Knows nothing about which settings are compared, or how one is chosen.

What is given is selected by the product's own `select` with `passage_tokens`. A ranking is made once for all
settings that differ only in what is selected from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.peoples_sets import PeoplesSet
from benchmarks.retrieval import ENCODER
from workbench.analysis.clusters import Clusters
from workbench.calls.ledger import MemoryLedger
from workbench.calls.open_caller import open_interactive_caller
from workbench.corpus.clusters import find_clusters
from workbench.corpus.types import Document
from workbench.parts.retrieval_settings import SELECTING, SETTING_BY_NAME
from workbench.pipeline.asker import Asker
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.selection import select
from workbench.pipeline.types import Hit, Ranking
from workbench.providers.trust import ONLY_WELL_KNOWN
from workbench.scoring.retrieval_metrics import covered_share
from workbench.settings import load_settings
from workbench.space.retrieval import Retrieval

Values = NDArray[np.float64]
UNSELECTED = {name: SETTING_BY_NAME[name].default for name in SELECTING}


@dataclass(frozen=True)
class Tried:
    """One way to search, and what the model is given of it."""

    changes: tuple[tuple[str, object], ...]
    """The settings that differ from the defaults, by name."""
    headers: bool = False
    """Whether a chunk that begins inside a table has the table's header rows."""

    @classmethod
    def of(cls, headers: bool = False, **changes: object) -> Tried:
        return cls(tuple(sorted(changes.items())), headers)

    def but(self, **changes: object) -> Tried:
        return Tried.of(self.headers, **(dict(self.changes) | changes))

    @property
    def retrieval(self) -> Retrieval:
        # As many as the budget allows: what is found is cut by tokens, not by top_k.
        fields: dict[str, object] = {"embedding": ENCODER, "top_k": 50, **dict(self.changes)}
        return Retrieval.model_validate(fields)

    @property
    def ranked_as(self) -> Tried:
        """The same without what only selects from a ranking."""
        return Tried(tuple(c for c in self.changes if c[0] not in UNSELECTED), self.headers)

    def __str__(self) -> str:
        values = dict(self.changes)
        named = [
            f"{values.pop(name)}" for name in ("splitter", "chunk_tokens", "retriever") if name in values
        ]
        rest = [f"{name} {value}" for name, value in values.items() if name != "chunk_overlap"]
        return ", ".join([" ".join(named), *rest, *["table headers"] * self.headers])


def without_headers(document: Document) -> Document:
    """The document as if it had no tables: its chunks are the same, without header rows."""
    copy = replace(document)
    copy.__dict__["tables"] = ()  # what the cached property would compute
    return copy


class EqualTokens:
    """Measures the questions of one set."""

    def __init__(self, one: PeoplesSet, folder: Path, budgets: Sequence[int]) -> None:
        """folder: the caches; what lies there already is not computed again."""
        self.name, self.questions, self.budgets = one.name, one.questions, tuple(budgets)
        self.clusters = Clusters.of(
            [q.id for q in one.questions], find_clusters(one.questions, one.documents)
        )
        self._folder = folder
        plain, caches = [without_headers(d) for d in one.documents], Caches(folder, folder / "indexes")
        self._openers = {
            True: CorpusOpener(one.documents, caches),
            False: CorpusOpener(plain, caches),
        }
        self._rankings: dict[Tried, list[tuple[Hit, ...]]] = {}
        self._values: dict[Tried, Values] = {}

    async def measure(self, tried: Iterable[Tried]) -> dict[Tried, Values]:
        """For each its values [questions, budgets]: the share of the question's evidence."""
        distinct = list(dict.fromkeys(tried))
        new = [one for one in distinct if one not in self._values]
        async with open_interactive_caller(
            MemoryLedger(), [ENCODER], load_settings(self._folder), ONLY_WELL_KNOWN
        ) as asker:
            for one in new:
                self._values[one] = self._share(one, await self._rank(one.ranked_as, asker))
        return {one: self._values[one] for one in distinct}

    async def _rank(self, tried: Tried, asker: Asker) -> list[tuple[Hit, ...]]:
        if tried not in self._rankings:
            texts = [q.text for q in self.questions]
            opener = self._openers[tried.headers]
            results = await rank_questions(opener, tried.retrieval.canonical(), texts, asker)
            self._rankings[tried] = [r.hits for r in results if isinstance(r, Ranking)]
            assert len(self._rankings[tried]) == len(texts)
        return self._rankings[tried]

    def _share(self, tried: Tried, rankings: Sequence[tuple[Hit, ...]]) -> Values:
        setting, texts = tried.retrieval, self._openers[tried.headers].texts
        limited = [setting.model_copy(update={"passage_tokens": budget}) for budget in self.budgets]
        rows = []
        for question, hits in zip(self.questions, rankings, strict=True):
            given = [[hit.chunk for hit in select(hits, one, texts).hits] for one in limited]
            rows.append([covered_share(passages, question.evidence) for passages in given])
        return np.array(rows)
