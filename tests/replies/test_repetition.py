"""Replies that end in a loop, as models really wrote them, and texts that only look like one.
Knows nothing about models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.replies.repetition import repeats_itself

CORPORA = Path(__file__).parents[2] / "corpora"
UNAM = "Universidad Nacional Autónoma de México"
LOOPS = {
    "a phrase of beam search (Holtzman et al. 2020, figure 1)": (
        f"The study, published in the Proceedings, was conducted by researchers from the {UNAM} (UNAM) and the "
        f"{UNAM} (UNAM/{(UNAM + '/') * 5}Universidad Nac"
    ),
    "a sentence": "You can open a return in your account. " + "The return is free of charge. " * 6 + "The ret",
    "a long sentence, cut in the third one": "If the lock is jammed, call the service desk before you leave. " * 3,
    "a paragraph": "It opens at nine.\n\nNote: On Sundays it opens at ten, and on holidays it stays closed.\n\n"
    "Note: On Sundays it opens at ten, and on holidays it stays closed.\n\n"
    "Note: On Sundays it opens at ten, and on holidays it stays closed.\n\nNote: On Sun",
    "items of a list": "\n".join(f"{n}. Check that the battery is charged." for n in range(1, 12)),
    "two items by turns": "\n".join(f"{n}. {'Press the red key.' if n % 2 else 'Wait a moment.'}" for n in range(1, 14)),
    "a word": "The answer is very " + "very " * 40,
    "letters": "Yes" + "s" * 200,
    "no spaces between words": "营业时间是九点。" * 20,
    "a question of thinking": "Wait, but the passage says nine. Hmm. " * 5,
}  # fmt: skip
SOUND = {
    "a short refrain": "No. No. No. It opens at nine.",
    "an answer said twice": "It opens at nine on weekdays, and at ten on Sundays. " * 2,
    "a table": "| Day | Opens | Closes |\n|---|---|---|\n" + "\n".join(f"| {d}day | 9:00 | 17:00 |" for d in (
        "Mon", "Tues", "Wednes", "Thurs", "Fri")),
    "the rule of a table": "| Day | Opens |\n|" + "-" * 120 + "|" + "-" * 120 + "|",
    "lines that differ in a number": " ".join(f"Line {n} departs every {n + 3} minutes." for n in range(1, 12)),
    "a list with one beginning": "\n".join(f"- Check the {p}" for p in (
        "brake", "chain", "lock", "light", "bell", "tyre", "saddle", "pedals", "battery")),
    "empty": "",
}  # fmt: skip


@pytest.mark.parametrize("text", LOOPS.values(), ids=LOOPS.keys())
def test_a_loop_at_the_end_is_found(text: str) -> None:
    assert repeats_itself(text)


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND.keys())
def test_a_text_that_only_has_a_pattern_is_no_loop(text: str) -> None:
    assert not repeats_itself(text)


def test_a_loop_that_ended_is_no_loop() -> None:
    assert not repeats_itself("It opens at nine. " * 8 + "On Sundays and on holidays the desk stays closed.")


def test_no_document_and_no_reference_answer_of_the_shipped_corpora_is_a_loop() -> None:
    for questions in CORPORA.glob("*/questions.jsonl"):
        for line in questions.read_text(encoding="utf-8").splitlines():
            answer = json.loads(line).get("answer") or ""
            assert not any(map(repeats_itself, [answer] if isinstance(answer, str) else answer))
    for document in CORPORA.glob("*/documents/**/*.md"):
        text = document.read_text(encoding="utf-8")
        assert not any(repeats_itself(text[:end]) for end in range(500, len(text), 500))


@given(st.text(alphabet="abcdefgh ", min_size=15, max_size=80), st.integers(12, 16), st.integers(0, 60))
def test_a_piece_said_again_and_again_is_a_loop_wherever_it_is_cut(piece: str, times: int, cut: int) -> None:
    if len(piece.strip()) < 15:
        return
    looped = (piece.strip() + " ") * times
    assert repeats_itself(f"It opens at nine. {looped[: len(looped) - cut]}")
