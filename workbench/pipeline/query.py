"""Turns a question into what is searched for: itself, or a drafted answer (HyDE).
Knows nothing about models: it writes the request; whoever asks brings back the draft."""

from __future__ import annotations

from workbench.providers.types import Message

HYDE_TEMPLATE = (
    "Write a short passage, as it could stand in the company's documents, that answers this question. "
    "If you do not know, make up a plausible one: it is only used to search for the real passage.\n\n"
    "Question: {question}\n\nPassage:"
)


def hyde_messages(question: str) -> tuple[Message, ...]:
    """Hypothetical document embeddings: Gao et al. 2022, arXiv 2212.10496."""
    return (Message("user", HYDE_TEMPLATE.replace("{question}", question)),)


def hyde_query(question: str, draft: str) -> str:
    """The draft beside the question: alone it would lose the question's own rare words, which keyword
    search needs."""
    return f"{question}\n{draft}".strip()
