"""HyDE: searches for the question beside an answer that a model drafted (hypothetical document embeddings).
Knows nothing about models: the query model is asked through the context."""

from __future__ import annotations

from workbench.pipeline.stage_context import TransformContext
from workbench.providers.types import Message

HYDE_TEMPLATE = (
    "Write a short passage, as it could stand in the company's documents, that answers this question. "
    "If you do not know, make up a plausible one: it is only used to search for the real passage.\n\n"
    "Question: {question}\n\nPassage:"
)


def hyde_messages(question: str) -> tuple[Message, ...]:
    """The request for a draft: Gao et al. 2022, arXiv 2212.10496."""
    return (Message("user", HYDE_TEMPLATE.replace("{question}", question)),)


def hyde_query(question: str, draft: str) -> str:
    """The draft beside the question: alone it would lose the question's own rare words, which keyword
    search needs."""
    return f"{question}\n{draft}".strip()


async def transform_hyde(question: str, context: TransformContext) -> str:
    return hyde_query(question, await context.ask(hyde_messages(question)))
