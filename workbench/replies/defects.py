"""Names what can be wrong with a reply's text, whatever it says, and puts counts of it into words.
Knows nothing about where replies are stored or counted."""

from __future__ import annotations

from collections.abc import Mapping

DEFECTS = ("cut_at_max_tokens", "repeats_itself", "template_marks", "empty", "only_thinking")
"""Flags of answers. "only_thinking" is given beside "empty"."""


def describe_defects(
    counts: Mapping[str, int], answers: int, max_tokens: int | None = None, *, noun: str = "answers"
) -> list[str]:
    """One clause for each defect that occurred, as "3 of 40 answers were cut at max_tokens 64".

    counts: flag → how many answers have it.
    answers: how many answers there are.
    max_tokens: the model's limit, if it has one.
    noun: the plural of what is counted.
    """

    def share(count: int) -> str:
        return f"{count:,} of {answers:,} {noun}"

    cut, loops, marks, empty, thinking = (counts.get(name, 0) for name in DEFECTS)
    clauses = []
    if cut:
        limit = f" {max_tokens:,}" if max_tokens else ""
        clauses.append(f"{share(cut)} {_was(cut)} cut at max_tokens{limit}")
    if loops:
        clauses.append(
            f"{share(loops)} {'repeats itself' if loops == 1 else 'repeat themselves'} until the end"
        )
    if marks:
        clauses.append(f"{share(marks)} held marks of a chat template, which were taken out")
    if empty:
        some = "" if thinking == empty else f" in {thinking:,} of them"
        only = f": all was thinking{some}" if thinking else ""
        clauses.append(f"{share(empty)} {_was(empty)} empty{only}")
    return clauses


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
