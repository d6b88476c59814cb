"""Searches for the parts of a question that asks for several things, each by itself.
Knows nothing about models, nor how the rankings are combined."""

from __future__ import annotations

from workbench.corpus.types import History
from workbench.pipeline.query_list import read_queries, same
from workbench.pipeline.query_request import ask_about
from workbench.pipeline.stage_context import TransformContext
from workbench.providers.types import Message

# After self-ask (Press et al. 2022, arXiv 2210.03350) and least-to-most prompting (Zhou et al. 2022, arXiv
# 2205.10625), but with one call: all parts are searched for at once, without answering one before the next.
INSTRUCTION = (
    "Below is a question that is searched for in documents. If several things must be looked up to answer "
    "it, write a question for each of them, at most {parts}: each must be understood without the others, and "
    "ask for one thing. If it asks for one thing only, repeat it as it is. Keep its language, and do not "
    "answer it. Reply with the questions alone, one per line."
)


def decompose_messages(question: str, parts: int = 3, history: History = ()) -> tuple[Message, ...]:
    """The request for the parts of a question."""
    return ask_about(question, history, INSTRUCTION.replace("{parts}", str(parts)), "Questions")


async def transform_decompose(question: str, context: TransformContext, *, parts: int = 3) -> list[str]:
    """The parts of the question; the question alone where it has no parts, and of a follow-up question what
    it stands for. Raises ProviderError when the query model fails or replies nonsense."""
    reply = await context.ask(decompose_messages(question, parts, context.history))
    found = read_queries(reply, parts + 1, question)
    if len(found) > 1:  # some models repeat the question before its parts
        found = [text for text in found if same(text) != same(question)][:parts]
    return found if len(found) > 1 or context.history else [question]
