"""Handles the requests of pages about a corpus: its content, a document, its chunks, a question to be kept.
Knows nothing about pages, nor about experiments.

Each handler takes the store, the settings and the request's payload, and returns JSON."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from workbench.corpus.clusters import find_clusters
from workbench.corpus.conversation import as_line, read_turns, turns_to_json
from workbench.corpus.corpus import find_corpus, load_corpus
from workbench.corpus.question_editing import put_question
from workbench.corpus.question_rows import what_is_asked
from workbench.corpus.question_sources import source_in_words
from workbench.corpus.questions import question_to_json
from workbench.corpus.types import Corpus, Document, Evidence, Question, part_of
from workbench.errors import CorpusError, QuestionError
from workbench.input.condition_text import write_condition
from workbench.pipeline.chunking import chunk_document
from workbench.planning.question_counts import NO_EVIDENCE, count_parts, describe_gaps
from workbench.settings import Settings
from workbench.space.experiment import DEFAULT_HOLDOUT
from workbench.store.database import Store

Payload = dict[str, Any]


def _load(settings: Settings, name: str) -> Corpus:
    return load_corpus(name, settings.corpora, cache_dir=settings.cache / "documents", allow_empty=True)


async def read_corpus(_: Store, settings: Settings, payload: Payload) -> Payload:
    corpus = await asyncio.to_thread(_load, settings, payload["corpus"])
    documents = {d.name: d for d in corpus.documents}
    counts = count_parts(corpus.questions, find_clusters(corpus.questions, corpus.documents))
    return {
        "name": payload["corpus"],
        "version": corpus.version,
        "documents": [
            {
                "name": d.name,
                "title": d.title,
                "kind": d.kind,
                "characters": len(d.text),
                "pages": len(d.page_starts) or None,
                "left_out": [asdict(item) for item in d.left_out],
                "metadata": dict(d.metadata),
                "columns": list(dict.fromkeys(name for table in d.record_tables for name in table.columns)),
            }
            for d in corpus.documents
        ],
        "questions": [
            {
                "id": q.id,
                "text": q.text,
                "line": as_line(q.asked),
                "history": turns_to_json(q.history),
                "answers": list(q.answers),
                "answerable": q.answerable,
                "tags": list(q.tags),
                "part": part_of(q, DEFAULT_HOLDOUT),
                "source": source_in_words(q.source),
                "filter": "" if q.filter is None else write_condition(q.filter),
                "any": len(q.evidence) == 1 and bool(q.evidence[0].alternatives),
                "evidence_rows": _rows_of_mixed(q, documents),
                "evidence": [
                    _evidence(option, documents[option.document])
                    for piece in q.evidence
                    for option in piece.options
                    if option.document in documents
                ],
            }
            for q in corpus.questions
        ],
        "problems": [asdict(p) for p in corpus.problems],
        "evidence_advice": "" if any(q.evidence for q in corpus.questions) else NO_EVIDENCE,
        "question_counts": counts.in_words(),
        "question_advice": [text for text in (counts.advice(), *describe_gaps(corpus.questions)) if text],
    }


def _rows_of_mixed(question: Question, documents: dict[str, Document]) -> list[Payload] | None:
    """The evidence as in questions.jsonl where some of several pieces have alternatives, which the form
    cannot say; None for any other question."""
    if len(question.evidence) < 2 or not any(piece.alternatives for piece in question.evidence):
        return None
    rows: list[Payload] = question_to_json(question, documents)["evidence"]
    return rows


def _evidence(option: Evidence, document: Document) -> Payload:
    """A piece of evidence as pages show it; a whole document has an empty quote."""
    return {
        "document": option.document,
        "start": option.start,
        "end": option.end,
        "elsewhere": [list(place) for place in option.elsewhere],
        "whole": option.whole,
        "quote": "" if option.whole else document.text[option.start : option.end],
        "page": None if option.whole else document.page_at(option.start),
    }


def _find_document(settings: Settings, payload: Payload) -> Document:
    corpus = _load(settings, payload["corpus"])
    for document in corpus.documents:
        if document.name == payload["document"]:
            return document
    raise CorpusError(f"Corpus {payload['corpus']!r} has no document {payload['document']!r}.")


async def read_document(_: Store, settings: Settings, payload: Payload) -> Payload:
    document = await asyncio.to_thread(_find_document, settings, payload)
    return {"text": document.text, "title": document.title, "page_starts": list(document.page_starts)}


def _require_new(corpus: Corpus, row: Payload) -> None:
    """Raise QuestionError when the corpus asks this in the same conversation, whatever the typography."""
    text = row["question"]
    asked = what_is_asked(text, read_turns(row.get("history"), text).turns)
    same = next((q for q in corpus.questions if what_is_asked(q.text, q.history) == asked), None)
    if same is not None:
        raise QuestionError(
            f"{corpus.name} has this question already: {same.id!r}.", hint="Change it there, or reword it."
        )


async def keep_question(_: Store, settings: Settings, payload: Payload) -> Payload:
    def work() -> Payload:
        path = find_corpus(payload["corpus"], settings.corpora)
        corpus = _load(settings, payload["corpus"])
        if payload.get("is_new"):
            _require_new(corpus, payload["question"])
        question = put_question(path, payload["question"], corpus.documents)
        return {"id": question.id}

    return await asyncio.to_thread(work)


async def preview_chunks(_: Store, settings: Settings, payload: Payload) -> Payload:
    def work() -> Payload:
        document = _find_document(settings, payload)
        chunks = chunk_document(
            document, payload["splitter"], int(payload["chunk_tokens"]), int(payload["chunk_overlap"])
        )
        return {"chunks": [asdict(c) for c in chunks], "unplaced": chunks.unplaced}

    return await asyncio.to_thread(work)
