"""Counts tokens of models that are not embedded, offline: tiktoken with a vocabulary of our own.
Knows nothing about models."""

from __future__ import annotations

from base64 import b64decode
from functools import lru_cache
from pathlib import Path
from typing import Any

# OpenAI's cl100k_base, as tiktoken would download it.
VOCABULARY = Path(__file__).with_name("vocabularies") / "cl100k_base.tiktoken"
PATTERN = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|"""
    r"""\s*[\r\n]|\s+(?!\S)|\s"""
)
# Beyond this, counting every character is not worth its time: the rest is in proportion.
LONGEST_COUNTED = 400_000
CHARACTERS_PER_TOKEN = 4
"""Of English, about: for estimates that need no count."""


@lru_cache(maxsize=1)
def _encoding() -> Any:
    import tiktoken

    lines = (line.split() for line in VOCABULARY.read_bytes().splitlines())
    ranks = {b64decode(token): int(rank) for token, rank in lines}
    return tiktoken.Encoding("cl100k_base", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})


def count(text: str) -> int:
    part = text[:LONGEST_COUNTED]
    tokens = len(_encoding().encode_ordinary(part))
    return tokens if len(part) == len(text) else int(tokens * len(text) / len(part))
