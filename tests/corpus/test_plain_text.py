"""Tests in which encoding a text is read, and what is said about damaged ones.
Knows nothing about formats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.readers.extracted_text import Unreadable
from workbench.corpus.readers.plain_text import read_text

TEXTS = {
    "en": "The owner’s “quiet hours” run from 22:00 – 06:00; the fine is €50. Guests leave the pool.",
    "de": "Die Rückgabe im Café kostet nichts. Größe und Straße bleiben gleich, fünf Stühle für zwölf Gäste.",
    "fr": "L’élève a été reçu à l’école; où est la clé ? Ça coûte 5 € par mois, très cher pour un été.",
    "pl": "Zażółć gęślą jaźń. Opłata za przechowanie bagażu wynosi pięć złotych dziennie, płatne gotówką.",
    "cs": "Příliš žluťoučký kůň úpěl ďábelské ódy. Poplatek činí pět korun za každý den, děti zdarma.",
    "ru": "Склад открыт с восьми до семнадцати часов. Оплата производится наличными у входа, дети бесплатно.",
    "el": "Η αποθήκη είναι ανοιχτή από τις οκτώ έως τις δεκαεπτά. Η πληρωμή γίνεται με μετρητά στην είσοδο.",
    "he": "המחסן פתוח משמונה עד שבע עשרה. התשלום במזומן בכניסה, ילדים חינם.",
    "ar": "المستودع مفتوح من الثامنة حتى الخامسة. الدفع نقدا عند المدخل والأطفال مجانا.",
    "th": "คลังสินค้าเปิดตั้งแต่แปดโมงเช้าถึงห้าโมงเย็น ชำระเป็นเงินสดที่ทางเข้า",
    "ja": "倉庫は八時から十七時まで開いています。料金は入口で現金でお支払いください。子供は無料です。",
    "zh": "仓库从八点到十七点开放。请在入口处用现金付款，儿童免费。每天收费五元。",
    "zh-tw": "倉庫從八點到十七點開放。請在入口處用現金付款，兒童免費。每天收費五元。",
    "ko": "창고는 여덟 시부터 열일곱 시까지 엽니다. 요금은 입구에서 현금으로 내십시오. 어린이는 무료입니다.",
}


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"]
)
def test_unicode_is_read_without_a_guess(language: str, encoding: str) -> None:
    text = f"{TEXTS[language]} – 1\n"
    read = read_text(text.encode(encoding))
    assert (read.text, read.note) == (text, "")


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("en", "cp1252"), ("de", "cp1252"), ("de", "mac_roman"), ("de", "cp850"), ("fr", "cp1252"),
        ("pl", "cp1250"), ("pl", "iso8859_2"), ("cs", "cp1250"), ("cs", "iso8859_2"),
        ("ru", "cp1251"), ("ru", "koi8_r"), ("ru", "cp866"), ("el", "cp1253"), ("he", "cp1255"), ("ar", "cp1256"),
        ("th", "cp874"), ("ja", "cp932"), ("ja", "euc_jp"), ("ja", "iso2022_jp"), ("zh", "gb18030"),
        ("zh-tw", "big5"), ("ko", "cp949"),
    ],
)  # fmt: skip
def test_older_encodings_are_told_by_their_letters(language: str, encoding: str) -> None:
    text = TEXTS[language].encode(encoding, "replace").decode(encoding) + "\n"
    assert read_text(text.encode(encoding) * 3).text == text * 3


@pytest.mark.parametrize("text", ["Ťažký kameň, ďakujem za šťavu", "Loď pluje, kuře a řeka Dyje, šťáva"])
def test_a_byte_that_windows_1252_lacks_is_evidence_of_another_encoding(text: str) -> None:
    assert read_text(text.encode("cp1250")).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("部屋,座席\n樫の間,12\n楡の間,8\n", "cp932"),
        ("ﾒﾆｭｰ,価格\nコーヒー,500円\n", "cp932"),
    ],
)
def test_two_bytes_that_happen_to_be_utf_8_do_not_hide_the_encoding(text: str, encoding: str) -> None:
    assert any(c > "\x7f" for c in text.encode(encoding).decode("utf-8", "ignore"))
    assert read_text(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    "text",
    [
        "Café", "It’s 5 €", "naïve visitor", "20 °C ±5 µm × 3 · ½ l «so» – ok", "ÄÖÜ, ÉCOLE, ÇA", "créée, réglée",
        "Price £5 – “special”… it’s ‘new’ ® ™", "A long English text. " * 300 + "Once it says Größe.",
    ],
)  # fmt: skip
def test_little_evidence_is_windows_1252(text: str) -> None:
    read = read_text(text.encode("cp1252"))
    assert read.text == text and "windows-1252" in read.note


@pytest.mark.parametrize(
    ("data", "text", "note"),
    [
        ("Café Léon.\n".encode() * 3 + b"It\x92s open.", "Café Léon.\n" * 3 + "It’s open.", "1 byte that is not (line 4)"),
        ("Café\n".encode() * 9 + b"\x92\n" * 2, "Café\n" * 9 + "’\n’\n", "2 bytes that are not (lines 10, 11)"),
        ("éééé".encode() + b"caf\xc3", "éééécaf\ufffd", "1 byte that is not (line 1)"),
        ("ééééé ".encode() + b"\xe2\x80 x", "ééééé \ufffd x", "2 bytes that are not"),
        (b"\xed\xa0\xbd\xed\xb8\x80 ok", "😀 ok", ""),
        (b"a\x00b\x00c plain text", "abc plain text", "2 NUL characters"),
        (b"abc\n" + b"\0" * 5000, "abc\n", "5,000 NUL characters"),
        (b"\xff\xfeA\0B\0C", "AB\ufffd", "damaged UTF-16: line 1"),
        (b"one\r\ntwo\rthree\nfour\x0bfive\x0csix\xe2\x80\xa8seven", "one\ntwo\nthree\nfour\nfive\nsix\nseven", ""),
        (b"half\n" + "é\n".encode() * 5 + b"\xe9\n" * 5, "half\n" + "é\n" * 10, "windows-1252"),
    ],
)  # fmt: skip
def test_damage_is_named_and_the_rest_is_read(data: bytes, text: str, note: str) -> None:
    read = read_text(data)
    assert read.text == text and note in read.note and bool(note) == bool(read.note)


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 40, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(32)) * 9, b"\0" * 99]
)
def test_binary_data_is_no_text(data: bytes) -> None:
    with pytest.raises(Unreadable, match="binary"):
        read_text(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_text_that_can_be_stored_or_are_refused(data: bytes) -> None:
    try:
        text = read_text(data).text
    except Unreadable:
        return
    text.encode()
    assert "\0" not in text and "\r" not in text


@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1)
)
def test_every_text_in_utf_8_comes_back(text: str) -> None:
    read = read_text(text.encode())
    assert read.note == ""
    assert [c for c in read.text if c not in "\n\ufeff"] == [
        c for c in text if c not in "\n\ufeff\u2028\u2029\ufffe\uffff"
    ]
