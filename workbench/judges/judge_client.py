"""Asks a judge for structured replies: by JSON schema, in JSON mode or as plain text, as its server allows.
Knows nothing about metrics: a prompt and a pydantic model go in, an instance of that model comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from pydantic import BaseModel

from workbench.calls.clients import model_key
from workbench.fingerprint import canonical_json
from workbench.pipeline.asker import Kind
from workbench.pipeline.chat_request import build_request, call_key
from workbench.providers.types import ChatRequest, Message
from workbench.scoring.judge_replies import UnusableReply, correction, read_reply, schema_of, statements_in
from workbench.scoring.judged import as_judge
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.store.ledger import find_calls, get_call_statistics
from workbench.store.records import CallRecord

Shape = TypeVar("Shape", bound=BaseModel)

# The response formats to request, best first. Every prompt also contains the schema as text.
# "counted" is the schema with the number of verdicts in it, which not every server accepts.
FORMATS = ("counted", "json_schema", "json_object", "plain")
# How long other requests wait while one finds out which format the server accepts.
FORMAT_WAIT_SECONDS = 5.0
MAX_ATTEMPTS = 3
# How many characters of an unusable reply are sent back with the correction.
MAX_REPEATED_CHARACTERS = 2_000


class JudgeFailed(Exception):
    """The judge gave no usable reply."""

    def __init__(self, reason: str, attempts: int, *, error_kind: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.attempts = attempts
        """How many times the judge was asked for this reply."""
        self.error_kind = error_kind
        """One of ProviderError.KINDS where the call failed; None where there was a reply."""


@dataclass
class CallTally:
    """The calls behind one score, with their time and cost."""

    calls: int = 0
    """All calls, stored ones included."""

    new_calls: int = 0
    """The calls that were not stored yet."""

    seconds: float = 0.0
    """The sum of the calls' durations."""

    cost_usd: float | None = 0.0
    """The sum of the calls' costs in dollars; None when one of them has no price."""

    flags: dict[str, None] = field(default_factory=dict)
    """The flags of all calls, as an ordered set."""

    def add(self, record: CallRecord, *, stored: bool) -> None:
        """Count one call. stored: whether it was answered from the store."""
        self.calls += 1
        self.new_calls += not stored
        self.seconds += record.seconds
        self.flags.update(dict.fromkeys(record.flags))
        if record.outcome == "ok":
            priced = self.cost_usd is not None and record.cost_usd is not None
            self.cost_usd = (self.cost_usd or 0.0) + (record.cost_usd or 0.0) if priced else None


class Calls(Protocol):
    """Makes calls to models, as Caller does."""

    async def call(
        self,
        model: Model,
        request: ChatRequest,
        *,
        kind: str,
        repeat: int = 0,
        stored_calls: dict[str, CallRecord] | None = None,
    ) -> tuple[CallRecord, bool]:
        """The call's record, and whether it was stored or under way already."""
        ...


class StoredCalls:
    """Makes no call: it gives the stored ones, and raises NotAsked for any other."""

    async def call(
        self,
        model: Model,
        request: ChatRequest,
        *,
        kind: str,
        repeat: int = 0,
        stored_calls: dict[str, CallRecord] | None = None,
    ) -> tuple[CallRecord, bool]:
        record = (stored_calls or {}).get(call_key(model, request, repeat, kind))
        if record is None:
            raise NotAsked
        return record, True


class NotAsked(Exception):
    """The model was not asked this before."""


class JudgeClient:
    """Asks one judge, or a model that drafts questions: whoever is to reply in a given shape.

    The first call finds out which response format the server accepts; others wait.

    kind: what the calls are for, in the ledger.
    correct: makes the message that follows a reply which cannot be used, from what is wrong with it.
    """

    def __init__(
        self,
        caller: Calls,
        store: Store,
        judge: Model,
        *,
        kind: Kind = "judge",
        correct: Callable[[str], str] = correction,
    ) -> None:
        self.model = as_judge(judge)
        self._kind = kind
        self._correct = correct
        self._caller = caller
        self._store = store
        # The accepted format of each shape, by the shape's name, as an index into FORMATS.
        self._accepted: dict[str, int] = {}
        # Set when the call that tries the formats has finished; by shape, "" for the first of all.
        self._trying: dict[str, asyncio.Event] = {}
        self._asked_before: bool | None = None

    async def ask(
        self,
        prompt: str,
        shape: type[Shape],
        tally: CallTally,
        *,
        sample: int = 0,
        check: Callable[[Shape], None] | None = None,
    ) -> Shape:
        """Return the judge's reply. An unusable reply is asked for again with a correction, at most twice.

        prompt: the text of the user message.
        shape: the pydantic model of the reply.
        tally: counts the calls that were needed.
        sample: the number of this sample, so that equal prompts get replies of their own.
        check: a further check of the reply, which raises UnusableReply.
        Raises JudgeFailed when no reply is usable, and what Caller.call raises.
        """
        messages = [Message("user", prompt)]
        problem = ""
        for attempt in range(MAX_ATTEMPTS):
            record, stored = await self._call(tuple(messages), shape, sample * MAX_ATTEMPTS + attempt)
            tally.add(record, stored=stored)
            if record.outcome != "ok":
                raise JudgeFailed(
                    f"{self.model.name} could not be asked: {record.error}",
                    attempt + record.attempts,
                    error_kind=record.error_kind or "rejected",
                )
            try:
                reply = read_reply(record.text, shape, prompt)
                if check is not None:
                    check(reply)
                return reply
            except UnusableReply as unusable:
                problem = str(unusable)
            if "cut_at_max_tokens" in record.flags:  # the same limit would cut the next reply, too
                problem = f"its reply was cut at max_tokens ({self.model.max_tokens}): raise it on the judge"
                raise JudgeFailed(f"{self.model.name}: {problem}.", attempt + 1)
            messages += [
                Message("assistant", record.text[:MAX_REPEATED_CHARACTERS]),
                Message("user", self._correct(problem)),
            ]
        raise JudgeFailed(f"{self.model.name}, asked {MAX_ATTEMPTS} times: {problem}.", MAX_ATTEMPTS)

    async def _call(
        self, messages: tuple[Message, ...], shape: type[BaseModel], repeat: int
    ) -> tuple[CallRecord, bool]:
        """Return the call's record and whether it was stored.

        A stored reply is used whatever its format: a server that accepts other formats than it did then is
        no reason to pay again.
        """
        requests = _requests(self.model, messages, shape)
        if await self._was_asked_before():
            keys = [call_key(self.model, request, repeat, self._kind) for request in requests]
            stored_calls = await asyncio.to_thread(find_calls, self._store, keys)
            for request, key in zip(requests, keys, strict=True):
                if key in stored_calls:
                    return await self._caller.call(
                        self.model, request, kind=self._kind, repeat=repeat, stored_calls=stored_calls
                    )
        while (name := shape.__name__) not in self._accepted:
            gate = name if self._accepted else ""  # the first call finds out for every shape
            if gate not in self._trying:
                self._trying[gate] = asyncio.Event()
                try:
                    return await self._try_formats(requests, name, repeat)
                finally:
                    self._trying.pop(gate).set()
            try:
                async with asyncio.timeout(FORMAT_WAIT_SECONDS):
                    await self._trying[gate].wait()
            except TimeoutError:  # a server refuses quickly, so a slow first call is no reason to wait on
                return await self._try_formats(requests, name, repeat)
        request = requests[self._accepted[name]]
        return await self._caller.call(self.model, request, kind=self._kind, repeat=repeat)

    async def _was_asked_before(self) -> bool:
        """Whether earlier runs asked this judge anything; otherwise there are no stored calls to look up."""
        if self._asked_before is None:
            statistics = await asyncio.to_thread(
                get_call_statistics, self._store, self._kind, model_key(self.model)
            )
            if self._asked_before is None:
                self._asked_before = statistics.calls > 0
        return self._asked_before

    async def _try_formats(
        self, requests: list[ChatRequest], shape: str, repeat: int
    ) -> tuple[CallRecord, bool]:
        """Call with the best format that the server accepts, and remember that format.

        When the server rejects plain text too, the request itself is wrong, and nothing is remembered.
        """
        record, stored = None, False
        first = max(self._accepted.values(), default=0)
        for index, request in list(enumerate(requests))[first:]:
            if index > first and request == requests[index - 1]:
                continue  # a shape without a count: its schema was refused already
            record, stored = await self._caller.call(self.model, request, kind=self._kind, repeat=repeat)
            if record.outcome == "ok":
                self._accepted[shape] = index
            if record.outcome == "ok" or record.error_kind != "rejected":
                break
        assert record is not None
        return record, stored


def _requests(model: Model, messages: tuple[Message, ...], shape: type[BaseModel]) -> list[ChatRequest]:
    """The request in each of FORMATS."""
    plain = build_request(model, messages)
    statements = statements_in(messages[0].content)

    def with_schema(statements: int | None) -> ChatRequest:
        schema = {"name": shape.__name__, "strict": True, "schema": schema_of(shape, statements)}
        return replace(plain, response_format=canonical_json({"type": "json_schema", "json_schema": schema}))

    in_json = replace(plain, response_format=canonical_json({"type": "json_object"}))
    return [with_schema(statements), with_schema(None), in_json, plain]
