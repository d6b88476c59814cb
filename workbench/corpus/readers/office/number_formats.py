"""Writes numbers as lists do: 4, iv, d, 4th, fourth, ④, 四.
Knows nothing about lists."""

from __future__ import annotations

from collections.abc import Callable

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
             "nine": "ninth", "twelve": "twelfth"}  # fmt: skip
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщэюя"
_KANJI = "〇一二三四五六七八九"
_HANGUL = "가나다라마바사아자차카타파하"
_KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_GREATEST = 999  # of a format other than digits; longer letters and words are nobody's list


def _letters(alphabet: str) -> Callable[[int], str]:
    def write(number: int) -> str:  # a, b, … z, aa, bb, …
        return alphabet[(number - 1) % len(alphabet)] * ((number - 1) // len(alphabet) + 1)

    return write


def _roman(number: int) -> str:
    text = ""
    for size, letters in _ROMAN:
        text += letters * (number // size)
        number %= size
    return text


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number}{ending}"


def _cardinal_text(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10 - 2] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    return f"{_ONES[number // 100]} hundred" + (f" {_cardinal_text(number % 100)}" if number % 100 else "")


def _ordinal_text(number: int) -> str:
    words = _cardinal_text(number)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[cut:]
    return words[:cut] + _ORDINALS.get(last, last[:-1] + "ieth" if last.endswith("y") else last + "th")


def _kanji(number: int) -> str:
    if number < 10:
        return _KANJI[number]
    if number < 100:
        tens = "" if number < 20 else _KANJI[number // 10]
        return f"{tens}十" + (_KANJI[number % 10] if number % 10 else "")
    return "".join(_KANJI[int(digit)] for digit in str(number))


def _digits(zero: str) -> Callable[[int], str]:
    return lambda number: "".join(chr(ord(zero) + int(digit)) for digit in str(number))


def _circled(number: int) -> str:
    return chr(0x245F + number) if number <= 20 else f"({number})"


_WRITERS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02}",
    "upperRoman": lambda number: _roman(number).upper(),
    "lowerRoman": _roman,
    "upperLetter": _letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "lowerLetter": _letters("abcdefghijklmnopqrstuvwxyz"),
    "ordinal": _ordinal,
    "cardinalText": lambda number: _cardinal_text(number).capitalize(),
    "ordinalText": lambda number: _ordinal_text(number).capitalize(),
    "hex": lambda number: f"{number:X}",
    "chicago": _letters("*†‡§"),
    "numberInDash": lambda number: f"- {number} -",
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": lambda number: f"({number})",
    "decimalEnclosedFullstop": lambda number: f"{number}.",
    "decimalFullWidth": _digits("０"),
    "decimalFullWidth2": _digits("０"),
    "thaiNumbers": _digits("๐"),
    "hindiNumbers": _digits("०"),
    "russianLower": _letters(_CYRILLIC),
    "russianUpper": _letters(_CYRILLIC.upper()),
    "aiueo": _letters(_KANA),
    "aiueoFullWidth": _letters(_KANA),
    "ganada": _letters(_HANGUL),
    "ideographTraditional": _letters(_STEMS),
} | dict.fromkeys(
    ("chineseCounting", "chineseCountingThousand", "taiwaneseCounting", "taiwaneseCountingThousand",
     "japaneseCounting", "ideographDigital", "japaneseDigitalTenThousand"), _kanji,
)  # fmt: skip


def write_number(number: int, number_format: str) -> str:
    """Write a number in one of Word's formats; digits for formats that are not known here."""
    writer = _WRITERS.get(number_format)
    return writer(number) if writer is not None and 0 < number <= _GREATEST else str(number)
