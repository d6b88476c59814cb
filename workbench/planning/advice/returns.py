"""Advice on what the prompt gets of a ranking: values of returns and others that make no difference.
Knows nothing about questions or models. It cuts documents to find out, within a limit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from workbench.corpus.types import Document
from workbench.formatting import listed
from workbench.parts.choice import Choice, split_text
from workbench.parts.part import Reranker, Retriever, Returns, Splitter
from workbench.planning.advice.chunks import MOST_CHARACTERS, Cutter, Setting, Spent
from workbench.planning.advice.types import Advice
from workbench.space.experiment import Experiment
from workbench.space.retrieval_axes import RetrievalAxes

# The highest score of reciprocal rank fusion: three rankings have a chunk first, with the usual constant.
MOST_OF_RRF = 3 / 61


def advise_on_selection(experiment: Experiment) -> list[Advice]:
    """Advice that takes no documents."""
    return [
        a
        for rule in (_small_parents, _unreachable_scores, _near_duplicates, _budget)
        for a in rule(experiment)
    ]


def _small_parents(experiment: Experiment) -> Iterator[Advice]:
    axes = experiment.retrieval
    for choice in axes.choices("returns", Returns):
        tokens = choice.part.parent_tokens(choice.settings)
        sizes = [size for size in axes.chunk_tokens if 0 < tokens <= size]
        if sizes:
            yield Advice(
                "returns",
                f"returns: {choice.text} has no effect with chunks of {listed(sizes)} tokens: its parents of "
                f"{tokens} are not larger than a chunk, so the chunk is given. Use larger parents or smaller "
                "chunks.",
                "idle",
            )


def _unreachable_scores(experiment: Experiment) -> Iterator[Advice]:
    axes = experiment.retrieval
    high = [least for least in axes.min_score if least is not None and least > MOST_OF_RRF]
    fusing = [c.text for c in axes.choices("retriever", Retriever) if c.part.fuses]
    plain = any(c.part.function is None for c in axes.choices("rerank", Reranker))
    if high and fusing and plain and any(split_text(fusion)[0] == "rrf" for fusion in axes.fusion):
        yield Advice(
            "min_score",
            f"min_score: the scores of {listed(fusing)} are sums of reciprocal ranks, below 0.05, so with "
            f"{listed(high)} no passage is given. Use a far smaller one, or a retriever or reranker with its "
            "own scores.",
        )


def _near_duplicates(experiment: Experiment) -> Iterator[Advice]:
    axes = experiment.retrieval
    if "drop" in axes.near_duplicates and set(axes.top_k) == {1}:
        yield Advice(
            "near_duplicates",
            "near_duplicates: with top_k 1 there is one passage, which is never dropped. Raise top_k, or "
            "leave near_duplicates out.",
            "idle",
        )


def _budget(experiment: Experiment) -> Iterator[Advice]:
    axes = experiment.retrieval
    budgets = [tokens for tokens in axes.passage_tokens if tokens is not None]
    small = [tokens for tokens in budgets if tokens < min(axes.chunk_tokens)]
    if small:
        yield Advice(
            "passage_tokens",
            f"passage_tokens: {listed(small)} tokens are too few for a chunk of {min(axes.chunk_tokens)}: "
            "if the best one is longer, only its beginning is given. Raise it, or use smaller chunks.",
        )


def advise_on_returns(
    axes: RetrievalAxes, documents: Sequence[Document], *, most_characters: int = MOST_CHARACTERS
) -> list[Advice]:
    """Advice on values of returns that give whole documents: larger ones give the same."""
    cutter = Cutter(most_characters)
    try:
        whole = [c.text for c in axes.choices("returns", Returns) if _gives_whole(c, axes, documents, cutter)]
    except Spent:
        return []
    if not whole:
        return []
    alike = f" They are alike; keep {whole[0]}." if len(whole) > 1 else ""
    gives = "give" if len(whole) > 1 else "gives"
    return [
        Advice(
            "returns",
            f"returns: {listed(whole)} {gives} whole documents, because none is longer.{alike}",
            "idle" if alike else "care",
        )
    ]


def _gives_whole(
    choice: Choice[Returns], axes: RetrievalAxes, documents: Sequence[Document], cutter: Cutter
) -> bool:
    """Whether each chunk's document is given with it, however the documents are cut into chunks."""
    splitters = axes.choices("splitter", Splitter)
    if not all(c.part.sized and not c.part.uses_encoder for c in splitters):
        return False  # nothing to find out, or it takes too long
    window = getattr(choice.settings, "chunks", None) if choice.name == "window" else None
    parents = choice.part.parent_tokens(choice.settings) if choice.name == "parent" else 0
    if window is not None:
        sizes = [(size, lap) for size in axes.chunk_tokens for lap in axes.chunk_overlap if lap < size]
        cuts: list[Setting] = [(splitter.text, *size) for splitter in splitters for size in sizes]
        return _at_most(window + 1, cuts, documents, cutter.cut)
    return parents > 0 and _at_most(1, [(c.text, parents, 0) for c in splitters], documents, cutter.cut)


def _at_most(
    pieces: int,
    cuts: Sequence[Setting],
    documents: Sequence[Document],
    cut: Callable[[Document, Setting], Sequence[tuple[int, int]]],
) -> bool:
    longest_first = sorted(documents, key=lambda document: -len(document.text))
    return all(len(cut(document, setting)) <= pieces for document in longest_first for setting in cuts)
