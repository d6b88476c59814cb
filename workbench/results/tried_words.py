"""Says in words what a system replied to one question: how many passages, tokens, what it cost.
Knows nothing about how it was asked."""

from __future__ import annotations

from typing import Any

from workbench.formatting import counted, dollars


def tried_in_words(tried: dict[str, Any]) -> str:
    """Return for example "1 passage, 1 of them found in the documents · 9 tokens in, 2 out · $0.01 · 0.2 s".

    tried: the document of `systems try --json`.
    """
    passages = tried["passages"]
    placed = sum(bool(p["document"]) for p in passages)
    cost = "cost unknown" if tried["cost_usd"] is None else dollars(tried["cost_usd"])
    return (
        f"{counted(len(passages), 'passage')}, {placed} of them found in the documents · "
        f"{tried['tokens']['input']:,} tokens in, {tried['tokens']['output']:,} out · {cost} · "
        f"{tried['seconds']:.2f} s"
    )
