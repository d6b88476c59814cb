"""Works out what an import will add to a corpus: which questions with which evidence, and which documents.
Knows nothing about files: it reads a source that was read, and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.corpus.question_rows import (
    LEFT_OUT,
    RowReader,
    make_question_id,
    turns_of_row,
    what_is_asked,
)
from workbench.corpus.quote_index import QuoteIndex
from workbench.corpus.types import Document, Evidence, Question, QuestionSource
from workbench.errors import QuestionError
from workbench.importing.columns import apply_map
from workbench.importing.documents import DocumentNames, NewDocuments, name_documents
from workbench.importing.formats import FORMATS, recognise
from workbench.importing.rows import ReadRow, read_row
from workbench.importing.types import AUTO, Field, Format, RowProblem, Source, columns_of
from workbench.nearest import did_you_mean

MOST_ALTERNATIVES = 20
"""The most documents in which a context may stand; in more it tells nothing about where the answer is."""


@dataclass(frozen=True)
class Existing:
    """What a corpus has before an import."""

    name: str
    documents: tuple[Document, ...] = ()
    questions: Mapping[str, Mapping[str, Any]] | None = None
    """Id → row of each question; None for a corpus that does not exist yet."""


@dataclass(frozen=True)
class Prepared:
    """What an import will add to a corpus."""

    corpus: str
    """The corpus's name."""
    file: str
    """The source's name."""
    format: Format
    why: str
    """Why the source has this format; empty when somebody said it."""
    columns: dict[str, Field | None]
    """What each column means; None for one that is not used."""
    examples: dict[str, Any]
    """The first value of each column."""
    rows: int
    """How many rows with a question or without one the source has."""
    questions: tuple[tuple[int, Question], ...]
    """(row, question) of each new question."""
    already: int
    """How many questions the corpus has already, by id and text."""
    duplicates: int
    """How many rows say what a row before them says."""
    documents: NewDocuments
    without_evidence: int
    """How many of the new questions have no evidence, though the documents may answer them."""
    problems: tuple[RowProblem, ...]
    """What could not be used, or was changed, by row; what concerns no row comes first."""


def choose_format(source: Source, name: str = AUTO) -> tuple[Format, str]:
    """The format of a source, and why. Raises QuestionError for an unknown name or format."""
    if name == AUTO:
        found = recognise(source)
        if found is None and source.kind != "folder" and not source.records:
            raise _no_question(source.name, source.problems)
        if found is None:
            names = ", ".join(format_.name for format_ in FORMATS)
            raise QuestionError(
                f"The format of {source.name} is not recognised.",
                hint=f"A folder must contain corpus.jsonl and queries.jsonl. Formats for --format: {names}.",
            )
        return found[0], found[1].why
    for format_ in FORMATS:
        if format_.name == name:
            return format_, ""
    raise QuestionError(
        f"{name!r} is not a format.", hint=did_you_mean(name, [AUTO, *(f.name for f in FORMATS)])
    )


def _no_question(name: str, problems: Sequence[RowProblem]) -> QuestionError:
    """The error of a source without a row, with the first reason."""
    why = "".join(f": {f'row {p.row}: ' if p.row else ''}{p.what}" for p in problems[:1])
    return QuestionError(f"{name} contains no question{why}.")


def prepare_import(
    source: Source,
    existing: Existing,
    *,
    today: str,
    format_name: str = AUTO,
    mapping: Mapping[str, Field | None] | None = None,
) -> Prepared:
    """Work out what importing a source into a corpus will add.

    today: the date that the questions get, as YYYY-MM-DD.
    mapping: what columns mean, where it is not what the format says.

    Raises QuestionError when the source holds no question, or has no column for it.
    """
    format_, why = choose_format(source, format_name)
    content = format_.read(source)
    columns = columns_of(content.records[:1000])
    if not content.records:
        raise _no_question(source.name, content.problems)
    meanings = apply_map(format_.understand(columns, content.records), columns, mapping or {})
    documents = name_documents(content.documents, existing.documents)
    problems = [*content.problems, *documents.problems]
    reads = [read_row(record, meanings) for record in content.records]
    chosen = _Identities(existing.questions or {}, problems)
    new = [read for read in reads if chosen.is_new(read)]
    every_document = (*existing.documents, *documents.documents)
    questions = _Builder(
        every_document, documents, QuestionSource("import", source.name, date=today), problems
    )
    built = questions.build(new)
    return Prepared(
        existing.name, source.name, format_, why, meanings, _examples(reads, content.records, columns),
        len(reads) + sum(p.row is not None for p in content.problems if LEFT_OUT in p.what), built,
        chosen.already, chosen.duplicates, documents,
        sum(not q.evidence and q.answerable is not False for _, q in built),
        tuple(sorted(problems, key=lambda problem: problem.row or 0)),
    )  # fmt: skip


def _examples(reads: Sequence[ReadRow], records: Sequence[Any], columns: Sequence[str]) -> dict[str, Any]:
    examples: dict[str, Any] = {}
    for record in records[:100]:
        for column in columns:
            if column not in examples and record.values.get(column) not in (None, "", []):
                examples[column] = record.values[column]
    return examples


class _Identities:
    """Gives rows their ids, and tells those that are there already or twice."""

    def __init__(self, existing: Mapping[str, Mapping[str, Any]], problems: list[RowProblem]) -> None:
        self._existing = {
            question_id: what_is_asked(row["question"], turns_of_row(row))
            for question_id, row in existing.items()
        }
        self._by_text = {same: question_id for question_id, same in self._existing.items()}
        self._rows: dict[str, tuple[ReadRow, tuple[str, ...]]] = {}
        self._problems = problems
        self.already = 0
        self.duplicates = 0

    def is_new(self, read: ReadRow) -> bool:
        """Whether a row is a new question; its id is then set. Says why not where it is not plain."""
        text = str(read.row.get("question", ""))
        if not text.strip():
            why = read.notes[0] if read.notes else "it has no question"
            self._say(read, f"{why}; {LEFT_OUT}")
            return False
        history = turns_of_row(read.row)
        same, made = what_is_asked(text, history), make_question_id(text, history)
        given = read.row.get("id")
        for question_id in dict.fromkeys([given or made, made]):
            first, known = self._rows.get(question_id, (None, None))
            if first is not None and known == same:
                self.duplicates += 1
                what = "what it adds goes there" if _merge(first, read) else LEFT_OUT
                self._say(read, f"it asks the same as row {first.number}; {what}")
                return False
            if self._existing.get(question_id) == same:
                self.already += 1
                return False
            if first is None and question_id not in self._existing:
                self._take(read, question_id, same)
                return True
            where = f"row {first.number} has" if first is not None else "the corpus has"
            self._say(read, f"{where} the id {question_id!r} for another question; it gets the id {made!r}")
        self._say(read, f"no id is free for it; {LEFT_OUT}")
        return False

    def _say(self, read: ReadRow, what: str) -> None:
        self._problems.append(RowProblem(read.number, what))

    def _take(self, read: ReadRow, question_id: str, same: tuple[str, ...]) -> None:
        if same in self._by_text:
            twin = self._by_text[same]
            self._say(read, f"it asks the same as the question {twin!r}; both are kept, as their ids differ")
        self._by_text.setdefault(same, question_id)
        self._rows[question_id] = (read, same)
        read.row["id"] = question_id


def _merge(first: ReadRow, again: ReadRow) -> bool:
    """Put the answers and the evidence of a row that asks the same into the first; say whether it adds any:
    tables often have one row per piece of evidence."""
    lists = [(first.contexts, again.contexts), (first.documents, again.documents)]
    lists.append((first.row.setdefault("answer", []), again.row.get("answer", [])))
    added = False
    for values, more in lists:
        new = [value for value in more if value not in values]
        values += new
        added = added or bool(new)
    return added


class _Builder:
    """Makes questions of rows: looks their evidence up and has the rest checked as in questions.jsonl."""

    def __init__(
        self,
        documents: Sequence[Document],
        brought: NewDocuments,
        source: QuestionSource,
        problems: list[RowProblem],
    ) -> None:
        self._documents = {document.name: document for document in documents}
        self._names = DocumentNames(documents, brought.names)
        self._source = source
        self._problems = problems

    def build(self, reads: Sequence[ReadRow]) -> tuple[tuple[int, Question], ...]:
        contexts = [context for read in reads for context in read.contexts]
        found = QuoteIndex(self._documents.values()).find(contexts) if contexts else {}
        reader = RowReader("", self._documents.values())
        built: list[tuple[int, Question]] = []
        for read in reads:
            pieces = self._evidence(read, found)
            if (
                read.contexts or read.documents
            ):  # evidence tells that they answer it, also where it is not found
                read.row.setdefault("answerable", True)
            seen = len(reader.questions), len(reader.problems)
            reader.add_row(read.number, read.row)
            notes = [*read.notes, *(problem.what for problem in reader.problems[seen[1] :])]
            self._problems += [RowProblem(read.number, note) for note in notes]
            for question in reader.questions[seen[0] :]:
                evidence = () if question.answerable is False else (*question.evidence, *pieces)
                source = question.source or self._source
                built.append((read.number, replace(question, evidence=evidence, source=source)))
        return tuple(built)

    def _evidence(self, read: ReadRow, found: Mapping[str, tuple[Evidence, ...]]) -> tuple[Evidence, ...]:
        if read.row.get("answerable") is False:
            return ()
        named = {called: self._names.find(called) for called in dict.fromkeys(read.documents)}
        names = list(dict.fromkeys(name for name in named.values() if name is not None))
        pieces: dict[Evidence, None] = {}
        for context in dict.fromkeys(read.contexts):
            hits = found.get(context, ())
            hits = tuple(hit for hit in hits if hit.document in names) or hits
            if not hits:
                read.notes.append(f"its context {_short(context)} is not in the documents; it is not used")
            elif len(hits) > MOST_ALTERNATIVES:
                read.notes.append(
                    f"its context {_short(context)} is in {len(hits):,} documents; it is not used"
                )
            else:
                pieces[replace(hits[0], alternatives=hits[1:])] = None
        if pieces:
            return tuple(pieces)
        for called, name in named.items():
            if name is None:
                read.notes.append(f"there is no document {_short(called)}; it is not used")
        if read.contexts and names:
            read.notes.append(f"instead, all of {' and '.join(names)} is its evidence")
        return tuple(Evidence(name, 0, len(self._documents[name].text), whole=True) for name in names)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 80 else f"{line[:79]}…")
