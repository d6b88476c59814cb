"""Names what can be wrong with a reply's text, whatever it says, and puts counts of it into words.
Knows nothing about where replies are stored or counted."""

from __future__ import annotations

from collections.abc import Mapping

DEFECTS = (
    "cut_at_max_tokens", "repeats_itself", "template_marks", "empty", "only_thinking",
    "rerank_failed", "rerank_unparsed", "rerank_partial", "rerank_cut", "query_failed", "filter_failed",
    "context_failed",
)  # fmt: skip
"""Flags of answers. "only_thinking" is given beside "empty". The last seven are those of a reranking model,
of the model of a query transform or a filter, and of a context model."""

_HELPING = (
    "reranking failed, so the old order stayed",
    "the reranking model's reply named no order, so the old one stayed",
    "the reranking model ranked only some of the passages",
    "the reranking model read only the beginning of a passage",
    "the query transform failed, so the question was searched for as it is or with the turn before",
    "no condition could be derived, so all documents were searched",
    "some chunks were searched without their context, which could not be written",
)


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

    cut, loops, marks, empty, thinking, *helping = (counts.get(name, 0) for name in DEFECTS)
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
    return clauses + [
        f"for {share(count)} {what}" for count, what in zip(helping, _HELPING, strict=True) if count
    ]


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
