"""The shipped answerer `embedded/extractive`: answers with sentences of the passages in its prompt.
Knows nothing about corpora, retrieval or experiments: it sees the messages of one request, like any model."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from workbench.providers.embedded.composing import (
    Chosen,
    choose,
    in_reading_order,
    write_down,
)
from workbench.providers.embedded.directives import DEFAULT_REFUSAL, Directives
from workbench.providers.embedded.encoder import EmbeddedEncoder, shared_encoder
from workbench.providers.embedded.features import measure
from workbench.providers.embedded.phrases import shipped_phrase_weights, shorten
from workbench.providers.embedded.prompt_reading import ReadPrompt, read_prompt
from workbench.providers.embedded.selector import confidence_of, scores_of
from workbench.providers.embedded.sentence_vectors import SentenceVectors
from workbench.providers.embedded.units import Unit, split_units
from workbench.providers.embedded.variant import BASE_NAME, Variant, shipped_variants
from workbench.providers.types import ChatReply, ChatRequest, Usage

# Raised when the same request would get another answer because this folder's code changed.
VERSION = 1


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer before it is cut to size. confidence: of its best sentence, in [0, 1]."""

    text: str
    confidence: float
    declined: bool
    chosen: tuple[Chosen, ...] = ()


class ExtractiveModel:
    """A ChatModel that cannot write: a baseline to try retrieval, prompts and the workbench with.

    Deterministic; temperature, top_p, seed and extra_body change nothing. Safe to share between tasks.
    """

    def __init__(
        self,
        variant: Variant | None = None,
        encoder: EmbeddedEncoder | None = None,
        vectors: SentenceVectors | None = None,
    ) -> None:
        """variant: whose weights to use, the shipped `embedded/extractive` if None."""
        self.variant = variant or shipped_variants()[BASE_NAME]
        self._encoder = encoder or shared_encoder()
        self._vectors = vectors or (SentenceVectors(encoder) if encoder else shared_vectors())

    @property
    def identity(self) -> str:
        phrases = ",".join(map(str, shipped_phrase_weights()))
        parts = f"{VERSION}:{self.variant.fingerprint}:{self._encoder.fingerprint}:{phrases}"
        return f"{BASE_NAME}@{hashlib.sha256(parts.encode()).hexdigest()}"

    async def complete(
        self, request: ChatRequest, *, on_piece: Callable[[str], None] | None = None
    ) -> ChatReply:
        """Answer out of the request's own passages, in one piece. Never raises for what a prompt holds."""
        reply = await asyncio.to_thread(self.answer, request)
        if on_piece is not None:
            on_piece(reply.text)
        return reply

    async def close(self) -> None:
        """Nothing to close: encoder and memory are shared."""

    def answer(self, request: ChatRequest) -> ChatReply:
        """`complete`, on the calling thread."""
        started = time.perf_counter()
        prompt = read_prompt(request.messages)
        units = [unit for unit in split_units(prompt.passages) if unit.kind != "heading"]
        # Encoding a passage's sentences is done once a passage, like indexing. Were it part of an answer's
        # time, whichever configuration comes first would look slow and dear.
        before = time.perf_counter()
        self._vectors.encode([unit.text for unit in units])
        reading = time.perf_counter() - before
        composed = self._compose(prompt, units)
        text, finish = self._cut(composed.text, request)
        usage = Usage(
            input=sum(self._encoder.count_many([message.content for message in request.messages])),
            output=self._encoder.count_tokens(text),
        )
        seconds = time.perf_counter() - started - reading
        flags = ("declined",) if composed.declined else ()
        return ChatReply(
            text=text,
            usage=usage,
            seconds=seconds,
            compute_seconds=seconds,
            finish_reason=finish,
            flags=(*flags, "cut_at_max_tokens") if finish == "length" else flags,
            served_model=self.variant.name,
            detail=_detail(prompt, composed),
        )

    def _compose(self, prompt: ReadPrompt, units: Sequence[Unit]) -> Composed:
        asked = prompt.directives
        if not units or not prompt.question:
            return Composed(asked.refusal if asked.decline else DEFAULT_REFUSAL, 0.0, declined=True)
        rows = measure(prompt.question, prompt.passages, units, partial(self._vectors.encode, remember=False))
        confidence = confidence_of(self.variant, rows)
        if asked.decline and confidence < self.variant.threshold:
            return Composed(asked.refusal, confidence, declined=True)
        scores = scores_of(self.variant, rows)
        if asked.short:
            return self._compose_phrase(prompt, choose(units, scores, 1), confidence)
        chosen = in_reading_order(choose(units, scores, asked.sentences, up_to=asked.up_to))
        text = " ".join(write_down(chosen, prompt.passages, asked))
        return Composed(text, confidence, declined=False, chosen=tuple(chosen))

    def _compose_phrase(self, prompt: ReadPrompt, chosen: list[Chosen], confidence: float) -> Composed:
        best = chosen[0].unit
        phrase = shorten(prompt.question, best.text)
        text = f"“{phrase}”" if prompt.directives.quote else phrase
        if prompt.directives.cite:
            text = f"{text} [{prompt.passages[best.passage].number}]"
        return Composed(text, confidence, declined=False, chosen=tuple(chosen))

    def _cut(self, text: str, request: ChatRequest) -> tuple[str, str]:
        """The text up to the first stop sequence, and within max_tokens; with the finish reason."""
        places = [place for stop in request.stop if stop and (place := text.find(stop)) >= 0]
        if places:
            text = text[: min(places)].rstrip()
        if request.max_tokens is not None:
            spans = self._encoder.token_spans(text)
            if len(spans) > request.max_tokens:
                kept = spans[request.max_tokens - 1][1] if request.max_tokens > 0 else 0
                return text[:kept], "length"
        return text, "stop"


def _detail(prompt: ReadPrompt, composed: Composed) -> dict[str, object]:
    """What the pages show of how the answer came about; JSON-able."""
    return {
        "confidence": round(composed.confidence, 4),
        "question": prompt.question,
        "passages": len(prompt.passages),
        "directives": _told(prompt.directives),
        "sentences": [
            {
                "passage": prompt.passages[item.unit.passage].number,
                "start": item.unit.start,
                "end": item.unit.end,
                "score": round(item.score, 4) if np.isfinite(item.score) else None,
            }
            for item in composed.chosen
        ],
    }


def _told(directives: Directives) -> dict[str, object]:
    return {
        "sentences": directives.sentences,
        "cite": directives.cite,
        "decline": directives.decline,
        "short": directives.short,
        "quote": directives.quote,
    }


@lru_cache(maxsize=1)
def shared_vectors() -> SentenceVectors:
    """The one memory of sentence vectors of this process, shared by all variants."""
    return SentenceVectors(shared_encoder())
