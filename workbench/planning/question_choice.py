"""Chooses the questions that an experiment asks, and advises on how many there are in each part.
Knows nothing about configurations."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.corpus.clusters import find_clusters
from workbench.corpus.question_sources import drafts_in_words
from workbench.corpus.types import Document, Question, part_of
from workbench.errors import ExperimentError
from workbench.formatting import counted
from workbench.nearest import did_you_mean
from workbench.planning.advice import Advice
from workbench.space.experiment import (
    Experiment,
)
from workbench.store.records import ExperimentQuestion

MANY_QUESTIONS = 40
ENOUGH_HELD_OUT = 20


def choose_questions(
    questions: Sequence[Question], documents: Sequence[Document], experiment: Experiment
) -> tuple[list[ExperimentQuestion], list[Advice]]:
    """The search and held-out questions after tags and limit, with their clusters, and advice about them.

    The limit counts questions and may cut a group: what is left of it stays one cluster in one part.

    Raises ExperimentError when no question is left to search on.
    """
    if not questions:
        raise ExperimentError(
            f"Corpus {experiment.corpus!r} has no questions.",
            hint="Add some on the Questions page, or write questions.jsonl next to its documents/ folder."
            + ("" if experiment.questions.drafts else " `questions: {drafts: true}` asks drafts, too."),
            about="corpus",
        )
    tags = set(experiment.questions.tags)
    corpus_tags = {tag for q in questions for tag in q.tags}
    for tag in experiment.questions.tags:
        if tag not in corpus_tags:
            raise ExperimentError(
                f"No question has the tag {tag!r}.", hint=did_you_mean(tag, corpus_tags), about="questions"
            )
    tagged = [q for q in questions if not tags or tags & set(q.tags)]
    parts = [(q, part_of(q, experiment.holdout)) for q in tagged]
    usable = [(q, part) for q, part in parts if part != "train"][: experiment.questions.limit]
    clusters = find_clusters([q for q, _ in usable], documents)
    chosen = [ExperimentQuestion(q, part, i, clusters.get(q.id, "")) for i, (q, part) in enumerate(usable)]
    held_out = sum(q.part == "holdout" for q in chosen)
    if held_out == len(chosen):
        raise ExperimentError(
            f"Of {len(tagged)} questions, none is in the search part "
            f"({len(tagged) - len(usable)} belong to training, {held_out} are held out).",
            hint="Add questions, raise questions.limit, or lower holdout.",
            about="questions",
        )
    drafts = sum(q.question.is_draft for q in chosen)
    return chosen, advise_on_parts(experiment, [part for _, part in parts], len(chosen), held_out, drafts)


def advise_on_parts(
    experiment: Experiment, parts: Sequence[str], asked: int, held_out: int, drafts: int
) -> list[Advice]:
    advice = []
    if drafts:
        text = f"{drafts_in_words(drafts, asked - held_out)} Drafts are never held out."
        advice.append(Advice("questions", text))
    elif experiment.questions.drafts:
        text = "questions: drafts is true, but no draft waits for review and passed every check."
        advice.append(Advice("questions", text, "idle"))
    training = parts.count("train")
    if asked < MANY_QUESTIONS and training:
        text = (
            f"{training} of {len(parts)} questions belong to training (a fixed fifth, by their ids): "
            "experiments do not ask them."
        )
        advice.append(Advice("questions", text))
    if 0 < held_out < ENOUGH_HELD_OUT:
        are = "is" if held_out == 1 else "are"
        text = f"Only {counted(held_out, 'question')} {are} held out, too few to confirm anything."
        advice.append(Advice("holdout", text))
    if experiment.holdout == 0:
        text = "No questions are held out: the winner's figures are the ones that selected it."
        advice.append(Advice("holdout", text))
    return advice
