"""Tests that every splitter keeps to the size in every script, cuts no character apart and loses none.
Knows nothing about retrieval."""

from __future__ import annotations

import time

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.corpus.readers.extracted_text import clean
from workbench.corpus.types import Document
from workbench.pipeline.chunking import chunk_document

SPLITTERS = ["sentence", "token", "markdown"]
TEXTS = {
    "Thai": "คลังสินค้าเปิดตั้งแต่แปดโมงเช้าถึงห้าโมงเย็นและชำระเป็นเงินสดที่ทางเข้าเท่านั้น",
    "Lao": "ຮ້ານເປີດແຕ່ແປດໂມງເຊົ້າຫາຫ້າໂມງແລງແລະຈ່າຍເປັນເງິນສົດຢູ່ທາງເຂົ້າ",
    "Khmer": "ឃ្លាំងបើកពីម៉ោងប្រាំបីព្រឹកដល់ម៉ោងប្រាំល្ងាចហើយបង់ជាសាច់ប្រាក់នៅច្រកចូល",
    "Burmese": "ဂိုဒေါင်ကိုနံနက်ရှစ်နာရီမှညနေငါးနာရီအထိဖွင့်ပြီးဝင်ပေါက်တွင်ငွေသားဖြင့်ပေးချေပါ",
    "Tibetan": "མཛོད་ཁང་ནི་ཞོགས་པའི་ཆུ་ཚོད་བརྒྱད་པ་ནས་དགོང་མོའི་ཆུ་ཚོད་ལྔ་པའི་བར་སྒོ་ཕྱེ་བ་ཡིན",
    "Chinese": "仓库从八点到十七点开放请在入口处用现金付款儿童免费每天收费五元",
    "Japanese": "倉庫は八時から十七時まで開いています料金は入口で現金でお支払いください",
    "Korean": "창고는여덟시부터열일곱시까지엽니다요금은입구에서현금으로내십시오",
    "Hindi": "गोदामसुबहआठबजेसेशामपाँचबजेतकखुलारहताहैऔरप्रवेशद्वारपरनकदभुगतानकरेंक्षि",
    "Arabic": "المستودعمفتوحمنالثامنةحتىالخامسةوالدفعنقداعندالمدخلوالأطفالمجانا",
    "emoji": "👨‍👩‍👧‍👦👍🏽🇩🇪🏴‍☠️1️⃣❤️🤷🏿‍♀️",
    "combining marks": "Z̴̢͓a̶l̷g̸o̵e\u0301n\u0303o\u0308",
    "base64": "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
    "one letter": "A",
}


@pytest.mark.parametrize("splitter", SPLITTERS)
@pytest.mark.parametrize("script", TEXTS)
def test_a_text_without_spaces_is_cut_to_size(splitter: str, script: str) -> None:
    text = TEXTS[script] * 120
    chunks = chunk_document(Document("d.txt", "D", text, "text"), splitter, 32, 0)
    assert max(len(c.text) for c in chunks) <= 400 and max(c.tokens for c in chunks) <= 32
    assert len(chunks) <= len(text) / 10 + 1


@pytest.mark.parametrize("splitter", SPLITTERS)
@pytest.mark.parametrize(
    "text",
    ["a" + "\u0301" * 3_000, "z\u0335\u0336\u0337" * 900, "كِتَابٌ" * 500 + "ًٌٍَُِّْ" * 300],
    ids=["one letter", "three marks a letter", "vowel signs"],
)
def test_a_heap_of_marks_is_cut_to_size(text: str, splitter: str) -> None:
    chunks = chunk_document(Document("d.txt", "D", text, "text"), splitter, 32, 0)
    assert max(len(c.text) for c in chunks) <= 400
    assert lost(text, [(c.start, c.end) for c in chunks]) == ""


def lost(text: str, chunks: list[tuple[int, int]]) -> str:
    inside = bytearray(len(text))
    for start, end in chunks:
        inside[start:end] = b"\1" * (end - start)
    return "".join(c for c, i in zip(text, inside, strict=True) if not i and not c.isspace())


pieces = st.one_of(
    st.sampled_from([*TEXTS.values(), " ", "\n\n", ". ", "# ", "```\n", "\u200b", "\u0301", "\ufe0f", "\u200d", "\xad", "---\n"]),
    st.text(max_size=12),
)  # fmt: skip


@settings(max_examples=150)
@given(
    st.lists(pieces, max_size=25).map("".join),
    st.sampled_from(SPLITTERS),
    st.sampled_from([8, 32]),
    st.sampled_from([0, 4]),
)
def test_no_character_is_lost_and_no_cluster_is_cut(
    text: str, splitter: str, size: int, overlap: int
) -> None:
    text = clean(text)  # no reader gives control characters
    chunks = chunk_document(Document("d.txt", "D", text, "text"), splitter, size, overlap)
    assert lost(text, [(c.start, c.end) for c in chunks]) == ""
    clusters = {place for m in regex.finditer(r"\X", text) for place in range(m.start() + 1, m.end())}
    inside = {
        place for place in clusters if not text[place - 1].isspace()
    }  # a mark behind a space is stripped free
    assert not inside & {offset for c in chunks for offset in (c.start, c.end)}


def test_a_long_text_in_another_script_is_cut_in_linear_time() -> None:
    def seconds(copies: int) -> float:
        began = time.perf_counter()
        chunk_document(Document("d.txt", "D", TEXTS["Thai"] * copies, "text"), "sentence", 64, 8)
        return time.perf_counter() - began

    seconds(10)
    assert seconds(2000) < 20 * seconds(400) + 1


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("# Guide\n\n" + "Words here. " * 9 + "\n\n## C#\n\n" + "More words. " * 9, ["Guide", "Guide › C#"]),
        (
            "Guide\n===\n\n" + "Words here. " * 9 + "\n\nFees\n---\n\n" + "More words. " * 9,
            ["Guide", "Guide › Fees"],
        ),
        ("# Guide\n\n## Fees ##\n\n" + "Words here. " * 2, ["Guide › Fees"]),
        ("Guide\n=\n\n### C#\n\n" + "Words here. " * 2, ["Guide › C#"]),
        ("# Guide\n\n````\n```\n# no\n```\n````\n\n" + "Words here. " * 9, ["Guide"]),
        (
            "---\ntitle: Guide\n# no: heading\n---\n\n# Part\n\n" + "Words here. " * 9,
            ["Guide", "Guide › Part"],
        ),
    ],
)
def test_a_passages_title_names_its_section(text: str, titles: list[str]) -> None:
    chunks = chunk_document(Document("d.md", "Guide", text, "markdown"), "markdown", 16, 0)
    assert list(dict.fromkeys(c.title for c in chunks)) == titles
