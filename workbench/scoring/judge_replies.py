"""Reads a judge's reply and checks it: the requested schema, verdicts 0 or 1, and one for each statement.
Knows nothing about calling the judge."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, ValidationError

from workbench.replies.json_text import find_json
from workbench.replies.thinking import split_reply
from workbench.text import UNSPACED, content_tokens

Shape = TypeVar("Shape", bound=BaseModel)

# The names of verdict fields; ragas takes any number but 0 for a yes.
VERDICTS = ("verdict", "attributed", "noncommittal")
WORDS = {"yes": 1, "true": 1, "1": 1, "no": 0, "false": 0, "0": 0}
# A share written as text: "80 %", "8/10", "8 out of 10".
SHARE = re.compile(r"^\s*(\d+(?:[.,]\d+)?)\s*(?:(%)|(?:/|of|out of)\s*([1-9]\d*))\s*$", re.IGNORECASE)
DEEPEST_WRAPPER = 3
# The parts of an input that statements are taken from.
SOURCES = ("answer", "response")
INPUT = "\ninput: "  # precedes the input in a prompt of ragas
LONGEST_SHOWN = 120  # characters


class UnusableReply(Exception):
    """The reply cannot be used; the message says why."""


class RubricReply(BaseModel):
    # A docstring would become a part of the schema in the prompt.
    # The reason comes first: a judge that reasons before it marks, marks better.
    reason: str
    score: float


def schema_of(shape: type[BaseModel], statements: int | None = None) -> dict[str, Any]:
    """Return the shape as a JSON schema that servers can enforce.

    Its objects allow no further fields and require all of theirs, and a verdict is 0 or 1.
    statements: how many verdicts its list must have; None for any number.
    """
    schema = shape.model_json_schema()
    _close(schema)
    if statements is not None:
        for field in schema["properties"].values():
            if field.get("type") == "array":
                field |= {"minItems": statements, "maxItems": statements}
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
    problem = f"it is not the JSON that was asked for: {shown(text)}"
    for document in find_json(split_reply(text).answer):
        for candidate in _unwrapped(document, shape):
            try:
                reply = shape.model_validate(_with_numbers(candidate))
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                where = ".".join(str(step) for step in first["loc"]) or "the reply"
                problem = f"{where}: {first['msg'].lower()}, in {shown(text)}"
            else:
                _check_numbers(reply.model_dump())
                _check_statements(reply, _input_of(prompt))
                return reply
    raise UnusableReply(problem)


def shown(text: str) -> str:
    """Return the beginning of a text as a quoted line, for messages."""
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= LONGEST_SHOWN else flat[:LONGEST_SHOWN] + "…")


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


def _unwrapped(document: Any, shape: type[BaseModel]) -> Iterator[Any]:
    """The document, then what is in it where judges wrap their reply: {"result": {...}}, or a bare list."""
    fields = shape.model_fields
    if isinstance(document, list):
        lists = [name for name, field in fields.items() if get_origin(field.annotation) is list]
        yield from ({name: document} for name in lists if len(fields) == 1)
        document = document[0] if len(document) == 1 else None
    for _ in range(DEEPEST_WRAPPER):
        yield document
        if not isinstance(document, dict) or document.keys() & fields.keys():
            return
        inner = [value for value in document.values() if isinstance(value, dict | list)]
        if len(inner) != 1:
            return
        document = inner[0]
        if isinstance(document, list):
            yield from _unwrapped(document, shape)
            return


def _with_numbers(node: Any, name: str = "") -> Any:
    """The node with verdicts and scores that are written as words or shares as numbers."""
    if isinstance(node, dict):
        return {key: _with_numbers(inner, key) for key, inner in node.items()}
    if isinstance(node, list):
        return [_with_numbers(inner, name) for inner in node]
    if not isinstance(node, str):
        return node
    if name in VERDICTS:
        return WORDS.get(node.strip(" .!").lower(), node)
    if name == "score" and (share := SHARE.match(node)):
        return float(share[1].replace(",", ".")) / (100.0 if share[2] == "%" else float(share[3]))
    return node


def _input_of(prompt: str) -> dict[str, Any]:
    """The input in a prompt of ragas; empty when it has none or cannot be read."""
    try:
        data, _ = json.JSONDecoder().raw_decode(prompt[prompt.rindex(INPUT) + len(INPUT) :])
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _check_statements(reply: BaseModel, given: dict[str, Any]) -> None:
    """Raise UnusableReply unless each statement has one verdict, and each comes from the input.

    Leaving statements out would change the score. One that shares no word with the text that it was to be
    taken from comes from the prompt's own example, as small models copy it.
    """
    rows = next((value for value in vars(reply).values() if isinstance(value, list)), [])
    asked = given.get("statements")
    if rows and isinstance(asked, list) and len(rows) != len(asked):
        raise UnusableReply(f"it gave {len(rows)} verdicts on {len(asked)} statements")
    source = " ".join(str(given[name]) for name in SOURCES if name in given)
    known = _words_of(source)
    for row in rows:
        statement = row if isinstance(row, str) else getattr(row, "statement", None)
        own = _words_of(statement) if isinstance(statement, str) else set()
        if known and own and not own & known:
            raise UnusableReply(f"its statement {shown(str(statement))} shares no word with the text")


def _words_of(text: str) -> set[str]:
    """Content words, and the single characters of scripts that write none apart."""
    return {*content_tokens(text), *re.findall(UNSPACED, text)}


def statements_in(prompt: str) -> int | None:
    """How many statements a prompt asks verdicts on; None when it asks for none."""
    statements = _input_of(prompt).get("statements")
    return len(statements) if isinstance(statements, list) and statements else None


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
