"""Retrieves passages for questions under the settings of a corpus, on this machine.
Knows nothing about what the passages are for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.calls.open_caller import open_interactive_caller
from workbench.corpus.types import AskedQuestion
from workbench.formatting import counted
from workbench.parts.retrieval_settings import MODEL_ROLES
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.types import Hit, Ranking
from workbench.providers.trust import ONLY_WELL_KNOWN
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval
from workbench.store.database import Store
from workbench.training_data.basis import CorpusBasis
from workbench.training_data.evidence import Arranger
from workbench.training_data.types import Report

STAGES = {"chunk": "cutting documents", "embed": "embedding passages", "index": "indexing passages"}
"""What is done before questions are looked up, in words."""


class _Indexing:
    """Reports how far the documents of a corpus are made searchable; an `Observer` of the stages."""

    def __init__(self, name: str, report: Report) -> None:
        self._name = name
        self._report = report
        self._done: Counter[str] = Counter()
        self._expected: Counter[str] = Counter()

    def expect(self, stage: str, more: int) -> None:
        self._expected[stage] += more

    def note(self, stage: str, done: int, *, reused: int = 0, failed: int = 0) -> None:
        self._done[stage] += done
        if stage in STAGES:
            of = f" of {self._expected[stage]:,}" if self._expected[stage] else ""
            self._report(f"{self._name}: {STAGES[stage]}, {self._done[stage]:,}{of}")

    def problem(self, text: str) -> None:
        self._report(f"{self._name}: {text}")


@dataclass(frozen=True)
class Retrieved:
    """What one retrieval setting found."""

    retrieval: Retrieval
    arranger: Arranger
    rankings: dict[AskedQuestion, tuple[Hit, ...]]
    """The hits of each question, best first, before the prompt's passages are selected."""


async def retrieve(
    basis: CorpusBasis, questions: Sequence[AskedQuestion], store: Store, settings: Settings, report: Report
) -> list[Retrieved]:
    """What each retrieval setting of the corpus finds for these questions."""
    asked, name = list(dict.fromkeys(questions)), basis.corpus.name
    caches = Caches.of(settings, store)
    opener = CorpusOpener(basis.corpus.documents, caches, _Indexing(name, report))
    results = []
    async with open_interactive_caller(store, _models(basis.retrievals), settings, ONLY_WELL_KNOWN) as asker:
        for place, retrieval in enumerate(basis.retrievals, start=1):
            setting = f"retrieval setting {place} of {len(basis.retrievals)}"
            report(f"{name}: searching for {counted(len(asked), 'question')}, {setting}")
            found = await rank_questions(opener, retrieval, asked, asker) if asked else []
            chunks = (await opener.open(retrieval, asker)).chunks
            hits = {
                question: ranking.hits
                for question, ranking in zip(asked, found, strict=True)
                if isinstance(ranking, Ranking)
            }
            results.append(Retrieved(retrieval, Arranger(retrieval, chunks, opener.texts), hits))
    return results


def _models(retrievals: Sequence[Retrieval]) -> list[Model]:
    models = (getattr(retrieval, role) for retrieval in retrievals for role in MODEL_ROLES)
    return list({model.name: model for model in models if model is not None}.values())
