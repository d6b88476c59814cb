"""A model that drafts questions without thinking: it copies a sentence and asks for its last words.
Knows nothing about the workbench; the protocol server asks it."""

from __future__ import annotations

import json
import re
from typing import Any

Messages = list[dict[str, str]]

SMALL = frozenset(
    "a an the of to is are in on at for and or by be it that this with from what how i if you we do not".split()
)


def _words(text: str) -> set[str]:
    return {w.rstrip("s") for w in re.findall(r"[a-z0-9]+", text.lower())} - SMALL


def texts_in(prompt: str) -> list[tuple[str, str]]:
    """(title, text) of the texts of a prompt."""
    return re.findall(r'from “([^”]*)”[^\n]*:\n"""\n(.*?)\n"""', prompt, re.DOTALL)


def sentences_of(text: str) -> list[str]:
    found = re.split(r"(?<=[.!?])\s+|\n", text)
    return [s.strip() for s in found if len(s.split()) >= 6 and not s.startswith(("#", "|"))]


def _fact(title: str, text: str) -> dict[str, str]:
    """A sentence whose last three words are asked for by its others."""
    sentence = max(sentences_of(text) or [text.strip().split("\n")[-1]], key=len)
    words = sentence.strip(" .-*").split()
    return {
        "quote": sentence,
        "answer": " ".join(words[-3:]),
        "question": f"In {title}, what ends the statement {' '.join(words[:-3][:20])}?",
    }


def _draft(prompt: str) -> dict[str, Any]:
    texts = texts_in(prompt)
    first = _fact(*texts[0])
    if len(texts) == 2:
        second = _fact(*texts[1])
        return {
            "quote_1": first["quote"], "quote_2": second["quote"],
            "answer": f"{first['answer']} and {second['answer']}",
            "question": f"{first['question'].rstrip('?')} and {second['question'][:1].lower()}{second['question'][1:]}",
        }  # fmt: skip
    if '"missing"' in prompt:
        return {"missing": "a serial number", "question": f"Who is the patron saint of {texts[0][0]}?"}
    if '"first_question"' in prompt:
        return {"first_question": f"What does {texts[0][0]} say?", "first_answer": "Several things."} | first
    return first


def _answer(prompt: str) -> str:
    """The end of the sentence that has most of the question's words; else that it is not answered."""
    question = re.findall(r"^Question: (.+)$", prompt, re.MULTILINE)[-1]
    asked = _words(question)
    best, most = "not answered", 0.6
    for _, text in texts_in(prompt):
        for sentence in [*sentences_of(text), text]:
            words = sentence.strip(" .-*").split()
            own = _words(" ".join(words[:-3][:20]))
            if own and len(own & asked) / len(own) > most:
                best, most = " ".join(words[-3:]), len(own & asked) / len(own)
    return best


def draft(messages: Messages) -> str:
    """The reply's JSON text."""
    prompt = messages[0]["content"]
    if '"wordings"' in prompt:
        question = re.findall(r"^Question: (.+)$", prompt, re.MULTILINE)[0]
        wordings = [
            f"Please say: {question[:1].lower()}{question[1:]}",
            f"Tell me, {question[:1].lower()}{question[1:]}",
        ]
        return json.dumps({"wordings": wordings})
    if "Answer from what you know" in prompt:
        return json.dumps({"answer": "not known"})
    if "from the text alone" in prompt:
        return json.dumps({"answer": _answer(prompt)})
    return json.dumps(_draft(prompt))
