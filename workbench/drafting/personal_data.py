"""Warns of personal data in a draft: people write their own into what they ask a service.
Knows nothing about how personal data is found."""

from __future__ import annotations

from workbench.corpus.draft_types import OK, Draft
from workbench.formatting import listed
from workbench.scoring.personal_data import find_personal_data

PERSONAL_DATA = "personal data"
"""The name of the check. It leaves no draft out: a person looks, and takes the data out."""
_WORDS = {
    "e-mail": "an e-mail address", "iban": "an IBAN", "card": "a card number", "phone": "a telephone number",
}  # fmt: skip


def check_personal_data(draft: Draft) -> str:
    """OK, or what its question, its earlier turns and its answers hold."""
    texts = [*(turn.text for turn in draft.history), draft.question, *draft.answers]
    kinds = dict.fromkeys(item.kind for item in find_personal_data("\n".join(texts)))
    return f"it holds {listed([_WORDS[kind] for kind in kinds])}; take that out" if kinds else OK
