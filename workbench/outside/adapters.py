"""Our models as LlamaIndex's: what its parts are given where they take an `llm` or an `embed_model`.
Knows nothing about who answers: that is passed in. Imported only when it is needed: it is slow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback

from workbench.errors import ExperimentError

Turn = tuple[str, str]
"""(role, text) of a message."""
Ask = Callable[[Sequence[Turn]], str]
Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
ROLES = ("system", "user", "assistant")


class AskedLLM(CustomLLM):  # type: ignore[misc]
    """A language model of LlamaIndex whose calls go through ours: into the ledger and under the cap."""

    _ask: Ask = PrivateAttr()

    def __init__(self, ask: Ask) -> None:
        super().__init__()
        self._ask = ask

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="workbench")

    @llm_completion_callback()  # type: ignore[untyped-decorator]
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text=self._ask([("user", prompt)]))

    @llm_completion_callback()  # type: ignore[untyped-decorator]
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        yield self.complete(prompt)

    @llm_chat_callback()  # type: ignore[untyped-decorator]
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        turns = [(_role(message), message.content or "") for message in messages]
        return ChatResponse(message=ChatMessage(role="assistant", content=self._ask(turns)))


def _role(message: ChatMessage) -> str:
    role = str(message.role.value)
    return role if role in ROLES else "user"


class GivenEmbedding(BaseEmbedding):  # type: ignore[misc]
    """An embedding model of LlamaIndex whose vectors come from ours."""

    _embed: Embed = PrivateAttr()

    def __init__(self, embed: Embed) -> None:
        super().__init__(model_name="workbench", embed_batch_size=64)
        self._embed = embed

    def _get_query_embedding(self, query: str) -> list[float]:
        return list(self._embed([query])[0])

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return list(self._embed([text])[0])

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [list(vector) for vector in self._embed(texts)]


class RefusingLLM(AskedLLM):
    """What a part gets that takes an `llm` where none is named: LlamaIndex's own default would ask OpenAI."""

    def __init__(self, name: str, remedy: str) -> None:
        def refuse(_: Sequence[Turn]) -> str:
            raise ExperimentError(f"{name} asks a language model, and none is named for it.", hint=remedy)

        super().__init__(refuse)
