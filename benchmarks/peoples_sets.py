"""Loads documents with questions that people wrote and marked the evidence of.
Knows nothing about what is measured. All but the sample lie outside the repository."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import find_data
from benchmarks.retrieval import load_claude_docs
from benchmarks.squad import load_squad
from workbench.corpus.corpus import load_corpus
from workbench.corpus.reading import load_documents
from workbench.corpus.types import Document, Evidence, Question

PROJECT = Path(__file__).resolve().parents[1]
MOST, SQUAD_ARTICLES, CLAPNQ_PASSAGES, SEED = 300, 12, 150, 7


@dataclass(frozen=True)
class PeoplesSet:
    """Documents with questions that people wrote."""

    name: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...]


def load_sample(_: bool) -> PeoplesSet:
    corpus = load_corpus("harbor-support", PROJECT / "corpora")
    asked = tuple(q for q in corpus.questions if q.evidence)
    return PeoplesSet("harbor-support", corpus.documents, asked)


def load_claude(quick: bool) -> PeoplesSet:
    loaded = load_claude_docs(quick)
    return PeoplesSet("claude_docs", loaded.documents, loaded.questions)


def load_squad_articles(_: bool) -> PeoplesSet:
    """Twelve articles, each of them one document; a question's evidence is the marked answer's paragraph."""
    find_data("squad/dev-v1.1.json.zip")
    squad = load_squad()
    assert squad is not None
    titles = list(dict.fromkeys(p.title for p in squad.paragraphs))[:SQUAD_ARTICLES]
    texts: dict[str, str] = dict.fromkeys(titles, "")
    places: dict[int, Evidence] = {}
    for number, paragraph in enumerate(squad.paragraphs):
        if paragraph.title in texts:
            before = texts[paragraph.title]
            start = len(before) + 2 if before else 0
            texts[paragraph.title] = f"{before}\n\n{paragraph.text}" if before else paragraph.text
            places[number] = Evidence(f"{paragraph.title}.txt", start, start + len(paragraph.text))
    inside = [q for q in squad.questions if q.home in places]
    asked = random.Random(SEED).sample(inside, MOST)
    questions = tuple(Question(q.id, q.text, (), (places[q.home],)) for q in asked)
    documents = tuple(Document(f"{t}.txt", t, text, "text") for t, text in texts.items())
    return PeoplesSet("squad, 12 articles", documents, questions)


def load_northwind(_: bool) -> PeoplesSet:
    """The evidence of a question is the page that its answer cites."""
    (file,) = find_data("northwind_hr/qa.jsonl")
    documents, _problems = load_documents(file.parent, None)
    by_name = {d.name: d for d in documents if d.kind == "pdf"}
    questions = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        cited = re.findall(r"\[([\w.-]+\.pdf)#page=(\d+)\]", row["truth"])
        spans = [span for name, page in cited if (span := _page(by_name.get(name), int(page)))]
        if spans:
            questions.append(Question(f"n{number}", row["question"], (), tuple(spans)))
    return PeoplesSet("northwind_hr", tuple(by_name.values()), tuple(questions))


def _page(document: Document | None, page: int) -> Evidence | None:
    if document is None or not 1 <= page <= len(document.page_starts):
        return None
    ends = [*document.page_starts[1:], len(document.text)]
    start, end = document.page_starts[page - 1], ends[page - 1]
    return Evidence(document.name, start, end) if start < end else None


def load_clapnq(_: bool) -> PeoplesSet:
    """Passages of Wikipedia, each a document; the evidence are the sentences that its answer was made of."""
    (file,) = find_data("clapnq/clapnq_dev_answerable.jsonl.gz")
    rows = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    documents, questions = [], []
    for row in random.Random(SEED).sample(rows, CLAPNQ_PASSAGES):
        passage, name = row["passages"][0], f"{row['id']}.txt"
        chosen = row["output"][0]["selected_sentences"]
        starts = [(passage["text"].find(sentence), len(sentence)) for sentence in chosen]
        spans = tuple(Evidence(name, start, start + length) for start, length in starts if start >= 0)
        documents.append(Document(name, passage["title"], passage["text"], "text"))
        if spans:
            questions.append(Question(row["id"], row["input"], (), spans))
    return PeoplesSet("clapnq", tuple(documents), tuple(questions))


SETS: dict[str, Callable[[bool], PeoplesSet]] = {
    "harbor": load_sample, "claude": load_claude, "squad": load_squad_articles, "northwind": load_northwind,
    "clapnq": load_clapnq,
}  # fmt: skip
