"""Answers with sentences of the passages in the prompt: the shipped chat model `embedded/extractive`.
Knows nothing about corpora, retrieval or experiments: like any model, it sees the messages of one request."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from workbench.providers.embedded.composing import (
    ScoredUnit,
    choose,
    in_reading_order,
    write_sentences,
)
from workbench.providers.embedded.directives import DEFAULT_REFUSAL, Directives
from workbench.providers.embedded.encoder import EmbeddedEncoder, shared_encoder
from workbench.providers.embedded.features import measure
from workbench.providers.embedded.machine_seconds import answering_seconds
from workbench.providers.embedded.phrases import shipped_phrase_weights, shorten
from workbench.providers.embedded.prompt_reading import ParsedPrompt, read_prompt
from workbench.providers.embedded.selector import confidence_of, scores_of
from workbench.providers.embedded.sentence_vectors import SentenceVectors
from workbench.providers.embedded.units import Unit, split_units
from workbench.providers.embedded.variant import BASE_NAME, Variant, shipped_variants
from workbench.providers.types import ChatReply, ChatRequest, OnText, Usage
from workbench.replies.thinking import SplitReply

# Raise it when the same request gets another answer because the code of this folder changed. Follow-up
# questions did not raise it: before them, no prompt held an earlier message of the user.
VERSION = 2
# The weight of the question before a follow-up question. Over the 40 of benchmarks/follow_ups.py, answered
# from the four best passages that `query: history` finds, the mean correctness is 0.61 with 0.15, 0.60
# without and 0.51 with 0.5; where the prompt lets it decline, 0.40 with 0.15 and 0.33 without.
EARLIER_WEIGHT = 0.15


@dataclass(frozen=True, slots=True)
class ComposedAnswer:
    """An answer before stop sequences and max_tokens cut it."""

    text: str
    confidence: float
    """How likely its best sentence answers the question, in [0, 1]."""
    declined: bool
    chosen: tuple[ScoredUnit, ...] = ()
    """The units that it was made of; empty when it declines."""


class ExtractiveModel:
    """A ChatModel that quotes instead of writing: a baseline for trying out retrieval, prompts and the app.

    It is deterministic: temperature, top_p, seed and extra_body change nothing. Tasks may share it.
    """

    def __init__(
        self,
        variant: Variant | None = None,
        encoder: EmbeddedEncoder | None = None,
        vectors: SentenceVectors | None = None,
    ) -> None:
        """Prepare a model.

        variant: its weights; None takes the shipped `embedded/extractive`.
        encoder: None takes the process's shared encoder.
        vectors: the cache of sentence vectors; None takes the shared one, or a new one for a given encoder.
        """
        self.variant = variant or shipped_variants()[BASE_NAME]
        self._encoder = encoder or shared_encoder()
        self._vectors = vectors or (SentenceVectors(encoder) if encoder else shared_vectors())

    @property
    def identity(self) -> str:
        """A name and a hash of everything that decides an answer, for the keys of stored calls."""
        phrases = ",".join(map(str, shipped_phrase_weights()))
        parts = f"{VERSION}:{self.variant.fingerprint}:{self._encoder.fingerprint}:{phrases}"
        return f"{BASE_NAME}@{hashlib.sha256(parts.encode()).hexdigest()}"

    async def complete(self, request: ChatRequest, *, on_text: OnText | None = None) -> ChatReply:
        """Answer from the passages of the request, in one piece. Never raises, whatever the prompt."""
        reply = await asyncio.to_thread(self.answer, request)
        if on_text is not None:
            on_text(SplitReply(reply.text))
        return reply

    async def close(self) -> None:
        """Nothing to close: encoder and cache are shared."""

    def answer(self, request: ChatRequest) -> ChatReply:
        """`complete`, on the calling thread."""
        started = time.perf_counter()
        prompt = read_prompt(request.messages)
        units = [unit for unit in split_units(prompt.passages) if unit.kind != "heading"]
        # The sentences of a passage are encoded once, like an index. If that counted as part of an answer's
        # time, the configuration that happens to run first would look slow and expensive.
        encoding_started = time.perf_counter()
        self._vectors.encode([unit.text for unit in units])
        encoding_seconds = time.perf_counter() - encoding_started
        composed = self._compose(prompt, units)
        text, finish = self._cut(composed.text, request)
        usage = Usage(
            input=sum(self._encoder.count_many([message.content for message in request.messages])),
            output=self._encoder.count_tokens(text),
        )
        seconds = time.perf_counter() - started - encoding_seconds
        flags = ("declined",) if composed.declined else ()
        return ChatReply(
            text=text,
            usage=usage,
            seconds=seconds,
            compute_seconds=answering_seconds(usage.input),
            finish_reason=finish,
            flags=(*flags, "cut_at_max_tokens") if finish == "length" else flags,
            served_model=self.variant.name,
            detail=_detail(prompt, composed),
        )

    def _compose(self, prompt: ParsedPrompt, units: Sequence[Unit]) -> ComposedAnswer:
        directives = prompt.directives
        if not units or not prompt.question:
            refusal = directives.refusal if directives.decline else DEFAULT_REFUSAL
            return ComposedAnswer(refusal, 0.0, declined=True)
        confidence, scores = self._weigh(prompt, units)
        if directives.decline and confidence < self.variant.threshold:
            return ComposedAnswer(directives.refusal, confidence, declined=True)
        if directives.short:
            return self._compose_phrase(prompt, choose(units, scores, 1), confidence)
        chosen = in_reading_order(choose(units, scores, directives.sentences, up_to=directives.up_to))
        text = " ".join(write_sentences(chosen, prompt.passages, directives))
        return ComposedAnswer(text, confidence, declined=False, chosen=tuple(chosen))

    def _weigh(self, prompt: ParsedPrompt, units: Sequence[Unit]) -> tuple[float, NDArray[np.float64]]:
        """(how likely the best unit answers the question, the units' scores).

        A follow-up question is also read together with the question before: as sure as the surer of the two
        readings, but its own words decide between units (EARLIER_WEIGHT).
        """
        readings = [prompt.question, *([prompt.in_context] if prompt.earlier else [])]
        encode = partial(self._vectors.encode, remember=False)
        rows = [measure(question, prompt.passages, units, encode) for question in readings]
        confidence = max(confidence_of(self.variant, one) for one in rows)
        own, *in_context = (scores_of(self.variant, one) for one in rows)
        if not in_context:
            return confidence, own
        return confidence, (1 - EARLIER_WEIGHT) * own + EARLIER_WEIGHT * in_context[0]

    def _compose_phrase(
        self, prompt: ParsedPrompt, chosen: list[ScoredUnit], confidence: float
    ) -> ComposedAnswer:
        best = chosen[0].unit
        phrase = shorten(prompt.question, best.text)
        text = f"“{phrase}”" if prompt.directives.quote else phrase
        if prompt.directives.cite:
            text = f"{text} [{prompt.passages[best.passage].number}]"
        return ComposedAnswer(text, confidence, declined=False, chosen=tuple(chosen))

    def _cut(self, text: str, request: ChatRequest) -> tuple[str, str]:
        """(the text up to the first stop sequence and within max_tokens, the finish reason)."""
        stops = [position for stop in request.stop if stop and (position := text.find(stop)) >= 0]
        if stops:
            text = text[: min(stops)].rstrip()
        if request.max_tokens is not None:
            spans = self._encoder.token_spans(text)
            if len(spans) > request.max_tokens:
                end = spans[request.max_tokens - 1][1] if request.max_tokens > 0 else 0
                return text[:end], "length"
        return text, "stop"


def _detail(prompt: ParsedPrompt, composed: ComposedAnswer) -> dict[str, object]:
    """How the answer came about, as JSON, for the pages to show."""
    return {
        "confidence": round(composed.confidence, 4),
        "question": prompt.question,
        "passages": len(prompt.passages),
        "directives": _directives_json(prompt.directives),
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


def _directives_json(directives: Directives) -> dict[str, object]:
    return {
        "sentences": directives.sentences,
        "cite": directives.cite,
        "decline": directives.decline,
        "short": directives.short,
        "quote": directives.quote,
    }


@lru_cache(maxsize=1)
def shared_vectors() -> SentenceVectors:
    """The cache of sentence vectors that all variants of this process share."""
    return SentenceVectors(shared_encoder())
