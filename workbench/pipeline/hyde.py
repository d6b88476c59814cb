"""HyDE (hypothetical document embeddings): searches for the question together with a drafted answer.
Knows nothing about models: the query model is called through the context."""

from __future__ import annotations

from workbench.corpus.types import History
from workbench.pipeline.prompt_rendering import history_messages
from workbench.pipeline.stage_context import TransformContext
from workbench.providers.types import Message

HYDE_TEMPLATE = (
    "Write a short passage, as it could stand in the company's documents, that answers this question. "
    "If you do not know, make up a plausible one: it is only used to search for the real passage.\n\n"
    "Question: {question}\n\nPassage:"
)


def hyde_messages(question: str, history: History = ()) -> tuple[Message, ...]:
    """The request for a draft: Gao et al. 2022, arXiv 2212.10496. Earlier turns come before it."""
    return (*history_messages(history), Message("user", HYDE_TEMPLATE.replace("{question}", question)))


def hyde_query(question: str, draft: str) -> str:
    """The question followed by the draft: the draft alone would lose rare words of the question, which
    keyword search needs."""
    return f"{question}\n{draft}".strip()


async def transform_hyde(question: str, context: TransformContext) -> str:
    """The text to search for. Raises ProviderError when the query model fails."""
    return hyde_query(question, await context.ask(hyde_messages(question, context.history)))
