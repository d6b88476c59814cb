"""Reads Markdown and keeps it as written, but for what no reader sees: comments, styles, embedded pictures.
Knows nothing about other formats."""

from __future__ import annotations

import re

from workbench.corpus.readers.extracted_text import LeftOutTally, ReadText, clean
from workbench.corpus.readers.front_matter import read_front_matter
from workbench.corpus.readers.text_encoding import decode
from workbench.markdown import outline_markdown

# A picture, font or other file written into the text; its base64 is no text. Shorter ones are examples.
DATA_URI = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w=.+-]+)*,[^\s)\"<>]{100,}")

# The lines of a drawing (SVG) written into the text; its labels are text.
DRAWN_LINES = re.compile(r"(?<=[\s\"'])(d|points)=(\"|')[-+.,\s\da-zA-Z]{200,}\2")


def read_markdown(data: bytes) -> ReadText:
    """Read Markdown, so that quotes and splitters see what its author wrote.

    The title comes from the front matter, or else from the first heading. Raises Unreadable for what is not
    text.
    """
    text, note = decode(data)
    left_out = LeftOutTally()
    text = DATA_URI.sub(lambda match: _leave_out_picture(match[0], left_out), clean(text))
    text = DRAWN_LINES.sub(lambda match: _leave_out_lines(match, left_out), text)
    text = _without_hidden(text, left_out)
    metadata, warning = read_front_matter(text)
    return ReadText(
        text,
        title=outline_markdown(text).title,
        note="; ".join(filter(None, (note, warning))),
        left_out=left_out.entries(),
        metadata=metadata,
    )


def _leave_out_picture(address: str, left_out: LeftOutTally) -> str:
    left_out.add("files embedded as base64", address[:40])
    return ""


def _leave_out_lines(match: re.Match[str], left_out: LeftOutTally) -> str:
    left_out.add("lines of drawings (SVG)", match[0][:40])
    return f"{match[1]}={match[2] * 2}"


def _without_hidden(text: str, left_out: LeftOutTally) -> str:
    """The text without comments, style sheets and scripts, which nobody sees where the page is shown."""
    outline = outline_markdown(text)
    hidden = [("comments", span) for span in outline.comments]
    hidden += [("style sheets and scripts", span) for span in outline.styles]
    parts: list[str] = []
    end = 0
    for kind, (start, stop) in sorted(hidden, key=lambda part: part[1]):
        if start >= end:
            left_out.add(kind, text[start:stop].removeprefix("<!--").removesuffix("-->"))
            parts.append(text[end:start])
            end = stop
    return "".join([*parts, text[end:]])
