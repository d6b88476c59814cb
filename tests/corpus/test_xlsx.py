"""What is read of an Excel workbook, and what is left out and counted."""

from __future__ import annotations

import contextlib
import datetime
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from tests.corpus.office_files import STRICT, edited
from workbench.corpus.readers import read_xlsx
from workbench.corpus.readers.extracted_text import ReadText, Unreadable
from workbench.corpus.readers.records import Value
from workbench.corpus.readers.xlsx.sheet import SheetRow
from workbench.corpus.readers.xlsx.sheet_tables import write_tables
from workbench.corpus.reading import load_documents
from workbench.corpus.sections import read_sections
from workbench.pipeline.metadata_index import MetadataIndex
from workbench.pipeline.searchable import SearchableCorpus
from workbench.pipeline.sub_corpora import SubCorpora
from workbench.pipeline.types import Chunk

PRICES = [["Item", "Price"], ["Tea", 3.5], ["Milk", 2.2]]
BOLD = Font(bold=True)


def bytes_of(workbook: Workbook) -> bytes:
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def sheet_of(rows: Sequence[Sequence[Any]], bold: Sequence[int] = ()) -> Worksheet:
    """A workbook's only sheet. bold: numbers of rows."""
    sheet = Workbook().active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(row)
    for number in bold:
        for cell in sheet[number]:
            cell.font = BOLD
    return sheet


def read(sheet: Worksheet) -> ReadText:
    assert sheet.parent is not None
    return read_xlsx(bytes_of(sheet.parent))


def shared(rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook as Excel writes it: its texts in a part of their own. openpyxl writes them into the cells."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def counts(result: ReadText) -> dict[str, int]:
    return {entry.kind: entry.count for entry in result.left_out}


@pytest.mark.parametrize(
    ("rows", "bold", "text"),
    [
        (PRICES, [], "Item: Tea; Price: 3.5\nItem: Milk; Price: 2.2"),
        ([["Prices of 2025"], *PRICES], [], "Prices of 2025\nItem: Tea; Price: 3.5\nItem: Milk; Price: 2.2"),
        ([["Prices of 2025"], [], *PRICES], [], "Prices of 2025\n\nItem: Tea; Price: 3.5\nItem: Milk; Price: 2.2"),
        ([[], ["", "Item", "Price"], ["", "Tea", 3.5]], [], "Item: Tea; Price: 3.5"),
        ([["Item", "Price", "Note"], ["Tea", 3.5]], [], "Item | Price | Note\nItem: Tea; Price: 3.5"),
        ([["Tea", 3.5], ["Milk", 2.2]], [], "Tea; 3.5\nMilk; 2.2"),
        ([["only one"], ["column"]], [], "only one\ncolumn"),
        ([["Region", 2024, 2025], ["North", 5, 6]], [], "Region: North; 2024: 5; 2025: 6"),
        ([["Done", "Open"], [True, "#N/A"]], [], "Done: TRUE; Open: #N/A"),
        # Empty rows part tables, unless what follows has no names of its own.
        ([*PRICES, [], ["Water", 1]], [], "Item: Tea; Price: 3.5\nItem: Milk; Price: 2.2\n\nItem: Water; Price: 1"),
        ([*PRICES, [], ["Room", "Seats"], ["Oak", 12]], [], "Item: Tea; Price: 3.5\nItem: Milk; Price: 2.2\n\nRoom: Oak; Seats: 12"),
        ([["Name", "Town"], ["Ann", "Leeds"], [], ["Ben", "York"]], [1], "Name: Ann; Town: Leeds\n\nName: Ben; Town: York"),
        ([["Name", "Town"], ["Ann", "Leeds"], [], ["Dish", "Sauce"], ["Pie", "Mint"]], [1, 4], "Name: Ann; Town: Leeds\n\nDish: Pie; Sauce: Mint"),
        ([*PRICES, [], ["All prices with tax"]], [], "Item: Tea; Price: 3.5\nItem: Milk; Price: 2.2\n\nAll prices with tax"),
        ([["Dish", "Price"], ["Tea", 3.5], [], ["Coffee", "free"], ["Cake", "free"]], [], "Dish: Tea; Price: 3.5\n\nDish: Coffee; Price: free\nDish: Cake; Price: free"),
        ([["Name", "Town"], ["Ann", "Leeds"], [], ["Ben", "York"], ["Cy", "Hull"]], [], "Name: Ann; Town: Leeds\n\nName: Ben; Town: York\nName: Cy; Town: Hull"),
        ([["Book", "Printed"], ["Emma", 1915], [], ["Waverley", 1914], ["Ivanhoe", 1919]], [], "Book: Emma; Printed: 1915\n\nBook: Waverley; Printed: 1914\nBook: Ivanhoe; Printed: 1919"),
        ([["Emma", 1915], ["Waverley", 1914]], [], "Emma; 1915\nWaverley; 1914"),
        ([["Dish", "Price", "Tax"], ["Tea", 3, 1], [], ["Hot drinks"], ["Cocoa", 4, 1], [], ["Juice", 5, 1]], [], "Dish: Tea; Price: 3; Tax: 1\n\nHot drinks\nDish: Cocoa; Price: 4; Tax: 1\n\nDish: Juice; Price: 5; Tax: 1"),
        ([["Dish", "Sauce"], ["Pie", "mint"], [], ["Staff"], ["Name", "Town"], ["Ann", "Leeds"]], [], "Dish: Pie; Sauce: mint\n\nStaff\nName: Ann; Town: Leeds"),
        # Names that are numbers, below a table with other ones.
        ([["Name", 2023, 2024], ["Revenue", 4, 6], [], ["Name", 2026, 2027], ["Revenue", 40, 50]], [], "Name: Revenue; 2023: 4; 2024: 6\n\nName: Revenue; 2026: 40; 2027: 50"),
        ([["Income", 2023, 2024], ["Total", 4, 6], [], ["Balance sheet", 2023, 2024], ["Total", 40, 50]], [], "Income: Total; 2023: 4; 2024: 6\n\nBalance sheet: Total; 2023: 40; 2024: 50"),
        ([["Income", 2023, 2024], ["Total", 4, 6], [], ["Balance sheet", 2021, 2022], ["Rent", 1, 2], ["Total", 40, 50]], [1, 2, 4, 6], "Income: Total; 2023: 4; 2024: 6\n\nBalance sheet: Rent; 2021: 1; 2022: 2\nBalance sheet: Total; 2021: 40; 2022: 50"),
        ([["Zone", 1, 2, 3], ["North", 5, 6, 4], [], ["Area", 4, 5, 6], ["East", 9, 8, 7]], [], "Zone: North; 1: 5; 2: 6; 3: 4\n\nArea: East; 4: 9; 5: 8; 6: 7"),
        ([["Income", 2024, 2025], ["Sales", 5, 7], [], ["Costs"], ["Rent", 1, 2], ["Total", 3, 4]], [], "Income: Sales; 2024: 5; 2025: 7\n\nCosts\nIncome: Rent; 2024: 1; 2025: 2\nIncome: Total; 2024: 3; 2025: 4"),
        ([["Name", 2023, 2024, 2025], ["Cost", 9, 7, 8], [], ["Rent", 40, 50, 60], ["Food", 10, 20, 30]], [], "Name: Cost; 2023: 9; 2024: 7; 2025: 8\n\nName: Rent; 2023: 40; 2024: 50; 2025: 60\nName: Food; 2023: 10; 2024: 20; 2025: 30"),
        ([["Item", "Sum", "Tax"], ["Tea", 5, 1], [], ["Total", 5, 1], ["Paid", 5, 1]], [1, 4], "Item: Tea; Sum: 5; Tax: 1\n\nItem: Total; Sum: 5; Tax: 1\nItem: Paid; Sum: 5; Tax: 1"),
        # Numbers as names, told by bold type or by the way they are written.
        ([["Discount", "10%", "20%"], ["Gold", 5, 6]], [], "Discount: Gold; 10%: 5; 20%: 6"),
        ([["Weight", 0.5, 1, 2.5], ["Gold", 5, 6, 7], ["Tin", 4, 8, 9]], [], "Weight: Gold; 0.5: 5; 1: 6; 2.5: 7\nWeight: Tin; 0.5: 4; 1: 8; 2.5: 9"),
        ([["Weight", 0.5, 1, 2.5], ["Gold", 5, 6, 7]], [], "Weight: Gold; 0.5: 5; 1: 6; 2.5: 7"),
        ([["Weight", 0.5, 1, 2.5], ["Gold", 5.5, 6.5, 7.5]], [1], "Weight: Gold; 0.5: 5.5; 1: 6.5; 2.5: 7.5"),
        ([["Small", 0.5, 1.2], ["Large", 0.7, 2.1]], [], "Small; 0.5; 1.2\nLarge; 0.7; 2.1"),
        # Tables beside each other; an empty column behind labels parts nothing.
        ([["Item", "Price", None, "Room", "Seats"], ["Tea", 3.5, None, "Oak", 12]], [], "Item: Tea; Price: 3.5\n\nRoom: Oak; Seats: 12"),
        ([["Region", None, 2024, 2025], ["North", None, 5, 6]], [], "Region: North; 2024: 5; 2025: 6"),
        # Forms.
        ([["Company:", "Acme"], ["Town:", "Leeds"]], [], "Company: Acme\nTown: Leeds"),
        ([["Company", "Acme"], ["Founded", 1999], ["Town", "Leeds"]], [], "Company: Acme\nFounded: 1999\nTown: Leeds"),
    ],
)  # fmt: skip
def test_rows_become_these_lines(rows: list[list[Any]], bold: list[int], text: str) -> None:
    assert read(sheet_of(rows, bold)).text == text


def test_bold_labels_on_the_left_make_a_form() -> None:
    sheet = sheet_of([["Office", "Quay 3"], ["Telephone", 4400], ["Opened", 1998]])
    for cell in sheet["A"]:
        cell.font = BOLD
    assert read(sheet).text == "Office: Quay 3\nTelephone: 4400\nOpened: 1998"


def test_cells_appear_as_the_sheet_shows_them() -> None:
    sheet = sheet_of(
        [
            ["Sum", "Share", "Day", "At", "Code", "Long"],
            [
                -1234.5,
                0.35,
                datetime.date(2025, 3, 1),
                datetime.time(14, 30),
                42,
                datetime.timedelta(hours=26),
            ],
        ]
    )
    formats = ['#,##0.00 "€"', "0%", "d.m.yyyy", "h:mm", "00000", "[h]:mm"]
    for cell, code in zip(sheet[2], formats, strict=True):
        cell.number_format = code
    assert (
        read(sheet).text
        == "Sum: -1,234.50 €; Share: 35%; Day: 2025-03-01; At: 14:30; Code: 00042; Long: 26:00"
    )


def test_a_text_of_several_lines_and_formats_is_one_line() -> None:
    raised = TextBlock(InlineFont(vertAlign="superscript"), "2")
    sheet = sheet_of([["Size", "Note"], [CellRichText("12 m", raised), "two\nlines _x0041_"]])
    assert read(sheet).text == "Size: 12 m²; Note: two lines A"


def test_texts_that_cells_share_are_read() -> None:
    rows = [["Item", "Kind"], ["Tea", "hot"], ["Milk", "cold"], ["Soup", "hot"]]
    data = shared(rows)
    assert read_xlsx(data).text == "Item: Tea; Kind: hot\nItem: Milk; Kind: cold\nItem: Soup; Kind: hot"
    assert read_xlsx(data) == read(sheet_of(rows))
    lost = read_xlsx(edited(data, {"xl/sharedStrings.xml": ("<si><t>cold</t></si>", "")}))
    assert counts(lost) == {"texts that are missing in the file": 1}


def test_readings_above_words_are_no_part_of_a_text() -> None:
    data = shared([["東京"]])
    ruby = "<t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh>"
    assert read_xlsx(edited(data, {"xl/sharedStrings.xml": ("<t>東京</t>", ruby)})).text == "東京"


def test_a_cell_over_several_rows_is_repeated_in_each_and_one_over_columns_is_not() -> None:
    sheet = sheet_of(
        [
            ["Team", "Name", "Town"],
            ["Red", "Ann", "Leeds"],
            [None, "Ben", "York"],
            ["Reserves"],
            ["Blue", "Cy", "Hull"],
        ]
    )
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("A4:C4")
    assert read(sheet).text == (
        "Team: Red; Name: Ann; Town: Leeds\nTeam: Red; Name: Ben; Town: York\nReserves\nTeam: Blue; Name: Cy; Town: Hull"
    )


def test_names_over_several_columns_stand_before_those_below_them() -> None:
    sheet = sheet_of([["Region", 2024, None, 2025], [None, "Q1", "Q2", "Q1"], ["North", 1, 2, 3]])
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("B1:C1")
    assert read(sheet).text == "Region: North; 2024 Q1: 1; 2024 Q2: 2; 2025 Q1: 3"


@pytest.mark.parametrize(
    "code", ['"CHF" 0.00', '"R$" 0.00', "[$₹-4009] 0.00", '0.00 "per pot"', '"-"', "General"]
)
def test_numbers_are_values_however_they_are_shown(code: str) -> None:
    listed = sheet_of([["Tea", 3.5], ["Milk", 2.2]])
    parted = sheet_of([*PRICES, [], ["Coffee", 4], ["Cake", 5]])
    for sheet in (listed, parted):
        for (cell,) in sheet.iter_rows(min_col=2, max_col=2):
            cell.number_format = code
    assert len(read(listed).text.split("; ")) == 3 and ":" not in read(listed).text
    assert read(parted).text.count("Price: ") == read(parted).text.count("Item: ") == 4


def test_truth_values_are_values() -> None:
    assert read(sheet_of([["Tea", True], ["Milk", False]])).text == "Tea; TRUE\nMilk; FALSE"


@pytest.mark.parametrize("bold", [[], [1]])
def test_names_that_are_merged_over_empty_rows_stay_with_their_table(bold: list[int]) -> None:
    sheet = sheet_of([["Item", "Price"], [], ["Tea", 3.5], [None, 4], ["Milk", 2.2]], bold)
    for cells in ("A1:A2", "B1:B2", "A3:A4"):
        sheet.merge_cells(cells)
    assert read(sheet).text == "Item: Tea; Price: 3.5\nItem: Tea; Price: 4\nItem: Milk; Price: 2.2"


def test_a_bold_name_over_two_rows_is_bold_in_both() -> None:
    names = [["Team", "2024"], [None, "Home", "Away"], ["Red", "won", "lost"], [], ["Blue", "lost", "won"]]
    sheet = sheet_of(names, [1, 2])
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("B1:C1")
    assert read(sheet).text == (
        "Team: Red; 2024 Home: won; 2024 Away: lost\n\nTeam: Blue; 2024 Home: lost; 2024 Away: won"
    )


@pytest.mark.parametrize("last", [["Q1", "Q2", "Q3", "Q4"], [1, 2, 3, 4]])
@pytest.mark.parametrize("merged", [["B2:C2", "D2:E2"], []])
def test_names_may_stand_in_three_rows(merged: list[str], last: list[Any]) -> None:
    sheet = sheet_of(
        [
            ["Region", 2024, None, None, None],
            [None, "H1", None, "H2", None],
            [None, *last],
            ["North", 4, 3, 2, 1],
        ]
    )
    for cells in ("A1:A3", "B1:E1", *merged):
        sheet.merge_cells(cells)
    names = [f"2024 {half} {name}" for half, name in zip(("H1", "H1", "H2", "H2"), last, strict=True)]
    cells = "; ".join(f"{name}: {4 - at}" for at, name in enumerate(names))
    assert read(sheet).text == f"Region: North; {cells}"


def test_a_title_over_the_first_columns_is_no_part_of_their_names() -> None:
    sheet = sheet_of([["Price list 2025"], ["Item", "Unit", "Price", "Tax"], ["Tea", "cup", 3, 1]])
    sheet.merge_cells("A1:C1")
    assert read(sheet).text == "Price list 2025\nItem: Tea; Unit: cup; Price: 3; Tax: 1"


def test_sheets_have_headings_unless_there_is_one_that_nobody_named() -> None:
    workbook = Workbook()
    workbook.active.append(["Tea"])  # type: ignore[union-attr]
    assert read_xlsx(bytes_of(workbook)).text == "Tea"
    workbook.create_sheet("Opening hours").append(["We open at nine."])
    workbook.create_sheet("Empty")
    assert read_xlsx(bytes_of(workbook)).text == "## Sheet\n\nTea\n\n## Opening hours\n\nWe open at nine."


def test_hidden_sheets_rows_and_columns_are_left_out_and_counted() -> None:
    sheet = sheet_of([["Item", "Cost", "Price"], ["Tea", 1, 3.5], ["Gin", 9, 20], ["Milk", 1, 2.2]])
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    secret = sheet.parent.create_sheet("Margins")  # type: ignore[union-attr]
    secret.append(["Margin", "70%"])
    secret.sheet_state = "veryHidden"
    result = read(sheet)
    assert result.text == "Item: Tea; Price: 3.5\nItem: Milk; Price: 2.2"
    assert counts(result) == {"hidden rows": 1, "hidden columns": 1, "hidden sheets": 1}
    assert [entry.examples for entry in result.left_out] == [
        ("Gin; 9; 20",),
        ("Cost",),
        ("Margins; Margin; 70%",),
    ]


def test_what_lies_beside_the_cells_is_read_or_counted() -> None:
    sheet = sheet_of(PRICES)
    sheet["A2"].comment = Comment("Is this right?", "Ann")
    sheet.oddHeader.center.text = "Confidential"  # type: ignore[union-attr]
    sheet.oddFooter.center.text = "&P of &N"  # type: ignore[union-attr]
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "D1")
    sheet["B4"] = "=SUM(B2:B3)"
    sheet["A4"] = 7
    sheet["A4"].number_format = ";;;"
    result = read(sheet)
    assert counts(result) == {
        "values that their format hides": 1, "formulas without a stored value": 1, "running heads": 2, "comments": 1,
        "charts": 1,
    }  # fmt: skip
    assert result.note == "1 formula has no stored value; open it in Excel or LibreOffice, and save it again"
    assert result.left_out[1].examples == ("=SUM(B2:B3)",)


def test_a_formula_is_read_by_its_stored_value() -> None:
    sheet = sheet_of(PRICES)
    sheet["A4"], sheet["B4"] = "Total", "=SUM(B2:B3)"
    data = edited(
        bytes_of(sheet.parent),
        {"xl/worksheets/sheet1.xml": ("<f>SUM(B2:B3)</f><v></v>", "<f>SUM(B2:B3)</f><v>5.7</v>")},
    )  # type: ignore[arg-type]
    result = read_xlsx(data)
    assert result.text.endswith("Item: Total; Price: 5.7") and not result.left_out and not result.note


def test_a_zero_that_nobody_computed_is_no_value() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate((*PRICES, ["Total", "=SUM(B2:B3)"])):
            sheet.write_row(number, 0, row)
        sheet.write_row(4, 0, ["Rest", 0])
        sheet.write_formula(4, 2, "=B2*2", None, 7)
    data = out.getvalue()
    result = read_xlsx(data)
    assert result.text.endswith("Item: Total\nItem: Rest; Price: 0; 7")
    assert result.left_out[0].examples == ("=SUM(B2:B3)",) and result.note.startswith(
        "1 formula has no stored value"
    )
    computed = read_xlsx(edited(data, {"xl/workbook.xml": (' fullCalcOnLoad="1"', "")}))
    assert "Item: Total; Price: 0" in computed.text and not computed.left_out and not computed.note


def test_a_format_that_hides_all_hides_texts_too() -> None:
    sheet = sheet_of([*PRICES, ["secret", 7]])
    for cell in sheet[4]:
        cell.number_format = ";;;"
    result = read(sheet)
    assert result.text == "Item: Tea; Price: 3.5\nItem: Milk; Price: 2.2"
    assert counts(result) == {"values that their format hides": 2}


def test_text_boxes_and_described_pictures_follow_the_cells() -> None:
    sheet = sheet_of(PRICES)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=2, max_row=3))
    sheet.add_chart(chart, "D1")
    box = (
        '<xdr:sp xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"><xdr:nvSpPr/>'
        '<xdr:txBody><a:p xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:r><a:t>With tax.</a:t>'
        "</a:r></a:p></xdr:txBody></xdr:sp>"
    )
    picture = (
        '<xdr:pic xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"><xdr:nvPicPr>'
        '<xdr:cNvPr descr="The blue door"/></xdr:nvPicPr></xdr:pic>'
    )
    data = edited(
        bytes_of(sheet.parent), {"xl/drawings/drawing1.xml": ("<clientData", f"{box}{picture}<clientData")}
    )  # type: ignore[arg-type]
    assert read_xlsx(data).text.endswith("Price: 2.2\n\nWith tax.\n\nPicture: The blue door")


def workbook_of(sheets: dict[str, list[list[Any]]]) -> bytes:
    """A workbook of sheets by their names."""
    workbook = Workbook()
    workbook.remove(workbook.active)  # type: ignore[arg-type]
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return bytes_of(workbook)


def test_rows_are_metadata_and_text_below_a_table_is_no_part_of_it() -> None:
    staff = [["Name", "Town"], ["Ann", "York"]]
    sheets = {"Notes": [["First"]], "Staff": staff, "Rules": [["No dogs."]], "2025": [["Prices"], *PRICES]}
    result = read_xlsx(workbook_of(sheets))
    assert [table.columns for table in result.record_tables] == [("Name", "Town"), (), ("Item", "Price")]
    said = [
        (result.text[start:end], cells) for table in result.record_tables for start, end, cells in table.rows
    ]
    assert said == [
        ("Name: Ann; Town: York", ("Ann", "York")),
        ("## Rules", ()),
        ("Item: Tea; Price: 3.5", ("Tea", "3.5")),
        ("Item: Milk; Price: 2.2", ("Milk", "2.2")),
    ]


def test_a_title_above_a_table_is_no_part_of_the_row_above() -> None:
    result = read(sheet_of([["Room", "Seats"], ["Oak", 12], [], ["Prices of 2025"], *PRICES]))
    assert [result.text[start:end] for table in result.record_tables for start, end, _ in table.rows] == [
        "Room: Oak; Seats: 12", "Prices of 2025", "Item: Tea; Price: 3.5", "Item: Milk; Price: 2.2"
    ]  # fmt: skip


def test_a_condition_on_a_column_searches_no_other_sheet(tmp_path: Path) -> None:
    sheets = {
        "Staff": [["Name", "Town"], ["Ann", "Leeds"], ["Ben", "York"]],
        "Rules": [["No dogs. Cats may stay."]],
    }
    (tmp_path / "a.xlsx").write_bytes(workbook_of(sheets))
    (document,), _ = load_documents(tmp_path)
    index = MetadataIndex([document])
    chunks = [Chunk(document.name, document.title, start, start + 5, document.text[start : start + 5], 1)
              for start in map(document.text.index, ("Name: Ann", "Name: Ben", "No dogs"))]  # fmt: skip
    corpus = SearchableCorpus(chunks)
    for town, found in (("York", chunks[1:2]), ("Leeds", chunks[:1])):
        within = SubCorpora(index).within(corpus, index.allowed({"Town": town}))
        assert list(within.chunks) == found


def test_many_tables_cost_as_much_as_their_cells() -> None:
    rows = [row for n in range(200) for row in ([f"Name {n}", f"Sum {n}"], ["a", n], ["b", n], [])]
    result = read(sheet_of(rows))
    assert len(result.record_tables) == 200
    assert sum(len(cells) for table in result.record_tables for _, _, cells in table.rows) == 800


def test_a_workbook_in_the_strict_form_is_read_alike() -> None:
    data = bytes_of(sheet_of(PRICES).parent)  # type: ignore[arg-type]
    assert read_xlsx(edited(data, everywhere=STRICT)).text == read_xlsx(data).text


def test_days_that_count_from_1904_are_read() -> None:
    sheet = sheet_of([[datetime.date(2025, 3, 1)]])
    assert sheet.parent is not None
    sheet.parent.epoch = datetime.datetime(1904, 1, 1, tzinfo=None)  # noqa: DTZ001
    assert read(sheet).text == "2025-03-01"


def test_a_workbook_is_a_document_with_a_table_and_sections(tmp_path: Path) -> None:
    workbook = Workbook()
    for title in ("Prices", "Old prices"):
        sheet = workbook.create_sheet(title)
        for row in PRICES:
            sheet.append(row)
    workbook.properties.title = "Price list"
    workbook.save(tmp_path / "prices.xlsx")
    (document,), problems = load_documents(tmp_path)
    assert not problems and (document.title, document.kind) == ("Price list", "xlsx")
    assert [table.columns for table in document.record_tables] == [("Item", "Price"), (), ("Item", "Price")]
    assert [section.heading for section in read_sections(document)] == ["Prices", "Old prices"]
    assert read_sections(document)[0].records[0].fields == (("Item", "Tea"), ("Price", "3.5"))


CELLS = st.none() | st.integers(0, 99).map(lambda n: f"w{n}x") | st.integers(100, 999)
MERGES = st.none() | st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2), st.integers(0, 3))


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(CELLS, max_size=6), min_size=1, max_size=12), st.sets(st.integers(1, 12)), MERGES)
def test_every_cell_is_in_the_text(
    rows: list[list[Any]], bold: set[int], merge: tuple[int, ...] | None
) -> None:
    sheet = sheet_of(rows, [number for number in bold if number <= len(rows)])
    if merge is not None:
        top, left, down, right = merge
        sheet.merge_cells(start_row=top, start_column=left, end_row=top + down, end_column=left + right)
    text = read(sheet).text
    words = text.replace(":", " ").replace(";", " ").replace("|", " ").split()
    for cell in {str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None}:
        assert cell in words


@st.composite
def sheet_rows(draw: st.DrawFn) -> list[SheetRow]:
    """Rows of words, numbers, years and months, some of them bold, merged or below empty rows."""
    said = st.integers(0, 30).map(lambda n: f"w{n}x") | st.integers(100, 140).map(lambda n: Value(str(n)))
    said |= st.sampled_from([Value("2024"), Value("2025"), "2026", "2025-03", "2025-04"])
    rows = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        cells = draw(st.dictionaries(st.integers(1, 6), said, min_size=1))
        starts = st.sampled_from(sorted(cells))
        spans = draw(st.lists(st.tuples(starts, st.integers(1, 3)).map(lambda s: (s[0], sum(s))), max_size=2))
        bold = draw(st.sampled_from([set(), set(cells)]) | st.sets(starts))
        rows.append(SheetRow(number, cells, frozenset(bold), draw(st.booleans()), spans))
    return rows


@settings(deadline=None, max_examples=500)
@given(sheet_rows())
def test_every_cell_is_in_a_table_however_its_header_is_told(rows: list[SheetRow]) -> None:
    words = " ".join(records.text for records in write_tables(rows))
    for mark in ":;|":
        words = words.replace(mark, " ")
    assert {cell for row in rows for cell in row.cells.values()} <= set(words.split())


@settings(deadline=None, max_examples=60)
@given(st.binary(min_size=1, max_size=40), st.floats(0, 1))
def test_a_damaged_part_makes_no_reader_fail(noise: bytes, place: float) -> None:
    data = shared(PRICES)

    def damage(part: bytes) -> bytes:
        at = int(place * len(part))
        return part[:at] + noise + part[at + len(noise) :]

    for name in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"):
        with contextlib.suppress(Unreadable):
            assert isinstance(read_xlsx(edited(data, rewrite={name: damage})).text, str)


def test_a_sheet_that_ends_early_is_read_up_to_there_with_a_warning() -> None:
    data = bytes_of(sheet_of(PRICES).parent)  # type: ignore[arg-type]
    cut: Callable[[bytes], bytes] = lambda part: part[: part.index(b'<row r="3"')]  # noqa: E731
    result = read_xlsx(edited(data, rewrite={"xl/worksheets/sheet1.xml": cut}))
    assert "Tea" in result.text and "xl/worksheets/sheet1.xml" in result.note


def test_entities_are_not_resolved() -> None:
    data = bytes_of(sheet_of([["Tea"]]).parent)  # type: ignore[arg-type]
    bomb = '<!DOCTYPE x [<!ENTITY a "boom"><!ENTITY b SYSTEM "file:///etc/passwd">]>'

    def declare(part: bytes) -> bytes:
        assert b"<t>Tea</t>" in part
        return bomb.encode() + part[part.index(b"<worksheet") :].replace(b"<t>Tea</t>", b"<t>Tea&a;&b;</t>")

    result = read_xlsx(edited(data, rewrite={"xl/worksheets/sheet1.xml": declare}))
    assert result.text == "Tea" and "sheet1.xml" in result.note


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xd0\xcf\x11\xe0" + bytes(600), "password, or is an old .xls"),
        (b"PK\x03\x04nonsense", "not an Excel workbook"),
        (b"Item;Price", "not an Excel workbook"),
    ],
)
def test_what_is_no_workbook_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_xlsx(data)


def test_a_cut_file_and_a_file_of_another_kind_are_refused() -> None:
    data = bytes_of(sheet_of(PRICES).parent)  # type: ignore[arg-type]
    with pytest.raises(Unreadable, match="save it again as .xlsx"):
        read_xlsx(data[: len(data) // 2])
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert "xl/workbook.xml" in packed.namelist()
    other = edited(data, {"xl/workbook.xml": ("<workbook ", "<document ")})
    with pytest.raises(Unreadable, match="not an Excel workbook"):
        read_xlsx(other)


def test_cells_far_apart_cost_nothing() -> None:
    sheet = sheet_of([["first"]])
    sheet["XFD1048576"] = "last"
    assert read(sheet).text == "first\n\nlast"
