"""Turns the rows of question files and pasted lists into questions, and says what is wrong with each row.
Knows nothing about files: questions.py reads and writes them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from typing import Any

from workbench.corpus.conversation import read_turns
from workbench.corpus.document_names import by_name, find_named
from workbench.corpus.quotes import find_quotes, nearest_text
from workbench.corpus.types import Document, Evidence, History, Problem, Question, QuestionSource
from workbench.errors import QuestionError
from workbench.input.condition_text import parse_condition
from workbench.input.conditions import BadCondition, read_condition
from workbench.input.plain_data import find_unusable, shown
from workbench.nearest import nearest
from workbench.typography import comparable, composed

KEYS = ("id", "question", "answer", "answers", "evidence", "any", "answerable", "tags", "source", "group",
        "history", "filter")  # fmt: skip
EVIDENCE_KEYS = ("document", "quote", "start", "end", "elsewhere")
LONGEST_ID = 200  # characters
LEFT_OUT = "the line is left out"
NO_EVIDENCE = "this evidence is left out"
JSON_NAMES = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false",
              type(None): "null"}  # fmt: skip


def _can_be_id(value: Any) -> bool:
    return value is None or (
        isinstance(value, str | int | float) and not isinstance(value, bool) and len(str(value)) <= LONGEST_ID
    )


def make_question_id(text: str, history: History = ()) -> str:
    """An id made from a question's text and earlier turns, for a question without an id. Case and white space
    do not matter."""
    said = [text, *(f"{turn.role}: {turn.text}" for turn in history)]
    return (
        "q-" + hashlib.sha256("\n".join(" ".join(s.split()).lower() for s in said).encode()).hexdigest()[:8]
    )


def id_of_row(row: Mapping[str, Any]) -> str:
    """The id of a row with a question: the one it has, or else made of what it asks."""
    return str(row["id"]) if row.get("id") else make_question_id(row["question"], turns_of_row(row))


def turns_of_row(row: Mapping[str, Any]) -> History:
    """The turns before the question of a row; none where they cannot be read: such a row is no question."""
    try:
        return read_turns(row.get("history"), row["question"]).turns
    except QuestionError:
        return ()


def what_is_asked(text: str, history: History = ()) -> tuple[str, ...]:
    """What two questions share that ask the same, whatever the typography and case."""
    return tuple(map(comparable, (text, *(f"{turn.role}: {turn.text}" for turn in history))))


def _implied(answers: Sequence[str], evidence: Any) -> bool | None:
    """Whether the documents answer a question that does not say so: yes with an answer or evidence (even such
    as cannot be found), else it is not known."""
    return True if answers or evidence else None


def _is_place(value: Any, length: int) -> bool:
    """Whether a value is the start and the end of a stretch of a text of this length."""
    if not isinstance(value, list) or len(value) != 2:
        return False
    start, end = value
    return type(start) is int and type(end) is int and 0 <= start < end <= length


@dataclass(frozen=True, slots=True)
class LostEvidence:
    """A piece of evidence that is not there: its quote, or its whole document."""

    line: int
    """The line, from 1, of its question."""
    document: str
    """The document's name, as the question has it."""
    quote: str
    """Its words; empty for a whole document."""
    has_document: bool
    """Whether the document is there, so that only the quote is not."""
    nearest: str = ""
    """The text of the document that is most like the quote, or the document's name that is most like the one
    that is not there; empty when none is similar."""


@dataclass
class RowReader:
    """Reads one file or pasted text row by row, and collects its questions and its problems."""

    file: str
    """The file's name in messages; empty for a text that is in no file."""
    corpus: InitVar[Iterable[Document]]
    """The documents of the corpus, which evidence is looked for in."""
    documents: dict[str, Document] = field(init=False)
    """The documents, as `by_name` returns them."""
    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    line_of_id: dict[str, int] = field(default_factory=dict)
    """The line (from 1) of each question's id."""
    lost: list[LostEvidence] = field(default_factory=list)
    """The evidence that names a document or a quote that is not there."""
    by_position: list[tuple[int, str]] = field(default_factory=list)
    """(line, document) of the evidence that is given by its place alone: nothing tells when the text of the
    document has moved."""
    _places: dict[tuple[str, str], list[tuple[int, int]]] = field(default_factory=dict)
    """(document, quote) → its places, of the quotes that were looked up ahead."""

    def __post_init__(self, corpus: Iterable[Document]) -> None:
        self.documents = by_name(corpus)

    def add_problem(self, line: int, what: str, severity: str = "error") -> None:
        where = f"{self.file}:{line}" if self.file else f"line {line}"
        self.problems.append(Problem(where, what, severity))  # type: ignore[arg-type]

    def look_up(self, rows: Iterable[Any]) -> None:
        """Find the quotes of many rows ahead, document by document: how a text is compared is kept for the
        last few hundred texts only, and rows name documents in any order."""
        by_document: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            items = row.get("evidence") if isinstance(row, dict) else None
            for item in items if isinstance(items, list) else ():
                if isinstance(item, dict) and isinstance(item.get("document"), str):
                    document = find_named(self.documents, item["document"])
                    if document is not None and isinstance(item.get("quote"), str):
                        by_document[document.name].append(item["quote"])
        for name, quotes in by_document.items():
            document = self.documents[name]
            for quote in quotes:
                self._places[document.name, quote] = find_quotes(document.text, quote)

    def with_lines(self) -> tuple[tuple[int, Question], ...]:
        return tuple((self.line_of_id[q.id], q) for q in self.questions)

    def add_row(self, line: int, row: Any) -> None:
        """Add the row's question, or the problem that keeps it out."""
        if not isinstance(row, dict):
            return self.add_problem(line, f"expected an object, found {JSON_NAMES[type(row)]}; {LEFT_OUT}")
        unusable = find_unusable(row)
        if unusable is not None:
            path, reason = unusable
            return self.add_problem(line, f"{'.'.join(map(str, path)) or 'it'} {reason}; {LEFT_OUT}")
        text = row.get("question")
        if not isinstance(text, str) or not text.strip():
            return self.add_problem(line, f"it has no question; {LEFT_OUT}")
        for key in row:
            if key not in KEYS:
                close = nearest(str(key), KEYS)
                hint = f"; did you mean {close!r}?" if close else ""
                self.add_problem(line, f"{shown(key)} is not a known key and is ignored{hint}", "warning")
        if not _can_be_id(row.get("id")):
            what = f"the id is {shown(row['id'])}; it must be a text of at most {LONGEST_ID} characters"
            return self.add_problem(line, f"{what}; {LEFT_OUT}")
        history = self._history(line, row)
        if history is None:
            return None
        question_id = str(row.get("id") or make_question_id(text, history))
        if question_id in self.line_of_id:
            first = self.line_of_id[question_id]
            same = f"the id {question_id!r} is on line {first} already"
            if not row.get("id"):
                same = f"it asks the same as line {first}"
            return self.add_problem(line, f"{same}; {LEFT_OUT}")
        self.line_of_id[question_id] = line
        any_suffices = bool(self._truth(line, row, "any", default=False))
        evidence = self._evidence(line, row.get("evidence"))
        answers = self._answers(line, row)
        answerable = self._truth(line, row, "answerable", default=_implied(answers, row.get("evidence")))
        if any_suffices and len(evidence) > 1:
            options = [replace(one, alternatives=()) for piece in evidence for one in piece.options]
            evidence = (replace(options[0], alternatives=tuple(options[1:])),)
        self.questions.append(
            Question(
                id=question_id,
                text=text.strip(),
                answers=answers,
                evidence=evidence,
                answerable=answerable,
                tags=self._tags(line, row.get("tags")),
                source=self._source(line, row.get("source")),
                group=self._group(line, row.get("group")),
                history=history,
                filter=self._filter(line, row.get("filter")),
            )
        )
        return None

    def _filter(self, line: int, value: Any) -> dict[str, Any] | None:
        if value is None:
            return None
        try:
            return parse_condition(value) if isinstance(value, str) else read_condition(value)
        except BadCondition as error:
            self.add_problem(line, f"filter: {error}; it is left out, so all documents are searched")
            return None

    def _source(self, line: int, value: Any) -> QuestionSource | None:
        if value is None:
            return None
        given = value if isinstance(value, dict) else {}
        texts = {key: given[key] for key in ("by", "name", "prompt", "date", "edited") if key in given}
        if "by" in texts and all(isinstance(text, str) for text in texts.values()):
            return QuestionSource(**({"name": ""} | texts))
        expected = 'an object such as {"by": "rule", "name": "table"}'
        self.add_problem(line, f"source is {shown(value)}; it must be {expected}; it is left out", "warning")
        return None

    def _group(self, line: int, value: Any) -> str | None:
        if value is None or (isinstance(value, str | int) and not isinstance(value, bool)):
            return str(value).strip() or None if value is not None else None
        self.add_problem(line, f"group is {shown(value)}; it must be a text; it is left out", "warning")
        return None

    def _history(self, line: int, row: dict[str, Any]) -> History | None:
        """The turns before the question; None where they cannot be read, because it would be another question
        without them."""
        try:
            read = read_turns(row.get("history"), row["question"])
        except QuestionError as error:
            self.add_problem(line, f"{error.message}; {LEFT_OUT}")
            return None
        for what in read.left_out:
            self.add_problem(line, what, "warning")
        return read.turns

    def _truth(self, line: int, row: dict[str, Any], key: str, *, default: bool | None) -> bool | None:
        value = row.get(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        read_as = "not known" if default is None else str(default).lower()
        self.add_problem(line, f"{key} is {shown(value)}; it must be true or false; it is read as {read_as}")
        return default

    def _answers(self, line: int, row: dict[str, Any]) -> tuple[str, ...]:
        value = row.get("answers", row.get("answer"))
        if value is None:
            return ()
        answers = value if isinstance(value, list) else [value]
        if not all(isinstance(a, str | int | float) and not isinstance(a, bool) for a in answers):
            self.add_problem(
                line, f"answer is {shown(value)}; it must be a text or a list of texts; it is left out"
            )
            return ()
        return tuple(str(a).strip() for a in answers if str(a).strip())

    def _tags(self, line: int, value: Any) -> tuple[str, ...]:
        if value is None:
            return ()
        tags = [value] if isinstance(value, str) else value
        if not isinstance(tags, list) or not all(isinstance(tag, str | int | float) for tag in tags):
            self.add_problem(line, f"tags is {shown(value)}; it must be a list of texts; it is left out")
            return ()
        return tuple(composed(str(tag)) for tag in tags)

    def _evidence(self, line: int, value: Any) -> tuple[Evidence, ...]:
        if value is None:
            return ()
        items = [value] if isinstance(value, dict) else value
        if not isinstance(items, list):
            self.add_problem(line, f"evidence is {shown(value)}; it must be a list; it is left out")
            return ()
        return tuple(span for item in items if (span := self._span(line, item)) is not None)

    def _span(self, line: int, item: Any) -> Evidence | None:
        if isinstance(item, dict) and set(item) == {"any"} and isinstance(item["any"], list):
            options = [option for inner in item["any"] if (option := self._span(line, inner)) is not None]
            every = [
                one for option in options for one in (replace(option, alternatives=()), *option.alternatives)
            ]
            return replace(every[0], alternatives=tuple(every[1:])) if every else None
        if not isinstance(item, dict) or not isinstance(item.get("document"), str):
            self.add_problem(line, f"evidence {shown(item)} does not name its document; it is left out")
            return None
        document = find_named(self.documents, item["document"])
        if document is None:
            close = nearest(item["document"], self.documents)
            hint = f"; did you mean {close!r}?" if close else ""
            self.add_problem(line, f"there is no document {shown(item['document'])}{hint}; {NO_EVIDENCE}")
            quote = item["quote"] if isinstance(item.get("quote"), str) else ""
            self.lost.append(LostEvidence(line, item["document"], quote, False, close or ""))
            return None
        if isinstance(item.get("quote"), str):
            places = self._places.get((document.name, item["quote"]))
            if places is None:
                places = find_quotes(document.text, item["quote"])
            if not places:
                close = nearest_text(document.text, item["quote"])
                hint = f" (the nearest text in it: {close!r})" if close else ""
                quote = item["quote"][:120]
                self.add_problem(line, f"the quote {quote!r} is not in {document.name}{hint}; {NO_EVIDENCE}")
                self.lost.append(LostEvidence(line, document.name, item["quote"], True, close or ""))
                return None
            first, *others = places
            return Evidence(document.name, *first, tuple(others))
        if set(item) == {"document"}:
            return Evidence(document.name, 0, len(document.text), whole=True)
        start, end, others = item.get("start"), item.get("end"), item.get("elsewhere", [])
        given: list[Any] = [[start, end], *others] if isinstance(others, list) else []
        if given and all(_is_place(place, len(document.text)) for place in given):
            self.by_position.append((line, document.name))
            (start, end), *others = given
            return Evidence(document.name, start, end, tuple((a, b) for a, b in others))
        unknown = [str(key) for key in item if key not in EVIDENCE_KEYS]
        typing_error = f"; {shown(unknown[0])} is not a known key" if unknown else ""
        self.add_problem(
            line,
            f"evidence in {document.name} needs a quote, or a start and an end within its "
            f"{len(document.text)} characters (they are {shown(start)} and {shown(end)}), or nothing but the "
            f"document where all of it is the evidence{typing_error}",
        )
        return None
