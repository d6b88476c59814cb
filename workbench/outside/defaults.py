"""Keeps LlamaIndex from asking its default models, which are OpenAI's, with whatever key is there.
Knows nothing about parts. Imported only when it is needed: it is slow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from llama_index.core import Settings

from workbench.errors import ExperimentError
from workbench.outside.adapters import GivenEmbedding, RefusingLLM

_lock = threading.Lock()
_inside = 0


@contextmanager
def no_default_models(name: str, remedy: str) -> Iterator[None]:
    """Within it, a default model that nobody has set refuses to be asked. Models that the program around has
    set itself stay: they are its own choice.

    name: of the part, for the message. remedy: what to do.
    """
    global _inside
    with _lock:
        _inside += 1
        if Settings._llm is None:
            Settings._llm = RefusingLLM(name, remedy)
        if Settings._embed_model is None:
            Settings._embed_model = _RefusingEmbedding()
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                if isinstance(Settings._llm, RefusingLLM):
                    Settings._llm = None
                if isinstance(Settings._embed_model, _RefusingEmbedding):
                    Settings._embed_model = None


class _RefusingEmbedding(GivenEmbedding):
    def __init__(self) -> None:
        super().__init__(_refuse)


def _refuse(_: object) -> list[list[float]]:
    raise ExperimentError("A part of LlamaIndex asks for an embedding model, and none is named for it.")
