"""Texts for a large store: a corpus of made-up documents, questions about them, and answers to those.
Knows nothing about the store. Drawn by a seed; `awkward` ones try what a page must stand."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

from workbench.corpus.types import Evidence, Question, part_of_question
from workbench.fingerprint import fingerprint
from workbench.store.records import PassageRecord

WORDS = (
    "valve tank heater label parcel refund ladder meter filter handle engine window carpet mirror basket "
    "bridge harbour member ticket saddle helmet garden kettle pocket bottle carries holds needs shows takes "
    "keeps small heavy quiet early narrow bright under over beside after before within every other second"
).split()
TAGS = ("prices", "returns", "safety", "members", "numeric")
# What a file's name, a title or a tag may hold of it.
AWKWARD_NAME = " ![i](http:example.org/i.png) [a link](x) **bold** :red[red] $a_1$ <b x>"
DECLINED = "The documents do not say."
# Markdown, HTML, a formula, right-to-left and combined signs, and a word without a place to break it.
AWKWARD = (
    "**bold** _x_ [a link](http://example.org/x) ![i](http://example.org/i.png) `code` | a | # no heading",
    "<script>alert('x')</script> <b onclick=\"x()\">&amp;</b> <img src=x onerror=alert(1)>",
    "=SUM(A1:A9) $a_1^2$ $$\\frac{1}{2}$$ {{brace}} {question} :material/delete: :red[red]",
    "Grüße, 日本語の文章、العربية من اليمين, עברית, e\u0301 👩‍👩‍👧‍👦 \u200bzero width",
    "unbreakable" * 30,
    "line one\nline two\n\n---\n\n> quote\n1. one\n- two",
)


@dataclass(frozen=True)
class Corpus:
    """questions: with their part, by a holdout of 0.3.  passages: of each document, in its order."""

    name: str
    passages: dict[str, list[PassageRecord]]
    questions: list[tuple[Question, str]]

    def of_part(self, part: str) -> list[Question]:
        return [question for question, own in self.questions if own == part]


class Author:
    """Writes texts, the same ones for the same seed."""

    def __init__(self, seed: int, *, awkward: bool = False) -> None:
        self._random = random.Random(seed)
        self.awkward = awkward

    def sentence(self, words: int = 14) -> str:
        text = " ".join(self._random.choices(WORDS, k=words)).capitalize() + "."
        if self.awkward and self._random.random() < 0.5:
            text += " " + self._random.choice(AWKWARD)
        return text

    def paragraph(self, sentences: int = 6) -> str:
        return " ".join(self.sentence() for _ in range(sentences))

    def replies(self, fact: str) -> list[str]:
        """What models say to one question: the fact, more than it, something else, that they do not know."""
        told = [f"{fact} [1]", f"{fact} [1] {self.sentence()} [2]", f"As far as I can tell: {fact}"]
        told += [
            f"{self.sentence()} [2]",
            self.paragraph(3),
            f"{self.sentence(6)} {fact} {self.sentence(30)}",
        ]
        return [*told, *(self.sentence(n) for n in (4, 5, 7, 9)), DECLINED, ""]


def _question_id(number: int, part: str) -> str:
    """One whose fixed place lies in the part (docs/design.md)."""
    found = (f"q{number:04d}-{n}" for n in range(10_000))
    return next(id_ for id_ in found if part_of_question(id_, 0.3) == part)


def write_corpus(
    folder: Path, author: Author, *, documents: int, search: int, holdout: int, name: str = "large"
) -> Corpus:
    """Write a corpus of so many documents, with so many questions in each part, and return what it holds."""
    parts = ["search"] * search + ["holdout"] * holdout
    facts = [f"The {WORDS[n % 24]} number {n} costs {3 + 7 * n % 90} euros." for n in range(len(parts))]
    strange = AWKWARD_NAME if author.awkward else ""
    names = [f"part-{n:03d}{strange}.md" for n in range(documents)]
    by_document: dict[str, list[str]] = {document: [] for document in names}
    for number, fact in enumerate(facts):
        by_document[names[number % documents]].append(fact)
    passages, where = {}, {}
    for document, own in by_document.items():
        title = f"Part {document[5:8]}{strange}"
        paragraphs = [f"{fact} {author.paragraph(5)}" for fact in own] + [author.paragraph()]
        text = f"# {title}\n\n" + "\n\n".join(paragraphs) + "\n"
        path = folder / name / "documents" / document
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        passages[document] = [_passage(document, title, text, paragraph) for paragraph in paragraphs]
        where.update(
            {fact: Evidence(document, text.index(fact), text.index(fact) + len(fact)) for fact in own}
        )
    questions = [
        (_question(number, part, facts[number], where[facts[number]], author), part)
        for number, part in enumerate(parts)
    ]
    _write_questions(folder / name / "questions.jsonl", facts, questions)
    return Corpus(name, passages, questions)


def _passage(document: str, title: str, text: str, paragraph: str) -> PassageRecord:
    start = text.index(paragraph)
    key = fingerprint("passage", document, start, paragraph)
    return PassageRecord(
        key, document, title, start, start + len(paragraph), None, len(paragraph) // 5, paragraph
    )


def _question(number: int, part: str, fact: str, span: Evidence, author: Author) -> Question:
    text = f"What does the {WORDS[number % 24]} number {number} cost?"
    if author.awkward:
        text += f" {AWKWARD[number % len(AWKWARD)]}"
    answerable = number % 10 != 9
    tags = (*TAGS, AWKWARD_NAME.strip()) if author.awkward else TAGS
    return Question(
        id=_question_id(number, part),
        text=text,
        answers=(fact.rsplit("costs ", 1)[1].rstrip("."),) if answerable else (),
        evidence=(span,) if answerable else (),
        answerable=answerable,
        tags=(tags[number % len(tags)],),
    )


def _write_questions(path: Path, facts: list[str], questions: list[tuple[Question, str]]) -> None:
    lines = []
    for fact, (question, _) in zip(facts, questions, strict=True):
        evidence = [{"document": span.document, "quote": fact} for span in question.evidence]
        row = {"id": question.id, "question": question.text, "answer": list(question.answers)}
        row |= {"evidence": evidence, "answerable": question.answerable, "tags": list(question.tags)}
        lines.append(json.dumps(row, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
