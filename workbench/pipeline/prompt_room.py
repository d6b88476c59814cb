"""Finds how long a model's prompt may be: its context, and how its tokens compare with those counted here.
Knows nothing about prompts: `prompt_rendering` cuts them to this room.

The embedded tokenizer counts up to a third fewer tokens than other models do, in Chinese about half. Where
that may matter, the model is sent a sample of the documents once, and the tokens that it reports are taken.
The call is stored like any other, so equal documents give the same room whenever they are asked about.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from workbench.corpus.types import Document, History
from workbench.errors import ProviderError
from workbench.pipeline.asker import Asker
from workbench.pipeline.chunking import LONGEST_HEADER
from workbench.pipeline.examples import NO_EXAMPLES, ExamplePool
from workbench.pipeline.prompt_rendering import (
    CONTEXT_MARGIN,
    DEFAULT_OUTPUT_TOKENS,
    WHOLE,
    PromptRoom,
    count_prompt_tokens,
    format_examples,
)
from workbench.pipeline.types import Chunk
from workbench.providers.types import ChatRequest, Message
from workbench.space.config import Config
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval

# The most tokens that a model's tokenizer was seen to make of one counted here (Chinese: 1.9), and some more.
MOST_TOKENS_PER_COUNTED = 2.5
# Beside the passages: the question, their titles, the markup of the chat.
QUESTION_TOKENS, TITLE_TOKENS = 300, 30
ANY_SIZE = 10**12  # tokens of passages whose splitter obeys no size
# While nothing is known. A third more in scripts with spaces (measured: up to 1.32), twice in others (1.86).
CAUTIOUS_RATIO, CAUTIOUS_RATIO_UNSPACED = 1.35, 2.0
# A sample: so many pieces of so many characters. It must fit the smallest window.
SAMPLE_PIECES, PIECE_CHARACTERS = 6, 240
SAMPLE_SHARE, MOST_SAMPLE_TOKENS = 0.125, 400
SAMPLE_REPLY_TOKENS = 16
# Ratios are rounded up to these steps, so that an edited document seldom changes what fits.
STEPS_PER_UNIT = 20


@dataclass(frozen=True)
class _Sample:
    """A text of which both the model and the embedded tokenizer say how many tokens it has."""

    text: str
    """Pieces of the documents."""
    tokens: int
    """Counted with the embedded tokenizer."""


class PromptRooms:
    """The room for prompts over one set of documents, found once per model. Not bound to an event loop."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = documents
        self._ratios: dict[str, float] = {}

    async def of(
        self, config: Config, asker: Asker, histories: Iterable[History] = (), pool: ExamplePool = NO_EXAMPLES
    ) -> PromptRoom:
        """The room for this configuration's prompts. Raises Stopped only.

        histories: the earlier turns of the questions that are asked.
        pool: what the prompts' examples are taken from.
        """
        said = ("\n".join(turn.text for turn in history) for history in histories)
        longest = max(said, key=len, default="")
        few = config.retrieval.examples if config.prompt.uses_examples else 0
        examples = format_examples(pool.longest(few))
        words = f"{config.prompt.system or ''}\n{config.prompt.template}{longest}{examples}"
        retrieval = config.retrieval
        headers = int(retrieval.chunk_tokens * LONGEST_HEADER)
        passages = retrieval.tokens_of_passages + retrieval.top_k * (TITLE_TOKENS + headers)
        if not retrieval.splitting.part.sized and retrieval.passage_tokens is None:
            passages = ANY_SIZE
        return await self._room(config.model, passages, words, asker)

    async def of_reranker(self, retrieval: Retrieval, asker: Asker) -> PromptRoom:
        """The room for the requests to this setting's rerank_model. Raises Stopped only."""
        assert retrieval.rerank_model is not None
        one = int(retrieval.chunk_tokens * (1 + LONGEST_HEADER)) + TITLE_TOKENS
        return await self._room(retrieval.rerank_model, retrieval.candidates_read * one, "", asker)

    async def for_contexts(self, retrieval: Retrieval, asker: Asker) -> Callable[[Chunk], int]:
        """How many tokens of a document, counted here, a request about a chunk to this setting's
        context_model has room for. Raises Stopped only."""
        model, chosen = retrieval.context_model, retrieval.situating
        most = chosen.part.tokens_read(chosen.settings)
        if model is None:
            return lambda chunk: most
        counted = most + int(retrieval.chunk_tokens * (1 + LONGEST_HEADER)) + TITLE_TOKENS
        room = await self._room(model, counted, "", asker)
        if room.window is None:
            return lambda chunk: most
        left = int(room.left(model.max_tokens) / room.ratio) - QUESTION_TOKENS - TITLE_TOKENS
        return lambda chunk: max(0, min(most, left - int(chunk.tokens * (1 + LONGEST_HEADER))))

    async def _room(self, model: Model, counted: int, words: str, asker: Asker) -> PromptRoom:
        """counted: the tokens of documents that one prompt holds at most, counted here."""
        window = await asker.context_window(model)
        if window is None or model.embedded:
            return PromptRoom(window)
        if await asyncio.to_thread(_surely_fits, model, words, counted, window):
            return WHOLE
        key = f"{model.base_url} {model.model} {model.revision}"
        if key not in self._ratios:
            self._ratios[key] = await self._find_ratio(model, window, asker)
        return PromptRoom(window, self._ratios[key])

    async def _find_ratio(self, model: Model, window: int, asker: Asker) -> float:
        """Tokens of the model per token counted here."""
        sample = await asyncio.to_thread(_draw_sample, self._documents, window)
        cautious = CAUTIOUS_RATIO if _is_spaced(sample.text) else CAUTIOUS_RATIO_UNSPACED
        request = ChatRequest(
            (Message("user", sample.text),),
            temperature=model.temperature,
            max_tokens=SAMPLE_REPLY_TOKENS
            if model.max_tokens is None
            else min(SAMPLE_REPLY_TOKENS, model.max_tokens),
        )
        try:
            reply = await asker.ask(model, request, kind="count_tokens")
        except ProviderError:
            return cautious
        if reply.usage.estimated or not sample.tokens or not reply.usage.input:
            return cautious
        return max(1.0, math.ceil(reply.usage.input / sample.tokens * STEPS_PER_UNIT) / STEPS_PER_UNIT)


def _surely_fits(model: Model, words: str, passages: int, window: int) -> bool:
    """Whether the longest prompt fits, however the model counts. passages: tokens of them, counted here."""
    most = MOST_TOKENS_PER_COUNTED * (_count(words) + QUESTION_TOKENS + passages)
    return most + (model.max_tokens or DEFAULT_OUTPUT_TOKENS) <= window * (1 - CONTEXT_MARGIN)


@lru_cache(maxsize=256)
def _count(text: str) -> int:
    return count_prompt_tokens(text)


def _draw_sample(documents: Sequence[Document], window: int) -> _Sample:
    """Pieces from the middle of documents, evenly chosen by name: the same for the same documents."""
    named = sorted((d for d in documents if d.text.strip()), key=lambda d: d.name)
    step = max(1, len(named) // SAMPLE_PIECES)
    pieces = []
    for document in named[::step][:SAMPLE_PIECES]:
        begin = max(0, len(document.text) // 2 - PIECE_CHARACTERS // 2)
        pieces.append(document.text[begin : begin + PIECE_CHARACTERS])
    most = max(32, min(MOST_SAMPLE_TOKENS, int(window * SAMPLE_SHARE)))
    text = "\n".join(pieces)
    while (tokens := count_prompt_tokens(text)) > most:
        text = text[: max(1, int(len(text) * most / tokens * 0.95))]
    return _Sample(text, tokens)


def _is_spaced(text: str) -> bool:
    """Whether most of it is in scripts that the embedded tokenizer knows well."""
    letters = [c for c in text if c.isalpha()]
    return sum(ord(c) < 0x250 for c in letters) >= 0.7 * len(letters)
