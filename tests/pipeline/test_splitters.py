"""Tests that every splitter keeps to the size in every script, cuts no character apart and loses none.
Knows nothing about retrieval."""

from __future__ import annotations

import time
from typing import Any

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.corpus.readers.extracted_text import clean
from workbench.corpus.types import Document
from workbench.parts.part import Splitter
from workbench.parts.registry import parts_of
from workbench.pipeline.chunking import chunk_document
from workbench.space.retrieval import Retrieval

# Every splitter that obeys a size; the slow one that encodes sentences has tests of its own.
SPLITTERS = [name for name, part in parts_of(Splitter).items() if part.sized and not part.uses_encoder]
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
        (
            "# [Guide](https://a.b) {#top}\n\n## **C#** &amp; `F#`\n\n" + "Words here. " * 2,
            ["Guide", "Guide › C# & F#"],
        ),
        ("<h1>Guide</h1>\n\n<h2>Fees</h2>\n\n" + "Words here. " * 2, ["Guide", "Guide › Fees"]),
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


def cut(text: str, splitter: str, size: int, overlap: int = 0, **of_document: Any) -> list[str]:
    document = Document("d.txt", "D", text, "text", **of_document)
    return [c.text for c in chunk_document(document, splitter, size, overlap)]


def test_recursive_keeps_paragraphs_whole_where_they_fit_and_cuts_others_at_lines() -> None:
    short, lines = (
        "One. Two. Three.",
        "first line of many words\nsecond line of many words\nthird line of many words",
    )
    assert cut(f"{short}\n\n{lines}", "recursive", 8) == [short, *lines.split("\n")]
    sentences = "The first sentence has seven words here. The second sentence has seven words, too."
    assert cut(sentences, "recursive", 10) == sentences.replace(". ", ".\n").split("\n")


def test_pages_are_chunks_and_never_mixed() -> None:
    first, second = "First page. It is short.", "Second page. It is longer than the first one. It has three."
    text = f"{first}\n\n{second}"
    starts = (0, len(first) + 2)
    assert cut(text, "page", 64, page_starts=starts) == [first, second]
    assert cut(text, "page", 12, page_starts=starts)[0] == first
    assert all(piece in first or piece in second for piece in cut(text, "page", 12, 4, page_starts=starts))
    assert cut(text, "page", 12, 4) == cut(text, "sentence", 12, 4)


def test_the_whole_document_is_one_chunk_whatever_the_size() -> None:
    text = "A sentence of some words. " * 200
    assert cut(text, "whole", 16) == [text.strip()]
    assert cut(" \n ", "whole", 16) == []
    one, other = (Retrieval(splitter="whole", chunk_tokens=n, chunk_overlap=n // 8) for n in (64, 256))
    assert one.canonical() == other.canonical()


CODE = '''import os


@cached
def first(x):
    """Doc."""
    if x:
        return os.name
    else:
        return None


class Second:
    # A comment on the method.
    def method(self):
        return [
            1,
            2,
        ]

    def other(self):
        pass
'''


def test_code_is_cut_between_definitions_and_inside_them_only_where_they_are_too_long() -> None:
    assert [c.split("\n")[0] for c in cut(CODE, "code", 48)] == ["import os", "class Second:"]
    assert [c.split("\n")[0] for c in cut(CODE, "code", 24)] == [
        "import os",
        "@cached",
        '"""Doc."""',
        "class Second:",
        "def other(self):",
    ]
    assert lost(CODE, spans(CODE, "code", 16)) == ""


def test_code_with_braces_keeps_the_end_of_a_block_with_it() -> None:
    text = "function a() {\n  one();\n  two();\n}\n\nfunction b() {\n  three();\n}\n"
    assert cut(text, "code", 20) == ["function a() {\n  one();\n  two();\n}", "function b() {\n  three();\n}"]


def spans(text: str, splitter: str, size: int) -> list[tuple[int, int]]:
    return [(c.start, c.end) for c in chunk_document(Document("d", "D", text, "text"), splitter, size, 0)]


SUBJECTS = (
    "The cat sleeps on the sofa. Cats like warm places. A kitten purrs when it is stroked. "
    "Interest rates rose again this year. The central bank fears inflation. Bonds fell after the announcement."
)


def test_semantic_breaks_where_the_subject_changes() -> None:
    chunks = cut(SUBJECTS, "semantic(percentile=80.0)", 256)
    assert [c.split()[0] for c in chunks] == ["The", "Interest"]
    assert len(cut(SUBJECTS, "semantic(percentile=30.0)", 256)) > 2


@settings(max_examples=20)
@given(st.lists(pieces, max_size=8).map("".join), st.sampled_from([8, 32]))
def test_semantic_loses_no_character_and_keeps_to_the_size(text: str, size: int) -> None:
    text = clean(text)
    chunks = chunk_document(Document("d.txt", "D", text, "text"), "semantic", size, 0)
    assert lost(text, [(c.start, c.end) for c in chunks]) == ""
    assert all(c.tokens <= size for c in chunks)
