"""Decodes a text file's bytes, whatever their encoding, and says what had to be guessed.
Knows nothing about what the text means."""

from __future__ import annotations

import codecs
import re
import unicodedata

from workbench.corpus.readers.extracted_text import Unreadable

# A file may begin with one of these. The longer marks come first: UTF-32's begins like UTF-16's.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
ISO_2022_JP = (b"\x1b$B", b"\x1b$@")  # what switches to Japanese in it

BINARY_SHARE = 0.1  # of the characters; more control characters than this mean binary data
STRAY_SHARE = 0.2  # of the bytes beyond ASCII; more that are not UTF-8 are no accident
NUL_SHARE = 0.2  # of the bytes; UTF-16 has more, or other bytes that are no text
LEAST_ORDINARY = 0.02  # of a text in UTF-16: spaces, line breaks, and other characters that any text has
MOST_STRANGE = 0.1  # of the characters beyond ASCII, of a text in windows-1252
LEAST_STRANGE = 5  # bytes; "ÄÖÜ" is a series of umlauts, and not Arabic
LEAST_EVIDENCE = (
    20  # bytes beyond ASCII; with fewer, a guess of another encoding than windows-1252 is a lottery
)
LEAST_CUT = 100  # bytes of a text in UTF-16 whose last character is cut
LINES_NAMED = 3
LINES_LOOKED_AT = 100
MOST_LOOKED_AT = 1_000_000  # bytes from which an encoding is guessed
STRAY = re.compile(r"[\udc80-\udcff]+")  # bytes that are not UTF-8, as surrogateescape decodes them

# Marks that stand between two letters in Western texts; other symbols there show a wrong encoding.
BETWEEN_LETTERS = "’‘–—·…\xad•ªº°/|"
STRANGE = re.compile(
    rf"[^\W\d_][^\x00-\x7f\w{BETWEEN_LETTERS}][^\W\d_]|[^\W\d_][¹²³ªº][^\W\d_]"  # "z³oty"
    r"|(?:(?![ -~])[^\W\d_]){3,}"  # "Ïðèâåò"
    r"|[a-zß-ÿ](?![A-Z])[À-ÞŠŽŒŸ]"  # "prÁce"
    r"|[\x80-\x9f]"
)

# What is read in place of an encoding: its superset. Files say iso-8859-1 and mean windows-1252.
SUPERSETS = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874",
    "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949",
    "big5": "big5hkscs",
}  # fmt: skip


def superset_of(encoding: str) -> str:
    """The encoding to read in place of this one. Raises LookupError for an unknown one."""
    name = codecs.lookup(encoding).name
    return SUPERSETS.get(name, name)


def decode(data: bytes) -> tuple[str, str]:
    """Decode a file: (text, note). The note says what was guessed or is damaged, and is empty otherwise.

    A text with a byte order mark, and one in UTF-8 or in UTF-16 without a mark, is decoded without a guess.
    A few stray bytes in UTF-8 are read as windows-1252. What is none of these is windows-1252, unless
    there is enough evidence for another encoding. Raises Unreadable for what is not text.
    """
    text, note = _decode_marked(data) or _decode_unmarked(data)
    nulls = text.count("\0")
    if nulls:
        text = text.replace("\0", "")
        without = "1 NUL character was" if nulls == 1 else f"{nulls:,} NUL characters were"
        note = "; ".join(filter(None, (note, f"{without} left out")))
    control = sum(c < " " and c not in "\t\n\r\x0b\x0c" for c in text)
    if control > BINARY_SHARE * max(len(text), 1) or not text:
        raise Unreadable("it is binary data, not text; remove it, or save it as text")
    return text, note


def _decode_marked(data: bytes) -> tuple[str, str] | None:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            body = data[len(mark) :]
            if encoding == "utf-8":
                return _decode_utf8(body)
            try:
                return body.decode(encoding), ""
            except UnicodeDecodeError:
                if encoding.startswith("utf-16"):
                    text = body.decode(encoding, "replace")
                    places = [match.start() for match in re.finditer("\ufffd", text)]
                    return text, f"it is damaged UTF-16: {_lines(text, places)} cannot be read in full"
    return None


def _decode_unmarked(data: bytes) -> tuple[str, str]:
    if b"\0" in data and not _is_padded(data):
        for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
            if _looks_like(data, encoding):
                return data.decode(encoding, "replace"), ""
    if any(switch in data for switch in ISO_2022_JP):
        try:
            return data.decode("iso2022_jp"), ""
        except UnicodeDecodeError:
            pass
    return _decode_utf8(data) or _decode_legacy(data)


def _is_padded(data: bytes) -> bool:
    """Whether these bytes are UTF-8 with NUL bytes here and there."""
    try:
        text = data.replace(b"\0", b"").decode("utf-8")
    except UnicodeDecodeError:
        return False
    stray = data.count(b"\0") < NUL_SHARE * len(data)
    return stray and not any(c < " " and c not in "\t\n\r\x0b\x0c" for c in text)


def _looks_like(data: bytes, encoding: str) -> bool:
    """Whether these bytes are a text in UTF-16 or UTF-32 that lacks its mark."""
    width = 4 if "32" in encoding else 2
    if len(data) % width and len(data) < LEAST_CUT:
        return False
    try:
        text = data[: len(data) // width * width].decode(encoding)
    except UnicodeDecodeError:
        return False
    if any(unicodedata.category(c) in ("Cn", "Co", "Cc") and c not in "\t\n\r\f" for c in set(text)):
        return False
    ordinary = sum(c < "\x7f" or c in "。、，" for c in text)
    return ordinary >= LEAST_ORDINARY * len(text)


def _decode_utf8(data: bytes) -> tuple[str, str] | None:
    """Decode UTF-8, also with surrogates (as Java writes) and with a few stray bytes; None for others."""
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        pass
    try:
        pairs = data.decode("utf-8", "surrogatepass")
        return pairs.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"), ""
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", "surrogateescape")
    runs = list(STRAY.finditer(text))
    stray = sum(len(run[0]) for run in runs)
    beyond_ascii = len(data) - len(data.translate(None, bytes(range(0x80, 0x100))))
    if stray > STRAY_SHARE * beyond_ascii:
        return None
    what = "1 byte that is" if stray == 1 else f"{stray:,} bytes that are"
    note = f"it is UTF-8 with {what} not ({_lines(text, [run.start() for run in runs])})"
    return STRAY.sub(_read_stray, text), f"{note}, read as windows-1252: check there"


def _read_stray(run: re.Match[str]) -> str:
    """Read bytes that are not UTF-8: a cut character as U+FFFD, others as windows-1252."""
    data = _bytes_of(run[0])
    begins_character = 0xC2 <= data[0] <= 0xF4
    continues = len(data) > 1 and 0x80 <= data[1] <= 0xBF
    if begins_character and (continues or run.end() == len(run.string)):
        return "\ufffd"
    return data.decode("cp1252", "replace")


def _bytes_of(run: str) -> bytes:
    return run.encode("utf-8", "surrogateescape")


def _lines(text: str, offsets: list[int]) -> str:
    """The lines on which these offsets are, the first ones by number."""
    lines = sorted({text.count("\n", 0, offset) + 1 for offset in offsets[:LINES_LOOKED_AT]})
    more = " and others" if len(lines) > LINES_NAMED or len(offsets) > LINES_LOOKED_AT else ""
    return f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:LINES_NAMED]))}{more}"


def _decode_legacy(data: bytes) -> tuple[str, str]:
    """Decode a text in an encoding of before Unicode."""
    partly = data.decode("utf-8", "surrogateescape")
    is_mixed = _is_western(STRAY.sub("", partly))
    western = data.decode("cp1252", "replace")
    if is_mixed:
        western = STRAY.sub(lambda run: _bytes_of(run[0]).decode("cp1252", "replace"), partly)
    beyond_ascii = sum(c > "\x7f" for c in western)
    strange = sum(len(match[0].encode("cp1252", "replace")) for match in STRANGE.finditer(western))
    is_strange = strange > MOST_STRANGE * beyond_ascii and strange >= LEAST_STRANGE
    is_undefined = "\ufffd" in western and beyond_ascii >= LEAST_STRANGE  # bytes that windows-1252 lacks
    if is_strange or ((is_undefined or beyond_ascii >= LEAST_EVIDENCE) and not is_mixed):
        guessed = _guess(data, of_any_era=is_strange)
        if guessed is not None:
            return guessed
    return western, _guess_note("UTF-8 and windows-1252 mixed" if is_mixed else "windows-1252")


def _is_western(text: str) -> bool:
    """Whether what is beyond ASCII is mostly in windows-1252, too; two bytes of a Japanese text that happen
    to be UTF-8 are any character."""
    beyond_ascii = [c for c in text if c > "\x7f"]
    return 2 * sum(bool(c.encode("cp1252", "ignore")) for c in beyond_ascii) > len(beyond_ascii)


def _guess(data: bytes, *, of_any_era: bool) -> tuple[str, str] | None:
    """The text in the encoding that its letters speak for; None when there is none.

    `of_any_era`: also in an encoding of DOS or of the old Macintosh.
    """
    import chardet

    eras = chardet.EncodingEra
    era = eras.ALL & ~eras.MAINFRAME if of_any_era else eras.MODERN_WEB | eras.LEGACY_ISO
    encoding = chardet.detect(data, encoding_era=era, max_bytes=MOST_LOOKED_AT)["encoding"]
    if encoding is None:
        return None
    try:
        encoding = superset_of(encoding)
        return data.decode(encoding), _guess_note(encoding)
    except (LookupError, UnicodeDecodeError):
        return None


def _guess_note(encoding: str) -> str:
    return f"it is not UTF-8; read as {encoding}: save it as UTF-8 if characters look wrong"
