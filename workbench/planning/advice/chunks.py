"""Advice on chunk settings that cut the documents alike, and on a top_k that returns all passages.
Knows nothing about questions or models. It cuts documents to find out, within a limit of work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.corpus.types import Document
from workbench.formatting import listed
from workbench.parts.part import Splitter
from workbench.pipeline.chunking import split
from workbench.planning.advice.types import Advice
from workbench.space.retrieval_axes import RetrievalAxes

Setting = tuple[str, int, int]
# Characters that are cut to find out, all settings together: about half a second of one core.
MOST_CHARACTERS = 400_000
LABELS = ("splitter", "chunk_tokens", "chunk_overlap")


class Spent(Exception):
    """The limit of work is reached: what is not known by then is not reported."""


class Cutter:
    """Cuts documents, up to a number of characters in all."""

    def __init__(self, most_characters: int) -> None:
        self._left = most_characters

    def cut(self, document: Document, setting: Setting) -> tuple[tuple[int, int], ...]:
        self._left -= len(document.text)
        if self._left < 0:
            raise Spent
        splitter, size, overlap = setting
        return tuple(split(document, splitter, size, overlap))


def advise_on_chunks(
    axes: RetrievalAxes, documents: Sequence[Document], *, most_characters: int = MOST_CHARACTERS
) -> list[Advice]:
    """Advice on values of splitter, chunk_tokens, chunk_overlap and top_k that make no difference here.

    It cuts the documents, so nothing is said of splitters that encode sentences, which takes too long.
    """
    settings = [
        (choice.text, size, overlap)
        for choice in axes.choices("splitter", Splitter)
        if choice.part.sized and not choice.part.uses_encoder
        for size in axes.chunk_tokens
        for overlap in axes.chunk_overlap
        if overlap < size
    ]
    advice: list[Advice] = []
    for rule in (_alike, _all_there_is):
        try:
            advice += rule(axes, settings, documents, Cutter(most_characters))
        except Spent:
            continue
    return advice


def _alike(
    axes: RetrievalAxes, settings: Sequence[Setting], documents: Sequence[Document], cutter: Cutter
) -> list[Advice]:
    groups = same_cuts(settings, documents, cutter)
    advice = []
    for place, axis in enumerate(LABELS):
        same = _same_values(groups, place)
        if same:
            advice.append(
                Advice(axis, f"{axis}: {listed(same)} cut these documents alike. {KEEP[axis]}", "idle")
            )
        elif axis != "splitter" and len(set(axes.splitter)) > 1:
            advice += _alike_for_one_splitter(groups, place, axis)
    return advice


KEEP = {
    "splitter": "Keep one of them.",
    "chunk_tokens": "Keep one, or take sizes that differ more; a document or section that fits is not cut.",
    "chunk_overlap": "Keep one: what fits into a chunk whole needs no overlap.",
}


def _alike_for_one_splitter(groups: Sequence[Sequence[Setting]], place: int, axis: str) -> Iterator[Advice]:
    for splitter in dict.fromkeys(setting[0] for group in groups for setting in group):
        same = _same_values([[s for s in group if s[0] == splitter] for group in groups], place)
        if same:
            yield Advice(
                axis,
                f"{axis}: with the splitter {splitter}, {listed(same)} cut these documents alike. Keep "
                "one, or "
                "let it vary for the other splitters only (see conditions).",
                "idle",
            )


def _same_values(groups: Sequence[Sequence[Setting]], place: int) -> list[str | int]:
    """The most values of one part of a setting that cut alike in every combination of the others."""
    together: dict[tuple[str | int, ...], set[tuple[str | int, str | int]]] = {}
    for group in groups:
        for setting_a in group:
            for setting_b in group:
                rest = (*setting_a[:place], *setting_a[place + 1 :])
                if rest == (*setting_b[:place], *setting_b[place + 1 :]):
                    together.setdefault(rest, set()).add((setting_a[place], setting_b[place]))
    everywhere = set.intersection(*together.values()) if together else set()
    values = list(dict.fromkeys(setting[place] for group in groups for setting in group))
    best = max(([w for w in values if (v, w) in everywhere] for v in values), key=len, default=[])
    return best if len(best) > 1 else []


def same_cuts(
    settings: Sequence[Setting], documents: Sequence[Document], cutter: Cutter
) -> list[list[Setting]]:
    """Group the settings by how they cut the documents; a setting unlike all others is a group of its own."""
    groups = [list(settings)]
    # Long documents tell settings apart soonest; a group of one is not looked at again.
    for document in sorted(documents, key=lambda d: -len(d.text)):
        if all(len(group) == 1 for group in groups):
            break
        split: list[list[Setting]] = []
        for group in groups:
            if len(group) == 1:
                split.append(group)
                continue
            by_cut: dict[tuple[tuple[int, int], ...], list[Setting]] = {}
            for setting in group:
                by_cut.setdefault(cutter.cut(document, setting), []).append(setting)
            split.extend(by_cut.values())
        groups = split
    return groups


def _all_there_is(
    axes: RetrievalAxes, settings: Sequence[Setting], documents: Sequence[Document], cutter: Cutter
) -> list[Advice]:
    """top_k values that return every passage, however the documents are cut."""
    highest, most = max(axes.top_k), 0
    for setting in settings:
        passages = 0
        for document in documents:
            passages += len(cutter.cut(document, setting))
            if passages > highest:
                return []
        most = max(most, passages)
    over = [k for k in sorted(set(axes.top_k)) if k >= most]
    if not over or not most:
        return []
    do = f"Leave {listed(over[1:])} out." if over[1:] else "Use a smaller one, or smaller chunks."
    return [
        Advice(
            "top_k",
            f"top_k: the documents make {most} passages at most, so {listed(over)} "
            f"hand{'s' * (len(over) == 1)} over all of them and retrieval only orders them. {do}",
            "idle",
        )
    ]
