"""A model behind the server whose answers hang on what its prompt says, and one that improves such prompts.
Knows nothing about HTTP. The rules are few, so that a test knows which prompt is better."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.protocol_server.chat import answer_from_passages
from tests.protocol_server.limits import Messages, words

REFLECTS = "You improve the prompt of a system"
DECLINE = "If the passages do not contain the answer, say that you do not know."
ONE_SENTENCE = "Answer with the one sentence that answers the question."
FURTHER = ("Give a short answer: only the words that answer the question.", ONE_SENTENCE, DECLINE)
"""Edits that are tried when those that the feedback asks for did not help."""
CHATTER = (
    "Thank you for your question, which is a very good one. As everybody knows, this was settled long ago. "
)


def is_reflecting(messages: Messages) -> bool:
    return messages[0]["content"].startswith(REFLECTS)


def _found(messages: Messages) -> tuple[str, float]:
    """The passage sentence that shares most words with the question, and the share of its words it has."""
    text = messages[-1]["content"]
    question = set(words(text.rpartition("Question: ")[2].partition("\n")[0]))
    best = re.sub(r" \[\d+\]$", "", answer_from_passages(messages))
    return best, len(question & set(words(best))) / max(1, len(question))


def obey(messages: Messages) -> str:
    """Chatters and leaves out numbers unless the prompt asks for one sentence; invents an answer unless it may
    say that it does not know."""
    prompt = " ".join(message["content"] for message in messages).lower()
    best, share = _found(messages)
    if best == "I don't know." or share < 0.5:
        return "I don't know." if "do not know" in prompt else "It was founded in 1911 by nine brothers."
    return best if "one sentence" in prompt else CHATTER + re.sub(r"\d+", "some", best)


def _say(rules: Sequence[str]) -> str:
    return "; ".join(rules).lower()


@dataclass
class Reflecting:
    """A server's `reply`: reflects where it is asked to, else answers as `answers` does.

    bad: for the n-th reflection (from 1), what is replied instead of an edit: "drops" a placeholder, "copies" a
        question, "nonsense", "empty", "brace", "same"; None makes a sensible edit.
    """

    bad: Callable[[int], str | None] = lambda number: None
    answers: Callable[[Messages], str] = obey
    reflected: list[Messages] = field(default_factory=list)

    def __call__(self, messages: Messages) -> str:
        if not is_reflecting(messages):
            return self.answers(messages)
        self.reflected.append(messages)
        return self._reflect(messages[0]["content"], self.bad(len(self.reflected)))

    def _reflect(self, asked: str, bad: str | None) -> str:
        template = asked.split("Template:\n```\n", 1)[1].split("\n```", 1)[0]
        question = asked.split("Question: ")[-1].partition("\n")[0]
        if bad == "nonsense":
            return "I would rather talk about the weather."
        if bad == "empty":
            return ""
        feedback, _, tried = asked.partition("Tried before")
        wants = {ONE_SENTENCE: "Without support" in feedback, DECLINE: "decline" in feedback}
        both = [rule for rule, wanted in wants.items() if wanted]
        edits = [both, *([rule] for rule in (*both, *FURTHER))]
        fresh = (
            e
            for e in edits
            if e and not any(r in template for r in e) and f"- {_say(e)}" not in tried.split("\n")
        )
        added = next(fresh, ["Be brief."])
        reason, edited = _say(added), "\n".join([template, *added])
        if bad == "drops":
            edited = edited.replace("{passages}", "the passages")
        elif bad == "copies":
            edited += f"\nFor example: {question} This is what people ask most, as in {question}"
        elif bad == "brace":
            edited += "\n{answer}"
        elif bad == "same":
            edited = template
        return f"Reason: {reason}\nTemplate:\n```\n{edited}\n```"
