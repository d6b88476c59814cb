"""Remembers how many texts of one request a server takes, from what it refused before.
Knows nothing about requests. In memory only: a server may be started anew with other limits."""

from __future__ import annotations

from workbench.space.model import Model


class BatchSizes:
    """The most texts per request, by server and model."""

    def __init__(self) -> None:
        self._most: dict[str, int] = {}

    def most(self, model: Model, usual: int) -> int:
        """How many texts to send at once. usual: as many as are sent to a server that refused none."""
        return min(usual, self._most.get(_key(model), usual))

    def learn(self, model: Model, texts: int) -> None:
        """Take it that this server takes no more than so many texts at once."""
        self._most[_key(model)] = self.most(model, max(1, texts))


def _key(model: Model) -> str:
    return f"{model.kind} {model.base_url} {model.model}"


LEARNT = BatchSizes()
"""What this process has learnt."""
