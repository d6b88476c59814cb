"""Reads a message of the chat protocol, whole or in pieces, into answer and thinking.
Knows nothing about requests. Servers write thinking into the content, or beside it under several names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workbench.replies.thinking import SplitReply, join_thinking, split_reply

# vLLM, SGLang, llama.cpp and DeepSeek; OpenRouter, Ollama and newer versions of vLLM; gateways to Ollama.
THINKING_FIELDS = ("reasoning_content", "reasoning", "thinking")


class MessageReader:
    """Gathers the text and the thinking of one message."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._thinking: list[str] = []

    def add(self, message: Mapping[str, Any]) -> bool:
        """Take a message or the next piece of one (`delta`). Returns whether it held anything."""
        content = message.get("content")
        pieces = [_text_of(content)], [_thinking_beside(message), _thinking_of(content)]
        for gathered, new in zip((self._text, self._thinking), pieces, strict=True):
            gathered.extend(filter(None, new))
        return any(map(any, pieces))

    @property
    def raw_text(self) -> str:
        """The content as it came."""
        return "".join(self._text)

    @property
    def raw_thinking(self) -> str:
        """The thinking that came beside the content."""
        return "".join(self._thinking)

    def split(self, *, finished: bool = True) -> SplitReply:
        """What has come so far. Thinking in the content counts as well, and so do marks of a template."""
        split = split_reply(self.raw_text, finished=finished)
        if not self._thinking:
            return split
        # Servers that cut thinking out of the text leave the blank lines that followed it.
        thinking = join_thinking(self.raw_thinking, split.thinking)
        return replace(split, answer=split.answer.lstrip(), thinking=thinking)


def _text_of(content: Any) -> str:
    """A message's text: a string, or the text of its parts; parts of other types are no text."""
    if isinstance(content, str):
        return content
    return "".join(_part_texts(content, ("text", "output_text"), "text"))


def _thinking_of(content: Any) -> str:
    """The thinking among a message's parts: a text, or parts again (Mistral)."""
    if not isinstance(content, list):
        return ""
    own = _part_texts(content, ("thinking", "reasoning"), "thinking")
    inner = (
        _text_of(p["thinking"])
        for p in content
        if isinstance(p, dict) and isinstance(p.get("thinking"), list)
    )
    return "".join((*own, *inner))


def _part_texts(content: Any, types: tuple[str, ...], name: str) -> list[str]:
    parts = content if isinstance(content, list) else []
    texts = [p.get(name) or p.get("text") for p in parts if isinstance(p, dict) and p.get("type") in types]
    return [text for text in texts if isinstance(text, str)]


def _thinking_beside(message: Mapping[str, Any]) -> str:
    """Some servers send the same thinking under two names."""
    texts = (message.get(name) for name in THINKING_FIELDS)
    return next((text for text in texts if isinstance(text, str) and text), "")
