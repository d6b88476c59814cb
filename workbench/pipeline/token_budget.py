"""Keeps the passages of a prompt within a number of tokens.
Knows nothing about the model's context, which prompt_rendering keeps in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.pipeline.given import Given
from workbench.pipeline.token_offsets import TokenOffsets


def keep_budget(passages: Sequence[Given], tokens: int | None) -> list[Given]:
    """The first passages, as many as have so many tokens together; None for all.

    Of the first one that does not fit, only the chunk that was found is given, where that fits. All others
    are dropped, so that a passage never takes the place of a better one. Where not even the best chunk fits,
    it is cut.
    """
    if tokens is None:
        return list(passages)
    kept: list[Given] = []
    left = tokens
    for given in passages:
        if given.chunk.tokens <= left:
            kept.append(given)
            left -= given.chunk.tokens
            continue
        if given.core.tokens <= left:
            kept.append(replace(given, chunk=given.core))
        break
    return kept or [_cut(given, tokens) for given in passages[:1]]


def _cut(given: Given, tokens: int) -> Given:
    """The beginning of the chunk that was found in a passage."""
    core = given.core
    offsets = TokenOffsets.of(core.text)
    length = offsets.after(0, tokens)
    while length and TokenOffsets.of(core.text[:length]).count(0, length) > tokens:
        length = offsets.ends[max(0, offsets.count(0, length) - 2)]
    text = core.text[:length]
    cut = replace(core, end=core.start + length, text=text, tokens=offsets.count(0, length))
    return replace(given, chunk=cut, core=cut)
