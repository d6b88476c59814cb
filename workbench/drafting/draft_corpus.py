"""Drafts questions for a corpus by rules, stores them in its drafts.jsonl, and says what became of drafting.
Knows nothing about rules, models, pages and the command line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from workbench.corpus.conversation import as_line
from workbench.corpus.corpus import find_corpus, load_corpus
from workbench.corpus.draft_file import add_drafts, read_drafts
from workbench.corpus.draft_types import (
    KINDS,
    MODEL_KINDS,
    MOST_DRAFTS,
    MOST_WORDINGS,
    QUESTION_KINDS,
    RULE_KINDS,
)
from workbench.corpus.question_editing import today
from workbench.corpus.samples import require_own
from workbench.drafting.coverage import (
    DocumentDrafts,
    compare_coverage,
    count_drafts,
    coverage_lines,
    uncovered_note,
)
from workbench.drafting.draft_questions import IsStopped, Tell, draft_questions
from workbench.drafting.types import DraftReport
from workbench.errors import QuestionError
from workbench.files.writing import locked
from workbench.formatting import counted, dollars
from workbench.nearest import did_you_mean
from workbench.settings import Settings

ALL = "all"
"""Stands for all kinds."""

DraftingState = Literal["done", "stopped", "stopped: budget", "paused"]


@dataclass(frozen=True)
class Drafted:
    """The result of drafting for a corpus."""

    corpus: str
    """Its name."""
    report: DraftReport
    added: int
    """How many drafts are new in its file and wait for review."""
    coverage: tuple[DocumentDrafts, ...]
    """The drafts of each document, before and after."""
    spent_usd: float = 0.0
    """What the calls of this run cost; calls that were stored cost nothing again."""
    state: DraftingState = "done"
    """Whether it ended by itself, or why before."""
    message: str = ""
    """Why it ended before, in words; empty when it is done."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know."""
        uncovered = uncovered_note(self.coverage)
        notes = (self.message, *self.report.notes, uncovered or "")
        return tuple(note for note in notes if note)

    def to_json(self) -> dict[str, Any]:
        """Return what `questions draft --json` prints."""
        report = self.report
        return {
            "corpus": self.corpus,
            "state": self.state,
            "drafts": report.examined,
            "kept": self.added,
            "dropped": dict(sorted(report.dropped.items(), key=lambda item: -item[1])),
            "documents": {"touched": report.touched, "all": report.documents},
            "coverage": [row.to_json() for row in self.coverage],
            "spent_usd": self.spent_usd,
            "notes": list(self.notes),
        }


def check_count(count: int) -> None:
    """Raise QuestionError for a number of drafts that cannot be made at once."""
    if not 1 <= count <= MOST_DRAFTS:
        raise QuestionError(f"{count} drafts cannot be made at once; ask for 1 to {MOST_DRAFTS:,}.")


def check_wordings(wordings: int) -> None:
    """Raise QuestionError for a number of wordings of one fact that cannot be made."""
    if not 1 <= wordings <= MOST_WORDINGS:
        raise QuestionError(f"{wordings} wordings of each fact: give 1 to {MOST_WORDINGS}.")


def check_kinds(kinds: Iterable[str], *, with_model: bool = False) -> tuple[str, ...]:
    """The kinds, in order, with "-" and "_" for spaces understood, and "all" for all of them.

    with_model: whether a model drafts them. Raises QuestionError, which suggests the nearest, for one that is
    none, and for one that only the other way of drafting makes.
    """
    allowed = MODEL_KINDS if with_model else RULE_KINDS
    chosen: list[str] = []
    for name in kinds:
        if _plain(name) == ALL:
            chosen += allowed
            continue
        kind = next((k for k in KINDS if _plain(k) == _plain(name)), name)
        if kind not in KINDS:
            hint = did_you_mean(kind, allowed) or f"Kinds are {', '.join(allowed)}."
            raise QuestionError(f"{kind!r} is not a kind of draft.", hint=hint)
        if kind not in allowed:
            way = "rules draft it, without a model" if with_model else "it needs a chat model"
            hint = f"{'With' if with_model else 'Without'} a model, kinds are {', '.join(allowed)}."
            raise QuestionError(f"{kind!r} cannot be drafted like this: {way}.", hint=hint)
        chosen.append(kind)
    return tuple(chosen)


def _plain(kind: str) -> str:
    return kind.strip().lower().replace("-", " ").replace("_", " ")


@contextmanager
def drafting_alone(corpus: Path) -> Iterator[None]:
    """Hold the corpus's lock for drafting. Raises QuestionError at once where another run holds it, and
    CorpusError for a sample corpus, which is read-only."""
    require_own(corpus)
    busy = f"Questions are being drafted for {corpus.name} already."
    with locked(corpus / "drafting", raise_as=QuestionError, seconds=0, busy=busy):
        yield


def draft_corpus(
    settings: Settings,
    name: str,
    count: int,
    *,
    kinds: Collection[str] = (),
    seed: int = 7,
    wordings: int = 1,
    tell: Tell = lambda done, count: None,
    is_stopped: IsStopped = lambda: False,
) -> Drafted:
    """Draft up to `count` questions by rules and add them to the corpus's drafts.

    kinds: of RULE_KINDS; none for QUESTION_KINDS.
    wordings: how many wordings each fact gets at most, the first included; all of them count.

    Raises CorpusError for a sample corpus or one without documents, and QuestionError for a wrong count, kind
    or number of wordings, and while another run drafts.
    """
    check_count(count)
    check_wordings(wordings)
    chosen = check_kinds(kinds) or QUESTION_KINDS
    path = find_corpus(name, settings.corpora)
    with drafting_alone(path):
        corpus = load_corpus(name, settings.corpora, cache_dir=settings.cache / "documents")
        stored = read_drafts(path)
        asked = [question.asked for question in corpus.questions] + [one.draft.asked for one in stored]
        taken = list(map(as_line, asked))
        report = draft_questions(
            corpus.documents, count, kinds=chosen, seed=seed, taken=taken, wordings=wordings, tell=tell,
            is_stopped=is_stopped,
        )  # fmt: skip
        dated = [replace(draft, source_date=today()) for draft in (*report.drafts, *report.left_out)]
        added = add_drafts(path, dated)
        coverage = compare_coverage(corpus.documents, count_drafts(stored), count_drafts(read_drafts(path)))
    if is_stopped() and len(report.drafts) < count:
        return Drafted(corpus.name, report, added, coverage, state="stopped", message="Stopped by you.")
    return Drafted(corpus.name, report, added, coverage)


def describe(drafted: Drafted) -> str:
    """The result in words, for people."""
    report = drafted.report
    spent = f" {dollars(drafted.spent_usd)} spent." if drafted.spent_usd else ""
    lines = [
        f"{counted(drafted.added, 'draft')} for {drafted.corpus}, from {report.touched} of "
        f"{counted(report.documents, 'document')}.{spent}",
        *drafted.notes,
        *(f"Left out: {n} × {reason}." for reason, n in sorted(report.dropped.items(), key=lambda i: -i[1])),
        *coverage_lines(drafted.coverage),
    ]
    return "\n".join(lines)
