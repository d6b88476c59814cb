"""Takes the marks of chat templates (<|im_end|>, <end_of_turn>, </s>, [/INST], …) out of a reply.
Knows nothing about thinking, nor about which model writes which mark."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.replies.mentions import is_in_code, is_mention, is_quoted

_ROLE = r"(?:assistant|model|user|system|tool|human|bot|gpt)"
_MARK = re.compile(
    rf"""
      <\|(?:im_start|start_header_id|start_of_role)\|>\s*(?P<header>{_ROLE})?\s*(?:<\|end_(?:header_id|of_role)\|>)?
    | <start_of_turn>\s*(?P<turn>{_ROLE})?
    | <\|(?!(?i:start|begin|end)_(?i:thinking|of_thought)\|)(?P<token>[A-Za-z][A-Za-z0-9_]{{1,40}})\|>
    | <｜(?P<wide>[^｜<>\n]{{1,40}})｜>
    | <(?:end_of_turn|end_of_utterance|eos|bos|pad)>
    | (?P<inst>\[/?INST\]) | <<\/?SYS>> | \[END\ FINAL\ RESPONSE\]
    | (?P<strike></?s>)
    """,
    re.X,
)
_LEADING = re.compile(rf"\s*(?:{_MARK.pattern})\s*", re.X)


def strip_leading_marks(text: str) -> str:
    """The text without the marks that it begins with: a template's header of the model's turn."""
    at = 0
    while (mark := _LEADING.match(text, at)) and mark.group("strike") != "</s>":
        at = mark.end()
    return text[at:] if at else text


def strip_template_marks(text: str) -> tuple[str, bool]:
    """(the model's first turn, whether the text holds marks). A text without marks stays as it is.

    A model that goes on after the mark of its turn's end writes what the user may say next, and answers that.
    What follows the end of the turn is no part of the answer.
    """
    marks = list(_acting_marks(text))
    if not marks:
        return text, False
    role, at = "assistant", 0
    for mark in [*marks, None]:
        turn = text[at : mark.start() if mark else len(text)].strip()
        if turn and role == "assistant":
            return turn, True
        if mark:
            role, at = _role_after(mark), mark.end()
    return "", True


def _acting_marks(text: str) -> Iterator[re.Match[str]]:
    for mark in _MARK.finditer(text):
        place = (text, mark.start(), mark.end())
        if mark.group("strike") and not _is_turn_mark(text, mark):
            continue
        # A mark at the very end is the end of the turn, even of a sentence without a full stop.
        is_last = not text[mark.end() :].strip()
        if not (is_quoted(*place) or is_in_code(*place) if is_last else is_mention(*place)):
            yield mark


def _is_turn_mark(text: str, mark: re.Match[str]) -> bool:
    """Whether <s> or </s> begins or ends a turn. Both are HTML, too: <s>struck out</s>."""
    before, after = text[: mark.start()], text[mark.end() :]
    if mark.group() == "<s>":
        return not before.strip() or before.rstrip().endswith("</s>")
    return "<s>" not in before.strip()[1:] and (not after.strip() or after[0] in "\n<[")


def _role_after(mark: re.Match[str]) -> str:
    """Whose turn follows a mark: "user" for anybody who is not the model."""
    if mark.group("inst") == "[INST]":
        return "user"
    named = mark.group("header") or mark.group("turn") or mark.group("token") or mark.group("wide") or ""
    return (
        "user" if named.lower().removesuffix("_token") in ("user", "system", "tool", "human") else "assistant"
    )
