"""Searches for the question and other wordings of it (multi-query, RAG-Fusion: Rackauckas 2024, 2402.03367).
Knows nothing about models, nor how the rankings are combined."""

from __future__ import annotations

from workbench.corpus.types import History
from workbench.errors import ProviderError
from workbench.pipeline.query_history import own_text
from workbench.pipeline.query_list import read_queries, same
from workbench.pipeline.query_request import ask_about
from workbench.pipeline.stage_context import TransformContext
from workbench.providers.types import Message

INSTRUCTION = (
    "Below is a question that is searched for in documents. Write {queries} other wordings of it, as the "
    "documents or other people might put it: use other words, and keep its meaning and its language. Do not "
    "answer it. Reply with the wordings alone, one per line."
)


def several_messages(question: str, queries: int = 3, history: History = ()) -> tuple[Message, ...]:
    """The request for other wordings."""
    return ask_about(question, history, INSTRUCTION.replace("{queries}", str(queries)), "Wordings")


async def transform_several(question: str, context: TransformContext, *, queries: int = 3) -> list[str]:
    """The question, then its other wordings. Raises ProviderError when the query model fails, or replies
    nothing but the question itself or nonsense."""
    reply = await context.ask(several_messages(question, queries, context.history))
    others = [text for text in read_queries(reply, queries + 1, question) if same(text) != same(question)]
    if not others:
        raise ProviderError("The query model repeated the question.", kind="nonsense")
    return [own_text(question, context.history), *others[:queries]]
