"""Derives a condition on metadata from a question: a model gets the keys with their usual values.
Knows nothing about how the condition is carried out, or which model is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.corpus.types import AskedQuestion
from workbench.errors import ProviderError
from workbench.input.conditions import BadCondition, Condition, place_of, read_condition
from workbench.pipeline.filtering import FilterContext
from workbench.pipeline.metadata_index import MetadataIndex, UsualValues
from workbench.pipeline.query_history import with_history
from workbench.providers.types import Message
from workbench.replies.untrusted import NotJson, read_json_at

MOST_KEYS = 30
MOST_VALUES = 20
"""Values of a key that the model is shown."""
MOST_DISTINCT = 200
"""A key with more distinct values that are no numbers and no dates is one like a title: it is not shown."""
LONGEST_VALUE = 60
"""Characters of a value that the model is shown."""
LONGEST_REPLY = 20_000
INSTRUCTION = (
    "Documents are searched for the question below. Say which documents can answer it, by their metadata, as "
    "one JSON object: a key with a value, with a list of values of which any does, or with "
    '{"min": …, "max": …} for numbers and dates. Use only the keys and values listed, and only where the '
    "question itself says so. Where it says nothing of the kind, reply {}. Reply with the JSON object alone."
)


async def derive_condition(question: AskedQuestion, context: FilterContext) -> Condition | None:
    """The condition that the query model derives; None when the question names none.

    Keys and values that no document has are left out. Raises ProviderError when the model fails, or replies
    no JSON object.
    """
    keys = list(_shown_keys(context.metadata))
    if not keys:
        return None
    reply = await context.ask(filter_messages(question, keys))
    return known_condition(read_reply(reply), context.metadata)


def filter_messages(question: AskedQuestion, keys: list[UsualValues]) -> tuple[Message, ...]:
    """The request: the instruction, the keys with their values, and what is asked."""
    listed = "\n".join(f"- {key.key}: {_describe(key)}" for key in keys)
    asked = with_history(question.text, question.history) if question.history else question.text
    return (Message("user", f"{INSTRUCTION}\n\nMetadata:\n{listed}\n\nQuestion: {asked}\n\nJSON:"),)


def _shown_keys(metadata: MetadataIndex) -> Iterator[UsualValues]:
    """The keys that tell documents apart and whose values can be known from a question."""
    shown = 0
    for key in metadata.usual_values(MOST_VALUES):
        ranged = all(place_of(value) is not None for value in key.values)
        if key.distinct > 1 and (ranged or key.distinct <= MOST_DISTINCT) and shown < MOST_KEYS:
            shown += 1
            yield key


def _describe(key: UsualValues) -> str:
    values = ", ".join(json.dumps(_cut(value), ensure_ascii=False) for value in key.values)
    return (
        values if key.distinct <= len(key.values) else f"{values}, and {key.distinct - len(key.values)} more"
    )


def _cut(value: Any) -> Any:
    return value[:LONGEST_VALUE] if isinstance(value, str) else value


def read_reply(reply: str) -> dict[str, Any]:
    """The JSON object in a reply, with remarks or a fence around it.

    Raises ProviderError (kind "nonsense") for a reply without one.
    """
    text = reply[:LONGEST_REPLY]
    begin = text.find("{")
    while begin >= 0:
        try:
            value, _ = read_json_at(text, begin)
        except NotJson:
            begin = text.find("{", begin + 1)
            continue
        if isinstance(value, dict):
            return value
        break
    raise ProviderError("The query model's reply contains no JSON object.", kind="nonsense")


def known_condition(said: Mapping[str, Any], metadata: MetadataIndex) -> Condition | None:
    """What a reply says of known keys with known values; None when nothing is left."""
    by_form = {key.casefold(): key for key in metadata.keys}
    kept: dict[str, Any] = {}
    for name, wanted in said.items():
        key = by_form.get(str(name).strip().casefold())
        if key is None:
            continue
        try:
            [known] = read_condition({key: wanted}).values()
        except BadCondition:
            continue
        if isinstance(known, list):
            known = [value for value in known if metadata.has_value(key, value)]
        if isinstance(known, dict) or (known if isinstance(known, list) else metadata.has_value(key, known)):
            kept[key] = known
    return read_condition(kept) if kept else None
