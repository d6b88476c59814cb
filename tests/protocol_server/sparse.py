"""Requests for sparse embeddings, as text-embeddings-inference 1.9 takes them, and the replies.
Knows nothing about HTTP."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.protocol_server.limits import words

if TYPE_CHECKING:
    from tests.protocol_server.server import ProtocolServer

PATH = "/embed_sparse"
VOCABULARY = 30_522
NO_SPLADE = "Model is not an embedding model with SPLADE pooling"


def weights(text: str) -> dict[int, float]:
    """Index → weight of the words of a text; none for a text without words."""
    counts = Counter(zlib.crc32(word.encode()) % VOCABULARY for word in words(text))
    return {index: round(math.log1p(count), 6) for index, count in sorted(counts.items())}


def sparse_reply(server: ProtocolServer, body: dict[str, Any]) -> tuple[int, Any]:
    """(status, reply)."""
    if server.sparse == "another model":
        return _error(424, NO_SPLADE, "Backend")
    texts = body.get("inputs")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return _error(422, "Failed to deserialize the JSON body into the target type", "Validation")
    if not texts:
        return _error(400, "`inputs` cannot be empty", "Empty")
    if any(not text for text in texts):
        return _error(422, "`inputs` cannot be empty", "Validation")
    if server.most_texts is not None and len(texts) > server.most_texts:
        most = server.most_texts
        return _error(422, f"batch size {len(texts)} > maximum allowed batch size {most}", "Validation")
    longest = max(len(words(text)) for text in texts)
    if server.context_tokens is not None and longest > server.context_tokens and not body.get("truncate"):
        limit = server.context_tokens
        return _error(422, f"`inputs` must have less than {limit} tokens. Given: {longest}", "Validation")
    return 200, [[{"index": i, "value": w} for i, w in weights(text).items()] for text in texts]


def _error(status: int, message: str, kind: str) -> tuple[int, Any]:
    return status, {"error": message, "error_type": kind}
