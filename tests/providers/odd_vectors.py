"""What embedding servers send that the protocol does not foresee, as a table, with what is right for each.
Knows nothing about the workbench. Most rows stand for a public report about a server."""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import dataclass
from typing import Any

from tests.providers.oddities import DEEP


def vector(n: int, width: int = 3) -> list[float]:
    """A vector that tells which text it is for."""
    return [3.0, 4.0 * n, 0.0, *[0.0] * (width - 3)]


def packed(n: int) -> str:
    return base64.b64encode(struct.pack("<3f", *vector(n))).decode()


@dataclass(frozen=True)
class OddVectors:
    """One odd reply to a request for the vectors of three texts, and what is right for it."""

    name: str
    reply: Any
    """Its JSON, or its text."""
    usable: tuple[bool, ...] = (True, True, True)
    kind: str = ""
    """Of a failure: its kind, and words of its message."""
    says: str = ""
    status: int = 200
    again: bool = False


ROWS = [{"index": n, "embedding": vector(n), "object": "embedding"} for n in range(3)]
VECTORS = [vector(n) for n in range(3)]
NAN = json.dumps({"data": ROWS}).replace("4.0", "NaN")


EMBEDDINGS = [
    OddVectors("as the protocol has it", {"data": ROWS, "usage": {"prompt_tokens": 6}}),
    OddVectors("another order", {"data": ROWS[::-1]}),
    OddVectors("no index", {"data": [{"embedding": v} for v in VECTORS]}),
    OddVectors("the same index for all", {"data": [{"embedding": v, "index": 0} for v in VECTORS]}),
    OddVectors("an index from 1", {"data": [{"embedding": vector(n), "index": n + 1} for n in (2, 0, 1)]}),
    OddVectors("a bare list (TEI)", VECTORS),
    OddVectors("a bare list of objects (llama.cpp)", [{"index": n, "embedding": [vector(n)]} for n in range(3)]),
    OddVectors("base64", {"data": [{"index": n, "embedding": packed(n)} for n in range(3)]}),
    OddVectors("a list around each vector", {"data": [{"embedding": [v]} for v in VECTORS]}),
    OddVectors("a list around all of them", [VECTORS]),
    OddVectors("embeddings (Ollama)", {"model": "m", "embeddings": VECTORS}),
    OddVectors("embeddings by type (Cohere)", {"embeddings": {"float": VECTORS}}),
    OddVectors("values (Google)", {"predictions": [{"embeddings": {"values": v}} for v in VECTORS]}),
    OddVectors("an object of lists", {"data": {"object": ["e"] * 3, "embedding": VECTORS}}),
    OddVectors("an object by number", {"data": {str(n): v for n, v in enumerate(VECTORS)}}),
    OddVectors("values far from 1", {"data": [{"embedding": [v * 1e30 for v in vector(n)]} for n in range(3)]}),
    OddVectors("odd counts of tokens", {"data": ROWS, "usage": {"prompt_tokens": 10**30}}),
    OddVectors("NaN in one vector", NAN, (True, False, True)),
    OddVectors("1e400 in one vector", NAN.replace("NaN", "1e400"), (True, False, True)),
    OddVectors("null for one vector", {"data": [ROWS[0], {"index": 1, "embedding": None}, ROWS[2]]},
        (True, False, True)),
    OddVectors("an empty vector", {"data": [ROWS[0], ROWS[1] | {"embedding": []}, ROWS[2]]}, (True, False, True)),
    OddVectors("a vector of zeros", {"data": [ROWS[0], ROWS[1] | {"embedding": [0, 0, 0]}, ROWS[2]]},
        (True, False, True)),
    OddVectors("texts in one vector", {"data": [ROWS[0], ROWS[1] | {"embedding": ["a", "b", 1]}, ROWS[2]]},
        (True, False, True)),
    OddVectors("NaN everywhere", NAN.replace("3.0", "NaN"), kind="nonsense", says="values that are not numbers"),
    OddVectors("fewer vectors than texts", {"data": ROWS[:2]}, kind="batch", says="2 vectors for 3 texts"),
    OddVectors("more vectors than texts", {"data": ROWS + ROWS}, kind="batch", says="6 vectors for 3 texts"),
    OddVectors("two dimensions", {"data": [*ROWS[:2], {"index": 2, "embedding": vector(2, 5)}]}, kind="nonsense",
        says="of 3 and of 5 dimensions"),
    OddVectors("a vector for each token", {"data": [{"embedding": [v, v]} for v in VECTORS]}, kind="nonsense",
        says="--pooling"),
    OddVectors("no vectors", {"object": "list"}, kind="nonsense", says="without vectors"),
    OddVectors("data: null", {"data": None}, kind="nonsense", says="without vectors"),
    OddVectors("a text", '"vectors"', kind="batch", says="1 vectors for 3 texts"),
    OddVectors("HTML", "<html>", kind="nonsense", says="not JSON", again=True),
    OddVectors("nested deeply", DEEP, kind="nonsense", says="nested too deeply", again=True),
    OddVectors("llama.cpp's limit", {"error": {"code": 500, "message": "input is too large to process. increase the "
        "physical batch size"}}, status=500, kind="batch", says="too large"),
    OddVectors("Ollama's limit", {"error": "input length exceeds maximum context length"}, status=400, kind="batch",
        says="exceeds"),
    OddVectors("TEI's limit", {"error": "batch size 64 > maximum allowed batch size 32", "type": "Validation"},
        status=422, kind="batch", says="batch size"),
    OddVectors("a proxy's limit", "<html>413 Request Entity Too Large</html>", status=413, kind="batch",
        says="Too Large"),
    OddVectors("a fault of the server", {"error": {"message": "CUDA error"}}, status=500, kind="server", says="CUDA",
        again=True),
]  # fmt: skip
