"""The scores that ask a model: which there are, what each looks at, and what an experiment asks for.
Knows nothing about asking: judges/judge_scores.py does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from workbench.errors import ExperimentError
from workbench.scoring.refusal import is_refusal
from workbench.scoring.types import AnswerContext, ScoreValue
from workbench.space.model import Model
from workbench.space.scores import LADDER_SCORE, ScoreEntry, asks_judge

# ragas's own 1,024 cuts the verdicts on a long answer.
JUDGE_MAX_TOKENS = 4096
LEAST_MAX_TOKENS = 1024
# Questions that answer_relevancy asks for where a judge does not repeat itself; as in ragas.
RELEVANCY_SAMPLES = 3


@dataclass(frozen=True)
class JudgedMetric:
    """looks_at: all that its value depends on.  calls: how many it makes at most for so many passages,
    replies that cannot be read not counted.  version: raised when our part of it changes."""

    name: str
    label: str
    description: str
    looks_at: tuple[str, ...]
    calls: Callable[[int], int]
    needs: str = ""
    higher_is_better: bool = True
    version: int = 1


_ALL = (
    JudgedMetric(
        "faithfulness", "Faithfulness", "Share of its statements that the passages entail, by a judge",
        ("question", "answer", "passages"), lambda passages: 2,
    ),
    JudgedMetric(
        "answer_relevancy", "Relevancy", "Whether the answer answers this question, by a judge",
        ("question", "answer"), lambda passages: RELEVANCY_SAMPLES,
    ),
    JudgedMetric(
        "context_precision", "Context precision", "Whether useful passages come first, by a judge",
        ("question", "passages", "reference"), lambda passages: passages, needs="a reference answer",
    ),
    JudgedMetric(
        "context_recall", "Context recall", "Share of the reference that the passages hold, by a judge",
        ("question", "passages", "reference"), lambda passages: 1, needs="a reference answer",
    ),
    JudgedMetric(
        "factual_correctness", "Factual correctness", "Claims shared with the reference (F1), by a judge",
        ("answer", "reference"), lambda passages: 4, needs="a reference answer",
    ),
    JudgedMetric(
        "noise_sensitivity", "Noise sensitivity", "Share of claims wrongly drawn from passages, by a judge",
        ("question", "answer", "passages", "reference"), lambda passages: 2 * passages + 3,
        needs="a reference answer", higher_is_better=False,
    ),
)  # fmt: skip
JUDGED: dict[str, JudgedMetric] = {metric.name: metric for metric in _ALL}
RUBRIC = JudgedMetric(
    "rubric", "Rubric", "A rubric of your own, by a judge",
    ("question", "answer", "passages", "reference"), lambda passages: 1,
)  # fmt: skip


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
            found.append(JudgedScore(LADDER_SCORE, JUDGED["faithfulness"], asked, bounds=own.bounds))
        elif own.rubric is not None:
            found.append(JudgedScore(own.name, RUBRIC, asked, rubric=own.rubric.strip()))
        else:
            found.append(JudgedScore(own.name, JUDGED[own.name], asked))
    return tuple(found)


def samples_of(score: JudgedScore) -> int:
    """How often answer_relevancy asks for a question: once where the judge repeats itself anyway."""
    return 1 if as_judge(score.judge).temperature == 0 else RELEVANCY_SAMPLES


def most_calls(score: JudgedScore, passages: int) -> int:
    """The most calls one answer takes."""
    return samples_of(score) if score.metric.name == "answer_relevancy" else score.metric.calls(passages)


def looked_at(score: JudgedScore, context: AnswerContext) -> dict[str, object]:
    """All that the score's value depends on, of an answer."""
    parts: dict[str, object] = {
        "question": context.question,
        "answer": context.answer,
        "passages": [p.text for p in context.passages],
        "reference": [*context.references[:1], context.answerable],
    }
    wanted = ("question", "answer", "passages") if score.bounds else score.metric.looks_at
    return {name: parts[name] for name in wanted}


def settle_without_asking(score: JudgedScore, context: AnswerContext) -> ScoreValue | None:
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
        if metric.name == "noise_sensitivity":
            return _none(score, "There are no passages.")
        return ScoreValue(score.name, 0.0, reason="There are no passages.")
    return None


def _of_refusal(score: JudgedScore, context: AnswerContext) -> ScoreValue:
    if score.metric.name in ("answer_relevancy", "factual_correctness") and context.answerable:
        return ScoreValue(score.name, 0.0, reason="It declined a question that the documents answer.")
    return _none(score, "It declines: nothing is claimed.")


def _none(score: JudgedScore, reason: str) -> ScoreValue:
    return ScoreValue(score.name, None, "not_applicable", reason)
