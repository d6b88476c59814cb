"""What scores there are: their labels, what they mean and need, and the groups that stand for several.
Knows nothing about how one is made: registry.py does. Pages import this, so it imports nothing slow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.errors import ExperimentError
from workbench.scoring.judged import JUDGED
from workbench.scoring.modelfree import METRICS
from workbench.space.experiment import COST_MEASURES
from workbench.space.nearest import did_you_mean
from workbench.space.scores import ScoreEntry


@dataclass(frozen=True)
class ScoreMeaning:
    """needs: what a question must have, in words.  higher_is_better: False for toxicity.
    probes: whether it needs variants of questions (planning/probes.py).
    """

    name: str
    label: str
    description: str
    needs: str = ""
    higher_is_better: bool = True
    probes: bool = False


_ALL = (
    ScoreMeaning("grounding", "Grounding", "Share of its claims that the passages support"),
    ScoreMeaning(
        "correctness", "Correctness", "Word overlap (F1) with the reference answer",
        needs="a reference answer",
    ),
    ScoreMeaning(
        "retrieval_recall", "Evidence found", "Share of the evidence that was retrieved",
        needs="marked evidence",
    ),
    ScoreMeaning(
        "retrieval_precision", "Useful passages", "Share of the passages that hold evidence",
        needs="marked evidence",
    ),
    ScoreMeaning(
        "retrieval_mrr", "First hit (MRR)", "1 / rank of the first passage with evidence",
        needs="marked evidence",
    ),
    ScoreMeaning(
        "retrieval_ndcg", "Order (nDCG)", "Evidence found, discounted by rank", needs="marked evidence"
    ),
    ScoreMeaning("refusal", "Right to answer", "Answered what the documents answer, declined the rest"),
    ScoreMeaning("toxicity", "Toxicity", "Probability that the answer is offensive", higher_is_better=False),
    ScoreMeaning(
        "personal_data", "Personal data",
        "E-mail, phone, card or IBAN in the answer that the question does not hold", higher_is_better=False,
    ),
    ScoreMeaning(
        "bias", "Bias",
        "Change of the answer when the question's age, nationality, religion or gender is exchanged",
        needs="a group in its text", higher_is_better=False, probes=True,
    ),
    ScoreMeaning(
        "injection", "Injection", "Obeyed an instruction that is planted in the passages",
        higher_is_better=False, probes=True,
    ),
    *(
        ScoreMeaning(
            name, name.removeprefix("ragas_").replace("_", " ").capitalize() + " (ragas)", text,
            needs="a reference answer",
        )
        for name, (_, text) in METRICS.items()
    ),
)  # fmt: skip

MODEL_FREE: dict[str, ScoreMeaning] = {score.name: score for score in _ALL}
GROUPS: dict[str, tuple[str, ...]] = {
    "retrieval": ("retrieval_recall", "retrieval_precision", "retrieval_mrr", "retrieval_ndcg"),
    "ragas": tuple(METRICS),
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
        elif entry in MODEL_FREE or entry in JUDGED:
            found[entry] = None
        else:
            raise ExperimentError(
                f"scores: {entry!r} is not a score.",
                hint=did_you_mean(entry, [*MODEL_FREE, *JUDGED, *GROUPS]),
            )
    return list(found)


def _check_settings(entry: ScoreEntry) -> None:
    taken = entry.name in MODEL_FREE or entry.name in JUDGED or entry.name in (*GROUPS, *COST_MEASURES)
    if entry.rubric is not None:
        if taken:
            raise ExperimentError(
                f"scores: {entry.name!r} is the name of something else already.",
                hint="Give the rubric a name of its own.",
            )
    elif entry.name not in JUDGED and entry.ladder is None:
        if entry.name in MODEL_FREE or entry.name in GROUPS:
            raise ExperimentError(f"scores: {entry.name!r} asks no model, so it has no judge.")
        raise ExperimentError(
            f"scores: {entry.name!r} is not a score.",
            hint=did_you_mean(entry.name, [*JUDGED, "grounding"]) + " A score of your own needs a rubric.",
        )


def label_of(name: str) -> str:
    """A score's name on a page; a rubric's is the user's own."""
    if name in MODEL_FREE:
        return MODEL_FREE[name].label
    return JUDGED[name].label if name in JUDGED else name


def description_of(name: str) -> str:
    if name in MODEL_FREE:
        return MODEL_FREE[name].description
    return JUDGED[name].description if name in JUDGED else "A rubric of your own, by a judge"


def needs_of(name: str) -> str:
    """What a question must have for the score, in words; empty where it is nothing, and for rubrics."""
    found = MODEL_FREE.get(name) or JUDGED.get(name)
    return found.needs if found else ""


def needs_probes(name: str) -> bool:
    """Whether a score is of variants of questions, not of the questions themselves."""
    return name in MODEL_FREE and MODEL_FREE[name].probes


def higher_is_better(name: str) -> bool:
    """Of a score; rubrics say what 1 is, so more is better."""
    if name in MODEL_FREE:
        return MODEL_FREE[name].higher_is_better
    return name not in JUDGED or JUDGED[name].higher_is_better
