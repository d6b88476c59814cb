"""Tests how the CSV reader tells a table's dialect, header and rows, whoever wrote the file.
Knows nothing about other formats."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.readers.csv_table import read_csv

FILLER = "".join(f"{n},Parcel {n},it will come\n" for n in range(1000))


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("room,seats\nOak,12\nElm,8\n", "room: Oak; seats: 12\nroom: Elm; seats: 8"),
        ("sep=;\nroom;seats\nOak;12", "room: Oak; seats: 12"),
        ('"sep=|"\nroom|seats\nOak|12', "room: Oak; seats: 12"),
        ("room\tseats\nOak, big\t12", "room: Oak, big; seats: 12"),
        ("room|seats\nOak|12\nElm|8", "room: Oak; seats: 12\nroom: Elm; seats: 8"),
        ("item;price\nTea;1,50\nMilk;2,20", "item: Tea; price: 1,50\nitem: Milk; price: 2,20"),
        ("item;note\nTea;hot, sweet, black\nMilk;cold, white", "item: Tea; note: hot, sweet, black\nitem: Milk; note: cold, white"),
        ('a,b\n1x,"two\nlines"\n2x,"x"', "a: 1x; b: two lines\na: 2x; b: x"),
        ('a,b\nx,"He said ""hi"", ok"', 'a: x; b: He said "hi", ok'),
        ('a,b\nx,"He said \\"hi\\", ok"\ny,"z"', 'a: x; b: He said "hi", ok\na: y; b: z'),
        ("'a','b'\n'x, y','z'", "a: x, y; b: z"),
        ('a, b\nx, "y, z"', "a: x; b: y, z"),
        ('size,use\n5" pipe,water\n6" pipe,gas', 'size: 5" pipe; use: water\nsize: 6" pipe; use: gas'),
        ('size,use\n"5 inch,water\n6 inch,gas\n7 inch,air', 'size: "5 inch; use: water\nsize: 6 inch; use: gas\nsize: 7 inch; use: air'),
        ('id,text\n1x,"open note\n2x,fine\n3x,"closed"\n4x,z', 'id: 1x; text: "open note\nid: 2x; text: fine\nid: 3x; text: closed\nid: 4x; text: z'),
        # Headers.
        ("A001,Anna\nA002,Ben", "A001; Anna\nA002; Ben"),
        ("Q1,Q2\n5x,6x", "Q1: 5x; Q2: 6x"),
        ("1,2,3\n4,5,6", "1; 2; 3\n4; 5; 6"),
        ("Anna,7\nBen,8", "Anna; 7\nBen; 8"),
        ("2025-01-05,Sale,3\n2025-01-06,Sale,4", "2025-01-05; Sale; 3\n2025-01-06; Sale; 4"),
        ("Tea,$3.50\nMilk,$2.20", "Tea; $3.50\nMilk; $2.20"),
        ("Open,9:00\nShut,17:30", "Open; 9:00\nShut; 17:30"),
        ("Tea,CHF 3.50\nMilk,CHF 2.20", "Tea; CHF 3.50\nMilk; CHF 2.20"),
        ("Tea,R$ 5\nMilk,R$ 4", "Tea; R$ 5\nMilk; R$ 4"),
        ("Tea,₹ 3\nMilk,₹ 4", "Tea; ₹ 3\nMilk; ₹ 4"),
        ("Tea,3 kr\nMilk,4 kr", "Tea; 3 kr\nMilk; 4 kr"),
        ("Flour,3.5 kg\nWater,2 l", "Flour; 3.5 kg\nWater; 2 l"),
        ("Van,90 km/h\nTruck,80 km/h", "Van; 90 km/h\nTruck; 80 km/h"),
        ("Tea,€3.50/kg\nMilk,2 €/l", "Tea; €3.50/kg\nMilk; 2 €/l"),
        ("name,VAR1\nAnna,5", "name: Anna; VAR1: 5"),
        ("Runner,5 km,10 km\nAnn,24:10,51:00", "Runner: Ann; 5 km: 24:10; 10 km: 51:00"),
        ("Runner,5 km\nAnn,24:10", "Runner: Ann; 5 km: 24:10"),
        ("Line,9:00,10:00\nRed,5,7", "Line: Red; 9:00: 5; 10:00: 7"),
        ("Discount,10%,20%\nGold,5,6\nTin,7,", "Discount: Gold; 10%: 5; 20%: 6\nDiscount: Tin; 10%: 7"),
        ("Discount,10%,20%\nGold,5,6", "Discount: Gold; 10%: 5; 20%: 6"),
        ("Small,0.5,1.2\nLarge,0.7,2.1", "Small; 0.5; 1.2\nLarge; 0.7; 2.1"),
        ("Emma,1915\nWaverley,1914", "Emma; 1915\nWaverley; 1914"),
        ("Region,2025-01,2025-02\nNorth,5,6", "Region: North; 2025-01: 5; 2025-02: 6"),
        ("Region,2023,2024\nNorth,5,6", "Region: North; 2023: 5; 2024: 6"),
        ("Zone,1,2,3\nNorth,5,6,7", "Zone: North; 1: 5; 2: 6; 3: 7"),
        ("name,price,price\nA,1,2", "name: A; price: 1; price: 2"),
        ("name,,age\nAnna,x,7", "name: Anna; x; age: 7"),
        ("name,age\nAnna,7,extra,more\nBen", "name: Anna; age: 7; extra; more\nBen"),
        ("Prices of 2025\n\nname,price\nA,1x\nB,2x", "Prices of 2025\nname: A; price: 1x\nname: B; price: 2x"),
        ("# source: depot, north\n# by Ann\nname,price,unit\nA,1x,kg\nB,2x,kg", "# source: depot; north\n# by Ann\nname: A; price: 1x; unit: kg\nname: B; price: 2x; unit: kg"),
        ("Prices,,\nname,price,unit\nA,1x,kg\nB,2x,kg", "Prices\nname: A; price: 1x; unit: kg\nname: B; price: 2x; unit: kg"),
        ("name,price\nA,1x\nB,2x\nTotal of all rows", "name: A; price: 1x\nname: B; price: 2x\nTotal of all rows"),
        ("name,price", "name | price"),
        ("name,,note\nA\n,,x1", "name |  | note\nA\nnote: x1"),
        # One column.
        ("station\nNorth\nSouth", "station\nNorth\nSouth"),
        ("question\nWhat, if any, is the fee?\nMay I, too?\nWhere is it?", "question\nWhat, if any, is the fee?\nMay I, too?\nWhere is it?"),
        ("address\n4 Ropewalk, Ellery\n5 Quay, Ellery\n6 Pier, Ellery", "address\n4 Ropewalk, Ellery\n5 Quay, Ellery\n6 Pier, Ellery"),
        ('answer\n"Yes, on\na lead"', "answer\nYes, on a lead"),
        ("\ufeffa,b\r\nx,y\r\n\r\nz,w\r", "a: x; b: y\na: z; b: w"),
    ],
)  # fmt: skip
def test_a_table_becomes_these_lines(table: str, text: str) -> None:
    assert read_csv(table.encode()).text == text


def test_what_only_stands_far_down_decides_too() -> None:
    table = "id,title,reply\n" + FILLER + '1000,Sign,"The sign says ""wet paint"", and it stays."\n'
    assert read_csv(table.encode()).text.endswith('reply: The sign says "wet paint", and it stays.')


def test_long_cells_are_read() -> None:
    assert len(read_csv(f'a,b\nx,"{"word " * 60_000}"\ny,z'.encode()).text) > 299_000


def test_a_table_in_utf_16_as_spreadsheets_save_it_is_read() -> None:
    assert read_csv("name\tage\nAnna\t7".encode("utf-16")).text == "name: Anna; age: 7"


def test_quotes_that_are_never_closed_lose_nothing_and_end_soon() -> None:
    began = time.process_time()
    text = read_csv(b"a,b\n" + b'"x,y\n' * 20_001).text
    assert time.process_time() - began < 5
    assert text.count("x") == 20_001


@given(
    st.lists(st.lists(st.text("ab1 ,;|\t\"\n\\'", max_size=8), min_size=1, max_size=4), max_size=6),
    st.sampled_from(",;\t|"),
)
def test_every_letter_and_digit_of_a_table_is_in_its_text(rows: list[list[str]], delimiter: str) -> None:
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    text = read_csv(b"x\n" + out.getvalue().encode()).text
    for letter in "ab1":
        assert text.count(letter) >= sum(cell.count(letter) for row in rows for cell in row)
