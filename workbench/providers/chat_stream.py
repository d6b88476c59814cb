"""Puts a streamed chat completion together from its pieces.
Knows nothing about requests: pieces come in, and what an unstreamed request would have brought goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.providers.chat_message import MessageReader
from workbench.providers.types import OnText

if TYPE_CHECKING:
    from openai import AsyncStream
    from openai.types.chat import ChatCompletionChunk


async def read_stream(stream: AsyncStream[ChatCompletionChunk], on_text: OnText) -> dict[str, Any]:
    """The completion; {} when no event came. Usage comes with the last piece."""
    message = MessageReader()
    raw: dict[str, Any] = {}
    finish: str | None = None
    async for chunk in stream:
        raw["model"] = chunk.model
        if chunk.usage is not None:
            raw["usage"] = chunk.usage.model_dump(exclude_none=True)
        for choice in chunk.choices[:1]:
            finish = choice.finish_reason or finish
            if message.add({"content": choice.delta.content, **(choice.delta.model_extra or {})}):
                on_text(message.split(finished=False))
    parts = {"content": message.raw_text, "reasoning_content": message.raw_thinking}
    return raw and raw | {"choices": [{"message": parts, "finish_reason": finish}]}
