"""Reads a message of the chat protocol, whole or in pieces, into answer and thinking.
Knows nothing about requests. Servers write thinking into the content, or beside it under several names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workbench.replies.thinking import SplitReply, join_thinking, split_reply
from workbench.replies.untrusted import storable_text

# vLLM, SGLang, llama.cpp and DeepSeek; OpenRouter, Ollama and newer versions of vLLM; gateways to Ollama.
THINKING_FIELDS = ("reasoning_content", "reasoning", "thinking")


class MessageReader:
    """Gathers the text and the thinking of one message."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._refusal: list[str] = []
        self._tools: list[str] = []
        self.characters = 0
        """The length of text and thinking so far."""

    def add(self, message: Mapping[str, Any]) -> bool:
        """Take a message or the next piece of one (`delta`). Returns whether it held text or thinking."""
        content = message.get("content")
        if isinstance(content, str | Mapping):
            content = [content]
        pieces = [_text_of(content)], [_thinking_beside(message), _thinking_of(content)]
        for gathered, new in zip((self._text, self._thinking), pieces, strict=True):
            gathered.extend(filter(None, new))
            self.characters += sum(map(len, new))
        self._refusal.extend(_refusal_of(message, content))
        self._tools.extend(_tools_of(message))
        return any(map(any, pieces))

    @property
    def is_blank(self) -> bool:
        """Whether nothing has come yet."""
        return not (self._text or self._thinking or self._refusal or self._tools)

    @property
    def raw_text(self) -> str:
        """The content as it came."""
        return storable_text("".join(self._text))

    @property
    def raw_thinking(self) -> str:
        """The thinking that came beside the content."""
        return storable_text("".join(self._thinking))

    @property
    def refusal(self) -> str:
        """The words of a refusal that is sent apart from the content; "" without one."""
        return storable_text("".join(self._refusal)).strip()

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of the tools that the model calls."""
        return tuple(dict.fromkeys(map(storable_text, self._tools)))

    def split(self, *, finished: bool = True) -> SplitReply:
        """What has come so far. Thinking in the content counts as well, and so do marks of a template."""
        split = split_reply(self.raw_text, finished=finished)
        if not self._thinking:
            return split
        # Servers that cut thinking out of the text leave the blank lines that followed it.
        thinking = join_thinking(self.raw_thinking, split.thinking)
        return replace(split, answer=split.answer.lstrip(), thinking=thinking)


def _text_of(content: Any) -> str:
    """The text of a message's parts; a part without a type is text, and parts of other types are none."""
    return "".join(_part_texts(content, ("text", "output_text", None), "text"))


def _thinking_of(content: Any) -> str:
    """The thinking among a message's parts: a text, or parts again (Mistral)."""
    own = _part_texts(content, ("thinking", "reasoning"), "thinking")
    parts = content if isinstance(content, list) else []
    inner = (
        _text_of(p["thinking"])
        for p in parts
        if isinstance(p, Mapping) and isinstance(p.get("thinking"), list)
    )
    return "".join((*own, *inner))


def _part_texts(content: Any, types: tuple[str | None, ...], name: str) -> list[str]:
    parts = content if isinstance(content, list) else []
    as_objects = ({"text": part} if isinstance(part, str) else part for part in parts)
    texts = [
        p.get(name) or p.get("text") for p in as_objects if isinstance(p, Mapping) and _type_of(p) in types
    ]
    return [text for text in texts if isinstance(text, str)]


def _type_of(part: Mapping[str, Any]) -> str | None:
    given = part.get("type")
    return given if isinstance(given, str) else None


def _refusal_of(message: Mapping[str, Any], content: Any) -> list[str]:
    """OpenAI's refusals: beside the content, or as a part of it."""
    beside = message.get("refusal")
    return [*([beside] if isinstance(beside, str) else []), *_part_texts(content, ("refusal",), "refusal")]


def _tools_of(message: Mapping[str, Any]) -> list[str]:
    """The names of tools, of calls as they are and as they were (`function_call`)."""
    listed = message.get("tool_calls")
    calls = listed if isinstance(listed, list) else []
    functions = [call.get("function") for call in calls if isinstance(call, Mapping)]
    names = [f.get("name") for f in (*functions, message.get("function_call")) if isinstance(f, Mapping)]
    return [name for name in names if isinstance(name, str) and name]


def _thinking_beside(message: Mapping[str, Any]) -> str:
    """Some servers send the same thinking under two names."""
    texts = (message.get(name) for name in THINKING_FIELDS)
    return next((text for text in texts if isinstance(text, str) and text), "")
