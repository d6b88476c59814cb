"""Asks for a better prompt and reads the reply: a reason, and the parts of the prompt between fences.
Knows nothing about sending requests, nor about what is done with the prompt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.prompt_optimisation.types import TrainAnswer
from workbench.providers.types import Message
from workbench.space.model import Model
from workbench.space.prompt import Prompt

BEGINNING = "You improve the prompt of a system that answers questions from passages of documents."
REFLECTION_TOKENS = 2_000
"""Room for a reply, at least."""
LONGEST_ANSWER = 1_200
LONGEST_REASON = 500
LONGEST_REPLY = 4_000
"""Characters of a reply that is sent back to be mended."""

_INSTRUCTIONS = f"""{BEGINNING} Below are the prompt and some answers that it led to, each with what is \
wrong with it. Write a better prompt.

Rules:
- Words in single braces are placeholders. Keep {{placeholders}} exactly as they are, in the template.
- Say in general what a good answer does. Never copy questions, passages, answers or facts from below: the \
prompt is used for other questions.
- Be brief: every 100 tokens more than now cost {{price}} points of the score (1 is the best).
- What is scored: {{aim}}.
"""
_FORM = """Reply in this form, and with nothing else:

Reason: one sentence that says what you changed and why
{system}Template:
```
the whole template with its placeholders
```"""
_SYSTEM_FORM = """System:
```
the whole system part
```
"""


def as_reflector(model: Model) -> Model:
    """The model with room for its reply: answers may be shorter than a prompt."""
    if model.max_tokens is None or model.max_tokens >= REFLECTION_TOKENS:
        return model
    room = REFLECTION_TOKENS if model.context_window is None else model.context_window // 2
    return model.model_copy(update={"max_tokens": max(model.max_tokens, min(REFLECTION_TOKENS, room))})


def ask_for_better(
    prompt: Prompt,
    answers: Sequence[TrainAnswer],
    *,
    placeholders: Sequence[str],
    aim: str,
    length_price: float,
    tried: Sequence[str] = (),
) -> tuple[Message, ...]:
    """The request for a better prompt.

    placeholders: those that must stay, by name.
    length_price: points that 100 tokens cost.
    tried: what was changed before and did not help, in words.
    """
    named = " and ".join(f"{{{name}}}" for name in placeholders)
    instructions = (
        _INSTRUCTIONS.replace("{placeholders}", named)
        .replace("{price}", f"{length_price:g}")
        .replace("{aim}", aim)
    )
    system = f"System:\n```\n{prompt.system}\n```\n" if prompt.system else ""
    shown = f"The prompt now:\n\n{system}Template:\n```\n{prompt.template.rstrip()}\n```"
    examples = "\n\n".join(_show(number, answer) for number, answer in enumerate(answers, start=1))
    if tried:
        examples += "\n\nTried before, and no better:\n" + "\n".join(f"- {reason}" for reason in tried)
    form = _FORM.format(system=_SYSTEM_FORM if prompt.system else "")
    return (Message("user", f"{instructions}\n{shown}\n\n{examples}\n\n{form}"),)


def _show(number: int, answer: TrainAnswer) -> str:
    text = "(none)" if answer.text is None else answer.text[:LONGEST_ANSWER] or "(empty)"
    value = "" if answer.value is None else f" (score {answer.value:.2f})"
    feedback = answer.feedback or "- Nothing is wrong with it."
    return f"Answer {number}{value}\nQuestion: {answer.question}\nAnswer: {text}\nFeedback:\n{feedback}"


def ask_to_mend(asked: tuple[Message, ...], reply: str, why: str) -> tuple[Message, ...]:
    """The request to write a prompt again that cannot be used. why: what is wrong with it."""
    mend = f"This cannot be used. {why} Reply again in the form above."
    return (*asked, Message("assistant", reply[:LONGEST_REPLY] or "(empty)"), Message("user", mend))


@dataclass(frozen=True)
class ReflectionReply:
    """What a reply proposes."""

    reason: str
    system: str | None
    """None where the reply gives no system part: that of the parent stays."""
    template: str


_FENCED = re.compile(r"^[ \t]*`{3,}[^\n`]*\n(.*?)(?:^[ \t]*`{3,}[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_REASON = re.compile(r"^\W*reason\W*:[\s*_]*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_LABEL = re.compile(r"(system|template)[^\n]*\n?\s*\Z", re.IGNORECASE)
_BARE = re.compile(r"^\W*template\W*:\s*\n?(.+)\Z", re.IGNORECASE | re.DOTALL | re.MULTILINE)


def read_reflection(reply: str) -> ReflectionReply | None:
    """Read a reply; None where it holds no template. A lone fenced text is taken for the template."""
    reason = _REASON.search(reply)
    parts: dict[str, str] = {}
    blocks = list(_FENCED.finditer(reply))
    for number, block in enumerate(blocks):
        before = reply[blocks[number - 1].end() if number else 0 : block.start()]
        label = _LABEL.search(before)
        name = label.group(1).lower() if label else ("template" if len(blocks) == 1 else "")
        if name:
            parts.setdefault(name, block.group(1).strip("\n"))
    if not blocks and (bare := _BARE.search(reply)):
        parts["template"] = bare.group(1).strip()
    template = parts.get("template", "").strip("\n")
    if not template.strip():
        return None
    said = " ".join(reason.group(1).split())[:LONGEST_REASON] if reason else ""
    return ReflectionReply(said, parts.get("system", "").strip() or None, template + "\n")
