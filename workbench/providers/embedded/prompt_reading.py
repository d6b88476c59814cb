"""Takes a rendered prompt apart: the question, the numbered passages, and what the instructions ask for.
Knows nothing about how an answer is made, and trusts no text that may have come in with a passage.

The rules (docs/embedded-answerer.md tells them to users):

- Passages begin at the first line "[1] ..." of the last message that has one, and each further one at the
  next number after a blank line. They end at a line that begins "Question:" (the last such line), or at the
  closing half of a <tag> or \"\"\" that stands on the line right before "[1]", or else with the message. What
  cannot be told from a passage is a passage.
- A "Question:" line before the passages means that the passages run to the end of the message.
- The question is the last "Question:" line outside the passages; else the last sentence there that ends in
  "?"; else the last paragraph of the message, or of the messages without passages.
- Instructions are what is outside the passages and not the question, in system parts and the last user part.
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
class ReadPrompt:
    """What a prompt holds. question: "" when the messages are empty.  instructions: trusted text only."""

    question: str
    passages: tuple[NumberedPassage, ...]
    instructions: str
    directives: Directives


_FIRST = re.compile(r"^\[1\](?:[ \t]|$)", re.M)
_LABEL = re.compile(r"^[ \t>#*_]*(?:user(?:'s)? |the )?question[ \t*_]*:[ \t*_]*", re.I | re.M)
_ANSWER_LABEL = re.compile(r"^[ \t>#*_]*(?:answer|response|reply)\b[^\n:]{0,20}:", re.I)
_TAG = re.compile(r"<(\w[\w-]*)[^<>\n]*>$")
_FENCE = re.compile(r'(""")$')  # not --- or ```: documents have those, and prompts leave them unclosed
_BLANK = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class _Parts:
    """One message cut in three: trusted text before the passages, passage text, trusted text after."""

    before: str
    passages: str
    after: str


def _closing(text: str, start: int) -> re.Match[str] | None:
    """The end of an enclosure opened on the line right before `start`; the last one in the text."""
    opener = text[:start].rstrip("\n").rpartition("\n")[2].strip()
    tag, fence = _TAG.search(opener), _FENCE.match(opener)
    if tag:
        pattern = rf"^[ \t]*</{re.escape(tag.group(1))}\s*>"
    elif fence:
        pattern = rf"^[ \t]*{re.escape(fence.group(1))}[ \t]*$"
    else:
        return None
    found = list(re.compile(pattern, re.M).finditer(text, start))
    return found[-1] if found else None


def _cut(text: str) -> _Parts:
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
    """Passages rendered as "[n] title\\ntext\\n\\n", n from 1 upwards; text that fits no number goes with
    the passage before it. A block of one line is all text."""
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
    """(question, the text without it) by the last "Question:" line, up to a blank line or "Answer:"."""
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
    """(question, the rest) by the last sentence that ends in a question mark."""
    for span in reversed(split_sentences(text)):
        if span.text.rstrip("\"'”’)").endswith("?"):
            return " ".join(span.text.split()), f"{text[: span.start]}\n{text[span.end :]}"
    return None


def _last_paragraph(text: str) -> tuple[str, str] | None:
    paragraphs = [part.strip() for part in _BLANK.split(text)]
    kept = [part for part in paragraphs if part and not _ANSWER_LABEL.fullmatch(part)]
    if not kept:
        return None
    return " ".join(kept[-1].split()), "\n\n".join(kept[:-1])


def _find_question(trusted: Sequence[str]) -> tuple[str, list[str]]:
    """The question and the instructions left over; `trusted` texts come in order, the user's last."""
    for rule in (_labelled, _asked_sentence, _last_paragraph):
        for i in range(len(trusted) - 1, -1, -1):
            found = rule(trusted[i])
            if found:
                return found[0], [*trusted[:i], found[1], *trusted[i + 1 :]]
    return "", list(trusted)


def read_prompt(messages: Sequence[Message]) -> ReadPrompt:
    """Take a request's messages apart; never raises, whatever they hold."""
    users = [i for i, message in enumerate(messages) if message.role == "user"]
    kept = [
        message.content.replace("\r\n", "\n")
        for i, message in enumerate(messages)
        if message.role == "system" or (users and i == users[-1])
    ]
    holders = [i for i, text in enumerate(kept) if _FIRST.search(text)]
    trusted: list[str] = []
    passages: tuple[NumberedPassage, ...] = ()
    tail = ""
    for i, text in enumerate(kept):
        if not holders or i < holders[-1]:
            # An earlier message with passages of its own: its instructions count, its passages do not.
            trusted.append(_cut(text).before)
        elif i == holders[-1]:
            parts = _cut(text)
            passages = read_passages(parts.passages)
            trusted.append(f"{parts.before}\n\n{parts.after}")
            if not parts.after and not _LABEL.search(parts.before):
                tail = parts.passages
        else:
            trusted.append(text)
    question, instructions = _find_question(trusted)
    if tail and holders and holders[-1] == len(kept) - 1:
        question, instructions, passages = _question_at_the_end(
            tail, trusted, question, instructions, passages
        )
    joined = "\n\n".join(part.strip() for part in instructions if part.strip())
    return ReadPrompt(question, passages, joined, read_directives(joined))


def _question_at_the_end(
    tail: str,
    trusted: list[str],
    question: str,
    instructions: list[str],
    passages: tuple[NumberedPassage, ...],
) -> tuple[str, list[str], tuple[NumberedPassage, ...]]:
    """An unlabelled question after the passages: the last paragraph, when nothing outside asks anything.

    It is used as the question, never as an instruction: it may be the end of a passage.
    """
    if question.rstrip("\"'”’)").endswith("?"):
        return question, instructions, passages
    parts = _BLANK.split(tail.rstrip())
    while len(parts) > 1 and _ANSWER_LABEL.fullmatch(parts[-1].strip()):
        parts.pop()
    if len(parts) < 2 or parts[-1].lstrip().startswith("["):
        return question, instructions, passages
    asked = " ".join(line for line in parts[-1].split("\n") if not _ANSWER_LABEL.fullmatch(line.strip()))
    return " ".join(asked.split()), trusted, read_passages("\n\n".join(parts[:-1]))
