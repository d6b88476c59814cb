"""Names scores and costs as people read them, the same on every page and in every text.
Knows nothing about their values. The table of terms: docs/terms.md."""

from __future__ import annotations

from workbench.parts.registry import score_entry

COST_LABELS = {
    "cost_per_1k_questions": "Cost per 1,000 questions",
    "tokens_per_answer": "Tokens per answer",
    "passage_tokens_per_answer": "Passage tokens per answer",
    "seconds_p50": "Median seconds",
    "seconds_p95": "95th percentile seconds",
}
SERVED_LABELS = {"novelty": "Novelty"}
"""Those of scores that only the answers of a service have."""


def label_of_score(name: str) -> str:
    """Return the label of a score or cost by its name in files: "Recall@k", "Median seconds"."""
    return COST_LABELS.get(name) or SERVED_LABELS.get(name) or score_entry(name).label.replace("_", " ")
