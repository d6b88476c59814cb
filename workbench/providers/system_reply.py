"""Reads what a system replied (answer, passages, tokens, cost) out of its JSON, by the paths of its map.
Knows nothing about how the JSON came: over HTTP, or from a Python function."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from workbench.errors import ProviderError
from workbench.input.json_path import JsonPath, NotThere, describe
from workbench.providers.chat_completion import MOST_CHARACTERS
from workbench.providers.failures import redact
from workbench.providers.reported_usage import read_count
from workbench.providers.token_counts import count
from workbench.providers.types import ChatReply, ChatRequest, Usage
from workbench.replies.repetition import repeats_itself
from workbench.replies.system_passages import SystemPassage, limit_passages, read_passage
from workbench.replies.thinking import SplitReply, split_reply
from workbench.replies.untrusted import storable
from workbench.space.system import ReplyMap, System

# A reply's names for its tokens: ours, then those of the chat protocol.
INPUT, OUTPUT = ("input", "input_tokens", "prompt_tokens"), ("output", "output_tokens", "completion_tokens")
MOST_USD = 10_000.0
"""No answer costs so much: a larger number is no cost, and must spend no budget."""
NO_PASSAGES = "no_passages"


def read_reply(
    raw: Any, system: System, request: ChatRequest, seconds: float, keys: Sequence[str] = ()
) -> ChatReply:
    """The reply that a system's JSON holds.

    seconds: how long it took.
    keys: what must not be shown, in a message neither.

    Raises ProviderError (kind "nonsense") where the map leads nowhere or to a value of another type, and
    (kind "empty") for an answer without text.
    """
    raw, paths = storable(raw), system.map
    answer = _read(raw, paths.answer, "answer", system, keys)
    if not isinstance(answer, str):
        raise _unusable(system, f"its answer, at {paths.answer}, is {describe(answer)}, not a text")
    if len(answer) > MOST_CHARACTERS:
        raise _unusable(system, f"its answer is longer than {MOST_CHARACTERS:,} characters")
    split = split_reply(answer)
    passages, flags = _read_passages(raw, system, keys)
    usage = _read_usage(JsonPath.parse(paths.usage).find(raw), request, split, passages)
    if usage.estimated:
        flags = (*flags, "usage_estimated")
    if not split.answer.strip():
        raise ProviderError(
            f"{system.name} gave an empty answer.", kind="empty", retryable=True, billed=usage,
            seconds=seconds, flags=(*flags, "empty"),
        )  # fmt: skip
    if repeats_itself(split.answer):
        flags = (*flags, "repeats_itself")
    return ChatReply(
        text=split.answer,
        thinking=split.thinking,
        usage=usage,
        seconds=seconds,
        compute_seconds=seconds,
        flags=flags,
        passages=passages,
        cost_usd=_read_cost(JsonPath.parse(paths.cost_usd).find(raw)),
    )


def _read(raw: Any, path: str, what: str, system: System, keys: Sequence[str]) -> Any:
    try:
        return JsonPath.parse(path).read(raw)
    except NotThere as error:
        words = str(error)
        for key in keys:
            words = redact(words, key)
        raise _unusable(system, f"its reply has no {what} at {path}: {words}") from None


def _unusable(system: System, what: str) -> ProviderError:
    return ProviderError(
        f"{system.name} cannot be used: {what}.",
        kind="nonsense",
        hint="Correct `map` in the experiment file: it says where the reply has what.",
    )


def _read_passages(
    raw: Any, system: System, keys: Sequence[str]
) -> tuple[tuple[SystemPassage, ...], tuple[str, ...]]:
    """(passages, flags). A system need not give any, unless its map says where they are."""
    paths = system.map
    path = JsonPath.parse(paths.passages)
    is_said = paths.passages != ReplyMap().passages
    listed = _read(raw, paths.passages, "passages", system, keys) if is_said else path.find(raw)
    if listed is None:
        return (), (NO_PASSAGES,)
    if not isinstance(listed, list):
        raise _unusable(system, f"its passages, at {paths.passages}, are {describe(listed)}, not a list")
    read = _PassageReader(paths)
    passages, flags = limit_passages(read.passage(item) for item in listed)
    if listed and not passages:
        what = describe(listed[0])
        raise _unusable(system, f"its passages have no text at {paths.text}: the first is {what}")
    return passages, flags if passages else (*flags, NO_PASSAGES)


class _PassageReader:
    """Reads passages by the paths of one map."""

    def __init__(self, paths: ReplyMap) -> None:
        names = ("text", "document", "start", "end", "score")
        self._paths = [JsonPath.parse(getattr(paths, name)) for name in names]

    def passage(self, item: Any) -> SystemPassage | None:
        """A passage that is an object, or a text alone."""
        if isinstance(item, str):
            return read_passage(item)
        return read_passage(*(path.find(item) for path in self._paths))


def _read_usage(
    given: Any, request: ChatRequest, reply: SplitReply, passages: Sequence[SystemPassage]
) -> Usage:
    """As reported, else counted here: the question and the passages as input, which a model of the system has
    probably read, and the answer as output."""
    report = given if isinstance(given, dict) else {}
    read, written = (
        next((n for name in names if (n := read_count(report.get(name))) is not None), None)
        for names in (INPUT, OUTPUT)
    )
    if read is not None and written is not None:
        return Usage(input=read, output=written)
    texts = [*(m.content for m in request.messages), *(p.text for p in passages)]
    return Usage(
        input=sum(map(count, texts)) if read is None else read,
        output=count(reply.answer) if written is None else written,
        estimated=True,
    )


def _read_cost(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= MOST_USD else None
