"""Says how far an experiment is in the reader's units: answers, documents, searches, time.
Knows nothing about where the numbers come from."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.formatting import counted, duration

_STEPS = ((60, 5), (600, 60), (3600, 300), (7200, 600))
"""(an estimate below so many seconds, is rounded to so many)."""
StageCounts = Mapping[str, Mapping[str, int]]


def of_expected(done: int, expected: int | None, *, at_most: bool = False) -> str:
    """ "179 of 240", "179 of at most 240"; "179" when nothing is left or the end is not known."""
    if expected is None or expected <= done:
        return f"{done:,}"
    return f"{done:,} of {'at most ' if at_most else ''}{expected:,}"


def roughly(seconds: float) -> str:
    """A time that is estimated, without the precision that an estimate does not have: "4 min"."""
    if seconds < 10:
        return f"{max(1, round(seconds))} s"
    step = next((step for limit, step in _STEPS if seconds < limit), 1800)
    return duration(max(step, round(seconds / step) * step))


def about(seconds: float) -> str:
    """ "about 4 min"."""
    return f"about {roughly(seconds)}"


def stage_lines(stages: StageCounts, documents: int | None) -> list[str]:
    """What was done before the answers, a phrase for each stage that had something to do.

    documents: the number of documents of the corpus; None for a run that did not store it.
    """
    lines = []
    chunk = stages.get("chunk", {})
    split, to_split = chunk.get("done", 0), chunk.get("total", 0)
    if documents and split < to_split:
        lines.append(f"{of_expected(split, to_split)} documents split")
    elif documents and split:
        ways = split // documents
        lines.append(f"{counted(documents, 'document')} split{f', {ways} ways' if ways > 1 else ''}")
    for name, noun, done in (
        ("context", "chunk context", "made"),
        ("embed", "text", "embedded"),
        ("retrieve", "search", "done"),
        ("rerank", "ranking", "reranked"),
    ):
        stage = stages.get(name)
        if stage and stage["total"]:
            lines.append(_stage_line(stage, noun, done))
    return lines


def _stage_line(stage: Mapping[str, int], noun: str, done: str) -> str:
    plural = "searches" if noun == "search" else f"{noun}s"
    line = f"{of_expected(stage['done'], stage['total'])} {noun if stage['total'] == 1 else plural} {done}"
    beside = [f"{stage[what]:,} {what}" for what in ("reused", "failed") if stage.get(what)]
    return f"{line} ({', '.join(beside)})" if beside else line
