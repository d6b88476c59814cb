"""The places of pieces that a splitter from outside returns.
Knows nothing about splitters."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from workbench.outside.placing import Piece, place

TEXT = "one line\nsame\nsame\nsame\nanother  line\nlast"


def found(*pieces: Piece | str, text: str = TEXT) -> tuple[list[tuple[int, int]], int]:
    return place(text, [Piece(p) if isinstance(p, str) else p for p in pieces])


def test_what_a_piece_says_of_its_place_counts_when_its_text_stands_there() -> None:
    assert found(Piece("same", 14)) == ([(14, 18)], 0)
    assert found(Piece("  same", 12), text="one        \n  same") == ([(14, 18)], 0)
    assert found(Piece("same", 3)) == ([(9, 13)], 0)


def test_repeated_lines_are_placed_one_behind_the_other() -> None:
    assert found("one line", "same", "same", "same", "last") == (
        [(0, 8), (9, 13), (14, 18), (19, 23), (38, 42)],
        0,
    )


def test_a_line_that_stands_in_the_piece_before_is_placed_behind_it() -> None:
    assert found("one line\nsame\nsame", "same") == ([(0, 18), (19, 23)], 0)


def test_pieces_may_overlap() -> None:
    assert found("one line\nsame", "same\nsame\nsame") == ([(0, 13), (9, 23)], 0)


def test_white_space_may_differ() -> None:
    spans, unplaced = found("same another line")
    assert unplaced == 0 and [TEXT[a:b] for a, b in spans] == ["same\nanother  line"]


def test_what_stands_nowhere_is_counted_and_nothing_is_left_out() -> None:
    assert found("", "  ", "elsewhere", "last", "Same") == ([(38, 42)], 2)


@given(st.lists(st.sampled_from(["a b", "c", "a b", "dd\ne"]), min_size=1), st.integers(1, 4))
def test_pieces_in_order_are_all_placed_at_their_texts(lines: list[str], size: int) -> None:
    text = "\n".join(lines)
    pieces = ["\n".join(lines[i : i + size]) for i in range(0, len(lines), size)]
    spans, unplaced = found(*pieces, text=text)
    assert unplaced == 0
    assert [text[a:b] for a, b in spans] == pieces
    assert spans == sorted(spans)
    squeezed, unplaced = found(*(re.sub(r"\s+", "  ", piece) for piece in pieces), text=text)
    assert unplaced == 0 and squeezed == spans
