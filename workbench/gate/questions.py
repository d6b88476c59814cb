"""Chooses the questions that a gate asks, and the random order in which it asks them.
Knows nothing about who answers them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.corpus.clusters import find_clusters
from workbench.corpus.questions import load_questions
from workbench.corpus.types import Corpus, Question, part_of
from workbench.errors import InputError
from workbench.nearest import did_you_mean
from workbench.space.experiment import DEFAULT_HOLDOUT


@dataclass(frozen=True)
class GateQuestions:
    """What is asked, in its order."""

    units: tuple[tuple[Question, ...], ...]
    """Clusters of questions that count as one, in random order."""
    clusters: dict[str, str]
    """Question id → the name of its cluster; a question without one stands alone."""

    @property
    def all(self) -> list[Question]:
        return [question for unit in self.units for question in unit]

    @property
    def count(self) -> int:
        return sum(len(unit) for unit in self.units)


def choose_gate_questions(
    corpus: Corpus, *, file: Path | None = None, tags: Sequence[str] = (), seed: int = 7
) -> GateQuestions:
    """The search and held-out questions: never those of training, which a model may have learnt.

    file: a question file to ask instead of the corpus's own.
    tags: only questions with one of them; empty for all.

    Raises InputError where no question is left.
    """
    questions = corpus.questions
    if file is not None:
        if not file.is_file():
            raise InputError(f"There is no question file {file}.")
        questions = tuple(load_questions(file, corpus.documents, strict=True)[0])
    where = f"Corpus {corpus.name!r}" if file is None else str(file)
    if not questions:
        raise InputError(
            f"{where} has no questions, so there is nothing that both can be asked.",
            hint="Add some on the Questions page, or name a question file: --questions FILE.",
        )
    known = {tag for question in questions for tag in question.tags}
    for tag in tags:
        if tag not in known:
            raise InputError(f"No question has the tag {tag!r}.", hint=did_you_mean(tag, known))
    tagged = [q for q in questions if not tags or set(tags) & set(q.tags)]
    asked = [q for q in tagged if part_of(q, DEFAULT_HOLDOUT) != "train"]
    if not asked:
        raise InputError(
            f"All {len(tagged)} questions belong to training, so a gate asks none of them.",
            hint="A fixed fifth, by their ids, is kept for training. Add questions.",
        )
    clusters = find_clusters(asked, corpus.documents)
    units: dict[str, list[Question]] = {}
    for question in asked:
        units.setdefault(clusters.get(question.id) or f"alone {question.id}", []).append(question)
    order = list(units.values())
    random.Random(f"gate:{seed}").shuffle(order)
    return GateQuestions(tuple(tuple(unit) for unit in order), clusters)
