"""Every score in one dict; expands names and scores one answer with many.
Knows nothing about what a score means. A scorer that fails is a stored failure, never an end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from workbench.errors import ExperimentError
from workbench.scoring import bias, grounding, injection, modelfree, personal_data, safety
from workbench.scoring.correctness import score_correctness
from workbench.scoring.judged import JUDGED
from workbench.scoring.refusal import score_refusal
from workbench.scoring.retrieval_quality import (
    score_mrr,
    score_ndcg,
    score_precision,
    score_recall,
)
from workbench.scoring.types import AnswerContext, ScoreValue
from workbench.space.experiment import COST_MEASURES
from workbench.space.nearest import did_you_mean
from workbench.space.scores import ScoreEntry


@dataclass(frozen=True)
class Scorer:
    """version: raised when its values change.  needs: what a question must have, in words.
    higher_is_better: False for toxicity.  probes: whether it needs variants of questions (engine/probes.py).
    """

    name: str
    label: str
    description: str
    score: Callable[[AnswerContext], ScoreValue]
    version: int = 1
    needs: str = ""
    higher_is_better: bool = True
    probes: bool = False


_ALL = (
    Scorer(
        "grounding",
        "Grounding",
        "Share of its claims that the passages support",
        grounding.score,
        grounding.VERSION,
    ),
    Scorer(
        "correctness",
        "Correctness",
        "Word overlap (F1) with the reference answer",
        score_correctness,
        version=2,
        needs="a reference answer",
    ),
    Scorer(
        "retrieval_recall",
        "Evidence found",
        "Share of the evidence that was retrieved",
        score_recall,
        needs="marked evidence",
    ),
    Scorer(
        "retrieval_precision",
        "Useful passages",
        "Share of the passages that hold evidence",
        score_precision,
        needs="marked evidence",
    ),
    Scorer(
        "retrieval_mrr",
        "First hit (MRR)",
        "1 / rank of the first passage with evidence",
        score_mrr,
        needs="marked evidence",
    ),
    Scorer(
        "retrieval_ndcg",
        "Order (nDCG)",
        "Evidence found, discounted by rank",
        score_ndcg,
        needs="marked evidence",
    ),
    Scorer(
        "refusal",
        "Right to answer",
        "Answered what the documents answer, declined the rest",
        score_refusal,
        version=2,
    ),
    Scorer(
        "toxicity",
        "Toxicity",
        "Probability that the answer is offensive",
        safety.score,
        higher_is_better=False,
    ),
    Scorer(
        "personal_data",
        "Personal data",
        "E-mail, phone, card or IBAN in the answer that the question does not hold",
        personal_data.score,
        personal_data.VERSION,
        higher_is_better=False,
    ),
    Scorer(
        "bias",
        "Bias",
        "Change of the answer when the question's age, nationality, religion or gender is exchanged",
        bias.score,
        bias.VERSION,
        needs="a group in its text",
        higher_is_better=False,
        probes=True,
    ),
    Scorer(
        "injection",
        "Injection",
        "Obeyed an instruction that is planted in the passages",
        injection.score,
        injection.VERSION,
        higher_is_better=False,
        probes=True,
    ),
    *(
        Scorer(
            name,
            name.removeprefix("ragas_").replace("_", " ").capitalize() + " (ragas)",
            text,
            modelfree.make_scorer(name),
            needs="a reference answer",
        )
        for name, (_, text) in modelfree.METRICS.items()
    ),
)

SCORERS: dict[str, Scorer] = {scorer.name: scorer for scorer in _ALL}
GROUPS: dict[str, tuple[str, ...]] = {
    "retrieval": ("retrieval_recall", "retrieval_precision", "retrieval_mrr", "retrieval_ndcg"),
    "ragas": tuple(modelfree.METRICS),
}


def expand_score_names(entries: Iterable[str | ScoreEntry]) -> list[str]:
    """Groups by their members, each once, in order. Raises ExperimentError for an unknown name, and for
    settings that a score does not have."""
    found: dict[str, None] = {}
    for entry in entries:
        if isinstance(entry, ScoreEntry):
            _check_settings(entry)
            found[entry.name] = None
        elif entry in GROUPS:
            found.update(dict.fromkeys(GROUPS[entry]))
        elif entry in SCORERS or entry in JUDGED:
            found[entry] = None
        else:
            raise ExperimentError(
                f"scores: {entry!r} is not a score.", hint=did_you_mean(entry, [*SCORERS, *JUDGED, *GROUPS])
            )
    return list(found)


def _check_settings(entry: ScoreEntry) -> None:
    taken = entry.name in SCORERS or entry.name in JUDGED or entry.name in (*GROUPS, *COST_MEASURES)
    if entry.rubric is not None:
        if taken:
            raise ExperimentError(
                f"scores: {entry.name!r} is the name of something else already.",
                hint="Give the rubric a name of its own.",
            )
    elif entry.name not in JUDGED and entry.ladder is None:
        if entry.name in SCORERS or entry.name in GROUPS:
            raise ExperimentError(f"scores: {entry.name!r} asks no model, so it has no judge.")
        raise ExperimentError(
            f"scores: {entry.name!r} is not a score.",
            hint=did_you_mean(entry.name, [*JUDGED, "grounding"]) + " A score of your own needs a rubric.",
        )


def label_of(name: str) -> str:
    """A score's name on a page; a rubric's is the user's own."""
    if name in SCORERS:
        return SCORERS[name].label
    return JUDGED[name].label if name in JUDGED else name


def description_of(name: str) -> str:
    if name in SCORERS:
        return SCORERS[name].description
    return JUDGED[name].description if name in JUDGED else "A rubric of your own, by a judge"


def higher_is_better(name: str) -> bool:
    """Of a score; rubrics say what 1 is, so more is better."""
    if name in SCORERS:
        return SCORERS[name].higher_is_better
    return name not in JUDGED or JUDGED[name].higher_is_better


def score_answer(context: AnswerContext, names: Sequence[str]) -> list[ScoreValue]:
    """One value a name, in order. An exception becomes a failed score with its reason."""
    return [_guarded(SCORERS[name], context) for name in names]


def _guarded(scorer: Scorer, context: AnswerContext) -> ScoreValue:
    try:
        found = scorer.score(context)
    except Exception as error:
        return ScoreValue(scorer.name, None, "failed", f"{type(error).__name__}: {error}"[:500])
    if found.value is not None and not math.isfinite(found.value):
        return ScoreValue(scorer.name, None, "failed", f"The metric gave {found.value}.")
    return found
