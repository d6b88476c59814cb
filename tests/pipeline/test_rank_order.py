"""Orders of passages in models' replies, as a table.
Knows nothing about reranking."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.pipeline.rank_order import parse_order


@pytest.mark.parametrize(
    ("reply", "order"),
    [
        ("[2] > [1] > [3]", [2, 1, 3]),
        ("3 > 1 > 2", [3, 1, 2]),
        ("3, 1, 2", [3, 1, 2]),
        ("[3, 1, 2]", [3, 1, 2]),
        ("3\n1\n2", [3, 1, 2]),
        ("- 3\n- 1\n- 2", [3, 1, 2]),
        ("1. [3]\n2. [1]\n3. [2]", [3, 1, 2]),
        ("1. Passage 3\n2. Passage 1\n3. Passage 2", [3, 1, 2]),
        ("1) 3\n2) 1\n3) 2", [3, 1, 2]),
        ("I considered [1] and [2]. Ranking: [3] > [1] > [2]", [3, 1, 2]),
        ("Here it is:\n\n3 > 1 > 2\n\nPassage 3 says within 30 days.", [3, 1, 2]),
        ("**[3]** > **[1]** > **[2]**", [3, 1, 2]),
        ("\\[3\\] > \\[1\\]", [3, 1]),
        ("［3］＞［1］", [3, 1]),
        ('{"ranking": [3, 1, 2]}', [3, 1, 2]),
        ("Passage 3 > Passage 1 = Passage 2", [3, 1, 2]),
        ("[2024] > [1] > [1] > [0]", [1]),
        ("I think passage 3 is the most helpful one of all 3.", [3]),
        ("The best is [3].", [3]),
        ("3", [3]),
        ("[] > [] > []", None),
        ("[a] > [b] > [c]", None),
        ("It is within 30 days of 2 deliveries, for 3 euros.", None),
        ("The 2 best of the 3 passages", None),
        ("Passage 1 does not help, passage 3 does.", None),
        ("I cannot rank these.", None),
        ("", None),
    ],
)
def test_an_order_is_read_however_it_is_written_and_nothing_else_is_taken_for_one(
    reply: str, order: list[int] | None
) -> None:
    assert parse_order(reply, 3) == (order and [n - 1 for n in order])


@given(st.permutations(range(12)), st.sampled_from(["[{}]", "{}", "Passage {}", "({})"]))
def test_a_whole_order_survives_in_any_form(order: list[int], form: str) -> None:
    assert parse_order(" > ".join(form.format(n + 1) for n in order), 12) == order


@pytest.mark.parametrize("piece", ["[1] > ", "1 ", "-", "passage ", "1,", " ", "1. ", "*", "[", "#"])
def test_a_long_reply_takes_no_long_time(piece: str) -> None:
    began = time.process_time()
    parse_order(piece * (100_000 // len(piece)), 3)
    assert time.process_time() - began < 5
