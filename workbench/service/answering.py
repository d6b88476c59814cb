"""Answers questions for a service: chooses the winner, shares equal answers, writes each request down.
Knows nothing about HTTP: the endpoints, and any other way in, ask it."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal, Protocol

from workbench.calls.caller import Caller
from workbench.corpus.types import AskedQuestion
from workbench.errors import ProviderError
from workbench.fingerprint import fingerprint
from workbench.pipeline.passages import Passage, chunk_to_record
from workbench.providers.types import OnText
from workbench.service.served_winner import Running, ServedWinner
from workbench.service.service_error import ServiceError, unavailable
from workbench.service.shared_answers import SharedAnswer, SharedAnswers
from workbench.ship.load import Turns
from workbench.ship.serving import Unscored
from workbench.store.ratings import seen_key
from workbench.store.serving.records import RequestState, Role, ServedRequest

logger = logging.getLogger("workbench.service")


class Log(Protocol):
    """Where requests are written down."""

    def add(self, request: ServedRequest) -> None:
        """Never blocks, never raises."""
        ...


class Answering:
    """One question that a client asked, while it is being answered."""

    def __init__(
        self, running: Running, model_id: str, asked: AskedQuestion, request_id: str, user: str
    ) -> None:
        self.id = request_id
        self.running = running
        self.model_id = model_id
        self.asked = asked
        self.user = user
        self.role: Role = "main"
        self.asked_at = time.time()
        self.is_cached = False
        """Whether an equal question had been answered already, or was being answered."""
        self.answer: Unscored | None = None
        self._started = time.perf_counter()
        self.shared: SharedAnswer | None = None

    @property
    def text(self) -> str:
        """The answer so far."""
        if self.answer is not None:
            return self.answer.text
        return "" if self.shared is None else self.shared.text

    async def texts(self) -> AsyncIterator[str]:
        """The answer so far, each time more of it has come; nothing where it was there at once."""
        if self.shared is not None:
            async for text in self.shared.texts():
                yield text

    async def result(self) -> Unscored:
        """The whole answer. Raises ProviderError and other errors of ours."""
        if self.answer is None:
            assert self.shared is not None
            answer = await self.shared.result()
            self.is_cached = self.is_cached or answer.stored
            seconds = time.perf_counter() - self._started
            cost = 0.0 if self.is_cached else answer.cost_usd
            self.answer = replace(answer, cost_usd=cost, seconds=seconds)
        return self.answer

    def take(self, answer: Unscored) -> None:
        """Take an answer that was made before: it costs and takes nothing."""
        self.is_cached = True
        seconds = time.perf_counter() - self._started
        self.answer = replace(answer, cost_usd=0.0, seconds=seconds, stage_seconds={})

    def to_request(self, state: RequestState, error: Exception | None) -> ServedRequest:
        """What is written down of it."""
        answer, running = self.answer, self.running
        passages = () if answer is None else tuple(chunk_to_record(hit.chunk) for hit in answer.hits)
        request = ServedRequest(
            id=self.id,
            service_id=running.service.id,
            asked_at=self.asked_at,
            question=self.asked.text,
            answer=self.text,
            history=self.asked.history,
            filter=json.loads(self.asked.filter) if self.asked.filter else None,
            user=self.user,
            role=self.role,
            passages=passages,
            seen=seen_key(self.asked, self.text, [p.key for p in passages]),
            corpus_version=running.corpus_version,
            state=state,
            error="" if error is None else str(error),
            error_kind=error.kind if isinstance(error, ProviderError) else None,
            cached=self.is_cached,
            seconds=time.perf_counter() - self._started,
        )
        if answer is None:
            return request
        return replace(
            request,
            flags=answer.flags,
            served_model=answer.served_model,
            cost_usd=answer.cost_usd,
            input_tokens=answer.usage.input,
            output_tokens=answer.usage.output,
            seconds=answer.seconds,
            stage_seconds=dict(answer.stage_seconds),
        )


class AnswerService:
    """Answers questions with the winners that are served; the first of them is the main one.

    asker: what asks the models, for as long as the service runs.
    log: where each request is written down, after its reply.
    kept: how many answers are kept for equal questions.
    most_characters: of a question.
    hash_user: what is stored of a user's key.
    observe: hears of each request, too.
    choose: whom the second winner answers in place of the main one, by the user's hash or the request's id.
    shadow: gets each request with its question.
    """

    def __init__(
        self,
        winners: Sequence[ServedWinner],
        asker: Caller,
        log: Log,
        *,
        kept: int,
        most_characters: int,
        hash_user: Callable[[str], str],
        observe: Callable[[ServedRequest], None] = lambda request: None,
        choose: Callable[[str], bool] = lambda who: False,
        shadow: Callable[[AskedQuestion, ServedRequest], None] = lambda asked, request: None,
    ) -> None:
        self.winners = tuple(winners)
        self.asker = asker
        self._log = log
        self._observe = observe
        self.hash_user = hash_user
        self._choose = choose
        self._shadow = shadow
        self._shared = SharedAnswers(kept)
        self._shares = kept > 0
        self._most_characters = most_characters
        self.under_way = 0
        """How many questions are being answered."""

    def find(self, model: str | None) -> ServedWinner:
        """The winner that a client names, by the name under which it is served, its own or its service's id;
        the main one where it names none. Raises ServiceError."""
        if not model:
            return self.winners[0]
        for winner in self.winners:
            running = winner.running
            if model in (winner.model_id, running.service.id, running.loaded.winner.name):
                return winner
        named = ", ".join(winner.model_id for winner in self.winners)
        raise ServiceError(
            404,
            f"There is no model {model[:80]!r}. There is: {named}.",
            param="model",
            code="model_not_found",
        )

    def _is_shared(self, winner: ServedWinner, who: str) -> bool:
        """Whether the second winner answers somebody who asks this one."""
        is_main = winner is self.winners[0]
        return bool(who) and is_main and self._choose(who) and self.winners[1].is_ready

    def _prepare(
        self, model: str | None, who: str, question: str, history: Turns, filter: Mapping[str, Any] | None
    ) -> tuple[ServedWinner, Running, AskedQuestion, Role]:
        """Raises ServiceError and InputError. who: the user's hash, or the request's id; "" for nobody."""
        winner = self.find(model)
        role: Role = "main"
        if self._is_shared(winner, who):
            winner, role = self.winners[1], "share"
        running = winner.running
        if not winner.is_ready:
            raise unavailable(
                winner.problem or "The documents are being indexed. Ask again soon.", code="not_ready"
            )
        if len(question) > self._most_characters:
            raise ServiceError(
                400,
                f"The question has {len(question):,} characters; at most {self._most_characters:,} are read.",
                code="context_length_exceeded",
            )
        return winner, running, running.loaded.asked(question, history, filter), role

    @asynccontextmanager
    async def ask(
        self,
        question: str,
        *,
        model: str | None = None,
        history: Turns = (),
        filter: Mapping[str, Any] | None = None,
        user: str = "",
        prefix: str = "ask",
        fresh: bool = False,
        in_pieces: bool = False,
        purpose: Literal["test", "task"] | None = None,
    ) -> AsyncIterator[Answering]:
        """One question, answered within the block. Leaving the block early gives up the answer, unless others
        wait for it. Afterwards the request is written down.

        model: the winner's name; None takes the main one.
        user: what distinguishes who asks; a hash of it is stored.
        prefix: what the request's id begins with.
        fresh: answer it anew, whatever was answered before.
        in_pieces: whether `texts` are wanted; else the model is asked for its whole reply at once, unless
            somebody wants them already.
        purpose: of what is no question of a user: "test" measures the winner, as a gate does; "task" is for
            a chat program's own use, such as a title, and is answered by the model alone. The winner that is
            named answers it, whatever share another one has; it is answered anew, no user gets that answer,
            and it is written down under this role.

        Raises ServiceError and InputError, before the block, for what cannot be asked.
        """
        hashed, request_id = self.hash_user(user), f"{prefix}-{secrets.token_hex(12)}"
        who = "" if purpose else hashed or request_id
        winner, running, asked, role = self._prepare(model, who, question, history, filter)
        answering = Answering(running, winner.model_id, asked, request_id, hashed)
        answering.role = purpose or role
        key = _key(running, asked) if self._shares and not (fresh or purpose) else None
        kept = None if key is None else self._shared.find(key)
        if kept is not None:
            answering.take(kept)
        else:
            make = self._complete if purpose == "task" else self._make
            work = partial(make, running, asked, _new_repeat() if key is None else 0, in_pieces)
            answering.shared, answering.is_cached = self._shared.join(key, work)
        state: RequestState = "cancelled"
        failure: Exception | None = None
        self.under_way += 1
        try:
            yield answering
            await answering.result()
            state = "ok"
        except Exception as error:
            state, failure = "failed", error
            logger.warning("%s was not answered: %s", answering.id, error)
            raise
        finally:
            self.under_way -= 1
            if answering.shared is not None:
                self._shared.leave(key, answering.shared)
            # Not before the reply: what is written down of it is worked out once it is on its way.
            asyncio.get_running_loop().call_soon(self._write_down, answering, state, failure)

    async def _make(
        self, running: Running, asked: AskedQuestion, repeat: int, in_pieces: bool, on_text: OnText
    ) -> Unscored:
        return await running.loaded.pipeline.answer_unscored(
            asked, self.asker, repeat=repeat, on_text=on_text if in_pieces else None
        )

    async def _complete(
        self, running: Running, asked: AskedQuestion, repeat: int, in_pieces: bool, on_text: OnText
    ) -> Unscored:
        return await running.loaded.pipeline.complete(
            asked.text, self.asker, repeat=repeat, on_text=on_text if in_pieces else None
        )

    def _write_down(self, answering: Answering, state: RequestState, failure: Exception | None) -> None:
        request = answering.to_request(state, failure)
        self._observe(request)
        self._log.add(request)
        self._shadow(answering.asked, request)

    async def retrieve(
        self,
        question: str,
        *,
        model: str | None = None,
        history: Turns = (),
        filter: Mapping[str, Any] | None = None,
    ) -> tuple[Running, list[Passage]]:
        """The passages that the model would be given, best first, and what found them. Raises as `ask`."""
        _, running, asked, _ = self._prepare(model, "", question, history, filter)
        hits = await running.loaded.pipeline.retrieve(asked, self.asker)
        return running, [Passage.of(hit) for hit in hits]


def _key(running: Running, asked: AskedQuestion) -> str:
    """Equal for questions that get an equal answer. A prompt may name the day."""
    today = datetime.now(UTC).date().isoformat()
    turns = [[turn.role, turn.text] for turn in asked.history]
    return fingerprint(
        "served answer", running.service.id, running.corpus_version, today, asked.text, turns, asked.filter
    )


def _new_repeat() -> int:
    """A number that no stored reply has."""
    return time.time_ns() // 1_000
