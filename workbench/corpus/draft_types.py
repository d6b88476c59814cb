"""Defines drafts as frozen data: questions made from documents that nobody has accepted yet.
Knows nothing about how they are made and where they are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workbench.corpus.conversation import turns_to_json
from workbench.corpus.questions import source_to_json
from workbench.corpus.types import AskedQuestion, QuestionSource, Turn

SEARCH_WORDS = "search words"
UNANSWERABLE = "unanswerable"
FOLLOW_UP = "follow-up"
RULE_KINDS = ("question", "definition", "number", "price", "date", "name", "situational", "table", "fact",
              "list", "heading", SEARCH_WORDS, UNANSWERABLE)  # fmt: skip
"""The kinds that rules draft, most specific first: where a section has several, its first draft is of the
first."""
QUESTION_KINDS = tuple(kind for kind in RULE_KINDS if kind != SEARCH_WORDS)
"""The kinds that rules draft unless told otherwise: search words are right less often, and fill a count."""
MODEL_KINDS = ("direct", SEARCH_WORDS, "situational", "numeric", "two documents", "comparison",
               "false premise", UNANSWERABLE, FOLLOW_UP)  # fmt: skip
"""The kinds that a chat model drafts."""
KINDS = (*RULE_KINDS, *(kind for kind in MODEL_KINDS if kind not in RULE_KINDS))
"""All kinds of drafts."""
ASKED = "asked"
"""The kind of a question that a person asked and had kept for review."""
SERVED = "served"
"""The kind, and so the tag, of a question that people asked a service."""

MOST_DRAFTS = 2000
"""The most drafts of one run."""
MOST_WORDINGS = 10
"""The most wordings of one fact."""

OK = "ok"
QUOTE_NOT_FOUND = "the quote is not found in the document"
ADVICE = frozenset(("wording", "personal data"))
"""Names of checks that ask a person to look. Any other check that fails leaves a draft out of what waits."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a document, as they stand there."""

    document: str
    """The document's name."""
    text: str

    def as_row(self) -> dict[str, str]:
        """Return it as a piece of evidence in questions.jsonl."""
        return {"document": self.document, "quote": self.text}


@dataclass(frozen=True, slots=True)
class Draft:
    """A question made from documents that nobody has accepted yet."""

    id: str
    question: str
    answers: tuple[str, ...]
    """Reference answers; empty for an unanswerable question."""
    quotes: tuple[Quote, ...]
    """The words that hold the answer; of an unanswerable question those that it was changed from."""
    evidence: tuple[Quote, ...]
    """The sections or paragraphs around the quotes; empty for an unanswerable one."""
    answerable: bool
    kind: str
    """One of KINDS, ASKED or SERVED."""
    group: str | None = None
    """Questions of one group are wordings of one fact; None for a question on its own."""
    source_by: str = "rule"
    """Who made it: "rule", "model", "person" or "import"."""
    source_name: str = ""
    """The rule's name, or the name by which a server knows the model."""
    source_prompt: str = ""
    """The version of the prompts that a model drafted it with; empty for any other source."""
    source_date: str = ""
    """The day on which it was made, as YYYY-MM-DD; empty when it is not known."""
    source_edited: str = ""
    """The day on which a person last changed its words, as YYYY-MM-DD; empty when nobody did."""
    history: tuple[Turn, ...] = ()
    """The earlier turns of the conversation, oldest first, in which it is a follow-up question."""
    needs_all: bool = False
    """Whether all pieces of the evidence are needed; otherwise any one of them is enough."""
    checks: dict[str, str] = field(default_factory=dict)
    """Name of a check → OK, or the reason why it failed."""

    @property
    def source(self) -> QuestionSource:
        """Who made it, as the question has it that it becomes."""
        return QuestionSource(
            self.source_by, self.source_name, self.source_prompt, self.source_date, self.source_edited
        )

    @property
    def asked(self) -> AskedQuestion:
        """The question with the turns before it."""
        return AskedQuestion(self.question, self.history)

    @property
    def passes(self) -> bool:
        """Whether every check passed."""
        return not self.failed_checks

    @property
    def is_left_out(self) -> bool:
        """Whether a filter failed, so that the draft is shown under those that were left out."""
        return any(name not in ADVICE for name in self.failed_checks)

    @property
    def left_out_for(self) -> str:
        """The first reason why a filter leaves it out, without its details; empty where none does."""
        reasons = (verdict for name, verdict in self.failed_checks.items() if name not in ADVICE)
        return next(reasons, "").split(":")[0]

    @property
    def failed_checks(self) -> dict[str, str]:
        """Name of a check → the reason why it failed."""
        return {name: verdict for name, verdict in self.checks.items() if verdict != OK}

    def as_row(self) -> dict[str, Any]:
        """Return it as a line of drafts.jsonl."""
        row: dict[str, Any] = {"id": self.id, "question": self.question}
        if self.answers:
            row["answer"] = self.answers[0] if len(self.answers) == 1 else list(self.answers)
        if self.evidence:
            row["evidence"] = [quote.as_row() for quote in self.evidence]
        if len(self.evidence) > 1 and not self.needs_all:
            row["any"] = True
        if self.history:
            row["history"] = turns_to_json(self.history)
        return row | {
            "answerable": self.answerable,
            "tags": [self.kind],
            "kind": self.kind,
            "group": self.group,
            "source": source_to_json(self.source),
            "checks": dict(self.checks),
            "quotes": [quote.as_row() for quote in self.quotes],
        }
