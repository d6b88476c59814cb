"""Tests which questions the embedded answerer is trained on.
Knows nothing about how it is trained."""

from __future__ import annotations

import pytest

from workbench.corpus.types import Corpus, Document, Evidence, Question, part_of_question
from workbench.errors import InputError
from workbench.tuning.fine_tuning import _train_questions

TRAIN_ID = next(f"q{n}" for n in range(100) if part_of_question(f"q{n}", 0) == "train")
QUOTE, WHOLE = Evidence("fees.md", 0, 5), Evidence("fees.md", 0, 20, whole=True)


def corpus(*evidence: Evidence) -> Corpus:
    document = Document("fees.md", "Fees", "Five euros at the desk.", "markdown")
    return Corpus("mine", (document,), (Question(TRAIN_ID, "How much?", evidence=evidence),))


def test_a_quote_teaches_and_a_whole_document_does_not() -> None:
    assert len(_train_questions(corpus(QUOTE))) == 1
    assert len(_train_questions(corpus(QUOTE, WHOLE))) == 1
    with pytest.raises(InputError, match="none of them has a quote"):
        _train_questions(corpus(WHOLE))
