"""Has a model rewrite a follow-up question so that it stands alone (query rewriting, "condense question").
Knows nothing about models: the query model is called through the context."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.corpus.types import Turn
from workbench.errors import ProviderError
from workbench.pipeline.query_request import DECLINES, LONGEST_QUESTION, conversation
from workbench.pipeline.stage_context import TransformContext
from workbench.providers.types import Message

INSTRUCTION = (
    "Below is a conversation and the user's next question. Rewrite that question so that somebody who has "
    "not read the conversation understands it: replace words such as “it”, “there” or “and …?” by what they "
    "stand for. Keep its meaning and its language, and add nothing. If it can be understood on its own, "
    "repeat it as it is. Do not answer it. Reply with the rewritten question alone."
)
_LABEL = re.compile(
    r"^(?:the )?(?:(?:rewritten|standalone|stand-alone|next|new|final) )?(?:question|query)[ \t*_]*:[ \t*_]*",
    re.IGNORECASE,
)


def rewrite_messages(question: str, history: Sequence[Turn]) -> tuple[Message, ...]:
    """The request for a question that stands alone."""
    parts = (
        INSTRUCTION,
        conversation(history),
        f"Next question: {question}",
        "Rewritten question:",
    )
    return (Message("user", "\n\n".join(parts)),)


def read_rewritten(reply: str) -> str:
    """The question in a model's reply, without labels, quotation marks and remarks around it.

    Raises ProviderError (kind "nonsense") for a reply that refuses, is longer than a question is, or holds
    several texts of which none is the only question.
    """
    lines = [_LABEL.sub("", line.strip(" \t*_>#`")).strip(' \t*_`"“”„«»') for line in reply.splitlines()]
    texts = [line for line in lines if line and not line.endswith(":")]
    asking = [text for text in texts if text.endswith(("?", "？", "؟"))]
    chosen = texts if len(texts) == 1 else asking
    if len(chosen) != 1:
        raise ProviderError("The query model's reply is not a single question.", kind="nonsense")
    if len(chosen[0]) > LONGEST_QUESTION:
        raise ProviderError("The query model's reply is longer than a question is.", kind="nonsense")
    if not asking and DECLINES.match(chosen[0]):
        raise ProviderError("The query model did not rewrite the question.", kind="nonsense")
    return chosen[0]


async def transform_rewrite(question: str, context: TransformContext, *, turns: int = 6) -> str:
    """The question that stands alone. Raises ProviderError when the query model fails or replies nonsense."""
    return read_rewritten(await context.ask(rewrite_messages(question, context.history[-turns:])))
