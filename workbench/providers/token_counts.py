"""Counts tokens of models that are not embedded, offline: tiktoken with the files llama-index bundles.
Knows nothing about models."""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# Beyond this, counting every character is not worth its time: the rest is in proportion.
LONGEST_COUNTED = 400_000


@lru_cache(maxsize=1)
def _encoding() -> Any:
    spec = find_spec("llama_index.core")
    if spec is not None and spec.origin and "TIKTOKEN_CACHE_DIR" not in os.environ:
        os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(spec.origin).parent / "_static" / "tiktoken_cache")
    import tiktoken

    return tiktoken.get_encoding("cl100k_base")


def count(text: str) -> int:
    part = text[:LONGEST_COUNTED]
    tokens = len(_encoding().encode_ordinary(part))
    return tokens if len(part) == len(text) else int(tokens * len(text) / len(part))
