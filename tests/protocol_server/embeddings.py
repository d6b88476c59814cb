"""Requests for vectors: how strictly they are checked, and the replies.
Knows nothing about HTTP."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import TYPE_CHECKING, Any

from tests.protocol_server.limits import Invalid, check_model, words

if TYPE_CHECKING:
    from tests.protocol_server.server import ProtocolServer

DIMENSIONS = 48


def embed(text: str) -> list[float]:
    """A direction made of the text's words: texts that share words are near."""
    vector = [0.0] * DIMENSIONS
    for word in words(text) or ["nothing"]:
        digest = hashlib.sha256(word.encode()).digest()
        vector[digest[0] % DIMENSIONS] += 1.0 if digest[1] % 2 else -1.0
    return vector if any(vector) else [1.0] * DIMENSIONS


def check_embeddings(server: ProtocolServer, body: dict[str, Any]) -> None:
    unknown = set(body) - {"model", "input", "encoding_format", "dimensions", "user"}
    if unknown:
        raise Invalid(f"Unrecognized request argument supplied: {', '.join(sorted(unknown))}")
    check_model(server, body)
    given = body.get("input")
    if not isinstance(given, list) or not given or not all(isinstance(t, str) and t for t in given):
        raise Invalid("'input' must be a non-empty list of non-empty strings")
    if server.most_texts is not None and len(given) > server.most_texts:
        raise Invalid(f"batch size {len(given)} > maximum allowed batch size {server.most_texts}", 422)


def embedding_reply(body: dict[str, Any], dimensions: int | None = None) -> dict[str, Any]:
    def encoded(vector: list[float]) -> Any:
        if body.get("encoding_format") == "base64":
            return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
        return vector

    tokens = sum(len(words(t)) for t in body["input"])
    return {
        "object": "list",
        "model": body["model"],
        "data": [
            {"object": "embedding", "index": i, "embedding": encoded(embed(text)[:dimensions])}
            for i, text in enumerate(body["input"])
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
