"""Turns the passages that a system gives into hits: each with its place in the corpus, where it has one.
Knows nothing about how the system was asked, or where hits are stored."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.corpus.passage_places import PassagePlaces
from workbench.corpus.types import AskedQuestion, Document
from workbench.pipeline.chat_request import build_request
from workbench.pipeline.prompt_rendering import count_prompt_tokens, history_messages
from workbench.pipeline.types import Chunk, Hit
from workbench.providers.types import ChatRequest, Message
from workbench.replies.system_passages import SystemPassage
from workbench.space.model import Model

NOT_IN_DOCUMENTS = "passages_not_in_documents"
"""The flag of an answer with passages that no document of the corpus holds: they count as no evidence."""


def request_system(model: Model, asked: AskedQuestion, repeat: int = 0) -> ChatRequest:
    """The request that asks a system: the earlier turns and the question, and nothing of ours."""
    return build_request(model, (*history_messages(asked.history), Message("user", asked.text)), repeat)


class SystemPassages:
    """Places passages in one set of documents. May be used by several threads."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._places = PassagePlaces(documents)

    def place(self, passages: Sequence[SystemPassage]) -> tuple[tuple[Hit, ...], tuple[str, ...]]:
        """(hits in the order of the passages, flags).

        A hit has the text that the system gave. One that no document holds has the document "", and its title
        is the system's name for its document. A passage without a score has 0.
        """
        hits: dict[Chunk, Hit] = {}
        for passage in passages:
            chunk = self._chunk(passage)
            hits.setdefault(chunk, Hit(chunk, passage.score or 0.0))
        missing = any(not chunk.document for chunk in hits)
        return tuple(hits.values()), (NOT_IN_DOCUMENTS,) if missing else ()

    def _chunk(self, passage: SystemPassage) -> Chunk:
        place = self._places.find(passage)
        if place is None:
            text = passage.text
            return Chunk("", passage.document, 0, len(text), text, count_prompt_tokens(text))
        document, start, end = place
        text = passage.text or document.text[start:end]
        page = document.page_at(start)
        return Chunk(document.name, document.title, start, end, text, count_prompt_tokens(text), page)
