"""Tests how the number in a cell is shown by its format.
Knows nothing about workbooks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.readers.xlsx.cell_formats import BUILT_IN, CellFormat

ACCOUNTING = '_-* #,##0.00 "€"_-;-* #,##0.00 "€"_-;_-* "-"?? "€"_-;_-@_-'


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("General", 0.1 + 0.2, "0.3"), ("General", 1234567890123, "1234567890123"), ("General", 1e-9, "1E-09"),
        ("General", 1 / 3, "0.33333333333"), ('General" kg"', 2.5, "2.5 kg"), ("@", 5, "5"),
        ("0", 2.5, "3"), ("0.00", 2.345, "2.35"), ("0.00", -0.001, "0.00"), ("-0.00", 3, "-3.00"), ("0.##", 5, "5"),
        ("#.##", 0.5, ".5"), ("#", 0, ""), ("00000", 123, "00123"), ("0.0", 12, "12.0"),
        ("#,##0.00", 1234.5, "1,234.50"), ("#,##0", 1234567, "1,234,567"), ("#,##0", -1234, "-1,234"),
        ("0,", 1234567, "1235"), ('0.0,,"M"', 1234567, "1.2M"),
        ("0%", 0.35, "35%"), ("0.0%", 0.3456, "34.6%"), ("0.000%", 0, "0.000%"),
        ('"$"#,##0.00_);[Red]("$"#,##0.00)', -1234.5, "($1,234.50)"), ("[$$-409]#,##0", -5, "-$5"),
        ("#,##0.00 [$€-407]", 1234.5, "1,234.50 €"), ("£#,##0", 12, "£12"), ('#,##0.00\\ "kr"', 5, "5.00 kr"),
        (ACCOUNTING, -3, "-3.00 €"), (ACCOUNTING, 0, "- €"), ('0" pcs"', 3, "3 pcs"), ('0";"', 3, "3;"),
        ("000-0000", 5551234, "555-1234"), ("(000) 000-0000", 2125551234, "(212) 555-1234"),
        ("0.00E+00", 12345, "1.23E+04"), ("# ?/?", 1.5, "1 1/2"), ("# ??/??", 1 / 3, "1/3"), ("0 ?/8", 0.25, "2/8"), ("# ?/?", 2, "2"),
        ("0;-0;;@", 0, ""), (";;;", 5, ""), ('0;"minus "0', -7, "minus 7"),
        ('[>=1000]0.0,"k";0', 1500, "1.5k"), ('[>=1000]0.0,"k";0', -5, "-5"), ("[<1]0.00;[<10]0.0;0", 3.14159, "3.1"),
        # Dates and times, as far as the format shows them.
        ("yyyy-mm-dd", 45717, "2025-03-01"), ("m/d/yyyy", 45717.9, "2025-03-01"), ("[$-409]d mmmm yyyy;@", 45717, "2025-03-01"),
        ("yyyymmdd", 45717, "2025-03-01"), ("dddd", 45717, "2025-03-01"), ("mmm yyyy", 45717, "2025-03"), ("yyyy", 45717, "2025"),
        ("d.m.yy h:mm", 45717.604166, "2025-03-01 14:30"), ("yyyy\\-mm\\-dd\\ hh:mm:ss", 45717.5, "2025-03-01 12:00:00"),
        ("h:mm", 0.604166, "14:30"), ("h:mm AM/PM", 0.75, "18:00"), ("mm:ss", 0.001, "01:26"), ("mm:ss.0", 0.001, "01:26"),
        ("[h]:mm", 1.25, "30:00"), ("[mm]:ss", 1 / 24, "60:00"), ("[h]:mm:ss", 0.5, "12:00:00"), ("hh:mm:ss.000", 0.5, "12:00:00"),
        ("m/d/yyyy", 1, "1900-01-01"), ("m/d/yyyy", 59, "1900-02-28"), ("m/d/yyyy", 61, "1900-03-01"), ("m/d/yyyy", -1, "-1"),
        # What is not shown is cut off.
        ("yyyy-mm-dd", 45717 + 86_385 / 86_400, "2025-03-01"), ("yyyy", 46022 + 86_385 / 86_400, "2025"),
        ("m/d/yy h:mm", 45717 + 52_245 / 86_400, "2025-03-01 14:30"), ("[h]:mm", 86_385 / 86_400, "23:59"),
        ("[h]:mm", -0.5, "-12:00"), ("h:mm", -0.5, "-12:00"), ("[s]", -1 / 86_400, "-1"), ("h:mm", 0, "00:00"),
        # A section with @ is the text's wherever it stands.
        ("#,##0.00;@", -5, "-5.00"), ("0;-0;@", 0, "0"), ("0;-0;@", -2, "-2"), ("0.0;@", 1, "1.0"),
        ("0.00E+00", 0, "0.00E+00"), ('0.0E+00" m"', 1200, "1.2E+03 m"), ("0E+00", 4321, "4E+03"), ('"~"0.0E+00', -0.5, "-~5.0E-01"),
        ("[>0]0;[<0]-0;0", -5, "-5"), ("[>0]0;[<0](0);0", -5, "(5)"), ("[>=0]0;-0", -5, "-5"), ('[>0]0;-0;"none"', 0, "none"),
        ('[>0]0;-0;"none"', -5, "-5"), ("[<100]0;0.0", -5, "-5"), ("[<=-10]0;0.0", -5, "-5.0"),
        ('# ?/?" in"', 1.5, "1 1/2 in"), ('# ?/8\\ "in"', 1.25, "1 2/8 in"), ('"size "?/?', 0.5, "size 1/2"), ('# ?/?" in"', 2, "2 in"),
        (BUILT_IN[32], 0.5, "12:00"), (BUILT_IN[33], 0.5, "12:00:00"),
        (BUILT_IN[14], 45717, "2025-03-01"), (BUILT_IN[22], 45717.25, "2025-03-01 06:00"), (BUILT_IN[44], 3.5, "3.50"),
    ],
)  # fmt: skip
def test_a_number_is_shown_as_its_format_says(code: str, number: float, shown: str) -> None:
    assert CellFormat(code).write_number(number) == shown


def test_days_may_count_from_1904() -> None:
    assert CellFormat("yyyy-mm-dd").write_number(0, from_1904=True) == "1904-01-01"
    assert CellFormat("d.m.yy h:mm").write_number(0.5, from_1904=True) == "1904-01-01 12:00"
    assert CellFormat("[h]:mm").write_number(1.5, from_1904=True) == "36:00"
    assert CellFormat("[h]:mm").write_number(-0.5, from_1904=True) == "-12:00"
    assert CellFormat("h:mm").write_number(0.75, from_1904=True) == "18:00"


def test_a_text_is_shown_as_its_format_says() -> None:
    assert CellFormat('"No. "@').write_text("12") == "No. 12"
    assert CellFormat('0;-0;0;"<"@">"').write_text("12") == "<12>"
    assert CellFormat("0.00").write_text("12") == "12"
    assert CellFormat('#,##0.00;"No. "@').write_text("12") == "No. 12"
    assert CellFormat(";;;").write_text("12") == ""
    assert CellFormat("0;-0;0;General").write_text("12") == "12"


@given(st.integers(61 * 86_400, 2_958_465 * 86_400 + 86_399))
def test_every_second_of_every_day_is_shown(seconds: int) -> None:
    moment = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(seconds=seconds)
    assert CellFormat("yyyy-mm-dd hh:mm:ss").write_number(seconds / 86_400) == f"{moment:%Y-%m-%d %H:%M:%S}"


@given(st.decimals(0, 10**12, places=2))
def test_grouped_digits_are_those_of_the_number(number: object) -> None:
    assert CellFormat("#,##0.00").write_number(float(str(number))).replace(",", "") == f"{number:.2f}"


@given(st.text(';0#?.,%/E+-"\\[]hmsydAM@ €_*<>1a', max_size=12), st.floats(-1e9, 1e9))
def test_no_code_makes_the_reader_fail(code: str, number: float) -> None:
    assert isinstance(CellFormat(code).write_number(number), str)


def test_the_built_in_dates_are_dates() -> None:
    for code in (14, 15, 16, 22, 27, 58):
        assert CellFormat(BUILT_IN[code]).write_number(45717).startswith(date(2025, 3, 1).isoformat())
