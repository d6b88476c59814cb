"""Searches for the question and a more general one (step-back prompting: Zheng et al. 2023, 2310.06117).
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
    "Below is a question that is searched for in documents. Step back from it: write one more general "
    "question, about the rule, the product or the subject behind it, whose answer holds what is needed to "
    "answer this one. Keep its language. Do not answer it. Reply with the more general question alone."
)


def step_back_messages(question: str, history: History = ()) -> tuple[Message, ...]:
    """The request for a more general question."""
    return ask_about(question, history, INSTRUCTION, "More general question")


async def transform_step_back(question: str, context: TransformContext) -> list[str]:
    """The question, then the more general one. Raises ProviderError when the query model fails, or replies
    nothing but the question itself or nonsense."""
    reply = await context.ask(step_back_messages(question, context.history))
    general = [text for text in read_queries(reply, 2, question) if same(text) != same(question)]
    if not general:
        raise ProviderError("The query model repeated the question.", kind="nonsense")
    return [own_text(question, context.history), general[0]]
