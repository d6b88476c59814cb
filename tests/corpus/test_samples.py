"""A sample corpus is changed by nothing here; a copy of it is an ordinary corpus.
Knows nothing about pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tiny_experiment import write_corpus
from workbench.corpus.corpus import (
    add_document_file,
    copy_corpus,
    list_corpora,
    load_corpus,
    remove_document,
    restore_document,
)
from workbench.corpus.question_editing import (
    add_evidence,
    add_questions,
    change_questions,
    delete_questions,
    put_question,
    restore_questions,
)
from workbench.corpus.samples import MARK
from workbench.corpus.types import Question
from workbench.errors import CorpusError

PROJECT = Path(__file__).parent.parent.parent
EVIDENCE = {"document": "water.md", "quote": "two litres"}
WRITES: dict[str, Callable[[Path], object]] = {
    "add a document": lambda path: add_document_file(path, "new.md", b"# New"),
    "remove a document": lambda path: remove_document(path, "water.md"),
    "bring a document back": lambda path: restore_document(path, "water.md"),
    "put a question": lambda path: put_question(path, {"question": "New?"}, []),
    "add questions": lambda path: add_questions(path, [Question("n", "New?")]),
    "change questions": lambda path: change_questions(path, ["q"], add_tag="t"),
    "delete questions": lambda path: delete_questions(path, ["q"]),
    "restore questions": lambda path: restore_questions(path, [{"id": "q", "question": "Old?"}]),
    "add evidence": lambda path: add_evidence(
        path, "q", EVIDENCE, load_corpus(path, path.parent).documents
    ),
}  # fmt: skip


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    write_corpus(tmp_path / "tiny")
    (tmp_path / "tiny" / MARK).write_text("A sample.\n")
    return tmp_path / "tiny"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.mark.parametrize("write", WRITES)
def test_whatever_writes_refuses_a_sample_and_says_what_to_do(sample: Path, write: str) -> None:
    before = contents(sample)
    with pytest.raises(CorpusError, match="is a sample corpus, which is read-only") as refused:
        WRITES[write](sample)
    assert "Make a copy to edit" in str(refused.value.hint) and contents(sample) == before


def test_a_copy_has_all_but_the_mark_and_the_trash(sample: Path) -> None:
    before = contents(sample)
    (sample / ".trash").mkdir()
    (sample / ".trash" / "old.md").write_text("Old.")
    copy = copy_corpus(sample, sample.parent, "mine")
    assert contents(copy) == {name: data for name, data in before.items() if name != MARK}
    assert add_questions(copy, [Question("n", "New?")]) == (1, 0)
    assert [(c.name, c.is_sample) for c in list_corpora(sample.parent)] == [("mine", False), ("tiny", True)]


def test_a_copy_does_not_replace_a_corpus(sample: Path) -> None:
    with pytest.raises(CorpusError, match="already a corpus 'tiny'"):
        copy_corpus(sample, sample.parent, "tiny")
    assert (sample / "questions.jsonl").exists()


def test_the_corpora_that_come_with_the_workbench_are_samples() -> None:
    shipped = {c.name for c in list_corpora(PROJECT / "corpora") if c.is_sample}
    assert shipped == {"first-steps", "harbor-support"}
