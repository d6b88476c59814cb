"""Splits replies in the harmony format, which writes channels (analysis, commentary, final) into the text.
Knows nothing about other formats. The format: https://cookbook.openai.com/articles/openai-harmony"""

from __future__ import annotations

import re

from workbench.replies.mentions import is_mention

_HEADER = re.compile(r"<\|channel\|>\s*(\w+)[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>")
_MESSAGE_ENDS = re.compile(r"<\|(?:end|return|call|start|channel)\|>")
_OPENS = re.compile(r"\s*(?:<\|start\|>[a-z]*\Z|(?:<\|start\|>)?\s*(?:assistant)?\s*<\|channel\|>)")
_MARKS = re.compile(r"<\|(?:start|end|return|call|channel|message|constrain)\|>(?:assistant)?")
# What servers leave of the marks that take special tokens out: analysisWe need …assistantfinalIt opens …
_BARE_FINAL = re.compile(r"assistantfinal(?=\S)")
_BARE_ANALYSIS = re.compile(r"\s*(?:assistant)?(?:analysis|commentary)(?=[A-Z\"'])")


def split_channels(text: str) -> tuple[str, str] | None:
    """(what the final channel says, what the others say); None for a text without channels.

    A reply that was cut before its final channel has no answer.
    """
    headers = [m for m in _HEADER.finditer(text) if not is_mention(text, m.start(), m.end())]
    if headers:
        return _split_marked(text, headers)
    if _OPENS.match(text):  # cut within the first header
        return "", ""
    return _split_bare(text)


def _split_marked(text: str, headers: list[re.Match[str]]) -> tuple[str, str]:
    answer = ""
    # The template may have written the header of the first channel into the prompt.
    thinking = [_MARKS.sub("", text[: headers[0].start()])]
    for header in headers:
        message_end = _MESSAGE_ENDS.search(text, header.end())
        content = text[header.end() : message_end.start() if message_end else len(text)].strip()
        if header.group(1) != "final":
            thinking.append(content)
        elif not answer:
            answer = content
    return answer, "\n\n".join(t.strip() for t in thinking if t.strip())


def _split_bare(text: str) -> tuple[str, str] | None:
    opening = _BARE_ANALYSIS.match(text)
    start = opening.end() if opening else 0
    for final in _BARE_FINAL.finditer(text, start):
        if not is_mention(text, final.start(), final.end()):
            return text[final.end() :].strip(), text[start : final.start()].strip()
    return ("", text[start:].strip()) if opening else None
