"""Adds the drafts that nobody has reviewed to a corpus's questions, for an experiment that asks them.
Knows nothing about experiments, nor about how drafts are reviewed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from workbench.corpus.corpus import DRAFT_FILE
from workbench.corpus.draft_file import question_row, read_drafts
from workbench.corpus.question_rows import NO_EVIDENCE, RowReader
from workbench.corpus.types import Corpus, Problem


def with_drafts(corpus: Corpus, path: Path) -> Corpus:
    """The corpus with its drafts that wait and passed every check, after its questions.

    Those whose document no longer holds their evidence are left out and said among the problems.

    path: the corpus's folder.
    Raises QuestionError for a file that is damaged.
    """
    reader = RowReader(DRAFT_FILE, corpus.documents)
    ids = {question.id for question in corpus.questions}
    drafts, problems = [], []
    for number, stored in enumerate(read_drafts(path), start=1):
        if stored.review != "waiting" or not stored.draft.passes or stored.draft.id in ids:
            continue
        before = len(reader.problems)
        reader.add_row(number, question_row(stored.draft))
        errors = [p.what for p in reader.problems[before:] if p.severity == "error"]
        if errors:
            what = errors[0].removesuffix(f"; {NO_EVIDENCE}")
            problems.append(Problem(f"{DRAFT_FILE}: {stored.draft.id}", f"{what}; the draft is not asked"))
        else:
            drafts.append(replace(reader.questions[-1], is_draft=True))
    return replace(corpus, questions=(*corpus.questions, *drafts), problems=(*corpus.problems, *problems))
