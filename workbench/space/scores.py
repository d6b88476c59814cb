"""Defines a score as an experiment file names it: a name, or a mapping with settings.
Knows nothing about how scores are computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from workbench.errors import ExperimentError
from workbench.input.checked_model import CheckedModel
from workbench.nearest import did_you_mean
from workbench.parts import scores as parts_scores
from workbench.parts.choice import choose, split_text, write
from workbench.parts.part import JudgedMetric, Score
from workbench.parts.registry import (
    find_part,
    free_scores,
    is_import_path,
    parts_of,
    score_entry,
    score_groups,
)
from workbench.space.model import Model
from workbench.space.prompt import Name

PASSAGE_TOKENS = "passage_tokens_per_answer"
"""How many tokens of passages the prompt held, as a cost."""
COST_MEASURES = (
    "cost_per_1k_questions", "tokens_per_answer", PASSAGE_TOKENS, "seconds_p50", "seconds_p95",
)  # fmt: skip
"""The costs that an objective may name beside scores."""
LIKED = parts_scores.LIKED.name
"""The share of answers that people would like: estimated from ratings, and named by objectives alone."""
BESIDE_SCORES = (LIKED, *COST_MEASURES)
"""What an objective may name beside the scores of its experiment. None of it is an entry of `scores`."""


def more_is_better(measure: str) -> bool:
    """Return whether more of a score or a cost is better."""
    return measure not in COST_MEASURES and score_entry(measure).higher_is_better


DEFAULT_ESCALATION = (0.3, 0.7)
"""The range of the free score in which a ladder asks its judge."""


class ScoreEntry(CheckedModel):
    """A score with settings. A setting that is None has its default."""

    name: Name
    rubric: str | None = None
    """What 1 and 0 mean, in the user's words; the score then has a name of the user's own."""
    ladder: list[Literal["embedded", "model"]] | None = None
    """Compute the free score first and ask the model only where the free one is unsure."""
    escalate_between: list[float] | None = None
    """[low, high]: the range of the free score, both ends included, in which the model is asked."""
    judge: str | Model | None = None
    """The model that judges; None means the experiment's judge."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.rubric is not None and not self.rubric.strip():
            raise PydanticCustomError("score", "rubric is empty: say in your words what 1 and 0 mean")
        if self.ladder is None:
            if self.escalate_between is not None:
                raise PydanticCustomError("score", "escalate_between needs ladder: [embedded, model]")
            return self
        if not has_ladder(self.name) or self.rubric is not None:
            names = ", ".join(name for name in parts_of(Score) if has_ladder(name))
            raise PydanticCustomError("score", "ladder is a setting of {names} alone", {"names": names})
        if self.ladder != ["embedded", "model"]:
            raise PydanticCustomError("score", "ladder must be [embedded, model]: the free one goes first")
        if self.escalate_between is not None:
            bounds = self.escalate_between
            if len(bounds) != 2 or not 0 <= bounds[0] < bounds[1] <= 1:
                raise PydanticCustomError(
                    "score", "escalate_between must be two rising numbers from 0 to 1, such as [0.3, 0.7]"
                )
        return self

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The range of the free score in which the ladder asks the model; None without a ladder."""
        if self.ladder is None:
            return None
        low, high = self.escalate_between or DEFAULT_ESCALATION
        return low, high


def spell_out(entry: Any) -> Any:
    """Normalise one entry of `scores`.

    `{grounding: {ladder: …}}` becomes `{name: grounding, ladder: …}`. A part with settings becomes its text.
    """
    if not isinstance(entry, dict) or "name" in entry or len(entry) != 1:
        return entry
    name, settings = next(iter(entry.items()))
    if settings is None:
        return name
    if is_import_path(str(name)) or _has_settings(str(name)):
        return write(Score, entry)
    if isinstance(settings, dict) and name not in ScoreEntry.model_fields:
        return {"name": name, **settings}
    return entry


def _has_settings(name: str) -> bool:
    return name in parts_of(Score) and bool(parts_of(Score)[name].settings.model_fields)


def check_once(entries: Sequence[str | ScoreEntry]) -> None:
    """Check that a score with settings is named once: two would be stored under one name.

    Raises PydanticCustomError.
    """
    names = [e if isinstance(e, str) else e.name for e in entries]
    for entry in entries:
        if isinstance(entry, ScoreEntry) and names.count(entry.name) > 1:
            raise PydanticCustomError("score", "{name} is named twice", {"name": repr(entry.name)})


def has_ladder(name: str) -> bool:
    """Whether a score can pass on to a judged one where it is unsure."""
    score = find_part(Score, name)
    return score is not None and score.ladder is not None


def asks_judge(entry: str | ScoreEntry) -> bool:
    """Whether a score asks a model."""
    if isinstance(entry, ScoreEntry) and (entry.rubric is not None or entry.ladder is not None):
        return True
    name = entry if isinstance(entry, str) else entry.name
    return isinstance(find_part(Score, split_text(name)[0]), JudgedMetric)


def judged_names(entries: Sequence[str | ScoreEntry]) -> dict[str, bool]:
    """Score name → whether it is a ladder, for each score that asks a model."""
    asking = [e for e in entries if asks_judge(e)]
    return {
        (e if isinstance(e, str) else e.name): not isinstance(e, str) and e.bounds is not None for e in asking
    }


def expand_score_names(entries: Iterable[str | ScoreEntry]) -> list[str]:
    """The names of all scores, each once and in order, with groups replaced by their members.

    Raises ExperimentError for an unknown name and for settings that a score does not have.
    """
    names: dict[str, None] = {}
    groups = score_groups()
    for entry in entries:
        if (entry.name if isinstance(entry, ScoreEntry) else entry) == LIKED:
            raise ExperimentError(
                f"scores: {LIKED!r} is no score: it is estimated from people's ratings, for any scores.",
                hint=f"Leave it out here, and name it in `objective: {{maximize: {LIKED}}}`.",
            )
        if isinstance(entry, ScoreEntry):
            _check_settings(entry)
            names[entry.name] = None
        elif entry in groups:
            names.update(dict.fromkeys(groups[entry]))
        else:
            try:
                names[choose(Score, entry).text] = None
            except ExperimentError as error:
                hint = (
                    error.hint if is_import_path(entry) else did_you_mean(entry, [*parts_of(Score), *groups])
                )
                raise ExperimentError(f"scores: {error.message}", hint=hint) from None
    return list(names)


def _check_settings(entry: ScoreEntry) -> None:
    free, judged, groups = free_scores(), parts_of(JudgedMetric), score_groups()
    if entry.rubric is not None:
        if entry.name in (*free, *judged, *groups, *COST_MEASURES):
            raise ExperimentError(
                f"scores: {entry.name!r} is the name of something else already.",
                hint="Give the rubric its own name.",
            )
    elif entry.name not in judged and entry.ladder is None:
        if entry.name in free or entry.name in groups:
            raise ExperimentError(f"scores: {entry.name!r} asks no model, so it has no judge.")
        raise ExperimentError(
            f"scores: {entry.name!r} is not a score.",
            hint=did_you_mean(entry.name, [*judged, *filter(has_ladder, free)])
            + " A score of your own needs a rubric.",
        )
