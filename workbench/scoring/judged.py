"""Resolves the judged scores of an experiment: their inputs, their judge, and when no call is needed.
Knows nothing about calling judges: judges/judge_scores.py does that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.errors import ExperimentError
from workbench.parts.part import JudgedMetric, Score
from workbench.parts.registry import get_part
from workbench.parts.scores import RUBRIC
from workbench.scoring.refusal import is_refusal
from workbench.scoring.types import AnswerContext, ScoreValue
from workbench.space.model import Model
from workbench.space.scores import ScoreEntry, asks_judge

# The 1,024 of ragas truncate the verdicts on a long answer.
JUDGE_MAX_TOKENS = 4096
LEAST_MAX_TOKENS = 1024
# Samples of a judge whose replies vary; as in ragas.
SAMPLES = 3


@dataclass(frozen=True)
class JudgedScore:
    """One score of an experiment that asks a model."""

    name: str
    """The score's name, as stored."""
    metric: JudgedMetric
    """The metric that the judge applies; for a ladder, to answers where the free score is unsure."""
    judge: Model
    """The model that is asked, with the user's settings (see as_judge)."""
    rubric: str = ""
    """The user's rubric; empty for the other metrics."""
    bounds: tuple[float, float] | None = None
    """For a ladder, the lowest and the highest value of the free score that is unsure; else None."""


def as_judge(model: Model) -> Model:
    """Return the model with a max_tokens that leaves room for its verdicts.

    The default becomes 4,096, or half of the context window where that is less. Another value is kept.
    """
    if model.max_tokens != Model.model_fields["max_tokens"].default:
        return model
    room = JUDGE_MAX_TOKENS if model.context_window is None else model.context_window // 2
    return model.model_copy(update={"max_tokens": min(JUDGE_MAX_TOKENS, room)})


def find_judged(scores: Iterable[str | ScoreEntry], judge: Model | None) -> tuple[JudgedScore, ...]:
    """Return the judged scores of an experiment, each name once.

    judge: the experiment's judge, for scores that name none.
    Raises ExperimentError when a score has no judge, or its judge cannot judge.
    """
    judged: list[JudgedScore] = []
    for entry in scores:
        if not asks_judge(entry) or entry in [s.name for s in judged]:
            continue
        settings = entry if isinstance(entry, ScoreEntry) else ScoreEntry(name=entry)
        model = settings.judge if isinstance(settings.judge, Model) else judge
        if model is None:
            raise ExperimentError(
                f"scores: {settings.name} asks a model, and the experiment names none.",
                hint="Add `judge:` with a registered chat model's name, or one written inline.",
            )
        if model.embedded:
            raise ExperimentError(
                f"judge: {model.name} cannot judge: it copies sentences and writes nothing.",
                hint="Name a chat model behind an address; `grounding` needs no judge.",
            )
        if settings.bounds is not None:
            ladder = get_part(Score, settings.name).ladder or settings.name
            judged.append(JudgedScore(settings.name, judged_metric(ladder), model, bounds=settings.bounds))
        elif settings.rubric is not None:
            judged.append(JudgedScore(settings.name, RUBRIC, model, rubric=settings.rubric.strip()))
        else:
            judged.append(JudgedScore(settings.name, judged_metric(settings.name), model))
    return tuple(judged)


def judged_metric(name: str) -> JudgedMetric:
    """Return the catalogue's entry of a judged score. Raises ExperimentError when there is none."""
    return get_part(JudgedMetric, name)


def samples_of(score: JudgedScore) -> int:
    """Return how often a metric with samples asks: once at temperature 0, where samples would not differ."""
    return 1 if as_judge(score.judge).temperature == 0 else SAMPLES


def most_calls(score: JudgedScore, passages: int) -> int:
    """Return the maximum number of calls for one answer with so many passages."""
    return samples_of(score) if score.metric.samples else score.metric.calls_for(passages)


def judge_sees(score: JudgedScore) -> tuple[str, ...]:
    """Return which parts of the input its judge is shown: question, answer, passages, reference."""
    return ("question", "answer", "passages") if score.bounds else score.metric.looks_at


def judge_inputs(score: JudgedScore, context: AnswerContext) -> dict[str, object]:
    """Return the parts of the input that the score's value depends on, for its cache key."""
    parts: dict[str, object] = {
        "question": context.conversation,
        "answer": context.answer,
        "passages": context.shown,
        "reference": [*context.references[:1], context.answerable],
    }
    return {name: parts[name] for name in judge_sees(score)}


def score_without_judge(score: JudgedScore, context: AnswerContext) -> ScoreValue | None:
    """Return the score when no call is needed: it does not apply, or its value is certain. Else None."""
    metric, answer = score.metric, context.answer
    if metric.needs and context.answerable is False:
        return _not_applicable(score, "The documents do not answer this question.")
    if metric.needs and not (context.references and context.references[0].strip()):
        return _not_applicable(score, "The question has no reference answer.")
    if "answer" in metric.looks_at:
        if answer is None:
            return _not_applicable(score, "There is no answer: the call failed.")
        if not answer.strip():
            return _not_applicable(score, "The answer is empty.")
        if metric is not RUBRIC and is_refusal(answer):
            return _of_refusal(score, context)
    if "passages" in metric.looks_at and metric is not RUBRIC and not context.passages:
        if not metric.zero_without_passages:
            return _not_applicable(score, "There are no passages.")
        return ScoreValue(score.name, 0.0, reason="There are no passages.")
    return None


def _of_refusal(score: JudgedScore, context: AnswerContext) -> ScoreValue:
    if score.metric.zero_if_declined and context.answerable:
        return ScoreValue(score.name, 0.0, reason="It declined a question that the documents answer.")
    return _not_applicable(score, "It declines: nothing is claimed.")


def _not_applicable(score: JudgedScore, reason: str) -> ScoreValue:
    return ScoreValue(score.name, None, "not_applicable", reason)
