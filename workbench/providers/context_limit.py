"""Reads a server's refusal of a prompt that is too long: the words of many servers, with the numbers in them.
Knows nothing about requests; texts come in."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What servers call it. Longer than its context: OpenAI, vLLM, llama.cpp, Ollama, LM Studio, TGI, Anthropic,
# Gemini, Mistral, Groq. Longer than an encoder takes: llama.cpp ("increase the physical batch size"), TEI,
# Infinity, Ollama, Cohere.
TOO_LONG = re.compile(
    r"context[ _](?:length|window|size)|maximum context|exceed_context|max_model_len|n_ctx\b"
    r"|prompt (?:is )?too long|too (?:long|many (?:input )?tokens)"
    r"|input (?:is |\(\d+ tokens\) is )?too large to process|physical batch size"
    r"|(?:input|prompt|token)s?\b[^.]{0,60}\b(?:exceeds?|longer than|must have less than|greater than)\b"
    r"[^.]{0,60}\b(?:token|context|limit|length)"
    r"|maximum (?:allowed )?(?:number of )?(?:input )?tokens?\b"
    r"|max_(?:input_)?(?:seq(?:uence)?_)?(?:tokens|length)\b[^.]{0,20}\bexceed"
    r"|tokens\b[^.]{0,40} must be <= \d|string too long|reduce the length of the (?:messages|prompt|input)",
    re.I,
)
# The same of embedding servers, who say it of a whole batch, too, and in fewer words.
_TOO_LARGE_TO_EMBED = re.compile(
    r"too (?:large|long|big|many (?:tokens|inputs|texts|items))|exceed|longer than|larger than|batch size"
    r"|context (?:length|size|window)|maximum (?:context|sequence|input|batch|number of tokens)"
    r"|max_(?:seq|input|batch|model|position)|n_ctx|n_u?batch",
    re.I,
)
_NUMBER = r"(\d[\d,_ ]*\d|\d)"
_PROMPT = (
    rf"{_NUMBER} (?:tokens )?(?:in|from|of) (?:the |your |text )(?:messages|prompt|input)",
    rf"prompt \(length {_NUMBER}\)",
    rf"keep the first {_NUMBER} tokens",
    rf"{_NUMBER} \+ \d+ >",
    rf"(?:prompt|input|request|messages)\b[^.\d]{{0,40}}\(?{_NUMBER} (?:input )?tokens",
    rf"requested {_NUMBER} (?:input )?tokens",
    rf"messages resulted in {_NUMBER} tokens",
    rf"prompt is too long: {_NUMBER} tokens",
    rf"(?:n_prompt_tokens|inputs? tokens?|input length|prompt length|token count|Given)\W{{1,6}}{_NUMBER}",
    rf"input token count \(?{_NUMBER}\)?",
    rf"tokens to keep from the initial prompt is (?:greater|more)\D*{_NUMBER}",
)
_WINDOW = (
    rf"(?:maximum )?context (?:length|window|size) (?:is|of)(?: only)? {_NUMBER}",
    rf"context (?:length|window|size) \(?{_NUMBER}",
    rf"{_NUMBER} maximum context",
    rf"(?:>|<=) {_NUMBER}",
    rf"(?:n_ctx|max_model_len|context_length|context_window)\W{{1,6}}{_NUMBER}",
    rf"(?:maximum|limit|up to|at most)\D{{0,60}}?{_NUMBER}",
    rf"(?:less than|exceeds?|longer than|greater than)\D{{0,60}}?{_NUMBER}",
    rf"batch size: {_NUMBER}",
)


@dataclass(frozen=True)
class ContextLimit:
    """The numbers in a refusal, in the server's own tokens; None for one that it does not name."""

    prompt: int | None = None
    """The tokens of the refused prompt."""
    window: int | None = None
    """The most tokens that the server takes: the prompt's and, for most servers, the reply's."""


def is_too_long(words: str) -> bool:
    """Whether a server says that a prompt or a text is longer than its model takes."""
    return TOO_LONG.search(words) is not None


def is_too_large_to_embed(words: str) -> bool:
    """Whether an embedding server says that a text, or a batch of texts, is larger than it takes."""
    return _TOO_LARGE_TO_EMBED.search(words) is not None


def read_limit(words: str) -> ContextLimit:
    """The numbers in a refusal; either may be missing."""
    window = _first(_WINDOW, words)
    prompt = _first(_PROMPT, words)
    if prompt is not None and window is not None and prompt == window:
        prompt = next((n for n in _numbers(words) if n > window), None)
    return ContextLimit(prompt, window)


def _first(patterns: tuple[str, ...], words: str) -> int | None:
    for pattern in patterns:
        match = re.search(pattern, words, re.I)
        if match:
            return int(re.sub(r"\D", "", match[1]))
    return None


def _numbers(words: str) -> list[int]:
    return [int(re.sub(r"\D", "", text)) for text in re.findall(_NUMBER, words)]
