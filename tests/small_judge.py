"""A judge that counts words instead of thinking: replies to ragas's prompts and to rubrics, in their schema.
Knows nothing about the workbench; the protocol server asks it."""

from __future__ import annotations

import json
import re
from typing import Any

ENOUGH = 0.75
SMALL = frozenset("a an the of to is are in on at for and or by be it that this with from within can".split())


def _words(text: str) -> set[str]:
    return {w.rstrip("s") for w in re.findall(r"[a-z0-9]+", text.lower())} - SMALL


def _sentences(text: str) -> list[str]:
    bare = re.sub(r"\s*\[\d+\]", "", text)
    return [s.strip() for s in re.split(r"(?<=[.!?])\s+|\n", bare) if s.strip()]


def supported(statement: str, context: str) -> int:
    own = _words(statement)
    return int(bool(own) and len(own & _words(context)) / len(own) >= ENOUGH)


def is_judging(messages: list[dict[str, str]]) -> bool:
    text = messages[0]["content"]
    return "\ninput: {" in text or text.startswith("You mark one answer by one rubric")


def judge(messages: list[dict[str, str]]) -> str:
    """The reply's JSON text; by word overlap, so that a copied sentence is supported and another is not."""
    text = messages[0]["content"]
    if "\ninput: {" not in text:
        return json.dumps(_mark(text))
    given, _ = json.JSONDecoder().raw_decode(text[text.rindex("\ninput: ") + len("\ninput: ") :])
    return json.dumps(_reply(text, given))


def _reply(prompt: str, given: dict[str, Any]) -> dict[str, Any]:
    if "statements" in given:
        return {"statements": [_verdict(s, given["context"], "verdict") for s in given["statements"]]}
    if "atomicity" in given:
        return {"claims": _sentences(given["response"])}
    if set(given) == {"response"}:
        evasive = int("know" in given["response"])
        return {"question": f"What about {given['response']}?", "noncommittal": evasive}
    if "context" in given and "attributed" in prompt.split("EXAMPLES")[0]:
        rows = [_verdict(s, given["context"], "attributed") for s in _sentences(given["answer"])]
        return {"classifications": rows}
    if "context" in given:
        return {"reason": "word overlap", "verdict": supported(given["answer"], given["context"])}
    return {"statements": _sentences(given["answer"])}


def _verdict(statement: str, context: str, name: str) -> dict[str, Any]:
    return {"statement": statement, "reason": "word overlap", name: supported(statement, context)}


def _mark(prompt: str) -> dict[str, Any]:
    """A rubric's mark: 1 where the answer holds a word of the rubric, else 0.25."""
    rubric = prompt.split("The rubric:\n")[1].split("\n\nThe material")[0]
    material, _ = json.JSONDecoder().raw_decode(prompt[prompt.index("\n{") + 1 :])
    shared = sorted(_words(rubric) & _words(str(material["answer"])))
    return {"reason": f"It shares {shared or 'nothing'} with the rubric.", "score": 1.0 if shared else 0.25}
