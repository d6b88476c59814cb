"""Tests the PDF reader with files that are drawn here: one fact about a page a test.
Knows nothing about other formats."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf.annotations import FreeText, Link, Text
from reportlab.lib.colors import Color, black, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from workbench.corpus.quotes import find_quote
from workbench.corpus.readers.extracted_text import ReadText, Unreadable
from workbench.corpus.readers.pdf import read_pdf

CORPORA = Path(__file__).parent.parent.parent / "corpora"
PUMP = (
    "The pump house was built in 1912 and holds three turbines. Each turbine is serviced in the second week"
    " of March by the water board's own crew."
)
VISITORS = (
    "Visitors enter through the north gate on Saturdays only. Tickets cost four euros, and children under six"
    " are free. Dogs must stay on a short lead."
)
GARDEN = (
    "The garden behind the house was planted by a retired teacher. It has forty kinds of roses and a small"
    " pond in which carp have lived for many years."
)
PRICES = (("Item", "Price", "Weight"), ("Filter", "4 euros", "12 g"), ("Descaler", "9 euros", "300 g"))

Draw = Callable[[Canvas, int], object]


def pdf(draw: Draw, pages: int = 1) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for page in range(pages):
        canvas.setFont("Helvetica", 10)
        draw(canvas, page)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def read(draw: Draw, pages: int = 1) -> ReadText:
    return read_pdf(pdf(draw, pages))


def draw_columns(
    canvas: Canvas,
    texts: Sequence[str],
    y: float = 750,
    step: float = 250,
    width: int = 44,
    by_row: bool = True,
) -> None:
    columns = [textwrap.wrap(text, width) for text in texts]
    places = [(row, column) for column, lines in enumerate(columns) for row in range(len(lines))]
    for row, column in sorted(places) if by_row else places:
        canvas.drawString(50 + step * column, y - 13 * row, columns[column][row])


def draw_table(
    canvas: Canvas, rows: Sequence[Sequence[str]], y: float, step: float = 170, pitch: float = 16
) -> None:
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            canvas.drawString(55 + step * column, y - pitch * row, cell)


def draw_body(canvas: Canvas, page: int, lines: int = 8) -> None:
    for line in range(lines):
        canvas.drawString(
            72,
            700 - 14 * line,
            f"On page {page + 1} the sentence with number {line} says what is to be done.",
        )


def flat(read: ReadText) -> str:
    return " ".join(read.text.split())


def in_order(text: str, *parts: str) -> bool:
    return re.search(".*".join(map(re.escape, parts)), text, re.DOTALL) is not None


def left_out(read: ReadText, kind: str) -> int:
    return sum(entry.count for entry in read.left_out if kind in entry.kind)


# Columns


@pytest.mark.parametrize("by_row", [True, False])
@pytest.mark.parametrize(
    ("texts", "step", "width"), [((PUMP, VISITORS), 250, 44), ((PUMP, VISITORS, GARDEN), 170, 28)]
)
def test_columns_are_read_one_after_another(
    texts: Sequence[str], step: float, width: int, by_row: bool
) -> None:
    result = read(lambda canvas, _: draw_columns(canvas, texts, step=step, width=width, by_row=by_row))
    assert in_order(flat(result), *texts)


@pytest.mark.parametrize("shift", [3, 6])
def test_columns_whose_lines_are_not_level_are_read_one_after_another(shift: float) -> None:
    def draw(canvas: Canvas, _: int) -> None:
        for column, text in enumerate((PUMP, VISITORS, GARDEN)):
            for row, line in enumerate(textwrap.wrap(text, 28)):
                canvas.drawString(50 + 170 * column, 750 - 13 * row - shift * (column % 2), line)

    assert in_order(flat(read(draw)), PUMP, VISITORS, GARDEN)


def test_a_box_beside_a_text_does_not_part_its_sentences() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        for row, line in enumerate(textwrap.wrap(f"{PUMP} {GARDEN}", 55)):
            canvas.drawString(50, 700 - 14 * row, line)
        for row, line in enumerate(textwrap.wrap("Please note that dogs must stay on a short lead.", 20)):
            canvas.drawString(400, 692 - 14 * row, line)

    text = flat(read(draw))
    assert f"{PUMP} {GARDEN}" in text and "Please note that dogs must stay on a short lead." in text


def test_a_heading_across_columns_stays_between_what_is_above_and_below_it() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        draw_columns(canvas, (PUMP, VISITORS))
        canvas.drawString(
            50, 660, "The garden, and what a visit to it costs in the summer months of this year"
        )
        draw_columns(canvas, (GARDEN, VISITORS), 630)

    assert in_order(flat(read(draw)), PUMP, VISITORS, "The garden, and what", GARDEN, VISITORS)


@pytest.mark.parametrize("is_ruled", [True, False])
@pytest.mark.parametrize("cells", [3, 2])
def test_a_table_between_columns_keeps_its_rows(cells: int, is_ruled: bool) -> None:
    step = 500 / cells

    def draw(canvas: Canvas, _: int) -> None:
        draw_columns(canvas, (PUMP, VISITORS))
        draw_table(canvas, [row[:cells] for row in PRICES], 650, step)
        if is_ruled:
            canvas.grid([50 + step * n for n in range(cells + 1)], [662 - 16 * n for n in range(4)])
        draw_columns(canvas, (GARDEN, VISITORS), 580)

    text = read(draw).text
    assert in_order(" ".join(text.split()), PUMP, VISITORS, "Item | Price", GARDEN, VISITORS)
    assert " | ".join(PRICES[1][:cells]) in text.splitlines()


def test_a_table_inside_a_column_keeps_its_rows() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        draw_columns(canvas, (f"{PUMP} {VISITORS}", GARDEN))
        draw_table_at = 750 - 13 * len(textwrap.wrap(GARDEN, 44))
        for row, (day, hours) in enumerate((("Monday", "9 to 17"), ("Tuesday", "10 to 18"))):
            canvas.drawString(300, draw_table_at - 13 * row, day)
            canvas.drawString(420, draw_table_at - 13 * row, hours)

    text = read(draw).text
    assert (
        in_order(" ".join(text.split()), PUMP, VISITORS, GARDEN) and "Monday | 9 to 17" in text.splitlines()
    )


# Tables


def test_rows_of_a_table_without_lines_stay_lines_with_their_cells_apart() -> None:
    lines = read(lambda canvas, _: draw_table(canvas, PRICES, 750)).text.splitlines()
    assert lines == ["Item | Price | Weight", "Filter | 4 euros | 12 g", "Descaler | 9 euros | 300 g"]


def test_a_cell_stays_in_its_column_where_those_before_it_are_empty() -> None:
    rows = [
        ("Zone", "Day", "Week"),
        ("North", "4", "20"),
        ("South", "", "30"),
        ("", "9", "40"),
        ("East", "8", ""),
    ]
    lines = read(lambda canvas, _: draw_table(canvas, rows, 750)).text.splitlines()
    assert lines[1:] == ["North | 4 | 20", "South |  | 30", " | 9 | 40", "East | 8"]


def test_a_total_stands_below_its_column_and_a_title_over_columns_where_it_is() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        canvas.drawString(55, 766, "Zone")
        canvas.drawString(265, 766, "Ticket")
        draw_table(canvas, [("", "Day", "Week"), ("North", "4", "20"), ("South", "6", "30")], 750, 100)
        draw_table(canvas, [("", "Sum", "50")], 702, 100)

    lines = read(draw).text.splitlines()
    assert lines == ["Zone |  | Ticket", " | Day | Week", "North | 4 | 20", "South | 6 | 30", " | Sum | 50"]


def test_a_cell_of_several_lines_stays_in_its_row() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        draw_table(canvas, [("Term", "Meaning"), ("Grace", "The days after the due date in which")], 750)
        canvas.drawString(225, 722, "no fee is charged")
        draw_table(canvas, [("Cut-off", "The hour of the last order")], 700)

    assert "Grace | The days after the due date in which no fee is charged" in read(draw).text.splitlines()


def test_a_row_of_one_cell_amid_a_table_is_one_of_its_rows() -> None:
    rows = [("Item", "Price"), ("Drinks", ""), ("Tea", "2 euros"), ("Food", ""), ("Soup", "5 euros")]
    lines = read(lambda canvas, _: draw_table(canvas, rows, 750)).text.splitlines()
    assert lines == ["Item | Price", "Drinks | ", "Tea | 2 euros", "Food | ", "Soup | 5 euros"]


def test_a_heading_below_a_table_is_no_row_of_it() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        draw_table(canvas, [("Item", "Price"), ("Tea", "2 euros")], 750)
        canvas.drawString(55, 718, "Opening hours")
        canvas.drawString(55, 702, "We open at nine in the morning.")

    assert "Opening hours" in read(draw).text.splitlines()


def test_the_first_cell_of_a_row_may_have_several_lines() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        draw_table(canvas, [("Name of the host", "a.org"), ("Port", "8080"), ("Path", "/var")], 750, pitch=28)
        canvas.drawString(55, 738, "that answers")

    assert "Name of the host that answers | a.org" in read(draw).text.splitlines()


def test_sentences_in_the_cells_of_a_table_are_no_columns() -> None:
    rows = [
        ("Port", "The port on which it listens for requests from clients", "Set it to a free number above one thousand"),
        ("Host", "The name of the host", "Any name that all of the clients in the network know"),
        ("Path", "Where it keeps the files that it needs", "Leave it as it is"),
    ]  # fmt: skip

    def draw(canvas: Canvas, _: int) -> None:
        draw_table(canvas, [("Key", "Meaning", "Use")], 768, 150)
        y = 750
        for key, *texts in rows:
            canvas.drawString(55, y, key)
            cells = [textwrap.wrap(text, 26) for text in texts]
            for column, lines in enumerate(cells, start=1):
                for number, line in enumerate(lines):
                    canvas.drawString(55 + 150 * column, y - 12 * number, line)
            y -= 12 * max(map(len, cells)) + 6

    assert read(draw).text.splitlines() == ["Key | Meaning | Use", *map(" | ".join, rows)]


def test_a_row_that_is_drawn_as_one_text_keeps_its_cells_apart() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        canvas.setFont("Courier", 10)
        for row, line in enumerate(("Item          Price     Stock", "Filter        4.00      12")):
            canvas.drawString(60, 750 - 12 * row, line)

    assert "Filter | 4.00 | 12" in read(draw).text.splitlines()


def test_a_cell_over_columns_is_said_once_and_one_over_rows_in_each() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        draw_table(canvas, [("Zone", "Tickets"), ("North", "4", "6"), ("", "5", "7")], 700, 100, 20)
        canvas.lines([(50, y, 350, y) for y in (715, 695, 655)] + [(150, 675, 350, 675)])
        canvas.lines([(x, 715, x, 655) for x in (50, 150, 350)] + [(250, 695, 250, 655)])

    assert read(draw).text.splitlines() == ["Zone | Tickets", "North | 4 | 6", "North | 5 | 7"]


def test_a_quote_typed_from_a_ruled_table_is_found() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        draw_table(canvas, PRICES, 700)
        canvas.grid([50, 220, 390, 560], [712, 696, 680, 664])

    text = read(draw).text
    span = find_quote(text, "Filter 4 euros 12 g")
    assert span is not None and text[slice(*span)] == "Filter | 4 euros | 12 g"


def test_a_table_over_pages_keeps_the_head_that_each_page_repeats() -> None:
    def draw(canvas: Canvas, page: int) -> None:
        rows = [("Part", "Price"), *((f"Part {page * 40 + n}", f"{n} euros") for n in range(40))]
        draw_table(canvas, rows, 780)
        canvas.drawString(290, 30, str(page + 1))

    result = read(draw, 4)
    assert result.text.count("Part | Price") == 4 and left_out(result, "running heads") == 4


def test_a_frame_and_graph_paper_are_no_tables() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        canvas.rect(40, 600, 500, 180)
        draw_columns(canvas, (PUMP, VISITORS))
        canvas.grid([60 + 5 * n for n in range(90)], [100 + 5 * n for n in range(80)])

    assert "|" not in read(draw).text and in_order(flat(read(draw)), PUMP, VISITORS)


def test_a_page_with_very_many_lines_is_read_without_looking_for_tables_and_says_so() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        canvas.drawString(60, 750, "A map of the harbour.")
        canvas.lines([(100 + n % 400, 200 + n % 300, 103 + n % 400, 200 + n % 300) for n in range(25_000)])

    result = read(draw)
    assert "A map of the harbour." in result.text and "1 of 1 pages" in result.note


# Running heads


@pytest.mark.parametrize("pages", [2, 3, 5])
@pytest.mark.parametrize(
    "foot", ["Page {} of 12", "{}", "- {} -", "Seite {}", "{}/12", "Harbor Home Ltd | {}", "page {}"]
)
def test_page_numbers_are_left_out_and_counted(foot: str, pages: int) -> None:
    def draw(canvas: Canvas, page: int) -> None:
        draw_body(canvas, page)
        canvas.drawString(280, 30, foot.format(page + 1))

    result = read(draw, pages)
    assert left_out(result, "running heads") == pages
    assert all(line.startswith("On page") for line in result.text.splitlines() if line)


def test_a_running_head_of_several_lines_is_left_out() -> None:
    def draw(canvas: Canvas, page: int) -> None:
        canvas.drawString(72, 812, "SOP 12: cleaning")
        canvas.drawRightString(520, 812, "Revision 3")
        canvas.drawString(72, 800, "Valid from 1 May 2026")
        draw_body(canvas, page)

    result = read(draw, 5)
    assert "SOP 12" not in result.text and "Valid from" not in result.text
    assert left_out(result, "running heads") == 15


def test_chapter_titles_that_alternate_with_the_books_title_are_left_out() -> None:
    def draw(canvas: Canvas, page: int) -> None:
        chapter = "Roses" if page < 4 else "Tulips"
        canvas.drawString(72 if page % 2 else 480, 800, str(page + 10))
        canvas.drawString(300, 800, "The garden book" if page % 2 else chapter)
        if page in (0, 4):
            canvas.setFont("Helvetica-Bold", 16)
            canvas.drawString(72, 730, chapter)
            canvas.setFont("Helvetica", 10)
        draw_body(canvas, page)

    text = read(draw, 8).text
    assert "The garden book" not in text and text.count("Roses") == text.count("Tulips") == 1


@pytest.mark.parametrize("first", [1, 7, 101])
@pytest.mark.parametrize("word", ["Error", "Step", "Chapter"])
def test_numbered_headings_on_top_of_pages_stay(word: str, first: int) -> None:
    def draw(canvas: Canvas, page: int) -> None:
        canvas.drawString(72, 770, f"{word} {page + first}")
        draw_body(canvas, page)
        canvas.drawString(280, 30, f"Page {page + 1}")

    result = read(draw, 6)
    assert in_order(result.text, *(f"{word} {page + first}" for page in range(6)))
    assert left_out(result, "running heads") == 6


def test_a_last_sentence_that_is_the_same_on_every_page_stays() -> None:
    def draw(canvas: Canvas, page: int) -> None:
        draw_body(canvas, page, 4)
        canvas.drawString(72, 644, "Call the service if it comes back.")

    assert read(draw, 5).text.count("Call the service") == 5


# Forms and notes


def test_a_forms_values_stand_beside_their_labels() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        form = canvas.acroForm
        canvas.drawString(60, 700, "Holder:")
        form.textfield(name="holder", value="Marta Quill", x=130, y=695, width=200, height=18)
        canvas.drawString(60, 670, "Zone")
        form.choice(name="zone", value="North", options=["North", "South"], x=130, y=665, width=90, height=16)
        canvas.drawString(60, 640, "Fuel:")
        for n, fuel in enumerate(("Diesel", "Petrol")):
            form.radio(name="fuel", value=fuel, selected=fuel == "Petrol", x=130 + 90 * n, y=637, size=14)
            canvas.drawString(148 + 90 * n, 640, fuel)
        for n, (label, ticked) in enumerate((("Newsletter", True), ("Advertising", False))):
            form.checkbox(name=label, checked=ticked, x=60, y=607 - 20 * n, size=14)
            canvas.drawString(80, 610 - 20 * n, label)

    assert [line for line in read(draw).text.splitlines() if line] == [
        "Holder: Marta Quill", "Zone North", "Fuel: ☐ Diesel ☒ Petrol", "☒ Newsletter", "☐ Advertising",
    ]  # fmt: skip


def test_texts_typed_onto_a_page_and_notes_are_kept_and_links_are_not() -> None:
    data = pdf(lambda canvas, _: canvas.drawString(60, 700, "Goods return within 30 days."))
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(data)))
    writer.add_annotation(0, FreeText(text="Now 40 days", rect=(300, 690, 500, 712)))
    writer.add_annotation(0, Text(text="Ask the lawyer first", rect=(50, 650, 70, 670)))
    writer.add_annotation(0, Link(url="https://example.org/secret", rect=(50, 600, 90, 620)))
    out = io.BytesIO()
    writer.write(out)
    text = read_pdf(out.getvalue()).text
    assert in_order(text, "30 days.", "Now 40 days", "Note: Ask the lawyer first") and "secret" not in text


# Marks, letters, hyphens


def draw_with_marks(canvas: Canvas, x: float, y: float, *parts: str) -> None:
    """Draw text with raised marks ("^2") and lowered ones ("_2")."""
    for part in parts:
        rise = {"^": 4, "_": -2}.get(part[0], 0)
        words, size = (part[1:], 7) if rise else (part, 11)
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, y + rise, words)
        x += canvas.stringWidth(words, "Helvetica", size)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("within 30", "^2", " days"), "within 30² days"),
        (("after delivery", "^3", " or later"), "after delivery ³ or later"),
        (("it ends.", "^1", " Then"), "it ends. ¹ Then"),
        (("a hall of 120 m", "^2", "."), "a hall of 120 m²."),
        (("10", "^3", " lamps"), "10³ lamps"),
        (("10", "^-3", " mol"), "10⁻³ mol"),
        (("the 1", "^st", " of May"), "the 1st of May"),
        (("CO", "_2", " falls"), "CO2 falls"),
        (("by Acme", "^TM", " since"), "by Acme™ since"),
    ],
)
def test_raised_marks_are_told_from_the_number_or_word_before_them(parts: Sequence[str], text: str) -> None:
    assert text in read(lambda canvas, _: draw_with_marks(canvas, 60, 700, *parts)).text


def test_a_quote_is_found_with_or_without_the_mark_of_a_footnote_after_a_word() -> None:
    text = read(
        lambda canvas, _: draw_with_marks(canvas, 60, 700, "days of delivery", "^2", " at the latest")
    ).text
    assert find_quote(text, "days of delivery at the latest") and find_quote(text, "delivery ² at the latest")


def test_a_number_is_not_found_where_it_has_another_power() -> None:
    assert find_quote("There are 10 ³ of them.", "10 of them") and not find_quote(
        "There are 10³ of them.", "10 of them"
    )


def test_text_drawn_several_times_for_bold_is_said_once() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        for shift in (0.0, 0.3, 0.6):
            canvas.drawString(60 + shift, 750, "Statement of Accounts")
            draw_table(canvas, PRICES, 700 + shift)
            x = 60 + shift
            for letter in "Letter by letter, all well":
                canvas.drawString(x, 500, letter)
                x += canvas.stringWidth(letter, "Helvetica", 10)
        canvas.grid([50, 220, 390, 560], [712, 696, 680, 664])

    lines = [line for line in read(draw).text.splitlines() if line]
    assert lines == [
        "Statement of Accounts",
        *(" | ".join(row) for row in PRICES),
        "Letter by letter, all well",
    ]


def test_words_broken_at_a_lines_end_are_joined_and_compounds_keep_their_hyphen() -> None:
    lines = ("The environ-", "ment of the long-", "term plan is the environment of the long road.")
    text = read(
        lambda canvas, _: [canvas.drawString(60, 700 - 14 * n, line) for n, line in enumerate(lines)]
    ).text
    assert "The environment of the long-term plan" in text


def test_a_broken_word_that_stands_nowhere_else_is_joined() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        canvas.drawString(60, 700, "Complaints go to the commis-")
        canvas.drawString(60, 686, "sion of the harbour.")

    assert "to the commission of the harbour." in read(draw).text


def test_where_hardly_any_word_is_broken_a_hyphen_at_a_lines_end_is_a_compounds() -> None:
    def draw(canvas: Canvas, page: int) -> None:
        draw_body(canvas, page)
        if page == 0:
            canvas.drawString(60, 100, "It is a cutting-")
            canvas.drawString(60, 86, "edge machine.")

    assert "a cutting-edge machine." in flat(read(draw, 12))


# What cannot be seen or read


def test_the_hyphen_behind_a_number_stays() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        for row, line in enumerate(["The environ-", "ment officer decides on the 24-", "hour service here."]):
            canvas.drawString(72, 700 - 14 * row, line)

    assert flat(read(draw)) == "The environment officer decides on the 24-hour service here."


@pytest.mark.parametrize(
    ("letter", "lines", "text"),
    [
        ("O", ["nce upon a time there was a small", "harbour in the north where boats"], "Once upon a time there was"),
        ("O", ["NCE UPON A TIME there was a small", "harbour in the north where boats"], "ONCE UPON A TIME there was"),
        ("A", ["boat of wood and another boat lay", "in the harbour while the boats left"], "A boat of wood and"),
        ("A", ["nother boat lay in the old harbour", "and waited for the boats that left"], "Another boat lay in"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("baseline", [686, 684])
def test_a_large_first_letter_stands_before_its_word(
    letter: str, lines: Sequence[str], text: str, baseline: float
) -> None:
    def draw(canvas: Canvas, _: int) -> None:
        canvas.setFont("Times-Roman", 32)
        canvas.drawString(72, baseline, letter)
        x = 74 + canvas.stringWidth(letter, "Times-Roman", 32)
        canvas.setFont("Times-Roman", 11)
        for row, line in enumerate(lines):
            canvas.drawString(x, 698 - 13 * row, line)
        canvas.drawString(72, 672, "came in the evening with the tide and the wind.")

    result = flat(read(draw))
    assert result.startswith(text) and in_order(result, text, lines[1], "came in the evening")


def test_a_large_letter_beside_a_name_is_no_part_of_it() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        canvas.setFont("Times-Roman", 32)
        canvas.drawString(72, 684, "H")
        canvas.setFont("Times-Roman", 11)
        canvas.drawString(100, 698, "Harbour Office")
        canvas.drawString(100, 685, "4 Ropewalk, Ellery")

    assert "HHarbour" not in read(draw).text


@pytest.mark.parametrize("dots", [".", ". "])
def test_dots_that_lead_to_a_price_or_page_make_a_row(dots: str) -> None:
    rows = [("Soup of the day", "4.50"), ("Bread", "1.20"), ("Fish with rice and beans", "12.00")]

    def draw(canvas: Canvas, _: int) -> None:
        for row, (name, price) in enumerate(rows):
            leaders = dots * int((70 - len(name)) / len(dots))
            canvas.drawString(72, 700 - 14 * row, f"{name} {leaders.strip()} {price}")
        canvas.drawString(72, 600, "We wait.... and then we close...")

    assert read(draw).text == (
        "Soup of the day | 4.50\nBread | 1.20\nFish with rice and beans | 12.00\n\nWe wait.... and then we close...\n"
    )


def test_text_that_nobody_can_see_is_left_out_and_counted() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        canvas.drawString(60, 700, "Visible words.")
        canvas.setFillColor(white)
        canvas.drawString(60, 680, "White on white.")
        canvas.setFillColor(Color(0, 0, 0.5))
        canvas.rect(55, 640, 200, 20, fill=1, stroke=0)
        canvas.setFillColor(white)
        canvas.drawString(60, 645, "White on blue.")
        canvas.setFillColor(black)
        canvas.drawString(60, -50, "Below the page.")
        canvas.setFont("Helvetica", 0.5)
        canvas.drawString(60, 600, "Tiny.")
        canvas.setFont("Helvetica", 10)
        text = canvas.beginText(60, 580)
        text.setTextRenderMode(3)
        text.textOut("Without ink.")
        canvas.drawText(text)

    result = read(draw)
    assert "Visible words." in result.text and "White on blue." in result.text
    assert not any(words in result.text for words in ("White on white", "Below", "Tiny", "Without ink"))
    assert left_out(result, "hidden") == 4


def draw_scan(canvas: Canvas) -> None:
    canvas.drawImage(ImageReader(Image.new("RGB", (50, 50), (240, 240, 230))), 0, 0, *A4)


def test_recognised_text_over_a_scan_is_kept() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        draw_scan(canvas)
        text = canvas.beginText(60, 600)
        text.setTextRenderMode(3)
        text.textOut("Recognised in a scan.")
        canvas.drawText(text)

    assert read(draw).text == "Recognised in a scan.\n"


def test_scanned_pages_are_counted() -> None:
    result = read(lambda canvas, page: draw_scan(canvas) if page else draw_body(canvas, page), 3)
    assert "2 of 3 pages have no text" in result.note and left_out(result, "pictures") == 2


def with_unknown_glyphs(words: str) -> bytes:
    """A page with eight letters of a font whose glyphs have names that say nothing, and words in Helvetica."""
    content = f"BT /F 12 Tf 60 700 Td (\1\2\1\2\2\1\1\2) Tj ET BT /H 12 Tf 60 600 Td ({words}) Tj ET"
    glyph = "<</Length 36>>stream\n600 0 0 0 500 700 d1 0 0 500 700 re f\nendstream"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R/H 7 0 R>>>>>>",
        f"<</Length {len(content)}>>stream\n{content}\nendstream",
        "<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]/FontMatrix[.001 0 0 .001 0 0]/FirstChar 1/LastChar 2"
        "/CharProcs<</g1 6 0 R/g2 6 0 R>>/Encoding<</Type/Encoding/Differences[1/g1/g2]>>/Widths[600 600]>>",
        glyph,
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body = "".join(f"{number} 0 obj\n{text}\nendobj\n" for number, text in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}trailer<</Root 1 0 R/Size {len(objects) + 1}>>\n%%EOF".encode("latin-1")


def test_letters_without_unicode_are_a_problem_and_no_garbage() -> None:
    result = read_pdf(with_unknown_glyphs("These words can be read."))
    assert result.text == "These words can be read.\n"
    assert "Unicode" in result.note and left_out(result, "font") == 8


def test_a_file_whose_letters_have_no_unicode_is_not_read_and_says_why() -> None:
    with pytest.raises(Unreadable, match="Unicode"):
        read_pdf(with_unknown_glyphs(""))


# Files and pages of all kinds


def test_turned_pages_and_turned_text_are_read_in_their_own_direction() -> None:
    def draw(canvas: Canvas, page: int) -> None:
        if page == 0:
            canvas.drawString(60, 700, "The upright text of a page.")
            canvas.rotate(90)
            canvas.drawString(300, -30, "Turned text in the margin")
            return
        canvas.setPageRotation(90)
        canvas.translate(A4[0], 0)
        canvas.rotate(90)
        draw_table(canvas, PRICES, 500)

    text = read(draw, 2).text
    assert in_order(
        text, "The upright text of a page.", "Turned text in the margin", "Filter | 4 euros | 12 g"
    )


def rewritten(data: bytes, change: Callable[[pypdf.PdfWriter], object]) -> bytes:
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(data)))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_an_empty_password_and_a_damaged_table_of_objects_do_no_harm() -> None:
    data = pdf(draw_body)
    locked = rewritten(data, lambda writer: writer.encrypt("", owner_password="owner"))
    damaged = data[: data.rindex(b"startxref")] + b"startxref\n12\n%%EOF"
    assert read_pdf(locked).text == read_pdf(damaged).text == read_pdf(data).text


def test_a_file_without_pages_says_so() -> None:
    out = io.BytesIO()
    pypdf.PdfWriter().write(out)
    with pytest.raises(Unreadable, match="no pages"):
        read_pdf(out.getvalue())


def test_a_cover_gives_the_title_where_the_metadata_does_not() -> None:
    def draw(canvas: Canvas, page: int) -> None:
        if page:
            draw_body(canvas, page)
            return
        canvas.setTitle("Microsoft Word - final_v3.docx")
        for size, y, words in ((36, 600, "Harbor Home"), (24, 550, "Trade terms 2026")):
            canvas.setFont("Helvetica", size)
            canvas.drawString(72, y, words)

    assert read(draw, 2).title == "Harbor Home Trade terms 2026"


def test_each_page_begins_where_its_text_does() -> None:
    result = read(draw_body, 3)
    pages = [result.text[start:] for start in result.page_starts]
    assert all(page.startswith(f"On page {number}") for number, page in enumerate(pages, 1))


def test_the_sample_corpora_keep_their_tables_and_lose_their_running_feet() -> None:
    result = read_pdf((CORPORA / "harbor-support/documents/ember-20-safety-notice-2024.pdf").read_bytes())
    assert "30 November 2024 | 1,850 | 610 | 420" in result.text.splitlines()
    assert "Page 1" not in result.text and left_out(result, "running heads") == 4


def test_labels_with_their_values_stay_lines() -> None:
    rows = (("Voltage:", "230 V"), ("Power:", "1,500 W"), ("Weight:", "4.2 kg"))
    lines = read(lambda canvas, _: draw_table(canvas, rows, 750)).text.splitlines()
    assert lines == ["Voltage: 230 V", "Power: 1,500 W", "Weight: 4.2 kg"]


def test_a_page_drawn_letter_by_letter_is_read_in_words() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        for words, y, spaced in ((PUMP[:57], 700, 0.0), ("SAFETY FIRST", 740, 4.0)):
            x = 60.0
            for letter in words:
                if letter != " ":
                    canvas.drawString(x, y, letter)
                x += canvas.stringWidth(letter, "Helvetica", 10) + spaced + (letter == " ") * spaced

    assert [line for line in read(draw).text.splitlines() if line] == ["SAFETY FIRST", PUMP[:57]]


def draw_side_by_side(canvas: Canvas, *columns: tuple[str, ...]) -> None:
    for number, lines in enumerate(columns):
        for row, line in enumerate(lines):
            canvas.drawString(60 + 480 / len(columns) * number, 700 - 14 * row, line)


@pytest.mark.parametrize(
    "columns",
    [
        # Addresses.
        (("North Office", "12 Pier Road", "4418 Oslo", "Tel 0555 01"), ("South Office", "9 Mill Lane", "5512 Bergen", "Tel 0555 02")),
        (("To:", "Ann Reed", "Kaistraße 4", "20457 Hamburg"), ("From:", "Harbor Home Ltd", "Mühlenweg 12", "28195 Bremen")),
        (("Bill to:", "Ann Reed", "12 Pier Road", "4418 Oslo", "Norway"), ("Ship to:", "Jo Pell Ltd", "9 Mill Lane", "5512 Bergen")),
        # An index, and items of lists.
        (("anchor, 12", "ballast, 7", "crane, 18, 20", "davit, 9"), ("ebb, 26", "ferry, 44", "galley, 28")),
        (("• ropes", "• lamps", "• gloves"), ("• boots", "• tents", "• maps")),
        # Sentences in narrow columns.
        (("Red line", "buses leave", "at nine."), ("Blue line", "trams run", "all night."), ("Green boats", "sail in", "summer.")),
    ],
)  # fmt: skip
def test_short_lines_side_by_side_are_read_column_by_column(columns: tuple[tuple[str, ...], ...]) -> None:
    text = flat(read(lambda canvas, _: draw_side_by_side(canvas, *columns)))
    assert text == " ".join(line for lines in columns for line in lines)


@pytest.mark.parametrize(
    "columns",
    [
        (("Item", "Locker", "Boat", "Bike"), ("Price", "4 euros", "9 euros", "12 euros")),
        (("Fruit", "apple", "pear", "plum"), ("Colour", "red", "green", "blue")),
        (("Holder", "Valid until", "Gate"), ("Marta Quill", "31 October 2027", "North yard")),
        (("Station", "Ash", "Elm", "Oak"), ("Line", "red", "blue", "green")),
        (("2023", "2024", "2025"), ("14", "15", "19")),
        (("Opens", "9 am", "10 am", "11 am"), ("Closes", "5 pm", "6 pm", "7 pm")),
        (("Lock", "Key", "Chain"), ("Opens at nine.", "Costs two euros.", "It is red.")),
    ],
)
def test_short_lines_of_a_table_are_read_row_by_row(columns: tuple[tuple[str, ...], ...]) -> None:
    text = (
        flat(read(lambda canvas, _: draw_side_by_side(canvas, *columns))).replace(" |", "").replace(":", "")
    )
    assert text == " ".join(cell for row in zip(*columns, strict=True) for cell in row)


def test_a_heading_below_columns_that_end_together_follows_both() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        draw_columns(canvas, (PUMP, VISITORS))
        canvas.setFont("Helvetica-Bold", 14)
        canvas.drawString(50, 660, "The garden")
        canvas.setFont("Helvetica", 10)
        for row, line in enumerate(textwrap.wrap(GARDEN, 90)):
            canvas.drawString(50, 640 - 13 * row, line)

    assert in_order(flat(read(draw)), PUMP, VISITORS, "The garden", GARDEN)


def test_borders_that_are_thin_rectangles_make_a_table() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        for row, cells in enumerate(PRICES):
            for column, cell in enumerate(cells):
                x, y = 60 + 120 * column, 700 - 20 * row
                canvas.drawString(x + 5, y + 5, cell)
                for edge in ((x, y, 120, 0.5), (x, y + 20, 120, 0.5), (x, y, 0.5, 20), (x + 120, y, 0.5, 20)):
                    canvas.rect(*edge, fill=1, stroke=0)

    assert read(draw).text.splitlines() == [" | ".join(row) for row in PRICES]


def test_short_notes_beside_running_text_do_not_part_its_sentences() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        for row, line in enumerate(textwrap.wrap(f"{PUMP} {VISITORS}", 66)):
            canvas.drawString(200, 750 - 13 * row, line)
        for row, line in enumerate(("Opening hours", "Mon 9 to 17", "Tue 9 to 17", "Wed closed")):
            canvas.drawString(60, 750 - 13 * row, line)

    assert in_order(flat(read(draw)), "Opening hours", "Wed closed", f"{PUMP} {VISITORS}")


def test_a_damaged_page_is_counted_and_the_others_are_read() -> None:
    def damage(writer: pypdf.PdfWriter) -> None:
        page = writer.pages[1].get_object()
        page.clear()
        page[pypdf.generic.NameObject("/Type")] = pypdf.generic.NameObject("/Font")

    result = read_pdf(rewritten(pdf(draw_body, 3), damage))
    assert "On page 1 " in result.text and "On page 3 " in result.text
    assert "1 of 3 pages" in result.note


def test_pages_without_text_at_the_end_begin_inside_the_text() -> None:
    result = read(lambda canvas, page: draw_scan(canvas) if page else draw_body(canvas, page), 3)
    assert len(result.page_starts) == 3 and max(result.page_starts) < len(result.text)


def test_a_file_whose_text_nobody_can_see_is_not_called_a_scan() -> None:
    def draw(canvas: Canvas, _: int) -> None:
        canvas.setFillColor(white)
        canvas.drawString(60, 700, "White on white.")

    with pytest.raises(Unreadable, match="cannot be seen"):
        read(draw)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 45)), min_size=1, max_size=80), st.integers(6, 12))
def test_no_word_of_a_page_is_lost_or_said_twice_wherever_it_stands(
    places: set[tuple[int, int]], size: int
) -> None:
    def draw(canvas: Canvas, _: int) -> None:
        canvas.setFont("Helvetica", size)
        for column, row in places:
            canvas.drawString(40 + 53 * column, 780 - 16 * row, f"w{column}x{row}")

    words = re.findall(r"w\d+x\d+", read(draw).text)
    assert sorted(words) == sorted(f"w{column}x{row}" for column, row in places)
