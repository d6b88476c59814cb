"""Says which parts ask a model, of which kind, and which models they can ask.
Knows nothing about asking them."""

from __future__ import annotations

from collections.abc import Collection

from workbench.errors import ExperimentError
from workbench.parts.choice import choose, split_text
from workbench.parts.part import Part, QueryTransform
from workbench.parts.registry import find_part
from workbench.space.model import Model


def missing_model(role: str, kind: str) -> str:
    """What to do where no model in a role is of the kind that a part asks."""
    if kind == "sparse_embedding":
        return (
            "Register one of kind sparse_embedding: a server with /embed_sparse, which "
            "text-embeddings-inference has. Then choose it as sparse embedding model (sparse_embedding)."
        )
    if kind == "reranker":
        return (
            "Register one of kind reranker: a server with /rerank, or a folder with model.onnx. Then choose "
            "it as reranking model (rerank_model)."
        )
    return f"Name a chat model behind an address in {role}."


def needed_model(kinds: Collection[str | None]) -> str:
    """What to register for parts that ask models of these kinds, in words."""
    special = next((kind for kind in kinds if kind not in (None, "chat")), None)
    return f"a model of kind {special}" if special else "a chat model behind an address"


def asks_model(kind: type[Part], text: str) -> bool:
    """Whether a part asks a model. A part that can no longer be imported counts as asking none."""
    return kind_asked(kind, text) is not None


def kind_asked(kind: type[Part], text: str) -> str | None:
    """The kind of model that a part asks, "chat", "reranker" or "sparse_embedding"; None if it asks none."""
    try:
        part = choose(kind, text).part
    except ExperimentError:
        return None
    return getattr(part, "model_kind", "chat") if getattr(part, "calls", 0) > 0 else None


def can_be_asked(model: Model, kinds: Collection[str | None]) -> bool:
    """Whether parts that ask models of these kinds can ask this one. The embedded answerers only quote."""
    return model.kind in kinds and (model.kind != "chat" or not model.embedded)


def must_write(text: str) -> bool:
    """Whether a query transform needs a model that writes text of its own."""
    part = find_part(QueryTransform, split_text(text)[0])
    return part is not None and part.calls > 0 and (part.writes or part.for_follow_ups)
