"""Questions of which nobody said whether the documents answer them, from the corpus to the scores.
Knows nothing about how answers are made."""

from __future__ import annotations

import json

from tests.tiny_experiment import Runner, experiment
from workbench.corpus.question_editing import add_questions
from workbench.corpus.questions import read_pasted_questions
from workbench.store.answers import AnswerFilter, find_answers
from workbench.store.questions import get_questions


def test_a_pasted_question_without_an_answer_is_neither_rightly_nor_wrongly_declined(runner: Runner) -> None:
    corpus = runner.settings.corpora / "tiny"
    (corpus / "questions.jsonl").unlink()
    pasted = "\n".join(f"Is there a swimming pool on floor {number}?" for number in range(12))
    pasted += (
        "\nHow much does the tank hold? || two litres || 2 l\nHow long can goods be returned? || 30 days"
    )
    add_questions(corpus, [q for _, q in read_pasted_questions(pasted).questions])
    stored = [json.loads(line) for line in (corpus / "questions.jsonl").read_text().splitlines()]
    assert all(("answerable" in row) == ("answer" in row) for row in stored)

    found = runner.run(experiment(scores=["refusal", "correctness"], retrieval={"top_k": [2]}))
    kept = {q.question.id: q.question for q in get_questions(runner.store, found.id)}
    assert {q.answerable for q in kept.values() if "pool" in q.text} == {None}
    answers = find_answers(runner.store, found.id, AnswerFilter(), limit=None)
    unknown = [a for a in answers if "pool" in a.question.text]
    assert unknown and all(a.question.answerable is None for a in unknown)
    for answer in unknown:
        statuses = {s.name: (s.status, s.value) for s in answer.scores}
        assert statuses == {"refusal": ("not_applicable", None), "correctness": ("not_applicable", None)}
