"""Reads and changes CORPUS/drafts.jsonl: drafts, and whether a person kept or dropped them.
Knows nothing about how drafts are made, and nothing about pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from workbench.corpus.corpus import DRAFT_FILE as FILE
from workbench.corpus.draft_types import OK, Draft, Quote
from workbench.corpus.question_editing import add_questions, delete_questions, find_ids, today
from workbench.corpus.question_rows import NO_EVIDENCE, RowReader
from workbench.corpus.questions import read_question_text, write_lines
from workbench.corpus.samples import require_own
from workbench.corpus.types import Document, Question, Turn
from workbench.errors import QuestionError
from workbench.files.writing import locked
from workbench.formatting import listed
from workbench.input.json_reading import UnusableJson, parse_strict_json
from workbench.nearest import did_you_mean

Review = Literal["waiting", "kept", "dropped", "left out"]
REVIEWS: tuple[Review, ...] = ("waiting", "kept", "dropped", "left out")


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft of the file."""

    draft: Draft
    review: Review = "waiting"
    """What a person decided, or "left out" where a filter failed and nobody decided otherwise. A kept one is
    in the corpus's questions, too."""

    def as_row(self) -> dict[str, Any]:
        """Return it as a line of the file."""
        row = self.draft.as_row()
        return row if self.review == "waiting" else row | {"review": self.review}


def unreviewed(draft: Draft) -> StoredDraft:
    """The draft as nobody has reviewed it: it waits, or is left out where a filter failed."""
    return StoredDraft(draft, "left out" if draft.is_left_out else "waiting")


@dataclass(frozen=True, slots=True)
class DraftFile:
    """What a corpus's drafts.jsonl holds."""

    entries: tuple[StoredDraft | str, ...] = ()
    """Its drafts in order, and in their places the lines that are none, which stay as they are written."""
    errors: tuple[QuestionError, ...] = ()
    """One for each line that is no draft, which it names."""

    @property
    def drafts(self) -> list[StoredDraft]:
        """The drafts, in order."""
        return [entry for entry in self.entries if isinstance(entry, StoredDraft)]


def read_draft_file(corpus: Path) -> DraftFile:
    """Read the drafts of a corpus, of which there are none where there is no file.

    Raises QuestionError for a file that cannot be read at all.
    """
    file = corpus / FILE
    if not file.is_file():
        return DraftFile()
    entries: list[StoredDraft | str] = []
    errors = []
    for number, line in enumerate(read_question_text(file).split("\n"), start=1):
        if not line.strip():
            continue
        stored = _read_line(line)
        entries.append(line if stored is None else stored)
        if stored is None:
            errors.append(_damaged(number))
    return DraftFile(tuple(entries), tuple(errors))


def read_drafts(corpus: Path) -> list[StoredDraft]:
    """The drafts of a corpus, in order; none where there is no file.

    Raises QuestionError, which names the line, for a file that is damaged.
    """
    file = read_draft_file(corpus)
    if file.errors:
        raise file.errors[0]
    return file.drafts


def _damaged(number: int) -> QuestionError:
    return QuestionError(
        f"{FILE}:{number} is not a draft.", hint="Correct or delete this line; the file is left as it is."
    )


@lru_cache(maxsize=4096)  # a review reads the file again for every key that is pressed
def _read_line(line: str) -> StoredDraft | None:
    """The draft of a line; None for a line that is none."""

    def quotes(key: str) -> tuple[Quote, ...]:
        return tuple(Quote(str(item["document"]), str(item["quote"])) for item in row.get(key) or ())

    try:
        row = parse_strict_json(line)
        answers = row.get("answer", ())
        source = row.get("source") or {}
        draft = Draft(
            id=str(row["id"]),
            question=str(row["question"]),
            answers=tuple(map(str, answers)) if isinstance(answers, list | tuple) else (str(answers),),
            quotes=quotes("quotes"),
            evidence=quotes("evidence"),
            answerable=bool(row.get("answerable", True)),
            kind=str(row.get("kind", "")),
            group=None if row.get("group") is None else str(row["group"]),
            source_by=str(source.get("by", "person")),
            source_name=str(source.get("name", "")),
            source_prompt=str(source.get("prompt", "")),
            source_date=str(source.get("date", "")),
            source_edited=str(source.get("edited", "")),
            history=tuple(Turn(turn["role"], str(turn["content"])) for turn in row.get("history") or ()),
            needs_all=len(row.get("evidence") or ()) > 1 and not row.get("any"),
            checks={str(name): str(verdict) for name, verdict in dict(row.get("checks") or {}).items()},
        )
        review = row.get("review", "waiting")
    except (UnusableJson, KeyError, TypeError, AttributeError, ValueError):
        return None
    return StoredDraft(draft, review if review in REVIEWS else "waiting")


def _locked(corpus: Path) -> AbstractContextManager[None]:
    """The lock under which drafts are changed. Raises CorpusError for a sample corpus, which is read-only."""
    require_own(corpus)
    return locked(corpus / FILE, raise_as=QuestionError)


def _write(corpus: Path, entries: Iterable[StoredDraft | str]) -> None:
    def line(entry: StoredDraft | str) -> str:
        return entry if isinstance(entry, str) else json.dumps(entry.as_row(), ensure_ascii=False)

    write_lines(corpus / FILE, [line(entry) for entry in entries])


def _change(
    corpus: Path, ids: Collection[str], change: Callable[[StoredDraft], StoredDraft],
    before_writing: Callable[[list[StoredDraft]], None] = lambda changed: None,
) -> list[StoredDraft]:  # fmt: skip
    """Change drafts, to be called under the lock; return those that were changed, as they were before.

    before_writing: is given them; what it raises leaves the file as it is.
    """
    file = read_draft_file(corpus)
    there = [one.draft.id for one in file.drafts]
    for draft_id in ids:
        if draft_id not in there:
            raise QuestionError(f"There is no draft {draft_id!r}.", hint=did_you_mean(draft_id, there))
    new = [
        change(entry) if isinstance(entry, StoredDraft) and entry.draft.id in ids else entry
        for entry in file.entries
    ]
    changed = [
        old for old, now in zip(file.entries, new, strict=True) if isinstance(old, StoredDraft) and old != now
    ]
    before_writing(changed)
    if changed:
        _write(corpus, new)
    return changed


def add_drafts(corpus: Path, drafts: Sequence[Draft]) -> int:
    """Append the drafts whose ids are in neither file; returns how many of them wait for review.

    A draft that failed a filter is stored as left out.
    """
    with _locked(corpus):
        file = read_draft_file(corpus)
        ids = {one.draft.id for one in file.drafts} | find_ids(corpus)
        new = [unreviewed(draft) for draft in drafts if draft.id not in ids]
        if new:
            _write(corpus, [*file.entries, *new])
    return sum(one.review == "waiting" for one in new)


def keep_drafts(corpus: Path, ids: Collection[str], documents: Iterable[Document]) -> list[str]:
    """Add drafts to the corpus's questions; returns the ids of those that were not kept before.

    Raises QuestionError for an id that is none, and for evidence that its document no longer holds; then
    nothing is kept.
    """
    documents = list(documents)

    def change(chosen: list[StoredDraft]) -> None:
        add_questions(corpus, _as_questions([one.draft for one in chosen], documents), documents)

    return _review(corpus, ids, lambda _: "kept", change)


def drop_drafts(corpus: Path, ids: Collection[str]) -> list[str]:
    """Drop drafts, which are then never drafted again; returns the ids of those that were not dropped before.

    A kept one is taken out of the corpus's questions.
    """
    return _review(corpus, ids, lambda _: "dropped", lambda chosen: _take_out(corpus, chosen))


def undo_review(corpus: Path, ids: Collection[str]) -> list[str]:
    """Have drafts be as before they were kept or dropped: waiting or left out. Returns the ids of those that
    were reviewed."""
    return _review(
        corpus, ids, lambda draft: unreviewed(draft).review, lambda chosen: _take_out(corpus, chosen)
    )


def _take_out(corpus: Path, chosen: Iterable[StoredDraft]) -> None:
    kept = {one.draft.id for one in chosen if one.review == "kept"} & find_ids(corpus)
    if kept:
        delete_questions(corpus, kept)


def _review(
    corpus: Path,
    ids: Collection[str],
    decide: Callable[[Draft], Review],
    change: Callable[[list[StoredDraft]], None],
) -> list[str]:
    with _locked(corpus):
        changed = _change(corpus, ids, lambda one: replace(one, review=decide(one.draft)), change)
    return [one.draft.id for one in changed]


def edit_draft(
    corpus: Path, draft_id: str, *, question: str, answers: Sequence[str],
    quotes: Sequence[Quote] | None = None, evidence: Sequence[Quote] | None = None,
    check: Callable[[Draft], dict[str, str]] | None = None,
) -> StoredDraft:  # fmt: skip
    """Change the words of a draft, and return it. Its source stays, and says when a person changed another's
    question or answer.

    quotes, evidence: the new ones; None leaves them as they are.
    check: the verdicts on the draft as it is now. A draft that was left out waits again if it passes them.

    Raises QuestionError when there is no such draft.
    """
    if not question.strip():
        raise QuestionError("The question is empty.")

    def edited(one: StoredDraft) -> StoredDraft:
        draft = replace(
            one.draft, question=question.strip(), answers=tuple(answers),
            quotes=one.draft.quotes if quotes is None else tuple(quotes),
            evidence=one.draft.evidence if evidence is None else tuple(evidence),
        )  # fmt: skip
        words = (draft.question, draft.answers)
        if draft.source_by != "person" and words != (one.draft.question, one.draft.answers):
            draft = replace(draft, source_edited=today())
        checks = draft.checks | ({"wording": OK} if "wording" in draft.checks else {})
        draft = replace(draft, checks=check(draft) if check else checks)
        waits = one.review == "left out" and not draft.is_left_out
        return replace(one, draft=draft, review="waiting" if waits else one.review)

    with _locked(corpus):
        _change(corpus, [draft_id], edited)
        return next(one for one in read_draft_file(corpus).drafts if one.draft.id == draft_id)


def question_row(draft: Draft) -> dict[str, Any]:
    """A draft as a line of questions.jsonl."""
    row = draft.as_row()
    keys = ("id", "question", "answer", "evidence", "any", "answerable", "tags", "source", "group", "history")
    return {key: row[key] for key in keys if key in row}


def _as_questions(drafts: Iterable[Draft], documents: Sequence[Document]) -> list[Question]:
    """The drafts as questions. Raises QuestionError, which names all that cannot be questions."""
    reader = RowReader(FILE, documents)
    errors = {}
    for draft in drafts:
        before = len(reader.problems)
        reader.add_row(1, question_row(draft))
        found = [problem.what for problem in reader.problems[before:] if problem.severity == "error"]
        if found:
            errors[draft.id] = found[0].removesuffix(f"; {NO_EVIDENCE}")
    if errors:
        raise _not_kept(errors)
    return reader.questions


def _not_kept(errors: dict[str, str]) -> QuestionError:
    (first, why), *others = errors.items()
    message = f"The draft {first!r} cannot be kept: {why}."
    if not others:
        return QuestionError(message, hint="Its document was changed since. Drop it, and draft again.")
    message += f" Nor can {listed([repr(draft_id) for draft_id, _ in others])}; nothing was kept."
    return QuestionError(message, hint=f"Their documents were changed since. Drop them: {' '.join(errors)}")
