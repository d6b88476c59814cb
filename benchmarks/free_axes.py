"""What the axes of retrieval that ask no model are worth, at equal tokens given to the model.
Knows nothing about answering.

    python -m benchmarks.free_axes [--quick] [--set NAME ...] [--axis NAME ...] [--cache FOLDER]

For each set of documents and each number of tokens: the recall (share of the evidence's characters in what
the model is given) of the best setting of the axes that were there first (splitter, chunk size, retriever,
MMR), and of the best with one more axis, the others free as before; "all together" has them all.

Each setting is chosen on one half of the questions and measured on the other, both ways round, so that no
question has a part in choosing what it is measured with. All questions about one section are in one half.
The figure is the mean difference, question by question, with its 95 % interval; clusters count as one.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.equal_tokens import EqualTokens, Tried, Values
from benchmarks.figures import DataNotFound, Figure, run_alone, say
from benchmarks.peoples_sets import SEED, SETS, PeoplesSet
from workbench.analysis.confidence_intervals import difference_intervals
from workbench.corpus.types import Document
from workbench.settings import quieten_libraries

AXES = ("returns", "near_duplicates", "fusion", "table headers", "context", "splitter")
WEIGHTS = (0.3, 0.5, 0.7)
"""Of the dense ranking in a weighted fusion."""
BUDGETS = (256, 512, 1024)
QUICK_QUESTIONS = 30
PLAIN_CHUNKS = tuple(("sentence", tokens) for tokens in (64, 128, 256, 512))
MARKUP_CHUNKS = (("markdown", 128), ("markdown", 256))
MARKUP = {"markdown", "html", "docx", "pdf"}
"""The kinds of documents that the markdown splitter cuts in another way."""
RETRIEVERS = ("dense", "keyword", "hybrid")
RETURNS = (
    "window:1", "window:2", "parent:128", "parent:256", "parent:512", "section:1024", "merged(tokens=512)",
)  # fmt: skip
MOST_TOKENS_OF_SMALL = 128
"""Of a chunk around which more is given."""
Half = NDArray[np.bool_]
"""For each question whether it is in the half."""
KEPT = 3
"""Of how many of the best searches of the single axes "all together" takes each returned text."""


@dataclass(frozen=True)
class Axis:
    """Settings among which one is chosen."""

    name: str
    tried: tuple[Tried, ...]


def first_axes(documents: Sequence[Document], headers: bool = False) -> list[Tried]:
    """The settings of the axes that were there first."""
    has_markup = any(document.kind in MARKUP for document in documents)
    return [
        Tried.of(headers, splitter=splitter, chunk_tokens=tokens, retriever=retriever, rerank=rerank)
        for (splitter, tokens), retriever, rerank in product(
            (*PLAIN_CHUNKS, *MARKUP_CHUNKS * has_markup), RETRIEVERS, ("none", "mmr")
        )
        if (retriever, rerank) != ("keyword", "mmr")  # it would embed all chunks for this alone
    ]


def axes_of(documents: Sequence[Document]) -> list[Axis]:
    """The first axes, then each further one beside them, without what cannot differ on these documents."""
    first = first_axes(documents)
    plain = [one for one in first if one.retrieval.rerank == "none"]
    small = [one for one in plain if one.retrieval.chunk_tokens <= MOST_TOKENS_OF_SMALL]
    has_tables = any(document.tables for document in documents)
    has_pages = any(document.page_starts for document in documents)
    splitters = [("recursive", 128), ("semantic", 256), *[("page", 256)] * has_pages]
    more = {
        "returns": [one.but(returns=value) for one in small for value in RETURNS],
        "near_duplicates": [one.but(near_duplicates="drop") for one in plain],
        "fusion": [
            one.but(fusion=f"weighted:{weight}")
            for one in plain
            for weight in WEIGHTS
            if one.retrieval.retriever == "hybrid"
        ],
        "table headers": first_axes(documents, headers=True) if has_tables else [],
        "context": [
            one.but(context=value)
            for one in small
            for value in ("headings", "document")
            if one.retrieval.chunk_tokens == 128
        ],
        "splitter": [
            Tried.of(splitter=splitter, chunk_tokens=tokens, retriever=retriever)
            for (splitter, tokens), retriever in product(splitters, RETRIEVERS)
        ],
    }
    return [Axis("first", tuple(first)), *(Axis(n, (*first, *t)) for n, t in more.items() if t)]


def half_of(one: EqualTokens) -> Half:
    """One half of the questions, by whole clusters."""
    order = np.random.default_rng(SEED).permutation(one.clusters.count)
    sizes = np.bincount(one.clusters.of_question, minlength=one.clusters.count)
    inside = np.cumsum(sizes[order]) <= sizes.sum() / 2
    return np.isin(one.clusters.of_question, order[inside])


@dataclass(frozen=True)
class Picked:
    """What was chosen for one budget, and its recall."""

    chosen: tuple[Tried, Tried]
    """On one half, and on the other."""
    values: NDArray[np.float64]
    """For each question with what was chosen on the other half."""


def best_of(axis: Sequence[Tried], values: dict[Tried, Values], budget: int, half: Half) -> Tried:
    """The best by its mean on one half; of equal ones the first, which has the fewest new parts."""
    return max(axis, key=lambda one: round(float(values[one][half, budget].mean()), 9))


def pick(axes: Sequence[Axis], values: dict[Tried, Values], budget: int, halves: Sequence[Half]) -> Picked:
    """The axis's best on each half, each with its values on the other half.

    axes: the axis twice, or where its settings depend on the half that chooses, one for each half.
    """
    chosen = [best_of(a.tried, values, budget, half) for a, half in zip(axes, halves, strict=True)]
    of_both = np.where(halves[1], values[chosen[0]][:, budget], values[chosen[1]][:, budget])
    return Picked((chosen[0], chosen[1]), of_both)


def together(axes: Sequence[Axis], values: dict[Tried, Values], half: Half) -> Axis:
    """The best few searches of the single axes on this half, each with every returned text."""
    everything = list(dict.fromkeys(one for axis in axes for one in axis.tried))
    best: dict[Tried, None] = {}
    for budget in range(len(BUDGETS)):
        ranked = sorted(everything, key=lambda one: -float(values[one][half, budget].mean()))
        best |= dict.fromkeys(list(dict.fromkeys(one.ranked_as for one in ranked))[:KEPT])
    crossed = [one.but(returns=returns) for one in best for returns in RETURNS]
    return Axis("all together", (*everything, *crossed))


async def measure_set(one: PeoplesSet, folder: Path, names: Sequence[str]) -> list[Figure]:
    measured = EqualTokens(one, folder, BUDGETS)
    half = half_of(measured)
    halves = (half, ~half)
    first, *more = axes_of(one.documents)
    more = [axis for axis in more if axis.name in names]
    values = await measured.measure(first.tried)
    before = [pick((first, first), values, place, halves) for place in range(len(BUDGETS))]
    figures: list[Figure] = []

    async def compare_all(axes: tuple[Axis, Axis]) -> None:
        values.update(await measured.measure([one for axis in axes for one in axis.tried]))
        for place, budget in enumerate(BUDGETS):
            after = pick(axes, values, place, halves)
            name = f"{one.name}, {budget} tokens, {axes[0].name}"
            figures.append(compare(name, before[place], after, measured))

    for axis in more:
        await compare_all((axis, axis))
    if len(more) > 1:
        every = (first, *more)
        await compare_all((together(every, values, halves[0]), together(every, values, halves[1])))
    return figures


def compare(name: str, before: Picked, after: Picked, measured: EqualTokens) -> Figure:
    difference = after.values - before.values
    low = high = 0.0
    if difference.any():
        low, high = difference_intervals(difference[:, None], of_unit=True, clusters=measured.clusters)[
            0
        ] or (float("nan"), float("nan"))
    chosen = [" | ".join(dict.fromkeys(map(str, picked.chosen))) for picked in (before, after)]
    note = f"{before.values.mean():.3f} → {after.values.mean():.3f}; {chosen[0]} → {chosen[1]}"
    figure = Figure(name, float(difference.mean()), low, high, note=note)
    say(f"{name}: {figure.value:+.3f} ({low:+.3f} to {high:+.3f}); {note}")
    return figure


def measure(options: argparse.Namespace) -> list[Figure]:
    quieten_libraries()
    figures = []
    for name in options.set or (["harbor"] if options.quick else list(SETS)):
        try:
            one = SETS[name](options.quick)
        except DataNotFound:
            continue
        if options.quick:
            one = PeoplesSet(one.name, one.documents, one.questions[:QUICK_QUESTIONS])
        with tempfile.TemporaryDirectory() as folder:
            figures += asyncio.run(
                measure_set(one, (options.cache or Path(folder)) / name, options.axis or AXES)
            )
    return figures


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--set", action="append", choices=list(SETS), help="only this set; repeat it")
    parser.add_argument("--axis", action="append", choices=AXES, help="only this axis; repeat it")
    parser.add_argument("--cache", type=Path, help="keep chunks and vectors here for the next time")


if __name__ == "__main__":
    raise SystemExit(run_alone("free_axes", measure, __doc__, add_options))
