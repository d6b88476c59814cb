"""Parses a rendered prompt into the question, the numbered passages and the instructions.
Knows nothing about how an answer is made, and trusts no text that may have come from a passage.

The rules (docs/embedded-answerer.md explains them to users):

- The passages begin at the first line "[1] ..." of the last message that has one; each further passage begins
  with the next number after a blank line. They end at the last line that begins "Question:", or at the
  closing half of a <tag> or \"\"\" that stands on the line right before "[1]", or else at the end of the
  message. Text that may belong to a passage counts as part of it.
- A "Question:" line before the passages means that the passages run to the end of the message.
- The question is the last "Question:" line outside the passages; else the last sentence there that ends in
  "?"; else the last paragraph of the message, or of the messages without passages.
- Examples of questions with their answers, as a prompt's {examples} are written, are left out.
- The instructions are everything else outside the passages, in system messages and the last user message.
- In a conversation, the user's message before the last says what a follow-up question is about: it is the
  question of that message, read by the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.providers.embedded.directives import Directives, read_directives
from workbench.providers.embedded.units import NumberedPassage
from workbench.providers.types import Message
from workbench.text import split_sentences


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """The parts of a prompt."""

    question: str
    """Empty when the messages are empty."""
    passages: tuple[NumberedPassage, ...]
    instructions: str
    """Text outside the passages only."""
    directives: Directives
    """What the instructions ask for."""
    earlier: str = ""
    """What the user asked in the message before; empty for a question on its own."""

    @property
    def in_context(self) -> str:
        """A follow-up question together with what it follows: "And by post?" says little on its own."""
        return f"{self.question} {self.earlier} {self.question}"


_FIRST = re.compile(r"^\[1\](?:[ \t]|$)", re.M)
_LABEL = re.compile(r"^[ \t>#*_]*(?:user(?:'s)? |the )?question[ \t*_]*:[ \t*_]*", re.I | re.M)
_ANSWER_LABEL = re.compile(r"^[ \t>#*_]*(?:answer|response|reply)\b[^\n:]{0,20}:", re.I)
_TAG = re.compile(r"<(\w[\w-]*)[^<>\n]*>$")
_FENCE = re.compile(r'(""")$')  # not --- or ```: documents use these, and prompts leave them unclosed
_EXAMPLES = re.compile(
    r"^Examples of questions with their answers:\n(?:\nQ: [^\n]*\nA: [^\n]*(?:\n|\Z))+", re.M
)
_BLANK = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class _Parts:
    """A message split into the trusted text before the passages, the passages, and the trusted text after."""

    before: str
    passages: str
    after: str


def _closing(text: str, start: int) -> re.Match[str] | None:
    """The last closing mark of the enclosure that the line before `start` opens; None without one."""
    opener = text[:start].rstrip("\n").rpartition("\n")[2].strip()
    tag, fence = _TAG.search(opener), _FENCE.match(opener)
    if tag:
        pattern = rf"^[ \t]*</{re.escape(tag.group(1))}\s*>"
    elif fence:
        pattern = rf"^[ \t]*{re.escape(fence.group(1))}[ \t]*$"
    else:
        return None
    closings = list(re.compile(pattern, re.M).finditer(text, start))
    return closings[-1] if closings else None


def _split(text: str) -> _Parts:
    first = _FIRST.search(text)
    if first is None:
        return _Parts(text, "", "")
    start = first.start()
    if _LABEL.search(text, 0, start):
        closed = _closing(text, start)
        end, resume = (closed.start(), closed.end()) if closed else (len(text), len(text))
        return _Parts(text[:start], text[start:end], text[resume:])
    labels = list(_LABEL.finditer(text, start))
    end = labels[-1].start() if labels else len(text)
    closed = _closing(text[:end], start)
    if closed:
        return _Parts(text[:start], text[start : closed.start()], text[closed.end() :])
    return _Parts(text[:start], text[start:end], text[end:])


def read_passages(text: str) -> tuple[NumberedPassage, ...]:
    """Parse passages that were rendered as "[n] title\\ntext\\n\\n", with n from 1 upwards.

    Text without the next number belongs to the passage before it. A block of one line is a text without
    title.
    """
    starts: list[tuple[int, int]] = []
    position, number = 0, 1
    while True:
        opening = r"^\[1\]" if number == 1 else rf"(?<=\n)[ \t]*\n\[{number}\]"
        match = re.compile(opening + r"(?:[ \t]|$)", re.M).search(text, position)
        if match is None:
            break
        starts.append((match.start(), match.end()))
        position, number = match.end(), number + 1
    ends = [begin for begin, _ in starts[1:]] + [len(text)]
    passages = []
    for index, ((_, begin), end) in enumerate(zip(starts, ends, strict=True), start=1):
        title, _, body = text[begin:end].partition("\n")
        title, body = title.strip(), body.strip("\n ")
        passages.append(NumberedPassage(index, title if body else "", body or title))
    return tuple(passages)


def _labelled(text: str) -> tuple[str, str] | None:
    """(question, the rest): the last "Question:" line, up to a blank line or "Answer:"."""
    labels = list(_LABEL.finditer(text))
    if not labels:
        return None
    label = labels[-1]
    position = label.end()
    lines: list[str] = []
    for line in text[position:].splitlines(keepends=True):
        if (lines and not line.strip()) or _ANSWER_LABEL.match(line):
            break
        position += len(line)
        if line.strip():
            lines.append(line.strip())
    if not lines:
        return None
    return " ".join(lines), f"{text[: label.start()]}\n{text[position:]}"


def _asked_sentence(text: str) -> tuple[str, str] | None:
    """(question, the rest): the last sentence that ends in a question mark."""
    for span in reversed(split_sentences(text)):
        if span.text.rstrip("\"'”’)").endswith("?"):
            return " ".join(span.text.split()), f"{text[: span.start]}\n{text[span.end :]}"
    return None


def _last_paragraph(text: str) -> tuple[str, str] | None:
    """(question, the rest): the last paragraph that is not just "Answer:"."""
    paragraphs = [part.strip() for part in _BLANK.split(text)]
    paragraphs = [part for part in paragraphs if part and not _ANSWER_LABEL.fullmatch(part)]
    if not paragraphs:
        return None
    return " ".join(paragraphs[-1].split()), "\n\n".join(paragraphs[:-1])


def _find_question(trusted: Sequence[str]) -> tuple[str, list[str]]:
    """(the question, the trusted texts without it).

    trusted: the texts outside the passages in the order of the messages, the user's last.
    """
    for rule in (_labelled, _asked_sentence, _last_paragraph):
        for i in range(len(trusted) - 1, -1, -1):
            match = rule(trusted[i])
            if match:
                question, rest = match
                return question, [*trusted[:i], rest, *trusted[i + 1 :]]
    return "", list(trusted)


def _without_examples(text: str) -> str:
    """A trusted text without the examples of questions with their answers, which instruct nothing."""
    return _EXAMPLES.sub("", text)


def read_prompt(messages: Sequence[Message]) -> ParsedPrompt:
    """Parse the messages of a request by the rules above. Never raises, whatever they contain."""
    users = [i for i, message in enumerate(messages) if message.role == "user"]
    texts = [
        message.content.replace("\r\n", "\n")
        for i, message in enumerate(messages)
        if message.role == "system" or (users and i == users[-1])
    ]
    with_passages = [i for i, text in enumerate(texts) if _FIRST.search(text)]
    trusted: list[str] = []
    passages: tuple[NumberedPassage, ...] = ()
    tail = ""
    for i, text in enumerate(texts):
        if not with_passages or i < with_passages[-1]:
            # The passages of an earlier message do not count; its instructions do.
            trusted.append(_without_examples(_split(text).before))
        elif i == with_passages[-1]:
            parts = _split(text)
            passages = read_passages(parts.passages)
            trusted.append(_without_examples(f"{parts.before}\n\n{parts.after}"))
            if not parts.after and not _LABEL.search(parts.before):
                tail = parts.passages
        else:
            trusted.append(_without_examples(text))
    question, instructions = _find_question(trusted)
    if tail and with_passages and with_passages[-1] == len(texts) - 1:
        question, instructions, passages = _question_at_the_end(
            tail, trusted, question, instructions, passages
        )
    instruction_text = "\n\n".join(part.strip() for part in instructions if part.strip())
    directives = read_directives(instruction_text)
    return ParsedPrompt(question, passages, instruction_text, directives, _earlier_question(messages, users))


def _earlier_question(messages: Sequence[Message], users: Sequence[int]) -> str:
    """The question of the user's message before the last, where a conversation has one."""
    return read_prompt([messages[users[-2]]]).question if len(users) > 1 else ""


def _question_at_the_end(
    tail: str,
    trusted: list[str],
    question: str,
    instructions: list[str],
    passages: tuple[NumberedPassage, ...],
) -> tuple[str, list[str], tuple[NumberedPassage, ...]]:
    """(question, instructions, passages) when a question without a label may follow the passages.

    Unless the text outside the passages asks something, the last paragraph is the question. It is never read
    for instructions, because it may be the end of a passage.
    """
    if question.rstrip("\"'”’)").endswith("?"):
        return question, instructions, passages
    parts = _BLANK.split(tail.rstrip())
    while len(parts) > 1 and _ANSWER_LABEL.fullmatch(parts[-1].strip()):
        parts.pop()
    if len(parts) < 2 or parts[-1].lstrip().startswith("["):
        return question, instructions, passages
    last = " ".join(line for line in parts[-1].split("\n") if not _ANSWER_LABEL.fullmatch(line.strip()))
    return " ".join(last.split()), trusted, read_passages("\n\n".join(parts[:-1]))
