"""Renders a prompt: numbers the passages, fills in variables in one pass, cuts to the model's context.
Knows nothing about models beyond their context size."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.corpus.conversation import alternating
from workbench.corpus.types import Turn
from workbench.errors import ProviderError
from workbench.pipeline.examples import Example
from workbench.pipeline.types import Hit
from workbench.providers.types import Message
from workbench.space.prompt import Prompt, substitute, without_examples

DEFAULT_OUTPUT_TOKENS = 300
"""Tokens reserved for the reply when the model has no max_tokens."""

CONTEXT_MARGIN = 0.05
"""Share of the context left free, for chat markup that a server adds and for texts unlike the sample."""


HISTORY_SHARE = 0.5
"""Share of a prompt's room that earlier turns may take where they leave too little for the passages."""


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
    """"examples_dropped", "turns_dropped" and "passages_dropped" when the context had no room for all."""
    examples: int = 0
    """How many examples are in the prompt."""


EXAMPLES_HEADING = "Examples of questions with their answers:"


def format_examples(examples: Sequence[Example]) -> str:
    """The examples under a heading, the nearest last, next to the question: "Q: …" and "A: …" on a line each,
    with blank lines between them. Empty where there are none. A change makes all answers be asked again."""
    if not examples:
        return ""
    pairs = [f"Q: {' '.join(e.question.split())}\nA: {' '.join(e.answer.split())}" for e in examples]
    return "\n\n".join([EXAMPLES_HEADING, *reversed(pairs)])


def format_passages(hits: Sequence[Hit]) -> str:
    """One block per passage: "[n] title", then the text, numbered from 1 and separated by blank lines. Above
    the text of a passage that begins inside a table are the table's header rows.

    A line of a passage that begins with such a number would look like the next passage: there the number is
    put into round brackets. The rendered text is part of a call's key, so a change here makes all answers be
    asked again.
    """
    texts = [_LIKE_A_PASSAGE.sub(r"\1(\2)", hit.chunk.shown) for hit in hits]
    blocks = zip(hits, texts, strict=True)
    return "\n\n".join(f"[{n}] {hit.chunk.title}\n{text}" for n, (hit, text) in enumerate(blocks, start=1))


def count_prompt_tokens(text: str) -> int:
    """Tokens by the embedded tokenizer. Other models count up to a third more, in Chinese twice as many:
    `PromptRoom.ratio`."""
    from workbench.providers.embedded.encoder import shared_encoder

    return shared_encoder().count_tokens(text)


def history_messages(history: Sequence[Turn]) -> tuple[Message, ...]:
    """Earlier turns as messages of a request: the user's and the assistant's in turn."""
    return tuple(Message(turn.role, turn.text) for turn in alternating(history))


def _messages(
    prompt: Prompt,
    question: str,
    said: Sequence[Message],
    hits: Sequence[Hit],
    examples: Sequence[Example],
    today: str,
) -> tuple[Message, ...]:
    values = {
        "question": question,
        "passages": format_passages(hits),
        "examples": format_examples(examples),
        "today": today,
    }

    def fill(template: str) -> str:
        return substitute(template if examples else without_examples(template), values)

    system = (Message("system", fill(prompt.system)),) if prompt.system else ()
    return (*system, *said, Message("user", fill(prompt.template)))


def _last_that_fit(said: Sequence[Message], tokens: float, count_tokens: Callable[[str], int]) -> int:
    """How many of the last messages have at most so many tokens; the first of them is the user's."""
    fitting = 0
    for number, message in enumerate(reversed(said), start=1):
        tokens -= count_tokens(message.content)
        if tokens < 0:
            break
        if message.role == "user":
            fitting = number
    return fitting


def render_prompt(
    prompt: Prompt,
    question: str,
    hits: Sequence[Hit],
    today: str,
    *,
    history: Sequence[Turn] = (),
    examples: Sequence[Example] = (),
    context_window: int | None = None,
    max_tokens: int | None = None,
    ratio: float = 1.0,
    count_tokens: Callable[[str], int] = count_prompt_tokens,
) -> RenderedPrompt:
    """The messages of one request, cut until prompt and reply fit.

    Earlier turns stand between the system message and the user's. Where not all fits, the examples are
    dropped first, the least near of them before the others. Then the oldest turns are, until they leave room
    for the passages or take up half of it; then the lowest-ranked passages; at last all turns.

    today: the date that a prompt may name, as YYYY-MM-DD.
    history: the turns before the question, oldest first.
    examples: the nearest first.
    context_window: the model's, in its own tokens; None drops nothing.
    max_tokens: the longest reply; None reserves DEFAULT_OUTPUT_TOKENS.
    ratio: the model's tokens per token that is counted here.
    count_tokens: counts the tokens of a text.

    Raises ProviderError (kind "context") when not even the prompt without passages fits.
    """
    kept, said = list(hits), history_messages(history)
    room, turns = PromptRoom(context_window, ratio), len(said)

    def count(messages: Sequence[Message]) -> int:
        return sum(count_tokens(m.content) for m in messages)

    shown = list(examples)
    if room.window is not None:
        while shown and not room.fits(
            count(_messages(prompt, question, said, kept, shown, today)), max_tokens
        ):
            shown.pop()
    if said and room.window is not None:
        most = room.left(max_tokens) / ratio
        rest = count(_messages(prompt, question, (), kept, shown, today))
        fitting = _last_that_fit(said, max(most - rest, HISTORY_SHARE * most), count_tokens)
        said = said[len(said) - fitting :]
    while True:
        messages = _messages(prompt, question, said, kept, shown, today)
        if room.window is None or room.fits(count(messages), max_tokens):
            dropped = {
                "examples_dropped": len(shown) < len(examples),
                "turns_dropped": len(said) < turns,
                "passages_dropped": len(kept) < len(hits),
            }
            flags = tuple(flag for flag, is_so in dropped.items() if is_so)
            return RenderedPrompt(messages, tuple(kept), flags, len(shown))
        if not kept and said:
            said = ()
            continue
        if not kept:
            raise ProviderError(
                f"Prompt {prompt.name!r} and the question do not fit the model's context: its "
                f"{context_window} tokens leave {room.left(max_tokens)} for them.",
                kind="context",
                hint="Raise context_window if the model accepts more, or lower max_tokens.",
            )
        kept.pop()
