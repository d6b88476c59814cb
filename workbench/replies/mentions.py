"""Tells a mark that a text speaks about (in quotation marks, in code, amid a sentence) from one that acts.
Knows nothing about which marks there are."""

from __future__ import annotations

import re

_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "„": "“", "«": "»", "(": ")", "「": "」"}
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.M)
# A sentence goes on after these; before a mark that acts, a sentence has usually ended or nothing is written.
_GOES_ON = re.compile(r"[ \t]+[a-z]|[ \t]*[,.;:!?)]")
_SENTENCE_ENDS = tuple(".!?:…。！？”\"'")


def is_mention(text: str, start: int, end: int) -> bool:
    """Whether the mark text[start:end] is only spoken about, as in: use the `<think>` tag."""
    return is_quoted(text, start, end) or is_in_code(text, start, end) or _is_amid_sentence(text, start, end)


def is_quoted(text: str, start: int, end: int) -> bool:
    """Whether the mark stands directly between quotation marks, backticks or brackets."""
    return bool(start) and _QUOTES.get(text[start - 1]) == text[end : end + 1] != ""


def is_in_code(text: str, start: int, end: int) -> bool:
    """Whether the mark is in a code block, or in inline code or a quotation within its line."""
    before, after = _line_before(text, start), _line_after(text, end)
    if any(before.count(quote) % 2 and quote in after for quote in ("`", '"')):
        return True
    if before.rfind("“") > before.rfind("”") and "”" in after:
        return True
    return len(_FENCE.findall(text, 0, start)) % 2 == 1 and _FENCE.search(text, end) is not None


def _is_amid_sentence(text: str, start: int, end: int) -> bool:
    """Whether words of one sentence stand on both sides of the mark, or it is the last word of the text."""
    before, after = _line_before(text, start), text[end:]
    if not before.strip() or not before[-1].isspace() or before.rstrip().endswith(_SENTENCE_ENDS):
        return False
    return not after.strip() or _GOES_ON.match(after) is not None


def _line_before(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : at]


def _line_after(text: str, at: int) -> str:
    stop = text.find("\n", at)
    return text[at:] if stop < 0 else text[at:stop]
