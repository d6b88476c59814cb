"""Finds the JSON in a model's reply, whatever is written around it, and forgives what models get wrong in it.
Knows nothing about what the JSON should say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from workbench.replies.untrusted import NotJson, read_json_at

MOST_STARTS = 50
"""How many brackets of a reply are tried as the beginning of its JSON."""

# A string, or a comma before a closing bracket. An apostrophe needs no backslash in JSON, and has none there.
_FORGIVEN = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)


def find_json(text: str) -> Iterator[dict[str, Any] | list[Any]]:
    """Yield the objects and lists that a text holds, in the order in which they begin.

    Commas before a closing bracket, escaped apostrophes and raw line breaks in strings are forgiven. What is
    cut short is not completed.
    """
    forgiven = _FORGIVEN.sub(lambda found: (found[1] or "").replace("\\'", "'"), text)
    end = 0
    starts = (found.start() for found in re.finditer(r"[{\[]", forgiven))
    for _, start in zip(range(MOST_STARTS), starts, strict=False):
        if start < end:
            continue  # a part of what was yielded
        try:
            document, end = read_json_at(forgiven, start)
        except NotJson:
            continue
        yield document
