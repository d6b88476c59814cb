"""Advice on models whose stored replies were cut, empty or otherwise unfit for an answer.
Knows nothing about how replies are counted: planning/plan.py passes in the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from workbench.planning.advice.types import Advice
from workbench.replies.defects import DEFECTS, describe_defects
from workbench.space.model import Model

# Below this share it is chance, not a setting.
LEAST_SHARE = 0.02


@dataclass(frozen=True)
class PastReplies:
    """The stored replies of one model, with its present settings."""

    model: Model
    replies: int
    """How many there are."""
    defects: Mapping[str, int]
    """Flag (`replies/defects.py`) → how many of them have it."""


def advise_on_replies(past: Iterable[PastReplies]) -> list[Advice]:
    return [advice for replies in past if (advice := _advise(replies)) is not None]


def advise_on_rankings(flags: Collection[Sequence[str]]) -> list[Advice]:
    """flags: of each stored ranking that this experiment would use."""
    counts = Counter(flag for ranking in flags for flag in ranking if flag in DEFECTS)
    frequent = {flag: n for flag, n in counts.items() if n >= LEAST_SHARE * len(flags)}
    by_axis: dict[str, dict[str, int]] = {"rerank": {}, "query": {}, "context": {}}
    for flag, n in frequent.items():
        by_axis[flag.partition("_")[0]][flag] = n
    return [
        Advice(axis, f"{axis}: {'; '.join(clauses)}.")
        for axis, found in by_axis.items()
        if (clauses := describe_defects(found, len(flags), noun="stored rankings"))
    ]


def _advise(past: PastReplies) -> Advice | None:
    frequent = {flag: n for flag, n in past.defects.items() if n >= LEAST_SHARE * past.replies}
    clauses = describe_defects(frequent, past.replies, past.model.max_tokens, noun="stored replies")
    if not clauses:
        return None
    return Advice("models", f"models: {past.model.name}: {'; '.join(clauses)}.{_remedy(frequent)}")


def _remedy(defects: Mapping[str, int]) -> str:
    """What to change about it, for each kind of defect."""
    remedies = []
    if "cut_at_max_tokens" in defects:
        remedies.append(" Raise max_tokens.")
    if "repeats_itself" in defects:
        remedies.append(" A frequency_penalty (extra_body) or a higher temperature may end loops.")
    if "template_marks" in defects:
        remedies.append(" Check the chat template and the stop words of its server.")
    return "".join(remedies)
