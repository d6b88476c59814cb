"""One configuration over a corpus, answering one question at a time: rank, ask, ground.
Knows nothing about winners, experiments or the ledger: who asks the models is passed in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypedDict, Unpack

from workbench.corpus.types import AskedQuestion, Document
from workbench.errors import ProviderError
from workbench.pipeline.answer_request import request_answer, request_shorter_answer
from workbench.pipeline.asker import Asker, Reply
from workbench.pipeline.caches import Caches
from workbench.pipeline.chat_request import build_request, call_key
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.examples import NO_EXAMPLES, ExamplePool
from workbench.pipeline.helping_calls import add_costs
from workbench.pipeline.observer import UNOBSERVED, Observer
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.selection import Selection, select
from workbench.pipeline.system_passages import SystemPassages, request_system
from workbench.pipeline.types import Hit, Ranking
from workbench.providers.types import Message, OnText, Usage
from workbench.replies.thinking import SplitReply
from workbench.scoring.grounding import GroundingScore, score_grounding
from workbench.ship.routed import answer_by_route
from workbench.space.config import Config


@dataclass(frozen=True, kw_only=True)
class Unscored:
    """One answer, before it is scored."""

    text: str
    hits: tuple[Hit, ...]
    """The passages that the prompt held, best first."""
    usage: Usage
    """Tokens of the answering call; of a route that escalated, of those of both ends."""
    cost_usd: float | None
    """US dollars of all calls, stored ones too; None when one of them has no price."""
    seconds: float
    """From the question to the answer, without indexing the corpus, which happens once."""
    flags: tuple[str, ...]
    stored: bool
    """Whether the answering call was stored."""
    condition: str | None = None
    """The condition on metadata under which was searched, as JSON; None for none."""
    thinking: str = ""
    """What the model wrote for itself before it answered; "" when there is none."""
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    """Seconds by stage: "retrieve", until the passages were there; from then, "first_token" to the first text
    of the model, where it was streamed, and "generate" to its whole reply; of a route that escalated,
    "cheap_end" before all of them; of a router, "choose"."""
    request: str = ""
    """Hash of what the model was sent (`call_key`), equal for equal requests to the same model."""
    served_model: str | None = None
    """The model's name in the reply; None when the server gave none."""
    end: str = ""
    """Of a route: the name of the end that answered; "" for any other configuration."""


@dataclass(frozen=True, kw_only=True)
class Served(Unscored):
    """One answer with its grounding in its passages."""

    grounding: GroundingScore


class StageClock:
    """Takes the times of one answer: made once the passages are there.

    started: when the question was taken up, by time.perf_counter().
    on_text: who hears of the answer so far; None asks for the whole reply at once.
    """

    def __init__(self, started: float, on_text: OnText | None) -> None:
        self._started = started
        self._retrieved = time.perf_counter()
        self._first: float | None = None
        self._listener = on_text
        self.on_text: OnText | None = None if on_text is None else self._hear

    def _hear(self, so_far: SplitReply) -> None:
        if self._first is None:
            self._first = time.perf_counter()
        assert self._listener is not None
        self._listener(so_far)

    def seconds(self) -> dict[str, float]:
        """See Served.stage_seconds; called when the reply is whole."""
        first = {} if self._first is None else {"first_token": self._first - self._retrieved}
        generated = time.perf_counter() - self._retrieved
        return {"retrieve": self._retrieved - self._started, **first, "generate": generated}


def tokens_to_json(usage: Usage) -> dict[str, int]:
    """The tokens of an answering call; those of thinking are part of the output."""
    return {"input": usage.input, "output": usage.output, "thinking": usage.reasoning}


class AnswerOptions(TypedDict, total=False):
    """What may be said about how a question is answered."""

    repeat: int
    """A stored reply is used only where it was given in the same repeat; 0 where nothing is said."""
    today: str | None
    """The date that prompts show (YYYY-MM-DD); None means today's, in UTC."""
    on_hits: Callable[[Sequence[Hit]], None] | None
    """Called with the passages as soon as they are retrieved."""
    on_text: OnText | None
    """Called with the answer so far."""
    ranking: Ranking | None
    """What was retrieved for it already; None retrieves it."""
    vary: Callable[[Sequence[Hit]], Sequence[Hit]] | None
    """Changes the passages before the prompt gets them; not for a system, which has its own."""


class LivePipeline:
    """Answers many questions with one configuration. The first call chunks, embeds and indexes the corpus.

    The asker comes with each question, since its clients belong to one event loop.

    observer: hears how far the indexing is.
    pool: what the prompts' examples are taken from.
    opener: what makes the documents searchable, where several configurations share it.
    """

    def __init__(
        self,
        config: Config,
        documents: Sequence[Document],
        caches: Caches,
        observer: Observer = UNOBSERVED,
        pool: ExamplePool = NO_EXAMPLES,
        opener: CorpusOpener | None = None,
    ) -> None:
        self.config = config
        self._pool = pool
        self._documents = documents
        self._caches = caches
        self._opener = opener or CorpusOpener(documents, caches, observer)
        self._system_passages = SystemPassages(documents)
        self._ends = [
            LivePipeline(end, documents, caches, observer, pool, self._opener)
            for end in (config.ends if config.route is not None else ())
        ]

    def with_models_of(self, config: Config) -> LivePipeline:
        """The same over what is searchable already, with the models of another configuration."""
        return LivePipeline(config, self._documents, self._caches, pool=self._pool, opener=self._opener)

    async def open(self, asker: Asker) -> None:
        """Make the corpus searchable, so that the first question need not wait for it."""
        for end in self.config.ends:
            if end.system is None:
                await self._opener.open(end.retrieval, asker)
        self._opener.end_observation()
        self._opener.keep_to_this_home()

    async def retrieve(self, question: str | AskedQuestion, asker: Asker) -> tuple[Hit, ...]:
        """Return the passages that the model would be given, best first; of a route, those of its cheap end.
        A system is asked for its answer: it does not give them without."""
        if self._ends:
            return await self._ends[0].retrieve(question, asker)
        if self.config.system is not None:
            return (await self.answer_unscored(question, asker)).hits
        return (await self._select(await self._rank(question, asker))).hits

    async def look(self, question: str | AskedQuestion, asker: Asker) -> tuple[Ranking, tuple[Hit, ...]]:
        """What is retrieved for a question, and the hits that a router sees of it: those that a run stores.
        Where the prompt does not get the first ones as they are, that is what it gets."""
        ranking = await self._rank(question, asker)
        hits = ranking.hits if self.config.retrieval.cuts_only else (await self._select(ranking)).hits
        return ranking, hits

    async def answer(
        self, question: str | AskedQuestion, asker: Asker, **options: Unpack[AnswerOptions]
    ) -> Served:
        """Answer one question.

        Raises ProviderError when a model cannot be asked, CorpusError when the documents hold no text.
        """
        asked = AskedQuestion.of(question)
        return await ground(asked, await self.answer_unscored(asked, asker, **options))

    async def answer_unscored(
        self, question: str | AskedQuestion, asker: Asker, **options: Unpack[AnswerOptions]
    ) -> Unscored:
        """As `answer`, for whoever is in a hurry."""
        repeat = options.get("repeat", 0)
        on_hits, on_text = options.get("on_hits"), options.get("on_text")
        vary = options.get("vary")
        today = options.get("today") or datetime.now(UTC).date().isoformat()
        config, asked = self.config, AskedQuestion.of(question)
        if config.system is not None:
            return await self._ask_system(asked, asker, repeat, on_hits)
        if config.route is not None:
            return await answer_by_route(config.route, self._ends, asked, asker, options)
        await self._opener.open(config.retrieval, asker)
        started = time.perf_counter()
        ranking = options.get("ranking") or await self._rank(asked, asker)
        selection = await self._select(ranking)
        hits = selection.hits if vary is None else vary(selection.hits)
        room = await self._opener.rooms.of(config, asker, [asked.history], self._pool)
        # In a thread: where the model's context is limited, the first one loads a tokenizer.
        answer_request = await asyncio.to_thread(
            request_answer, config, asked, hits, today, room=room, pool=self._pool
        )
        stages = StageClock(started, on_text)
        while True:
            if on_hits is not None:
                on_hits(answer_request.hits)
            try:
                reply = await asker.ask(
                    config.model,
                    answer_request.request,
                    kind="generate",
                    repeat=repeat,
                    on_text=stages.on_text,
                )
                break
            except ProviderError as error:
                if error.kind != "context":
                    raise
                shorter = await asyncio.to_thread(
                    request_shorter_answer, config, asked, answer_request, today, error.message
                )
                if shorter is None:
                    raise
                answer_request = shorter
        seconds = time.perf_counter() - started
        flags = (*ranking.flags, *selection.flags, *answer_request.flags, *reply.flags)
        cost = add_costs(ranking.cost_usd, reply.cost_usd)
        return replace(
            _unscored(reply, answer_request.hits, cost, seconds, flags),
            condition=ranking.condition,
            stage_seconds=stages.seconds(),
            request=call_key(config.model, answer_request.request, 0, "generate"),
        )

    async def complete(
        self, text: str, asker: Asker, *, repeat: int = 0, on_text: OnText | None = None
    ) -> Unscored:
        """The model's reply to a text alone, without prompt and passages; of a route, that of its cheap end's
        model. A system, which can only be asked questions, is asked it as one. Raises as `answer`."""
        if self._ends:
            return await self._ends[0].complete(text, asker, repeat=repeat, on_text=on_text)
        if self.config.system is not None:
            return await self.answer_unscored(text, asker, repeat=repeat)
        stages = StageClock(time.perf_counter(), on_text)
        request = build_request(self.config.model, (Message("user", text),))
        reply = await asker.ask(
            self.config.model, request, kind="generate", repeat=repeat, on_text=stages.on_text
        )
        seconds = stages.seconds()
        unscored = _unscored(reply, (), reply.cost_usd, seconds["generate"], reply.flags)
        key = call_key(self.config.model, request, 0, "generate")
        return replace(unscored, stage_seconds=seconds, request=key)

    async def _ask_system(
        self,
        asked: AskedQuestion,
        asker: Asker,
        repeat: int,
        on_hits: Callable[[Sequence[Hit]], None] | None,
    ) -> Unscored:
        model, started = self.config.model, time.perf_counter()
        request = request_system(model, asked)
        reply = await asker.ask(model, request, kind="generate", repeat=repeat)
        seconds = time.perf_counter() - started
        hits, flags = await asyncio.to_thread(self._system_passages.place, reply.passages)
        if on_hits is not None:
            on_hits(hits)
        unscored = _unscored(reply, hits, reply.cost_usd, seconds, (*flags, *reply.flags))
        key = call_key(model, request, 0, "generate")
        return replace(unscored, stage_seconds={"generate": seconds}, request=key)

    async def _rank(self, question: str | AskedQuestion, asker: Asker) -> Ranking:
        [result] = await rank_questions(self._opener, self.config.retrieval, [question], asker)
        if isinstance(result, ProviderError):
            raise result
        return result

    async def _select(self, ranking: Ranking) -> Selection:
        """What the prompt gets of a ranking. In a thread: documents may have to be cut."""
        return await asyncio.to_thread(select, ranking.hits, self.config.retrieval, self._opener.texts)


def _unscored(
    reply: Reply, hits: tuple[Hit, ...], cost_usd: float | None, seconds: float, flags: tuple[str, ...]
) -> Unscored:
    return Unscored(
        text=reply.text,
        hits=hits,
        usage=reply.usage,
        cost_usd=cost_usd,
        seconds=seconds,
        flags=flags,
        stored=reply.stored,
        thinking=reply.thinking,
        served_model=reply.served_model,
    )


async def ground(asked: AskedQuestion, answer: Unscored) -> Served:
    """The answer with its grounding in its passages."""
    grounding = await asyncio.to_thread(
        score_grounding,
        answer.text,
        [hit.chunk.text for hit in answer.hits],
        asked.text,
        [hit.chunk.title for hit in answer.hits],
        [hit.chunk.header for hit in answer.hits],
    )
    return Served(**vars(answer), grounding=grounding)
