"""What all embedding models behind an address have, dense and sparse.
Knows nothing about the form of requests and vectors."""

from __future__ import annotations

import json

from workbench.providers.connection import Connection
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.space.model import Model


class EmbeddingServer:
    """One embedding model behind an address."""

    def __init__(self, model: Model, trust: Trust = ONLY_WELL_KNOWN) -> None:
        self._model = model
        self._connection = Connection(model, trust)

    @property
    def identity(self) -> str:
        return json.dumps([self._model.base_url, self._model.model, self._model.revision])

    @property
    def max_tokens(self) -> int | None:
        return self._model.context_window

    async def close(self) -> None:
        await self._connection.close()
