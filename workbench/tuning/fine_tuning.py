"""Fine-tunes the embedded answerer on a corpus's train questions and on people's thumbs, and registers it.
Knows nothing about how weights are fitted, nor about experiments: what is held out is never looked at."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.calls.open_caller import open_interactive_caller
from workbench.corpus.corpus import load_corpus
from workbench.corpus.question_rows import make_question_id
from workbench.corpus.types import AskedQuestion, Corpus, Evidence, Question, part_of
from workbench.errors import InputError, ModelError
from workbench.files.writing import check_destination, write_atomically
from workbench.nearest import did_you_mean
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.selection import select
from workbench.pipeline.types import Chunk, Hit, Ranking
from workbench.providers.embedded.encoder import shared_encoder
from workbench.providers.embedded.training import Example, Thumb, train_variant
from workbench.providers.embedded.units import NumberedPassage
from workbench.providers.embedded.variant import Variant, from_json, shipped_variants, to_json
from workbench.providers.trust import ONLY_WELL_KNOWN
from workbench.replies.thinking import split_reply
from workbench.scoring.refusal import is_refusal
from workbench.settings import Settings
from workbench.space.experiment import DEFAULT_HOLDOUT
from workbench.space.model import EMBEDDED_PREFIX, Model
from workbench.space.retrieval import Retrieval
from workbench.store.answers import find_passages
from workbench.store.catalogue import StoreCatalogue, save_model
from workbench.store.database import Store
from workbench.store.questions import find_known
from workbench.store.ratings import list_ratings
from workbench.store.records import PassageRecord

# What training questions are answered from. One middling setting: the features are relative to the passages.
RETRIEVAL = Retrieval(
    splitter="markdown",
    chunk_tokens=160,
    chunk_overlap=16,
    embedding=Model(name=DEFAULT_EMBEDDING, kind="embedding"),
    retriever="hybrid",
    top_k=6,
)


def find_variant(store: Store, name: str) -> Variant:
    """An embedded answerer's trained selector by its model's name. Raises ModelError."""
    shipped = shipped_variants()
    model = StoreCatalogue(store).find_model(name)
    if model is not None and model.variant is not None:
        return from_json(json.dumps(model.variant), f"Model {name!r}")
    if name in shipped:
        return shipped[name]
    names = [*shipped, *(n for n in StoreCatalogue(store).model_names() if n.startswith(EMBEDDED_PREFIX))]
    what = "is not an embedded answerer" if model else "is not registered"
    raise ModelError(f"Model {name!r} {what}; only embedded answerers can be tuned here.",
                     hint=did_you_mean(name, dict.fromkeys(names)))  # fmt: skip


def _numbered(passages: Iterable[Chunk | PassageRecord]) -> tuple[NumberedPassage, ...]:
    """As they stand in a prompt."""
    return tuple(NumberedPassage(n, p.title, p.shown) for n, p in enumerate(passages, start=1))


def _inside(hits: Sequence[Hit], evidence: Sequence[Evidence]) -> tuple[tuple[int, int, int], ...]:
    """Where the evidence lies in the passages: (passage index, start, end) in its text as it is shown."""
    begins = [h.chunk.start - (len(h.chunk.shown) - len(h.chunk.text)) for h in hits]
    return tuple(
        (i, max(h.chunk.start, span.start) - begins[i], min(h.chunk.end, span.end) - begins[i])
        for i, h in enumerate(hits)
        for span in (place for piece in evidence for place in piece.places)
        if span.document == h.chunk.document and span.start < h.chunk.end and h.chunk.start < span.end
    )


async def make_examples(
    corpus: Corpus, questions: Sequence[Question], store: Store, settings: Settings
) -> list[Example]:
    """Each question with the passages retrieved for it and its evidence in them."""
    assert RETRIEVAL.embedding is not None
    opener = CorpusOpener(corpus.documents, Caches.of(settings, store))
    async with open_interactive_caller(store, [RETRIEVAL.embedding], settings, ONLY_WELL_KNOWN) as asker:
        results = await rank_questions(opener, RETRIEVAL, [q.asked for q in questions], asker)
    rankings = [result for result in results if isinstance(result, Ranking)]  # an encoder does not fail
    return [
        _make_example(question, select(ranking.hits, RETRIEVAL, opener.texts).hits)
        for question, ranking in zip(questions, rankings, strict=True)
    ]


def _make_example(question: Question, hits: Sequence[Hit]) -> Example:
    return Example(
        question.id,
        question.text,
        _numbered(hit.chunk for hit in hits),
        _inside(hits, question.evidence),
    )


def find_thumbs(store: Store, *, holdout: float = DEFAULT_HOLDOUT) -> list[Thumb]:
    """People's thumbs as training data, but for held-out questions: those stay the judge of the result."""
    ratings = list_ratings(store, counted=True)
    asked = [AskedQuestion(r.question, r.history) for r in ratings]
    known = find_known(store, asked)
    passages = find_passages(store, {key for r in ratings for key in r.passages})
    thumbs = []
    for rating, question in zip(ratings, asked, strict=True):
        unknown = make_question_id(question.text, question.history), None
        question_id, group = known.get(question, unknown)
        shown = [passages[key] for key in rating.passages if key in passages]
        if not shown or part_of(Question(question_id, "", group=group), holdout) == "holdout":
            continue
        answer = split_reply(rating.answer).answer  # an earlier version kept thinking in it
        thumbs.append(
            Thumb(
                id=question_id,
                question=question.text,
                passages=_numbered(shown),
                answer=answer,
                up=rating.value > 0,
                declined=is_refusal(answer),
            )
        )
    return thumbs


def _train_questions(corpus: Corpus) -> list[Question]:
    """Those of the train part that teach something: quotes that can be found, or nothing to be found.

    A whole document as evidence does not say which of its sentences is the answer.
    """
    part = [q for q in corpus.questions if part_of(q, 0) == "train"]
    useful = [q for q in part if any(e.places for e in q.evidence) or q.answerable is False]
    if not useful:
        raise InputError(
            f"Of corpus {corpus.name!r}'s {len(corpus.questions)} questions {len(part)} are in the "
            "train part, and none of them has a quote as evidence.",
            hint="Add questions with quotes as evidence, or train on thumbs (--from-ratings).",
        )
    return useful


def tune_variant(
    store: Store,
    settings: Settings,
    *,
    name: str,
    parent: str = "embedded/extractive",
    corpus: str | None = None,
    from_ratings: bool = False,
    out: Path | None = None,
    overwrite: bool = True,
    register: bool = True,
) -> dict[str, Any]:
    """Train a variant of `parent` and register it as model `name`, which must begin with embedded/.

    On the train part of the corpus's questions (never on others), on thumbs, or on both. Returns model,
    examples, metrics. Raises InputError when there is nothing to learn from.
    """
    if out is not None:
        check_destination(out, overwrite=overwrite)
    if not name.startswith(EMBEDDED_PREFIX) or name == EMBEDDED_PREFIX:
        raise InputError(
            f"The name is {name!r}; it must begin with {EMBEDDED_PREFIX}, as {EMBEDDED_PREFIX}mine."
        )
    if name in (parent, "embedded/extractive", DEFAULT_EMBEDDING):
        raise InputError(f"{name!r} is taken by its parent or a shipped model; choose another name.")
    if corpus is None and not from_ratings:
        raise InputError(
            "There is nothing to train on.",
            hint="Name a corpus (--corpus), learn from thumbs (--from-ratings), or both.",
        )
    base = find_variant(store, parent)
    examples: list[Example] = []
    sources = []
    if corpus is not None:
        loaded = load_corpus(corpus, settings.corpora, cache_dir=settings.cache / "documents")
        questions = _train_questions(loaded)
        examples = asyncio.run(make_examples(loaded, questions, store, settings))
        sources.append(f"the train part of {loaded.name} ({len(examples)} questions)")
    thumbs = find_thumbs(store) if from_ratings else []
    if from_ratings:
        sources.append(f"{len(thumbs)} thumbs")
    variant = train_variant(
        base,
        examples,
        name,
        encode=shared_encoder().encode,
        trained_at=datetime.now(UTC).date().isoformat(),
        thumbs=thumbs,
        description=" and ".join(sources),
    )
    written = to_json(variant)
    model = Model(
        name=name, parent=parent, variant=json.loads(written), notes=f"Tuned on {' and '.join(sources)}."
    )
    if out is not None:
        write_atomically(out, written, overwrite=overwrite)
    if register:
        save_model(store, model)
    return {
        "model": name,
        "parent": parent,
        "examples": len(examples) + len(thumbs),
        "metrics": dict(variant.trained_on.metrics),
        "data_sha256": variant.trained_on.data_sha256,
        "trained_at": variant.trained_on.trained_at,
    }
