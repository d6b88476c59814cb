"""Renders a prompt: passages numbered, variables filled in one pass, cut to the model's context.
Knows nothing about models beyond their context size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.errors import ProviderError
from workbench.pipeline.types import Hit
from workbench.providers.types import Message
from workbench.space.prompt import Prompt, substitute

DEFAULT_OUTPUT_TOKENS = 300
# Chat markup that a server adds around messages, and tokenizers that differ from ours.
CONTEXT_MARGIN = 0.05


@dataclass(frozen=True)
class RenderedPrompt:
    """hits: those that the prompt holds, best first.  flags: "passages_dropped"."""

    messages: tuple[Message, ...]
    hits: tuple[Hit, ...]
    flags: tuple[str, ...] = ()


def format_passages(hits: Sequence[Hit]) -> str:
    """Blocks of "[n] title" and the text, from 1, a blank line between. Part of PROMPT_VERSION."""
    return "\n\n".join(f"[{n}] {hit.chunk.title}\n{hit.chunk.text}" for n, hit in enumerate(hits, start=1))


def count_prompt_tokens(text: str) -> int:
    """Tokens by the embedded tokenizer: other models differ by some percent."""
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
    count_tokens: Callable[[str], int] = count_prompt_tokens,
) -> RenderedPrompt:
    """The messages of one request. With a context window, the lowest-ranked passages are dropped until the
    prompt and the reply fit. Raises ProviderError (kind "context") when not even the bare prompt does."""
    kept = list(hits)
    room = None
    if context_window is not None:
        room = int(context_window * (1 - CONTEXT_MARGIN)) - (max_tokens or DEFAULT_OUTPUT_TOKENS)
    while True:
        messages = _messages(prompt, question, kept, today)
        if room is None or sum(count_tokens(m.content) for m in messages) <= room:
            flags = ("passages_dropped",) if len(kept) < len(hits) else ()
            return RenderedPrompt(messages, tuple(kept), flags)
        if not kept:
            raise ProviderError(
                f"Prompt {prompt.name!r} and the question are longer than the model's context "
                f"of {context_window} tokens leaves room for ({room}).",
                kind="context",
                hint="Raise context_window if the model takes more, or lower max_tokens.",
            )
        kept.pop()
