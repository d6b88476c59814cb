"""Settles where the constant of reciprocal rank fusion is said, which both a retriever and `fusion` can say.
Knows nothing about rankings."""

from __future__ import annotations

from workbench.parts.choice import choose, split_text, write
from workbench.parts.fusions import DEFAULT_FUSION
from workbench.parts.part import Fusion, Retriever
from workbench.parts.retrievers import HybridSettings


def settle_rrf_constant(retriever: str, fusion: str) -> tuple[str, str]:
    """The retriever and the fusion in canonical form, as texts.

    The constant is the retriever's, where it was before there were other fusions, unless `fusion` has one
    that is not the usual one. Other fusions have no such constant, and then the retriever has none.
    """
    fusing = choose(Fusion, fusion)
    if choose(Retriever, retriever).part.settings is not HybridSettings or fusing.text == DEFAULT_FUSION:
        return retriever, fusion
    name, settings = split_text(retriever)
    others = {setting: value for setting, value in settings.items() if setting != "k"}
    if fusing.name != DEFAULT_FUSION:
        return write(Retriever, {name: others}), fusion
    return write(Retriever, {name: others | fusing.arguments}), DEFAULT_FUSION
