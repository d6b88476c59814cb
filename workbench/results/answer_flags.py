"""Says what the flags of an answer mean, for pages and the command line.
Knows nothing about what sets them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from workbench.input.conditions import describe_condition

FLAGS = {
    "asked_again_shorter": "The server refused the first prompt as longer than its context: it was asked "
    "again with a shorter one.",
    "turns_dropped": "The prompt exceeded the model's context window: the oldest of the earlier turns were "
    "left out.",
    "passages_dropped": "The prompt exceeded the model's context window: its last passages were left out.",
    "none_above_min_score": "No passage reached the minimum score (min_score): the prompt held none.",
    "usage_estimated": "The server reported no token counts; they are estimated.",
    "usage_disagrees": "The server's count of the prompt's tokens differs from ours by over 20 %: "
    "it may have cut the prompt or added to it.",
    "rerank_unparsed": "The reranking model's reply could not be parsed; the original order was kept.",
    "rerank_partial": "The reranking model ranked only some of the passages; the others follow in their "
    "old order.",
    "rerank_cut": "A passage was too long for the reranking model, which read its beginning.",
    "rerank_fewer": "The reranking model's context had no room for all candidates: the last ones kept "
    "their order.",
    "rerank_changed_text": "The reranker changed the text of passages; they were kept as they are in the "
    "documents.",
    "rerank_failed": "Reranking failed; the original order was kept.",
    "context_failed": "The context of some chunks could not be written; they were searched without it.",
    "examples_dropped": "The model's context had no room for all examples.",
    "filter_empty": "No document meets the filter: the prompt held no passages.",
    "filter_failed": "No condition could be derived from the question: all documents were searched.",
    "query_failed": "The query transform failed; the question itself was searched for, a follow-up question "
    "with what the user said before it.",
    **{
        f"{stage}_{kind}": f"The {whose} model {what}."
        for stage, whose in (("rerank", "reranking"), ("query", "query"))
        for kind, what in (
            ("empty", "gave no answer: it was empty, refused, filtered or all thinking"),
            ("context", "takes no prompt of that length"),
            ("rejected", "rejected the request"),
            ("nonsense", "sent a reply that cannot be read"),
        )
    },
    "cut_at_max_tokens": "The answer was cut off at max_tokens.",
    "repeats_itself": "The answer repeats itself until its end.",
    "template_marks": "Chat-template marks, and what followed them, were removed from the answer: check "
    "the chat template and the stop words of the model's server.",
    "content_filter": "A content filter of its server cut the answer, or left none.",
    "model_refused": "The model refused to answer.",
    "tool_calls": "The model called a tool.",
    "scored_with_thinking": "An earlier version took the thinking for part of the answer, so the scores are "
    "of both together. Clone and run the experiment to score the answer alone; no call is made again.",
    "passages_not_in_documents": "Some of the passages that the system gave are in none of the corpus's "
    "documents; they count as no evidence.",
    "passages_without_text": "Some of the passages that the system gave have no text; they are left out.",
    "passages_cut": "The system gave more passages, or longer ones, than are kept.",
    "no_passages": "The system gave no passages, so its retrieval cannot be scored.",
    "escalated": "The strong end of the route answered.",
    "declined": "The embedded answerer was not sure enough to answer.",
}


def searched_where(condition: str) -> str:
    """Return for example "Searched where region DE." condition: on metadata, as JSON."""
    return f"Searched where {describe_condition(json.loads(condition))}."


def describe_flags(flags: Iterable[str]) -> list[str]:
    """Return one sentence for each flag of an answer. That it declines is said elsewhere."""
    return [FLAGS.get(flag, flag) for flag in flags if flag != "declined"]
