"""Has a model write a sentence or two for each chunk that say what it is about in its document.
Knows nothing about models: the context model is called through the context.

Contextual retrieval: Anthropic 2024, https://www.anthropic.com/news/contextual-retrieval.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Sequence
from itertools import takewhile

from workbench.corpus.readers.extracted_text import clean
from workbench.corpus.types import Document
from workbench.errors import ProviderError
from workbench.pipeline.concurrency import gather_all
from workbench.pipeline.stage_context import ContextWriting
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.pipeline.types import Chunk
from workbench.providers.types import Message
from workbench.text import split_sentences

DOCUMENT_TOKENS = 8_000
FEWEST_TOKENS = 200
"""With less of the document than this, a model knows no more than the chunk says."""
LONGEST_CONTEXT = 600
"""Characters of a reply that are kept: whole sentences, where the first one is not longer."""

INSTRUCTION = (
    "Write one or two short sentences that say where this passage stands in the document and what it is "
    "about: name the product, the organisation, the place or the time that the passage itself leaves out. "
    "They are put before the passage so that a search finds it. Use the document's language. Do not repeat "
    "what the passage says. Reply with these sentences alone."
)


def context_messages(title: str, text: str, chunk: Chunk) -> tuple[Message, ...]:
    """The request for one chunk's context. The document comes first, so that servers that keep the
    beginnings of prompts read it once.

    text: the document, or as much of it around the chunk as fits.
    """
    parts = (
        f"<document>\nTitle: {title}\n\n{text}\n</document>",
        f"This is a passage of that document:\n<passage>\n{chunk.shown}\n</passage>",
        INSTRUCTION,
    )
    return (Message("user", "\n\n".join(parts)),)


def cut_around(document: Document, chunk: Chunk, tokens: TokenOffsets, most: int) -> str:
    """The document's text, or where it is longer than `most` tokens so much of it around the chunk."""
    total = len(tokens.starts)
    if total <= most:
        return document.text
    first, last = bisect_left(tokens.starts, chunk.start), bisect_left(tokens.starts, chunk.end)
    begin = max(0, min(first - (most - (last - first)) // 2, total - most))
    return document.text[tokens.starts[begin] : tokens.ends[begin + most - 1]]


def read_context(reply: str) -> str:
    """What is kept of a reply: on one line, its first sentences up to LONGEST_CONTEXT characters.

    Raises ProviderError (kind "empty") for a reply without text.
    """
    line = " ".join(clean(reply).split())
    if not line:
        raise ProviderError("The context model's reply is empty.", kind="empty")
    ends = [span.end for span in split_sentences(line)]
    fitting = list(takewhile(lambda end: end <= LONGEST_CONTEXT, ends))
    return line[: fitting[-1] if fitting else LONGEST_CONTEXT].strip()


async def context_written(
    document: Document,
    chunks: Sequence[Chunk],
    context: ContextWriting,
    *,
    document_tokens: int = DOCUMENT_TOKENS,
) -> list[str | ProviderError]:
    """For each chunk what the context model writes, or why it wrote nothing. One call per chunk.

    document_tokens: the most tokens of the document that one call holds, counted with the embedded tokenizer.
    """
    tokens = await asyncio.to_thread(TokenOffsets.of, document.text)

    async def write_one(chunk: Chunk) -> str | ProviderError:
        most = min(document_tokens, context.most_tokens(chunk))
        try:
            return read_context(await _ask(document, chunk, tokens, most, context))
        except ProviderError as error:
            return error

    return await gather_all([write_one(chunk) for chunk in chunks])


async def _ask(
    document: Document, chunk: Chunk, tokens: TokenOffsets, most: int, context: ContextWriting
) -> str:
    """The reply. Less of the document is sent when the server refuses the request as too long."""
    most = min(most, len(tokens.starts))
    while True:
        while context.refused_tokens is not None and most >= context.refused_tokens:
            most //= 2
        text = cut_around(document, chunk, tokens, max(chunk.tokens, most))
        try:
            return await context.ask(context_messages(document.title, text, chunk))
        except ProviderError as error:
            if error.kind != "context" or most <= FEWEST_TOKENS:
                raise
            context.refused_tokens = min(most, context.refused_tokens or most)
