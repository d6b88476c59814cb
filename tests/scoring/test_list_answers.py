"""Tests how answers that are lists, or a bare value, are grounded in what their question asks.
Knows nothing about weights."""

from __future__ import annotations

from workbench.scoring.grounding import score_grounding
from workbench.scoring.support import SUPPORTED

EXEMPT = (
    "The following services do not need prior authorization:\n"
    "- Routine office visits\n- Immunizations\n- X-Ray services\n- Emergency services\n"
)
UK = "You may return goods within 60 days. It applies to orders placed on or after 1 February 2025."


def test_items_copied_from_a_list_are_supported() -> None:
    answer = "Some services are exempt:\n1. Routine office visits\n2. Immunizations\n3. X-Ray services"
    scored = score_grounding(answer, [EXEMPT], "Which services are exempt from prior authorization?")
    assert len(scored.claims) == 3 and all(claim.support >= SUPPORTED for claim in scored.claims)


def test_a_bare_value_that_is_a_part_of_something_else_is_no_copy() -> None:
    question = "How many days do buyers in the UK get to change their mind?"
    assert (score_grounding("1", [UK], question).value or 0.0) < SUPPORTED
    assert (
        score_grounding("60 days", [UK], "Within how many days may goods be returned?").value or 0
    ) >= SUPPORTED
