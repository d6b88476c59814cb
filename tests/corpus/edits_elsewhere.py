"""The edits that processes of their own make in tests. In a module of its own: they import it, without pytest.
Knows nothing about what becomes of the edits."""

from __future__ import annotations

from pathlib import Path

from workbench.corpus.question_editing import add_questions, change_questions, delete_questions, put_question
from workbench.corpus.types import Question


def put(corpus: Path, process: int, times: int) -> None:
    for number in range(times):
        put_question(
            corpus, {"id": f"{process}-{number}", "question": f"Question {number} of {process}?"}, []
        )


def edit(corpus: Path, process: int) -> None:
    """Add, change and delete, so that all kinds of edits meet."""
    for number in range(10):
        add_questions(corpus, [Question(f"pasted-{process}-{number}", f"Pasted {process} {number}?")])
        put_question(corpus, {"id": f"{process}-{number}", "question": "Kept?"}, [])
        put_question(corpus, {"id": f"gone-{process}-{number}", "question": "Deleted?"}, [])
        change_questions(corpus, [f"{process}-{number}"], add_tag="seen")
        delete_questions(corpus, [f"gone-{process}-{number}"])
