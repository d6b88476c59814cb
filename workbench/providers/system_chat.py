"""Asks a chat endpoint that retrieves by itself; the passages are read from its citations.
Knows nothing about retries, limits or money: one request, one reply or one ProviderError."""

from __future__ import annotations

from dataclasses import replace

from workbench.providers.openai_compatible import OpenAIChat
from workbench.providers.system_reply import NO_PASSAGES
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.providers.types import ChatReply, ChatRequest, OnText
from workbench.replies.system_passages import limit_passages
from workbench.space.system import SystemModel

# Tokens that differ from ours are to be expected: the endpoint has read passages that it was not sent.
EXPECTED = "usage_disagrees"


class ChatSystem:
    """One chat endpoint. Its reply comes as a whole: pieces of a stream cite in too many ways."""

    def __init__(self, model: SystemModel, trust: Trust = ONLY_WELL_KNOWN) -> None:
        self._chat = OpenAIChat(model, trust)

    @property
    def identity(self) -> str:
        return self._chat.identity

    async def complete(self, request: ChatRequest, *, on_text: OnText | None = None) -> ChatReply:
        reply = await self._chat.complete(request)
        passages, flags = limit_passages(reply.passages)
        kept = tuple(flag for flag in reply.flags if flag != EXPECTED)
        return replace(reply, passages=passages, flags=(*kept, *flags, *(() if passages else (NO_PASSAGES,))))

    async def close(self) -> None:
        await self._chat.close()
