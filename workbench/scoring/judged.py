"""The scores of an experiment that ask a model: what each looks at, whom it asks, and when it need not.
Knows nothing about asking: judges/judge_scores.py does."""

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

# ragas's own 1,024 cuts the verdicts on a long answer.
JUDGE_MAX_TOKENS = 4096
LEAST_MAX_TOKENS = 1024
# Samples where a judge does not repeat itself; as in ragas.
SAMPLES = 3


@dataclass(frozen=True)
class JudgedScore:
    """One score of an experiment that asks a model.

    name: as stored.  metric: how it is made; a ladder's is faithfulness.  bounds: of a ladder, where the
    free score is unsure.  rubric: the user's words, else empty.
    """

    name: str
    metric: JudgedMetric
    judge: Model
    rubric: str = ""
    bounds: tuple[float, float] | None = None


def as_judge(model: Model) -> Model:
    """The model with room for its verdicts: where max_tokens is left at its default, at least 4,096, or half
    of a smaller context. One that the user chose is kept."""
    if model.max_tokens != Model.model_fields["max_tokens"].default:
        return model
    room = JUDGE_MAX_TOKENS if model.context_window is None else model.context_window // 2
    return model.model_copy(update={"max_tokens": min(JUDGE_MAX_TOKENS, room)})


def find_judged(scores: Iterable[str | ScoreEntry], judge: Model | None) -> tuple[JudgedScore, ...]:
    """What of an experiment's scores asks a model. Raises ExperimentError where there is no model to ask,
    or one that cannot judge."""
    found: list[JudgedScore] = []
    for entry in scores:
        if not asks_judge(entry) or entry in [s.name for s in found]:
            continue
        own = entry if isinstance(entry, ScoreEntry) else ScoreEntry(name=entry)
        asked = own.judge if isinstance(own.judge, Model) else judge
        if asked is None:
            raise ExperimentError(
                f"scores: {own.name} asks a model, and the experiment names none.",
                hint="Add `judge:` with a registered chat model's name, or one written inline.",
            )
        if asked.embedded:
            raise ExperimentError(
                f"judge: {asked.name} cannot judge: it copies sentences and writes nothing.",
                hint="Name a chat model behind an address; `grounding` needs no judge.",
            )
        if own.bounds is not None:
            ladder = get_part(Score, own.name).ladder or own.name
            found.append(JudgedScore(own.name, judged_metric(ladder), asked, bounds=own.bounds))
        elif own.rubric is not None:
            found.append(JudgedScore(own.name, RUBRIC, asked, rubric=own.rubric.strip()))
        else:
            found.append(JudgedScore(own.name, judged_metric(own.name), asked))
    return tuple(found)


def judged_metric(name: str) -> JudgedMetric:
    """The entry of a score that asks a model. Raises ExperimentError where it asks none."""
    return get_part(JudgedMetric, name)


def samples_of(score: JudgedScore) -> int:
    """How often a metric that takes samples asks: once where the judge repeats itself anyway."""
    return 1 if as_judge(score.judge).temperature == 0 else SAMPLES


def most_calls(score: JudgedScore, passages: int) -> int:
    """The most calls one answer takes."""
    return samples_of(score) if score.metric.samples else score.metric.calls_for(passages)


def judge_inputs(score: JudgedScore, context: AnswerContext) -> dict[str, object]:
    """All that the score's value depends on, of an answer."""
    parts: dict[str, object] = {
        "question": context.question,
        "answer": context.answer,
        "passages": [p.text for p in context.passages],
        "reference": [*context.references[:1], context.answerable],
    }
    wanted = ("question", "answer", "passages") if score.bounds else score.metric.looks_at
    return {name: parts[name] for name in wanted}


def score_without_judge(score: JudgedScore, context: AnswerContext) -> ScoreValue | None:
    """The score where no model is needed for it: nothing to judge, or a value that follows by itself."""
    metric, answer = score.metric, context.answer
    if metric.needs and not context.answerable:
        return _none(score, "The documents do not answer this question.")
    if metric.needs and not (context.references and context.references[0].strip()):
        return _none(score, "The question has no reference answer.")
    if "answer" in metric.looks_at:
        if answer is None:
            return _none(score, "There is no answer: the call failed.")
        if not answer.strip():
            return _none(score, "The answer is empty.")
        if metric is not RUBRIC and is_refusal(answer):
            return _of_refusal(score, context)
    if "passages" in metric.looks_at and metric is not RUBRIC and not context.passages:
        if not metric.zero_without_passages:
            return _none(score, "There are no passages.")
        return ScoreValue(score.name, 0.0, reason="There are no passages.")
    return None


def _of_refusal(score: JudgedScore, context: AnswerContext) -> ScoreValue:
    if score.metric.zero_if_declined and context.answerable:
        return ScoreValue(score.name, 0.0, reason="It declined a question that the documents answer.")
    return _none(score, "It declines: nothing is claimed.")


def _none(score: JudgedScore, reason: str) -> ScoreValue:
    return ScoreValue(score.name, None, "not_applicable", reason)
