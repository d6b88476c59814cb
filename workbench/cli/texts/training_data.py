"""What `training-data` prints.
Knows nothing about how training data are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workbench.formatting import counted
from workbench.training_data.card_words import personal_data_in_words

MOST_REASONS = 8


def training_data_lines(card: Mapping[str, Any], folder: str) -> Iterator[str]:
    """The card in a few lines."""
    questions = len(card["question_ids"])
    yield (
        f"{counted(card['rows'], 'row')} of {card['kind']} for {card['format']}, "
        f"of {counted(questions, 'question')}: {folder}"
    )
    for origin, count in card["counts"]["origin"].items():
        yield f"  {count:>6}  {origin}"
    refused = list(card["refused"].items())
    if refused:
        yield "Left out:"
        yield from (f"  {count:>6}  {reason}" for reason, count in refused[:MOST_REASONS])
        if len(refused) > MOST_REASONS:
            yield f"          and {len(refused) - MOST_REASONS} more reasons, in card.json"
    yield f"Personal data: {personal_data_in_words(card['personal_data'])}"
    yield from (f"Note: {note}" for note in card["notes"])
    yield f"SHA-256 {card['sha256']}"
