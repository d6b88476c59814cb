"""The numbers that Word makes stand in the text, as references to them do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus.docx_files import HEADINGS, cell, listed, paragraph, row, styled, table, word_file
from workbench.corpus.readers import read_docx
from workbench.corpus.readers.office.number_formats import write_number


def level(index: int, text: str, number_format: str = "decimal", more: str = "", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="{start}"/><w:numFmt w:val="{number_format}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def abstract(definition: int, *levels: str) -> str:
    return f'<w:abstractNum w:abstractNumId="{definition}">{"".join(levels)}</w:abstractNum>'


def instance(number: int, definition: int, overrides: str = "") -> str:
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{definition}"/>{overrides}</w:num>'


def start_at(number: int, index: int = 0) -> str:
    return f'<w:lvlOverride w:ilvl="{index}"><w:startOverride w:val="{number}"/></w:lvlOverride>'


def lines(body: str, numbering: str, styles: str = HEADINGS) -> list[str]:
    return read_docx(word_file(body, numbering=numbering, styles=styles)).text.split("\n\n")


def listing(*items: tuple[int, int]) -> str:
    """Paragraphs "x" in these (numbering, level)."""
    return "".join(listed("x", number, index) for number, index in items)


OUTLINE = abstract(0, level(0, "%1."), level(1, "%1.%2"), level(2, "(%3)", "lowerLetter")) + instance(1, 0)


@pytest.mark.parametrize(
    ("what", "numbering", "items", "labels"),
    [
        ("levels", OUTLINE, [(1, 0), (1, 1), (1, 1), (1, 2), (1, 2), (1, 0), (1, 1)], ["1.", "1.1", "1.2", "(a)", "(b)", "2.", "2.1"]),
        ("a deeper level begins again", OUTLINE, [(1, 0), (1, 2), (1, 1), (1, 2)], ["1.", "(a)", "1.1", "(a)"]),
        ("a level that was never used", OUTLINE, [(1, 1), (1, 1)], ["1.1", "1.2"]),
        ("a start", abstract(0, level(0, "%1.", start=5)) + instance(1, 0), [(1, 0), (1, 0)], ["5.", "6."]),
        ("two lists of one definition count on", OUTLINE + instance(2, 0), [(1, 0), (2, 0)], ["1.", "2."]),
        ("a list that starts anew", OUTLINE + instance(2, 0, start_at(1)), [(1, 0), (1, 0), (2, 0), (2, 0)], ["1.", "2.", "1.", "2."]),
        ("a list that starts at 7", OUTLINE + instance(2, 0, start_at(7)), [(1, 0), (2, 0), (2, 0)], ["1.", "7.", "8."]),
        ("an inner start", OUTLINE + instance(2, 0, start_at(4, 1)), [(2, 0), (2, 1), (2, 1)], ["1.", "1.4", "1.5"]),
        ("two definitions count apart", OUTLINE + abstract(5, level(0, "%1)")) + instance(5, 5), [(1, 0), (5, 0), (1, 0)], ["1.", "1)", "2."]),
        ("never restarted", abstract(0, level(0, "%1."), level(1, "Clause %2", more='<w:lvlRestart w:val="0"/>')) + instance(1, 0), [(1, 0), (1, 1), (1, 0), (1, 1)], ["1.", "Clause 1", "2.", "Clause 2"]),
        ("restarted by the first level alone", abstract(0, level(0, "%1."), level(1, "%1.%2"), level(2, "(%3)", more='<w:lvlRestart w:val="1"/>')) + instance(1, 0), [(1, 0), (1, 1), (1, 2), (1, 1), (1, 2), (1, 0), (1, 2)], ["1.", "1.1", "(1)", "1.2", "(2)", "2.", "(1)"]),
        ("legal digits", abstract(0, level(0, "Article %1", "upperRoman"), level(1, "%1.%2", more="<w:isLgl/>")) + instance(1, 0), [(1, 0), (1, 0), (1, 1)], ["Article I", "Article II", "2.1"]),
        ("a level defined anew", OUTLINE + instance(2, 0, f'<w:lvlOverride w:ilvl="0">{level(0, "§ %1")}</w:lvlOverride>'), [(2, 0)], ["§ 1"]),
        ("a text instead of a number", abstract(0, level(0, "Note:", "none")) + instance(1, 0), [(1, 0)], ["Note:"]),
        ("bullets", abstract(0, level(0, "\uf0b7", "bullet")) + instance(1, 0), [(1, 0), (1, 0)], ["-", "-"]),
        ("bullets below numbers", abstract(0, level(0, "%1."), level(1, "o", "bullet")) + instance(1, 0), [(1, 0), (1, 1), (1, 0)], ["1.", "-", "2."]),
        ("a picture as bullet", abstract(0, level(0, "%1.", more='<w:lvlPicBulletId w:val="0"/>')) + instance(1, 0), [(1, 0)], ["-"]),
        ("ticks as bullets", abstract(0, level(0, "☐", "bullet"), level(1, "\uf0fc", "bullet", '<w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr>')) + instance(1, 0), [(1, 0), (1, 1)], ["- ☐", "- ✓"]),
        ("a newer format", abstract(0, '<w:lvl w:ilvl="0"><mc:AlternateContent><mc:Choice Requires="w14"><w:numFmt w:val="custom" w:format="001"/></mc:Choice><mc:Fallback><w:numFmt w:val="decimalZero"/></mc:Fallback></mc:AlternateContent><w:lvlText w:val="%1"/></w:lvl>') + instance(1, 0), [(1, 0)], ["01"]),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 60 else "-",
)  # fmt: skip
def test_numbers_are_counted_as_word_does(
    what: str, numbering: str, items: list[tuple[int, int]], labels: list[str]
) -> None:
    assert lines(listing(*items), numbering) == [f"{label} x" for label in labels], what


@pytest.mark.parametrize("number_id", [0, 99])
def test_a_list_that_is_none_has_no_label(number_id: int) -> None:
    assert lines(listing((number_id, 0)), OUTLINE) == ["x"]


LINKED = abstract(
    0,
    level(0, "Article %1:", "upperRoman", '<w:pStyle w:val="Heading1"/>'),
    level(1, "%1.%2", more='<w:pStyle w:val="Heading2"/><w:isLgl/>'),
) + instance(1, 0)
NUMBERED_HEADINGS = "".join(
    f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/><w:pPr><w:numPr>'
    f'<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    for n in (1, 2)
) + (
    '<w:style w:type="paragraph" w:styleId="Annex"><w:name w:val="Annex"/><w:basedOn w:val="Heading1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Plain"><w:name w:val="Plain"/><w:basedOn w:val="Heading1"/><w:pPr>'
    '<w:numPr><w:numId w:val="0"/></w:numPr></w:pPr></w:style>'
)


def test_headings_are_numbered_by_their_styles() -> None:
    body = (
        styled("Scope", "Heading1") + styled("Terms", "Heading2") + styled("Rent", "Heading1")
        + styled("Notice", "Heading2") + styled("Prices", "Annex") + styled("Thanks", "Plain")
    )  # fmt: skip
    assert lines(body, LINKED, NUMBERED_HEADINGS) == [
        "# Article I: Scope", "## 1.1 Terms", "# Article II: Rent", "## 2.1 Notice", "# Article III: Prices", "# Thanks",
    ]  # fmt: skip


def test_the_title_of_a_document_has_no_number() -> None:
    read = read_docx(word_file(styled("Scope", "Heading1"), numbering=LINKED, styles=NUMBERED_HEADINGS))
    assert read.title == "Scope"


def test_a_paragraph_may_turn_its_styles_number_off() -> None:
    off = '<w:numPr><w:numId w:val="0"/></w:numPr>'
    assert lines(styled("Scope", "Heading1", off), LINKED, NUMBERED_HEADINGS) == ["# Scope"]


def test_a_definition_may_stand_in_a_list_style() -> None:
    numbering = (
        '<w:abstractNum w:abstractNumId="0"><w:numStyleLink w:val="House"/></w:abstractNum>'
        + abstract(1, level(0, "No. %1"))
        + instance(1, 0)
        + instance(2, 1)
    )
    styles = '<w:style w:type="numbering" w:styleId="House"><w:name w:val="House"/><w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>'
    assert lines(listing((1, 0), (2, 0)), numbering, styles) == ["No. 1 x", "No. 2 x"]


def test_list_styles_that_stand_for_each_other_end() -> None:
    numbering = (
        '<w:abstractNum w:abstractNumId="0"><w:numStyleLink w:val="House"/></w:abstractNum>' + instance(1, 0)
    )
    styles = '<w:style w:type="numbering" w:styleId="House"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    assert lines(listing((1, 0)), numbering, styles) == ["x"]


def test_empty_paragraphs_count_and_are_not_said_but_in_tables() -> None:
    assert lines(listed("a", 1) + listed("<w:r/>", 1) + listed("b", 1), OUTLINE) == ["1. a", "3. b"]
    rows = table(row(cell(listed("<w:r/>", 1)), "tea"), row(cell(listed("<w:r/>", 1)), "milk"))
    assert lines(rows, OUTLINE) == ["| 1. | tea |\n| 2. | milk |"]


def test_a_deleted_paragraph_is_not_counted() -> None:
    gone = listed("<w:del><w:r><w:delText>b</w:delText></w:r></w:del>", 1, more="<w:rPr><w:del/></w:rPr>")
    assert lines(listed("a", 1) + gone + listed("c", 1), OUTLINE) == ["1. a", "2. c"]


def test_a_bullet_in_a_cell_is_a_bullet_in_its_line() -> None:
    bullets = abstract(0, level(0, "o", "bullet")) + instance(1, 0)
    cells = table(row("Bring", cell(listed("a towel", 1) + listed("soap", 1))), row("Pay", "4 euros"))
    assert lines(cells, bullets) == ["| Bring | • a towel • soap |\n| Pay | 4 euros |"]


def test_a_label_without_a_gap_is_joined_to_its_text() -> None:
    numbering = abstract(0, level(0, "第%1条", "chineseCounting", '<w:suff w:val="nothing"/>')) + instance(
        1, 0
    )
    assert lines(listed("总则", 1), numbering) == ["第一条总则"]


@pytest.mark.parametrize(
    ("number_format", "first", "twelfth", "thirtieth"),
    [
        ("decimal", "1", "12", "30"),
        ("decimalZero", "01", "12", "30"),
        ("upperRoman", "I", "XII", "XXX"),
        ("lowerRoman", "i", "xii", "xxx"),
        ("upperLetter", "A", "L", "DD"),
        ("lowerLetter", "a", "l", "dd"),
        ("ordinal", "1st", "12th", "30th"),
        ("cardinalText", "One", "Twelve", "Thirty"),
        ("ordinalText", "First", "Twelfth", "Thirtieth"),
        ("chineseCounting", "一", "十二", "三十"),
        ("decimalEnclosedCircle", "①", "⑫", "(30)"),
        ("thaiNumbers", "๑", "๑๒", "๓๐"),
        ("a format of next year", "1", "12", "30"),
    ],
)
def test_numbers_are_written_in_words_formats(
    number_format: str, first: str, twelfth: str, thirtieth: str
) -> None:
    assert [write_number(number, number_format) for number in (1, 12, 30)] == [first, twelfth, thirtieth]


@given(
    st.integers(-(10**12), 10**12),
    st.sampled_from(["upperRoman", "lowerLetter", "ordinalText", "chicago", "ganada"]),
)
def test_no_number_is_longer_than_a_line(number: int, number_format: str) -> None:
    assert len(write_number(number, number_format)) < 260


@pytest.mark.parametrize("value", ["9" * 5000, "-1", "x", "", "1.5", "²"])
def test_senseless_numbers_are_passed_over(value: str) -> None:
    numbering = abstract(
        0,
        f'<w:lvl w:ilvl="{value}"><w:start w:val="{value}"/><w:numFmt w:val="upperLetter"/><w:lvlText w:val="%1."/></w:lvl>',
    ) + instance(1, 0)
    properties = (
        f'<w:outlineLvl w:val="{value}"/><w:numPr><w:ilvl w:val="{value}"/><w:numId w:val="1"/></w:numPr>'
    )
    assert lines(paragraph("text", properties), numbering)[0].endswith("text")
