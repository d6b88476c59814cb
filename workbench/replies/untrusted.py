"""Takes in text and JSON that others wrote, as text and numbers that can be stored, hashed and sent on.
Knows nothing about servers, models or the database: it is the border that all their replies cross."""

from __future__ import annotations

import json
import re
from typing import Any

# JSON's way to write half of a character beyond U+FFFF. In a pair they are one character.
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
# An int of up to 18 digits fits into 64 bits, which is what SQLite and numpy hold.
MOST_DIGITS = 18
MOST_LEVELS = 100
"""Lists and objects within each other. Whoever walks through a value needs a frame of the stack for each."""
REPLACEMENT = "\ufffd"


class NotJson(ValueError):
    """A text that is no JSON, or JSON that is nested too deeply to be read."""


def storable_text(text: str) -> str:
    """The text as any database, hash and UTF-8 file takes it.

    Halves of a character that follow each other are put together, as a stream may cut between them; a lone
    half and NUL, which some databases refuse, become U+FFFD.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", REPLACEMENT)


def storable(value: Any) -> Any:
    """A value of JSON in which every text, names included, is storable."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable_text(name): storable(item) for name, item in value.items()}
    return value


def is_storable(written: str) -> bool:
    """Whether all texts in a JSON text that was written with `ensure_ascii=False` are storable."""
    return "\\u0000" not in written and storable_text(written) == written


def storable_json(value: Any) -> str:
    """A value as JSON text in which every text is storable."""
    written = json.dumps(value, ensure_ascii=False)
    return written if is_storable(written) else json.dumps(storable(json.loads(written)), ensure_ascii=False)


def parse_json(data: bytes | str) -> Any:
    """The value in a JSON text, whose texts may still hold halves of characters: for pieces of a stream.

    Bytes that are no characters become U+FFFD. A whole number of more than 18 digits becomes a float, which
    is infinite when it has hundreds. NaN and Infinity are floats, too.

    Raises NotJson.
    """
    text = _decode(data)
    value, end = _parse(text, len(text) - len(text.lstrip()))
    if text[end:].strip():
        raise NotJson(f"something follows its JSON, at character {end:,}")
    return value


def read_json(data: bytes | str) -> Any:
    """As `parse_json`, with storable texts: for whole replies. Raises NotJson."""
    text = _decode(data)
    return _made_storable(parse_json(text), text)


def read_json_at(text: str, start: int) -> tuple[Any, int]:
    """(the value that begins at a character of a text, where it ends), as models write JSON amid other text.

    Its texts are storable. Raises NotJson.
    """
    value, end = _parse(text, start)
    return _made_storable(value, text), end


def _parse(text: str, start: int) -> tuple[Any, int]:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except ValueError as error:
        raise NotJson(str(error)) from None
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    if text.count("[") + text.count("{") > MOST_LEVELS and _is_deep(value):
        raise NotJson("it is nested too deeply")
    return value, end


def _made_storable(value: Any, text: str) -> Any:
    """text: that the value was read from."""
    if _ESCAPED_SURROGATE.search(text) is None and "\\u0000" not in text and storable_text(text) == text:
        return value  # walking through a million numbers takes longer than reading them
    return storable(value)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_LEVELS):
        inner = (outer.values() if isinstance(outer, dict) else outer for outer in level)
        level = [item for items in inner for item in items if isinstance(item, dict | list)]
        if not level:
            return False
    return True


def _decode(data: bytes | str) -> str:
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    return data.decode(json.detect_encoding(data), "replace").removeprefix("\ufeff")


def _read_int(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)


# Not strict: a line break within a text is wrong, and clear.
_DECODER = json.JSONDecoder(parse_int=_read_int, strict=False)
