"""Renders a prompt: numbers the passages, fills in variables in one pass, cuts to the model's context.
Knows nothing about models beyond their context size."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.errors import ProviderError
from workbench.pipeline.types import Hit
from workbench.providers.types import Message
from workbench.space.prompt import Prompt, substitute

DEFAULT_OUTPUT_TOKENS = 300
"""Tokens reserved for the reply when the model has no max_tokens."""

CONTEXT_MARGIN = 0.05
"""Share of the context left free, for chat markup that a server adds and for texts unlike the sample."""


@dataclass(frozen=True)
class PromptRoom:
    """How long a prompt and its reply may be."""

    window: int | None = None
    """The model's context, in its own tokens; None drops nothing."""
    ratio: float = 1.0
    """The model's tokens per token of the embedded tokenizer."""

    def fits(self, counted: int, max_tokens: int | None) -> bool:
        """Whether a prompt of so many tokens, counted here, leaves room for the reply."""
        return self.window is None or counted * self.ratio <= self.left(max_tokens)

    def left(self, max_tokens: int | None) -> int:
        """The model's tokens that a reply leaves to the prompt. max_tokens: the longest reply; None reserves
        DEFAULT_OUTPUT_TOKENS."""
        return int((self.window or 0) * (1 - CONTEXT_MARGIN)) - (max_tokens or DEFAULT_OUTPUT_TOKENS)


WHOLE = PromptRoom()
"""Room for every passage."""

# A number in square brackets at the beginning of a line, also in full-width characters.
_LIKE_A_PASSAGE = re.compile(r"^([^\w\n\[［【]*)[\[［【](\d{1,4})[\]］】]", re.MULTILINE)


@dataclass(frozen=True)
class RenderedPrompt:
    """A prompt that is ready to be sent."""

    messages: tuple[Message, ...]
    hits: tuple[Hit, ...]
    """The hits whose passages are in the prompt, best first."""
    flags: tuple[str, ...] = ()
    """"passages_dropped" when the context had no room for all passages."""


def format_passages(hits: Sequence[Hit]) -> str:
    """One block per passage: "[n] title", then the text, numbered from 1 and separated by blank lines.

    A line of a passage that begins with such a number would look like the next passage: there the number is
    put into round brackets. The rendered text is part of a call's key, so a change here makes all answers be
    asked again.
    """
    texts = [_LIKE_A_PASSAGE.sub(r"\1(\2)", hit.chunk.text) for hit in hits]
    blocks = zip(hits, texts, strict=True)
    return "\n\n".join(f"[{n}] {hit.chunk.title}\n{text}" for n, (hit, text) in enumerate(blocks, start=1))


def count_prompt_tokens(text: str) -> int:
    """Tokens by the embedded tokenizer. Other models count up to a third more, in Chinese twice as many:
    `PromptRoom.ratio`."""
    from workbench.providers.embedded.encoder import shared_encoder

    return shared_encoder().count_tokens(text)


def _messages(prompt: Prompt, question: str, hits: Sequence[Hit], today: str) -> tuple[Message, ...]:
    values = {"question": question, "passages": format_passages(hits), "today": today}
    user = Message("user", substitute(prompt.template, values))
    if not prompt.system:
        return (user,)
    return (Message("system", substitute(prompt.system, values)), user)


def render_prompt(
    prompt: Prompt,
    question: str,
    hits: Sequence[Hit],
    today: str,
    *,
    context_window: int | None = None,
    max_tokens: int | None = None,
    ratio: float = 1.0,
    count_tokens: Callable[[str], int] = count_prompt_tokens,
) -> RenderedPrompt:
    """The messages of one request. The lowest-ranked passages are dropped until prompt and reply fit.

    today: the date that a prompt may name, as YYYY-MM-DD.
    context_window: the model's, in its own tokens; None drops nothing.
    max_tokens: the longest reply; None reserves DEFAULT_OUTPUT_TOKENS.
    ratio: the model's tokens per token that is counted here.
    count_tokens: counts the tokens of a text.

    Raises ProviderError (kind "context") when not even the prompt without passages fits.
    """
    kept = list(hits)
    room = PromptRoom(context_window, ratio)
    while True:
        messages = _messages(prompt, question, kept, today)
        if room.window is None or room.fits(sum(count_tokens(m.content) for m in messages), max_tokens):
            flags = ("passages_dropped",) if len(kept) < len(hits) else ()
            return RenderedPrompt(messages, tuple(kept), flags)
        if not kept:
            raise ProviderError(
                f"Prompt {prompt.name!r} and the question do not fit the model's context: its "
                f"{context_window} tokens leave {room.left(max_tokens)} for them.",
                kind="context",
                hint="Raise context_window if the model accepts more, or lower max_tokens.",
            )
        kept.pop()
