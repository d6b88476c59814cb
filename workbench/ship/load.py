"""Runs an exported winner: rebuilds its pipeline over a corpus and answers questions.
Knows nothing about experiments. Where the data folder has a database, every call is a row of its ledger."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench.calls.caller import Caller
from workbench.calls.destinations import (
    Destination,
    destination_of_vectors,
    list_destinations,
    uses_of_config,
)
from workbench.calls.ledger import MemoryLedger
from workbench.calls.open_caller import open_interactive_caller
from workbench.calls.trusted_hosts import load_trust, trust_hosts
from workbench.corpus.conversation import read_turns
from workbench.corpus.corpus import load_corpus, require_own_folder
from workbench.corpus.readers.extracted_text import clean
from workbench.corpus.types import AskedQuestion, Corpus
from workbench.errors import CorpusError, InputError
from workbench.input.conditions import BadCondition, condition_text, read_condition
from workbench.parts.filters import OWN_FILTER
from workbench.pipeline.caches import Caches
from workbench.pipeline.examples import Example, ExamplePool
from workbench.pipeline.observer import UNOBSERVED, Observer
from workbench.pipeline.passages import Passage
from workbench.pipeline.stage_counts import StageCounts
from workbench.providers.prices import find_price
from workbench.providers.trust import Trust, choose
from workbench.settings import Settings, load_settings
from workbench.ship.first_contexts import ContextsToWrite
from workbench.ship.serving import LivePipeline, Served, tokens_to_json
from workbench.ship.winner import Winner, read_winner
from workbench.space.code_needed import code_of_config
from workbench.space.config import Config
from workbench.space.files import MODELS_FILE, load_models_file
from workbench.space.model import Model
from workbench.store.confirmed_hosts import find_named_folders
from workbench.store.database import Store, find_home_store
from workbench.user_code.permission import Code, allow, look_in, refused, require, use_settings

Turns = Sequence[Mapping[str, str]]
"""Earlier turns of a conversation, oldest first, each as {"role": "user" or "assistant", "content": text}."""


@dataclass(frozen=True)
class WinnerAnswer:
    """One answer of a winner: the fields of `ask --json` (docs/design.md).

    Attributes:
        answer: The model's text, without thinking.
        passages: What the prompt held, best first.
        scores: The free scores of this answer by name, in [0, 1]; None where one does not apply.
        tokens: `input` and `output` tokens of the answering call; those of `thinking` are part of the output.
        cost_usd: What all calls for this answer cost; None as soon as one has no price.
        seconds: From the question to the whole answer, without making the corpus searchable.
        thinking: What the model wrote for itself before it answered; "" when there is none.
        flags: What was odd about it, such as "filter_empty": no document met the filter.
        condition: The metadata that a document needed to be searched; None where all were.
    """

    answer: str
    passages: tuple[Passage, ...]
    scores: dict[str, float | None]
    tokens: dict[str, int]
    cost_usd: float | None
    seconds: float
    thinking: str = ""
    flags: tuple[str, ...] = ()
    condition: dict[str, Any] | None = None

    @classmethod
    def of(cls, served: Served) -> WinnerAnswer:
        return cls(
            answer=served.text,
            passages=tuple(Passage.of(hit) for hit in served.hits),
            scores={"grounding": served.grounding.value},
            tokens=tokens_to_json(served.usage),
            cost_usd=served.cost_usd,
            seconds=served.seconds,
            thinking=served.thinking,
            flags=served.flags,
            condition=None if served.condition is None else json.loads(served.condition),
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"passages": [asdict(p) for p in self.passages]}


class LoadedWinner:
    """A winner over a corpus. `answer` is synchronous and may be called many times.

    Attributes:
        winner: The exported configuration with its evidence.
        corpus: The documents that are searched.
        warnings: In words, what differs from when it was chosen.
        trust: What the user has confirmed of the hosts that it asks.
        pipeline: What answers; whoever serves it asks it with a Caller of their own.
    """

    def __init__(
        self,
        winner: Winner,
        corpus: Corpus,
        settings: Settings,
        trust: Trust,
        observer: Observer = UNOBSERVED,
    ) -> None:
        self.winner = winner
        self.corpus = corpus
        self.trust = trust
        self.warnings: list[str] = []
        self._settings = settings
        pool = ExamplePool(Example(e.question, e.answer, e.group) for e in winner.examples)
        config = winner.to_config()
        self.pipeline = LivePipeline(config, corpus.documents, self._caches, observer, pool)
        if corpus.version != winner.corpus.hash:
            self.warnings.append(
                f"The corpus has changed since this winner was chosen (it was {winner.corpus.hash}, "
                f"is {corpus.version}): its scores may no longer hold."
            )

    @property
    def destinations(self) -> tuple[Destination, ...]:
        """The hosts that a question goes to, and what each gets."""
        hosts = list_destinations(uses_of_config(self.pipeline.config), self.trust)
        if self._caches.server is None:
            return hosts
        return (*hosts, *destination_of_vectors(self._caches, self._counts.index_kinds))

    @property
    def contexts_to_write(self) -> ContextsToWrite | None:
        """The chunk contexts that a model writes before the first answer; None where all are stored."""
        for one in self._counts.context():
            if one.count.left:
                price = find_price(one.model, self._settings.compute_usd_per_hour)
                return ContextsToWrite.of(one, price)
        return None

    @property
    def _counts(self) -> StageCounts:
        retrievals = [end.retrieval for end in self.pipeline.config.ends]
        return StageCounts(self.corpus.documents, retrievals, self._caches)

    @cached_property
    def _caches(self) -> Caches:
        is_shared = self._settings.chroma_url or self._settings.database_url
        return Caches.of(self._settings, self.store if is_shared else None)

    @cached_property
    def store(self) -> Store | None:
        """The store of these settings; None where nothing has been stored yet."""
        return find_home_store(self._settings)

    @cached_property
    def _ledger(self) -> Store | MemoryLedger:
        return self.store or MemoryLedger()

    def _open_asker(self) -> AbstractAsyncContextManager[Caller]:
        return open_interactive_caller(self._ledger, self.pipeline.config.models, self._settings, self.trust)

    def ask_at(self, config: Config) -> None:
        """Ask the models of this configuration from now on: the same ones, at other addresses."""
        self.pipeline = self.pipeline.with_models_of(config)

    def answer(
        self, question: str, history: Turns = (), filter: Mapping[str, Any] | None = None
    ) -> WinnerAnswer:
        """Answer one question. Raises ProviderError when a model cannot be asked.

        history: the earlier turns of the conversation, oldest first, as {"role": "user" or "assistant",
            "content": text} each.
        filter: the metadata that a document must have to be searched, such as {"region": "NL"}, for a winner
            with `filter: question`. Raises InputError for any other winner, and for what is no condition.
        """
        return asyncio.run(self.answer_async(question, history, filter))

    def retrieve(
        self, question: str, history: Turns = (), filter: Mapping[str, Any] | None = None
    ) -> list[Passage]:
        """The passages that the winner's model would be given, best first. The rest as in `answer`."""
        return asyncio.run(self._passages_of(self.asked(question, history, filter)))

    def asked(
        self, question: str, history: Turns = (), filter: Mapping[str, Any] | None = None
    ) -> AskedQuestion:
        """What the pipeline is asked, checked. Raises InputError as `answer` does."""
        asked = _asked(question, history)
        if not asked.text.strip():
            raise InputError("The question is empty.")
        if not filter:
            return asked
        used = self.pipeline.config.retrieval.filtering
        if self.pipeline.config.system is not None or used.name != OWN_FILTER:
            raise InputError(
                "This winner takes no filter with a question.",
                hint=f"Only one with `filter: {OWN_FILTER}` does; this one has `filter: {used.text}`.",
            )
        try:
            return replace(asked, filter=condition_text(read_condition(filter)))
        except BadCondition as error:
            raise InputError(f"filter: {error}.") from None

    async def _passages_of(self, asked: AskedQuestion) -> list[Passage]:
        async with self._open_asker() as asker:
            return [Passage.of(hit) for hit in await self.pipeline.retrieve(asked, asker)]

    def as_llama_retriever(self) -> Any:
        """A LlamaIndex retriever (BaseRetriever) over this winner's retrieval."""
        from workbench.ship.llamaindex import WinnerRetriever

        return WinnerRetriever(self.retrieve)

    def as_llama_query_engine(self) -> Any:
        """A LlamaIndex query engine (BaseQueryEngine) that asks this winner."""
        from workbench.ship.llamaindex import WinnerQueryEngine

        return WinnerQueryEngine(self.answer)

    async def answer_async(
        self, question: str, history: Turns = (), filter: Mapping[str, Any] | None = None
    ) -> WinnerAnswer:
        asked = self.asked(question, history, filter)
        async with self._open_asker() as asker:
            served = await self.pipeline.answer(asked, asker)
        return WinnerAnswer.of(served)


def _asked(question: str, history: Turns) -> AskedQuestion:
    """What is asked. Bytes of a terminal that are no text would end in a parser's error."""
    turns = read_turns(list(history), question).turns
    return AskedQuestion(clean(question), tuple(replace(turn, text=clean(turn.text)) for turn in turns))


def _load_trust(settings: Settings, given: Sequence[Model]) -> Trust:
    """What the user has confirmed: in the home where there is one, and in experiments/models.yaml."""
    try:
        registered = load_models_file(settings.experiments / MODELS_FILE)
    except InputError:
        registered = []  # commands that need the file say what is wrong with it
    store = find_home_store(settings)
    if store is None:
        return Trust.of([*registered, *given])
    return load_trust(store, [*registered, *given])


def allow_code_of_winner(path: Path | str, settings: Settings | None = None) -> list[Code]:
    """Remember a user's yes: the code that a winner names may run, as it is now. Returns what was allowed."""
    use_settings(settings or load_settings())
    look_in(Path(path).parent)
    codes = refused(code_of_config(read_winner(path).to_config()))
    allow(codes)
    return codes


def remember_hosts(store: Store, path: Path | str, hosts: Sequence[str]) -> None:
    """Remember a user's yes: these hosts may get what a winner sends, with the keys that its models name."""
    trust_hosts(store, read_winner(path).to_config().models, hosts)


def load_winner(
    path: Path | str,
    corpus: Path | str | None = None,
    *,
    settings: Settings | None = None,
    trust: Sequence[str] = (),
    allow_code: bool = False,
    observer: Observer = UNOBSERVED,
) -> LoadedWinner:
    """An exported winner, ready to answer over `corpus` (a name or a folder; else the one it was chosen on).

    trust: hosts that may get documents and questions, with the keys that the winner's models there name, such
        as "gateway.example.com" or "127.0.0.1:8000". Not remembered.

    allow_code: whether the code that the winner names may run, as it is now. The home remembers it.

    observer: hears how far the indexing of the documents is.

    Warns (UserWarning) when the documents are not those it was chosen on. Raises InputError for a file that
    is not a winner, CodeNotAllowed for code that the user has not allowed, HostNotConfirmed when it would
    send something to a host that the user has not confirmed, and CorpusError for a corpus that is not there
    or not the file's to name. Nothing was run or sent then.
    """
    settings = settings or load_settings()
    use_settings(settings)
    look_in(Path(path).parent)
    if allow_code:
        allow_code_of_winner(path, settings)
    winner = read_winner(path)
    require(code_of_config(winner.to_config()))
    models = winner.to_config().models
    trusted = _load_trust(settings, choose(models, trust))
    trusted.require(models)
    named = corpus or winner.corpus.name
    if not corpus:
        store = find_home_store(settings)
        folders = find_named_folders(store) if store is not None else ()
        require_own_folder(winner.corpus.name, settings.corpora, file=Path(path), named=folders)
    try:
        loaded_corpus = load_corpus(named, settings.corpora, cache_dir=settings.cache / "documents")
    except CorpusError as error:
        if corpus:
            raise
        hint = "Say where its documents are: --corpus PATH (in Python: load_winner(path, corpus=PATH))."
        raise CorpusError(f"{path} was chosen on the corpus {named!r}. {error.message}", hint=hint) from None
    loaded = LoadedWinner(winner, loaded_corpus, settings, trusted, observer)
    for text in loaded.warnings:
        warnings.warn(text, stacklevel=2)
    return loaded
