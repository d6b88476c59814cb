"""A winner as LlamaIndex's parts: a retriever and a query engine, for programs that are built on them.
Knows nothing about how a winner retrieves or answers. Imported only when it is asked for: it is slow."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import RESPONSE_TYPE, Response
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from workbench.fingerprint import fingerprint
from workbench.pipeline.passages import Passage
from workbench.ship.load import WinnerAnswer


def to_nodes(passages: Sequence[Passage]) -> list[NodeWithScore]:
    """Ids are made of the passage's place and text, so the same passage is the same node in every run."""
    return [
        NodeWithScore(
            node=TextNode(
                id_=fingerprint(p.document, p.start, p.end, p.text),
                text=p.text,
                metadata={"document": p.document, "page": p.page, "start": p.start, "end": p.end}
                | ({"header": p.header} if p.header else {}),
                start_char_idx=p.start,
                end_char_idx=p.end,
            ),
            score=p.score,
        )
        for p in passages
    ]


class WinnerRetriever(BaseRetriever):  # type: ignore[misc]
    """retrieve: a question's passages, best first, as many as the winner gives its model."""

    def __init__(self, retrieve: Callable[[str], Sequence[Passage]]) -> None:
        self._passages_of = retrieve
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return to_nodes(self._passages_of(query_bundle.query_str))


class WinnerQueryEngine(BaseQueryEngine):  # type: ignore[misc]
    """Asks the winner as it is: its own prompt, retrieval and model. The response's metadata holds the
    grounding, tokens, cost and seconds of the answer."""

    def __init__(self, answer: Callable[[str], WinnerAnswer]) -> None:
        self._answer = answer
        super().__init__(callback_manager=None)

    def _query(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        answer = self._answer(query_bundle.query_str)
        metadata = {
            "tokens": answer.tokens,
            "cost_usd": answer.cost_usd,
            "seconds": answer.seconds,
            **answer.scores,
        }
        return Response(answer.answer, source_nodes=to_nodes(answer.passages), metadata=metadata)

    async def _aquery(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        import asyncio

        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}
