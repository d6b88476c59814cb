"""What is read of a PowerPoint presentation, and what is left out and counted."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml import parse_xml
from pptx.util import Inches, Pt

from tests.corpus.office_files import STRICT, edited
from workbench.corpus.readers import read_pptx
from workbench.corpus.readers.extracted_text import ReadText, Unreadable
from workbench.corpus.reading import load_documents
from workbench.pipeline.splitters.page import split_by_page

TITLE, CONTENT, TWO_CONTENTS, ONLY_TITLE, BLANK = 0, 1, 3, 5, 6
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMESPACES = f'xmlns:a="{A}" xmlns:p="{P}" xmlns:mc="{MC}" xmlns:m="{M}" xmlns:r="{R}" xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main"'


def bytes_of(deck: Any) -> bytes:
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def slide_in(deck: Any, title: str = "", layout: int = BLANK) -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[layout if not title or layout != BLANK else ONLY_TITLE])
    if title:
        slide.shapes.title.text = title
    return slide


def box(slide: Any, text: str, at: int = 0) -> Any:
    shape = slide.shapes.add_textbox(Inches(at), Inches(at), Inches(2), Inches(1))
    shape.text_frame.text = text
    return shape


def with_paragraphs(*paragraphs: str) -> str:
    """The text of a presentation with one text box, whose paragraphs are XML."""
    deck = Presentation()
    body = box(slide_in(deck), "x").text_frame._txBody
    for old in body.findall(f"{{{A}}}p"):
        body.remove(old)
    for paragraph in paragraphs:
        body.append(parse_xml(paragraph.replace("<a:p>", f"<a:p {NAMESPACES}>", 1)))
    return read(deck).text.removeprefix("## Slide 1\n\n")


def read(deck: Any) -> ReadText:
    return read_pptx(bytes_of(deck))


def counts(result: ReadText) -> dict[str, int]:
    return {entry.kind: entry.count for entry in result.left_out}


def run(text: str, properties: str = "", inner: str = "") -> str:
    return f"<a:r><a:rPr {properties}>{inner}</a:rPr><a:t>{text}</a:t></a:r>"


def numbered(text: str, scheme: str = "arabicPeriod", more: str = "", level: int = 0) -> str:
    return f'<a:p><a:pPr lvl="{level}"><a:buAutoNum type="{scheme}" {more}/></a:pPr>{run(text)}</a:p>'


RAISED, LOWERED, STRUCK = 'baseline="30000"', 'baseline="-25000"', 'strike="sngStrike"'
WINGDINGS, LINK = '<a:sym typeface="Wingdings"/>', '<a:hlinkClick r:id="rId9"/>'
EQUATION = (
    "<mc:AlternateContent><mc:Choice Requires='a14'><a14:m><m:oMath><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup>"
    "<m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></a14:m></mc:Choice><mc:Fallback>"
    f"{run(' ')}</mc:Fallback></mc:AlternateContent>"
)


@pytest.mark.parametrize(
    ("paragraphs", "text"),
    [
        (["<a:p><a:r><a:t>One</a:t></a:r><a:br/><a:r><a:t>two</a:t></a:r></a:p>"], "One\ntwo"),
        ([f"<a:p>{run('One')}</a:p>", f"<a:p>{run('two')}</a:p>"], "One\n\ntwo"),
        ([f"<a:p>{run('10')}{run('2', RAISED)}{run(' m')}</a:p>"], "10² m"),
        ([f"<a:p>{run('prices')}{run('1', RAISED)}</a:p>"], "prices ¹"),
        ([f"<a:p>{run('H')}{run('2', LOWERED)}{run('O')}</a:p>"], "H2O"),
        ([f"<a:p>{run('old', STRUCK)}{run(' new')}</a:p>"], "old new"),
        ([f"<a:p>{run('now ')}{run('à', '', WINGDINGS)}{run(' then')}</a:p>"], "now → then"),
        ([f"<a:p>{run('the rules', '', LINK)}</a:p>"], "the rules"),
        ([f"<a:p>{run('Page ')}<a:fld id='{{1}}' type='slidenum'><a:t>3</a:t></a:fld>{run('here')}</a:p>"], "Page here"),
        ([f"<a:p>{run('On ')}<a:fld id='{{1}}' type='datetime1'><a:t>3 May</a:t></a:fld></a:p>"], "On 3 May"),
        ([f"<a:p>{run('Let ')}{EQUATION}{run(' be')}</a:p>"], "Let x^2 be"),
        ([f"<a:p>{run('# no heading')}</a:p>"], "    # no heading"),
        ([f"<a:p><a:pPr><a:buChar char='•'/></a:pPr>{run('One')}</a:p>", f"<a:p><a:pPr lvl='1'><a:buChar char='–'/></a:pPr>{run('Two')}</a:p>"], "- One\n  - Two"),
        ([f"<a:p><a:pPr><a:buNone/></a:pPr>{run('One')}</a:p>"], "One"),
        ([f"<a:p><a:pPr><a:buChar char='•'/></a:pPr>{run('One')}<a:br/>{run('more')}</a:p>"], "- One\n  more"),
        ([numbered("One"), numbered("Two"), numbered("Inner", "alphaLcParenR", level=1), numbered("Three")], "1. One\n2. Two\n  a) Inner\n3. Three"),
        ([numbered("One"), f"<a:p>{run('Between')}</a:p>", numbered("Again")], "1. One\n\nBetween\n\n1. Again"),
        ([numbered("Five", more='startAt="5"'), "<a:p></a:p>", numbered("Six", more='startAt="5"')], "5. Five\n6. Six"),
        ([numbered("One", "romanUcParenBoth"), numbered("Two", "romanUcParenBoth")], "(I) One\n(II) Two"),
    ],
)  # fmt: skip
def test_paragraphs_become_these_lines(paragraphs: list[str], text: str) -> None:
    assert with_paragraphs(*paragraphs) == text


def test_a_slide_is_its_title_its_bullets_and_its_notes() -> None:
    deck = Presentation()
    slide = slide_in(deck, "Opening\nhours", CONTENT)
    frame = slide.placeholders[1].text_frame
    frame.text = "We open at nine"
    inner = frame.add_paragraph()
    inner.text, inner.level = "On Sundays at ten", 1
    slide.notes_slide.notes_text_frame.text = "Say hello."
    slide_in(deck, "Welcome", TITLE).placeholders[1].text = "A subtitle"
    assert read(deck).text == (
        "## Opening hours\n\n- We open at nine\n  - On Sundays at ten\n\nNotes:\n\nSay hello.\n\n"
        "## Welcome\n\nA subtitle"
    )


def test_shapes_come_in_the_order_in_which_powerpoint_reads_them() -> None:
    deck = Presentation()
    slide = slide_in(deck, "Two ways", TWO_CONTENTS)
    slide.placeholders[1].text, slide.placeholders[2].text = "Left", "Right"
    box(slide, "Third", at=0)
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, 100, 100).text_frame.text = "In a group"
    title = slide.shapes.title._element
    title.getparent().append(title)  # the title is said first wherever it lies
    assert read(deck).text == "## Two ways\n\n- Left\n- Right\n\nThird\n\nIn a group"


def test_tables_are_rows_and_merged_cells_are_said_in_each_row() -> None:
    deck = Presentation()
    table = slide_in(deck, "Prices").shapes.add_table(4, 3, 0, 0, Inches(4), Inches(2)).table
    for row, cells in enumerate(
        [["Item", "Price", "Unit"], ["Tea", "3.50", "cup"], ["Milk", "2.20", ""], ["Both are hot", "", ""]]
    ):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    table.cell(1, 2).merge(table.cell(2, 2))
    table.cell(3, 0).merge(table.cell(3, 2))
    assert read(deck).text == (
        "## Prices\n\n| Item | Price | Unit |\n| Tea | 3.50 | cup |\n| Milk | 2.20 | cup |\n| Both are hot |"
    )


def test_a_chart_is_its_title_and_its_figures() -> None:
    deck = Presentation()
    data = CategoryChartData()
    data.categories = ["Q1", "Q2"]
    data.add_series("Sales", (1.5, 2.5))
    frame = slide_in(deck).shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, 0, 0, Inches(3), Inches(3), data)
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = "Sales in millions"
    assert (
        read(deck).text
        == "## Slide 1\n\nChart: Sales in millions\n\n|  | Sales |\n| Q1 | 1.5 |\n| Q2 | 2.5 |"
    )


def test_a_diagram_is_the_texts_of_its_shapes() -> None:
    deck = Presentation()
    slide = slide_in(deck)
    slide.shapes._spTree.append(
        parse_xml(
            f'<p:graphicFrame {NAMESPACES}><p:nvGraphicFramePr><p:cNvPr id="9" name="d"/><p:cNvGraphicFramePr/><p:nvPr/>'
            '</p:nvGraphicFramePr><p:xfrm/><a:graphic><a:graphicData uri="x"><dgm:relIds xmlns:dgm="http://schemas.'
            'openxmlformats.org/drawingml/2006/diagram" r:dm="rId77"/></a:graphicData></a:graphic></p:graphicFrame>'
        )
    )
    diagram = (
        '<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
        f'xmlns:a="{A}"><dgm:ptLst><dgm:pt><dgm:t><a:p><a:r><a:t>Plan</a:t></a:r></a:p></dgm:t></dgm:pt>'
        "<dgm:pt><dgm:t><a:p><a:r><a:t>Do</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>"
    )
    link = f'<Relationship Id="rId77" Type="{R}/diagramData" Target="../diagrams/data1.xml"/></Relationships>'
    data = edited(
        bytes_of(deck),
        {"ppt/slides/_rels/slide1.xml.rels": ("</Relationships>", link)},
        add={"ppt/diagrams/data1.xml": diagram},
    )
    assert read_pptx(data).text == "## Slide 1\n\nPlan\nDo"


def test_pictures_are_their_descriptions_and_others_are_counted() -> None:
    deck = Presentation()
    slide = slide_in(deck, "Doors")
    png = io.BytesIO()
    Image.new("RGB", (2, 2)).save(png, "PNG")
    for description in ("The blue door of the workshop", "image1.png"):
        png.seek(0)
        picture = slide.shapes.add_picture(png, 0, 0)
        picture._element.nvPicPr.cNvPr.set("descr", description)
    result = read(deck)
    assert result.text == "## Doors\n\nPicture: The blue door of the workshop"
    assert counts(result) == {"pictures without text": 1}


def test_hidden_slides_and_shapes_are_left_out_and_counted() -> None:
    deck = Presentation()
    slide = slide_in(deck, "Seen")
    box(slide, "Unseen box")._element.nvSpPr.cNvPr.set("hidden", "1")
    slide_in(deck, "Unseen slide")._element.set("show", "0")
    slide_in(deck, "Seen again")
    result = read(deck)
    assert result.text == "## Seen\n\n## Seen again"
    assert [(e.kind, e.count, e.examples) for e in result.left_out] == [
        ("hidden passages", 1, ("Unseen box",)),
        ("hidden slides", 1, ("## Unseen slide",)),
    ]


def test_footers_are_said_once_and_numbers_of_slides_never() -> None:
    deck = Presentation()
    for at in range(3):
        slide = slide_in(deck, f"Slide about {at}")
        for kind, text in (("ftr", "Acme 2025"), ("sldNum", str(at + 1)), ("dt", "1 May")):
            shape = box(slide, text)
            shape._element.nvSpPr.nvPr.append(
                parse_xml(f'<p:ph {NAMESPACES} type="{kind}" idx="{10 + len(text)}"/>')
            )
    result = read(deck)
    assert result.text == "## Slide about 0\n\nAcme 2025\n\n1 May\n\n## Slide about 1\n\n## Slide about 2"
    assert counts(result) == {"running heads": 7}


def kept(result: ReadText, text: str) -> list[bool]:
    """Whether each slide still says it."""
    ends = [*result.page_starts[1:], len(result.text)]
    return [text in result.text[start:end] for start, end in zip(result.page_starts, ends, strict=True)]


def test_what_the_margins_of_most_slides_say_is_said_once() -> None:
    deck = Presentation()
    for at in range(4):
        slide = slide_in(deck, f"About {at}")
        for text, left, top in (("Confidential", 0.2, 7.1), ("Acme", 9.0, 2.0), ("Draft", 3.0, 0.1)):
            slide.shapes.add_textbox(
                Inches(left), Inches(top), Inches(0.9), Inches(0.3)
            ).text_frame.text = text
        table = slide.shapes.add_table(1, 2, Inches(1), Inches(7), Inches(4), Inches(0.3)).table
        table.cell(0, 0).text = "Total"
    result = read(deck)
    for text in ("Confidential", "Acme", "Draft"):
        assert kept(result, text) == [True, False, False, False]
    assert kept(result, "Total") == [True] * 4
    assert counts(result) == {"running heads": 9}


def test_what_slides_say_alike_is_said_on_each() -> None:
    deck = Presentation()
    for at in range(4):
        slide = slide_in(deck, f"Quarter {at}", CONTENT)
        slide.placeholders[1].text = "Waterproof"
        box(slide, "Late" if at == 2 else "On track", at=3)
        mark = slide.shapes.add_textbox(Inches(9), Inches(0), Inches(0.9), Inches(0.5))
        mark.text_frame.text = "Red" if at == 1 else "Green"  # in the margin, and not the same on all slides
    result = read(deck)
    assert kept(result, "Waterproof") == [True] * 4
    assert kept(result, "On track") == [True, True, False, True]
    assert kept(result, "Green") == [True, False, True, True]
    assert not result.left_out


@pytest.mark.parametrize(("slides", "said"), [(9, 9), (10, 1)])
def test_what_nearly_all_slides_of_a_long_deck_say_at_one_place_is_said_once(slides: int, said: int) -> None:
    deck = Presentation()
    for at in range(slides):
        box(slide_in(deck, f"About {at}"), "Property of Acme", at=3)
    assert sum(kept(read(deck), "Property of Acme")) == said


def test_shapes_in_groups_are_where_the_slide_shows_them() -> None:
    deck = Presentation()
    for at in range(3):
        slide = slide_in(deck, f"Product {at}")
        for text, top in (("Acme", 7.1), ("Waterproof", 2 + at)):
            group = slide.shapes.add_group_shape()
            group.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame.text = text
            frame = group._element.grpSpPr.find(f"{{{A}}}xfrm")
            for name, values in {
                "off": {"x": Inches(1), "y": Inches(top)}, "ext": {"cx": Inches(1), "cy": Inches(0.3)},
                "chOff": {"x": 0, "y": 0}, "chExt": {"cx": Inches(2), "cy": Inches(1)},
            }.items():  # fmt: skip
                for key, value in values.items():
                    frame.find(f"{{{A}}}{name}").set(key, str(int(value)))
    result = read(deck)
    assert kept(result, "Acme") == [True, False, False]
    assert kept(result, "Waterproof") == [True] * 3


def test_what_a_layout_says_on_each_slide_is_counted() -> None:
    deck = Presentation()
    shape = box(slide_in(deck, "One"), "Property of Acme")._element
    deck.slide_layouts[ONLY_TITLE].shapes._spTree.append(shape)
    result = read(deck)
    assert result.text == "## One"
    assert result.left_out[0].examples == ("Property of Acme",)


def test_comments_are_counted() -> None:
    deck = Presentation()
    slide_in(deck, "One")
    comments = f'<p:cmLst {NAMESPACES}><p:cm authorId="0" idx="1"><p:pos x="1" y="1"/><p:text>Is this right?</p:text></p:cm></p:cmLst>'
    link = f'<Relationship Id="rId78" Type="{R}/comments" Target="../comments/comment1.xml"/></Relationships>'
    data = edited(
        bytes_of(deck),
        {"ppt/slides/_rels/slide1.xml.rels": ("</Relationships>", link)},
        add={"ppt/comments/comment1.xml": comments},
    )
    (entry,) = read_pptx(data).left_out
    assert (entry.kind, entry.count, entry.examples) == ("comments", 1, ("Is this right?",))


def test_a_shape_that_has_two_forms_is_read_once_and_what_is_embedded_is_counted() -> None:
    deck = Presentation()
    slide = slide_in(deck, "One")
    shape = etree.tostring(box(slide, "Said once")._element).decode()
    tree = slide.shapes._spTree
    tree.remove(tree[-1])
    for form in (
        f'<mc:AlternateContent {NAMESPACES}><mc:Choice Requires="x">{shape}</mc:Choice><mc:Fallback>{shape}</mc:Fallback></mc:AlternateContent>',
        f'<p:graphicFrame {NAMESPACES}><p:nvGraphicFramePr><p:cNvPr id="9" name="o"/></p:nvGraphicFramePr><p:xfrm/><a:graphic>'
        '<a:graphicData uri="ole"><p:oleObj progId="Excel.Sheet.12"/></a:graphicData></a:graphic></p:graphicFrame>',
    ):
        tree.append(parse_xml(form))
    result = read(deck)
    assert result.text == "## One\n\nSaid once"
    assert [(e.kind, e.examples) for e in result.left_out] == [("embedded objects", ("Excel.Sheet.12",))]


def test_a_presentation_is_a_document_whose_slides_are_pages(tmp_path: Path) -> None:
    deck = Presentation()
    slide_in(deck, "Opening hours").notes_slide.notes_text_frame.text = "Nine to five."
    slide_in(deck)
    slide_in(deck, "Hidden")._element.set("show", "0")
    slide_in(deck, "Prices")
    deck.core_properties.title = "PowerPoint Presentation"
    deck.save(tmp_path / "a.pptx")
    (document,), problems = load_documents(tmp_path)
    assert not problems and (document.title, document.kind) == ("Opening hours", "pptx")
    assert len(document.page_starts) == 4
    assert (
        document.page_at(document.text.index("Nine")),
        document.page_at(document.text.index("Prices")),
    ) == (1, 4)
    pages = [document.text[start:end] for start, end in split_by_page(document, 100, 0)]
    assert pages == ["## Opening hours\n\nNotes:\n\nNine to five.", "## Prices"]


def test_a_title_in_the_properties_counts() -> None:
    deck = Presentation()
    slide_in(deck, "Agenda")
    deck.core_properties.title = "The year 2025 at Acme"
    assert read(deck).title == "The year 2025 at Acme"


def test_a_presentation_of_pictures_has_no_text() -> None:
    deck = Presentation()
    slide_in(deck)
    assert read(deck).text == ""


@pytest.mark.parametrize("kind", ["presentation.macroEnabled", "slideshow", "template"])
def test_shows_and_templates_are_read_alike(kind: str) -> None:
    deck = Presentation()
    slide_in(deck, "One")
    data = bytes_of(deck)
    other = edited(data, everywhere={"presentationml.presentation.main": f"presentationml.{kind}.main"})
    assert other != data and read_pptx(other).text == "## One"


def test_a_presentation_in_the_strict_form_is_read_alike() -> None:
    deck = Presentation()
    slide_in(deck, "One", CONTENT).placeholders[1].text = "Two"
    data = bytes_of(deck)
    assert read_pptx(edited(data, everywhere=STRICT)).text == read_pptx(data).text == "## One\n\n- Two"


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(st.integers(0, 99).map(lambda n: f"w{n}x"), max_size=4), min_size=1, max_size=5))
def test_every_shape_is_in_the_text_of_its_slide(slides: list[list[str]]) -> None:
    deck = Presentation()
    for texts in slides:
        slide = slide_in(deck)
        for at, text in enumerate(texts):
            box(slide, text, at).text_frame.paragraphs[0].font.size = Pt(12)
    result = read(deck)
    ends = [*result.page_starts[1:], len(result.text)]
    said = [result.text[start:end] for start, end in zip(result.page_starts, ends, strict=True)]
    counted = counts(result).get("running heads", 0)
    missing = sum(
        text not in page.split() for texts, page in zip(slides, said, strict=True) for text in texts
    )
    assert missing <= counted
    assert all(text in result.text.split() for texts in slides for text in texts)


@settings(deadline=None, max_examples=40)
@given(st.binary(min_size=1, max_size=40), st.floats(0, 1))
def test_a_damaged_part_makes_no_reader_fail(noise: bytes, place: float) -> None:
    deck = Presentation()
    slide_in(deck, "One", CONTENT).placeholders[1].text = "Two"
    data = bytes_of(deck)

    def damage(part: bytes) -> bytes:
        at = int(place * len(part))
        return part[:at] + noise + part[at + len(noise) :]

    for name in ("ppt/presentation.xml", "ppt/slides/slide1.xml", "ppt/slideLayouts/slideLayout2.xml"):
        with contextlib.suppress(Unreadable):
            assert isinstance(read_pptx(edited(data, rewrite={name: damage})).text, str)


def test_a_slide_that_is_missing_is_a_warning_and_the_rest_is_read() -> None:
    deck = Presentation()
    slide_in(deck, "One")
    slide_in(deck, "Two")
    result = read_pptx(edited(bytes_of(deck), drop=("ppt/slides/slide1.xml",)))
    assert result.text == "## Two" and "ppt/slides/slide1.xml" in result.note


def test_what_is_no_presentation_is_refused() -> None:
    deck = Presentation()
    data = bytes_of(deck)
    wrong: list[tuple[Callable[[], bytes], str]] = [
        (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "password, or is an old .ppt"),
        (lambda: data[: len(data) // 2], "not a PowerPoint presentation"),
        (lambda: b"<html>", "not a PowerPoint presentation"),
        (
            lambda: edited(data, {"ppt/presentation.xml": ("p:presentation", "p:document")}),
            "not a PowerPoint presentation",
        ),
    ]
    for make, why in wrong:
        with pytest.raises(Unreadable, match=why):
            read_pptx(make())
