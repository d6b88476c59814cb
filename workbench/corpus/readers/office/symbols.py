"""Writes characters of symbol fonts (Symbol, Wingdings) in Unicode, and raised digits as superscripts.
Knows nothing about documents."""

from __future__ import annotations

import re

from workbench.corpus.readers.extracted_text import SUPERSCRIPTS

# Adobe's Symbol encoding from 0x21 and from 0xA1; "\0" where nothing can be said.
_SYMBOL = dict(
    enumerate(
        "!∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼", 0x21
    )
) | dict(
    enumerate(
        "ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\0〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭",
        0xA1,
    )
)
_WINGDINGS = {
    0x21: "✏", 0x22: "✂", 0x28: "☎", 0x29: "✆", 0x2A: "✉", 0x36: "⌛", 0x46: "☞", 0x4A: "☺", 0x4C: "☹",
    0x4E: "☠", 0x52: "☼", 0x54: "❄", 0x6C: "●", 0x6D: "❍", 0x6E: "■", 0x6F: "□", 0x70: "□", 0x71: "❑",
    0x72: "❒", 0x73: "⬧", 0x74: "⧫", 0x75: "◆", 0x76: "❖", 0x77: "⬥", 0x78: "☒", 0x80: "⓪", 0x81: "①",
    0x82: "②", 0x83: "③", 0x84: "④", 0x85: "⑤", 0x86: "⑥", 0x87: "⑦", 0x88: "⑧", 0x89: "⑨", 0x8A: "⑩",
    0x9F: "•", 0xA0: "▪", 0xA1: "○", 0xA7: "▪", 0xA8: "□", 0xAB: "★", 0xD8: "➢", 0xDC: "➲", 0xDF: "←",
    0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xEF: "⇦", 0xF0: "⇨", 0xF1: "⇧", 0xF2: "⇩", 0xF3: "⇔",
    0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
_WINGDINGS_2 = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x97: "●", 0xA3: "□"}
_WINGDINGS_3 = {0x5B: "←", 0x5D: "↑", 0x7D: "▶", 0xC6: "→", 0xE0: "→"}
_WEBDINGS = {0x61: "✔", 0x63: "□", 0x67: "■", 0x6E: "●", 0x72: "✗"}
_FONTS: dict[str, dict[int, str]] = {
    "symbol": _SYMBOL,
    "webdings": _WEBDINGS,
    "wingdings": _WINGDINGS,
    "wingdings 2": _WINGDINGS_2,
    "wingdings 3": _WINGDINGS_3,
    "mt extra": {},
    "marlett": {},
}

_PRIVATE = re.compile("[\uf000-\uf0ff]")
_WORD_BEFORE = re.compile(r"[^\W\d_]{4,}$")
_RAISED = re.compile(r"[+\-−–]?[0-9]{1,3}[+\-−–]?|[+\-−–]|n")


def is_symbol_font(font: str) -> bool:
    """Whether a font's characters are signs rather than letters."""
    return font.strip().lower() in _FONTS


def write_symbol(code: int, font: str) -> str:
    """Return a character of a font in Unicode; "" when what it shows is not known."""
    place = code - 0xF000 if 0xF000 <= code <= 0xF0FF else code
    known = _FONTS.get(font.strip().lower())
    if known is not None:
        return known.get(place, "" if place > 0x20 else " ").replace("\0", "")
    if place == code:
        return chr(code) if 0x20 <= code < 0xE000 or 0xF900 <= code <= 0x10FFFD else ""
    return chr(place) if 0x20 <= place < 0x7F else ""


def write_in_font(text: str, font: str) -> str:
    """Return a text in a font in Unicode; a character of a symbol font that is not known stays as it is."""
    if is_symbol_font(font):
        text = "".join(write_symbol(ord(character), font) or character for character in text)
    return _PRIVATE.sub(lambda match: write_symbol(ord(match.group()), font or "Symbol"), text)


def raise_digits(text: str, before: str) -> str:
    """Return raised numbers as superscripts, so that 10 with a raised 2 is not 102; other text as it is.

    before: what stands before it. A mark on a word stands apart, where a unit or a number has a power.
    """
    if not _RAISED.fullmatch(text.strip()):
        return text
    return (" " if _WORD_BEFORE.search(before) else "") + text.translate(SUPERSCRIPTS)
