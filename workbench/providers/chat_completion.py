"""A chat completion as a server sends it: in one piece, or in the pieces of a stream.
Knows nothing about requests, and judges nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.providers.chat_message import MessageReader
from workbench.providers.failures import find_error_body
from workbench.replies.citations import read_citations
from workbench.replies.system_passages import SystemPassage
from workbench.replies.untrusted import storable

LONGEST_EXCERPT = 200
MOST_CHARACTERS = 1_000_000
"""Of text and thinking together: several times what models write in one reply."""


@dataclass
class Completion:
    """What has come of a completion so far."""

    message: MessageReader = field(default_factory=MessageReader)
    """Its text, thinking, refusal and tools."""
    finish_reason: str | None = None
    """As the server has it; None when it gives none."""
    usage: dict[str, Any] | None = None
    """The last report of tokens; None when none came."""
    served_model: str | None = None
    """The model's name in the reply; None when it gives none."""
    citations: list[SystemPassage | None] = field(default_factory=list)
    """What it says that it retrieved; None for a citation without a text."""
    error: Any = None
    """What the server says went wrong, of whatever shape; None when nothing did."""
    has_choice: bool = False
    """Whether any choice has come, and with it a message."""
    excerpt: str = ""
    """The beginning of the last JSON without a choice, to be shown."""
    _index: Any = None
    """The number of the choice that is read; None before the first has come."""

    @property
    def is_too_long(self) -> bool:
        return self.message.characters > MOST_CHARACTERS

    def add(self, raw: Any) -> bool:
        """Take in a whole reply or the next piece of one. Returns whether it held a text."""
        if not self.has_choice:
            self.excerpt = json.dumps(storable(raw))[:LONGEST_EXCERPT]
        if not isinstance(raw, Mapping):
            return False
        self.error = self.error or storable(find_error_body(raw))
        self.served_model = _text(raw.get("model")) or self.served_model
        self._add_usage(raw)
        self.citations += read_citations(raw)
        choices = raw.get("choices")
        rows = choices if isinstance(choices, list) else []
        held_text = [self._add_choice(row) for row in rows if isinstance(row, Mapping)]
        return any(held_text)

    def _add_choice(self, choice: Mapping[str, Any]) -> bool:
        self.has_choice = True
        if not self._is_ours(choice):
            return False
        self.error = self.error or storable(find_error_body(choice))
        self._add_usage(choice)
        self.finish_reason = _text(choice.get("finish_reason")) or self.finish_reason
        piece = choice.get("delta")
        if piece is None and self.message.is_blank:  # some streams end with the whole message once more
            piece = choice.get("message") or choice.get("text")  # `text`: the older completions
        if isinstance(piece, str | list):
            piece = {"content": piece}
        return isinstance(piece, Mapping) and self.message.add(piece)

    def _is_ours(self, choice: Mapping[str, Any]) -> bool:
        """Whether it is choice 0. A server may send several in turn; some count from 1."""
        index = choice.get("index") or 0
        if self._index is None:
            self._index = index
        elif index == 0 and self._index != 0:
            self.message, self.finish_reason, self._index = MessageReader(), None, 0
        return bool(index == self._index)

    def _add_usage(self, raw: Mapping[str, Any]) -> None:
        """Some servers report with each piece, and some within the choice: the last report counts."""
        usage = raw.get("usage")
        if isinstance(usage, dict) and usage:
            self.usage = storable(usage)


def _text(value: Any) -> str | None:
    return storable(value) if isinstance(value, str) and value else None
