"""Finds the prompt that a rated answer answers: what a service sent, else one with the passages shown, else
one with passages that are retrieved anew. Knows nothing about thumbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from workbench.corpus.types import AskedQuestion
from workbench.fingerprint import fingerprint
from workbench.pipeline.examples import Example, ExamplePool
from workbench.pipeline.passages import record_to_hit
from workbench.pipeline.types import Hit
from workbench.store.answers import find_passages
from workbench.store.database import Store
from workbench.store.records import PassageRecord
from workbench.store.serving.records import ServedRequest, Service
from workbench.store.serving.requests import find_requests_seen
from workbench.store.serving.services import config_of_service, list_services
from workbench.training_data.basis import Basis, CorpusBasis
from workbench.training_data.judgements import Seen
from workbench.training_data.rendering import TOO_LONG, Rendered, render
from workbench.training_data.retrieval import Retrieved
from workbench.training_data.train_questions import supports

OTHER_DOCUMENTS = "it is about other documents"
GONE = "the passages that were shown are no longer stored"
NO_SUPPORT = "no passage that is retrieved for it supports it"
NO_TEXT = "the text of its question was not kept"


@dataclass(frozen=True)
class Prompted:
    """The prompt of a rated answer."""

    rendered: Rendered
    document: str
    """The document of its first passage; "" where it has none."""
    as_sent: bool
    """Whether it is the prompt that was sent; else one that was made anew."""

    @property
    def model(self) -> str:
        """The name of the model that was sent it; "" where that is not known."""
        return self.rendered.config.model.name if self.as_sent else ""


class PromptsOfAnswers:
    """Finds the prompts of answers. What the store knows of them is read once for all."""

    def __init__(self, store: Store, basis: Basis, answers: Sequence[Seen], seed: int) -> None:
        self._basis = basis
        self._seed = seed
        self._served = find_requests_seen(store, {seen.key for seen in answers})
        self._services = {s.id: s for s in list_services(store, archived=True)}
        self._configs = {name: config_of_service(service) for name, service in self._services.items()}
        keys = {key for seen in answers for key in seen.passages}
        self._passages = find_passages(store, keys)
        self._retrieved: dict[str, list[Retrieved]] = {}
        self._pools: Mapping[str, ExamplePool] = {}

    def without_passages(self, answers: Sequence[Seen]) -> list[AskedQuestion]:
        """The questions for which passages have to be retrieved."""
        return [seen.asked for seen in answers if not self._shown(seen) and not seen.passages]

    def use(self, retrieved: Mapping[str, list[Retrieved]], pools: Mapping[str, ExamplePool]) -> None:
        """Give it what was retrieved and the examples of prompts, by the name of the corpus."""
        self._retrieved, self._pools = dict(retrieved), pools

    def find(self, seen: Seen, *, good: bool) -> Prompted | str:
        """The prompt of an answer, or why there is none.

        good: whether the answer is to be learnt. Then passages that are retrieved anew must support it.
        """
        if not seen.asked.text.strip():
            return NO_TEXT
        shown = self._shown(seen)
        if seen.passages and not shown:
            return GONE
        request = self._served.get(seen.key)
        if request is not None and (sent := self._as_served(request, seen, shown)) is not None:
            return sent
        corpora = [one for one in self._basis.corpora if _is_about(one, shown)]
        if shown:
            return self._with_passages(corpora[0], seen, shown) if corpora else OTHER_DOCUMENTS
        return self._retrieved_anew(seen, good=good)

    def _shown(self, seen: Seen) -> list[PassageRecord]:
        if seen.passages:
            return [self._passages[key] for key in seen.passages if key in self._passages]
        request = self._served.get(seen.key)
        return list(request.passages) if request else []

    def _as_served(
        self, request: ServedRequest, seen: Seen, shown: Sequence[PassageRecord]
    ) -> Prompted | str | None:
        """The prompt that a service sent; None where that is not known."""
        service = self._services.get(request.service_id)
        config = self._configs.get(request.service_id)
        if service is None or config is None or not config.has_settings:
            return None
        if not self._concerns(service, shown):
            return OTHER_DOCUMENTS
        today = datetime.fromtimestamp(request.asked_at, UTC).date().isoformat()
        hits = [record_to_hit(passage, 0.0) for passage in shown]
        rendered = render(config.ends[0], seen.asked, hits, today, _examples_of(service))
        return TOO_LONG if rendered is None else _prompted(rendered, as_sent=True)

    def _concerns(self, service: Service, shown: Sequence[PassageRecord]) -> bool:
        """Whether a service answers from one of the corpora; for the whole home any service does."""
        if self._basis.is_home:
            return True
        corpus = str((service.winner or {}).get("corpus", {}).get("name", ""))
        names = {Path(name).name for name in (corpus, service.corpus_path) if name}
        return any(one.corpus.name in names for one in self._basis.corpora) or any(
            _is_about(one, shown) for one in self._basis.corpora if not names
        )

    def _with_passages(self, one: CorpusBasis, seen: Seen, shown: Sequence[PassageRecord]) -> Prompted | str:
        random = Random(fingerprint(self._seed, seen.key))
        config = one.config(random.choice(one.prompts), random.choice(one.retrievals))
        hits = [record_to_hit(passage, 0.0) for passage in shown]
        rendered = render(config, seen.asked, hits, one.today, self._pool(one))
        return TOO_LONG if rendered is None else _prompted(rendered, as_sent=False)

    def _retrieved_anew(self, seen: Seen, *, good: bool) -> Prompted | str:
        random = Random(fingerprint(self._seed, seen.key))
        for one in self._basis.corpora:
            found = self._retrieved.get(one.corpus.name, [])
            for place in random.sample(range(len(found)), len(found)):
                ranking = found[place].rankings.get(seen.asked, ())
                hits = found[place].arranger.as_found(ranking)
                if not hits or (good and not supports(seen.answer, seen.asked.text, hits)):
                    continue
                config = one.config(random.choice(one.prompts), found[place].retrieval)
                rendered = render(config, seen.asked, hits, one.today, self._pool(one))
                return TOO_LONG if rendered is None else _prompted(rendered, as_sent=False)
        return NO_SUPPORT

    def _pool(self, one: CorpusBasis) -> ExamplePool:
        return self._pools.get(one.corpus.name, ExamplePool(()))


def _prompted(rendered: Rendered, *, as_sent: bool) -> Prompted:
    hits: Sequence[Hit] = rendered.hits
    return Prompted(rendered, hits[0].chunk.document if hits else "", as_sent)


def _is_about(one: CorpusBasis, shown: Sequence[PassageRecord]) -> bool:
    """Whether all passages are of documents of a corpus."""
    names = {document.name for document in one.corpus.documents}
    return bool(shown) and all(passage.document in names for passage in shown)


def _examples_of(service: Service) -> ExamplePool:
    """The examples that a winner brings for its prompt."""
    written = (service.winner or {}).get("examples") or []
    return ExamplePool(
        Example(str(e["question"]), str(e["answer"]), str(e.get("group", ""))) for e in written
    )
