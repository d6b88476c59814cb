"""Checks the form of reply that a request asks for.
Knows nothing about the rest of the request."""

from __future__ import annotations

import re
from typing import Any

from tests.protocol_server.limits import Invalid, Messages


def check_format(given: Any, messages: Messages, refused: tuple[str, ...]) -> None:
    """As OpenAI does: a strict schema is closed and requires all; JSON mode wants the word in the prompt."""
    kind = given.get("type") if isinstance(given, dict) else None
    if kind not in ("text", "json_object", "json_schema") or kind in refused:
        raise Invalid(f"Invalid parameter: 'response_format' of type '{kind}' is not supported")
    if kind == "json_object" and not any("json" in m["content"].lower() for m in messages):
        raise Invalid(
            "'messages' must contain the word 'json' to use 'response_format' of type 'json_object'"
        )
    if kind != "json_schema":
        return
    wrapped = given.get("json_schema")
    if set(given) != {"type", "json_schema"} or not isinstance(wrapped, dict):
        raise Invalid("Missing required parameter: 'response_format.json_schema'")
    if set(wrapped) - {"name", "description", "schema", "strict"} or not wrapped.get("name"):
        raise Invalid("Invalid 'response_format.json_schema'")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", wrapped["name"]):
        raise Invalid("Invalid 'response_format.json_schema.name'")
    if wrapped.get("strict"):
        check_strict(wrapped.get("schema"))


def check_strict(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            check_strict(item)
    elif isinstance(node, dict):
        if node.get("type") == "object":
            properties = node.get("properties", {})
            if node.get("additionalProperties") is not False or set(node.get("required", ())) != set(
                properties
            ):
                raise Invalid("Invalid schema: 'additionalProperties' must be false and all be 'required'")
        for item in node.values():
            check_strict(item)
