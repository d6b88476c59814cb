"""What is read of a Word document, and what is left out and counted."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus.docx_files import (
    NAMESPACES,
    STRICT,
    archive,
    box,
    cell,
    control,
    field,
    listed,
    paragraph,
    part,
    row,
    run,
    styled,
    table,
    word_file,
)
from workbench.corpus.readers import read_docx
from workbench.corpus.readers.extracted_text import Unreadable
from workbench.corpus.reading import load_documents
from workbench.markdown import outline_markdown

INSERTED = '<w:ins w:author="a">{}</w:ins>'.format
DELETED = '<w:del w:author="a"><w:r><w:delText xml:space="preserve">{}</w:delText></w:r></w:del>'.format


def short(value: object) -> str:
    """The name of a case: a short text of it."""
    return value if isinstance(value, str) and len(value) < 60 else "-"


def text_of(body: str, **parts: object) -> str:
    return read_docx(word_file(body, **parts)).text  # type: ignore[arg-type]


def left_out(body: str, **parts: object) -> dict[str, int]:
    return {entry.kind: entry.count for entry in read_docx(word_file(body, **parts)).left_out}  # type: ignore[arg-type]


RUBY = (
    "<w:r><w:ruby><w:rubyPr/><w:rt><w:r><w:t>とうきょう</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>東京</w:t></w:r>"
    "</w:rubyBase></w:ruby></w:r>"
)
DROP_CAP = '<w:framePr w:dropCap="drop" w:lines="3"/>'
CHECKED = '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="1"/></w:checkBox></w:ffData></w:fldChar></w:r>'
CHOICE = '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="red"/><w:listEntry w:val="blue"/></w:ddList></w:ffData></w:fldChar></w:r>'
END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


@pytest.mark.parametrize(
    ("what", "body", "text"),
    [
        ("an insertion", paragraph(run("within ") + DELETED("14") + INSERTED(run("30")) + run(" days")), "within 30 days"),
        ("an inserted paragraph", paragraph(INSERTED(run("New.")), "<w:rPr><w:ins/></w:rPr>"), "New."),
        ("an insertion inside an insertion", paragraph(INSERTED(INSERTED(run("New.")))), "New."),
        ("a deletion inside an insertion", paragraph(run("A") + INSERTED(DELETED("x") + run("B"))), "AB"),
        ("a move", paragraph(f"<w:moveFrom>{run('Moved.')}</w:moveFrom>") + paragraph("Then.") + paragraph(f"<w:moveTo>{run('Moved.')}</w:moveTo>"), "Then.\n\nMoved."),
        ("a deleted end of paragraph", paragraph("One", "<w:rPr><w:del/></w:rPr>") + paragraph(" two."), "One two."),
        ("a deleted last end of paragraph", paragraph("One", "<w:rPr><w:del/></w:rPr>"), "One"),
        ("old properties", paragraph("Body.", '<w:pPrChange><w:pPr><w:pStyle w:val="Heading1"/></w:pPr></w:pPrChange>'), "Body."),
        ("a control around paragraphs", control(paragraph("One.") + paragraph("Two.")), "One.\n\nTwo."),
        ("a control in a control", control(control(paragraph("One."))), "One."),
        ("a control around a run in a control", control(paragraph(control(run("One.")))), "One."),
        ("a smart tag", paragraph(f"<w:smartTag>{run('Leeds')}</w:smartTag>"), "Leeds"),
        ("custom XML around a paragraph", f"<w:customXml>{paragraph('Inside.')}</w:customXml>", "Inside."),
        ("a ticked box", paragraph(control(run("☒"), "<w14:checkbox/>") + run(" yes")), "☒ yes"),
        ("a text box", paragraph(run("Anchor.") + box(paragraph("In the box."))), "Anchor.\n\nIn the box."),
        ("a text box in the middle of a sentence", paragraph(run("One ") + box(paragraph("Box.")) + run("two.")), "One two.\n\nBox."),
        ("a text box in a text box", paragraph(box(paragraph(run("Outer.") + box(paragraph("Inner."))))), "Outer.\n\nInner."),
        ("a heading in a text box", paragraph(box(styled("Contact", "Heading2"))), "## Contact"),
        ("an old text box", paragraph(f"<w:r><w:pict><v:shape><v:textbox><w:txbxContent>{paragraph('VML.')}</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"), "VML."),
        ("alternatives around a paragraph", f'<mc:AlternateContent><mc:Choice Requires="x">{paragraph("Once.")}</mc:Choice><mc:Fallback>{paragraph("Once.")}</mc:Fallback></mc:AlternateContent>', "Once."),
        ("a choice without text", paragraph(f'<w:r><mc:AlternateContent><mc:Choice Requires="x"><w:drawing/></mc:Choice><mc:Fallback>{run("Said.")}</mc:Fallback></mc:AlternateContent></w:r>'), "Said."),
        ("a field", paragraph(run("On ") + field("DATE \\@ 'd MMMM'", "3 May") + run(".")), "On 3 May."),
        ("a simple field", paragraph(f'<w:fldSimple w:instr="AUTHOR">{run("Ravel")}</w:fldSimple>'), "Ravel"),
        ("a field in an instruction", paragraph(field(f"IF </w:instrText></w:r>{field('MERGEFIELD x', 'hidden')}<w:r><w:instrText> = 1", "shown")), "shown"),
        ("a field in a result", paragraph(field("REF a", run("see ") + field("PAGEREF b", "7"))), "see 7"),
        ("a field over two paragraphs", paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>QUOTE</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>' + run("One.")) + paragraph(run("Two.") + END), "One.\n\nTwo."),
        ("a field without an end", paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF a</w:instrText></w:r>' + run("Still here.")), "Still here."),
        ("an end without a field", paragraph(END + run("Still here.")), "Still here."),
        ("a hidden index entry", paragraph(run("Tea") + field("XE 'tea'", None) + run(" time")), "Tea time"),
        ("an old check box", paragraph(CHECKED + END + run(" yes")), "☒ yes"),
        ("a check box with an empty result", paragraph(CHECKED + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + END), "☒"),
        ("a drop-down list with a result", paragraph(CHOICE + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + run("blue") + END), "blue"),
        ("an old drop-down list", paragraph(CHOICE + END), "blue"),
        ("an EQ field", paragraph(field("EQ \\f(1,2)", None)), "(1,2)"),
        ("a SYMBOL field", paragraph(run("5 ") + field('SYMBOL 109 \\f "Symbol"', None) + run("m")), "5 μm"),
        ("a hyperlink", paragraph(f'See <w:hyperlink r:id="x">{run("the rules")}</w:hyperlink>'.replace("See ", run("See "))), "See the rules"),
        ("a special hyphen", paragraph(run("non") + "<w:r><w:noBreakHyphen/></w:r>" + run("slip and co‑op")), "non-slip and co-op"),
        ("a soft hyphen", paragraph(run("envi") + "<w:r><w:softHyphen/></w:r>" + run("ron\u00adment")), "environment"),
        ("a special space", paragraph("10\u00a0kg, 1\u202f000 m"), "10 kg, 1 000 m"),
        ("a tab and a break", paragraph("<w:r><w:t>Name:</w:t><w:tab/><w:t>Ina</w:t><w:br/><w:t>Next</w:t></w:r>"), "Name:\tIna\nNext"),
        ("a line break of the XML", paragraph("<w:r><w:t>one\ntwo</w:t></w:r>"), "one two"),
        ("where a page once ended", paragraph("<w:r><w:t>un</w:t></w:r><w:r><w:lastRenderedPageBreak/><w:t>broken</w:t></w:r>"), "unbroken"),
        ("a symbol", paragraph('<w:r><w:sym w:font="Symbol" w:char="F06D"/><w:t>m, </w:t><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>'), "μm, ✓"),
        ("a symbol of a text font", paragraph('<w:r><w:t>20 </w:t><w:sym w:font="Arial" w:char="00B0"/></w:r>'), "20 °"),
        ("letters of a symbol font", paragraph(run("m", '<w:rFonts w:ascii="Symbol"/>') + run("m")), "μm"),
        ("a power", paragraph(run("10") + run("2", '<w:vertAlign w:val="superscript"/>') + run(" m")), "10² m"),
        ("a raised mark on a word", paragraph(run("prices") + run("1", '<w:vertAlign w:val="superscript"/>') + run(" rise")), "prices ¹ rise"),
        ("a raised ending", paragraph(run("1") + run("st", '<w:vertAlign w:val="superscript"/>')), "1st"),
        ("a lowered number", paragraph(run("H") + run("2", '<w:vertAlign w:val="subscript"/>') + run("O")), "H2O"),
        ("a drop cap", paragraph("O", DROP_CAP) + paragraph("nce upon a time."), "Once upon a time."),
        ("words with readings", paragraph(RUBY + run("に行く")), "東京に行く"),
        ("text from right to left", paragraph(f"<w:bdo w:val='rtl'>{run('שלום', '<w:rtl/>')}</w:bdo>" + f"<w:dir w:val='rtl'>{run(' עולם')}</w:dir>"), "שלום עולם"),
        ("an unhidden run", paragraph(run("Seen.", '<w:vanish w:val="0"/>')), "Seen."),
        ("a line of code", paragraph("# not a heading"), "# not a heading"),
        ("proofing marks", paragraph(run("teh") + "<w:proofErr w:type='spellEnd'/><w:bookmarkStart w:name='x'/>" + run("re")), "tehre"),
    ],
    ids=short,
)  # fmt: skip
def test_what_a_reader_of_the_document_sees_is_its_text(what: str, body: str, text: str) -> None:
    assert text_of(body).strip() == text, what


def test_a_line_that_begins_with_a_number_sign_is_no_heading() -> None:
    assert not outline_markdown(text_of(paragraph("Run it:") + paragraph("# comment"))).headings


MATH = {
    "E=m c^2": "<m:r><m:t>E=m </m:t></m:r><m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>",
    "(a+b)/c": "<m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>c</m:t></m:r></m:den></m:f>",
    "x_i": "<m:sSub><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sub><m:r><m:t>i</m:t></m:r></m:sub></m:sSub>",
    "x_i^(n-1)": "<m:sSubSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sub><m:r><m:t>i</m:t></m:r></m:sub><m:sup><m:r><m:t>n-1</m:t></m:r></m:sup></m:sSubSup>",
    "√(x)": '<m:rad><m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/><m:e><m:r><m:t>x</m:t></m:r></m:e></m:rad>',
    "∛(x)": "<m:rad><m:deg><m:r><m:t>3</m:t></m:r></m:deg><m:e><m:r><m:t>x</m:t></m:r></m:e></m:rad>",
    "∑_(i=1)^n i": '<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub><m:r><m:t>i=1</m:t></m:r></m:sub><m:sup><m:r><m:t>n</m:t></m:r></m:sup><m:e><m:r><m:t>i</m:t></m:r></m:e></m:nary>',
    "∫_0^1 x": "<m:nary><m:sub><m:r><m:t>0</m:t></m:r></m:sub><m:sup><m:r><m:t>1</m:t></m:r></m:sup><m:e><m:r><m:t>x</m:t></m:r></m:e></m:nary>",
    "[a; b]": '<m:d><m:dPr><m:begChr m:val="["/><m:sepChr m:val=";"/><m:endChr m:val="]"/></m:dPr><m:e><m:r><m:t>a</m:t></m:r></m:e><m:e><m:r><m:t>b</m:t></m:r></m:e></m:d>',
    "sin x": "<m:func><m:fName><m:r><m:t>sin</m:t></m:r></m:fName><m:e><m:r><m:t>x</m:t></m:r></m:e></m:func>",
    "lim_(x→0)": "<m:limLow><m:e><m:r><m:t>lim</m:t></m:r></m:e><m:lim><m:r><m:t>x→0</m:t></m:r></m:lim></m:limLow>",
    "[a, b; c, d]": "<m:m><m:mr><m:e><m:r><m:t>a</m:t></m:r></m:e><m:e><m:r><m:t>b</m:t></m:r></m:e></m:mr><m:mr><m:e><m:r><m:t>c</m:t></m:r></m:e><m:e><m:r><m:t>d</m:t></m:r></m:e></m:mr></m:m>",
    "v": "<m:r><m:t>𝑣</m:t></m:r>",
}


@pytest.mark.parametrize("wanted", MATH)
def test_an_equation_is_readable_in_one_line(wanted: str) -> None:
    text = text_of(paragraph(run("so ") + f"<m:oMath>{MATH[wanted]}</m:oMath>" + run(".")))
    assert text.replace(" ;", ";") == f"so {wanted}."
    alone = text_of(paragraph(f"<m:oMathPara><m:oMath>{MATH[wanted]}</m:oMath></m:oMathPara>"))
    assert alone.replace(" ;", ";") == wanted


STYLES = """
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="local2"><w:name w:val="Überschrift 2"/></w:style>
<w:style w:type="paragraph" w:styleId="house"><w:name w:val="House head"/><w:basedOn w:val="local2"/></w:style>
<w:style w:type="paragraph" w:styleId="house2"><w:name w:val="House subhead"/><w:basedOn w:val="house"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="nohead"><w:name w:val="Looks alike"/><w:basedOn w:val="berschrift1"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="loop1"><w:name w:val="Loop"/><w:basedOn w:val="loop2"/></w:style>
<w:style w:type="paragraph" w:styleId="loop2"><w:name w:val="Loop 2"/><w:basedOn w:val="loop1"/></w:style>
<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="List"><w:name w:val="List Bullet"/></w:style>
<w:style w:type="paragraph" w:styleId="Secret"><w:name w:val="Secret"/><w:rPr><w:vanish/></w:rPr></w:style>
<w:style w:type="character" w:styleId="Hid"><w:name w:val="Hid"/><w:rPr><w:vanish/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>
"""


@pytest.mark.parametrize(
    ("style", "more", "text"),
    [
        ("berschrift1", "", "# Leave"),
        ("local2", "", "## Leave"),
        ("house", "", "## Leave"),
        ("house2", "", "### Leave"),
        ("nohead", "", "Leave"),
        ("loop1", "", "Leave"),
        ("Titel", "", "# Leave"),
        ("List", "", "- Leave"),
        ("unknown", "", "Leave"),
        ("unknown", '<w:outlineLvl w:val="1"/>', "## Leave"),
        ("berschrift1", '<w:outlineLvl w:val="9"/>', "Leave"),
        ("unknown", '<w:outlineLvl w:val="8"/>', "###### Leave"),
    ],
)
def test_headings_are_known_by_their_styles_and_outline_levels(style: str, more: str, text: str) -> None:
    assert text_of(styled("Leave", style, more), styles=STYLES) == text


def test_a_heading_is_one_line_and_a_long_one_is_a_paragraph() -> None:
    broken = "<w:r><w:t>Paid</w:t><w:br/><w:t>leave</w:t></w:r>"
    assert text_of(styled(broken, "Heading1")) == "# Paid leave"
    clause = "The supplier shall deliver. " * 12
    assert text_of(styled(clause, "Heading2")) == clause.strip()


@pytest.mark.parametrize(
    ("title", "body", "wanted"),
    [
        ("Leave policy", paragraph("x"), "Leave policy"),
        ("Leave policy", styled("Handbook", "Titel"), "Handbook"),
        ("", styled("Handbook", "berschrift1"), "Handbook"),
        ("Microsoft Word - leave_v3.docx", styled("Handbook", "berschrift1"), "Handbook"),
        ("", paragraph(box(styled("Cover", "Titel"))), "Cover"),
        ("", paragraph("x"), None),
    ],
)
def test_the_title_is_the_title_paragraph_the_files_own_or_the_first_heading(
    title: str, body: str, wanted: str | None
) -> None:
    assert read_docx(word_file(body, styles=STYLES, title=title)).title == wanted


NOTE = '<w:{0}note w:id="{1}"><w:p><w:r><w:{0}noteRef/></w:r><w:r><w:t xml:space="preserve"> {2}</w:t></w:r></w:p></w:{0}note>'.format
RULES = '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
REFER = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:{}noteReference w:id="{}"/></w:r>'.format


def test_a_footnote_follows_the_paragraph_that_refers_to_it() -> None:
    body = paragraph(run("Children travel free") + REFER("foot", 2) + run(" on all lines.")) + paragraph(
        "Dogs pay."
    )
    text = text_of(body, footnotes=RULES + NOTE("foot", 2, "Up to twelve."))
    assert text == "Children travel free (note 1) on all lines.\n\nNote 1: Up to twelve.\n\nDogs pay."


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("free", "on", "free (note 1) on"),
        ("free.", " Dogs", "free. (note 1) Dogs"),
        ("free", ".", "free (note 1)."),
        ("(free", ")", "(free (note 1))"),
        ("30", " days", "30 (note 1) days"),
    ],
)
def test_a_notes_mark_is_glued_to_no_word(before: str, after: str, text: str) -> None:
    body = paragraph(run(before) + REFER("foot", 2) + run(after))
    assert text_of(body, footnotes=NOTE("foot", 2, "x")).startswith(text)


def test_footnotes_and_endnotes_are_numbered_together_and_said_once() -> None:
    body = paragraph(
        run("A") + REFER("foot", 2) + run(" B") + REFER("end", 2) + run(" again") + REFER("foot", 2)
    )
    text = text_of(body, footnotes=NOTE("foot", 2, "foot."), endnotes=NOTE("end", 2, "end."))
    assert text == "A (note 1) B (note 2) again (note 1)\n\nNote 1: foot.\n\nNote 2: end."


def test_a_note_of_two_paragraphs_is_whole_before_the_next() -> None:
    first = NOTE("foot", 2, "In cash.").replace("</w:footnote>", paragraph("Or by card.") + "</w:footnote>")
    body = paragraph(run("A") + REFER("foot", 2) + run(" B") + REFER("foot", 3))
    text = text_of(body, footnotes=first + NOTE("foot", 3, "In May."))
    assert text.endswith("Note 1: In cash.\n\nOr by card.\n\nNote 2: In May.")


def test_a_note_with_a_mark_of_its_own_keeps_it() -> None:
    body = paragraph(
        run("Price") + '<w:r><w:footnoteReference w:customMarkFollows="1" w:id="2"/><w:t>*</w:t></w:r>'
    )
    assert text_of(body, footnotes=NOTE("foot", 2, "With tax.")) == "Price (note *)\n\nNote *: With tax."


def test_a_note_that_a_table_refers_to_follows_the_table() -> None:
    body = table(row(cell(paragraph(run("Fare") + REFER("foot", 2))), "4"), row("Dog", "1"))
    assert (
        text_of(body, footnotes=NOTE("foot", 2, "x.")) == "| Fare (note 1) | 4 |\n| Dog | 1 |\n\nNote 1: x."
    )


def test_a_heading_has_no_mark_for_the_note_below_it() -> None:
    body = styled(run("Fares") + REFER("foot", 2), "Heading1")
    assert text_of(body, footnotes=NOTE("foot", 2, "x.")) == "# Fares\n\nNote 1: x."


def test_a_note_that_refers_to_itself_ends() -> None:
    note = f'<w:footnote w:id="2">{paragraph(run("Round") + REFER("foot", 2))}</w:footnote>'
    assert text_of(paragraph(run("A") + REFER("foot", 2)), footnotes=note).count("Round") == 1


def test_the_note_of_a_deleted_passage_is_deleted_with_it() -> None:
    body = paragraph(run("A") + f"<w:del>{REFER('foot', 2)}</w:del>")
    assert text_of(body, footnotes=NOTE("foot", 2, "gone")) == "A"


PICTURE = '<w:r><w:drawing><wp:inline><wp:docPr id="1" name="Picture 1" descr="{}"/><a:graphic><a:graphicData><pic:pic><pic:blipFill><a:blip r:embed="x"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'.format
TOC_GALLERY = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'


@pytest.mark.parametrize(
    ("kind", "count", "body"),
    [
        ("deleted passages (tracked changes)", 2, paragraph(DELETED("one") + run("x") + DELETED("two"))),
        ("deleted passages (tracked changes)", 1, table(row("a", "b"), row("c", "d", properties="<w:del/>")) + paragraph("x")),
        ("hidden passages", 1, paragraph(run("x") + run("hidden", "<w:vanish/>") + run(" too", "<w:vanish/>"))),
        ("hidden passages", 1, paragraph(run("x") + run("hidden", '<w:rStyle w:val="Hid"/>'))),
        ("hidden passages", 1, paragraph("x") + styled("hidden", "Secret")),
        ("entries of contents", 2, paragraph("x") + styled("One\t3", "TOC1") + styled("Two\t4", "TOC1")),
        ("entries of contents", 1, paragraph("x") + paragraph(field("TOC \\o '1-3'", "One 3"))),
        ("entries of contents", 2, paragraph("x") + control(styled("Contents", "berschrift1") + paragraph("One 3"), TOC_GALLERY)),
        ("entries of contents", 1, paragraph("x") + paragraph(field("INDEX \\c 2", "tea, 7"))),
        ("empty form fields", 1, paragraph(run("x") + control(run("Click here to enter text."), "<w:showingPlcHdr/>"))),
        ("empty form fields", 1, paragraph("x") + control(paragraph("Choose an item."), "<w:showingPlcHdr/>")),
        ("pictures without text", 1, paragraph(run("x") + PICTURE(""))),
        ("pictures without text", 1, paragraph(run("x") + PICTURE("A cat. Description automatically generated"))),
        ("pictures without text", 1, paragraph(run("x") + PICTURE("IMG_2209.jpg"))),
        ("pictures without text", 1, paragraph(run("x") + "<w:r><w:pict><v:shape><v:imagedata r:id='a'/></v:shape></w:pict></w:r>")),
        ("embedded objects", 1, paragraph(run("x") + "<w:r><w:object><v:shape><v:imagedata r:id='a'/></v:shape><o:OLEObject ProgID='Excel.Sheet.12'/></w:object></w:r>")),
        ("embedded documents", 1, paragraph("x") + "<w:altChunk r:id='a'/>"),
        ("symbols without a known meaning", 1, paragraph(run("x") + '<w:r><w:sym w:font="Webdings" w:char="F0C1"/></w:r>')),
        ("readings above words (ruby)", 1, paragraph(run("x") + "<w:r><w:ruby><w:rt><w:r><w:t>y</w:t></w:r></w:rt></w:ruby></w:r>")),
    ],
    ids=short,
)  # fmt: skip
def test_what_is_left_out_is_counted_and_not_in_the_text(kind: str, count: int, body: str) -> None:
    read = read_docx(word_file(body, styles=STYLES))
    assert {entry.kind: entry.count for entry in read.left_out} == {kind: count}
    for word in ("hidden", "Contents", "One", "tea", "Click", "Choose", "generated", "two"):
        assert word not in read.text
    assert "x" in read.text or "| a | b |" in read.text


def test_comments_are_counted() -> None:
    comment = f'<w:comment w:id="1" w:author="a">{paragraph("Is this right?")}</w:comment>'
    body = paragraph(
        "<w:commentRangeStart w:id='1'/>" + run("Text.") + "<w:r><w:commentReference w:id='1'/></w:r>"
    )
    read = read_docx(word_file(body, comments=comment))
    assert read.text == "Text."
    assert [(e.kind, e.count, e.characters, e.examples) for e in read.left_out] == [
        ("comments", 1, 14, ("Is this right?",))
    ]


def test_a_described_picture_is_read_by_its_description() -> None:
    text = text_of(paragraph(run("The exits.") + PICTURE("Plan with exits to the north and south")))
    assert text == "The exits.\n\nPicture: Plan with exits to the north and south"


def test_a_chart_is_read_as_a_table_and_a_diagram_as_lines() -> None:
    points = "<c:pt idx='0'><c:v>{}</c:v></c:pt><c:pt idx='1'><c:v>{}</c:v></c:pt>".format
    chart = (
        "<c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Visitors</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea>"
        f"<c:barChart><c:ser><c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>2025</c:v></c:pt></c:strCache></c:strRef></c:tx>"
        f"<c:cat><c:strRef><c:strCache>{points('May', 'June')}</c:strCache></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:numCache>{points('120', '0.30000000000000004')}</c:numCache></c:numRef></c:val></c:ser>"
        "</c:barChart></c:plotArea></c:chart>"
    )
    diagram = "<dgm:ptLst><dgm:pt><dgm:t><a:p><a:r><a:t>Order</a:t></a:r></a:p></dgm:t></dgm:pt><dgm:pt><dgm:t><a:p><a:r><a:t>Pay</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst>"
    graphic = "<w:r><w:drawing><wp:inline><a:graphic><a:graphicData>{}</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>".format
    body = paragraph(graphic("<c:chart r:id='chart1'/>")) + paragraph(graphic("<dgm:relIds r:dm='data1'/>"))
    text = text_of(
        body,
        parts={
            "charts/chart1.xml": ("chart", part("c:chartSpace", chart)),
            "diagrams/data1.xml": ("diagramData", part("dgm:dataModel", diagram)),
        },
    )
    assert text == "Chart: Visitors\n\n|  | 2025 |\n| May | 120 |\n| June | 0.3 |\n\nOrder\nPay"


def margins(**parts: str) -> dict[str, tuple[str, str]]:
    """Headers and footers by file name: header1 → header1.xml."""
    return {
        f"{n}.xml": (n[:6], part("w:hdr" if n[0] == "h" else "w:ftr", inner)) for n, inner in parts.items()
    }


SECTION = "<w:sectPr>{}</w:sectPr>".format
REFERENCE = '<w:{0}Reference w:type="{1}" r:id="{2}"/>'.format
PAGE = field("PAGE", "1")


def test_what_only_a_header_says_is_read_once_and_page_numbers_are_left_out() -> None:
    header = paragraph(run("Leave policy HR-12") + "<w:r><w:tab/></w:r>" + run("Page ") + PAGE)
    footer = paragraph("Ravel Ltd, 4 Mill Lane")
    section = SECTION(REFERENCE("header", "default", "header1") + REFERENCE("footer", "default", "footer1"))
    body = paragraph("First.", section) + paragraph("Second.") + section
    read = read_docx(word_file(body, parts=margins(header1=header, footer1=footer)))
    assert read.text == "Leave policy HR-12\n\nFirst.\n\nSecond.\n\nRavel Ltd, 4 Mill Lane"
    assert [(e.kind, e.count) for e in read.left_out] == [("running heads", 1)]


def test_a_header_that_repeats_the_title_is_a_running_head() -> None:
    body = (
        styled("Leave policy", "Heading1")
        + paragraph("Text.")
        + SECTION(REFERENCE("header", "default", "header1"))
    )
    read = read_docx(word_file(body, parts=margins(header1=paragraph("LEAVE POLICY"))))
    assert read.text == "# Leave policy\n\nText." and read.left_out[0].examples == ("LEAVE POLICY",)


def test_the_first_pages_header_comes_first_and_only_if_the_section_has_one() -> None:
    references = REFERENCE("header", "default", "header1") + REFERENCE("header", "first", "header2")
    parts = margins(header1=paragraph("Other pages"), header2=paragraph("Letterhead"))
    assert text_of(paragraph("x") + SECTION(references + "<w:titlePg/>"), parts=parts).startswith(
        "Letterhead\n\nOther"
    )
    assert "Letterhead" not in text_of(paragraph("x") + SECTION(references), parts=parts)


def test_a_header_that_names_the_section_of_each_page_is_a_running_head() -> None:
    parts = margins(header1=paragraph(field("STYLEREF 'Heading 1'", "Error! No text of that style.")))
    assert text_of(paragraph("x") + SECTION(REFERENCE("header", "default", "header1")), parts=parts) == "x"


def test_a_header_in_a_table_is_read_cell_by_cell() -> None:
    header = table(row("Ravel Ltd", cell(paragraph(run("Page ") + PAGE))), row("Version 3", ""))
    parts = margins(header1=header)
    text = text_of(paragraph("x") + SECTION(REFERENCE("header", "default", "header1")), parts=parts)
    assert text == "Ravel Ltd\nVersion 3\n\nx"


def test_strict_documents_are_read() -> None:
    body = (
        styled("Leave", "Heading1")
        + paragraph(run("Paid") + REFER("foot", 2))
        + table(row("a", "b"), row("c", "d"))
    )
    data = word_file(body, footnotes=NOTE("foot", 2, "x."), replace=STRICT)
    assert read_docx(data).text == "# Leave\n\nPaid (note 1)\n\nNote 1: x.\n\n| a | b |\n| c | d |"


ROOT = '<?xml version="1.0"?><w:document {}><w:body>{}</w:body></w:document>'.format


@pytest.mark.parametrize(
    "files",
    [
        {"word/document.xml": ROOT(NAMESPACES, paragraph("Here."))},
        {"word\\document.xml": ROOT(NAMESPACES, paragraph("Here."))},
        {"Word/Document.xml": ROOT(NAMESPACES, paragraph("Here."))},
        {
            "_rels/.rels": '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="/word/document2.xml"/></Relationships>',
            "word/document2.xml": ROOT(NAMESPACES, paragraph("Here.")),
        },
        {
            "_rels/.rels": '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="nothing.xml"/></Relationships>',
            "word/document.xml": ROOT(NAMESPACES, paragraph("Here.")),
        },
        {
            "word/_rels/document.xml.rels": '<Relationships><Relationship Id="a" Type="x/image" Target="../NULL"/><Relationship Id="b" Type="x/hyperlink" Target="#x" TargetMode="External"/><Relationship/></Relationships>',
            "word/document.xml": ROOT(NAMESPACES, paragraph("Here.")),
        },
    ],
    ids=short,
)  # fmt: skip
def test_odd_packages_are_read(files: dict[str, str]) -> None:
    read = read_docx(archive(files))
    assert read.text == "Here." and read.note == ""


def test_a_missing_part_is_said() -> None:
    data = word_file(
        paragraph(run("A") + REFER("foot", 2)), footnotes=NOTE("foot", 2, "x"), drop=("word/footnotes.xml",)
    )
    read = read_docx(data)
    assert read.text == "A" and "word/footnotes.xml" in read.note


def test_a_control_character_costs_no_text_and_is_said() -> None:
    read = read_docx(word_file(paragraph("One &#x1;two.") + paragraph("Three.")))
    assert "two." in read.text and "Three." in read.text and "word/document.xml" in read.note


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "password"),
        (b"{\\rtf1 hello}", "not a Word document"),
        (b"PK\x03\x04nonsense", "not a Word document"),
        (archive({"mimetype": "application/vnd.oasis.opendocument.text"}), "not a Word document"),
        (archive({"word/document.xml": "no XML"}), "not a Word document"),
        (archive({"word/document.xml": "<html><body>Hi</body></html>"}), "not a Word document"),
    ],
    ids=short,
)
def test_what_is_no_word_document_is_refused_with_its_reason(data: bytes, word: str) -> None:
    with pytest.raises(Unreadable, match=word):
        read_docx(data)


def test_macros_and_templates_are_read_as_documents(tmp_path: Path) -> None:
    for suffix in ("docx", "docm", "dotx", "dotm"):
        (tmp_path / f"a.{suffix}").write_bytes(word_file(paragraph(f"A {suffix}.")))
    documents, problems = load_documents(tmp_path)
    assert [d.text for d in documents] == ["A docm.", "A docx.", "A dotm.", "A dotx."] and not problems


def test_a_document_that_is_another_document_inside_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(word_file("<w:altChunk r:id='a'/>"))
    documents, problems = load_documents(tmp_path, allow_empty=True)
    assert not documents and "embedded documents (1)" in problems[0].what


def test_a_damaged_archive_never_raises_anything_but_unreadable() -> None:
    whole = word_file(
        table(row("a", "b"), row("c", "d")) + paragraph("Text."), footnotes=NOTE("foot", 2, "x")
    )
    for cut in range(0, len(whole), 37):
        for data in (whole[:cut], whole[:cut] + b"\xff" * 8 + whole[cut + 8 :]):
            with contextlib.suppress(Unreadable):
                read_docx(data)


def test_entities_are_not_resolved(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("TOP SECRET")
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    declared = (
        f'<!DOCTYPE d [<!ENTITY l0 "lol">{lol}<!ENTITY file SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    )
    xml = (
        f'<?xml version="1.0"?>{declared}'
        + part("w:document", f"<w:body>{paragraph('Here. &file; &l11;')}</w:body>").partition("?>")[2]
    )
    read = read_docx(archive({"word/document.xml": xml}))
    assert "Here." in read.text and "SECRET" not in read.text and len(read.text) < 50 and read.note


def test_deep_nesting_is_read_or_said() -> None:
    for depth in (20, 60, 400):
        deep = "Deep."
        for _ in range(depth):
            deep = table(row(cell((paragraph(deep) if deep == "Deep." else deep) + paragraph("x"))))
        read = read_docx(word_file(deep + paragraph("After.")))
        assert ("Deep." in read.text and "After." in read.text) or read.note


WORDS = st.integers(0, 10**6).map(lambda n: f"word{n}x")


def blocks(words: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """XML of any nesting of what the reader knows; each word is in it once."""
    inline = st.one_of(
        words.map(run),
        words.map(lambda w: INSERTED(run(w))),
        words.map(lambda w: control(run(w))),
        words.map(lambda w: field("REF x", w)),
        words.map(lambda w: f"<w:hyperlink>{run(w)}</w:hyperlink>"),
        words.map(lambda w: f"<m:oMath><m:r><m:t>{w}</m:t></m:r></m:oMath>"),
    )
    spaced = st.lists(inline, min_size=1, max_size=3).map(run(" ").join)
    plain = st.one_of(
        spaced.map(paragraph),
        spaced.map(lambda inner: styled(inner, "Heading2")),
        spaced.map(lambda inner: listed(inner, 1)),
    )
    return st.recursive(
        plain,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map("".join),
            inner.map(control),
            inner.map(lambda xml: f"<w:customXml>{xml}</w:customXml>"),
            inner.map(lambda xml: paragraph(box(xml))),
            st.lists(inner, min_size=1, max_size=4).map(
                lambda cells: table(*(row(*map(cell, cells[i : i + 2])) for i in range(0, len(cells), 2)))
            ),
            st.tuples(inner, inner).map(lambda two: table(control(row(control(cell(two[0])), cell(two[1]))))),
        ),
        max_leaves=12,
    )


@given(blocks(WORDS))
def test_any_nesting_keeps_every_word_as_often_as_it_is_there(body: str) -> None:
    whole = re.findall(r"word\d+x", strip_fallbacks(body))
    assert sorted(re.findall(r"word\d+x", text_of(body))) == sorted(whole)


def strip_fallbacks(xml: str) -> str:
    """The XML without <mc:Fallback>, which says what its <mc:Choice> says."""
    while "<mc:Fallback>" in xml:
        start = xml.rindex("<mc:Fallback>")
        end = xml.index("</mc:Fallback>", start) + len("</mc:Fallback>")
        xml = xml[:start] + xml[end:]
    return xml


def test_a_file_from_python_docx_is_read() -> None:
    document = docx.Document()
    document.add_heading("Opening hours", 1)
    document.add_paragraph("Bring:", style="Normal")
    document.add_paragraph("a towel", style="List Bullet")
    document.add_paragraph("Undress", style="List Number")
    document.add_paragraph("Swim", style="List Number")
    out = io.BytesIO()
    document.save(out)
    assert read_docx(out.getvalue()).text == "# Opening hours\n\nBring:\n\n- a towel\n\n1. Undress\n\n2. Swim"
