"""Reads plain text and Markdown in any encoding.
Knows nothing about other formats."""

from __future__ import annotations

import re

from workbench.corpus.readers.extracted_text import ReadText, Unreadable, clean

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
BINARY_SHARE = 0.1  # of the characters; more control characters than this mean binary data


def decode(data: bytes) -> tuple[str, str]:
    """Decode a file: (text, note). The note names an encoding that was guessed, and is empty otherwise.

    Nothing is guessed for UTF-8 and for a text with a byte order mark. Raises Unreadable for what is not
    text.
    """
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(encoding), ""
            except UnicodeDecodeError:
                break
    try:
        text = data.decode("utf-8-sig")
        note = ""
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(data).best()
        if best is None:
            raise Unreadable("it is not text in any known encoding; save it as UTF-8") from None
        text, note = (
            str(best),
            f"it is not UTF-8; read as {best.encoding}: save it as UTF-8 if characters look wrong",
        )
    control = sum(c < " " and c not in "\t\n\r\x0c" for c in text)
    if control > BINARY_SHARE * max(len(text), 1):
        raise Unreadable("it is binary data, not text; remove it, or save it as text")
    return text, note


def read_text(data: bytes) -> ReadText:
    """Read plain text. Raises Unreadable for what is not text."""
    text, note = decode(data)
    return ReadText(clean(text), note=note)


def read_markdown(data: bytes) -> ReadText:
    """Read Markdown and keep it as written, so that quotes and splitters see what its author wrote.

    The title comes from the front matter, or else from the first heading. Raises Unreadable for what is not
    text.
    """
    text, note = decode(data)
    text = clean(text)
    front = FRONT_MATTER.match(text)
    title = FRONT_TITLE.search(front.group(1)) if front else None
    heading = HEADING.search(text)
    match = title or heading
    return ReadText(text, title=match.group(1).strip() if match else None, note=note)
