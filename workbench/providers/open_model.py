"""Opens a model by its description: embedded ones in this process, others as clients of their server.
Knows nothing about how either works."""

from __future__ import annotations

import json

from workbench.errors import ModelError
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.providers.types import ChatModel, EmbeddingModel, RerankModel
from workbench.space.model import Model
from workbench.space.system import SystemModel


def open_chat_model(model: Model, trust: Trust = ONLY_WELL_KNOWN) -> ChatModel:
    """Raises ModelError for an embedded name that is not shipped, HostNotConfirmed for an address that
    `trust` does not allow, ProviderError for a missing key."""
    if isinstance(model, SystemModel):
        return _open_system(model, trust)
    if not model.is_made:
        raise ModelError(
            f"Model {model.name!r} has not been trained here.",
            hint="Run an experiment that has it, or train it on the page Trainings; then it can be asked.",
            about="models",
        )
    if model.outside is not None:
        from workbench.providers.outside_models import OutsideChat

        return OutsideChat(model)
    if not model.embedded:
        from workbench.providers.openai_compatible import OpenAIChat

        return OpenAIChat(model, trust)
    from workbench.providers.embedded.extractive import ExtractiveModel
    from workbench.providers.embedded.variant import from_json, shipped_variants

    if model.variant is not None:
        return ExtractiveModel(from_json(json.dumps(model.variant), f"Model {model.name!r}"))
    shipped = shipped_variants()
    if model.name not in shipped:
        raise ModelError(
            f"Model {model.name!r} has no trained selector and none of that name is shipped.",
            hint=f"Shipped: {', '.join(sorted(shipped))}. Or train your own variant.",
            remedy=("tune",),
        )
    return ExtractiveModel(shipped[model.name])


def _open_system(model: SystemModel, trust: Trust) -> ChatModel:
    """Raises CodeNotAllowed, too, for a Python function that the user has not allowed."""
    if model.system.url is not None:
        from workbench.providers.system_http import HttpSystem

        return HttpSystem(model, trust)
    if model.system.openai is not None:
        from workbench.providers.system_chat import ChatSystem

        return ChatSystem(model, trust)
    from workbench.providers.system_python import PythonSystem

    return PythonSystem(model)


def open_embedding_model(model: Model, trust: Trust = ONLY_WELL_KNOWN) -> EmbeddingModel:
    """Raises as `open_chat_model` does."""
    if model.outside is not None:
        from workbench.providers.outside_models import OutsideEmbeddings

        return OutsideEmbeddings(model)
    if model.kind == "sparse_embedding":
        from workbench.providers.sparse_server import SparseServer

        return SparseServer(model, trust)
    if not model.embedded:
        from workbench.providers.openai_embeddings import OpenAIEmbeddings

        return OpenAIEmbeddings(model, trust)
    if model.name != DEFAULT_EMBEDDING:
        raise ModelError(f"There is no embedded encoder {model.name!r}.", hint=f"Use {DEFAULT_EMBEDDING}.")
    from workbench.providers.embedded.embeddings import EmbeddedEmbeddings

    return EmbeddedEmbeddings()


def open_reranker(model: Model, trust: Trust = ONLY_WELL_KNOWN) -> RerankModel:
    """Raises ModelError for a folder that holds no cross-encoder, and as `open_chat_model` does."""
    if model.path is not None:
        from workbench.providers.onnx_reranker import OnnxReranker

        return OnnxReranker(model.path)
    from workbench.providers.rerank_server import RerankServer

    return RerankServer(model, trust)


def check_in_process(model: Model) -> None:
    """Raise ModelError for a model that is to run in this process and cannot; of one that is yet to be
    trained, for its parent."""
    if model.tuned is not None and not model.is_made:
        check_in_process(model.tuned.parent)
    elif model.path is not None:
        from workbench.providers.onnx_reranker import OnnxReranker

        OnnxReranker(model.path).check()
    elif model.embedded:
        (open_chat_model if model.kind == "chat" else open_embedding_model)(model)
