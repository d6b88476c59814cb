"""Reads a judge's reply and checks it: the requested schema, verdicts 0 or 1, and one for each statement.
Knows nothing about calling the judge."""

from __future__ import annotations

import json
import math
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from workbench.replies.thinking import split_reply
from workbench.replies.untrusted import NotJson, read_json_at_start

Shape = TypeVar("Shape", bound=BaseModel)

# The names of verdict fields; ragas takes any number but 0 for a yes.
VERDICTS = ("verdict", "attributed", "noncommittal")
FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.S)
INPUT = "\ninput: "  # precedes the input in a prompt of ragas
LONGEST_SHOWN = 120  # characters


class UnusableReply(Exception):
    """The reply cannot be used; the message says why."""


class RubricReply(BaseModel):
    # A docstring would become a part of the schema in the prompt.
    # The reason comes first: a judge that reasons before it marks, marks better.
    reason: str
    score: float


def schema_of(shape: type[BaseModel]) -> dict[str, Any]:
    """Return the shape as a JSON schema that servers can enforce.

    Its objects allow no further fields and require all of theirs, and a verdict is 0 or 1.
    """
    schema = shape.model_json_schema()
    _close(schema)
    return schema


def _close(node: Any) -> None:
    """Apply the rules of schema_of to a schema, in place."""
    if isinstance(node, list):
        for item in node:
            _close(item)
    elif isinstance(node, dict):
        properties = node.get("properties")
        if node.get("type") == "object" and isinstance(properties, dict):
            node["additionalProperties"] = False
            node["required"] = list(properties)
            for name, inner in properties.items():
                inner.pop("default", None)
                if name in VERDICTS and inner.get("type") == "integer":
                    inner["enum"] = [0, 1]
        for inner in node.values():
            _close(inner)


def read_reply(text: str, shape: type[Shape], prompt: str) -> Shape:
    """Return the reply in its shape. Raises UnusableReply when it has another shape or a wrong number.

    prompt: the prompt of the call; the statements in it must have one verdict each.
    """
    data = _find_object(text)
    try:
        reply = shape.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the reply"
        raise UnusableReply(f"{where}: {first['msg'].lower()}, in {shown(text)}") from None
    _check_numbers(reply.model_dump())
    _check_count(reply, prompt)
    return reply


def shown(text: str) -> str:
    """Return the beginning of a text as a quoted line, for messages."""
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= LONGEST_SHOWN else flat[:LONGEST_SHOWN] + "…")


def _find_object(text: str) -> dict[str, Any]:
    """The JSON object of a reply, whatever is written around it. Raises UnusableReply when there is none."""
    bare = split_reply(text).answer.strip()
    fenced = FENCE.search(bare)
    for candidate in (bare, fenced.group(1) if fenced else "", bare[bare.find("{") :]):
        start = candidate.strip()
        if not start.startswith("{"):
            continue
        try:
            data = read_json_at_start(start)
        except NotJson:
            continue
        return dict(data)
    raise UnusableReply(f"it is not the JSON that was asked for: {shown(text)}")


def _check_numbers(node: Any, name: str = "") -> None:
    """Raise UnusableReply when a verdict is not 0 or 1 or a score is not in [0, 1]."""
    if isinstance(node, dict):
        for key, inner in node.items():
            _check_numbers(inner, key)
    elif isinstance(node, list):
        for inner in node:
            _check_numbers(inner, name)
    elif name in VERDICTS and node not in (0, 1):
        raise UnusableReply(f"its {name} is {node}, which is neither 0 nor 1")
    elif name == "score" and not (math.isfinite(node) and 0 <= node <= 1):
        raise UnusableReply(f"its score is {node}, which is not within 0 and 1")


def _check_count(reply: BaseModel, prompt: str) -> None:
    """Raise UnusableReply unless each statement has one verdict: leaving some out would change the score."""
    verdicts = getattr(reply, "statements", None)
    if not isinstance(verdicts, list) or not verdicts or isinstance(verdicts[0], str):
        return
    expected = _count_statements(prompt)
    if expected is not None and len(verdicts) != expected:
        raise UnusableReply(f"it gave {len(verdicts)} verdicts on {expected} statements")


def _count_statements(prompt: str) -> int | None:
    """The number of statements in the prompt's input; None when it has none or cannot be read."""
    try:
        data, _ = json.JSONDecoder().raw_decode(prompt[prompt.rindex(INPUT) + len(INPUT) :])
    except ValueError:
        return None
    statements = data.get("statements") if isinstance(data, dict) else None
    return len(statements) if isinstance(statements, list) else None


def correction(problem: str) -> str:
    """Return the message to a judge whose reply cannot be used."""
    return (
        f"That reply cannot be used: {problem}. Reply again with the JSON object alone, as the schema has "
        "it, one verdict for each statement, each 0 or 1, in the language of the text."
    )


def verdicts_of(replies: tuple[BaseModel, ...] | list[BaseModel]) -> list[dict[str, Any]]:
    """Return each verdict with its text and the judge's reason, for the page that shows the answer.

    A verdict has the keys text (a claim, a question or "passage N"), verdict (0 or 1), reason, and reply (the
    index of the reply).
    """
    verdicts: list[dict[str, Any]] = []
    passages = 0
    for number, reply in enumerate(replies):
        data = reply.model_dump()
        rows = data.get("statements") or data.get("classifications") or []
        for row in rows:
            if isinstance(row, dict):
                verdict = int(row["verdict"] if "verdict" in row else row["attributed"])
                verdicts.append(_verdict(row["statement"], verdict, row["reason"], number))
        if "verdict" in data:
            passages += 1
            verdicts.append(_verdict(f"passage {passages}", int(data["verdict"]), data["reason"], number))
        if "noncommittal" in data:
            committal = "It is evasive." if data["noncommittal"] else "A question that the answer answers."
            verdicts.append(_verdict(data["question"], 1 - int(data["noncommittal"]), committal, number))
    return verdicts


def _verdict(text: str, verdict: int, reason: str, reply: int) -> dict[str, Any]:
    return {"text": text[:1000], "verdict": verdict, "reason": reason[:1000], "reply": reply}
