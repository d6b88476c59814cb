"""Tells who made a question, in words and as something to filter by.
Knows nothing about experiments, files or how questions are drafted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, get_args

from workbench.corpus.types import QuestionSource

Source = Literal["person", "drafted", "rule", "model", "import"]
"""Whose questions: people's, drafted ones (by rules or models), those of rules or models alone, imported."""
SOURCES: tuple[Source, ...] = get_args(Source)
LABELS: dict[Source, str] = {
    "person": "people's", "drafted": "drafted", "rule": "drafted by rules", "model": "drafted by models",
    "import": "imported",
}  # fmt: skip
_DRAFTED = ("rule", "model")


def maker_of(source: QuestionSource | None) -> str:
    """Who made a question: "rule", "model", "import", or "person", which also stands where nobody said it."""
    return source.by if source is not None and source.by in (*_DRAFTED, "import") else "person"


def is_from(source: QuestionSource | None, wanted: Source) -> bool:
    """Whether a question with this source is one of those."""
    maker = maker_of(source)
    return maker in _DRAFTED if wanted == "drafted" else maker == wanted


def count_sources(sources: Iterable[QuestionSource | None]) -> dict[Source, int]:
    """How many questions there are from each source that can be chosen; empty where all have the same maker.

    Rules and models are there one by one only where both drafted questions.
    """
    makers = Counter(map(maker_of, sources))
    if len(makers) < 2:
        return {}
    counts = Counter[Source](
        {"person": makers["person"], "drafted": makers["rule"] + makers["model"], "import": makers["import"]}
    )
    if makers["rule"] and makers["model"]:
        counts.update({"rule": makers["rule"], "model": makers["model"]})
    return {source: counts[source] for source in SOURCES if counts[source]}


def source_in_words(source: QuestionSource | None) -> str:
    """Who made a question, with which prompts and when, such as "drafted by a rule (table), 2026-11-29";
    "" where nobody said it."""
    if source is None:
        return ""
    made = {
        "rule": "drafted by a rule", "model": "drafted by", "import": "imported", "person": "by a person",
    }.get(source.by, source.by)  # fmt: skip
    if source.name:
        made += f" {source.name}" if source.by == "model" else f" ({source.name})"
    elif source.by == "model":
        made += " a model"
    made += f" (prompts {source.prompt})" if source.prompt else ""
    made += f", {source.date}" if source.date else ""
    return f"{made}, edited {source.edited}" if source.edited else made


def drafts_in_words(drafts: int, questions: int) -> str:
    """That questions are drafts which nobody has reviewed; "" where none is."""
    if not drafts:
        return ""
    if drafts == questions > 1:
        return f"All {questions:,} questions are drafts that nobody has reviewed."
    which = "is a draft" if drafts == 1 else "are drafts"
    return f"{drafts:,} of {questions:,} questions {which} that nobody has reviewed."
