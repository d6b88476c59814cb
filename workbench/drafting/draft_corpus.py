"""Drafts questions for a corpus and stores them in its drafts.jsonl.
Knows nothing about rules, pages and the command line."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from workbench.corpus.corpus import find_corpus, load_corpus
from workbench.corpus.draft_file import add_drafts, read_drafts
from workbench.corpus.draft_types import KINDS
from workbench.corpus.samples import require_own
from workbench.drafting.draft_questions import Tell, draft_questions
from workbench.drafting.types import DraftReport
from workbench.errors import QuestionError
from workbench.nearest import did_you_mean
from workbench.settings import Settings

MOST = 2000
"""The most drafts of one run."""


@dataclass(frozen=True)
class Drafted:
    """The result of drafting for a corpus."""

    corpus: str
    """Its name."""
    report: DraftReport
    added: int
    """How many drafts are new in its file."""

    def to_json(self) -> dict[str, Any]:
        """Return what `questions draft --json` prints."""
        report = self.report
        return {
            "corpus": self.corpus,
            "drafts": report.examined,
            "kept": self.added,
            "dropped": dict(sorted(report.dropped.items(), key=lambda item: -item[1])),
            "documents": {"touched": report.touched, "all": report.documents},
            "spent_usd": 0.0,
            "notes": list(report.notes),
        }


def check_kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    """The kinds, in order. Raises QuestionError, which suggests the nearest, for one that is none."""
    chosen = tuple(kinds)
    for kind in chosen:
        if kind not in KINDS:
            hint = did_you_mean(kind, KINDS) or f"Kinds are {', '.join(KINDS)}."
            raise QuestionError(f"{kind!r} is not a kind of draft.", hint=hint)
    return chosen or KINDS


def draft_corpus(
    settings: Settings,
    name: str,
    count: int,
    *,
    kinds: Collection[str] = KINDS,
    seed: int = 7,
    tell: Tell = lambda done, count: None,
) -> Drafted:
    """Draft up to `count` questions and add them to the corpus's drafts.

    Raises CorpusError for a sample corpus or one without documents, and QuestionError for a wrong count or
    kind.
    """
    if not 1 <= count <= MOST:
        raise QuestionError(f"{count} drafts cannot be made at once; ask for 1 to {MOST:,}.")
    chosen = check_kinds(kinds)
    path = find_corpus(name, settings.corpora)
    require_own(path)
    corpus = load_corpus(name, settings.corpora, cache_dir=settings.cache / "documents")
    taken = [q.text for q in corpus.questions] + [one.draft.question for one in read_drafts(path)]
    report = draft_questions(corpus.documents, count, kinds=chosen, seed=seed, taken=taken, tell=tell)
    return Drafted(corpus.name, report, add_drafts(path, report.drafts))


def describe(drafted: Drafted) -> str:
    """The result in words, for people."""
    report = drafted.report
    lines = [
        f"{drafted.added} drafts for {drafted.corpus}, from {report.touched} of {report.documents} "
        "documents.",
        *report.notes,
        *(f"Left out: {n} × {reason}." for reason, n in sorted(report.dropped.items(), key=lambda i: -i[1])),
    ]
    return "\n".join(lines)
