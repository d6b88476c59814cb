"""Asks one judge for replies of a certain shape: by schema, in JSON mode or plainly, as its server can.
Knows nothing about metrics: a prompt and a shape go in, a reply in that shape comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pydantic import BaseModel

from workbench.calls.caller import Caller
from workbench.calls.clients import model_key
from workbench.fingerprint import canonical_json
from workbench.pipeline.chat_request import build_request, call_key
from workbench.providers.types import ChatRequest, Message
from workbench.scoring.judge_replies import Unusable, correction, read_reply, schema_of
from workbench.scoring.judged import as_judge
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.store.ledger import find_calls, get_call_statistics
from workbench.store.records import CallRecord

Shape = TypeVar("Shape", bound=BaseModel)

KIND = "judge"
# How a reply's shape is asked for, best first. The prompts hold the schema in words, too.
FORMATS = ("json_schema", "json_object", "plain")
SETTLE_SECONDS = 5.0
MOST_ATTEMPTS = 3
LONGEST_REPEATED = 2_000


class JudgeFailed(Exception):
    """The judge gave nothing to score by. attempts: how often it was asked for this reply."""

    def __init__(self, reason: str, attempts: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.attempts = attempts


@dataclass
class Tally:
    """What the replies behind one score took. cost_usd: None when one of them has no price."""

    calls: int = 0
    made: int = 0
    seconds: float = 0.0
    cost_usd: float | None = 0.0
    flags: dict[str, None] = field(default_factory=dict)

    def add(self, record: CallRecord, *, stored: bool) -> None:
        self.calls += 1
        self.made += not stored
        self.seconds += record.seconds
        self.flags.update(dict.fromkeys(record.flags))
        if record.outcome == "ok":
            known = self.cost_usd is not None and record.cost_usd is not None
            self.cost_usd = (self.cost_usd or 0.0) + (record.cost_usd or 0.0) if known else None


class Asking:
    """One judge. What its server refuses is found out once, by one call, while others wait a little."""

    def __init__(self, caller: Caller, store: Store, judge: Model) -> None:
        self.model = as_judge(judge)
        self._caller = caller
        self._store = store
        self._settled: dict[str, int] = {}
        self._trying: dict[str, asyncio.Event] = {}
        self._past: bool | None = None

    async def ask(
        self,
        prompt: str,
        shape: type[Shape],
        tally: Tally,
        *,
        sample: int = 0,
        check: Callable[[Shape], None] | None = None,
    ) -> Shape:
        """The reply. One that is no use is asked for again, with what is wrong, at most twice.

        check: raises Unusable.  sample: tells apart equal prompts that are to be answered anew.
        Raises JudgeFailed, and what Caller.call raises.
        """
        messages = [Message("user", prompt)]
        problem = ""
        for attempt in range(MOST_ATTEMPTS):
            record, stored = await self._call(tuple(messages), shape, sample * MOST_ATTEMPTS + attempt)
            tally.add(record, stored=stored)
            if record.outcome != "ok":
                raise JudgeFailed(
                    f"{self.model.name} could not be asked: {record.error}", attempt + record.attempts
                )
            try:
                reply = read_reply(record.text, shape, prompt)
                if check is not None:
                    check(reply)
                return reply
            except Unusable as unusable:
                problem = str(unusable)
            if "cut_at_max_tokens" in record.flags:  # by the same limit again, were it asked again
                problem = f"its reply was cut at max_tokens ({self.model.max_tokens}): raise it on the judge"
                raise JudgeFailed(f"{self.model.name}: {problem}.", attempt + 1)
            messages += [
                Message("assistant", record.text[:LONGEST_REPEATED]),
                Message("user", correction(problem)),
            ]
        raise JudgeFailed(f"{self.model.name}, asked {MOST_ATTEMPTS} times: {problem}.", MOST_ATTEMPTS)

    def _request(self, messages: tuple[Message, ...], shape: type[BaseModel], way: int) -> ChatRequest:
        request = build_request(self.model, messages)
        if FORMATS[way] == "plain":
            return request
        wanted: dict[str, object] = {"type": FORMATS[way]}
        if FORMATS[way] == "json_schema":
            wanted["json_schema"] = {"name": shape.__name__, "strict": True, "schema": schema_of(shape)}
        return replace(request, response_format=canonical_json(wanted))

    async def _call(
        self, messages: tuple[Message, ...], shape: type[BaseModel], repeat: int
    ) -> tuple[CallRecord, bool]:
        """A reply that is stored, in whichever way it was asked for, is taken: a server that learned or
        forgot schemas is no reason to pay again."""
        requests = [self._request(messages, shape, way) for way in range(len(FORMATS))]
        if await self._was_asked_before():
            keys = [call_key(self.model, request, repeat, KIND) for request in requests]
            known = await asyncio.to_thread(find_calls, self._store, keys)
            for request, key in zip(requests, keys, strict=True):
                if key in known:
                    return await self._caller.call(
                        self.model, request, kind=KIND, repeat=repeat, stored_calls=known
                    )
        while (name := shape.__name__) not in self._settled:
            gate = name if self._settled else ""  # the first of all finds out for every shape
            if gate not in self._trying:
                self._trying[gate] = asyncio.Event()
                try:
                    return await self._settle(requests, name, repeat)
                finally:
                    self._trying.pop(gate).set()
            try:
                async with asyncio.timeout(SETTLE_SECONDS):
                    await self._trying[gate].wait()
            except TimeoutError:  # a refusal is quick; what takes longer is no reason to stand in line
                return await self._settle(requests, name, repeat)
        request = requests[self._settled[name]]
        return await self._caller.call(self.model, request, kind=KIND, repeat=repeat)

    async def _was_asked_before(self) -> bool:
        """Whether runs before this one asked this judge anything; else there is nothing to look up."""
        if self._past is None:
            past = await asyncio.to_thread(get_call_statistics, self._store, KIND, model_key(self.model))
            if self._past is None:
                self._past = past.calls > 0
        return self._past

    async def _settle(self, requests: list[ChatRequest], shape: str, repeat: int) -> tuple[CallRecord, bool]:
        """The best way the server takes. When it rejects the plain one too, it is the request that is
        wrong, and nothing is learned."""
        record, stored = None, False
        for way in range(max(self._settled.values(), default=0), len(FORMATS)):
            record, stored = await self._caller.call(self.model, requests[way], kind=KIND, repeat=repeat)
            if record.outcome == "ok":
                self._settled[shape] = way
            if record.outcome == "ok" or record.error_kind != "rejected":
                break
        assert record is not None
        return record, stored
