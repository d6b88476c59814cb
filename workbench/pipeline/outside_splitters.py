"""Splitters from outside: LlamaIndex's node parsers and functions of a user, with the places of their pieces.
Knows nothing about who splits: an experiment file names it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any

from workbench.errors import CorpusError, ExperimentError, WorkbenchError
from workbench.outside.functions import load_user_function
from workbench.outside.guard import DOCUMENT_SECONDS, call_guarded
from workbench.outside.placing import Piece, place
from workbench.pipeline.splitters.packing import Span
from workbench.pipeline.types import Placed
from workbench.providers.embedded.encoder import shared_encoder

SPLITTER_REMEDY = (
    "Give it one under `with`, such as llm: {llamaindex: …, with: {…}}. Its calls are then not counted."
)


def split_by_llamaindex(
    text: str, chunk_tokens: int, chunk_overlap: int, *, part: str, with_: dict[str, Any], revision: str = "1"
) -> Placed[Span]:
    """The places of the nodes that a NodeParser makes of the text.

    Where it takes `chunk_size`, `chunk_overlap` and `tokenizer`, it gets the setting's; where it takes an
    `embed_model`, the embedded encoder.
    """
    from llama_index.core.schema import Document, MetadataMode

    from workbench.outside.defaults import no_default_models

    def work() -> list[Piece]:
        with no_default_models(part, SPLITTER_REMEDY):
            parser = _parser(part, chunk_tokens, chunk_overlap, _Arguments(with_))
            nodes = parser.get_nodes_from_documents([Document(text=text, id_="document")])
        return [
            Piece(node.get_content(metadata_mode=MetadataMode.NONE), getattr(node, "start_char_idx", None))
            for node in nodes
        ]

    return _placed(text, call_for_document(work, part), part)


class _Arguments(dict[str, Any]):
    """Arguments that can be a key: equal texts, equal keys."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(repr(self))


@lru_cache(maxsize=8)
def _parser(part: str, chunk_tokens: int, chunk_overlap: int, arguments: _Arguments) -> Any:
    from llama_index.core.node_parser import NodeParser

    from workbench.outside.adapters import GivenEmbedding, RefusingLLM
    from workbench.outside.building import build

    offers = {
        "chunk_size": lambda: chunk_tokens,
        "chunk_overlap": lambda: chunk_overlap,
        "embed_model": lambda: GivenEmbedding(lambda texts: shared_encoder().encode(list(texts)).tolist()),
        "tokenizer": lambda: shared_encoder().token_spans,
        "llm": lambda: RefusingLLM(part, SPLITTER_REMEDY),
    }
    return build(part, arguments, NodeParser, offers)


def split_by_python(
    text: str, chunk_tokens: int, chunk_overlap: int, *, part: str, with_: dict[str, Any], revision: str = "1"
) -> Placed[Span]:
    """The places of what a function returns for a text: spans (start, end), or pieces of the text.

    It gets `chunk_tokens` and `chunk_overlap` where it takes them.
    """
    function = load_user_function(part)
    sizes = {"chunk_tokens": chunk_tokens, "chunk_overlap": chunk_overlap}
    taken = inspect.signature(function).parameters
    given = {name: size for name, size in sizes.items() if name in taken} | with_
    found = call_for_document(partial(function, text, **given), part)
    return _placed(text, _read_pieces(found, text, part), part)


def _read_pieces(found: Any, text: str, part: str) -> list[Piece]:
    expected = f"{part} must return a list of texts, or of spans (start, end) within the text"
    if isinstance(found, str | bytes) or not isinstance(found, Iterable):
        raise CorpusError(f"{expected}, not {found!r:.80}.")
    pieces = []
    for item in found:
        if isinstance(item, str):
            pieces.append(Piece(item))
        elif _is_span(item, len(text)):
            pieces.append(Piece(text[item[0] : item[1]], item[0]))
        else:
            raise CorpusError(f"{expected}, not {item!r:.80}.")
    return pieces


def _is_span(item: Any, length: int) -> bool:
    return (
        isinstance(item, tuple | list)
        and len(item) == 2
        and all(isinstance(end, int) and not isinstance(end, bool) for end in item)
        and 0 <= item[0] <= item[1] <= length
    )


def call_for_document(work: Any, part: str) -> Any:
    """Guarded. What fails concerns the setting, so it is an error of its documents: others go on."""
    try:
        return call_guarded(work, part, DOCUMENT_SECONDS)
    except (ExperimentError, CorpusError):
        raise
    except WorkbenchError as error:
        raise CorpusError(error.message, hint=error.hint) from None


def _placed(text: str, pieces: list[Piece], part: str) -> Placed[Span]:
    spans, unplaced = place(text, pieces)
    return Placed(spans, unplaced)
