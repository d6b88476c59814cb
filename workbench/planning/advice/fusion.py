"""Advice on how rankings are combined, and on a second embedding, where the choice makes no difference.
Knows nothing about documents, questions or prices: the experiment alone is enough."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.formatting import listed
from workbench.parts.choice import split_text
from workbench.parts.fusions import DEFAULT_FUSION
from workbench.parts.part import Fusion, Retriever
from workbench.parts.registry import parts_of
from workbench.planning.advice.types import Advice
from workbench.space.experiment import Experiment


def advise_on_fusion(experiment: Experiment) -> Iterator[Advice]:
    """What `fusion` and `second_embedding` say in vain, or twice."""
    axes = experiment.retrieval
    retrievers = axes.choices("retriever", Retriever)
    second = [model for model in axes.second_embedding if model is not None]
    with_second = [c.text for c in retrievers if c.part.second_vectors]
    searched = listed(axes.retriever)
    if second and not with_second:
        names = " or ".join(name for name, part in parts_of(Retriever).items() if part.second_vectors)
        yield Advice(
            "second_embedding",
            f"second_embedding: {searched} search does not use it. Add the retriever {names}, or leave it "
            "out.",
            "idle",
        )
    same = [m.name for m in second if any(m.content == first.content for first in axes.embedding)]
    if same and with_second:
        yield Advice(
            "second_embedding",
            f"second_embedding: {listed(same)} is the embedding, too; the two together count as one. Name "
            "another model.",
            "idle",
        )
    fuses = any(c.part.fuses for c in retrievers) or bool(second and with_second)
    if axes.fusion != [DEFAULT_FUSION] and not fuses:
        names = " or ".join(name for name, part in parts_of(Retriever).items() if part.fuses)
        yield Advice(
            "fusion",
            f"fusion: {searched} search has one ranking, so {listed(axes.fusion)} makes no difference. Add "
            f"the retriever {names}, or leave fusion out.",
            "idle",
        )
    own = [c.text for c in retrievers if c.part.fuses and "k" in split_text(c.text)[1]]
    constants = [c.text for c in axes.choices("fusion", Fusion) if c.name == DEFAULT_FUSION != c.text]
    if own and constants:
        yield Advice(
            "fusion",
            f"fusion: the constant of {listed(constants)} counts, not that of {listed(own)}. Say it in one "
            "of the two places.",
            "idle",
        )
