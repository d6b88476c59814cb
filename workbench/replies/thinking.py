"""Splits what a model wrote into its answer and its thinking: tags, channels, marks of chat templates.
Knows nothing about servers: a text goes in, two come out. A streamed reply is split as far as it has come."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from workbench.replies.channels import split_channels
from workbench.replies.mentions import is_mention, is_quoted
from workbench.replies.template_marks import strip_leading_marks, strip_template_marks

_NAMES = r"(?:[a-z]+:)?(?:think(?:ing)?|thoughts?|reasoning|scratchpad)"
_TAG = re.compile(
    rf"""
      <(?P<close>/?)(?P<name>{_NAMES})>
    | \[(?P<close_upper>/?)(?P<upper>(?-i:THINK))\]
    | ◁(?P<close_wide>/?)(?P<wide>think)▷
    | <\|(?P<side>start|begin|end)_(?P<token>thinking|of_thought)\|>
    | (?P<gemma><\|channel>thought\b|<channel\|>)
    | (?P<apriel>\[BEGIN\ FINAL\ RESPONSE\])
    """,
    re.X | re.I,
)
_FIRST = re.compile(r"[<◁]|\[(?=/?THINK\]|BEGIN FINAL)")
# Granite 3.2 says in words where its thinking begins and ends.
_IN_WORDS = re.compile(
    r"\s*Here(?:'s| is) my thought process:(.*?)(?:Here(?:'s| is) my response:(.*)|\Z)", re.S | re.I
)
_WRAPPED = re.compile(
    r"\s*<(answer|response|final_answer|final)>(.*?)(?:</\1>\s*)?\Z", re.S | re.I
)  # models that were trained to write <think>…</think><answer>…</answer>
# One of these is in every text that has something to split, or begins it.
_HOLDS_MARKS = re.compile(
    r"[<\[◁]/?(?:[|｜<]|[a-z:]*think|thought|reasoning|scratchpad|start_of|end_of|eos>|bos>|pad>|s>|INST|channel|"
    r"BEGIN F|END F)",
    re.I,
)
_BEGINS_WITH_MARKS = re.compile(
    r"\s*(?:(?:assistant)?(?:analysis|commentary)\S|Here(?:'s| is) my thought)", re.I
)
# The end of an unfinished text that may become a mark: a part of one, or one that a name follows.
MOST_TAGS = 200  # each is compared with the others
LONGEST_UNFINISHED = 42
_UNFINISHED_MARK = re.compile(
    r"<(?:\|(?:channel|(?:im_start|start|start_header_id|start_of_role)\|)|start_of_turn)>[a-z]*\Z"
    r"|[<\[◁][^<\[◁>\]▷\n]{0,40}[>\]▷]?\Z"
)


@dataclass(frozen=True, slots=True)
class SplitReply:
    """A reply, its parts kept apart."""

    answer: str
    """What is for the reader; "" when there is none."""
    thinking: str = ""
    """What the model wrote for itself; "" when there is none."""
    has_template_marks: bool = False
    """Whether marks of a chat template were taken out of the answer."""


def may_hold_marks(text: str) -> bool:
    """Whether `split_reply` may change this text: a quick look, right when it says no."""
    return (
        _HOLDS_MARKS.search(text) is not None
        or "assistantfinal" in text
        or _BEGINS_WITH_MARKS.match(text) is not None
    )


def split_reply(text: str, *, finished: bool = True) -> SplitReply:
    """Split a reply. A text without marks is the answer as it is, and so are marks that it only mentions.

    Thinking that was never closed was cut, so there is no answer. Thinking that was closed and not opened was
    opened by the chat template.

    finished: whether the reply is complete. Of an unfinished one, an end that may become a mark is left out.
    """
    if not finished:
        unfinished = _UNFINISHED_MARK.search(text, max(0, len(text) - LONGEST_UNFINISHED))
        text = text[: unfinished.start()] if unfinished else text
    if not may_hold_marks(text):
        return SplitReply(text)
    channels = split_channels(text)
    if channels is not None:
        answer, marked = strip_template_marks(channels[0])
        return SplitReply(answer, channels[1], marked)
    parts = _split_tags(strip_leading_marks(text))
    answer, marked = strip_template_marks(text if parts is None else parts[0])
    if parts is None:
        return SplitReply(answer, has_template_marks=marked)
    wrapped = _WRAPPED.match(answer)
    return SplitReply((wrapped.group(2) if wrapped else answer).strip(), parts[1], marked)


def join_thinking(*parts: str) -> str:
    """Thinking that came in several parts, as one text."""
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _split_tags(text: str) -> tuple[str, str] | None:
    """(answer, thinking); None where no tag acts."""
    in_words = _IN_WORDS.match(text)
    if in_words:
        return (in_words.group(2) or "").strip(), in_words.group(1).strip()
    tags = _find_tags(text)
    pieces: list[tuple[bool, str]] = []  # (whether it is thinking, text)
    at, acted = 0, False
    for tag in tags:
        if tag.start() < at or not _acts(text, tag, tags):
            continue
        acted = True
        before, at = text[at : tag.start()], tag.end()
        if _is_opening(tag):
            closing = _find_closing(text, tag, tags)
            end, at = (closing.start(), closing.end()) if closing else (len(text), len(text))
            pieces += [(False, before), (True, text[tag.end() : end])]
        elif text[tag.end() :].strip() or not any(is_thinking for is_thinking, _ in pieces):
            # Opened by the template, or closed once more: all that came before was thinking.
            pieces = [(True, piece) for _, piece in [*pieces, (True, before)]]
        else:
            pieces.append((False, before))
    if not acted:
        return None
    answer = "".join([piece for is_thinking, piece in pieces if not is_thinking] + [text[at:]])
    return answer.strip(), join_thinking(*(piece for is_thinking, piece in pieces if is_thinking))


def _find_tags(text: str) -> list[re.Match[str]]:
    """All tags, up to a number that no reply needs. Their first characters are found first: streams are split
    often, and it takes a third of the time."""
    tags = (tag for first in _FIRST.finditer(text) if (tag := _TAG.match(text, first.start())))
    return list(islice(tags, MOST_TAGS))


def _is_opening(tag: re.Match[str]) -> bool:
    if tag.group("side"):
        return tag.group("side").lower() != "end"
    if tag.group("gemma"):
        return tag.group("gemma").startswith("<|")
    if tag.group("apriel"):
        return False
    return not (tag.group("close") or tag.group("close_upper") or tag.group("close_wide"))


def _family(tag: re.Match[str]) -> str:
    """What an opening and its closing tag share."""
    named = next((tag.group(g) for g in ("name", "upper", "wide", "token") if tag.group(g)), "channel")
    return f"{tag.group()[0]}{named.lower()}"


def _acts(text: str, tag: re.Match[str], tags: Sequence[re.Match[str]]) -> bool:
    """Whether the tag opens or closes thinking here, and is not only mentioned."""
    if _is_opening(tag):
        return not text[: tag.start()].strip() or not is_mention(text, tag.start(), tag.end())
    if is_mention(text, tag.start(), tag.end()):
        return False
    opened = any(_is_opening(t) and _family(t) == _family(tag) for t in tags if t.start() < tag.start())
    return not opened or _is_alone_on_its_line(text, tag) or _was_closed(text, tag, tags)


def _was_closed(text: str, tag: re.Match[str], tags: Sequence[re.Match[str]]) -> bool:
    """Whether the thinking before this closing tag was opened and closed already."""
    first = next((t for t in tags if _is_opening(t) and _family(t) == _family(tag)), None)
    return first is not None and not is_mention(text, first.start(), first.end())


def _is_alone_on_its_line(text: str, tag: re.Match[str]) -> bool:
    before = text[text.rfind("\n", 0, tag.start()) + 1 : tag.start()]
    after = text[tag.end() :].split("\n", 1)[0]
    return not before.strip() and not after.strip()


def _find_closing(text: str, opening: re.Match[str], tags: Sequence[re.Match[str]]) -> re.Match[str] | None:
    """The tag that closes this one; within thinking a quoted tag is a mention."""
    family = _family(opening)
    return next(
        (
            t
            for t in tags
            if t.start() >= opening.end()
            and not _is_opening(t)
            and _family(t) == family
            and not is_quoted(text, t.start(), t.end())
        ),
        None,
    )
